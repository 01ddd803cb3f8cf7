"""What one worker process reports of itself, so that every web process can tell how the work goes."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import delete

from portal.extensions import Database
from portal.models import TaskRun, WorkerBeat
from portal.queries import waiting
from portal.services import Services

log = structlog.get_logger("worker")

EVERY = 10.0
"""Seconds between two reports."""
FORGOTTEN = timedelta(hours=1)
"""After this long a worker that was killed is no longer listed."""


@dataclass
class Tally:
    handled: int = 0
    failed: int = 0
    milliseconds: int = 0


class Report:
    """Counts in memory and writes every ten seconds, so that watching costs one small transaction and no more.

    Used from several threads.
    """

    def __init__(self, database: Database, services: Services) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"[:200]
        self._database, self._services = database, services
        self._started_at = services.now()
        self._lock = threading.Lock()
        self._tallies: dict[str, Tally] = defaultdict(Tally)
        self._looked: set[str] = set()
        self._written: float | None = None

    def looked(self, task: str) -> None:
        """Found out what is due for this task."""
        with self._lock:
            self._looked.add(task)

    def handled(self, task: str, milliseconds: int) -> None:
        with self._lock:
            tally = self._tallies[task]
            tally.handled += 1
            tally.milliseconds += milliseconds

    def failed(self, task: str) -> None:
        with self._lock:
            self._tallies[task].failed += 1

    def is_due(self) -> bool:
        return self._written is None or time.monotonic() - self._written >= EVERY

    def write(self) -> None:
        """Put what was counted into the database. What cannot be written now is written next time."""
        with self._lock:
            tallies, self._tallies = self._tallies, defaultdict(Tally)
            looked, self._looked = self._looked, set()
            self._written = time.monotonic()
        try:
            self._store(tallies, looked)
        except Exception:
            with self._lock:
                for task, tally in tallies.items():
                    mine = self._tallies[task]
                    mine.handled, mine.failed = mine.handled + tally.handled, mine.failed + tally.failed
                    mine.milliseconds += tally.milliseconds
            raise

    def _store(self, tallies: dict[str, Tally], looked: set[str]) -> None:
        with self._database.transaction() as db:
            now = self._services.now()
            runs = waiting.runs(db)
            for task in sorted(looked | set(tallies)):
                run = runs.get(task)
                if run is None:
                    run = TaskRun(task=task, looked_at=now, handled=0, failed=0, milliseconds=0)
                    db.add(run)
                tally = tallies.get(task, Tally())
                if task in looked:
                    run.looked_at = now
                run.handled, run.failed = run.handled + tally.handled, run.failed + tally.failed
                run.milliseconds += tally.milliseconds
                if tally.handled:
                    run.handled_at = now
            beat = db.get(WorkerBeat, self.name)
            if beat is None:
                beat = WorkerBeat(name=self.name, started_at=self._started_at, seen_at=now)
                db.add(beat)
            beat.seen_at = now
            db.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < now - FORGOTTEN))

    def end(self) -> None:
        """The worker stops as it should: write the last counts and leave the list."""
        try:
            self.write()
            with self._database.transaction() as db:
                db.execute(delete(WorkerBeat).where(WorkerBeat.name == self.name))
        except Exception:  # stopping may not fail
            log.exception("last report failed")
