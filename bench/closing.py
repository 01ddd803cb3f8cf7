"""Closing a round with 1,000 submissions: latch, certificate, reviews, mails to tell so. CPU of the worker."""

from __future__ import annotations

import cProfile
import os
import pstats
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from bench import data
from bench.report import Line
from portal import create_app
from portal.adapters.clock import MovedClock
from portal.extensions import Database
from portal.models import Application, Decision, Finding, IntegrityCheck, IntegrityFile, Message, Review, Round
from portal.worker.tasks import TASKS

SIZE = 1_000
WORK = ("rounds_to_close", "rounds_to_certify", "applications_to_take_in")
"""What closing consists of. Mails are queued by it; sending them is not closing."""
PROFILE = os.environ.get("BENCH_PROFILE")
"""With any value: where the time went, on standard output."""


def run(folder: Path, size: int = SIZE) -> list[Line]:
    """So many submitted applications in an open round, whose instant comes."""
    ground = data.grown(data.prepare(folder / "start"), folder / "closing", size)
    clock = MovedClock(ground.now)
    app = create_app(ground.config(), now=clock, inspector=data.Unlooked(), signer=None)
    database: Database = app.extensions["database"]
    services = app.extensions["services"]
    closes_at = _open_again(database, ground.round_id)
    clock.set(closes_at)
    profile = cProfile.Profile() if PROFILE else None
    start, wall = time.process_time(), time.monotonic()
    if profile:
        profile.enable()
    passes = 0
    while _unfinished(database, ground.round_id):
        passes += 1
        for task in TASKS:
            if task.name in WORK:
                with database.reading() as db:
                    due = list(task.find(db, services.now()))
                for one in due:
                    task.handle(database, services, one)
    if profile:
        profile.disable()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(40)
    used, taken = time.process_time() - start, time.monotonic() - wall
    with database.reading() as db:
        reviews = db.scalar(select(func.count()).where(Review.application_id == Application.id,
                                                       Application.round_id == ground.round_id)) or 0  # fmt: skip
        mails = db.scalar(select(func.count()).where(Message.template == "round_closed_in_review")) or 0
    database.engine.dispose()
    remark = f"{reviews} reviews, {mails} mails waiting, {passes} passes, {taken:.1f} s on the clock"
    return [Line(f"closing {size} submissions", used, "CPU s", judged=used, must=5, goal=3, is_cpu=True, remark=remark)]


def _open_again(database: Database, round_id: str) -> datetime:
    """The copied round as it was just before its instant: everything submitted, nothing taken in. Gives the instant."""
    # The database refuses to take findings away and to open a closed round again, as it must: here those guards step
    # aside while the copied round is made what it was.
    with database.transaction() as db, _without(db, "rounds_latched", "findings_no_delete"):
        for model in (Finding, Decision, IntegrityFile, IntegrityCheck, Review, Message):
            db.execute(delete(model))
        db.execute(update(Application).where(Application.round_id == round_id).values(state="submitted"))
        db.execute(update(Round).where(Round.id == round_id).values(closed_at=None))
        return db.get_one(Round, round_id).closes_at


@contextmanager
def _without(db: Session, *guards: str) -> Iterator[None]:
    """Triggers dropped, and put back as they were."""
    asked = text("SELECT sql FROM sqlite_master WHERE name = :name")
    kept = [db.scalars(asked, {"name": one}).one() for one in guards]
    for one in guards:
        db.execute(text(f"DROP TRIGGER {one}"))
    yield
    for statement in kept:
        db.execute(text(statement))


def _unfinished(database: Database, round_id: str) -> bool:
    with database.reading() as db:
        waiting = select(Application.id).where(Application.round_id == round_id, Application.state == "submitted")
        return db.scalar(waiting.limit(1)) is not None
