"""Reads of mandates: what an organisation gave, and what somebody holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models import Mandate, MandateRound, Procedure, Round, User

_SHOWN = (
    joinedload(Mandate.organisation, innerjoin=True),
    joinedload(Mandate.holder),
    joinedload(Mandate.granted_by, innerjoin=True),
    selectinload(Mandate.rounds)
    .joinedload(MandateRound.round, innerjoin=True)
    .joinedload(Round.procedure, innerjoin=True),
)


def given_by(db: Session, organisation_id: str) -> Sequence[Mandate]:
    """Every mandate of one organisation, the latest first."""
    return db.scalars(
        select(Mandate)
        .where(Mandate.organisation_id == organisation_id)
        .order_by(Mandate.granted_at.desc())
        .options(*_SHOWN)
    ).all()


def of_person(db: Session, user: User) -> Sequence[Mandate]:
    """What somebody holds or may accept, by organisation and the latest first."""
    found = db.scalars(
        select(Mandate)
        .where(
            or_(
                Mandate.holder_id == user.id,
                and_(Mandate.email == user.email.lower(), Mandate.holder_id.is_(None)),
            )
        )
        .order_by(Mandate.granted_at.desc())
        .options(*_SHOWN)
    ).all()
    return sorted(found, key=lambda one: one.organisation.name.casefold())


def mandate(db: Session, mandate_id: str) -> Mandate | None:
    return db.scalar(select(Mandate).where(Mandate.id == mandate_id).options(*_SHOWN))


def by_link(db: Session, link_digest: str) -> Mandate | None:
    return db.scalar(select(Mandate).where(Mandate.link_digest == link_digest).options(*_SHOWN))


def rounds_ahead(db: Session, now: datetime) -> Sequence[Round]:
    """Rounds of published procedures that did not close yet: what a mandate can be limited to."""
    return db.scalars(
        select(Round)
        .join(Round.procedure)
        .where(Procedure.published_at.is_not(None), Round.closes_at > now, Round.closed_at.is_(None))
        .order_by(Procedure.title, Round.closes_at)
        .options(joinedload(Round.procedure, innerjoin=True).joinedload(Procedure.authority, innerjoin=True))
    ).all()
