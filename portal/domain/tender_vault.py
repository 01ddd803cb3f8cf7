"""The vault of a tender: naming two holders and setting it up.

The round's private key exists only as two shares, each sealed for one holder; nobody and nothing can read before both
have given their password. See decision 0026 for what this defends against and what not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.domain import audit, planning, sealing, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import HolderKey, Round, TenderVault, User, VaultHolder
from portal.services import PersonalKey, Vault
from portal.terms import AUTHORITY_ROLES, N_

MANAGER = "round_manager"


def require_vault(round_: Round) -> None:
    """Where submissions are not sealed nothing of this exists."""
    if not sealing.has_vault(round_):
        raise NotFound(N_("Dit bestaat niet."))


def name_holders(round_: Round, actor: User, users: Sequence[User], now: datetime, *, is_used: bool) -> TenderVault:
    """The round manager names the two holders. Until something was submitted (`is_used`), this can be done again.

    Raises `Invalid` (field 'holders') for anything but two different officials who assess nothing in this round.
    """
    require_official(actor, round_, MANAGER)
    require_vault(round_)
    if is_used:
        raise Refused(N_("Er is al ingediend in deze kluis. De houders veranderen niet meer."))
    if len({one.id for one in users}) != 2:
        raise Invalid({"holders": N_("Kies twee verschillende medewerkers als houder.")})
    for one in users:
        if one.authority_id != round_.authority_id or one.disabled_at is not None:
            raise NotFound(N_("Dit bestaat niet."))
        if any(member.user_id == one.id and member.left_at is None for member in round_.panel):
            raise Invalid({"holders": N_("Wie in deze ronde beoordeelt, kan geen houder van de kluis zijn.")})
    vault = round_.vault
    if vault is None:
        vault = TenderVault(authority_id=round_.authority_id, round_id=round_.id, state="named", named_at=now)
        round_.vault = vault
    elif vault.state != "named":
        advance(vault, "name_again", actor, now)
        vault.public_key = vault.escrow_key = vault.set_up_at = None
        planning.hold(round_.procedure, [round_])
    _give_places(vault, actor, users, now)
    audit.record(round_, "name_vault_holders", actor, now, holders=[one.name for one in users])
    return vault


def _give_places(vault: TenderVault, actor: User, users: Sequence[User], now: datetime) -> None:
    # Who stays keeps the place: a row that takes over somebody's place would meet that person's row in the database.
    present, wanted = {one.user_id for one in vault.holders}, {one.id for one in users}
    vacant = [one for one in vault.holders if one.user_id not in wanted]
    for one in vault.holders:
        one.share = one.escrow_share = ""
        if one.key is not None and one.key.lost_at is not None:
            one.key, one.key_id = None, None
    for user in users:
        if user.id in present:
            continue
        holder = vacant.pop() if vacant else VaultHolder(authority_id=vault.authority_id)
        holder.user, holder.user_id, holder.key, holder.key_id = user, user.id, None, None
        holder.named_at, holder.named_by, holder.named_by_id = now, actor, actor.id
        if holder not in vault.holders:
            holder.position = len(vault.holders) + 1
            vault.holders.append(holder)
        _tell(vault, user, f"vault_holder:{vault.id}:{now.isoformat()}", "vault_holder", now)


def holder_of(vault: TenderVault, user: User) -> VaultHolder | None:
    return next((one for one in vault.holders if one.user_id == user.id), None)


def accept(
    vault: TenderVault, actor: User, live: HolderKey | None, made: PersonalKey | None, now: datetime
) -> HolderKey:
    """A holder accepts, with the password: the own key is made, or the live one is used for this vault too.

    `live` is the key this person has, `made` a new one under the password that was just given.
    """
    holder = require_holder(vault, actor)
    if vault.state != "named":
        raise Refused(N_("Deze kluis is al ingericht."))
    if live is None:
        if made is None:
            raise Refused(N_("Uw sleutel is intussen vervallen. Probeer het opnieuw."))
        live = HolderKey(
            authority_id=vault.authority_id,
            user=actor,
            user_id=actor.id,
            public_key=made.public,
            salt=made.salt,
            wrapped=made.wrapped,
            made_at=now,
        )
        audit.record(live, "make_holder_key", actor, now)
    holder.key, holder.key_id = live, live.id
    audit.record(vault, "accept_vault", actor, now)
    return live


def require_holder(vault: TenderVault, actor: User) -> VaultHolder:
    require_official(actor, vault, *AUTHORITY_ROLES)
    holder = holder_of(vault, actor)
    if holder is None:
        raise NotAllowed(N_("Alleen de twee houders van deze kluis kunnen dit."))
    return holder


def is_ready(vault: TenderVault) -> bool:
    """Both holders accepted and still have their key."""
    return len(vault.holders) == 2 and all(one.key is not None and one.key.lost_at is None for one in vault.holders)


def set_up(vault: TenderVault, actor: User, crypto: Vault, now: datetime) -> bytes:
    """Make the keys. Gives the escrow's private key, once: hand it out and forget it.

    The round's private key is split and then forgotten. The escrow opens nothing alone: a holder's share lies for it
    inside an envelope that the other holder must open first.
    """
    require_official(actor, vault, MANAGER)
    if vault.state != "named":
        raise Refused(N_("Deze kluis is al ingericht."))
    if not is_ready(vault):
        raise Refused(N_("Beide houders moeten eerst hun sleutel maken. Vraag hun dat te doen."))
    pair, escrow = crypto.pair(), crypto.pair()
    for holder, share, other in zip(vault.holders, crypto.split(pair.private), reversed(vault.holders), strict=True):
        assert holder.key is not None and other.key is not None  # noqa: S101, PT018 - is_ready
        holder.share = crypto.seal(holder.key.public_key, share, share_context(holder))
        inner = crypto.seal(escrow.public, share, escrow_context(holder))
        holder.escrow_share = crypto.seal(other.key.public_key, inner.encode(), escrow_context(holder))
    vault.public_key, vault.escrow_key, vault.set_up_at = pair.public, escrow.public, now
    advance(vault, "set_up", actor, now, holders=[one.user.name for one in vault.holders])
    planning.hold(vault.round.procedure, [vault.round])
    return escrow.private


def lose_key(key: HolderKey, now: datetime) -> None:
    """The password was reset, so this key opens no more. Whoever named the holder hears it."""
    if key.lost_at is not None:
        return
    key.lost_at, key.wrapped = now, ""
    audit.record(key, "lose_holder_key", key.user, now)
    for holder in key.held:
        vault = holder.vault
        if vault.state == "opened":
            continue
        _tell(vault, holder.named_by, f"vault_lost:{key.id}:{vault.id}", "vault_holder_lost", now, holder=key.user.name)


def _tell(vault: TenderVault, user: User, reason: str, template: str, now: datetime, **facts: str) -> None:
    round_ = vault.round
    audit.tell(
        vault,
        reason,
        user.email,
        template,
        now,
        name=user.name,
        round=round_.label,
        procedure=round_.procedure.title,
        opens=wording.moment(round_.opens_at),
        path=f"/rondes/{round_.id}/kluis",
        **facts,
    )


# Contexts: what a share is bound to


def share_context(holder: VaultHolder) -> str:
    return f"share:{holder.vault.id}:{holder.user_id}"


def escrow_context(holder: VaultHolder) -> str:
    return f"escrow:{holder.vault.id}:{holder.user_id}"
