"""The offer: a text on every award criterion of every chosen lot, part of what is submitted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.cli import cast
from portal.domain import offering, offers, requirements, reviews
from portal.errors import Incomplete, Invalid, NotFound, RoundClosed, Stale
from portal.models import Application, Document, Round, User
from tests.tenders.conftest import EVERYWHERE, award


def test_each_criterion_is_answered_at_the_root_of_each_chosen_lot(tender):
    application_id = tender.apply("karim", (*EVERYWHERE, ("L1", "0796")), offer=False)

    with tender.world.database.reading() as db:
        found = offers.criteria_at(db.get_one(Application, application_id))
        assert [one.key for one in found] == ["G1-1", "G2-1", "G1-2", "G2-2"]


def test_where_a_criterion_names_a_lot_all_that_hold_there_are_answered_at_that_lot(tender, rules):
    criteria = award()["criteria"]
    rules(criteria=[{**criteria[0], "lots": ["1A", "2"]}, criteria[1], {**criteria[0], "code": "G3", "lots": ["1B"]}])
    application_id = tender.apply("karim", (("A1", "0796"), ("B1", "0796"), ("L1", "0796")), offer=False)

    with tender.world.database.reading() as db:
        application = db.get_one(Application, application_id)
        assert [one.key for one in offers.criteria_at(application)] == [
            "G1-1A", "G2-1A", "G2-1B", "G3-1B", "G1-2", "G2-2",
        ]  # fmt: skip
        for segment in offers.segments(db.get_one(Round, tender.round_id)):
            weights = [one.weight for one in offers.criteria_of(application.round, segment)]
            assert sum(weights) == Decimal("100.00")


def test_an_offer_without_a_text_is_not_submitted_and_with_all_texts_it_is(tender):
    application_id = tender.apply("anna", EVERYWHERE, offer=False)

    with tender.world.database.reading() as db:
        gaps = requirements.gaps(db.get_one(Application, application_id), tender.world.clock())
        assert [(gap.step, gap.offer, gap.blocks) for gap in gaps] == [("offer", "G1-1", True), ("offer", "G2-1", True)]
    with pytest.raises(Incomplete):
        tender.submit("anna")

    from portal.cli import scoring_script

    scoring_script.write_offers(tender.world.stage, tender.world.people["anna"], application_id, tender.chance)
    submission_id = tender.submit("anna")
    tender.close()
    with tender.world.database.reading() as db:
        application = db.get_one(Application, application_id)
        content = reviews.submitted(application.submissions[0])
        assert application.submissions[0].id == submission_id
        assert [(one["criterion"], one["lot"]) for one in content["offers"]] == [("G1", "1"), ("G2", "1")]
        assert all("vaste teams" in one["text"] for one in content["offers"])


def test_an_open_house_has_no_offer_in_its_submission(world):
    application_id = world.submitted()

    with world.database.reading() as db:
        application = db.get_one(Application, application_id)
        assert "offers" not in application.submissions[0].content
        assert offers.criteria_at(application) == []


def _write(tender, who, text, based_on):
    with tender.world.database.transaction() as db:
        application = db.get_one(Application, tender.applicants["anna"])
        place = offers.criteria_at(application)[0]
        user = db.get_one(User, tender.world.people[who])
        return offering.write(application, user, place, text, tender.world.clock(), based_on=based_on).version


def test_the_second_of_two_colleagues_sees_what_the_first_saved(tender):
    tender.apply("anna", EVERYWHERE, offer=False)
    assert _write(tender, "anna", "Eerste tekst", 0) == 1

    with pytest.raises(Stale):
        _write(tender, "anna", "Tweede tekst", 0)
    assert _write(tender, "anna", "Eerste tekst", 0) == 1
    assert _write(tender, "anna", "Tweede tekst", 1) == 2


def test_a_text_of_the_longest_length_is_kept_and_one_character_more_is_refused(tender):
    tender.apply("anna", EVERYWHERE, offer=False)

    assert _write(tender, "anna", "a" * 500, 0) == 1
    with pytest.raises(Invalid):
        _write(tender, "anna", "a" * 501, 1)


def test_nobody_writes_in_the_offer_of_another_or_after_closing(tender):
    tender.apply("anna", EVERYWHERE, offer=False)
    with pytest.raises(NotFound):
        _write(tender, "karim", "Een tekst van een ander", 0)

    tender.close()
    with pytest.raises(RoundClosed):
        _write(tender, "anna", "Te laat", 0)


def test_a_plan_goes_with_the_text_and_another_kind_of_document_does_not(tender):
    tender.apply("anna", EVERYWHERE)
    plan = cast.sample(tender.world.stage, tender.world.people["anna"], "plan_of_approach")
    other = cast.sample(tender.world.stage, tender.world.people["anna"], "annual_accounts")

    with tender.world.database.transaction() as db:
        application, user = (
            db.get_one(Application, tender.applicants["anna"]),
            db.get_one(User, tender.world.people["anna"]),
        )
        place, now = offers.criteria_at(application)[0], tender.world.clock()
        used = offering.attach(application, user, place, db.get_one(Document, plan), now)
        assert offering.attach(application, user, place, db.get_one(Document, plan), now) is used
        with pytest.raises(Invalid):
            offering.attach(application, user, place, db.get_one(Document, other), now)
        files = offers.manifest(application)[0]["files"]
        assert [(one["document_id"], len(one["sha256"])) for one in files] == [(plan, 64)]
        offering.detach(application, user, used, now)
        assert offers.manifest(application)[0]["files"] == []
