"""A second reviewer who is blind at first, what the two find together, and a shadow without effect."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.cli import cast, script
from portal.domain import decisions, reviewers, reviews, side_reviews
from portal.models import (
    Decision,
    Finding,
    JointVerdict,
    Procedure,
    Review,
    ShadowReviewer,
    SideReview,
    SideVerdict,
    User,
)
from tests.web.test_review import LINDE, _no_objection, _row

SECRET = "Het stuk bij T06 is niet volledig."
TOGETHER = "Bladzijde twee noemt de termijn toch."
LATER = "Bij nader inzien ontbreekt de termijn."


def _ask(closed, mode):
    """The procedure asks this of the second reviewer."""
    with closed.world.database.transaction() as db:
        procedure = db.get_one(Procedure, closed.world.procedure_id)
        terms = {**procedure.settings["terms"], "second_reviewer": mode}
        procedure.settings = {**procedure.settings, "terms": terms}


def _third(closed):
    """Another inkoper of this authority."""
    world = closed.world
    world.people["kees"] = cast.official(
        world.stage, world.authority_id, "Kees Mol", "kees@meierij.example", ["inkoper"]
    )
    world.emails["kees"] = "kees@meierij.example"
    closed.declare("kees")
    return closed.browser("kees")


def _give(closed, who, verdicts=None, *, finish=True):
    """Own verdicts at every place, and the end of them."""
    with closed.world.database.transaction() as db:
        review, user = db.get_one(Review, closed.review), db.get_one(User, closed.world.people[who])
        for item in reviews.items(review):
            verdict = (verdicts or {}).get(item.key, "meets")
            reason = "" if verdict == "meets" else f"Bij {item.key} mis ik het bewijs."
            side_reviews.give(review, user, item, verdict, reason, closed.world.clock())
        if finish:
            side_reviews.finish(review, user, closed.world.clock())


def _proposed(closed, mode="refusals", verdicts=None):
    closed.declare("ineke", "joris")
    _ask(closed, mode)
    closed.judge("ineke", {"T06": "fails"} if verdicts is None else verdicts)
    _no_objection(closed)
    first = closed.browser("ineke")
    assert first.post(f"/beoordelen/{closed.review}/voorstel").status_code == 303
    return first, closed.browser("joris")


def test_who_is_second_is_blind_where_the_procedure_says_so(closed):
    _proposed(closed, "confirms")
    with closed.world.database.writing() as db:
        review, joris = db.get_one(Review, closed.review), db.get_one(User, closed.world.people["joris"])
        ineke, settings = db.get_one(User, closed.world.people["ineke"]), review.application.round.procedure.settings
        found = {}
        for outcome in ("refused", "admitted"):
            for one in review.application.decisions:
                one.outcome = outcome
            for mode in ("confirms", "refusals", "all"):
                procedure = review.application.round.procedure
                procedure.settings = {**settings, "terms": {**settings["terms"], "second_reviewer": mode}}
                found[outcome, mode] = reviewers.is_blind(review, joris)
                assert not reviewers.is_blind(review, ineke)
        db.rollback()

    assert [one for one, is_blind in found.items() if is_blind] == [
        ("refused", "refusals"), ("refused", "all"), ("admitted", "all")
    ]  # fmt: skip


@pytest.mark.parametrize(("then", "now", "sees"), [("all", "confirms", False), ("confirms", "all", True)])
def test_lists_too_follow_the_terms_of_the_edition_of_the_round(closed, then, now, sees):
    _, second = _proposed(closed, now)
    with closed.world.database.transaction() as db:
        procedure = db.get_one(Procedure, closed.world.procedure_id)
        (first,) = procedure.editions
        first.settings = {**procedure.settings, "terms": {**procedure.settings["terms"], "second_reviewer": then}}
        procedure.edition = 2
        for rows in (procedure.requirements, procedure.lots, *(lot.products for lot in procedure.lots)):
            for one in rows:
                one.until_edition = 2
    with closed.world.database.reading() as db:
        round_ = db.get_one(Review, closed.review).application.round
        assert (round_.edition, reviewers.mode(round_)) == (1, then)

    assert (SECRET in second.get("/beoordelen.csv").text) is sees


def test_without_a_refusal_the_second_reads_and_confirms(closed):
    _, second = _proposed(closed, "refusals", {})

    assert second.post(f"/beoordelen/{closed.review}/vaststellen").status_code == 303


def test_before_every_own_verdict_is_given_the_second_sees_nothing_of_the_first(closed):
    _, second = _proposed(closed)
    third = _third(closed)
    _give(closed, "joris", finish=False)

    seen = [
        (who, path, page.get(path).text)
        for who, page in (("second", second), ("third", third))
        for path in (f"/beoordelen/{closed.review}?eis=T06", "/beoordelen.csv")
    ]
    back = second.post(f"/beoordelen/{closed.review}/teruggeven", {"reason": "Kijk nog eens naar T06."})
    another = third.post(f"/beoordelen/{closed.review}/eigen/T06", {"verdict": "meets"})

    assert [(who, path) for who, path, text in seen if SECRET in text] == []
    assert (back.status_code, another.status_code) == (409, 409)
    assert "U bent de tweede inkoper" in second.get(f"/beoordelen/{closed.review}").text
    second.post(f"/beoordelen/{closed.review}/eigen")
    assert SECRET in second.get(f"/beoordelen/{closed.review}?eis=T06").text
    assert SECRET in second.get("/beoordelen.csv").text
    assert SECRET not in third.get(f"/beoordelen/{closed.review}?eis=T06").text


def test_neither_is_it_told_as_what_happened_to_another_nor_as_a_difference(closed):
    _, second = _proposed(closed)
    form = {"verdict": "fails", "defect": "incomplete", "reason": "Bladzijde twee ontbreekt hier.", "based_on": "0"}
    second.post(f"/beoordelen/{closed.other_review}/oordeel/T06", form)
    round_ = f"/rondes/{closed.round}/gelijke-behandeling"
    paths = (f"/beoordelen/{closed.other_review}?eis=T06", round_, f"{round_}.csv")

    before = [path for path in paths if SECRET in second.get(path).text]
    _give(closed, "joris")
    after = second.get(paths[0]).text

    assert before == []
    assert SECRET in after


def test_nor_does_it_stand_among_the_remedies_of_the_round(closed):
    closed.declare("ineke", "joris")
    _ask(closed, "all")
    closed.judge("ineke", {"T06": "remedy"})
    script.prepare_remedy(closed.world.stage, closed.world.people["ineke"], closed.application)
    register = f"/rondes/{closed.round}/herstel"
    prepared = [closed.browser(who).get(register).text for who in ("ineke", "joris", "renske")]
    remedy = script.ask_remedy(closed.world.stage, closed.world.people["ineke"], closed.application)
    script.answer_remedy(closed.world.stage, closed.world.people["anna"], remedy, "Dit is de hele regeling.")
    closed.judge("ineke", {"T06": "fails"})

    assert [SECRET in page for page in prepared] == [True, False, True]
    outcomes = [list(csv.reader(io.StringIO(closed.browser(who).get(f"{register}.csv").text), delimiter=";"))[1][-1]
                for who in ("ineke", "joris")]  # fmt: skip
    assert outcomes == ["Voldoet niet", "Nog te beoordelen"]


def test_the_own_verdict_is_given_on_the_same_page_and_not_finished_before_all_are_there(closed):
    _, second = _proposed(closed)
    path = f"/beoordelen/{closed.review}/eigen"

    empty = second.post(f"{path}/T06", {"verdict": "fails", "reason": "  "})
    given = [second.post(f"{path}/T06", {"verdict": "fails", "reason": "De termijn ontbreekt."}) for _ in range(2)]
    early = second.post(path)

    assert [one.status_code for one in (empty, *given, early)] == [422, 303, 303, 409]
    assert "zonder uw eigen oordeel" in early.text
    with closed.world.database.reading() as db:
        assert [one.reason for one in db.scalars(select(SideVerdict))] == ["De termijn ontbreekt."]
        assert "De termijn ontbreekt." not in {one.reason for one in db.scalars(select(Finding))}
    page = second.get(f"/beoordelen/{closed.review}?eis=T06").text
    assert ">\nDe termijn ontbreekt.</textarea>" in page


def test_where_the_two_differ_they_find_a_verdict_together_that_names_both(closed):
    first, second = _proposed(closed)
    _give(closed, "joris")
    page = second.get(f"/beoordelen/{closed.review}").text
    path = f"/beoordelen/{closed.review}"

    early = second.post(f"{path}/vaststellen")
    silent = second.post(f"{path}/samen/T06", {"verdict": "meets", "reason": " "})
    elsewhere = second.post(f"{path}/samen/T07", {"verdict": "meets", "reason": TOGETHER})
    proposed = second.post(f"{path}/samen/T06", {"verdict": "meets", "reason": TOGETHER})
    with closed.world.database.reading() as db:
        joint = db.scalars(select(JointVerdict)).one().id
    alone = second.post(f"{path}/samen/{joint}/akkoord")
    agreed = [first.post(f"{path}/samen/{joint}/akkoord").status_code for _ in range(2)]

    assert "Bij 1 eis verschilt u" in page
    assert [one.status_code for one in (early, silent, elsewhere, proposed, alone)] == [409, 422, 409, 303, 403]
    assert agreed == [303, 303]
    with closed.world.database.reading() as db:
        finding = db.scalars(select(Finding).order_by(Finding.sequence.desc())).first()
        assert (finding.verdict, finding.reason) == ("meets", TOGETHER)
        assert {finding.found_by.name, finding.agreed_by.name} == {"Ineke Bos", "Joris van Dam"}
        assert len(db.scalars(select(Finding).where(Finding.reason == TOGETHER)).all()) == 1
        assert {one.outcome for one in db.scalars(select(Decision))} == {"admitted"}
    assert "Joris van Dam en Ineke Bos samen" in re.sub(r"\s+", " ", first.get(f"{path}?eis=T06").text)
    assert second.post(f"{path}/vaststellen").status_code == 303


def test_a_second_proposal_withdraws_the_first_and_nobody_agrees_to_what_was_withdrawn(closed):
    first, second = _proposed(closed)
    _give(closed, "joris")
    path = f"/beoordelen/{closed.review}/samen"
    second.post(f"{path}/T06", {"verdict": "meets", "reason": TOGETHER})
    with closed.world.database.reading() as db:
        old = db.scalars(select(JointVerdict)).one().id

    second.post(f"{path}/T06", {"verdict": "fails", "reason": LATER})

    assert first.post(f"{path}/{old}/akkoord").status_code == 409
    with closed.world.database.reading() as db:
        assert [one.reason for one in db.scalars(select(JointVerdict)) if one.is_open] == [LATER]
        assert db.scalars(select(Finding).where(Finding.reason == TOGETHER)).all() == []


def test_what_lay_open_between_two_ends_when_one_of_them_goes_or_the_proposal_goes_back(closed):
    first, second = _proposed(closed)
    third = _third(closed)
    _give(closed, "joris")
    path = f"/beoordelen/{closed.review}"

    def lies_open():
        with closed.world.database.reading() as db:
            return [one.id for one in db.scalars(select(JointVerdict)) if one.is_open]

    second.post(f"{path}/samen/T06", {"verdict": "meets", "reason": TOGETHER})
    (before,) = lies_open()
    assert second.post(f"{path}/teruggeven", {"reason": "Kijk nog eens naar T06."}).status_code == 303
    closed.judge("ineke", {"T06": "fails"})
    first.post(f"{path}/voorstel")
    assert first.post(f"{path}/samen/{before}/akkoord").status_code == 409, "about a verdict that stands no more"

    second.post(f"{path}/samen/T06", {"verdict": "meets", "reason": TOGETHER})
    (before,) = lies_open()
    second.post(f"{path}/belang", {"reason": "Mijn buurman werkt daar sinds kort."})
    _give(closed, "kees")
    for browser in (first, third):
        assert browser.post(f"{path}/samen/{before}/akkoord").status_code == 409, "of somebody with an interest"
    assert lies_open() == []


def test_who_comes_in_the_place_of_the_first_cannot_agree_anew_to_what_the_two_agreed_to(closed):
    first, heir = _proposed(closed)
    second = _third(closed)
    _give(closed, "kees")
    path = f"/beoordelen/{closed.review}"
    first.post(f"{path}/samen/T06", {"verdict": "meets", "reason": TOGETHER})
    with closed.world.database.reading() as db:
        joint = db.scalars(select(JointVerdict)).one().id
    assert second.post(f"{path}/samen/{joint}/akkoord").status_code == 303
    first.post(f"{path}/belang", {"reason": "Mijn buurman werkt daar sinds kort."})
    assert heir.post(f"{path}/voorstel").status_code == 303

    again = heir.post(f"{path}/samen/{joint}/akkoord")

    assert (again.status_code, "al samen een oordeel gegeven" in again.text) == (409, True)
    with closed.world.database.reading() as db:
        assert len(db.scalars(select(Finding).where(Finding.reason == TOGETHER)).all()) == 1


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE decisions SET confirmed_by_id = proposed_by_id, confirmed_at = proposed_at", "four_eyes"),
        ("UPDATE joint_verdicts SET agreed_by_id = proposed_by_id, agreed_at = proposed_at", "four_eyes"),
        ("UPDATE side_verdicts SET verdict = 'meets'", "only added"),
    ],
)
def test_the_database_wants_four_eyes_on_a_refusal_and_keeps_own_verdicts(closed, statement, rule):
    _, second = _proposed(closed)
    _give(closed, "joris")
    second.post(f"/beoordelen/{closed.review}/samen/T06", {"verdict": "meets", "reason": TOGETHER})

    with closed.world.database.writing() as db, pytest.raises(DBAPIError, match=rule):
        db.connection().exec_driver_sql(statement)


def test_a_second_with_an_interest_makes_place_for_another(closed):
    _, second = _proposed(closed)
    third = _third(closed)
    _give(closed, "joris", finish=False)

    second.post(f"/beoordelen/{closed.review}/belang", {"reason": "Mijn buurman werkt daar sinds kort."})

    _give(closed, "kees")
    assert "Bij 1 eis verschilt u" in third.get(f"/beoordelen/{closed.review}").text


# --- the shadow ---


def _shadow(closed):
    closed.declare("ineke", "joris")
    manager = closed.browser("renske")
    named = manager.post(f"/rondes/{closed.round}/schaduw", {"user": closed.world.people["joris"]})
    assert named.status_code == 303
    return manager, closed.browser("joris")


def test_a_shadow_screens_without_seeing_and_without_effect(closed):
    _, shadow = _shadow(closed)
    closed.judge("ineke", {"T06": "fails"})
    before = _row(closed.browser("ineke").get("/beoordelen").text, LINDE)

    page, export = shadow.get(f"/beoordelen/{closed.review}?eis=T06").text, shadow.get("/beoordelen.csv").text
    real = [
        shadow.post(f"/beoordelen/{review}/{act}", {"based_on": "0", "verdict": "meets", "reason": SECRET})
        for review, act in (
            (closed.other_review, "oordeel/T06"),
            (closed.other_review, "voorstel"),
            (closed.review, "oordeel/T06"),
        )
    ]
    _give(closed, "joris", {"T07": "fails"})

    assert SECRET not in page
    assert SECRET not in export
    assert "U beoordeelt als schaduw" in page
    assert [one.status_code for one in real] == [403, 403, 403]
    assert _row(closed.browser("ineke").get("/beoordelen").text, LINDE) == before
    with closed.world.database.reading() as db:
        review = db.get_one(Review, closed.review)
        assert {one.found_by.name for one in review.findings} == {"Ineke Bos"}
        assert all("T07" not in one.reason for one in decisions.outcomes(review))
        assert db.get_one(Review, closed.other_review).first_by_id is None
    assert "mis ik het bewijs" not in closed.browser("ineke").get("/beoordelen.csv").text
    assert "mis ik het bewijs" not in closed.browser("ineke").get(f"/beoordelen/{closed.review}?eis=T07").text


def test_a_shadow_confirms_nothing_either(closed):
    _, shadow = _shadow(closed)
    closed.judge("ineke")
    _no_objection(closed)
    closed.browser("ineke").post(f"/beoordelen/{closed.review}/voorstel")

    answers = [
        shadow.post(f"/beoordelen/{closed.review}/{act}", {"reason": "Kijk nog eens naar T06."})
        for act in ("vaststellen", "teruggeven")
    ]

    assert [one.status_code for one in answers] == [403, 403]
    assert "Besluit vaststellen" not in shadow.get(f"/beoordelen/{closed.review}").text


def test_the_report_puts_the_requirement_with_most_differences_first_and_can_be_exported(closed):
    manager, _ = _shadow(closed)
    closed.judge("ineke", {"T06": "fails"})
    _give(closed, "joris", {"T06": "fails", "T07": "fails"})

    page = manager.get(f"/rondes/{closed.round}/schaduw").text
    export = manager.get(f"/rondes/{closed.round}/schaduw.csv")

    rows = list(csv.DictReader(io.StringIO(export.get_data().decode("utf-8-sig")), delimiter=";"))
    assert [row["Eis"] for row in rows if row["Verschilt"] == "ja"] == ["T07"]
    assert next(row for row in rows if row["Eis"] == "T07")["Oordeel schaduw"] == "Voldoet niet"
    codes = re.findall(r'<th scope="row">([A-Z]\d+) ', page)
    assert codes[0] == "T07"
    assert "1 × Voldoet, Voldoet niet" in page
    for who in ("ineke", "olga"):
        assert closed.browser(who).get(f"/rondes/{closed.round}/schaduw").status_code == 403


def test_a_shadow_that_ended_screens_for_real(closed):
    manager, shadow = _shadow(closed)
    with closed.world.database.reading() as db:
        shadow_id = db.scalars(select(ShadowReviewer.id)).one()
    path = f"/beoordelen/{closed.review}/oordeel/T06"
    before = shadow.post(path, {"based_on": "0", "verdict": "meets"})

    manager.post(f"/rondes/{closed.round}/schaduw/{shadow_id}/einde")

    assert before.status_code == 403
    assert shadow.post(path, {"based_on": "0", "verdict": "meets"}).status_code == 303
    with closed.world.database.reading() as db:
        assert db.scalars(select(SideReview)).all() == []
