"""The job pump: looks what the facts ask for, and does it, one id per transaction."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from portal.extensions import Database
from portal.queries import work
from portal.services import Services
from portal.worker.tasks import TASKS

log = structlog.get_logger("worker")

SWEEP, LEFTOVER = timedelta(hours=1), timedelta(days=1)
"""How often leftovers of unfinished uploads are removed, and how old they must be."""

PAUSE = 1.0
"""Seconds between two passes: the longest a due fact waits."""


def run_once(database: Database, services: Services) -> Counter[str]:
    """One pass over all tasks; how many of each were handled. One that fails is logged and tried next pass."""
    done: Counter[str] = Counter()
    for task in TASKS:
        with database.reading() as db:
            due = list(task.find(db, services.now()))
        for one in due:
            try:
                done[task.name] += task.handle(database, services, one)
            except Exception:  # one broken fact must not stop the others
                log.exception("task failed", task=task.name, id=one)
    return done


def run_until_idle(database: Database, services: Services, passes: int = 50) -> Counter[str]:
    """Passes until one changes nothing more: for commands, rehearsals and tests."""
    total: Counter[str] = Counter()
    for _ in range(passes):
        done = run_once(database, services)
        total += done
        if not done.total():
            break
    return total


def sweep(database: Database, services: Services, older_than: datetime) -> dict[str, int]:
    """Remove what uploads left behind that never became a document; how many of each kind.

    An upload is first a file without a name, then an object, then a row. One that died on the way leaves the
    file or the object; a day later nobody can be working on it any more.
    """
    removed = 0
    with database.reading() as db:
        for key in services.files.keys("documents/", older_than):
            if not work.is_document(db, key):
                services.files.delete(key)
                removed += 1
    return {"unfinished": services.files.sweep(older_than), "unreferenced": removed}


def run_forever(database: Database, services: Services, is_stopping: Callable[[], bool]) -> None:
    """Passes until told to stop; a pass that did work is followed at once by the next."""
    log.info("worker started")
    swept_at = services.now() - SWEEP
    while not is_stopping():
        try:
            if services.now() - swept_at >= SWEEP:
                swept_at = services.now()
                log.info("swept", **sweep(database, services, swept_at - LEFTOVER))
            busy = run_once(database, services).total()
        except Exception:  # the database may be away for a moment
            log.exception("pass failed")
            busy = 0
        if not busy:
            time.sleep(PAUSE)
