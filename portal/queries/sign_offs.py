"""Reads of what lies with the signatories of an organisation, and of what changed since."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.models import Application, AuditEvent, Round, SignOff
from portal.models.applications import TAKEN_IN
from portal.queries.applications import OWN_ACTS, LastChange


class Waiting(NamedTuple):
    """One application that lies with the signatories."""

    application_id: str
    round_id: str
    number: str
    closes_at: datetime


def waiting(db: Session, organisation_id: str) -> list[Waiting]:
    """What lies with the signatories of one organisation and can still be submitted, first closing first."""
    rows = db.execute(
        select(Application.id, Application.round_id, Application.number, Round.closes_at)
        .join(SignOff, SignOff.application_id == Application.id)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.organisation_id == organisation_id,
            SignOff.state == "asked",
            Round.closed_at.is_(None),
            Application.state.not_in(TAKEN_IN),
        )
        .order_by(Round.closes_at, Application.number)
    )
    return [Waiting(*row) for row in rows]


def last(db: Session, application_id: str) -> SignOff | None:
    """The last time an application was offered to the signatories, with who asked and who answered."""
    return db.scalar(
        select(SignOff)
        .where(SignOff.application_id == application_id)
        .options(joinedload(SignOff.asked_by, innerjoin=True), joinedload(SignOff.settled_by))
        .order_by(SignOff.asked_at.desc())
        .limit(1)
    )


def changes_since(db: Session, application_id: str, since: datetime) -> list[LastChange]:
    """What the applicants did in an application after `since`, newest first; at most 50."""
    rows = db.execute(
        select(AuditEvent.at, AuditEvent.act, AuditEvent.actor_name, AuditEvent.details)
        .where(
            AuditEvent.subject_type == "Application",
            AuditEvent.subject_id == application_id,
            AuditEvent.act.in_(OWN_ACTS),
            AuditEvent.at > since,
        )
        .order_by(AuditEvent.id.desc())
        .limit(50)
    )
    return [LastChange(*row) for row in rows]
