"""What an organisation began and did not submit: one statement, because every page of an applicant asks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session

from portal.models import Application, Procedure, Round, Submission


@dataclass(frozen=True)
class Pending:
    """The draft whose round closes first. `count`: how many such drafts there are in all."""

    id: str
    number: str
    label: str
    closes_at: datetime
    procedure: str
    count: int


_PENDING = (
    select(Application.id, Application.number, Round.label, Round.closes_at, Procedure.title, func.count().over())
    .join(Round, Round.id == Application.round_id)
    .join(Procedure, Procedure.id == Round.procedure_id)
    .where(
        Application.organisation_id == bindparam("organisation_id"),
        Application.state.in_(("draft", "withdrawn")),
        Round.opens_at <= bindparam("now", type_=Round.opens_at.type),
        Round.closes_at > bindparam("now", type_=Round.opens_at.type),
        Round.closed_at.is_(None),
        Round.held_by == "",
        ~exists().where(Submission.application_id == Application.id, Submission.withdrawn_at.is_(None)),
    )
    .order_by(Round.closes_at, Application.number)
    .limit(1)
)


def nearest(db: Session, organisation_id: str, now: datetime) -> Pending | None:
    """The own application in an open round that was not submitted and closes first; None when there is none."""
    found = db.execute(_PENDING, {"organisation_id": organisation_id, "now": now}).one_or_none()
    return Pending(*found) if found else None
