"""Terms: in calendar or working days, standing still with a reason, and told of before they end."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.domain import calendar, decisions, releases, reviews, running_terms, suspensions, term_lines
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import AuditEvent, Message, Procedure, Review, TermSuspension
from tests import remedying

WHY = "Wij wachten op het uittreksel dat u aanvroeg."


def _round(**terms):
    given = {
        "decision_days": 10,
        "standstill_days": 20,
        "remedy_working_days": 5,
        "remedy_rounds": 1,
        "holidays_apply": True,
    }
    return SimpleNamespace(terms={**given, **terms})


@pytest.mark.parametrize(
    ("terms", "term", "begins", "ends"),
    [
        # 10 days after Monday 4 March 2024 is a Thursday
        ({}, "decision", date(2024, 3, 4), date(2024, 3, 14)),
        # the same ten in working days
        ({"decision_unit": "working"}, "decision", date(2024, 3, 4), date(2024, 3, 18)),
        # 20 days after 28 April 2024 is Whit Saturday: the first working day after Whit Monday
        ({}, "standstill", date(2024, 4, 28), date(2024, 5, 21)),
        ({"holidays_apply": False}, "standstill", date(2024, 4, 28), date(2024, 5, 18)),
        # a procedure of before does not say: 20 days to object
        ({}, "objection", date(2024, 3, 4), date(2024, 3, 25)),
        ({"objection_days": 10, "objection_unit": "working"}, "objection", date(2024, 3, 22), date(2024, 4, 9)),
    ],
)
def test_a_term_is_counted_as_the_procedure_says(terms, term, begins, ends):
    assert running_terms.ends_on(_round(**terms), term, begins) == ends


@pytest.mark.parametrize(
    ("terms", "still", "ends"),
    [
        ({}, [(date(2024, 3, 6), date(2024, 3, 8))], date(2024, 3, 18)),  # 16 March is a Saturday
        ({"holidays_apply": False}, [(date(2024, 3, 6), date(2024, 3, 8))], date(2024, 3, 16)),
        # what overlaps counts once
        (
            {"holidays_apply": False},
            [(date(2024, 3, 6), date(2024, 3, 8)), (date(2024, 3, 5), date(2024, 3, 7))],
            date(2024, 3, 17),
        ),
        # of a stretch that began before the term only what lies within it counts
        ({"holidays_apply": False}, [(date(2024, 3, 1), date(2024, 3, 6))], date(2024, 3, 16)),
        # a term that is over does not come back
        ({"holidays_apply": False}, [(date(2024, 3, 20), date(2024, 3, 25))], date(2024, 3, 14)),
        # what has no end yet moves nothing
        ({"holidays_apply": False}, [(date(2024, 3, 6), None)], date(2024, 3, 14)),
        # a weekend is no working day, so it moves nothing in working days
        ({"decision_unit": "working"}, [(date(2024, 3, 8), date(2024, 3, 10))], date(2024, 3, 18)),
        ({"decision_unit": "working"}, [(date(2024, 3, 8), date(2024, 3, 12))], date(2024, 3, 20)),
    ],
)
def test_standing_still_makes_a_term_longer_by_those_days(terms, still, ends):
    assert running_terms.ends_on(_round(**terms), "decision", date(2024, 3, 4), still) == ends


def test_a_long_term_that_stood_still_keeps_the_rule_of_its_own_length():
    # 85 days is within the act, however long it stood still
    assert calendar.term_ends_on(date(2024, 1, 1), 85, stood_still=12) == date(2024, 4, 8)
    assert calendar.term_ends_on(date(2024, 1, 1), 97) == date(2024, 4, 7), "a Sunday"


def _suspend(world, db, review_id, who="ineke", kind="applicant", reason=WHY, term="decision", person=None):
    review = db.get_one(Review, review_id)
    return suspensions.suspend(review.application, kind, person(db, who), reason, world.clock(), term=term)


def test_the_last_day_of_a_review_moves_by_the_days_that_it_stood_still(world, review_id, person):
    with world.database.transaction() as db:
        before = db.get_one(Review, review_id).due_on
        _suspend(world, db, review_id, person=person)
        assert _suspend(world, db, review_id, person=person).id, "twice is once"
        assert len(db.get_one(Review, review_id).application.term_suspensions) == 1
    world.clock.advance(timedelta(days=3))
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        assert review.due_on == before, "the day is known when it runs again"
        resumed = suspensions.resume(review.application, "applicant", person(db, "joris"), WHY, world.clock())
        again = suspensions.resume(review.application, "applicant", person(db, "joris"), WHY, world.clock())

        assert (resumed is not None, again) == (True, None)
        assert review.due_on == calendar.next_working_day(before + timedelta(days=3))


def test_nothing_is_decided_while_the_decision_term_stands_still(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke")
        _suspend(world, db, review_id, person=person)
        with pytest.raises(Refused, match="staat stil"):
            decisions.propose(review, person(db, "ineke"), world.clock())
        suspensions.resume(review.application, "applicant", person(db, "ineke"), WHY, world.clock())
        decisions.propose(review, person(db, "ineke"), world.clock())
        _suspend(world, db, review_id, person=person)
        with pytest.raises(Refused, match="staat stil"):
            decisions.confirm(review, person(db, "joris"), world.clock())
        suspensions.resume(review.application, "applicant", person(db, "ineke"), WHY, world.clock())
        decisions.confirm(review, person(db, "joris"), world.clock())

        assert review.state == "confirmed"


def test_a_decision_that_was_released_is_told_so_its_term_stands_still_no_more(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke")
        decisions.propose(review, person(db, "ineke"), world.clock())
        decisions.confirm(review, person(db, "joris"), world.clock())
        _suspend(world, db, review_id, person=person)
        suspensions.resume(review.application, "applicant", person(db, "ineke"), WHY, world.clock())
        draft = review.application.letter_draft
        db.add(releases.release(review.application.round, person(db, "renske"), [draft], world.clock()))
        with pytest.raises(Refused, match="loopt nu niet"):
            _suspend(world, db, review_id, person=person)
    world.work()

    with world.database.reading() as db:
        assert db.get_one(Review, review_id).application.letter_draft.state == "told"


def test_a_suspension_has_a_reason_and_the_one_of_the_integrity_check_has_none(world, review_id, person):
    with world.database.transaction() as db:
        with pytest.raises(Invalid, match="10 tekens"):
            _suspend(world, db, review_id, reason="kort", person=person)
        with pytest.raises(NotAllowed):
            _suspend(world, db, review_id, kind="integrity", person=person)
        with pytest.raises(NotAllowed):
            _suspend(world, db, review_id, who="bram", person=person)
        secret = "Advies van het Landelijk Bureau gevraagd."
        made = _suspend(world, db, review_id, who="bram", kind="integrity", reason=secret, person=person)
        db.flush()
        lines = list(term_lines.lines(db.get_one(Review, review_id).application, world.clock()))
        told = db.scalars(select(AuditEvent).where(AuditEvent.act == "suspend_term")).one().details

        assert (made.reason, lines[0].why, lines[0].ends_on, lines[0].since is not None) == ("", "", None, True)
        assert told == {"term": "decision"}, "not even that it is about the integrity check"


def test_the_database_keeps_no_integrity_suspension_with_a_reason(world, review_id, person):
    with pytest.raises(IntegrityError, match="reasoned"), world.database.transaction() as db:
        _suspend(world, db, review_id, who="bram", kind="integrity", person=person).reason = "Lange reden in klare taal"


def test_only_a_term_that_runs_can_stand_still(world, review_id, person):
    with world.database.transaction() as db:
        for term in ("remedy", "standstill", "objection"):
            with pytest.raises(Refused, match="loopt nu niet"):
                _suspend(world, db, review_id, term=term, person=person)
        with pytest.raises(Invalid):
            _suspend(world, db, review_id, term="lunch", person=person)


def _ask(world, db, review_id, person):
    review = db.get_one(Review, review_id)
    item = next(one for one in reviews.items(review) if one.key == "T03")
    reviews.find(
        review, person(db, "ineke"), item, "remedy", "Stuur het juiste certificaat.", world.clock(), based_on=0
    )
    return remedying.ask(review, person(db, "ineke"), world.clock())


def test_a_remedy_term_that_stands_still_does_not_expire_and_moves_by_working_days(world, review_id, person):
    with world.database.transaction() as db:
        due_at = _ask(world, db, review_id, person).due_at
        _suspend(world, db, review_id, term="remedy", person=person)
    world.clock.set(due_at + timedelta(hours=1))
    world.work()
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        assert review.state == "remedy", "the worker leaves it alone"
        suspensions.resume(review.application, "applicant", person(db, "ineke"), WHY, world.clock(), term="remedy")
        moved = review.remedies[0].due_at
        assert moved > world.clock()
    world.clock.set(moved)
    world.work()
    with world.database.reading() as db:
        assert db.get_one(Review, review_id).state == "started"


@pytest.mark.parametrize(("stops", "days"), [(False, 0), (True, 4)])
def test_a_remedy_stops_the_decision_term_only_where_the_procedure_says_so(world, review_id, person, stops, days):
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        terms = {**procedure.settings["terms"], "remedy_suspends": stops, "holidays_apply": False}
        procedure.settings = {**procedure.settings, "terms": terms}
        review = db.get_one(Review, review_id)
        suspensions.move_due(review.application)
        before = review.due_on
        remedy = _ask(world, db, review_id, person)
    world.clock.advance(timedelta(days=4))
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        remedy = review.remedies[0]
        for item in remedy.items:
            reviews.explain(remedy, person(db, "anna"), item, "Het certificaat zit erbij.", world.clock())
        reviews.answer_remedy(remedy, person(db, "anna"), world.clock())

        assert review.due_on == before + timedelta(days=days)


def test_who_screens_and_who_manages_hear_it_before_a_decision_term_ends_once(world, review_id, person):
    def told():
        with world.database.reading() as db:
            rows = db.scalars(select(Message).where(Message.template == "decision_term_ends"))
            return sorted((one.to.split("@")[0], one.facts["number"]) for one in rows)

    with world.database.reading() as db:
        due_on = db.get_one(Review, review_id).due_on
    world.clock.set(calendar.end_of_day(due_on - timedelta(days=9)))
    world.work()
    assert told() == []
    world.clock.set(calendar.end_of_day(due_on - timedelta(days=8)))
    world.work()
    world.work()
    assert told() == [("ineke", 1), ("joris", 1), ("renske", 1)]
    with world.database.transaction() as db:
        reviews.recuse(db.get_one(Review, review_id).application, person(db, "joris"), WHY, world.clock())
    world.clock.set(calendar.end_of_day(due_on - timedelta(days=3)))
    world.work()
    assert told() == [("ineke", 1), ("ineke", 1), ("joris", 1), ("renske", 1), ("renske", 1)]
    with world.database.transaction() as db:
        _suspend(world, db, review_id, person=person)
    world.clock.set(calendar.end_of_day(due_on - timedelta(days=1)))
    world.work()
    assert len(told()) == 5, "a term that stands still ends nowhere"


def test_every_suspension_stays_on_record(world, review_id, person):
    for _ in range(2):
        with world.database.transaction() as db:
            _suspend(world, db, review_id, person=person)
        world.clock.advance(timedelta(days=1))
        with world.database.transaction() as db:
            application = db.get_one(Review, review_id).application
            suspensions.resume(application, "applicant", person(db, "ineke"), WHY, world.clock())

    with world.database.reading() as db:
        assert [one.is_running for one in db.scalars(select(TermSuspension))] == [False, False]
