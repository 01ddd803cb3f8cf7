"""Whether this process can work: its database with the right schema, its store, and a clock that makes sense."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import text

from portal.adapters import schema
from portal.extensions import Database
from portal.logs import reason_of
from portal.queries import waiting
from portal.services import Services

log = structlog.get_logger("web")

PROBE = "probe/ready"
CLOCK_MAY_DIFFER = timedelta(seconds=5)


def parts(database: Database, services: Services) -> dict[str, bool]:
    """Each part and whether it is good. What depends on a part that fails counts as failing too."""
    answers = _good("database", database.is_reachable)
    return {
        "database": answers,
        "schema": answers and _good("schema", lambda: _is_migrated(database)),
        "store": _good("store", lambda: _store_answers(services)),
        "clock": answers and _good("clock", lambda: _clock_is_sane(database, services)),
    }


def _good(part: str, check: object) -> bool:
    try:
        good = bool(check())  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, this part does not work
        log.error("not ready", part=part, reason=reason_of(error))
        return False
    if not good:
        log.error("not ready", part=part)
    return good


def _store_answers(services: Services) -> bool:
    services.files.exists(PROBE)  # a store elsewhere raises when it does not answer
    folders = [Path(folder) for folder in services.settings.get("folders", ())]
    return all(os.access(next(one for one in (folder, *folder.parents) if one.exists()), os.W_OK) for folder in folders)


def _is_migrated(database: Database) -> bool:
    current, wanted = schema.revisions(database.engine)
    return current == wanted


def _clock_is_sane(database: Database, services: Services) -> bool:
    now = services.now()
    with database.reading() as db:
        if database.engine.dialect.name == "postgresql":
            return abs(now - db.execute(text("SELECT clock_timestamp()")).scalar_one()) <= CLOCK_MAY_DIFFER
        tick = waiting.last_tick(db)  # a report from the future: the clock was set back since
        return tick is None or tick - now <= CLOCK_MAY_DIFFER
