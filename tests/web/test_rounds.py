"""Rounds for officials: a number before closing, how it stands after, and making decisions known."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from portal.domain import decisions, integrity
from portal.models import Application, Decision, DecisionLetter, IntegrityCheck, Message, Review, Round, User
from portal.web.round_charts import Charts
from tests import remedying


def _confirm(closed, review):
    """Ineke proposes what follows from plain 'meets', Joris confirms."""
    closed.judge("ineke", review=review)
    with closed.world.database.transaction() as db:
        world, now = closed.world, closed.world.clock()
        ineke, joris, bram = (db.get_one(User, world.people[who]) for who in ("ineke", "joris", "bram"))
        found = db.get_one(Review, review)
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == found.application_id)).one()
        integrity.record_outcome(check, bram, "no_objection", None, now)
        decisions.propose(found, ineke, now)
        decisions.confirm(found, joris, now)


def _told(closed):
    with closed.world.database.reading() as db:
        letters = db.scalars(select(DecisionLetter).order_by(DecisionLetter.number))
        return {one.application_id: one.number for one in letters}


# --- before closing ---


def test_before_closing_an_official_sees_a_number_and_no_names(world, browse):
    world.submitted("anna")
    world.draft("karim")
    round_id = world.rounds["2020-1"]

    for who in ("renske", "ineke"):
        browser = browse(who)
        pages = [browser.get("/rondes").text, browser.get(f"/rondes/{round_id}").text]
        assert [name for name in ("Linde", "Het Erf") for page in pages if name in page] == []
        assert re.search(r'portal-kpi__value">\s*1\b', pages[1])
        assert "begonnen" not in pages[1]
        assert browser.get(f"/rondes/{round_id}.csv").status_code == 409


def test_before_closing_nothing_can_be_told(world, browse):
    world.submitted("anna")

    answer = browse("renske").post(f"/rondes/{world.rounds['2020-1']}/bekendmaken")

    assert answer.status_code == 409


def test_a_round_of_another_authority_does_not_exist(world, browse):
    browser = browse("renske")

    assert browser.get(f"/rondes/{world.other_rounds['2020-1']}").status_code == 404
    assert world.other_rounds["2020-1"] not in browser.get("/rondes").text


# --- how it stands ---


def test_the_overview_lists_every_round_with_its_counts(closed, official):
    _confirm(closed, closed.review)

    page = official("renske").get("/rondes").text

    row = re.search(rf'<tr><th[^>]*><a[^>]*/rondes/{closed.round}".*?</tr>', page, re.DOTALL).group(0)
    assert re.findall(r'portal-number">([^<]*)<', row) == ["2", "1", "0"]
    assert page.count("Ronde 202") == 4


def test_the_dashboard_counts_what_there_is(closed, official, statements):
    closed.judge("joris", {"T06": "remedy"}, review=closed.other_review)
    _confirm(closed, closed.review)
    with closed.world.database.transaction() as db:
        joris = db.get_one(User, closed.world.people["joris"])
        remedying.ask(db.get_one(Review, closed.other_review), joris, closed.world.clock())
    browser = official("renske")
    statements.clear()

    page = browser.get(f"/rondes/{closed.round}").text

    assert len(statements) <= 8
    labelled = r'portal-kpi__label">([^<]+)</span>\s*<span class="portal-kpi__value">(?:<a [^>]+>)?(\d+)'
    figures = dict(re.findall(labelled, page))
    assert figures == {
        "Ingediend": "2",
        "Vastgesteld": "1",
        "Herstel loopt": "1",
        "Over de termijn": "0",
        "Bekendgemaakt": "0",
    }
    assert "Stand op maandag 28 oktober 2019, 10.00 uur" in page
    assert "1 besluit is vastgesteld en nog niet bekendgemaakt." in page


def test_the_coverage_counts_who_is_or_may_still_be_admitted(closed, official):
    closed.judge("joris", {"T06": "fails"}, review=closed.other_review)
    browser = official("renske")
    hopeful = browser.get(f"/rondes/{closed.round}").text
    with closed.world.database.transaction() as db:
        joris, bram = (db.get_one(User, closed.world.people[who]) for who in ("joris", "bram"))
        found = db.get_one(Review, closed.other_review)
        integrity.record_outcome(found.application.integrity_check, bram, "no_objection", None, closed.world.clock())
        decisions.propose(found, joris, closed.world.clock())

    refused = browser.get(f"/rondes/{closed.round}").text

    def cells(page):
        row = re.search(r"1A Individuele begeleiding basis</th>(.*?)</tr>", page, re.DOTALL).group(1)
        texts = (re.sub(r"<svg.*?</svg>|<[^>]+>", "", one) for one in re.findall(r"<td[^>]*>(.*?)</td>", row))
        return [int(re.match(r"\d+", one).group()) for one in texts]

    assert cells(hopeful) == [2, 0, 0, 2]
    assert cells(refused) == [1, 0, 0, 1]


def test_an_inkoper_finds_the_lists_behind_the_figures_and_no_names(closed, official):
    page = official("ineke").get(f"/rondes/{closed.round}").text

    assert f'href="/beoordelen?bak=vrij&amp;ronde={closed.round}"' in page
    assert "Besluiten bekendmaken" not in page
    assert "Stichting De Linde" not in page


def test_a_round_without_any_application_has_a_dashboard(closed, official):
    with closed.world.database.transaction() as db:
        closing = db.get_one(Round, closed.world.rounds["2020-2"]).closes_at
    closed.world.clock.set(closing)
    closed.world.work()

    page = official("renske").get(f"/rondes/{closed.world.rounds['2020-2']}")

    assert page.status_code == 200
    assert "0 van de 0 aanmeldingen" in page.text


def test_the_bars_are_amsterdam_days(closed):
    hours = {"2019-09-29 21": 1, "2019-09-29 22": 2, "2019-12-31 23": 4}

    with closed.app.test_request_context(), closed.world.database.reading() as db:
        charts = Charts(db.get_one(Round, closed.round), screens=False)
        bars = charts.per_day(hours, date(2019, 9, 28), date(2020, 1, 1))

    days = {one["label"]: one["value"] for one in bars}
    assert days["29 september 2019"] == 1
    assert days["30 september 2019"] == 2
    assert days["1 januari 2020"] == 4


def test_the_export_has_a_row_for_every_application(closed, official):
    _confirm(closed, closed.review)

    answer = official("renske").get(f"/rondes/{closed.round}.csv")

    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    linde = next(row for row in rows if row["Zorgaanbieder"] == "Stichting De Linde")
    assert len(rows) == 2
    assert (linde["Stand"], linde["Toegelaten"], linde["Afgewezen"]) == ("Vastgesteld", "3", "0")
    assert linde["Tweede inkoper"] == "Joris van Dam"


# --- telling ---


def test_only_the_round_manager_makes_decisions_known(closed, official):
    _confirm(closed, closed.review)

    assert official("ineke").post(f"/rondes/{closed.round}/bekendmaken").status_code == 403
    assert _told(closed) == {}


def test_every_confirmed_decision_is_told_with_its_own_number(closed, official):
    _confirm(closed, closed.review)
    _confirm(closed, closed.other_review)

    answer = official("renske").post(f"/rondes/{closed.round}/bekendmaken")

    assert answer.status_code == 303
    told = _told(closed)
    assert set(told) == {closed.application, closed.other_application}
    assert sorted(told.values()) == ["B-2019-0001", "B-2019-0002"]
    with closed.world.database.reading() as db:
        assert {one.told_at for one in db.scalars(select(Decision))} == {closed.world.clock()}
        mails = db.scalars(select(Message).where(Message.template == "decision")).all()
        assert sorted(one.to for one in mails) == ["anna@aanbieder.example", "karim@aanbieder.example"]


def test_telling_twice_tells_once_and_takes_along_what_came_later(closed, official):
    browser = official("renske")
    _confirm(closed, closed.review)
    browser.post(f"/rondes/{closed.round}/bekendmaken")

    nothing = browser.post(f"/rondes/{closed.round}/bekendmaken", follow_redirects=True)
    _confirm(closed, closed.other_review)
    browser.post(f"/rondes/{closed.round}/bekendmaken")

    assert "Er was niets meer bekend te maken." in nothing.text
    assert _told(closed) == {closed.application: "B-2019-0001", closed.other_application: "B-2019-0002"}


def test_what_is_not_confirmed_is_not_told(closed, official):
    closed.judge("ineke")

    official("renske").post(f"/rondes/{closed.round}/bekendmaken")

    assert _told(closed) == {}
    with closed.world.database.reading() as db:
        assert db.get_one(Application, closed.application).state == "under_review"


@pytest.mark.parametrize("who", ["anna", "bram", "wil"])
def test_other_roles_do_not_see_rounds(closed, official, who):
    browser = official(who)

    assert [browser.get(path).status_code for path in ("/rondes", f"/rondes/{closed.round}")] == [403, 403]
