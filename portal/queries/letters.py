"""Reads of letters that were told: which there are, when the mail about each was handed over, and the first opening."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, DecisionLetter, Message, Objection


class Delivery(NamedTuple):
    """One mail that points to a letter: to whom, when the mail server took it, and when it was refused for good."""

    to: str
    sent_at: datetime | None
    refused_at: datetime | None


def told(db: Session, application_id: str) -> Sequence[DecisionLetter]:
    """The letters of one application, oldest first."""
    return db.scalars(
        select(DecisionLetter).where(DecisionLetter.application_id == application_id).order_by(DecisionLetter.sent_at)
    ).all()


def of_decision(db: Session, application_id: str) -> DecisionLetter | None:
    """The letter that told the decision of an application."""
    return db.scalar(
        select(DecisionLetter).where(DecisionLetter.application_id == application_id, DecisionLetter.kind == "decision")
    )


def one(db: Session, application_id: str, letter_id: str) -> DecisionLetter | None:
    """A letter of this application."""
    return db.scalar(
        select(DecisionLetter).where(DecisionLetter.id == letter_id, DecisionLetter.application_id == application_id)
    )


def deliveries(db: Session, letter: DecisionLetter) -> list[Delivery]:
    """The mails about one letter, by address."""
    reason = f"decision:{letter.application_id}:"
    if letter.kind == "objection":
        about = db.scalar(select(Objection.id).where(Objection.outcome_letter_id == letter.id))
        reason = f"objection:{about}:decided:"
    rows = db.execute(
        select(Message.to, Message.sent_at, Message.refused_at)
        .where(Message.reason.startswith(reason, autoescape=True))
        .order_by(Message.to)
    )
    return [Delivery(*row) for row in rows]


def opened_by(db: Session, letter: DecisionLetter) -> str:
    """Who opened it first, empty for nobody."""
    name = db.scalar(
        select(AuditEvent.actor_name)
        .where(
            AuditEvent.subject_type == "DecisionLetter",
            AuditEvent.subject_id == letter.id,
            AuditEvent.act == "open",
        )
        .order_by(AuditEvent.id)
        .limit(1)
    )
    return name or ""
