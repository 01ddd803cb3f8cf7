"""Opening the vault of a tender: two people, two logins, two passwords, within ten minutes, after closing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain import audit, sealing, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.domain.tender_vault import MANAGER, escrow_context, holder_of, require_holder, share_context
from portal.errors import FileDamaged, Invalid, NotAllowed, Refused
from portal.models import LoginSession, SealedSubmission, TenderVault, User, VaultHolder, VaultOpening
from portal.services import Vault
from portal.terms import AUTHORITY_ROLES, N_, REASON_LENGTH

WITHIN = timedelta(minutes=10)
DAMAGED = N_("De sleutel van deze indiening is beschadigd.")


@dataclass(frozen=True)
class Proven:
    """What somebody's password gave: the key it was tried on, and the private key (None: it did not fit)."""

    key_id: str
    private: bytes | None


def lost_holders(vault: TenderVault) -> list[VaultHolder]:
    """The holders who cannot open any more: the key is lost, or they left."""
    return [
        one
        for one in vault.holders
        if one.key is None or one.key.lost_at is not None or one.user.disabled_at is not None
    ]


def running(vault: TenderVault, now: datetime) -> VaultOpening | None:
    """The attempt that still can be completed."""
    return next((one for one in vault.openings if one.ended_at is None and now < one.expires_at), None)


def require_closed(vault: TenderVault, now: datetime) -> None:
    """Never before the closing instant, and never before the round was really closed."""
    if vault.state == "opened":
        raise Refused(N_("Deze kluis is al geopend."))
    if vault.state != "ready":
        raise Refused(N_("Deze kluis is niet ingericht."))
    if now < vault.round.closes_at or vault.round.closed_at is None:
        raise Refused(
            N_("De kluis gaat pas open na de sluiting van de ronde, op %(moment)s."),
            moment=wording.moment(vault.round.closes_at),
        )


def ask_opening(
    vault: TenderVault, actor: User, login: LoginSession, proven: Proven, crypto: Vault, now: datetime
) -> VaultOpening:
    """The first holder asks to open. Within ten minutes another person must complete it on another login.

    When the other holder's key is lost, the share goes to the escrow instead.
    """
    holder = require_holder(vault, actor)
    require_closed(vault, now)
    key = _proven_key(holder, proven)
    present = running(vault, now)
    if present is not None and present.first_by_id != actor.id:
        raise Refused(N_("De andere houder vroeg al om te openen. Bevestig de opening op deze pagina."))
    _end_openings(vault, now)
    share = crypto.open(key, holder.share, share_context(holder))
    other = next(one for one in vault.holders if one is not holder)
    opening = VaultOpening(
        authority_id=vault.authority_id,
        asked_at=now,
        expires_at=now + WITHIN,
        first_by=actor,
        first_by_id=actor.id,
        first_login_id=login.id,
        by_escrow=other in lost_holders(vault),
        share="",
    )
    if opening.by_escrow:
        assert vault.escrow_key is not None  # noqa: S101 - a vault that is set up has one
        opening.share = crypto.seal(vault.escrow_key, share, opening_context(opening))
        opening.escrow_share = crypto.open(key, other.escrow_share, escrow_context(other)).decode()
    else:
        assert other.key is not None  # noqa: S101 - else the holder is lost
        opening.share = crypto.seal(other.key.public_key, share, opening_context(opening))
    vault.openings.append(opening)
    audit.record(vault, "ask_opening", actor, now, by_escrow=opening.by_escrow)
    return opening


def _proven_key(holder: VaultHolder, proven: Proven) -> bytes:
    if holder.key is None or holder.key.lost_at is not None or holder.key.id != proven.key_id:
        raise Refused(N_("Uw sleutel is verloren gegaan doordat u een nieuw wachtwoord koos. De noodsleutel is nodig."))
    if proven.private is None:
        raise Invalid({"password": N_("Dit wachtwoord klopt niet. Vul het wachtwoord in waarmee u inlogt.")})
    return proven.private


def _end_openings(vault: TenderVault, now: datetime) -> None:
    for one in vault.openings:
        if one.ended_at is None:
            end_opening(one, now)


def end_opening(opening: VaultOpening, now: datetime) -> None:
    """An attempt is over: what it held of a share is forgotten."""
    opening.share = opening.escrow_share = ""
    opening.ended_at = now
    if opening.completed_at is None:
        audit.record(opening.vault, "opening_ran_out", None, now)


def require_second(vault: TenderVault, actor: User, login: LoginSession, now: datetime) -> VaultOpening:
    """The running attempt, which this person may complete on this login: somebody else's, begun elsewhere."""
    require_closed(vault, now)
    opening = running(vault, now)
    if opening is None:
        raise Refused(N_("Er loopt geen opening, of de tien minuten zijn voorbij. Begin opnieuw met de eerste houder."))
    if opening.first_by_id == actor.id:
        raise NotAllowed(N_("U vroeg zelf om te openen. Een ander moet het bevestigen."))
    if opening.first_login_id == login.id:
        raise NotAllowed(N_("Bevestig de opening op een eigen apparaat, na zelf in te loggen."))
    return opening


def complete(
    vault: TenderVault,
    actor: User,
    login: LoginSession,
    proven: Proven,
    sealed: Iterable[SealedSubmission],
    crypto: Vault,
    now: datetime,
) -> None:
    """The other holder completes: both shares become the round's key, for as long as this takes.

    `sealed` is what counts in this round; each data key is kept for the worker, which puts everything back.
    """
    holder = require_holder(vault, actor)
    opening = require_second(vault, actor, login, now)
    if opening.by_escrow:
        raise Refused(N_("Voor deze opening is de noodsleutel nodig."))
    key = _proven_key(holder, proven)
    own = crypto.open(key, holder.share, share_context(holder))
    other = crypto.open(key, opening.share, opening_context(opening))
    _open(vault, opening, actor, login, crypto.join(own, other), sealed, crypto, now)


def complete_by_escrow(
    vault: TenderVault,
    actor: User,
    login: LoginSession,
    escrow: bytes | None,
    reason: str,
    sealed: Iterable[SealedSubmission],
    crypto: Vault,
    now: datetime,
) -> None:
    """In the place of a lost holder: the round manager, or that holder, brings the escrow key. Everybody is told."""
    require_official(actor, vault, *AUTHORITY_ROLES)
    if MANAGER not in actor.role_names and holder_of(vault, actor) is None:
        raise NotAllowed(N_("Alleen de rondebeheerder of een houder gebruikt de noodsleutel."))
    opening = require_second(vault, actor, login, now)
    if not opening.by_escrow:
        raise Refused(N_("De noodsleutel is alleen voor als een houder zijn sleutel kwijt is."))
    problems = {}
    if escrow is None or vault.escrow_key is None or not crypto.fits(escrow, vault.escrow_key):
        problems["escrow"] = N_("Dit is niet de noodsleutel van deze kluis. Kies het bestand dat bij deze ronde hoort.")
    if len(reason.strip()) < REASON_LENGTH:
        problems["reason"] = N_("Schrijf in minstens 10 tekens waarom de noodsleutel nodig is.")
    if problems or escrow is None:
        raise Invalid(problems)
    lost = next(one for one in vault.holders if one.user_id != opening.first_by_id)
    theirs = crypto.open(escrow, opening.escrow_share, escrow_context(lost))
    first = crypto.open(escrow, opening.share, opening_context(opening))
    opening.reason = reason.strip()
    _open(vault, opening, actor, login, crypto.join(theirs, first), sealed, crypto, now)


def _open(
    vault: TenderVault,
    opening: VaultOpening,
    actor: User,
    login: LoginSession,
    private: bytes,
    sealed: Iterable[SealedSubmission],
    crypto: Vault,
    now: datetime,
) -> None:
    if vault.public_key is None or not crypto.fits(private, vault.public_key):
        raise Refused(N_("De twee delen passen niet op deze kluis. Er is niets geopend; vraag de beheerder om hulp."))
    for one in sealed:
        context = sealing.key_context(vault.round_id, one.id)
        try:
            one.released_key = crypto.keep(crypto.open(private, one.wrapped_key, context), context)
        except FileDamaged:
            one.problem, one.settled_at = DAMAGED, now
            audit.record(one, "sealed_damaged", None, now)
    opening.second_by, opening.second_by_id, opening.second_login_id = actor, actor.id, login.id
    opening.completed_at = now
    end_opening(opening, now)
    vault.opened_at = now
    advance(vault, "open", actor, now, first=opening.first_by.name, by_escrow=opening.by_escrow)


def try_again(vault: TenderVault, actor: User, sealed: Iterable[SealedSubmission], now: datetime) -> None:
    """What could not be read is tried once more, with the key that is kept for it; the report stays as it is."""
    require_official(actor, vault, MANAGER)
    unread = [one for one in sealed if one.problem and one.released_key]
    for one in unread:
        one.settled_at = None
    audit.record(vault, "try_again", actor, now, submissions=len(unread))


def opening_context(opening: VaultOpening) -> str:
    return f"opening:{opening.id}:{opening.first_by_id}"
