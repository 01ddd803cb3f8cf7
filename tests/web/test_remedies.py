"""Remedy through the pages: put ready by the inkoper, sent by the round manager, and the register of all of it."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from portal.domain import remedies, reviews
from portal.models import RemedyDraft, RemedyRequest, Review, User

WHY = "Het stuk bij T06 is niet volledig."


@pytest.fixture
def ready(closed):
    """Ineke put a request ready for De Linde, Joris one for Het Erf. Gives the ids of both."""
    closed.declare("ineke", "joris")
    with_whom = {"ineke": closed.review, "joris": closed.other_review}
    ids = []
    for who, review in with_whom.items():
        closed.judge(who, {"T06": "remedy"}, review=review)
        with closed.world.database.transaction() as db:
            user = db.get_one(User, closed.world.people[who])
            ids.append(remedies.prepare(db.get_one(Review, review), user, closed.world.clock()).id)
    return ids


def _path(closed, more=""):
    return f"/rondes/{closed.round}/herstel{more}"


def test_the_round_manager_sends_all_at_once(closed, ready):
    renske = closed.browser("renske")
    page = renske.get(_path(closed)).text

    answer = renske.post(_path(closed), {"draft": ready})

    assert page.count(WHY) == 2
    assert "4 november 2019" in page
    assert answer.status_code == 303
    after = renske.get(_path(closed)).text
    assert "2 herstelverzoeken zijn verstuurd. Antwoorden kan tot en met 4 november 2019." in after
    assert "Er staan geen herstelverzoeken klaar." in after
    assert renske.post(_path(closed), {"draft": ready}).status_code == 409


def test_one_by_one_leaves_the_other_ready(closed, ready):
    renske = closed.browser("renske")

    assert renske.post(_path(closed), {"draft": ready[:1]}).status_code == 303

    with closed.world.database.reading() as db:
        assert [one.id for one in db.scalars(select(RemedyDraft))] == ready[1:]
    assert "1 herstelverzoek staat klaar om te versturen" in renske.get(f"/rondes/{closed.round}").text


def test_an_inkoper_sees_what_is_ready_and_cannot_send_it(closed, ready):
    ineke = closed.browser("ineke")

    page = ineke.get(_path(closed)).text

    assert "Zorgboerderij Het Erf" in page
    assert "Gekozen verzoeken versturen" not in page
    assert ineke.post(_path(closed), {"draft": ready}).status_code == 403


def test_names_come_after_the_declaration_of_interests(closed):
    answer = closed.browser("ineke").get(_path(closed))

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/beoordelen/rondes/{closed.round}/belangen")


def test_who_has_an_interest_sees_nothing_of_that_request(closed, ready):
    ineke = closed.browser("ineke")
    with closed.world.database.transaction() as db:
        renske_too = db.get_one(User, closed.world.people["ineke"])
        other = db.get_one(Review, closed.other_review).application
        reviews.recuse(other, renske_too, "Mijn zus is daar bestuurder.", closed.world.clock())
        joris = db.get_one(User, closed.world.people["joris"])
        reviews.recuse(db.get_one(Review, closed.review).application, joris, "Mijn oom werkt er.", closed.world.clock())

    for browser, hidden in ((ineke, "Het Erf"), (closed.browser("joris"), "De Linde")):
        assert hidden not in browser.get(_path(closed)).text
        assert hidden not in browser.get(_path(closed, ".csv")).text


def test_the_register_tells_who_what_until_when_and_what_came_of_it(closed, ready):
    world = closed.world
    closed.browser("renske").post(_path(closed), {"draft": ready})
    with world.database.transaction() as db:
        anna, remedy = db.get_one(User, world.people["anna"]), db.get_one(Review, closed.review).remedies[0]
        reviews.explain(remedy, anna, remedy.items[0], "De volledige regeling.", world.clock())
        reviews.answer_remedy(remedy, anna, world.clock())
        due = db.get_one(Review, closed.other_review).remedies[0].due_at
    world.clock.set(due)
    world.work()
    closed.judge("ineke", {"T06": "meets"})
    renske = closed.browser("renske")

    rows = list(csv.DictReader(io.StringIO(renske.get(_path(closed, ".csv")).text.lstrip("\ufeff")), delimiter=";"))

    told = {row["Zorgaanbieder"]: row for row in rows}
    linde, erf = told["Stichting De Linde"], told["Zorgboerderij Het Erf B.V."]
    assert (linde["Eis"], linde["Vraag"], linde["Klaargezet door"], linde["Verstuurd door"]) == (
        "T06", WHY, "Ineke Bos", "Renske Vos",
    )  # fmt: skip
    assert linde["Laatste dag"] == erf["Laatste dag"]
    assert (bool(linde["Beantwoord op"]), linde["Uitkomst"]) == (True, "Voldoet")
    assert (bool(erf["Verlopen op"]), erf["Uitkomst"]) == (True, "Nog te beoordelen")
    assert "Verlopen zonder antwoord" in renske.get(_path(closed)).text


def test_a_question_is_rewritten_and_a_collision_loses_nothing(closed, ready):
    ineke, path = closed.browser("ineke"), f"/beoordelen/{closed.review}/herstel"
    form = {"question-T06": "Stuur de hele regeling.", "based_on": "1"}

    assert ineke.post(f"{path}/vragen", form).status_code == 303
    late = ineke.post(f"{path}/vragen", {**form, "question-T06": "Stuur alleen bladzijde drie."})
    short = ineke.post(f"{path}/vragen", {"question-T06": "kort", "based_on": "2"})

    assert late.status_code == 409
    assert "Stuur de hele regeling." in late.text
    assert "Stuur alleen bladzijde drie." in late.text
    assert short.status_code == 422
    with closed.world.database.reading() as db:
        assert db.get_one(RemedyDraft, ready[0]).questions["T06"]["text"] == "Stuur de hele regeling."


def test_taken_back_nothing_is_left_to_send(closed, ready):
    ineke = closed.browser("ineke")

    assert ineke.post(f"/beoordelen/{closed.review}/herstel/intrekken").status_code == 303

    assert "Herstelverzoek klaarzetten" in ineke.get(f"/beoordelen/{closed.review}").text
    assert closed.browser("renske").post(_path(closed), {"draft": ready}).status_code == 303
    with closed.world.database.reading() as db:
        assert [one.review_id for one in db.scalars(select(RemedyRequest))] == [closed.other_review]


def test_until_it_is_sent_the_applicant_sees_nothing_and_then_the_rules(closed, ready):
    anna, path = closed.browser("anna"), f"/aanmeldingen/{closed.application}"
    before = anna.get(path).text
    closed.browser("renske").post(_path(closed), {"draft": ready})
    with closed.world.database.reading() as db:
        remedy = db.get_one(Review, closed.review).remedies[0].id

    page = anna.get(f"{path}/herstel/{remedy}").text

    assert WHY not in before
    assert "Wij vragen u om herstel" not in before
    assert WHY in page
    assert "U heeft 5 werkdagen, net als elke andere aanbieder" in page
    assert "Wat u eerder indiende, blijft staan." in page


def test_where_remedy_is_excluded_the_reviewer_reads_why_and_cannot_choose_it(closed, official):
    why = "Bij deze eis is herstel uitgesloten (leidraad, paragraaf 4)."
    ineke = official("ineke")
    with closed.world.database.transaction() as db:
        items = reviews.items(db.get_one(Review, closed.review))
        requirement = next(one.requirement for one in items if one.key == "T06")
        requirement.settings = {**requirement.settings, "remedy_excluded": why}

    page = ineke.get(f"/beoordelen/{closed.review}?eis=T06").text
    form = {"verdict": "remedy", "reason": "Stuur de hele regeling.", "based_on": "0"}
    answer = ineke.post(f"/beoordelen/{closed.review}/oordeel/T06", form)

    assert why in page
    assert 'id="verdict-T06-remedy"' not in page.replace("=verdict", '="verdict').replace(" name", '" name')
    assert answer.status_code == 422
    assert "Stuur de hele regeling." in answer.text
    assert why in closed.browser("anna").get("/procedures/meierij/meierij-2020").text
