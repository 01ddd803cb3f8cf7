"""How the work goes, from the database alone: for the page, the figures, the alarms and `flask doctor`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.queries import waiting
from portal.services import Services
from portal.worker.tasks import TASKS, Task
from portal.worker.watched import watched

SILENT = timedelta(minutes=2)
LATE = timedelta(minutes=10)
MAIL_LATE = timedelta(hours=1)
OUTSIDE_LATE = timedelta(minutes=15)
CLOCK_OFF = timedelta(seconds=5)
DISK_FREE = 0.10


@dataclass(frozen=True)
class Queue:
    """What waits for one task: how many ids, and since when the oldest is due (None: nothing, or not known)."""

    task: Task
    waiting: int
    oldest: datetime | None
    is_standing: bool = False


def is_silent(tick: datetime | None, now: datetime) -> bool:
    """Whether workers stopped looking. None ever having looked is no silence: then nobody started one yet."""
    return tick is not None and now - tick > SILENT


def queues(db: Session, now: datetime, tasks: Sequence[Task] = TASKS) -> list[Queue]:
    """Every task with what waits for it. A session of an official counts the own authority only."""
    found = []
    with waiting.without_limit(db):
        for task in tasks:
            what = watched(task.name)
            if what.is_standing:
                found.append(Queue(task, 0, None, is_standing=True))
                continue
            ids = list(task.find(db, now))
            since = what.since(db, now, ids) if what.since else None
            oldest = min(since.values(), default=None) if since is not None else None
            found.append(Queue(task, len(ids if since is None else since), oldest))
    return found


def problems(db: Session, services: Services) -> dict[str, str]:
    """What is wrong now: a detail in words per kind of alarm."""
    now = services.now()
    found = {}
    tick = waiting.last_tick(db)
    if tick is not None and is_silent(tick, now):
        found["worker_silent"] = f"laatste keer gekeken: {tick:%Y-%m-%d %H:%M:%S} UTC"
    dead = waiting.dead(db)
    if dead:
        found["task_dead"] = f"{dead} taken zijn opgegeven na herhaald mislukken"
    found |= _late(db, now)
    _count, _refused, oldest = waiting.mails(db)
    if oldest is not None and now - oldest > MAIL_LATE:
        found["mail_waiting"] = f"het oudste bericht wacht sinds {oldest:%Y-%m-%d %H:%M} UTC"
    clock = clock_off(db, now)
    if clock is not None and abs(clock) > CLOCK_OFF:
        found["clock_off"] = f"de klok van deze machine verschilt {clock.total_seconds():.0f} seconden"
    for folder, free in disks(services):
        if free < DISK_FREE:
            found["disk_full"] = f"nog {free:.0%} vrij in {folder}"
    return found


def _late(db: Session, now: datetime) -> dict[str, str]:
    found, late = {}, []
    for queue in queues(db, now):
        if queue.oldest is None or queue.task.name == "messages_to_send":  # mail has its own alarm
            continue
        kind = watched(queue.task.name).outside
        if kind and now - queue.oldest > OUTSIDE_LATE:
            found[kind] = f"{queue.task.name}: {queue.waiting}, de oudste sinds {queue.oldest:%Y-%m-%d %H:%M} UTC"
        elif not kind and now - queue.oldest > LATE:
            late.append(f"{queue.task.name}: {queue.waiting}, de oudste sinds {queue.oldest:%Y-%m-%d %H:%M} UTC")
    if late:
        found["work_late"] = "; ".join(late)
    return found


def clock_off(db: Session, now: datetime) -> timedelta | None:
    """How far this machine is ahead of the database's; without PostgreSQL, ahead of the last report (if behind it)."""
    if db.get_bind().dialect.name == "postgresql":
        theirs: datetime = db.execute(text("SELECT clock_timestamp()")).scalar_one()
        return now - theirs
    tick = waiting.last_tick(db)
    return now - tick if tick is not None and tick > now else timedelta()


def disks(services: Services) -> list[tuple[str, float]]:
    """The folders the portal writes in, and which part of their disk is free (0 to 1)."""
    found = []
    for folder in services.settings.get("folders", ()):
        if Path(folder).is_dir():
            usage = shutil.disk_usage(folder)
            found.append((str(folder), usage.free / usage.total))
    return found
