"""Reads of the secret addresses from which calendars read what expires."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.models import CalendarFeed


def live(db: Session, organisation_id: str) -> Sequence[CalendarFeed]:
    """The addresses of an organisation that were not taken back, with whose they are."""
    return db.scalars(
        select(CalendarFeed)
        .where(CalendarFeed.organisation_id == organisation_id, CalendarFeed.revoked_at.is_(None))
        .options(joinedload(CalendarFeed.user, innerjoin=True))
        .order_by(CalendarFeed.made_at)
    ).all()


def by_digest(db: Session, digest: str) -> CalendarFeed | None:
    """The address with this secret, also one that was taken back."""
    return db.scalar(
        select(CalendarFeed)
        .where(CalendarFeed.token_digest == digest)
        .options(joinedload(CalendarFeed.user, innerjoin=True))
    )


def own(db: Session, feed_id: str, organisation_id: str) -> CalendarFeed | None:
    """One address of an organisation, by id."""
    return db.scalar(
        select(CalendarFeed).where(CalendarFeed.id == feed_id, CalendarFeed.organisation_id == organisation_id)
    )
