"""Suspended terms that run on because their time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import calendar
from portal.models import IntegrityAdvice
from portal.queries.work import BATCH


def suspensions_to_end(db: Session, now: datetime) -> Sequence[str]:
    """Advices whose term is over, with the suspension still running; not while the Bureau itself waits."""
    return db.scalars(
        select(IntegrityAdvice.id)
        .where(
            IntegrityAdvice.ended_on.is_(None),
            IntegrityAdvice.paused_on.is_(None),
            IntegrityAdvice.due_on < calendar.local_day(now),
        )
        .order_by(IntegrityAdvice.due_on)
        .limit(BATCH)
    ).all()
