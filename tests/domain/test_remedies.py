"""Remedy: prepared by one, sent by another, for everybody on the same terms, and never where it was excluded."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.domain import remedies, remedy_rules, reviews
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import Application, AuditEvent, Message, RemedyDraft, RemedyRequest, Review, Round, User, UserRole
from tests import remedying

ASK = "Stuur het certificaat met een einddatum na 1 oktober."


@pytest.fixture
def two(world) -> list[str]:
    """The reviews of De Linde and Het Erf in one closed round."""
    ids = [world.submitted(who) for who in ("anna", "karim")]
    world.close_round()
    with world.database.reading() as db:
        return [db.scalars(select(Review.id).where(Review.application_id == one)).one() for one in ids]


def _prepared(db, world, review_id, judge, places=("T03",)) -> RemedyDraft:
    review, ineke = db.get_one(Review, review_id), db.get_one(User, world.people["ineke"])
    judge(db, review, "ineke", dict.fromkeys(places, ("remedy", ASK)))
    return remedies.prepare(review, ineke, world.clock())


def test_what_is_prepared_is_known_to_nobody_outside(world, review_id, judge):
    with world.database.transaction() as db:
        draft = _prepared(db, world, review_id, judge)

        assert draft.questions == {"T03": {"text": ASK, "finding": draft.questions["T03"]["finding"]}}
        assert draft.review.state == "started"
        assert list(db.scalars(select(RemedyRequest))) == []
        assert list(db.scalars(select(Message).where(Message.template == "remedy_asked"))) == []


def test_sent_together_means_the_same_last_day_for_all(world, two, judge, person):
    with world.database.transaction() as db:
        drafts = [_prepared(db, world, one, judge) for one in two]
        renske, round_ = person(db, "renske"), db.get_one(Round, world.rounds["2020-1"])

        sent = remedies.release(round_, drafts, renske, world.clock())

        assert {one.due_at.isoformat() for one in sent} == {"2019-10-08T22:00:00+00:00"}
        assert len({one.requested_at for one in sent}) == 1
        assert {(one.requested_by.name, one.released_by.name) for one in sent} == {("Ineke Bos", "Renske Vos")}
        assert [db.get_one(Review, one).state for one in two] == ["remedy", "remedy"]
    with world.database.reading() as db:
        assert list(db.scalars(select(RemedyDraft))) == []
        told = db.scalars(select(Message.to).where(Message.template == "remedy_asked"))
        assert {world.emails["anna"], world.emails["karim"]} <= set(told)


def test_one_may_be_sent_alone_and_the_other_waits(world, two, judge, person):
    with world.database.transaction() as db:
        first, _second = (_prepared(db, world, one, judge) for one in two)

        remedies.release(db.get_one(Round, world.rounds["2020-1"]), [first], person(db, "renske"), world.clock())

    with world.database.reading() as db:
        assert [one.review_id for one in db.scalars(select(RemedyDraft))] == [two[1]]


def test_when_one_of_them_no_longer_stands_none_is_sent(world, two, judge, person):
    with world.database.transaction() as db:
        drafts = [_prepared(db, world, one, judge) for one in two]
        judge(db, drafts[1].review, "ineke", {"T03": ("fails", "Dit certificaat is van een ander.")})
        round_, renske = db.get_one(Round, world.rounds["2020-1"]), person(db, "renske")

        with pytest.raises(Refused, match="veranderd sinds"):
            remedies.release(round_, drafts, renske, world.clock())
        assert list(db.scalars(select(RemedyRequest))) == []

        assert len(remedies.release(round_, drafts[:1], renske, world.clock())) == 1


def test_who_prepared_it_does_not_send_it(world, review_id, judge, person):
    with world.database.transaction() as db:
        draft, ineke = _prepared(db, world, review_id, judge), person(db, "ineke")
        round_ = draft.review.application.round
        with pytest.raises(NotAllowed, match="rol"):
            remedies.release(round_, [draft], ineke, world.clock())
        db.add(UserRole(user_id=ineke.id, role="round_manager"))
        db.flush()
        db.refresh(ineke)

        with pytest.raises(NotAllowed, match="zelf klaar"):
            remedies.release(round_, [draft], ineke, world.clock())
        assert remedies.release(round_, [draft], person(db, "renske"), world.clock())


def test_the_database_too_wants_two_people(world, review_id, judge, person):
    with world.database.transaction() as db:
        draft = _prepared(db, world, review_id, judge)
        remedies.release(draft.review.application.round, [draft], person(db, "renske"), world.clock())
        db.flush()

        with pytest.raises(IntegrityError):
            db.execute(text("UPDATE remedy_requests SET released_by_id = requested_by_id"))
        db.rollback()


def test_nothing_chosen_sends_nothing_and_a_draft_of_another_round_is_not_found(world, review_id, judge, person):
    with world.database.transaction() as db:
        draft, renske = _prepared(db, world, review_id, judge), person(db, "renske")

        with pytest.raises(Refused, match="minstens één"):
            remedies.release(draft.review.application.round, [], renske, world.clock())
        with pytest.raises(NotFound):
            remedies.release(db.get_one(Round, world.rounds["2020-2"]), [draft], renske, world.clock())


def test_a_question_is_rewritten_before_it_is_sent_and_the_verdict_stands(world, review_id, judge, person):
    better = "Stuur een certificaat dat op 1 januari 2020 nog geldt."
    with world.database.transaction() as db:
        draft, ineke = _prepared(db, world, review_id, judge), person(db, "ineke")

        with pytest.raises(Invalid):
            remedies.rewrite(draft, ineke, {"T03": "kort"}, world.clock(), based_on=1)
        remedies.rewrite(draft, ineke, {"T03": better}, world.clock(), based_on=1)
        with pytest.raises(Stale, match="Ineke Bos"):
            remedies.rewrite(draft, ineke, {"T03": "Stuur iets heel anders op."}, world.clock(), based_on=1)
        with pytest.raises(NotFound):
            remedies.rewrite(draft, ineke, {"T05": better}, world.clock(), based_on=2)

        sent = remedies.release(draft.review.application.round, [draft], person(db, "renske"), world.clock())
        assert [item.question for item in sent[0].items] == [better]
        assert reviews.latest(sent[0].review)[sent[0].items[0].spot].reason == ASK


def test_taken_back_it_can_be_prepared_anew_with_the_verdicts_of_then(world, review_id, judge, person):
    with world.database.transaction() as db:
        draft, ineke = _prepared(db, world, review_id, judge), person(db, "ineke")
        review = draft.review

        remedies.withdraw(review, ineke, world.clock())
        remedies.withdraw(review, ineke, world.clock())
        judge(db, review, "ineke", {"T05": ("remedy", ASK)})

        assert list(remedies.prepare(review, ineke, world.clock()).questions) == ["T05"]
        acts = db.scalars(
            select(AuditEvent.act).where(AuditEvent.subject_id == review.id, AuditEvent.act.like("%_remedy"))
        )
        assert sorted(acts) == ["prepare_remedy", "prepare_remedy", "withdraw_remedy"]


def test_prepared_again_it_follows_the_new_verdicts_and_keeps_what_was_rewritten(world, review_id, judge, person):
    with world.database.transaction() as db:
        draft, ineke = _prepared(db, world, review_id, judge, ("T03", "T05")), person(db, "ineke")
        remedies.rewrite(draft, ineke, {"T03": "Stuur een nieuw certificaat."}, world.clock(), based_on=1)
        review = draft.review
        item = next(one for one in reviews.items(review) if one.key == "T05")
        reviews.find(review, ineke, item, "meets", "", world.clock(), based_on=item.finding.sequence)

        assert not remedies.is_current(draft)
        again = remedies.prepare(review, ineke, world.clock())

        assert {key: one["text"] for key, one in again.questions.items()} == {"T03": "Stuur een nieuw certificaat."}
        assert remedies.is_current(again)


def test_an_interest_found_out_later_takes_the_request_of_that_inkoper_back(world, review_id, judge, person):
    with world.database.transaction() as db:
        draft = _prepared(db, world, review_id, judge)
        reviews.recuse(draft.review.application, person(db, "ineke"), "Mijn broer werkt hier.", world.clock())

    with world.database.reading() as db:
        assert list(db.scalars(select(RemedyDraft))) == []


# --- where it cannot ---


def _requirement(db, review_id, key):
    return next(one for one in reviews.items(db.get_one(Review, review_id)) if one.key == key)


def test_a_published_exclusion_is_the_reason_that_no_remedy_is_asked(world, review_id, judge, person):
    why = "Voor dit certificaat is herstel uitgesloten (paragraaf 3.2)."
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, review_id), person(db, "ineke")
        item = _requirement(db, review_id, "T03")
        item.requirement.settings = {**item.requirement.settings, "remedy_excluded": why}

        with pytest.raises(Invalid) as refusal:
            reviews.find(review, ineke, item, "remedy", ASK, world.clock(), based_on=0)

        assert refusal.value.problems == {"verdict": why}
        assert reviews.find(review, ineke, item, "fails", ASK, world.clock(), based_on=0).verdict == "fails"


def test_an_exclusion_that_came_after_the_verdict_stops_the_request(world, review_id, judge, person):
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, review_id), person(db, "ineke")
        judge(db, review, "ineke", {"T03": ("remedy", ASK)})
        requirement = _requirement(db, review_id, "T03").requirement
        requirement.settings = {**requirement.settings, "remedy_excluded": "Herstel is hier uitgesloten."}

        with pytest.raises(Refused, match="T03"):
            remedies.prepare(review, ineke, world.clock())


def test_a_whole_procedure_without_remedy_says_so_in_its_own_words(world, review_id, person):
    with world.database.transaction() as db:
        round_ = db.get_one(Review, review_id).application.round
        requirement = _requirement(db, review_id, "T03").requirement
        assert remedy_rules.why_not(requirement, round_) == ""

        for words, told in (("", "kent geen herstel"), ("Wij beslissen in één keer.", "in één keer")):
            terms = {**round_.terms, "remedy_rounds": 0, "remedy_excluded": words}
            round_.procedure.settings = {**round_.procedure.settings, "terms": terms}
            assert told in remedy_rules.why_not(requirement, round_)


def test_in_a_tender_an_answer_that_is_offered_is_never_mended_and_a_paper_may_be(world, review_id):
    with world.database.transaction() as db:
        round_ = db.get_one(Review, review_id).application.round
        requirement = _requirement(db, review_id, "T03").requirement
        requirement.kind, requirement.type = "minimum", "number"
        assert remedy_rules.why_not(requirement, round_) == ""

        round_.procedure.kind = "tender"

        assert "deel van het aanbod" in remedy_rules.why_not(requirement, round_)
        requirement.type = "certificate"
        assert remedy_rules.why_not(requirement, round_) == ""
        requirement.kind, requirement.type = "suitability", "number"
        assert remedy_rules.why_not(requirement, round_) == ""
        db.rollback()


def test_the_applicant_and_another_authority_prepare_nothing(world, review_id, judge, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke", {"T03": ("remedy", ASK)})

        for who in ("anna", "olga"):
            with pytest.raises(NotFound):
                remedies.prepare(review, person(db, who), world.clock())
        assert remedying.ask(review, person(db, "ineke"), world.clock()).items
        assert db.get_one(Application, review.application_id).review.state == "remedy"
