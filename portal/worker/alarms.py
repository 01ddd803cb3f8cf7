"""Looking whether something is wrong, and telling who keeps the portal running."""

from __future__ import annotations

import structlog

from portal.domain import alarms
from portal.extensions import Database
from portal.queries import waiting, work
from portal.services import Services
from portal.worker import watching
from portal.worker.tasks import send_message

log = structlog.get_logger("worker")

EVERY = 60.0
"""Seconds between two looks."""


def look(database: Database, services: Services) -> dict[str, str]:
    """Raise and end alarms; gives what is wrong now. Any number of processes may look: each alarm is told once."""
    with database.reading() as db:
        found = watching.problems(db, services)
        known = set(waiting.alarms_on(db))
    if not found and not known:
        return found
    with database.transaction() as db:
        on = waiting.alarms_on(db)
        told = frozenset(work.message_reasons(db, "alarm:"))
        db.add_all(alarms.settle(on, found, told, services.settings.get("alarm_mail", ()), services.now()))
    for kind in found.keys() - known:
        log.error("alarm", kind=kind, detail=found[kind])
    for kind in known - found.keys():
        log.info("alarm over", kind=kind)
    return found


def look_for_a_silent_worker(database: Database, services: Services) -> bool:
    """For a web process: when no worker looks any more, raise the alarm and send its mail from here.

    Nobody else would. Gives whether the worker is silent.
    """
    with database.reading() as db:
        tick = waiting.last_tick(db)
    if not watching.is_silent(tick, services.now()):
        return False
    look(database, services)
    with database.reading() as db:
        ids = work.unsent_alarms(db, services.now())
    for one in ids:
        send_message(database, services, one)
    return True
