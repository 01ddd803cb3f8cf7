"""A court case holds signing back: while it runs no agreement of the round is made or signed."""

from __future__ import annotations

from datetime import date, datetime

from portal.deciding_words import LAWSUIT_STAGES
from portal.domain import audit, wording
from portal.domain.permissions import require_official
from portal.errors import Invalid, Refused
from portal.models import Round, SigningBlock, User
from portal.terms import N_, REASON_LENGTH


def active(round_: Round) -> SigningBlock | None:
    """The block that holds now, if any."""
    return next((one for one in round_.signing_blocks if one.lifted_at is None), None)


def require_free(round_: Round) -> None:
    """Raises `Refused` while a court case holds signing back."""
    found = active(round_)
    if found is not None:
        raise Refused(
            N_("Sinds %(day)s loopt er een rechtszaak over deze ronde. Tot die klaar is, tekent niemand."),
            day=wording.day(found.blocked_at),
        )


def block_signing(
    round_: Round,
    actor: User,
    reason: str,
    now: datetime,
    *,
    stage: str = "announced",
    court: str = "",
    dated_on: date | None = None,
) -> SigningBlock:
    """Hold signing back: a lawsuit is announced, or a summons was served (then with court and day). Twice is once."""
    require_official(actor, round_, "round_manager")
    found = active(round_)
    if found is not None:
        return found
    _check(stage, court, dated_on)
    found = SigningBlock(
        authority_id=round_.authority_id,
        stage=stage,
        court=court.strip()[:200],
        dated_on=dated_on,
        reason=_reasoned(reason),
        blocked_at=now,
        blocked_by=actor,
        blocked_by_id=actor.id,
    )
    round_.signing_blocks.append(found)
    audit.record(round_, "block_signing", actor, now, reason=found.reason, stage=stage)
    return found


def serve(round_: Round, actor: User, court: str, dated_on: date | None, now: datetime) -> None:
    """The announced lawsuit was served: by which court, on which day. Changing those later is the same act."""
    require_official(actor, round_, "round_manager")
    found = active(round_)
    if found is None:
        raise Refused(N_("Er is geen rechtszaak vastgelegd. Leg die eerst vast."))
    _check("served", court, dated_on)
    if (found.stage, found.court, found.dated_on) == ("served", court.strip()[:200], dated_on):
        return
    found.stage, found.court, found.dated_on = "served", court.strip()[:200], dated_on
    audit.record(round_, "serve_lawsuit", actor, now, court=found.court, dated_on=str(dated_on))


def _check(stage: str, court: str, dated_on: date | None) -> None:
    problems = {}
    if stage not in LAWSUIT_STAGES:
        problems["stage"] = N_("Kies of het kort geding is aangekondigd of de dagvaarding er is.")
    if stage == "served" and len(court.strip()) < 3:
        problems["court"] = N_("Vul in bij welke rechtbank de zaak loopt.")
    if stage == "served" and dated_on is None:
        problems["dated_on"] = N_("Vul de dag van de zitting of van de dagvaarding in.")
    if problems:
        raise Invalid(problems)


def lift(round_: Round, actor: User, reason: str, now: datetime) -> None:
    """Signing goes on, with the reason. Nothing to lift is nothing done."""
    require_official(actor, round_, "round_manager")
    found = active(round_)
    if found is None:
        return
    found.lift_reason = _reasoned(reason)
    found.lifted_at, found.lifted_by, found.lifted_by_id = now, actor, actor.id
    audit.record(round_, "lift_signing_block", actor, now, reason=found.lift_reason)


def _reasoned(reason: str) -> str:
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom, bijvoorbeeld met het zaaknummer.")})
    return reason.strip()
