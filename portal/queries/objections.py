"""Reads of objections, for the applicant and for officials; an interest hides them like the dossier itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models import Application, Conflict, Finding, Objection, ObjectionPoint

_OPTIONS = (
    joinedload(Objection.application, innerjoin=True).joinedload(Application.organisation, innerjoin=True),
    joinedload(Objection.letter, innerjoin=True),
    selectinload(Objection.points).joinedload(ObjectionPoint.finding).joinedload(Finding.requirement),
)


def _visible(user_id: str) -> Any:
    return ~exists().where(Conflict.application_id == Objection.application_id, Conflict.user_id == user_id)


def in_round(db: Session, round_id: str, user_id: str) -> Sequence[Objection]:
    """The objections in one round that this official may see: what waits first, then by day of receipt."""
    return db.scalars(
        select(Objection)
        .join(Objection.application)
        .where(Application.round_id == round_id, _visible(user_id))
        .options(*_OPTIONS)
        .order_by(Objection.state.in_(("decided", "withdrawn")), Objection.received_on, Objection.number)
    ).all()


def one(db: Session, objection_id: str, user_id: str) -> Objection | None:
    """One objection for an official; None when it is unknown, foreign or hidden by an interest."""
    return db.scalar(select(Objection).where(Objection.id == objection_id, _visible(user_id)).options(*_OPTIONS))


def own(db: Session, application_id: str) -> Sequence[Objection]:
    """The objections of one application, newest first."""
    return db.scalars(
        select(Objection)
        .where(Objection.application_id == application_id)
        .options(*_OPTIONS, joinedload(Objection.outcome_letter))
        .order_by(Objection.filed_at.desc())
    ).all()
