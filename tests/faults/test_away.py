"""A time-stamp authority, a scanner or a clock that fails around a closing: the round goes on, and it heals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.adapters.clock import GuardedClock
from portal.adapters.scanner import ClamdScanner
from portal.adapters.timestamps import HttpTimestamps
from portal.cli import cast
from portal.domain import applications
from portal.errors import Unavailable
from portal.models import AuditEvent, CloseCertificate, Document, Review, Round, Submission, new_id
from portal.services import Services
from portal.worker import run_until_idle
from portal.worker.scanning import follow_settings
from portal.worker.tasks import close_round
from tests import servers
from tests.clamd import Wire
from tests.conftest import Browser, World
from tests.timestamping import serve

Note = Callable[[str, dict[str, object]], None]


def _use(app: Any, world: World, **fields: Any) -> Services:
    """The portal and its worker with other services."""
    app.extensions["services"] = replace(world.services, **fields)
    world.stage = cast.Stage(world.database, app.extensions["services"])
    return world.services


def _certificate(world: World, db: Any) -> CloseCertificate:
    return db.scalars(select(CloseCertificate).where(CloseCertificate.round_id == world.rounds["2020-1"])).one()


@pytest.mark.slow
def test_a_round_closes_without_trusted_time_and_the_stamp_follows_once(
    app: Any, world: World, visitor: Browser, tmp_path: Any, noted: Note
) -> None:
    authority, stop = serve(tmp_path / "tsa", world.clock)
    good = HttpTimestamps(authority.url, authority.certificates, timeout=2)
    nobody = HttpTimestamps(f"http://127.0.0.1:{servers.free_port()}/", authority.certificates, timeout=2)
    page = "/procedures/meierij/meierij-2020/rondes/2020-1/sluitingscertificaat"
    try:
        world.submitted("anna")
        _use(app, world, timestamps=nobody)
        world.close_round()
        with world.database.reading() as db:
            taken_in, text = db.scalar(select(func.count()).select_from(Review)), _certificate(world, db).statement
        while_away = visitor.get(page).get_data(as_text=True)
        _use(app, world, timestamps=good)
        faults = ("error", "garbage", "refuses", "nonce", "imprint", "expired", "hangs")
        finals = 0
        for fault in faults:
            authority.fault = fault
            world.clock.advance(timedelta(hours=2))
            world.work()
            with world.database.reading() as db:
                finals += _certificate(world, db).is_final
        authority.fault = ""
        for _ in range(3):
            world.clock.advance(timedelta(hours=2))
            world.work()
        healed = visitor.get(page).get_data(as_text=True)
        with world.database.reading() as db:
            after = _certificate(world, db)
            stamps = db.scalar(select(func.count()).where(AuditEvent.subject_id == after.id, AuditEvent.act == "stamp"))
            drawn_up, same = after.pdf_key is not None, after.statement == text
    finally:
        stop()

    noted("fault", {
        "fault": "the time-stamp authority away, then wrong in seven ways",
        "done": f"nobody listens, then {', '.join(faults)}, while a round closed",
        "result": f"closed and {taken_in} taken in, published as ‘Tijdstempel volgt’; {finals} final without a stamp; "
        f"then stamped {stamps} time",
    })  # fmt: skip
    assert taken_in == 1
    assert "Tijdstempel volgt" in while_away
    assert finals == 0
    assert (stamps, drawn_up, same) == (1, True, True)
    assert "Tijdstempel volgt" not in healed


@pytest.mark.slow
def test_documents_wait_for_a_scanner_that_is_away_submitting_goes_on_and_then_they_are_clean(
    app: Any, world: World, browse: Callable[[str], Browser], noted: Note
) -> None:
    nobody = ClamdScanner(("127.0.0.1", servers.free_port()), timeout=0.3, pause=0)
    _use(app, world, scanner=nobody)
    documents = [cast.sample(world.stage, world.people["anna"], "other") for _ in range(3)]
    draft, anna = world.complete("anna"), browse("anna")
    follow_settings(world.database, world.services)  # as a worker does: there is a scanner, so all of them wait
    world.work()
    waiting = _states(world, documents)
    refused = anna.get(f"/documenten/{documents[0]}/bestand").status_code
    form = {"attempt": new_id(), "accepted": list(applications.ACCEPTED)}
    submitted = anna.post(f"/aanmeldingen/{draft}/indienen", form).status_code
    wrong = Wire(answer=b"stream: size limit exceeded. ERROR\0").start()
    wire = Wire().start()
    try:
        _use(app, world, scanner=ClamdScanner(wrong.address, timeout=0.3, pause=0))
        world.work()
        still = _states(world, documents)
        _use(app, world, scanner=ClamdScanner(wire.address, timeout=2, pause=0))
        run_until_idle(world.database, world.services)
    finally:
        wrong.stop()
        wire.stop()
    clean = _states(world, documents)
    given = anna.get(f"/documenten/{documents[0]}/bestand").status_code

    noted("fault", {
        "fault": "the scanner away, then without a verdict",
        "done": f"{len(documents)} documents, an application submitted meanwhile ({submitted})",
        "result": f"all waiting and given to nobody ({refused}); then {clean.count('clean')} clean ({given})",
    })  # fmt: skip
    assert waiting == still == ["waiting"] * 3
    assert (refused, submitted, given) == (409, 303, 200)
    assert clean == ["clean"] * 3


def _states(world: World, documents: list[str]) -> list[str]:
    with world.database.reading() as db:
        return [db.get_one(Document, one).scan_state for one in documents]


class Machine:
    """A machine whose clock somebody sets."""

    def __init__(self, at: datetime) -> None:
        self.clock, self.running = at, 1000.0

    def guarded(self) -> GuardedClock:
        return GuardedClock(read=lambda: self.clock, ticks=lambda: self.running)


@pytest.fixture
def closed(world: World) -> tuple[World, str]:
    """Karim submitted, the round closed; Anna's draft came too late. Gives her draft."""
    world.submitted("karim")
    draft = world.complete("anna")
    world.close_round()
    return world, draft


@pytest.mark.slow
@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=-1), timedelta(days=3652), timedelta(hours=1)])
def test_a_clock_that_is_set_reopens_nothing_and_decides_nothing(
    app: Any, closed: tuple[World, str], browse: Callable[[str], Browser], noted: Note, step: timedelta
) -> None:
    world, draft = closed
    machine = Machine(world.clock())
    _use(app, world, now=machine.guarded())
    anna = browse("anna")
    machine.clock += step
    form = {"attempt": new_id(), "accepted": list(applications.ACCEPTED)}

    answer = anna.post(f"/aanmeldingen/{draft}/indienen", form)
    with pytest.raises(Unavailable):
        close_round(world.database, world.services, world.rounds["2020-2"])
    reading = anna.get("/aanmeldingen").status_code
    machine.clock -= step
    late = anna.post(f"/aanmeldingen/{draft}/indienen", {**form, "attempt": new_id()}).status_code

    with world.database.reading() as db:
        is_closed = db.get_one(Round, world.rounds["2020-1"]).closed_at is not None
        submissions = db.scalar(select(func.count()).select_from(Submission))
    noted("fault", {
        "fault": f"the clock set by {step}",
        "done": "a draft submitted and a round latched, after a closing",
        "result": f"refused with the reason ({answer.status_code}), reading goes on ({reading}), closed stays closed; "
        f"with the clock right again: too late ({late})",
    })  # fmt: skip
    assert answer.status_code == 503
    assert "klok van het portaal" in answer.get_data(as_text=True)
    assert reading == 200
    assert late == 409
    assert is_closed
    assert submissions == 1
