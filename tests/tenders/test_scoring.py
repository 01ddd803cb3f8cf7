"""Scoring: the minimum first, then hidden individual points, then joint ones; every score is kept."""

from __future__ import annotations

import pytest

from portal.cli import scoring_script
from portal.domain import scoring
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import Application, Round, User
from portal.queries import scoring as queries
from tests.tenders.conftest import POINTS

WHY = "Het aanbod is concreet en past goed bij de vraag."


@pytest.fixture
def reviewed(four):
    """Closed; Noor misses the minimum; both assessors are named."""
    four.close()
    four.review("noor")
    four.name_panel()
    return four


def _places(tender, db, who):
    application = db.get_one(Application, tender.applicants[who])
    return application, scoring.places(application)


def _score(tender, who, assessor, points, text=WHY, based_on=0, place=0):
    with tender.world.database.transaction() as db:
        application, places = _places(tender, db, who)
        user = db.get_one(User, tender.world.people[assessor])
        made = scoring.score(application, user, places[place], points, text, tender.world.clock(), based_on=based_on)
        return made.sequence


def test_before_the_minimum_is_confirmed_there_is_nothing_to_score(four):
    four.close()
    four.name_panel()
    with four.world.database.reading() as db:
        assert _places(four, db, "anna")[1] == []

    four.review("noor")
    with four.world.database.reading() as db:
        assert [one.key for one in _places(four, db, "anna")[1]] == ["G1-1", "G2-1"]
        assert _places(four, db, "noor")[1] == []


def test_who_misses_the_minimum_cannot_be_scored_even_when_one_tries(reviewed):
    with reviewed.world.database.transaction() as db:
        noor = db.get_one(Application, reviewed.applicants["noor"])
        karim_places = _places(reviewed, db, "karim")[1]
        fatma = db.get_one(User, reviewed.world.people["fatma"])
        with pytest.raises(Refused, match="minimum"):
            scoring.score(noor, fatma, karim_places[0], 7, WHY, reviewed.world.clock(), based_on=0)
    assert _score(reviewed, "karim", "fatma", 7) == 1


@pytest.mark.parametrize("points", [None, 5, -1, 11])
def test_points_come_from_the_published_scale(reviewed, points):
    with pytest.raises(Invalid) as refusal:
        _score(reviewed, "anna", "fatma", points)
    assert set(refusal.value.problems) == {"points"}
    assert _score(reviewed, "anna", "fatma", 10) == 1


def test_a_score_needs_thirty_characters_of_reasons(reviewed):
    with pytest.raises(Invalid) as refusal:
        _score(reviewed, "anna", "fatma", 7, "x" * 29)
    assert set(refusal.value.problems) == {"justification"}
    assert _score(reviewed, "anna", "fatma", 7, "x" * 30) == 1


def test_every_score_is_kept_and_the_last_one_counts(reviewed):
    assert _score(reviewed, "anna", "fatma", 7) == 1
    assert _score(reviewed, "anna", "fatma", 7) == 1
    with pytest.raises(Stale):
        _score(reviewed, "anna", "fatma", 4)
    assert _score(reviewed, "anna", "fatma", 4, based_on=1) == 2

    with reviewed.world.database.reading() as db:
        application, places = _places(reviewed, db, "anna")
        fatma = db.get_one(User, reviewed.world.people["fatma"])
        assert [one.points for one in scoring.own_scores(application, places[0], fatma.id)] == [7, 4]
        assert [one.points for one in scoring.visible_scores(application, places[0], fatma)] == [4]


def test_only_a_named_assessor_scores(reviewed):
    for who in ("ineke", "renske"):
        with pytest.raises(NotAllowed):
            _score(reviewed, "anna", who, 7)
    with pytest.raises(NotFound):
        _score(reviewed, "anna", "olga", 7)
    with reviewed.world.database.transaction() as db:
        round_ = db.get_one(Round, reviewed.round_id)
        gert = scoring.member(round_, db.get_one(User, reviewed.world.people["gert"]))
        chair = db.get_one(User, reviewed.world.people["renske"])
        with pytest.raises(Invalid):
            scoring.dismiss(gert, chair, "ziek", reviewed.world.clock())
        scoring.dismiss(gert, chair, "Is langdurig ziek.", reviewed.world.clock())
    with pytest.raises(NotAllowed):
        _score(reviewed, "anna", "gert", 7)


def test_scores_stay_hidden_until_everybody_has_handed_in(reviewed):
    def seen(viewer):
        with reviewed.world.database.reading() as db:
            application, places = _places(reviewed, db, "anna")
            user = db.get_one(User, reviewed.world.people[viewer])
            return {one.assessor.name for one in scoring.visible_scores(application, places[0], user)}

    stage, chance = reviewed.world.stage, reviewed.chance
    scoring_script.score_all(stage, reviewed.round_id, reviewed.world.people["fatma"], chance)
    assert (seen("fatma"), seen("gert"), seen("renske")) == ({"Fatma Yilmaz"}, set(), set())

    scoring_script.score_all(stage, reviewed.round_id, reviewed.world.people["gert"], chance)
    both = {"Fatma Yilmaz", "Gert Smit"}
    assert (seen("fatma"), seen("gert"), seen("renske")) == (both, both, both)


def test_one_hands_in_when_everything_is_scored_and_then_nothing_changes(reviewed):
    with reviewed.world.database.transaction() as db:
        round_, fatma = db.get_one(Round, reviewed.round_id), db.get_one(User, reviewed.world.people["fatma"])
        found = queries.offers(db, reviewed.round_id, fatma.id)
        with pytest.raises(Refused, match="nog 8 scores"):
            scoring.hand_in(scoring.member(round_, fatma), fatma, found, 0, reviewed.world.clock())
        with pytest.raises(Refused, match="minimum"):
            scoring.hand_in(scoring.member(round_, fatma), fatma, found, 1, reviewed.world.clock())
        db.rollback()
    scoring_script.score_all(reviewed.world.stage, reviewed.round_id, reviewed.world.people["fatma"], reviewed.chance)

    with pytest.raises(Refused, match="ingeleverd"):
        _score(reviewed, "anna", "fatma", 0, based_on=1)


def test_the_joint_score_waits_for_everybody(reviewed):
    with reviewed.world.database.transaction() as db:
        application, places = _places(reviewed, db, "anna")
        chair = db.get_one(User, reviewed.world.people["renske"])
        with pytest.raises(Refused, match="ingeleverd"):
            scoring.agree(application, chair, places[0], 7, WHY, reviewed.world.clock())
    for who in ("fatma", "gert"):
        scoring_script.score_all(reviewed.world.stage, reviewed.round_id, reviewed.world.people[who], reviewed.chance)
    with reviewed.world.database.transaction() as db:
        application, places = _places(reviewed, db, "anna")
        chair = db.get_one(User, reviewed.world.people["renske"])
        now = reviewed.world.clock()
        with pytest.raises(Invalid):
            scoring.agree(application, chair, places[0], 6, WHY, now)
        with pytest.raises(NotAllowed):
            scoring.agree(application, db.get_one(User, reviewed.world.people["fatma"]), places[0], 7, WHY, now)
        made = scoring.agree(application, chair, places[0], 7, WHY, now)
        assert scoring.agree(application, chair, places[0], 7, WHY, now) is made
        with pytest.raises(Stale):
            scoring.agree(application, chair, places[0], 4, WHY, now)


def test_a_joint_score_is_reopened_with_a_reason_and_both_are_kept(four):
    four.scored(POINTS)
    with four.world.database.transaction() as db:
        application, places = _places(four, db, "anna")
        chair, now = db.get_one(User, four.world.people["renske"]), four.world.clock()
        with pytest.raises(Invalid):
            scoring.reopen(application, chair, places[0], "fout", now)
        scoring.reopen(application, chair, places[0], "Wij lazen een bijlage niet.", now)
        assert scoring.consensus_at(application, places[0]) is None
        scoring.agree(application, chair, places[0], 7, WHY, now)
    with four.world.database.reading() as db:
        application, places = _places(four, db, "anna")
        assert [
            (one.sequence, one.points, one.reopen_reason) for one in scoring.history_at(application, places[0])
        ] == [
            (1, 10, "Wij lazen een bijlage niet."),
            (2, 7, ""),
        ]


def test_with_too_few_assessors_without_an_interest_there_is_no_joint_score(reviewed):
    from portal.domain import reviews

    with reviewed.world.database.transaction() as db:
        application = db.get_one(Application, reviewed.applicants["anna"])
        gert = db.get_one(User, reviewed.world.people["gert"])
        db.add(reviews.recuse(application, gert, "Mijn zus werkt daar.", reviewed.world.clock()))
    for who in ("fatma", "gert"):
        scoring_script.score_all(reviewed.world.stage, reviewed.round_id, reviewed.world.people[who], reviewed.chance)
    with reviewed.world.database.transaction() as db:
        gert = db.get_one(User, reviewed.world.people["gert"])
        assert queries.offer(db, reviewed.applicants["anna"], gert.id) is None
        application, places = _places(reviewed, db, "anna")
        chair = db.get_one(User, reviewed.world.people["renske"])
        with pytest.raises(Refused, match="extra beoordelaar"):
            scoring.agree(application, chair, places[0], 7, WHY, reviewed.world.clock())
        other, places = _places(reviewed, db, "karim")
        assert scoring.agree(other, chair, places[0], 7, WHY, reviewed.world.clock()).points == 7
