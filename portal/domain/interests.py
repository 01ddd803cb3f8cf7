"""Interests of officials: what one declares before the first view, or finds out later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.domain import audit
from portal.domain.permissions import require_official
from portal.errors import Invalid
from portal.models import Application, Conflict, InterestDeclaration, Round, User, attach
from portal.terms import N_

REASON_LENGTH = 10
READERS = ("inkoper", "integrity_officer", "assessor", "inspector")
"""Who sees what was submitted, and so declares an interest first. The inspector reads along and decides nothing."""


def declare_interest(
    round_: Round, actor: User, conflicts: Iterable[tuple[Application, str]], now: datetime
) -> InterestDeclaration:
    """Declare, before the first view, in which applicants one has an interest. Those dossiers are hidden at once."""
    require_official(actor, round_, *READERS)
    declaration = InterestDeclaration(
        authority_id=round_.authority_id,
        round=round_,
        round_id=round_.id,
        user=actor,
        user_id=actor.id,
        declared_at=now,
    )
    named = 0
    for application, reason in conflicts:
        recuse(application, actor, reason, now)
        named += 1
    audit.record(declaration, "declare_interest", actor, now, round=round_.label, conflicts=named)
    return declaration


def recuse(application: Application, actor: User, reason: str, now: datetime) -> Conflict:
    """An interest in one applicant, found out later or declared at once."""
    require_official(actor, application, *READERS)
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit welk belang u heeft.")})
    conflict = Conflict(
        authority_id=application.authority_id,
        application_id=application.id,
        user_id=actor.id,
        reason=reason.strip(),
        declared_at=now,
    )
    attach(application, conflict)
    audit.record(application, "recuse", actor, now)
    review = application.review
    if review is not None and review.first_by_id == actor.id and review.state in {"open", "started"}:
        review.first_by = None
        review.first_by_id = None
    return conflict
