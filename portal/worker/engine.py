"""The worker on any number of machines: Procrastinate hands out the same tasks, on the portal's own PostgreSQL.

The facts stay the truth. A tick looks every few seconds what they ask for and leaves one hint per task and id; a
hint that is lost is left again by the next tick, and one that came twice finds nothing to do.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

import procrastinate
import structlog
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import make_url, text

from portal.adapters.schema import HINTS
from portal.domain import failures
from portal.extensions import Database
from portal.logs import reason_of
from portal.queries import waiting, work
from portal.services import Services
from portal.worker import Upkeep
from portal.worker.handling import due, handle
from portal.worker.tasks import TASKS, Task
from portal.worker.watched import watched

log = structlog.get_logger("worker")

TICK = "* * * * * */2"
"""Every two seconds, by one of the workers."""
STANDING = 60.0
"""Seconds between two hints for what only `handle` can tell."""
STALLED = 30.0
"""Seconds without a heartbeat after which a worker counts as gone."""
AWAY = 5.0
"""Seconds before trying again when the database is away."""

Hint = tuple[Task, str]


def run(database: Database, services: Services, concurrency: int = 1) -> None:
    """Handle what is due until SIGTERM or SIGINT. When the database is away, wait for it and go on."""
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what matters stands in our own log
    upkeep = Upkeep(database, services)
    log.info("worker started", worker=upkeep.report.name, concurrency=concurrency)
    while True:
        try:
            asyncio.run(_run(database, services, upkeep, concurrency))
            break
        except Exception as error:  # noqa: BLE001 - the database went away, or this worker was taken for gone
            log.error("engine stopped", reason=reason_of(error))
            time.sleep(AWAY)
    upkeep.report.end()
    log.info("worker stopped", worker=upkeep.report.name)


async def _run(database: Database, services: Services, upkeep: Upkeep, concurrency: int) -> None:
    engine = Engine(database, services, upkeep)
    async with engine.app.open_async():
        beside = asyncio.create_task(_upkeep(upkeep))
        try:
            await engine.app.run_worker_async(
                concurrency=concurrency,
                delete_jobs="always",  # what was done stands in the facts and in the log
                fetch_job_polling_interval=2.0,
                stalled_worker_timeout=STALLED,
                shutdown_graceful_timeout=60.0,
            )
        finally:
            beside.cancel()
            with suppress(asyncio.CancelledError):
                await beside


async def _upkeep(upkeep: Upkeep) -> None:
    while True:
        try:
            await asyncio.to_thread(upkeep.do)
        except Exception:  # the database may be away for a moment; the worker itself decides about stopping
            log.exception("upkeep failed")
        await asyncio.sleep(1)


class Engine:
    """Procrastinate with two tasks: the tick, and handling one id."""

    def __init__(self, database: Database, services: Services, upkeep: Upkeep) -> None:
        self._database, self._services, self._report = database, services, upkeep.report
        self._stood_at: float | None = None
        address = make_url(database.engine.url).set(drivername="postgresql")
        self.app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=address.render_as_string(hide_password=False),
                kwargs={"options": f"-c search_path={HINTS}"},
                min_size=1,
                max_size=4,
            )
        )
        self._handle = self.app.task(name="handle", queue="tasks")(self.handle)
        tick = self.app.task(name="tick", queue="tasks", queueing_lock="tick", priority=100)(self.tick)
        self.app.periodic(cron=TICK)(tick)

    def handle(self, task: str, one: str) -> None:
        """One hint. It may be old, doubled or too early: the facts decide."""
        found = next((known for known in TASKS if known.name == task), None)
        if found is None:
            return  # a hint of another version
        with self._database.reading() as db:
            failure = waiting.failure(db, task, one)
        if failure is not None and not failures.is_due(failure, self._services.now()):
            return
        try:
            handle(self._database, self._services, found, one, self._report, has_failed=failure is not None)
        except Exception:  # the database went away; the hint is left again when it is back
            log.exception("handling stopped", task=task, id=one)

    async def tick(self, timestamp: int) -> None:
        """Leave a hint for everything that is due and has none."""
        await self.app.job_manager.prune_stalled_workers(STALLED)
        try:
            found = await asyncio.to_thread(self.look)
        except Exception:
            log.exception("tick failed")
            raise
        for task, one in found:
            hint = self._handle.configure(queueing_lock=lock(task, one), priority=watched(task.name).urgency)
            with suppress(AlreadyEnqueued):
                await hint.defer_async(task=task.name, one=one)

    def look(self) -> list[Hint]:
        """What is due and neither waits as a hint nor is being handled by a worker that lives."""
        with_standing = self._stood_at is None or time.monotonic() - self._stood_at >= STANDING
        if with_standing:
            self._stood_at = time.monotonic()
        self._clear()
        found: list[Hint] = []
        with self._database.reading() as db:
            now, failing = self._services.now(), waiting.failures(db)
            hinted = set(db.execute(text(HINTED)).scalars())
            for task in TASKS:
                what = watched(task.name)
                if what.is_standing and not with_standing:
                    continue
                ids = due(db, task, now, failing, work.BATCH)
                if what.since is not None:
                    ripe = what.since(db, now, ids)
                    ids = [one for one in ids if one in ripe]
                found += [(task, one) for one in ids if lock(task, one) not in hinted]
                self._report.looked(task.name)
        return found

    def _clear(self) -> None:
        """Forget hints that a worker took and died with: the tick leaves them again."""
        with self._database.engine.begin() as connection:
            connection.execute(text(f"SET LOCAL search_path TO {HINTS}"))
            connection.execute(text(ABANDONED))


def lock(task: Task, one: str) -> str:
    """What keeps a second hint for the same work from waiting beside the first."""
    return f"{task.name}:{one}"


HINTED = f"""
SELECT queueing_lock FROM {HINTS}.procrastinate_jobs AS job
WHERE queueing_lock IS NOT NULL AND (status = 'todo' OR (status = 'doing' AND worker_id IS NOT NULL))
"""  # noqa: S608 - a name of our own

ABANDONED = """
DELETE FROM procrastinate_jobs AS job WHERE status NOT IN ('todo', 'doing') OR (status = 'doing' AND (
  worker_id IS NULL
  OR NOT EXISTS (SELECT 1 FROM procrastinate_events WHERE job_id = job.id AND at > now() - interval '15 minutes')))
"""
"""Of a worker that is gone, or taken a quarter of an hour ago: then it was finished while the database was away."""
