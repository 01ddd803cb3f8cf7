"""The worker: looks what the facts ask for, and does it, one id per transaction.

Here the loop of one process, for SQLite and for commands; `engine` spreads the same tasks over machines.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from portal.extensions import Database
from portal.queries import waiting, work
from portal.services import Services
from portal.worker import alarms, uploads, vault
from portal.worker.handling import due, forget_unasked, handle
from portal.worker.reporting import Report
from portal.worker.scanning import follow_settings
from portal.worker.tasks import TASKS

log = structlog.get_logger("worker")

SWEEP, LEFTOVER = timedelta(hours=1), timedelta(days=1)
"""How often leftovers of unfinished uploads are removed, and how old they must be."""

PAUSE = 1.0
"""Seconds between two passes: the longest a due fact waits."""

TURN = 25
"""How many of one task a pass of the running worker handles, so that a mail does not wait for 200 agreements."""


def run_once(
    database: Database, services: Services, report: Report | None = None, most: int = work.BATCH
) -> Counter[str]:
    """One pass over all tasks; how many of each were handled. What failed a moment ago is left alone for a while."""
    done: Counter[str] = Counter()
    tally = report or Report(database, services)
    with database.reading() as db:
        failing = waiting.failures(db)
    for task in TASKS:
        with database.reading() as db:
            ids = due(db, task, services.now(), failing, most)
        tally.looked(task.name)
        for one in ids:
            done[task.name] += handle(database, services, task, one, tally, has_failed=(task.name, one) in failing)
            if report is not None and report.is_due():
                report.write()  # a long pass is no silent worker
    return done


def run_until_idle(
    database: Database, services: Services, passes: int = 50, report: Report | None = None
) -> Counter[str]:
    """Passes until one changes nothing more: for commands, rehearsals and tests."""
    total: Counter[str] = Counter()
    for _ in range(passes):
        done = run_once(database, services, report)
        total += done
        if not done.total():
            break
    return total


def sweep(database: Database, services: Services, older_than: datetime) -> dict[str, int]:
    """Remove what uploads left behind that never became a document; how many of each kind.

    An upload is first a file without a name, then an object, then a row. One that died on the way leaves the
    file or the object; a day later nobody can be working on it any more. What the compartment seals goes the same way.
    """
    removed = uploads.sweep(database, services, older_than)
    with database.reading() as db:
        for folder in ("documents/", "integrity/"):
            for key in services.files.keys(folder, older_than):
                if not work.is_named(db, key):
                    services.files.delete(key)
                    removed += 1
    removed += vault.sweep(database, services, older_than)
    return {"unfinished": services.files.sweep(older_than), "unreferenced": removed}


class Upkeep:
    """What a worker does beside the tasks: report of itself, look at the alarms, sweep. `do` does what is due."""

    def __init__(self, database: Database, services: Services) -> None:
        self.report = Report(database, services)
        self._database, self._services = database, services
        self._swept_at = services.now() - SWEEP
        self._looked_at = time.monotonic()  # a worker that just came gets a minute to catch up

    def do(self) -> None:
        if self.report.is_due():
            self.report.write()
        if time.monotonic() - self._looked_at >= alarms.EVERY:
            self._looked_at = time.monotonic()
            alarms.look(self._database, self._services)
        if self._services.now() - self._swept_at >= SWEEP:
            self._swept_at = self._services.now()
            found = sweep(self._database, self._services, self._swept_at - LEFTOVER)
            follow_settings(self._database, self._services)
            forgotten = forget_unasked(self._database, TASKS, self._swept_at)
            log.info("swept", forgotten=forgotten, **found)


def run_forever(database: Database, services: Services, is_stopping: Callable[[], bool]) -> None:
    """Passes until told to stop; a pass that did work is followed at once by the next."""
    upkeep = Upkeep(database, services)
    log.info("worker started", worker=upkeep.report.name)
    while not is_stopping():
        try:
            busy = run_once(database, services, upkeep.report, TURN).total()
            upkeep.do()
        except Exception:  # the database may be away for a moment
            log.exception("pass failed")
            busy = 0
        if not busy:
            time.sleep(PAUSE)
    upkeep.report.end()
    log.info("worker stopped", worker=upkeep.report.name)
