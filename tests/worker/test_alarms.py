"""Alarms: one mail when something stays wrong, one in four hours while it does, one when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.models import Alarm, Message
from portal.worker import alarms, run_until_idle, watching
from portal.worker.reporting import Report
from tests.conftest import World
from tests.worker.test_failures import broken_mail

TO = "wacht@regio.example"


@pytest.fixture
def told(world: World) -> World:
    """The world, with an address for alarms and a worker that has just looked."""
    settings = {**world.services.settings, "alarm_mail": (TO,)}
    world.stage = replace(world.stage, services=replace(world.services, settings=settings))
    look(world)
    return world


def look(world: World) -> None:
    report = Report(world.database, world.services)
    run_until_idle(world.database, world.services, report=report)
    report.write()


def mails(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as db:
        found = db.scalars(select(Message).where(Message.to == TO).order_by(Message.created_at))
        # that nobody sends mail any more is an alarm of its own, beside these
        return [(one.template, one.facts["what"]) for one in found if "mail_waiting" not in one.reason]


SILENT = ("alarm", "De verwerking op de achtergrond staat stil")


def test_a_silent_worker_is_told_once_again_after_four_hours_and_when_it_is_over(told):
    assert alarms.look(told.database, told.services) == {}
    told.clock.advance(timedelta(minutes=2, seconds=1))

    for _ in range(3):
        alarms.look(told.database, told.services)
    assert mails(told) == [SILENT]

    told.clock.advance(timedelta(hours=4))
    alarms.look(told.database, told.services)
    assert mails(told) == [SILENT, SILENT]

    look(told)
    alarms.look(told.database, told.services)
    alarms.look(told.database, told.services)
    assert mails(told)[2:] == [("alarm_over", SILENT[1])]


def test_an_alarm_that_goes_on_and_off_all_the_time_is_not_a_mail_each_time(told):
    for _ in range(10):
        told.clock.advance(timedelta(minutes=3))
        alarms.look(told.database, told.services)
        look(told)
        alarms.look(told.database, told.services)

    assert mails(told) == [SILENT, ("alarm_over", SILENT[1])]
    with told.database.reading() as db:
        assert len(db.scalars(select(Alarm)).all()) == 10


def test_a_task_that_was_given_up_raises_an_alarm(told):
    broken_mail(told)
    for _ in range(5):
        look(told)
        told.clock.advance(timedelta(minutes=20))
    look(told)

    assert set(alarms.look(told.database, told.services)) == {"task_dead", "mail_waiting"}


def test_work_that_waits_more_than_ten_minutes_raises_an_alarm_and_mail_only_after_an_hour(world):
    world.work()  # the rounds that opened long ago are told about
    world.submitted()
    with world.database.reading() as db:
        assert watching.problems(db, world.services) == {}

    world.clock.advance(timedelta(minutes=10, seconds=1))
    with world.database.reading() as db:
        assert list(watching.problems(db, world.services)) == ["work_late"]

    world.clock.advance(timedelta(hours=1))
    with world.database.reading() as db:
        assert list(watching.problems(db, world.services)) == ["work_late", "mail_waiting"]


def test_a_clock_that_was_set_back_raises_an_alarm(told):
    told.clock.advance(timedelta(seconds=-5))
    assert alarms.look(told.database, told.services) == {}

    told.clock.advance(timedelta(seconds=-1))

    assert list(alarms.look(told.database, told.services)) == ["clock_off"]


def test_a_web_process_sends_the_alarm_itself_when_no_worker_is_there_to_send_it(told, app):
    from pathlib import Path

    told.clock.advance(timedelta(minutes=3))

    assert alarms.look_for_a_silent_worker(told.database, told.services)

    sent = [path.read_text() for path in (Path(app.config["INSTANCE"]) / "mail").glob("*.eml")]
    assert sum(f"To: {TO}" in one for one in sent) == 1
    with told.database.reading() as db:
        assert db.scalars(select(Message.sent_at).where(Message.to == TO)).one() == told.clock()


def test_without_an_address_an_alarm_is_kept_and_nobody_is_mailed(world):
    look(world)
    world.clock.advance(timedelta(minutes=3))

    alarms.look(world.database, world.services)

    with world.database.reading() as db:
        assert db.scalars(select(Alarm.kind)).all() == ["worker_silent"]
        assert db.scalars(select(Message).where(Message.template == "alarm")).all() == []
