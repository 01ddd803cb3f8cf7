"""The dashboard of a round: every number leads to the list of what it counts, for whoever looks."""

from __future__ import annotations

import html
import re

import pytest

from portal.domain import decisions, equal_treatment, integrity, reviews
from portal.models import Review, Round, User
from tests import remedying

WHY = "De regeling noemt geen termijn voor een antwoord."
NUMBER = re.compile(r'<a class="nl-link" href="([^"]+)">(\d+)<span class="portal-vh"> ([^<]*)</span></a>')
LINDE, ERF = "Stichting De Linde", "Zorgboerderij Het Erf"


def _person(closed, db, who):
    return db.get_one(User, closed.world.people[who])


@pytest.fixture
def busy(closed):
    """De Linde is confirmed; Het Erf was asked to mend something, by another inkoper."""
    closed.judge("ineke")
    closed.judge("joris", {"T06": "remedy"}, review=closed.other_review)
    with closed.world.database.transaction() as db:
        ineke, joris, bram = (_person(closed, db, who) for who in ("ineke", "joris", "bram"))
        found, now = db.get_one(Review, closed.review), closed.world.clock()
        integrity.record_outcome(found.application.integrity_check, bram, "no_objection", None, now)
        decisions.propose(found, ineke, now)
        decisions.confirm(found, joris, now)
        remedying.ask(db.get_one(Review, closed.other_review), joris, now)
    return closed


def _numbers(page):
    """(address, number, what it counts) of every number that leads somewhere."""
    return [(html.unescape(address), int(number), text) for address, number, text in NUMBER.findall(page)]


def _rows(page):
    tables = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return len(re.findall(r'<tr>\s*<th scope="?row', tables[-1])) if tables else 0


@pytest.mark.parametrize("who", ["renske", "ineke"])
def test_every_number_leads_to_a_list_of_exactly_that_many(busy, official, who):
    browser = official(who)
    numbers = _numbers(browser.get(f"/rondes/{busy.round}").text)

    lists = [one for one in numbers if re.match(r"/(beoordelen|rondes/[^/]+/aanmeldingen)\?", one[0])]

    assert len({address for address, _, _ in lists}) > 10
    for address, number, text in lists:
        assert (_rows(browser.get(address).text), text) == (number, text), address


def test_the_round_manager_finds_lists_too_though_the_queue_is_not_for_that_role(busy, official):
    browser = official("renske")
    numbers = _numbers(browser.get(f"/rondes/{busy.round}").text)

    assert [address for address, _, _ in numbers if address.startswith("/beoordelen")] == []
    page = browser.get(f"/rondes/{busy.round}/aanmeldingen?stap=herstel").text
    assert ERF in page
    assert LINDE not in page


def test_a_list_can_be_of_a_day_a_cell_or_one_colleague(busy, official):
    browser, path = official("renske"), f"/rondes/{busy.round}/aanmeldingen"
    with busy.world.database.reading() as db:
        joris = busy.world.people["joris"]
        day = db.get_one(Review, busy.review).submission.submitted_at.date().isoformat()

    asked = ("product=IB-EXTRA&gemeente=0796", "product=IB-EXTRA&gemeente=1948", f"inkoper={joris}", f"dag={day}",
             "dag=2019-01-01", "dag=vandaag&stap=onbekend&pagina=nul")  # fmt: skip
    pages = {query: browser.get(f"{path}?{query}").text for query in asked}

    assert [[name for name in (LINDE, ERF) if name in pages[query]] for query in asked] == [
        [LINDE], [], [ERF], [LINDE, ERF], [], [LINDE, ERF],
    ]  # fmt: skip
    assert "Individuele begeleiding extra in &#39;s-Hertogenbosch" in pages["product=IB-EXTRA&gemeente=0796"]


def test_names_come_after_declaring_interests(busy):
    path = f"/rondes/{busy.round}/aanmeldingen"
    before = busy.browser("ineke").get(path)
    busy.declare("ineke")

    after = busy.browser("ineke").get(path)

    assert (before.status_code, LINDE in before.text, "Belangen verklaren" in before.text) == (200, False, True)
    assert f'href="/beoordelen/{busy.review}">{LINDE}' in after.text


def test_who_has_an_interest_finds_nothing_of_it_in_numbers_or_lists(busy, official):
    official("ineke")
    path, ineke = f"/rondes/{busy.round}", busy.browser("ineke")
    seen = {text: number for _, number, text in _numbers(ineke.get(path).text)}
    with busy.world.database.transaction() as db:
        other = db.get_one(Review, busy.other_review)
        reviews.recuse(
            other.application, _person(busy, db, "ineke"), "Mijn zus is daar bestuurder.", busy.world.clock()
        )

    page = ineke.get(path).text

    numbers = {text: number for _, number, text in _numbers(page)}
    assert (seen["Ingediend"], numbers["Ingediend"]) == (2, 1)
    assert ("Herstel loopt" in seen, "Herstel loopt" in numbers) == (True, False)
    assert "Joris van Dam" not in re.search(r'id="workload.*?</table>', page, re.DOTALL).group(0)
    assert "eerste antwoord uiterlijk" not in page
    assert ERF not in ineke.get(f"{path}/aanmeldingen").text


def test_what_was_never_submitted_is_a_number_without_a_list(busy, official):
    page = official("renske").get(f"/rondes/{busy.round}").text

    assert "Begonnen" not in {text for _, _, text in _numbers(page)}
    assert re.search(r"Begonnen</th>.*?<b>\s*2\s*</b>", page, re.DOTALL)


def test_before_closing_there_is_no_list(world, browse):
    world.submitted("anna")

    answer = browse("renske").get(f"/rondes/{world.rounds['2020-1']}/aanmeldingen")

    assert answer.status_code == 409
    assert LINDE not in answer.text


@pytest.mark.parametrize("who", ["anna", "bram", "wil"])
def test_the_lists_are_not_for_other_roles(busy, official, who):
    assert official(who).get(f"/rondes/{busy.round}/aanmeldingen").status_code == 403


def test_a_difference_without_explanation_asks_attention_and_costs_no_more_than_eight_statements(
    closed, official, statements
):
    ineke, joris = official("ineke"), official("joris")
    for browser, review, verdict in ((ineke, closed.review, "remedy"), (joris, closed.other_review, "fails")):
        form = {"verdict": verdict, "defect": "incomplete", "reason": WHY, "based_on": "0"}
        assert browser.post(f"/beoordelen/{review}/oordeel/T06", form).status_code == 303
    statements.clear()

    page = ineke.get(f"/rondes/{closed.round}").text

    assert len(statements) <= 8
    assert "1 verschil is nog niet uitgelegd" in page
    assert (f"/rondes/{closed.round}/gelijke-behandeling", 1) in [one[:2] for one in _numbers(page)]
    with closed.world.database.transaction() as db:
        round_ = db.get_one(Round, closed.round)
        (one,) = equal_treatment.differences(round_)
        equal_treatment.explain(round_, one, _person(closed, db, "ineke"), WHY, closed.world.clock(), seen=one.seen)
    assert "nog niet uitgelegd</a>" not in ineke.get(f"/rondes/{closed.round}").text


def test_the_charts_stand_in_tables_with_their_own_names(busy, official):
    page = official("renske").get(f"/rondes/{busy.round}").text

    for name in ("funnel", "coverage", "terms", "decisions"):
        assert re.search(rf'<table class="portal-(funnel|heat)" aria-labelledby="{name}-(caption|title)">', page), name
    assert re.findall(r"<svg [^>]*>", page)
    assert all('role="img"' in one or 'aria-hidden="true"' in one for one in re.findall(r"<svg [^>]*>", page))
    assert "style=" not in page
