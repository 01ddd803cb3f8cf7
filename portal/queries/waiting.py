"""How much is waiting and since when, and what the worker reported of itself: for pages, figures and alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from portal.domain import agreements
from portal.models import (
    Alarm,
    Application,
    DecisionRelease,
    LetterDraft,
    Message,
    Round,
    TaskFailure,
    TaskRun,
    WorkerBeat,
)

Since = Callable[[Session, datetime, Sequence[str]], Mapping[str, datetime]]
"""Since when each of these ids is due; an id that is not due yet is left out."""

CHUNK = 500


@contextmanager
def without_limit(db: Session) -> Iterator[None]:
    """Within it the queries of `work` give all ids, not one batch."""
    db.info["without_limit"] = True
    try:
        yield
    finally:
        db.info.pop("without_limit")


@event.listens_for(Session, "do_orm_execute")
def _lift_limit(state: Any) -> None:
    if state.session.info.get("without_limit") and state.is_select and hasattr(state.statement, "limit"):
        state.statement = state.statement.limit(None)


def since(column: InstrumentedAttribute[Any]) -> Since:
    """Due since the instant in this column of the object itself."""
    model: Any = column.class_

    def found(db: Session, _now: datetime, ids: Sequence[str]) -> Mapping[str, datetime]:
        return {
            one: moment
            for start in range(0, len(ids), CHUNK)
            for one, moment in db.execute(select(model.id, column).where(model.id.in_(ids[start : start + CHUNK])))
        }

    return found


def since_closing(db: Session, _now: datetime, ids: Sequence[str]) -> Mapping[str, datetime]:
    """Applications: due since their round was latched; in a continuous round since they were last saved."""
    return {
        one: moment
        for start in range(0, len(ids), CHUNK)
        for one, moment in db.execute(
            select(Application.id, func.coalesce(Round.closed_at, Application.saved_at))
            .join(Round)
            .where(Application.id.in_(ids[start : start + CHUNK]))
        )
    }


def since_released(db: Session, _now: datetime, ids: Sequence[str]) -> Mapping[str, datetime]:
    """Applications: due since their decisions were released."""
    return {
        one: moment
        for start in range(0, len(ids), CHUNK)
        for one, moment in db.execute(
            select(LetterDraft.application_id, DecisionRelease.released_at)
            .join(LetterDraft.release)
            .where(LetterDraft.application_id.in_(ids[start : start + CHUNK]))
        )
    }


def since_standstill(db: Session, now: datetime, ids: Sequence[str]) -> Mapping[str, datetime]:
    """Applications: due since their standstill ended; those whose standstill runs are left out."""
    due = {}
    for start in range(0, len(ids), CHUNK):
        for one in db.scalars(
            select(Application)
            .where(Application.id.in_(ids[start : start + CHUNK]))
            .options(selectinload(Application.decisions), selectinload(Application.round))
        ):
            ends_at = agreements.standstill_ends_at(one)
            if ends_at is not None and ends_at <= now:
                due[one.id] = ends_at
    return due


def failures(db: Session) -> dict[tuple[str, str], TaskFailure]:
    """Everything that failed and still does, by task and id."""
    return {(one.task, one.subject_id): one for one in db.scalars(select(TaskFailure))}


def failure(db: Session, task: str, subject_id: str) -> TaskFailure | None:
    return db.scalar(select(TaskFailure).where(TaskFailure.task == task, TaskFailure.subject_id == subject_id))


def failures_of(db: Session, authority_id: str) -> Sequence[TaskFailure]:
    """What fails in dossiers of one authority, those that were given up first."""
    return db.scalars(
        select(TaskFailure)
        .where(TaskFailure.authority_id == authority_id)
        .order_by(TaskFailure.dead_at.is_(None), TaskFailure.first_at)
    ).all()


def runs(db: Session) -> dict[str, TaskRun]:
    return {one.task: one for one in db.scalars(select(TaskRun))}


def beats(db: Session) -> Sequence[WorkerBeat]:
    return db.scalars(select(WorkerBeat).order_by(WorkerBeat.seen_at)).all()


def last_tick(db: Session) -> datetime | None:
    """When a worker last looked what is due; None when none ever did."""
    return db.scalar(select(func.max(TaskRun.looked_at)))


def dead(db: Session) -> int:
    return db.scalar(select(func.count()).where(TaskFailure.dead_at.is_not(None))) or 0


def dead_by_task(db: Session) -> dict[str, int]:
    """What was given up, by task."""
    counted = select(TaskFailure.task, func.count()).where(TaskFailure.dead_at.is_not(None)).group_by(TaskFailure.task)
    return {row[0]: row[1] for row in db.execute(counted)}


def failures_of_nobody(db: Session) -> int:
    """What fails without being of one authority."""
    return db.scalar(select(func.count()).where(TaskFailure.authority_id.is_(None))) or 0


def mails(db: Session) -> tuple[int, int, datetime | None]:
    """Mails that wait, mails that were refused for good, and when the oldest that waits was written."""
    waiting = (Message.sent_at.is_(None), Message.refused_at.is_(None))
    count, oldest = db.execute(select(func.count(), func.min(Message.created_at)).where(*waiting)).one()
    refused = db.scalar(select(func.count()).where(Message.sent_at.is_(None), Message.refused_at.is_not(None)))
    return count, refused or 0, oldest


def troubled_mails(db: Session, authority_id: str, limit: int = 100) -> Sequence[Message]:
    """Mails of one authority that were refused, or were tried and wait; the refused first."""
    return db.scalars(
        select(Message)
        .where(
            Message.authority_id == authority_id,
            Message.sent_at.is_(None),
            (Message.refused_at.is_not(None)) | (Message.tries > 0),
        )
        .order_by(Message.refused_at.is_(None), Message.created_at)
        .limit(limit)
    ).all()


def mails_of(db: Session, authority_id: str) -> tuple[int, datetime | None]:
    """How many mails of one authority wait, and when the oldest was written."""
    own = (Message.authority_id == authority_id, Message.sent_at.is_(None), Message.refused_at.is_(None))
    count, oldest = db.execute(select(func.count(), func.min(Message.created_at)).where(*own)).one()
    return count, oldest


def alarms_on(db: Session) -> dict[str, Alarm]:
    """The alarms that are on, by kind."""
    return {one.kind: one for one in db.scalars(select(Alarm).where(Alarm.over_at.is_(None)))}
