"""Equal treatment through the pages: what others got, the differences of a round, and who may see whom."""

from __future__ import annotations

import csv
import io
import re

import pytest

from portal.domain import equal_treatment, reviews
from portal.models import Review, Round, User

WHY = "De regeling noemt geen termijn voor een antwoord."
BECAUSE = "Bij De Linde ontbrak een bladzijde; bij Het Erf staat het er niet in."


def _find(browser, review, verdict, defect="incomplete", reason=WHY, **more):
    form = {"verdict": verdict, "defect": defect, "reason": reason, "based_on": "0", **more}
    return browser.post(f"/beoordelen/{review}/oordeel/T06", form)


@pytest.fixture
def different(closed):
    """Ineke asks De Linde to mend what Joris refuses at Het Erf."""
    closed.declare("ineke", "joris")
    assert _find(closed.browser("ineke"), closed.review, "remedy").status_code == 303
    assert _find(closed.browser("joris"), closed.other_review, "fails").status_code == 303
    return closed


def _path(closed, more=""):
    return f"/rondes/{closed.round}/gelijke-behandeling{more}"


def _key(closed):
    with closed.world.database.reading() as db:
        (one,) = equal_treatment.differences(db.get_one(Round, closed.round))
        return one.key, one.seen


def test_a_refusal_without_its_defect_is_sent_back_with_what_was_typed(closed, official):
    ineke = official("ineke")

    answer = _find(ineke, closed.review, "fails", defect="")

    assert answer.status_code == 422
    assert "Kies wat er niet klopt." in answer.text
    assert WHY in answer.text
    assert _find(ineke, closed.review, "meets", defect="", reason="").status_code == 303


def test_beside_a_verdict_stands_how_the_same_was_handled_elsewhere(different):
    page = different.browser("ineke").get(f"/beoordelen/{different.review}?eis=T06").text

    assert "Zo ging het bij anderen" in page
    assert "Hetzelfde gebrek:" in page
    assert "1× voldoet niet" in page
    assert "Anders dan hier" in page
    assert "Zorgboerderij Het Erf" in page


def test_another_defect_at_the_same_requirement_is_a_number_and_no_name(different):
    joris = different.browser("joris")
    _find(joris, different.other_review, "fails", defect="unsigned", based_on="1")

    page = different.browser("ineke").get(f"/beoordelen/{different.review}?eis=T06").text

    assert "Niet of niet goed ondertekend: 1× voldoet niet" in page
    assert "Anders dan hier" not in page
    assert "Het Erf" not in page


def test_who_has_an_interest_learns_nothing_of_that_dossier(different):
    with different.world.database.transaction() as db:
        ineke, other = db.get_one(User, different.world.people["ineke"]), db.get_one(Review, different.other_review)
        reviews.recuse(other.application, ineke, "Mijn zus is daar bestuurder.", different.world.clock())
    ineke, (key, seen) = different.browser("ineke"), _key(different)

    for path in (f"/beoordelen/{different.review}?eis=T06", _path(different), _path(different, ".csv")):
        page = ineke.get(path).text
        assert "Het Erf" not in page
        assert "1× voldoet niet" not in page
    assert "0 verschillen zijn nog niet uitgelegd." in ineke.get(_path(different)).text
    assert re.search(r"nog niet zijn uitgelegd</th><td[^>]*>0<", ineke.get(f"/rondes/{different.round}").text)
    assert ineke.post(_path(different, f"/{key}"), {"reason": BECAUSE, "seen": seen}).status_code == 404


def test_the_round_page_counts_what_holds_the_release_back(different):
    renske = different.browser("renske")

    assert "1 verschil is nog niet uitgelegd" in renske.get(f"/rondes/{different.round}").text
    page = renske.get(_path(different)).text
    assert "Stichting De Linde" in page
    assert "Zorgboerderij Het Erf" in page
    assert WHY in page


def test_explained_with_a_name_and_a_moment_it_stands_in_the_page_and_in_the_file(different):
    renske, (key, seen) = different.browser("renske"), _key(different)
    short = renske.post(_path(different, f"/{key}"), {"reason": "kort", "seen": seen})
    told = renske.post(_path(different, f"/{key}"), {"reason": BECAUSE, "seen": seen})

    page = renske.get(_path(different)).text
    rows = list(csv.DictReader(io.StringIO(renske.get(_path(different, ".csv")).text.lstrip("\ufeff")), delimiter=";"))

    assert (short.status_code, told.status_code) == (422, 303)
    assert "0 verschillen zijn nog niet uitgelegd." in page
    assert BECAUSE in page
    assert {row["Oordeel"] for row in rows} == {"Herstel vragen", "Voldoet niet"}
    assert {(row["Uitleg"], row["Uitgelegd door"], row["Gebrek"]) for row in rows} == {
        (BECAUSE, "Renske Vos", "Stuk is niet volledig")
    }


def test_a_verdict_in_between_refuses_the_explanation_and_keeps_its_words(different):
    key, seen = _key(different)
    other = "Iets anders bleek niet te kloppen."
    _find(different.browser("joris"), different.other_review, "fails", reason=other, based_on="1")

    answer = different.browser("renske").post(_path(different, f"/{key}"), {"reason": BECAUSE, "seen": seen})

    assert answer.status_code == 409
    assert BECAUSE in answer.text
    assert "Nog uit te leggen" in answer.text


def test_nothing_of_the_round_is_sent_before_it_is_explained(different):
    ineke, renske = different.browser("ineke"), different.browser("renske")
    ineke.post(f"/beoordelen/{different.review}/herstel")
    path = f"/rondes/{different.round}/herstel"
    draft = re.search(r'name="?draft"? value="?([a-z2-7]{26})', renske.get(path).text).group(1)

    refused = renske.post(path, {"draft": [draft]})
    key, seen = _key(different)
    renske.post(_path(different, f"/{key}"), {"reason": BECAUSE, "seen": seen})
    sent = renske.post(path, {"draft": [draft]})

    assert refused.status_code == 409
    assert "niet overal gelijk behandeld" in refused.text
    assert sent.status_code == 303


def test_the_page_costs_the_same_for_one_difference_as_for_three(different, statements):
    renske = different.browser("renske")
    renske.get(_path(different))
    statements.clear()
    renske.get(_path(different))
    one = len(statements)
    for who, review, verdict in (("ineke", different.review, "remedy"), ("joris", different.other_review, "fails")):
        browser = different.browser(who)
        for key in ("T03", "T05"):
            form = {"verdict": verdict, "defect": "expired", "reason": WHY, "based_on": "0"}
            browser.post(f"/beoordelen/{review}/oordeel/{key}", form)
    statements.clear()

    page = renske.get(_path(different)).text

    assert page.count("Nog uit te leggen") == 3
    assert len(statements) == one <= 8


def test_names_come_after_the_declaration_of_interests(closed):
    answer = closed.browser("ineke").get(_path(closed))

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/beoordelen/rondes/{closed.round}/belangen")
