"""Many at once: one form fifty times, the closing instant from several machines, two people at one place."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from portal import extensions
from portal.adapters.clock import system_now, ticks
from portal.cli import cast
from portal.domain import applications, decisions, reviews
from portal.domain.applications import ACCEPTED
from portal.errors import NotAllowed, PortalError, Refused, Stale
from portal.models import Application, AuditEvent, Decision, Finding, Review, Round, Submission, User
from tests import backends
from tests.conftest import Browser, World

ROOT = Path(__file__).resolve().parents[2]


def all_at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act gave, or the refusal it met; they begin together."""
    gate = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except PortalError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_fifty_that_send_one_form_at_the_same_time_make_one_submission(app: Flask, world: World, browse: Any) -> None:
    application_id, anna = world.complete(), browse("anna")
    form = {"csrf_token": anna.token("/"), "accepted": list(ACCEPTED), "attempt": "one-form"}
    cookie = anna.client.get_cookie(app.config["SESSION_COOKIE_NAME"])

    def send() -> int:
        browser = Browser(app, world)
        browser.client.set_cookie(cookie.key, cookie.value)
        return int(browser.client.post(f"/aanmeldingen/{application_id}/indienen", data=form).status_code)

    answers = all_at_once(*[send] * 25) + all_at_once(*[send] * 25)

    assert Counter(answers) == {303: 50}
    with world.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Submission)) == 1
        assert db.scalar(select(func.count()).where(AuditEvent.act == "submit")) == 1


@pytest.mark.parametrize(("second", "refusal"), [("joris", NotAllowed), ("ineke", Stale)])
def test_of_two_that_judge_one_place_the_first_counts_and_the_second_hears_it(
    world: World, review_id: str, second: str, refusal: type[PortalError]
) -> None:
    """Two inkopers, or one with two windows."""

    def find(who: str, reason: str) -> Callable[[], Any]:
        def act() -> str:
            with world.database.transaction() as db:
                review, user = db.get_one(Review, review_id), db.get_one(User, world.people[who])
                item = reviews.items(review)[0]
                reviews.find(review, user, item, "fails", reason, world.clock(), based_on=0)
            return reason

        return act

    found = all_at_once(find("ineke", "De ene reden."), find(second, "De andere reden."))

    (counted,) = [one for one in found if isinstance(one, str)]
    assert [isinstance(one, refusal) for one in found].count(True) == 1
    with world.database.reading() as db:
        (kept,) = db.scalars(select(Finding).where(Finding.review_id == review_id)).all()
        assert kept.reason == counted


def test_of_a_confirmation_and_a_return_at_the_same_time_one_counts(
    world: World, review_id: str, judge: Callable[..., None], person: Callable[..., User]
) -> None:
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke")
    with world.database.transaction() as db:
        decisions.propose(db.get_one(Review, review_id), person(db, "ineke"), world.clock())

    def confirm() -> str:
        with world.database.transaction() as db:
            decisions.confirm(db.get_one(Review, review_id), person(db, "joris"), world.clock())
        return "confirmed"

    def send_back() -> str:
        with world.database.transaction() as db:
            review = db.get_one(Review, review_id)
            for one in decisions.send_back(review, person(db, "joris"), "Kijk nog eens naar T03.", world.clock()):
                db.delete(one)
        return "sent back"

    done = all_at_once(confirm, send_back)

    (counted,) = [one for one in done if isinstance(one, str)]
    assert [isinstance(one, Refused) for one in done].count(True) == 1
    with world.database.reading() as db:
        assert (db.scalar(select(func.count()).select_from(Decision)) or 0) == (3 if counted == "confirmed" else 0)


def test_a_withdrawal_and_a_submission_at_the_same_time_leave_one_outcome(world: World) -> None:
    application_id = world.submitted()

    def withdraw() -> str:
        cast.withdraw(world.stage, world.people["anna"], application_id)
        return "withdrawn"

    def submit() -> str:
        return cast.submit(world.stage, world.people["anna"], application_id)

    done = all_at_once(withdraw, submit)

    assert "withdrawn" in done
    with world.database.reading() as db:
        application = db.get_one(Application, application_id)
        last = db.scalars(
            select(AuditEvent.act)
            .where(AuditEvent.subject_id == application_id, AuditEvent.act.in_(["submit", "withdraw"]))
            .order_by(AuditEvent.id.desc())
        ).first()
        assert application.state == {"withdraw": "withdrawn", "submit": "submitted"}[str(last)]


@pytest.mark.slow
def test_from_eight_machines_with_wrong_clocks_nothing_late_is_taken_and_nothing_on_time_refused(
    tmp_path: Path, world: World
) -> None:
    """With one database server the machines' own clocks are up to a minute wrong; on one machine there is one clock."""
    application_id = world.complete()
    skews = [0, 60, -60, 30, -30, 5, -5] if backends.ON_SERVERS else [0] * 7
    with world.database.reading() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        closes_at = round_.closes_at
    margin = 0.05
    shown = (closes_at - system_now()).total_seconds()
    common = {
        "folder": str(tmp_path), "application": application_id, "round": world.rounds["2020-1"],
        "email": world.emails["anna"], "password": cast.PASSWORD, "early": shown - 600,
    }  # fmt: skip
    machines = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.racing", json.dumps({**common, "who": who, "skew": skew})],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for who, skew in [*(("anna", skew) for skew in skews), ("worker", 45 if backends.ON_SERVERS else 0)]
    ]  # fmt: skip

    assert [one.stdout.readline() for one in machines if one.stdout] == ["ready\n"] * 8
    closing = ticks() + 4
    shift = (closes_at - system_now()).total_seconds() - 4
    go = json.dumps({"shift": shift, "ends": closing + 3}) + "\n"
    for one in machines:
        assert one.stdin
        one.stdin.write(go)
        one.stdin.flush()
    said = [json.loads(one.communicate(timeout=120)[0]) for one in machines]

    attempts = [tuple(one) for machine in said[:-1] for one in machine]
    accepted = [one for one in attempts if one[2] == 303]
    refused = [one for one in attempts if one[2] == 409]
    assert Counter(one[2] for one in attempts).keys() == {303, 409}
    assert [one for one in accepted if one[0] > closing + margin] == []
    assert [one for one in refused if one[1] < closing - margin] == []
    with world.database.reading() as db:
        stored = db.scalars(select(Submission.submitted_at)).all()
        assert len(stored) == len(accepted) > 0
        assert max(stored) < closes_at
        closed_at = db.get_one(Round, world.rounds["2020-1"]).closed_at
        assert closed_at is not None
        assert closed_at >= closes_at
        assert db.scalar(select(func.count()).where(AuditEvent.act == "close")) == 1
    assert [status for _, _, status in said[-1]] == [200]


def test_the_moment_of_a_submission_is_read_after_the_lock(world: World) -> None:
    """Whoever waits for the lock past the closing instant is too late, whatever the time was on arrival."""
    application_id = world.complete()
    with world.database.reading() as db:
        closes_at = db.get_one(Round, world.rounds["2020-1"]).closes_at
    held, waiting = threading.Event(), threading.Event()

    def hold() -> None:
        with world.database.transaction() as db:
            db.execute(select(func.count()).select_from(Round))
            held.set()
            waiting.wait(10)
            world.clock.set(closes_at)

    def submit() -> Any:
        held.wait(10)
        waiting.set()
        with world.database.transaction() as db:
            application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
            return applications.submit(application, anna, world.services.moment(), attempt="late", accepted=ACCEPTED)

    _, answer = all_at_once(hold, submit)

    assert isinstance(answer, Refused)


def test_whoever_wants_to_write_is_next_however_busily_somebody_else_writes(world: World) -> None:
    written: list[int] = []
    is_over = threading.Event()

    def write_on_and_on() -> None:
        while not is_over.is_set():
            with world.database.transaction() as db:
                db.execute(text("SELECT 1"))
                time.sleep(0.01)
            written.append(1)

    busy = threading.Thread(target=write_on_and_on)
    busy.start()
    passed_over = []
    try:
        for _ in range(10):
            time.sleep(0.03)
            before = len(written)
            with world.database.transaction() as db:
                db.execute(text("SELECT 1"))
                passed_over.append(len(written) - before)
    finally:
        is_over.set()
        busy.join()

    assert max(passed_over) <= 2


@pytest.fixture
def reads(world: World) -> Iterator[Callable[[list[str]], None]]:
    """Lets another thread read, and note it on a list."""
    threads: list[threading.Thread] = []

    def read(course: list[str]) -> None:
        def now() -> None:
            with world.database.reading() as db:
                db.execute(text("SELECT 1"))
                course.append("read")

        threads.append(threading.Thread(target=now))
        threads[-1].start()

    yield read
    for one in threads:
        one.join()


def test_whoever_reads_gives_way_to_another_thread_that_writes(
    world: World, reads: Callable[[list[str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "GIVES_WAY", 20)
    course: list[str] = []
    with world.database.transaction() as db:
        db.execute(text("SELECT 1"))
        reads(course)
        time.sleep(0.2)
        with world.database.reading() as own:  # the thread that writes does not wait for itself
            own.execute(text("SELECT 1"))
        course.append("written")

    reads(course)
    _until(lambda: len(course) == 3)
    assert course == ["written", "read", "read"]


def test_whoever_writes_for_long_does_not_hold_up_who_reads(world: World, reads: Callable[[list[str]], None]) -> None:
    course: list[str] = []
    with world.database.transaction() as db:
        db.execute(text("SELECT 1"))
        reads(course)
        _until(lambda: course == ["read"])
        course.append("written")

    assert course == ["read", "written"]


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
