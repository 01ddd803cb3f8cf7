"""Reads of what the portal measured about itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from portal.domain import outages
from portal.domain.outages import Break, Gap
from portal.models import DeadlineChange, Probe, Procedure, Round


def found(db: Session, since: datetime, until: datetime) -> list[Gap]:
    """The outages between two instants: three statements, whatever the time between them.

    Before the first measurement ever there are none.
    """
    begins, ends = outages.minute_of(since), outages.minute_of(until)
    earlier = db.scalar(select(func.max(Probe.minute)).where(Probe.minute < begins))
    lined = (
        select(Probe.minute, func.lag(Probe.minute).over(order_by=Probe.minute).label("previous"), Probe.is_up)
        .where(Probe.minute >= (begins if earlier is None else earlier), Probe.minute <= ends)
        .subquery()
    )
    rows = db.execute(
        select(lined)
        .where(or_(~lined.c.is_up, lined.c.minute - lined.c.previous > 1), lined.c.minute >= begins)
        .order_by(lined.c.minute)
    )
    last = db.scalar(select(func.max(Probe.minute)).where(Probe.minute <= ends))
    return outages.gaps((Break(*row) for row in rows), last, until)


def last(db: Session) -> Probe | None:
    """The last measurement."""
    return db.scalar(select(Probe).order_by(Probe.minute.desc()).limit(1))


def first_minute(db: Session) -> int | None:
    return db.scalar(select(func.min(Probe.minute)))


def forget(db: Session, before: datetime) -> None:
    """Delete what is older than `before`."""
    db.execute(delete(Probe).where(Probe.minute < outages.minute_of(before)))


# --- work ---


def minutes_to_probe(db: Session, now: datetime) -> Sequence[str]:
    """This minute, when nobody measured it yet."""
    minute = outages.minute_of(now)
    return [] if db.get(Probe, minute) is not None else [str(minute)]


def rounds_to_weigh(db: Session, now: datetime) -> Sequence[str]:
    """Rounds about whose closing an outage may matter: near it, or just past it without a repair proposed."""
    proposed = select(DeadlineChange.id).where(DeadlineChange.round_id == Round.id, DeadlineChange.kind == "repair")
    return db.scalars(
        select(Round.id)
        .join(Round.procedure)
        .where(
            Procedure.published_at.is_not(None),
            Round.kind != "continuous",
            Round.opens_at <= now,
            Round.closes_at <= now + timedelta(hours=outages.LONGEST_HOURS),
            Round.closes_at > now - outages.REPAIR_WITHIN,
            ~proposed.exists(),
        )
        .order_by(Round.closes_at)
    ).all()


def rounds_to_announce(db: Session, now: datetime) -> Sequence[str]:
    """Open rounds of which those who follow the procedure were not told yet."""
    return db.scalars(
        select(Round.id)
        .join(Round.procedure)
        .where(
            Procedure.published_at.is_not(None),
            Round.announced_at.is_(None),
            Round.closed_at.is_(None),
            Round.held_by == "",
            Round.opens_at <= now,
            Round.closes_at > now,
        )
    ).all()
