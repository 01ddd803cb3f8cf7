"""The scheduled acts around deadlines: measuring the portal itself, weighing outages, telling that a round opened."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from portal.domain import announcements, deadlines, outages
from portal.extensions import Database
from portal.models import Probe, Round
from portal.queries import deadlines as queries
from portal.queries import outages as measured
from portal.services import Services

log = structlog.get_logger("worker")


def _milliseconds(act: Callable[[], object]) -> int | None:
    """How long `act` took; None when it failed or said no."""
    begun = time.perf_counter()
    try:
        went_well = act()
    except Exception:  # whatever is wrong with a part, the others are measured too
        log.exception("probe failed")
        return None
    return round(1000 * (time.perf_counter() - begun)) if went_well else None


def _keeps(services: Services, minute: str) -> bool:
    """Whether the file store takes bytes and gives them back."""
    key, data = f"probes/{minute}", minute.encode()
    services.files.put(key, data)
    try:
        return services.files.read(key) == data
    finally:
        services.files.delete(key)


def probe(database: Database, services: Services, minute: str) -> bool:
    """Measure this minute: file store, web server, database. A minute that cannot be written is a gap as well.

    Only where the setting 'probing' says so: that of a worker that runs on, on the machine's own clock.
    """
    if not services.settings.get("probing"):
        return False
    files_ms = _milliseconds(lambda: _keeps(services, minute))
    web_ms = _milliseconds(services.web_answers)
    failed = [name for name, took in (("files", files_ms), ("web", web_ms)) if took is None]
    with database.transaction() as db:
        begun = time.perf_counter()
        if db.get(Probe, int(minute)) is not None:
            return False
        row = Probe(minute=int(minute), is_up=not failed, files_ms=files_ms, web_ms=web_ms, failed=" ".join(failed))
        db.add(row)
        db.flush()
        measured.forget(db, services.now() - outages.KEPT)
        row.database_ms = round(1000 * (time.perf_counter() - begun))
    return True


def weigh_outages(database: Database, services: Services, round_id: str) -> bool:
    """Propose a later closing, or a repair round, when the portal did not work when it mattered."""
    moment = services.now()
    with database.reading() as db:
        round_ = db.get_one(Round, round_id)
        since = round_.closes_at - timedelta(hours=outages.LONGEST_HOURS)
        gaps = measured.found(db, since, moment)
        if not outages.weighty(round_, gaps):
            return False
    with database.transaction() as db:
        held = queries.hold_round(db, round_id)
        moment = services.now()
        change = outages.propose(held, gaps, moment) if held is not None else None
        if held is None or change is None:
            return False
        deadlines.tell_deciders(change, queries.deciders(db, held.authority_id, deadlines.DECIDERS), moment)
    return True


def announce_round(database: Database, services: Services, round_id: str) -> bool:
    """Tell who follows a procedure that a round opened. Whoever comes second finds it told."""
    with database.transaction() as db:
        round_ = queries.hold_round(db, round_id)
        if round_ is None:
            return False
        return announcements.announce(round_, queries.followers(db, round_.procedure_id), services.now())
