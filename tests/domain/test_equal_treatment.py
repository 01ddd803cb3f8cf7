"""Equal treatment: the same defect handled otherwise is explained, by somebody, before anything goes out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DatabaseError

from portal.domain import decisions, equal_treatment, integrity, remedies, reviews
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import IntegrityCheck, Review, Round, TreatmentExplanation, User
from tests import deciding, remedying

WHY = "Het certificaat is verlopen op 1 mei 2019."
BECAUSE = "De een stuurde een verlengd certificaat mee, de ander niets."


@pytest.fixture
def two(world) -> list[str]:
    """The reviews of De Linde and Het Erf in one closed round."""
    ids = [world.submitted(who) for who in ("anna", "karim")]
    world.close_round()
    with world.database.transaction() as db:
        bram = db.get_one(User, world.people["bram"])
        for check in db.scalars(select(IntegrityCheck)):
            integrity.record_outcome(check, bram, "no_objection", None, world.clock())
        return [db.scalars(select(Review.id).where(Review.application_id == one)).one() for one in ids]


@pytest.fixture
def find(world):
    """`find(db, review_id, "ineke", "fails", "expired")`: a verdict at T03."""

    def act(db, review_id, who, verdict, defect, *, reason=WHY, key="T03"):
        review = db.get_one(Review, review_id)
        item = next(one for one in reviews.items(review) if one.key == key)
        based_on = item.finding.sequence if item.finding else 0
        actor = db.get_one(User, world.people[who])
        return reviews.find(
            review, actor, item, verdict, reason, world.clock(), based_on=based_on, defect=defect
        )  # fmt: skip

    return act


@pytest.fixture
def round_of(world):
    return lambda db: db.get_one(Round, world.rounds["2020-1"])


def _explain(db, round_, person, reason=BECAUSE, who="renske", world=None):
    (difference,) = equal_treatment.differences(round_)
    return equal_treatment.explain(
        round_, difference, person(db, who), reason, world.clock(), seen=difference.seen
    )  # fmt: skip


def test_the_same_defect_with_another_verdict_is_a_difference(world, two, find, round_of):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "remedy", "too_old")
        assert equal_treatment.differences(round_of(db)) == []

        find(db, two[1], "joris", "remedy", "expired")

        (difference,) = equal_treatment.differences(round_of(db))
        assert {one.verdict for one in difference.handled} == {"fails", "remedy"}
        with pytest.raises(Refused, match="1 keer"):
            equal_treatment.require_explained(round_of(db))


def test_alike_is_no_difference_and_neither_is_another_requirement(world, two, find, round_of):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "fails", "expired", reason="Dit stuk is al een jaar niet meer geldig.")
        find(db, two[1], "joris", "remedy", "expired", key="T05")

        assert equal_treatment.differences(round_of(db)) == []
        equal_treatment.require_explained(round_of(db))


def test_a_defect_that_somebody_let_pass_counts_and_needs_its_reason(world, two, find, round_of):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        with pytest.raises(Invalid, match="aanvaardt"):
            find(db, two[1], "joris", "meets", "expired", reason="")
        find(db, two[1], "joris", "meets", "expired", reason="Drie dagen te laat en al verlengd.")

        assert len(equal_treatment.differences(round_of(db))) == 1


def test_met_as_published_and_met_by_something_equivalent_are_alike(world, two, find, round_of):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "meets", "expired")
        find(db, two[1], "joris", "equivalent", "expired")

        assert equal_treatment.differences(round_of(db)) == []


def test_other_is_the_same_when_the_words_are(world, two, find, round_of):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "other")
        find(db, two[1], "joris", "remedy", "other", reason="De handtekening staat op een ander stuk.")
        assert equal_treatment.differences(round_of(db)) == []

        find(db, two[1], "joris", "remedy", "other")

        assert len(equal_treatment.differences(round_of(db))) == 1


def test_a_refusal_names_its_defect(world, two, find):
    with world.database.transaction() as db:
        for wrong in ("", "made_up"):
            with pytest.raises(Invalid) as refusal:
                find(db, two[0], "ineke", "fails", wrong)
            assert list(refusal.value.problems) == ["defect"]

        assert find(db, two[0], "ineke", "fails", None).defect == "other"
        assert find(db, two[0], "ineke", "meets", "", reason="").defect == ""


def test_refused_after_remedy_is_no_difference_with_who_is_asked_remedy(world, two, find, judge, round_of, person):
    with world.database.transaction() as db:
        review = db.get_one(Review, two[0])
        find(db, two[0], "ineke", "remedy", "expired")
        remedy = remedying.ask(review, person(db, "ineke"), world.clock())
        reviews.expire_remedy(remedy, world.clock() + timedelta(days=30))

        after = find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "remedy", "expired")

        assert after.after_remedy
        assert equal_treatment.differences(round_of(db)) == []


def test_what_lay_there_is_kept_with_the_verdict(world, two, find):
    with world.database.transaction() as db:
        assert find(db, two[0], "ineke", "fails", "expired").evidence_kinds == ["hkz_certificate"]


# --- explaining ---


def test_explained_it_may_go_out(world, two, find, round_of, person):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "remedy", "expired")
        round_ = round_of(db)

        with pytest.raises(Invalid, match="10 tekens"):
            _explain(db, round_, person, "kort", world=world)
        told = _explain(db, round_, person, world=world)
        again = _explain(db, round_, person, world=world)

        assert told is again
        assert (told.explained_by_id, told.reason) == (person(db, "renske").id, BECAUSE)
        equal_treatment.require_explained(round_)


def test_a_verdict_that_comes_later_asks_for_another_explanation(world, two, find, round_of, person):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "remedy", "expired")
        round_ = round_of(db)
        seen = equal_treatment.differences(round_)[0]
        _explain(db, round_, person, world=world)

        find(db, two[1], "joris", "meets", "expired")

        (now,) = equal_treatment.differences(round_)
        assert not now.is_explained
        with pytest.raises(Stale):
            equal_treatment.explain(
                round_, now, person(db, "renske"), "Een heel andere uitleg.", world.clock(), seen=seen.seen
            )
        _explain(db, round_, person, "Het certificaat bleek op tijd verlengd.", world=world)
        assert [len(one.explanations) for one in equal_treatment.differences(round_)] == [2]
        equal_treatment.require_explained(round_)


def test_treated_alike_after_all_nothing_needs_explaining(world, two, find, round_of):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "remedy", "expired")

        find(db, two[1], "joris", "fails", "expired")

        equal_treatment.require_explained(round_of(db))


def test_an_applicant_and_another_authority_explain_nothing(world, two, find, round_of, person):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "remedy", "expired")

        for who in ("anna", "olga"):
            with pytest.raises(NotFound):
                _explain(db, round_of(db), person, who=who, world=world)
        assert _explain(db, round_of(db), person, who="joris", world=world).reason == BECAUSE


def test_an_explanation_is_never_changed_or_taken_away(world, two, find, round_of, person):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "remedy", "expired")
        _explain(db, round_of(db), person, world=world)

    for change in (
        "UPDATE treatment_explanations SET reason = 'Toch iets anders.'",
        "DELETE FROM treatment_explanations",
    ):
        with world.database.transaction() as db:
            with pytest.raises(DatabaseError, match="stays"):
                db.execute(text(change))
            db.rollback()
    with world.database.reading() as db:
        assert db.scalars(select(TreatmentExplanation.reason)).one() == BECAUSE


# --- what waits for it ---


def test_neither_a_decision_nor_a_remedy_goes_out_before_it_is_explained(world, two, find, judge, round_of, person):
    with world.database.transaction() as db:
        first, second, round_ = db.get_one(Review, two[0]), db.get_one(Review, two[1]), round_of(db)
        judge(db, first, "ineke")
        find(db, two[0], "ineke", "fails", "expired")
        decisions.propose(first, person(db, "ineke"), world.clock())
        decisions.confirm(first, person(db, "joris"), world.clock())
        find(db, two[1], "joris", "remedy", "expired")
        draft = remedies.prepare(second, person(db, "joris"), world.clock())
        renske = person(db, "renske")

        with pytest.raises(Refused, match="niet overal gelijk"):
            deciding.tell(db, world, first.application)
        with pytest.raises(Refused, match="niet overal gelijk"):
            remedies.release(round_, [draft], renske, world.clock())

        _explain(db, round_, person, world=world)
        assert deciding.tell(db, world, first.application, "B-1").number == "B-1"
        assert remedies.release(round_, [draft], renske, world.clock())


def test_it_costs_two_statements_however_much_there_is(world, two, find, round_of, person):
    with world.database.transaction() as db:
        for key in ("T03", "T05", "T06"):
            find(db, two[0], "ineke", "fails", "expired", key=key)
            find(db, two[1], "joris", "remedy", "expired", key=key)
        round_ = round_of(db)
        db.flush()
        sent: list[str] = []
        engine = world.database.engine
        event.listen(engine, "before_cursor_execute", lambda *more: sent.append(more[2]))

        assert len(equal_treatment.differences(round_)) == 3

        assert len([one for one in sent if one.startswith(("SELECT", "WITH"))]) == 2


def test_how_an_earlier_round_did_it_counts_and_a_later_one_does_not(world, two, find, round_of, person):
    with world.database.transaction() as db:
        find(db, two[0], "ineke", "fails", "expired")
        find(db, two[1], "joris", "remedy", "expired")
        later = db.get_one(Round, world.rounds["2020-2"])
        db.get_one(Review, two[1]).application.round_id = later.id
        db.flush()

        assert equal_treatment.differences(round_of(db)) == []
        assert len(equal_treatment.differences(later)) == 1
        db.rollback()
