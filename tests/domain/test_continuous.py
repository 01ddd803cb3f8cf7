"""A procedure that takes in continuously: the round of an applicant is its own instalment."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from portal.domain import applications, choices, parties, procedures
from portal.errors import Refused
from portal.models import Application, Decision, IntegrityCheck, Message, Review, Round, User, new_id
from portal.queries import applications as queries
from portal.queries import work
from tests.conftest import ROOT


@pytest.fixture
def continuous(world):
    """The first round is open for ten years, and takes in continuously."""
    with world.database.transaction() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        db.execute(
            update(Round)
            .where(Round.id == round_.id)
            .values(kind="continuous", closes_at=round_.closes_at + timedelta(days=3650))
        )
    return world


def test_a_file_that_takes_in_continuously_gives_such_a_round(world):
    from portal.cli.procedures import load_file

    load_file(world.database, ROOT / "procedures/voorbeelden/beschermd-wonen.yaml", world.clock())

    with world.database.reading() as db:
        rounds = db.scalars(select(Round).where(Round.label == "2027-1", Round.kind == "continuous")).all()
        assert len(rounds) == 1
        assert rounds[0].is_continuous


def test_what_is_submitted_is_taken_in_at_once_and_what_is_not_stays_a_draft(continuous):
    submitted, draft = continuous.submitted("anna"), continuous.draft("karim")

    continuous.work()

    with continuous.database.reading() as db:
        assert db.get_one(Application, submitted).state == "under_review"
        assert db.get_one(Application, draft).state == "draft"
        told = db.scalars(select(Message).where(Message.template == "taken_in")).all()
        assert {one.facts["application"] for one in told} == {db.get_one(Application, submitted).number}


def test_a_round_that_closes_waits_for_its_closing(world):
    submitted = world.submitted("anna")

    world.work()

    with world.database.reading() as db:
        assert db.get_one(Application, submitted).state == "submitted"
        assert work.applications_to_take_in(db, world.clock()) == []


def test_the_decision_term_runs_from_the_own_submission(continuous):
    continuous.submitted("anna")
    continuous.work()
    continuous.clock.advance(timedelta(days=100))
    continuous.submitted("karim")
    continuous.work()

    with continuous.database.reading() as db:
        days = db.get_one(Round, continuous.rounds["2020-1"]).terms["decision_days"]
        due = sorted(db.scalars(select(Review.due_on)))
        assert days == 42
        assert due == [date(2019, 8, 26), date(2019, 12, 4)]  # 15 July and 23 October 2019, and 42 days


def test_one_may_submit_again_until_it_is_taken_in_and_not_after(continuous):
    application_id = continuous.submitted("anna")
    with continuous.database.transaction() as db:
        found, anna = db.get_one(Application, application_id), db.get_one(User, continuous.people["anna"])
        applications.submit(
            found, anna, continuous.clock(), attempt=new_id(), accepted=("complete", "represent", "terms")
        )
        assert len(found.submissions) == 2

    continuous.work()

    with continuous.database.transaction() as db:
        found, anna = db.get_one(Application, application_id), db.get_one(User, continuous.people["anna"])
        assert found.review.submission.sequence == 2
        for act in (
            lambda: applications.submit(found, anna, continuous.clock(), attempt="x", accepted=applications.ACCEPTED),
            lambda: choices.choose(found, anna, [], continuous.clock(), based_on=1),
            lambda: applications.withdraw(found, anna, continuous.clock()),
            lambda: parties.add(found, anna, {}, continuous.clock()),
        ):
            with pytest.raises(Refused, match="beoordelen deze aanmelding al"):
                act()


def test_one_may_apply_again_once_the_decision_is_told(continuous):
    application_id, round_id = continuous.submitted("anna"), continuous.rounds["2020-1"]
    continuous.work()
    with continuous.database.transaction() as db:
        found = db.get_one(Application, application_id)
        where = round_id, found.organisation_id
        assert queries.id_in_round(db, *where) == application_id

        cell, anna = found.selections[0], db.get_one(User, continuous.people["anna"])
        db.add(
            Decision(
                authority_id=found.authority_id,
                application_id=found.id,
                product_id=cell.product_id,
                municipality_id=cell.municipality_id,
                outcome="refused",
                reason="Voldoet niet aan T01.",
                proposed_at=continuous.clock(),
                proposed_by_id=continuous.people["ineke"],
                confirmed_at=continuous.clock(),
                confirmed_by_id=continuous.people["joris"],
                released_at=continuous.clock(),
                told_at=continuous.clock(),
            )
        )
        db.flush()

        assert queries.id_in_round(db, *where) is None
        number = queries.next_instalment(db, *where)
        db.add(applications.start(found.round, anna, continuous.clock(), number))
        db.flush()
        assert queries.id_in_round(db, *where) != application_id


def test_at_the_end_of_the_agreement_what_was_not_submitted_lapses(continuous):
    draft = continuous.draft("karim")

    continuous.close_round()

    with continuous.database.reading() as db:
        assert db.get_one(Application, draft).state == "lapsed"
        assert procedures.decided_by(db.get_one(Round, continuous.rounds["2020-1"])) > date(2029, 9, 28)


def test_officials_see_and_decide_it_while_the_round_is_open(continuous, browse):
    continuous.submitted("anna")
    continuous.work()
    with continuous.database.reading() as db:
        assert db.scalars(select(IntegrityCheck)).one().outcome == "pending"
    renske, ineke = browse("renske"), browse("ineke")
    round_id = continuous.rounds["2020-1"]

    page = renske.get(f"/rondes/{round_id}").get_data(as_text=True)
    queue = ineke.get("/beoordelen")

    assert "Doorlopend open" in page
    assert "42 dagen na elke aanmelding" in page
    assert queue.status_code == 303  # interests first
    assert "Stichting De Linde" in ineke.get(queue.location).get_data(as_text=True)


def test_the_pages_of_the_applicant_say_that_it_is_taken_in_at_once(continuous, browse):
    application_id = continuous.complete("anna")
    anna = browse("anna")
    before = anna.get(f"/aanmeldingen/{application_id}/indienen").get_data(as_text=True)
    assert "Wij beginnen meteen met beoordelen" in before

    anna.post(
        f"/aanmeldingen/{application_id}/indienen",
        {"attempt": "a", "accepted": ["complete", "represent", "terms"]},
    )
    continuous.work()

    page = anna.get(f"/aanmeldingen/{application_id}").get_data(as_text=True)
    assert "Wij beoordelen uw aanmelding" in page
    assert "Aanmelden kan doorlopend tot" in page
