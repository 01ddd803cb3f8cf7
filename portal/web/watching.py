"""For the machines that watch the portal: does it live, can it work, and how is it going."""

from __future__ import annotations

import hmac
import threading
import time
from ipaddress import ip_address, ip_network

import structlog
from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from portal.adapters import metrics
from portal.errors import NotFound
from portal.logs import reason_of
from portal.queries import waiting
from portal.terms import N_
from portal.web.context import database, db, now, services
from portal.web.guards import audience
from portal.worker import alarms, readiness, watching

log = structlog.get_logger("web")

blueprint = Blueprint("watching", __name__)

KNOCK = 60.0
"""Seconds between two looks of one process whether the worker is silent."""
_knock = threading.Lock()
_knocked_at: list[float] = []


@blueprint.get("/healthz")
@audience("public")
def health() -> ResponseReturnValue:
    """Does this process live? Asks nothing of anybody else, so that a lost database restarts no web server."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@audience("public")
def ready() -> ResponseReturnValue:
    """Can this process do its work? 200, or 503 with which part cannot. Says no more: everybody may ask."""
    parts = readiness.parts(database(), services())
    if parts["database"]:
        _look_for_a_silent_worker()
    good = all(parts.values())
    body = {"status": "ok" if good else "unavailable", **{name: "ok" if ok else "fails" for name, ok in parts.items()}}
    return jsonify(body), 200 if good else 503


@blueprint.get("/metrics", endpoint="metrics")
@audience("watcher")
def metrics_page() -> ResponseReturnValue:
    """The figures, for who may read them; for anybody else there is no such page."""
    if not _may_read():
        raise NotFound(N_("Deze pagina bestaat niet."))
    try:
        gauges = _gauges()
    except SQLAlchemyError as error:
        log.error("figures without database", reason=reason_of(error))
        gauges = []
    else:
        _look_for_a_silent_worker()
    gauges.append(("database_up", "Whether the database answers.", {(): float(bool(gauges))}))
    return Response(metrics.exposition(gauges), content_type=metrics.CONTENT_TYPE)


def _may_read() -> bool:
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    # What a proxy passes on comes from the proxy's address; these headers say that somebody stands behind it.
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")):
        return False
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    networks = current_app.config["METRICS_FROM"].replace(",", " ").split()
    return any(address in ip_network(one, strict=False) for one in networks)


def _gauges() -> list[metrics.Gauge]:
    session, moment = db(), now()
    queues = [one for one in watching.queues(session, moment) if not one.is_standing]
    runs, tick = waiting.runs(session), waiting.last_tick(session)
    count, refused, oldest = waiting.mails(session)
    found: list[metrics.Gauge] = [
        (
            "tasks_waiting",
            "What is due and not done, by task.",
            {(("task", one.task.name),): float(one.waiting) for one in queues},
        ),
        (
            "oldest_due_seconds",
            "Age of the oldest that is due and not done, by task.",
            {
                (("task", one.task.name),): (moment - one.oldest).total_seconds() if one.oldest else 0.0
                for one in queues
            },
        ),
        ("tasks_handled", "Handled since the start, by task.", _by_task({k: v.handled for k, v in runs.items()})),
        ("tasks_failed", "Failed tries since the start, by task.", _by_task({k: v.failed for k, v in runs.items()})),
        ("tasks_stuck", "What the worker gave up, by task.", _by_task(waiting.dead_by_task(session))),
        ("workers", "Workers that reported in the last two minutes.", {(): float(len(_alive()))}),
        ("mails_waiting", "Mails that were not sent yet.", {(): float(count)}),
        ("mails_refused", "Mails that were refused for good.", {(): float(refused)}),
        ("oldest_mail_seconds", "Age of the oldest mail not sent.", {(): _age(oldest)}),
        (
            "scans_waiting",
            "Documents that wait for the scanner.",
            {(): float(next((one.waiting for one in queues if one.task.name == "documents_to_scan"), 0))},
        ),
        ("alarms", "Alarms that are on.", {(("kind", kind),): 1.0 for kind in waiting.alarms_on(session)}),
        (
            "disk_free_ratio",
            "Free part of the disk under a folder.",
            {(("folder", folder),): free for folder, free in watching.disks(services())},
        ),
    ]
    if tick is not None:
        found.append(("worker_tick_seconds", "Since a worker last looked what is due.", {(): _age(tick)}))
    off = watching.clock_off(session, moment)
    found.append(("clock_off_seconds", "This clock ahead of the database's.", {(): off.total_seconds()}))
    return found


def _by_task(values: dict[str, int]) -> dict[tuple[tuple[str, str], ...], float]:
    return {(("task", task),): float(value) for task, value in values.items()}


def _age(moment_then: object) -> float:
    return (now() - moment_then).total_seconds() if moment_then else 0.0  # type: ignore[operator]


def _alive() -> list[object]:
    return [one for one in waiting.beats(db()) if now() - one.seen_at <= watching.SILENT]


def _look_for_a_silent_worker() -> None:
    """At most once a minute, beside the answer: a mail server that hangs must not make this page hang."""
    with _knock:
        if _knocked_at and time.monotonic() - _knocked_at[0] < KNOCK:
            return
        _knocked_at[:] = [time.monotonic()]
    threading.Thread(target=_knock_on, args=(database(), services()), daemon=True).start()


def _knock_on(of: object, with_: object) -> None:
    try:
        alarms.look_for_a_silent_worker(of, with_)  # type: ignore[arg-type]
    except Exception:  # watching may not break what it watches
        log.exception("looking for the worker failed")
