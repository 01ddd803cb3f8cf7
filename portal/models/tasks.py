"""What the worker reports of itself: that it lives, how each task goes, what fails, and which alarms are on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, Key, Name, Prose, Reference


class WorkerBeat(Base):
    """One worker process. `name` is machine, process and a random part; the row goes when the worker stops."""

    __tablename__ = "worker_beats"

    name: Mapped[Name] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class TaskRun(Base):
    """How one task goes, over all workers. The counts are for people: a killed worker may lose ten seconds of them."""

    __tablename__ = "task_runs"

    task: Mapped[Key] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]
    """When a worker last looked what is due."""
    handled_at: Mapped[datetime | None]
    handled: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)
    """What all that was handled took together."""


class TaskFailure(Base):
    """One id that a task could not handle. The row goes when it succeeds or when nothing asks for it any more."""

    __tablename__ = "task_failures"
    __table_args__ = (UniqueConstraint("task", "subject_id"),)

    id: Mapped[Id]
    task: Mapped[Key]
    subject_id: Mapped[Reference]
    authority_id: Mapped[Reference | None] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Prose]
    """The kind of error and where it came from; never content."""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    dead_at: Mapped[datetime | None]
    """When the worker gave up; only a person makes it try again."""


class Alarm(Base):
    """One alarm from when it went on until it was over. At most one of a kind is on."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "uq_alarms_on",
            "kind",
            unique=True,
            sqlite_where=text("over_at IS NULL"),
            postgresql_where=text("over_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[Key]
    detail: Mapped[Prose]
    raised_at: Mapped[datetime]
    told_at: Mapped[datetime]
    times_told: Mapped[int] = mapped_column(default=1)
    over_at: Mapped[datetime | None]
