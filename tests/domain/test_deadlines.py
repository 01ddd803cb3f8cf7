"""A later closing: proposed by one, confirmed by another, told to everybody, and never after the instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from portal.domain import announcements, applications, calendar, deadlines, procedures
from portal.errors import Invalid, NotAllowed, NotFound, Refused, RoundClosed
from portal.models import (
    Application,
    AuditEvent,
    DeadlineChange,
    Message,
    Procedure,
    Round,
    User,
)
from portal.queries import deadlines as queries

REASON = "Bijlage 3 stond een dag niet op de pagina."
OLD = datetime(2019, 10, 1, 10, 0, tzinfo=UTC)
LATER = datetime(2019, 10, 8, 10, 0, tzinfo=UTC)


def propose(world, who="renske", closes_at=LATER, reason=REASON):
    with world.database.transaction() as db:
        round_ = queries.hold_round(db, world.rounds["2020-1"])
        return deadlines.propose(round_, db.get_one(User, world.people[who]), closes_at, reason, world.clock()).id


def agree(world, change_id, who="wil"):
    with world.database.transaction() as db:
        queries.hold_round(db, world.rounds["2020-1"])
        change, moment = db.get_one(DeadlineChange, change_id), world.clock()
        if deadlines.agree(change, db.get_one(User, world.people[who]), moment):
            deadlines.extend(change, queries.people_of_round(db, change.round), moment)


def closes_at(world):
    with world.database.reading() as db:
        return db.get_one(Round, world.rounds["2020-1"]).closes_at


def test_nothing_moves_until_a_second_person_confirms(world):
    change = propose(world)
    assert closes_at(world) == OLD

    agree(world, change)

    assert closes_at(world) == LATER
    with world.database.reading() as db:
        acts = [
            one.act for one in db.scalars(select(AuditEvent).where(AuditEvent.subject_id == world.rounds["2020-1"]))
        ]
        assert {"propose_deadline", "extend_deadline"} <= set(acts)


def test_the_proposer_cannot_confirm_and_an_inkoper_can_do_neither(world):
    change = propose(world)

    with pytest.raises(NotAllowed, match="Een ander"):
        agree(world, change, "renske")
    with pytest.raises(NotAllowed):
        agree(world, change, "ineke")
    with pytest.raises(NotAllowed):
        propose(world, "ineke")
    with pytest.raises(NotFound):
        propose(world, "olga")
    assert closes_at(world) == OLD


def test_the_database_itself_wants_two_people_a_later_instant_and_a_confirmation_in_time(world):
    change = propose(world)
    renske = world.people["renske"]
    for column, value in (
        ("confirmed_by_id", renske),
        ("confirmed_at", "2019-10-01 10:00:00.000000"),
    ):
        who, at = world.people["wil"], "2019-09-01 10:00:00.000000"
        values = {"confirmed_by_id": who, "confirmed_at": at, column: value}
        with pytest.raises(IntegrityError), world.database.transaction() as db:
            db.execute(
                text(
                    "UPDATE deadline_changes SET state = 'confirmed', confirmed_by_id = :confirmed_by_id, "
                    "confirmed_at = :confirmed_at WHERE id = :id"
                ),
                {**values, "id": change},
            )
    agree(world, change)
    assert closes_at(world) == LATER


def test_what_was_confirmed_is_never_changed_or_taken_away(world):
    change = propose(world)
    agree(world, change)

    for statement in (
        "UPDATE deadline_changes SET reason = 'iets heel anders' WHERE id = :id",
        "DELETE FROM deadline_changes WHERE id = :id",
    ):
        with pytest.raises(DatabaseError, match="stays"), world.database.transaction() as db:
            db.execute(text(statement), {"id": change})


def test_a_proposal_keeps_what_it_says(world):
    change = propose(world)

    with pytest.raises(DatabaseError, match="stays"), world.database.transaction() as db:
        db.execute(
            text("UPDATE deadline_changes SET new_closes_at = '2019-11-01 10:00:00.000000' WHERE id = :id"),
            {"id": change},
        )


@pytest.mark.parametrize(
    ("moment", "field", "words"),
    [
        (datetime(2019, 9, 24, 10, 0, tzinfo=UTC), "day", "gelijke behandeling"),
        (OLD, "day", "sluit de ronde al"),
        (datetime(2019, 10, 5, 10, 0, tzinfo=UTC), "day", "een zaterdag"),
        (datetime(2019, 12, 25, 11, 0, tzinfo=UTC), "day", "eerste kerstdag"),
        (datetime(2019, 10, 8, 6, 59, tzinfo=UTC), "day", "tussen 09.00 en 17.00"),
        (datetime(2019, 10, 8, 15, 1, tzinfo=UTC), "day", "tussen 09.00 en 17.00"),
        (datetime(2020, 1, 6, 11, 0, tzinfo=UTC), "day", "gaan in op 1 januari 2020"),
    ],
)
def test_which_instants_are_refused_and_why(world, moment, field, words):
    with pytest.raises(Invalid) as refusal:
        propose(world, closes_at=moment)

    assert words in refusal.value.problems[field]


@pytest.mark.parametrize("hour", [7, 15])
def test_both_ends_of_the_office_hours_are_allowed(world, hour):
    propose(world, closes_at=datetime(2019, 10, 8, hour, 0, tzinfo=UTC))


def test_a_round_never_closes_after_the_next_one_opens(world):
    with world.database.reading() as db:
        opens_at = db.get_one(Round, world.rounds["2020-2"]).opens_at
    with world.database.transaction() as db:
        db.get_one(Round, world.rounds["2020-1"]).agreements_start_on = date(2020, 7, 1)

    with pytest.raises(Invalid, match="Twee rondes"):
        propose(world, closes_at=calendar.local_instant(calendar.add_working_days(opens_at.date(), 3), time(12)))


@pytest.mark.parametrize(("day", "at", "words"), [
    (date(2027, 3, 28), time(2, 30), "bestaat niet"),
    (date(2026, 10, 25), time(2, 30), "komt twee keer voor"),
    (None, time(12), "Vul een bestaande dag in"),
    (date(2026, 10, 26), None, "Vul een tijd in"),
])  # fmt: skip
def test_a_wall_time_that_is_no_instant_is_refused_in_words(day, at, words):
    with pytest.raises(Invalid, match=words):
        deadlines.new_instant(day, at)


def test_a_change_is_only_for_an_open_round(world):
    world.clock.set(datetime(2019, 6, 1, tzinfo=UTC))
    with pytest.raises(Refused, match="nog niet open"):
        propose(world)
    world.clock.set(OLD)
    with pytest.raises(Refused, match="is gesloten"):
        propose(world)


def test_a_confirmation_lands_before_the_instant_or_is_refused(world):
    change = propose(world)
    world.clock.set(OLD)

    with pytest.raises(Refused, match="is gesloten"):
        agree(world, change)

    assert closes_at(world) == OLD
    world.clock.set(OLD - timedelta(microseconds=1))
    agree(world, change)
    assert closes_at(world) == LATER


def test_a_latched_round_keeps_its_latch_and_its_deadline_whatever_is_tried(world):
    world.close_round()

    for statement in (
        "UPDATE rounds SET closed_at = NULL WHERE id = :id",
        "UPDATE rounds SET closes_at = '2019-09-30 10:00:00.000000' WHERE id = :id",
    ):
        with pytest.raises(DatabaseError, match="stays closed"), world.database.transaction() as db:
            db.execute(text(statement), {"id": world.rounds["2020-1"]})


def test_everybody_with_an_application_or_who_follows_is_told_once(world):
    world.submitted("anna")
    world.draft("karim")
    with world.database.transaction() as db:
        other = db.scalars(select(User).where(User.email == world.emails["anna"])).one()
        db.add(announcements.follow(db.get_one(Procedure, world.procedure_id), other, world.clock()))

    agree(world, propose(world))

    with world.database.reading() as db:
        told = db.scalars(select(Message).where(Message.template == "deadline_changed")).all()
        assert sorted(one.to for one in told) == sorted([world.emails["anna"], world.emails["karim"]])
        assert told[0].facts["after"] == "dinsdag 8 oktober 2019, 12.00 uur"
        assert told[0].facts["why"] == REASON


def test_submitting_and_the_terms_follow_the_new_instant(world):
    agree(world, propose(world))
    world.clock.set(LATER - timedelta(microseconds=1))
    application_id = world.submitted("anna")
    with world.database.reading() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        assert procedures.decided_by(round_) == date(2019, 11, 19)
    late = world.complete("karim")
    world.clock.set(LATER)

    with pytest.raises(RoundClosed), world.database.transaction() as db:
        applications.submit(
            db.get_one(Application, late), db.get_one(User, world.people["karim"]), world.clock(),
            attempt="x", accepted=applications.ACCEPTED,
        )  # fmt: skip
    world.work()
    with world.database.reading() as db:
        assert db.get_one(Application, application_id).state == "under_review"
        assert db.get_one(Round, world.rounds["2020-1"]).closed_at == LATER


def test_one_proposal_at_a_time_and_the_same_again_is_the_same(world):
    change = propose(world)

    assert propose(world) == change
    with pytest.raises(Refused, match="ligt al een voorstel"):
        propose(world, closes_at=LATER + timedelta(days=1))


def test_who_does_not_agree_says_why_and_the_deadline_stays(world):
    change = propose(world)
    with world.database.transaction() as db:
        found, wil = db.get_one(DeadlineChange, change), db.get_one(User, world.people["wil"])
        with pytest.raises(Invalid):
            deadlines.send_back(found, wil, "nee", world.clock())
        deadlines.send_back(found, wil, "Een week is te lang; drie dagen volstaan.", world.clock())

    assert closes_at(world) == OLD
    with pytest.raises(Refused):
        agree(world, change)
    propose(world, closes_at=datetime(2019, 10, 4, 10, 0, tzinfo=UTC))


def test_reminders_go_by_the_new_instant_and_none_goes_twice(world):
    world.draft("anna")
    reminded = select(Message.facts).where(Message.template == "round_closing_soon").order_by(Message.created_at)
    world.clock.set(OLD - timedelta(days=7))
    world.work()
    agree(world, propose(world))

    for days in (14, 13, 7, 6, 2, 1):
        world.clock.set(LATER - timedelta(days=days))
        world.work()

    with world.database.reading() as db:
        facts = db.scalars(reminded).all()
    assert [one["moment"] for one in facts] == ["dinsdag 1 oktober 2019, 12.00 uur"] + [
        "dinsdag 8 oktober 2019, 12.00 uur"
    ] * 3
    assert [one["days"] for one in facts] == [7, 7, 2, 1]
