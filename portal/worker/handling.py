"""One id of one task: handled, or noted as failed and left alone for a while."""

from __future__ import annotations

import errno
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.domain import failures
from portal.errors import Unavailable
from portal.extensions import Database
from portal.faults import fault
from portal.logs import reason_of
from portal.models import TaskFailure
from portal.queries import waiting
from portal.services import Services
from portal.worker.reporting import Report
from portal.worker.tasks import Task
from portal.worker.watched import watched

log = structlog.get_logger("worker")

MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What the system says when the machine is short of something, whatever the id."""

Failing = Mapping[tuple[str, str], TaskFailure]


def due(db: Session, task: Task, now: datetime, failing: Failing, most: int) -> Sequence[str]:
    """At most `most` ids to handle now, oldest first: what the facts ask for, without what failed a moment ago."""
    if not any(name == task.name for name, _ in failing):
        return task.find(db, now)[:most]
    with waiting.without_limit(db):  # else a batch full of failures would hide what is behind it
        found = task.find(db, now)
    return [one for one in found if (task.name, one) not in failing or failures.is_due(failing[task.name, one], now)][
        :most
    ]


def handle(database: Database, services: Services, task: Task, one: str, report: Report, *, has_failed: bool) -> bool:
    """Handle one id; whether it did something. An error is noted, never raised, unless the database is away."""
    began = time.monotonic()
    with structlog.contextvars.bound_contextvars(task=task.name, id=one):
        try:
            fault("work.claimed")
            did = task.handle(database, services, one)
            fault("work.done")
            if has_failed:
                _forget(database, task, one)
        except Exception as error:  # noqa: BLE001 - one broken fact must not stop the others
            report.failed(task.name)
            _note(database, services, task, one, error)
            return False
        took = round((time.monotonic() - began) * 1000)
        if did:
            report.handled(task.name, took)
            log.info("task handled", ms=took)
        return did


def _forget(database: Database, task: Task, one: str) -> None:
    with database.transaction() as db:
        failure = waiting.failure(db, task.name, one)
        if failure is not None:
            db.delete(failure)


def _note(database: Database, services: Services, task: Task, one: str, error: Exception) -> None:
    if isinstance(error, OperationalError | InterfaceError) and not database.answers():
        raise error  # nothing can be noted now, and the next pass finds the same facts
    with database.transaction() as db:
        now = services.now()
        failure = waiting.failure(db, task.name, one)
        with waiting.without_limit(db):
            is_asked = one in task.find(db, now)
        if not is_asked:
            # Somebody else was first, or what asked for it is gone: nothing is wrong.
            log.info("task overtaken", reason=reason_of(error))
            if failure is not None:
                db.delete(failure)
            return
        if failure is None:
            failure = failures.begin(task.name, one, _authority(db, task, one), now)
            db.add(failure)
        failures.count(failure, reason_of(error), now, is_outside=_is_outside(error))
        log.error("task failed", exc_info=error, tries=failure.tries, given_up=failure.dead_at is not None)


def _is_outside(error: Exception) -> bool:
    """Whether the fault is not of this id: a service or the database is away, or the disk is full."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    is_of_the_machine = isinstance(error, OSError) and error.errno in MACHINE
    return is_of_the_machine or isinstance(error, Unavailable | ConnectionError | TimeoutError)


def _authority(db: Session, task: Task, one: str) -> str | None:
    model = watched(task.name).subject
    subject = db.get(model, one) if model is not None else None
    return getattr(subject, "authority_id", None)


def forget_unasked(database: Database, tasks: Sequence[Task], now: datetime) -> int:
    """Remove failures that nothing asks for any more; how many."""
    removed = 0
    with database.transaction() as db, waiting.without_limit(db):
        by_name = {task.name: task for task in tasks}
        asked: dict[str, set[str]] = {}
        for (name, one), failure in waiting.failures(db).items():
            if name not in asked:
                asked[name] = set(by_name[name].find(db, now)) if name in by_name else set()
            if one not in asked[name]:
                db.delete(failure)
                removed += 1
    return removed
