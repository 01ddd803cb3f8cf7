"""Who follows a procedure, and what they hear: a round opens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.domain import audit, wording
from portal.domain.permissions import require_role
from portal.models import Follower, Procedure, Round, User
from portal.terms import APPLICANT_ROLES


def follow(procedure: Procedure, actor: User, now: datetime) -> Follower:
    """Somebody asks to be told of openings and of other deadlines."""
    require_role(actor, *APPLICANT_ROLES)
    follower = Follower(
        authority_id=procedure.authority_id,
        procedure_id=procedure.id,
        user=actor,
        user_id=actor.id,
        since=now,
    )
    audit.record(procedure, "follow", actor, now)
    return follower


def stop_following(follower: Follower, now: datetime) -> None:
    """Recorded; the caller deletes the row."""
    audit.record(follower.procedure, "stop_following", follower.user, now)


def announce(round_: Round, followers: Sequence[User], now: datetime) -> bool:
    """Tell who follows the procedure that a round is open. Level-triggered, once: `announced_at` is its latch."""
    if round_.announced_at is not None or not round_.is_open(now):
        return False
    round_.announced_at = now
    procedure = round_.procedure
    audit.tell_organisation(
        round_,
        list(followers),
        f"round_opened:{round_.id}",
        "round_opened",
        now,
        round=round_.label,
        procedure=procedure.title,
        closes=wording.moment(round_.closes_at),
        path=f"/procedures/{procedure.authority.slug}/{procedure.slug}",
    )
    return True
