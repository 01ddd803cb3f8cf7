"""Screening and deciding: reasons, four eyes, remedies, and that one bad lot does not sink the rest."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from portal.cli import cast, integrity_script
from portal.domain import decisions, integrity, reviews
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import Document, IntegrityCheck, Review, Round
from tests import remedying
from tests.deciding import tell

WHY = "Het certificaat is verlopen op 1 mei 2019."


def _item(review, key):
    return next(one for one in reviews.items(review) if one.key == key)


def test_closing_turns_submissions_into_reviews_and_drafts_into_lapsed_ones(world, application):
    submitted, draft = world.submitted("anna"), world.draft("karim")

    world.close_round()

    with world.database.reading() as db:
        assert application(db, submitted).state == "under_review"
        assert application(db, submitted).review.submission.application_id == submitted
        assert (application(db, draft).state, application(db, draft).review) == ("lapsed", None)


def test_the_checklist_holds_what_was_submitted_per_lot(world, review_id):
    with world.database.reading() as db:
        keys = [one.key for one in reviews.items(db.get_one(Review, review_id))]

    assert keys.count("T12-1A") == keys.count("T12-1B") == keys.count("T03") == 1
    assert not [key for key in keys if key.startswith("T02")], "no stay product was chosen"


def test_a_refusal_needs_a_reason_and_a_plain_yes_does_not(world, review_id, person):
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, review_id), person(db, "ineke")
        item = _item(review, "T03")

        assert reviews.find(review, ineke, item, "meets", "", world.clock(), based_on=0).sequence == 1
        with pytest.raises(Invalid, match="Motiveer"):
            reviews.find(review, ineke, item, "fails", "kort", world.clock(), based_on=1)
        assert reviews.find(review, ineke, item, "fails", WHY, world.clock(), based_on=1).sequence == 2


def test_equivalent_can_be_accepted_only_where_it_was_published(world, review_id, person):
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, review_id), person(db, "ineke")
        reason = "NEN-EN 15224 dekt dezelfde processen."

        reviews.find(review, ineke, _item(review, "T03"), "equivalent", reason, world.clock(), based_on=0)
        with pytest.raises(Invalid, match="gelijkwaardig"):
            reviews.find(review, ineke, _item(review, "T12-1A"), "equivalent", reason, world.clock(), based_on=0)


def test_findings_are_only_added_and_the_second_to_save_sees_the_firsts_text(world, review_id, person):
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, review_id), person(db, "ineke")
        reviews.find(review, ineke, _item(review, "T03"), "fails", WHY, world.clock(), based_on=0)

        with pytest.raises(Stale, match="Ineke Bos") as refusal:
            reviews.find(review, ineke, _item(review, "T03"), "meets", "", world.clock(), based_on=0)

        assert refusal.value.theirs.reason == WHY
        reviews.find(review, ineke, _item(review, "T03"), "meets", "", world.clock(), based_on=1)
        assert [(one.verdict, one.reason) for one in review.findings] == [("fails", WHY), ("meets", "")]


def test_another_inkoper_reads_along_and_does_not_write(world, review_id, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        reviews.find(review, person(db, "ineke"), _item(review, "T03"), "meets", "", world.clock(), based_on=0)

        with pytest.raises(NotAllowed):
            reviews.find(review, person(db, "joris"), _item(review, "T05"), "meets", "", world.clock(), based_on=0)


def test_an_inkoper_of_another_authority_finds_nothing(world, review_id, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)

        with pytest.raises(NotFound):
            reviews.find(review, person(db, "olga"), _item(review, "T03"), "meets", "", world.clock(), based_on=0)


def test_a_remedy_names_its_requirements_and_runs_five_working_days(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke", {"T03": ("remedy", "Stuur het certificaat met een einddatum na 1 oktober.")})

        remedy = remedying.ask(review, person(db, "ineke"), world.clock())

        assert [item.requirement.code for item in remedy.items] == ["T03"]
        # asked on Tuesday 1 October 2019: until and including Tuesday 8 October, Amsterdam summer time
        assert remedy.due_at.isoformat() == "2019-10-08T22:00:00+00:00"
        assert review.state == "remedy"
        with pytest.raises(Refused):
            decisions.propose(review, person(db, "ineke"), world.clock())


def test_a_remedy_stands_beside_what_was_submitted_and_replaces_nothing(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        before = review.submission.manifest
        judge(db, review, "ineke", {"T03": ("remedy", "Stuur het juiste certificaat.")})
        remedy_id = remedying.ask(review, person(db, "ineke"), world.clock()).id
    document_id = cast.sample(world.stage, world.people["anna"], "hkz_certificate", age_days=5)
    with world.database.transaction() as db:
        review, anna = db.get_one(Review, review_id), person(db, "anna")
        remedy = next(one for one in review.remedies if one.id == remedy_id)
        reviews.add_remedy_document(remedy, anna, remedy.items[0], db.get_one(Document, document_id), world.clock())
        reviews.answer_remedy(remedy, anna, world.clock())

        assert (review.state, review.submission.manifest) == ("started", before)
        with pytest.raises(Refused, match="al verstuurd"):
            reviews.explain(remedy, anna, remedy.items[0], "Nog iets", world.clock())


def test_an_empty_remedy_is_not_sent_and_a_late_one_is_refused(world, review_id, judge, person):
    with world.database.transaction() as db:
        review, anna = db.get_one(Review, review_id), person(db, "anna")
        judge(db, review, "ineke", {"T03": ("remedy", "Stuur het juiste certificaat.")})
        remedy = remedying.ask(review, person(db, "ineke"), world.clock())

        with pytest.raises(Refused, match="toelichting of voeg"):
            reviews.answer_remedy(remedy, anna, world.clock())
        reviews.explain(remedy, anna, remedy.items[0], "Zie bijlage.", remedy.due_at - timedelta(microseconds=1))
        with pytest.raises(Refused, match="termijn voor herstel is voorbij"):
            reviews.answer_remedy(remedy, anna, remedy.due_at)


def test_when_the_remedy_term_is_over_the_worker_hands_the_dossier_back(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke", {"T03": ("remedy", "Stuur het juiste certificaat.")})
        due = remedying.ask(review, person(db, "ineke"), world.clock()).due_at

    world.clock.set(due - timedelta(seconds=1))
    world.work()
    with world.database.reading() as db:
        assert db.get_one(Review, review_id).state == "remedy"
    world.clock.set(due)
    world.work()

    with world.database.reading() as db:
        review = db.get_one(Review, review_id)
        assert (review.state, review.remedies[0].expired_at) == ("started", due)


def test_this_procedure_knows_one_round_of_remedy(world, review_id, judge, person):
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, review_id), person(db, "ineke")
        judge(db, review, "ineke", {"T03": ("remedy", "Stuur het juiste certificaat.")})
        reviews.expire_remedy(remedying.ask(review, ineke, world.clock()), world.clock() + timedelta(days=30))

        with pytest.raises(Refused, match="1 herstelronde"):
            remedying.ask(review, ineke, world.clock())


def test_everything_met_is_everything_admitted(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke")

        proposed = decisions.propose(review, person(db, "ineke"), world.clock())

        assert [one.outcome for one in proposed] == ["admitted"] * 3


def test_one_failing_lot_refuses_that_lot_only(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke", {"T08-1B": ("fails", "Geen gekwalificeerd personeel voor dagbesteding.")})

        proposed = decisions.propose(review, person(db, "ineke"), world.clock())

        assert {one.product.code: one.outcome for one in proposed} == {
            "IB-BASIS": "admitted",
            "IB-EXTRA": "admitted",
            "DB-BASIS": "refused",
        }
        refused = next(one for one in proposed if one.outcome == "refused")
        assert refused.reason.startswith("T08 Gekwalificeerd personeel: Geen gekwalificeerd")


def test_a_verdict_can_be_narrowed_to_one_category(world, review_id, judge, person):
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, review_id), person(db, "ineke")
        judge(db, review, "ineke")
        item = _item(review, "T01-1A")
        reason = "Geen ervaring met de categorie Extra aangetoond."
        reviews.find(
            review,
            ineke,
            item,
            "fails",
            reason,
            world.clock(),
            based_on=item.finding.sequence,
            product_codes=["IB-EXTRA"],
        )

        outcomes = {one.product.code: one.outcome for one in decisions.outcomes(review)}

    assert outcomes == {"IB-BASIS": "admitted", "IB-EXTRA": "refused", "DB-BASIS": "admitted"}


def test_a_proposal_waits_for_every_verdict_and_for_the_integrity_check(world, person, judge):
    world.submitted("anna")
    world.close_round()
    with world.database.transaction() as db:
        review = db.query(Review).one()
        ineke = person(db, "ineke")
        reviews.find(review, ineke, _item(review, "T03"), "meets", "", world.clock(), based_on=0)
        with pytest.raises(Refused, match="zonder eindoordeel"):
            decisions.propose(review, ineke, world.clock())
        judge(db, review, "ineke")
        with pytest.raises(Refused, match="integriteitstoets loopt nog"):
            decisions.propose(review, ineke, world.clock())


def test_the_second_pair_of_eyes_is_somebody_elses_also_for_the_database(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke")
        decisions.propose(review, person(db, "ineke"), world.clock())
    with world.database.reading() as db:
        review = db.get_one(Review, review_id)
        with pytest.raises(NotAllowed, match="zelf voor"):
            decisions.confirm(review, person(db, "ineke"), world.clock())
    with world.database.writing() as db, pytest.raises(IntegrityError, match="four_eyes"):
        db.connection().exec_driver_sql(
            "UPDATE decisions SET confirmed_by_id = proposed_by_id, confirmed_at = proposed_at"
        )
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        decisions.confirm(review, person(db, "joris"), world.clock())
        assert (review.state, review.application.state) == ("confirmed", "decided")


def test_a_proposal_can_be_sent_back_with_a_reason(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke")
        decisions.propose(review, person(db, "ineke"), world.clock())
        with pytest.raises(Invalid):
            decisions.send_back(review, person(db, "joris"), "nee", world.clock())

        for one in decisions.send_back(review, person(db, "joris"), "Kijk nog eens naar T08.", world.clock()):
            db.delete(one)

        assert review.state == "started"


def test_what_is_told_is_a_letter_with_the_reasons_as_they_were_found(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke", {"T03": ("fails", WHY)})
        decisions.propose(review, person(db, "ineke"), world.clock())
        with pytest.raises(Refused, match="niet vrijgegeven"):
            decisions.tell(review.application, "B-2019-0001", world.clock())
        decisions.confirm(review, person(db, "joris"), world.clock())
        with pytest.raises(Refused, match="niet vrijgegeven"):
            decisions.tell(review.application, "B-2019-0001", world.clock())
        assert [one.told_at for one in review.application.decisions] == [None] * 3

        letter = tell(db, world, review.application)

        facts = json.loads(letter.facts)
        assert [one.told_at for one in review.application.decisions] == [world.clock()] * 3
        assert (facts["outcome"], [one["code"] for one in facts["findings"]]) == ("refused", ["T03"])
        assert facts["findings"][0]["reason"] == WHY
        with pytest.raises(Refused, match="al bekendgemaakt"):
            decisions.tell(review.application, "B-2019-0002", world.clock())


def test_an_interest_hides_nothing_from_others_and_takes_the_dossier_away_from_oneself(world, review_id, person):
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, review_id), person(db, "ineke")
        reviews.find(review, ineke, _item(review, "T03"), "meets", "", world.clock(), based_on=0)
        with pytest.raises(Invalid):
            reviews.recuse(review.application, ineke, "ja", world.clock())

        db.add(reviews.recuse(review.application, ineke, "Mijn broer werkt bij deze aanbieder.", world.clock()))

        assert review.first_by_id is None


def test_an_interest_is_declared_per_round_by_those_who_look(world, review_id, person):
    with world.database.transaction() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])

        db.add(reviews.declare_interest(round_, person(db, "ineke"), [], world.clock()))
        with pytest.raises(NotAllowed):
            reviews.declare_interest(round_, person(db, "renske"), [], world.clock())


def test_the_integrity_officer_alone_opens_and_records_and_every_read_is_kept(world, person):
    application_id = world.submitted("anna")
    world.close_round()
    with world.database.transaction() as db:
        check = db.query(IntegrityCheck).filter_by(application_id=application_id).one()
        bram, ineke = person(db, "bram"), person(db, "ineke")
        (sealed_id,) = integrity.sealed_document_ids(check)
        sealed = db.get_one(Document, sealed_id)
        with pytest.raises(NotAllowed):
            integrity.read_document(check, ineke, sealed, "Nieuwsgierig", world.clock())
        with pytest.raises(NotAllowed):
            integrity.record_outcome(check, ineke, "no_objection", None, world.clock())

        integrity.read_document(check, bram, sealed, "Eigen onderzoek", world.clock())
        integrity.record_outcome(check, bram, "no_objection", None, world.clock())

        assert [(one.read_by_id, one.purpose) for one in check.reads] == [(bram.id, "Eigen onderzoek")]
        with pytest.raises(Refused, match="staat al vast"):
            integrity.record_outcome(check, bram, "objection", None, world.clock())


def test_an_objection_refuses_everything_and_the_letter_does_not_say_why(world, judge, person):
    application_id = world.submitted("anna")
    world.close_round()
    people = world.people
    with world.database.transaction() as db:
        check = db.query(IntegrityCheck).filter_by(application_id=application_id).one()
        with pytest.raises(NotAllowed, match="beslisser"):
            integrity.record_outcome(check, person(db, "bram"), "objection", None, world.clock())
    note = "De bestuurder is veroordeeld voor fraude met zorggeld."
    integrity_script.refuse(world.stage, people["bram"], people["dina"], people["anna"], application_id, note)
    with world.database.transaction() as db:
        review = db.query(Review).one()
        judge(db, review, "ineke")

        proposed = decisions.propose(review, person(db, "ineke"), world.clock())

        assert {(one.outcome, one.reason) for one in proposed} == {("refused", decisions.INTEGRITY_REASON)}
