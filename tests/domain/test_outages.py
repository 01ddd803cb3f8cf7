"""The portal measures itself each minute; what was down near a closing is proposed to two people."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import func, insert, select

from portal.adapters.probing import web_probe
from portal.domain import deadlines, outages
from portal.domain.outages import Break, Gap
from portal.errors import NotAllowed, Refused
from portal.models import DeadlineChange, Message, Probe, Round, User
from portal.queries import applications as application_queries
from portal.queries import deadlines as queries
from portal.queries import outages as measured
from portal.worker.deadlines import probe

OLD = datetime(2019, 10, 1, 10, 0, tzinfo=UTC)
"""Round 2020-1 closes: Tuesday, 12.00 hours."""
MINUTE = timedelta(minutes=1)


def measure(world, since, until, down=(), missing=()):
    """A row for every minute from `since` to `until`; `down` and `missing` are pairs of instants (until: exclusive)."""

    def within(instant, spans):
        return any(begins <= instant < ends for begins, ends in spans)

    rows, instant = [], since
    while instant < until:
        if not within(instant, missing):
            is_up = not within(instant, down)
            rows.append(
                {"minute": outages.minute_of(instant), "is_up": is_up, "failed": "" if is_up else "web", "web_ms": 3}
            )
        instant += MINUTE
    with world.database.transaction() as db:
        db.execute(insert(Probe), rows)


def proposals(world):
    with world.database.reading() as db:
        about = DeadlineChange.round_id == world.rounds["2020-1"]
        return db.scalars(select(DeadlineChange).where(about).order_by(DeadlineChange.sequence)).all()


def agree(world, change_id, who):
    with world.database.transaction() as db:
        queries.hold_round(db, world.rounds["2020-1"])
        change, moment = db.get_one(DeadlineChange, change_id), world.clock()
        holds = deadlines.agree(change, db.get_one(User, world.people[who]), moment)
        if holds and change.kind == "repair":
            outages.call_repair_round(change, queries.people_of_round(db, change.round), moment)
        elif holds:
            deadlines.extend(change, queries.people_of_round(db, change.round), moment)
        return holds


def test_a_gap_is_a_minute_that_failed_or_a_minute_without_a_measurement_joined_when_they_touch():
    lines = [Break(100, 99, False), Break(101, 100, False), Break(105, 101, True), Break(200, 199, False)]

    found = outages.gaps(lines, 300, outages.instant_of(301))

    assert [(outages.minute_of(one.starts_at), one.minutes) for one in found] == [(100, 5), (200, 1)]


def test_a_worker_that_is_down_now_is_a_gap_up_to_now_and_the_running_minute_is_none():
    assert outages.gaps([], 300, outages.instant_of(302)) == []
    (found,) = outages.gaps([], 300, outages.instant_of(310))
    assert found == Gap(outages.instant_of(301), outages.instant_of(310))
    assert outages.gaps([], None, outages.instant_of(310)) == []


def test_the_gaps_in_the_database_are_those_that_were_measured(world):
    since = OLD - timedelta(hours=6)
    down = (since + 30 * MINUTE, since + 37 * MINUTE)
    missing = (since + 60 * MINUTE, since + 80 * MINUTE)
    measure(world, since, OLD, [down], [missing])

    with world.database.reading() as db:
        assert measured.found(db, since, OLD) == [Gap(*down), Gap(*missing)]
        assert measured.found(db, since + 70 * MINUTE, OLD) == [Gap(*missing)]
        assert measured.found(db, OLD - 60 * MINUTE, OLD) == []


@pytest.mark.parametrize(("minutes", "proposed"), [(4, 0), (5, 1)])
def test_an_outage_in_the_last_day_proposes_the_next_working_day_from_five_minutes_on(world, minutes, proposed):
    world.clock.set(OLD - timedelta(hours=2))
    begins = OLD - timedelta(hours=3)
    measure(world, OLD - timedelta(hours=30), world.clock(), missing=[(begins, begins + minutes * MINUTE)])

    world.work()
    world.work()

    found = proposals(world)
    assert len(found) == proposed
    if proposed:
        (change,) = found
        assert change.proposed_by_id is None
        assert change.new_closes_at == OLD + timedelta(days=1)
        assert (change.gap_from, change.gap_until) == (begins, begins + minutes * MINUTE)
        assert (
            "van dinsdag 1 oktober 2019, 09.00 uur tot dinsdag 1 oktober 2019, 09.05 uur (5 minuten)" in change.reason
        )
        with world.database.reading() as db:
            told = db.scalars(select(Message.to).where(Message.template == "deadline_proposed")).all()
            assert {world.emails["renske"], world.emails["wil"]} <= set(told)


def test_an_outage_longer_ago_than_the_published_hours_proposes_nothing(world):
    world.clock.set(OLD - timedelta(hours=2))
    begins = OLD - timedelta(hours=26)
    measure(world, OLD - timedelta(hours=30), world.clock(), missing=[(begins, begins + 30 * MINUTE)])

    world.work()

    assert proposals(world) == []


def test_what_the_portal_proposes_needs_two_people_and_then_everybody_is_told(world):
    world.draft("anna")
    world.clock.set(OLD - timedelta(hours=2))
    begins = OLD - timedelta(hours=3)
    measure(world, OLD - timedelta(hours=30), world.clock(), down=[(begins, begins + 20 * MINUTE)])
    world.work()
    (change,) = proposals(world)

    assert agree(world, change.id, "renske") is False
    with world.database.reading() as db:
        assert db.get_one(Round, world.rounds["2020-1"]).closes_at == OLD
    with pytest.raises(NotAllowed):
        agree(world, change.id, "renske")
    assert agree(world, change.id, "wil") is True

    with world.database.reading() as db:
        assert db.get_one(Round, world.rounds["2020-1"]).closes_at == OLD + timedelta(days=1)
        told = db.scalars(select(Message.to).where(Message.template == "deadline_changed")).all()
        assert told == [world.emails["anna"]]
    world.work()
    assert len(proposals(world)) == 1  # not proposed again for the same outage


def test_an_outage_across_the_instant_never_undoes_the_latch_and_proposes_a_repair_round(world):
    draft, submitted = world.complete("karim"), world.submitted("anna")
    begins = OLD - timedelta(minutes=30)
    measure(world, OLD - timedelta(hours=30), begins)
    world.clock.set(OLD + timedelta(hours=1))
    measure(world, world.clock(), world.clock() + MINUTE)

    world.work()

    (change,) = proposals(world)
    assert (change.kind, change.gap_from, change.gap_until) == ("repair", begins, OLD + timedelta(hours=1))
    with world.database.reading() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        assert (round_.closes_at, round_.closed_at) == (OLD, OLD + timedelta(hours=1))
    agree(world, change.id, "renske")
    agree(world, change.id, "wil")

    with world.database.reading() as db:
        repair = db.scalars(select(Round).where(Round.kind == "repair")).one()
        assert repair.label == "2020-1-H1"
        assert repair.is_open(world.clock())
        assert repair.closes_at == datetime(2019, 10, 8, 10, 0, tzinfo=UTC)
        next_round = application_queries.next_round(db, world.procedure_id, world.clock())
        assert next_round is not None
        assert next_round.id == repair.id
        told = set(db.scalars(select(Message.to).where(Message.template == "repair_round")))
        assert told == {world.emails["anna"], world.emails["karim"]}
        from portal.models import Application

        assert db.get_one(Application, submitted).state == "under_review"
        assert db.get_one(Application, draft).state == "lapsed"


def test_a_repair_round_that_would_be_too_short_is_refused(world):
    begins = OLD - timedelta(minutes=30)
    measure(world, OLD - timedelta(hours=30), begins)
    world.clock.set(OLD + timedelta(hours=1))
    measure(world, world.clock(), world.clock() + MINUTE)
    world.work()
    (change,) = proposals(world)
    agree(world, change.id, "renske")
    world.clock.set(datetime(2019, 10, 8, 8, 0, tzinfo=UTC))

    with pytest.raises(Refused, match="korter dan een werkdag"):
        agree(world, change.id, "wil")


def test_a_minute_is_measured_once_and_old_ones_are_forgotten(world):
    services = replace(world.services, settings={**world.services.settings, "probing": True}, web_answers=lambda: True)
    old = outages.minute_of(world.clock()) - 401 * 1440
    with world.database.transaction() as db:
        db.add(Probe(minute=old, is_up=True))
        due = measured.minutes_to_probe(db, world.clock())
    (minute,) = due

    assert probe(world.database, services, minute) is True
    assert probe(world.database, services, minute) is False

    with world.database.reading() as db:
        assert measured.minutes_to_probe(db, world.clock()) == []
        (row,) = db.scalars(select(Probe))
        assert row.is_up
        assert row.files_ms is not None
        assert row.database_ms is not None
    assert list(world.services.files.keys("probes/", world.clock() + timedelta(days=9000))) == []


def test_a_part_that_says_no_makes_the_minute_a_failed_one(world):
    services = replace(world.services, settings={**world.services.settings, "probing": True}, web_answers=lambda: False)

    probe(world.database, services, str(outages.minute_of(world.clock())))

    with world.database.reading() as db:
        row = db.scalars(select(Probe)).one()
        assert (row.is_up, row.failed, row.web_ms) == (False, "web", None)


def test_without_the_setting_nothing_is_measured(world):
    world.work()

    with world.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Probe)) == 0


def test_the_web_is_asked_over_http():
    codes = [200, 503]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(codes.pop(0) if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_more):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answers = web_probe(f"http://127.0.0.1:{server.server_port}/")

    assert (answers(), answers()) == (True, False)
    server.shutdown()
    server.server_close()
    assert answers() is False


def test_the_status_page_tells_what_was_measured_and_names_nothing_inside(world, visitor):
    begins = world.clock() - timedelta(hours=5)
    measure(world, world.clock() - timedelta(days=3), world.clock(), down=[(begins, begins + 12 * MINUTE)])

    page = visitor.get("/status").get_data(as_text=True)

    assert "Het portaal werkt" in page
    assert "maandag 15 juli 2019, 05.00 uur" in page
    assert "99,17%" in page  # 12 of 1440 minutes
    assert "web_ms" not in page
    assert "sqlite" not in page


def test_the_status_page_says_so_when_nothing_was_measured(visitor):
    page = visitor.get("/status")

    assert page.status_code == 200
    assert "Er is nog niets gemeten" in page.get_data(as_text=True)
