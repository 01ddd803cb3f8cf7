"""What the measurements rest on, and the targets that do not move with load: statements and bytes per row.

Nothing here looks at a clock; `python -m bench` does that.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bench import closing, data, house, measure, pages
from bench.house import House
from bench.pages import PAGES, Page
from bench.report import Line
from portal.domain import saved_views
from portal.models import User
from portal.queries.queue import SORTS, TRAYS

pytestmark = pytest.mark.xdist_group("bench")

ROW_BYTES = 350
LIST_SQL = 15
"""Statements that a page of the work list may take, whatever it is asked and however many applications there are."""
NUMBER = re.compile(r"A-\d{4}-\d-[0-9A-Z]{4}-[0-9A-Z]{4}")
PLACE = re.compile(r'id="eis-([^"]+)"')


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The portal and the floor on a database with one application in review."""
    made = house.open_house(data.prepare(tmp_path_factory.mktemp("bench") / "one"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def many(one: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same with two hundred."""
    made = house.open_house(data.grown(one.ground, tmp_path_factory.mktemp("bench") / "many", 200))
    yield made
    made.close()


@pytest.fixture(scope="module")
def few(one: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same with twenty."""
    made = house.open_house(data.grown(one.ground, tmp_path_factory.mktemp("bench") / "few", 20))
    yield made
    made.close()


def _page(endpoint: str) -> Page:
    return next(page for page in PAGES if f"({endpoint})" in page.name)


def _found(pattern: re.Pattern[str], page: Page, of: House) -> tuple[list[str], list[str]]:
    return pattern.findall(page.ours(of).text), pattern.findall(page.floor(of).text)


def test_the_list_and_its_floor_show_the_same_fifty_applications_in_the_same_order(many):
    ours, floor = _found(NUMBER, _page("review.queue"), many)

    assert len(ours) == 50
    assert ours == floor


def test_the_checklist_and_its_floor_show_the_same_requirements(many):
    ours, floor = _found(PLACE, _page("review.dossier"), many)

    assert len(ours) > 10
    assert sorted(ours) == sorted(floor)


def test_the_procedure_and_its_floor_show_the_same_requirements(many):
    ours, floor = _found(PLACE, _page("public.procedure"), many)

    assert len(ours) > 10
    assert sorted(ours) == sorted(floor)


def test_the_dashboard_and_its_floor_show_the_same_applications(many):
    ours, floor = _found(NUMBER, _page("apply.overview"), many)

    assert len(set(ours)) == 2
    assert set(ours) == set(floor)


def test_the_export_and_its_floor_hold_the_same_lines(many):
    page = _page("review.export")

    ours, floor = (
        sorted(row[0] for row in csv.reader(text.splitlines(), delimiter=";") if row and NUMBER.fullmatch(row[0]))
        for text in (page.ours(many).text, page.floor(many).text)
    )

    assert len(ours) > 1_000
    assert ours == floor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_takes_the_same_number_of_statements_for_one_and_for_two_hundred_applications(page, one, many):
    same = replace(many, review_id=one.review_id)

    assert pages.statements(one, page) == pages.statements(same, page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_takes_no_more_statements_than_it_may(page, many):
    assert pages.statements(many, page) <= page.sql[0]


FILTERS = ("perceel=1A", "stand=open", "inkoper=geen", "binnen=7", "signalen=open", "herstel=nee", "q=zorg")
WORK_LIST = (
    "/beoordelen",
    "/beoordelen?kies=ja",
    *(f"/beoordelen?bak={tray}" for tray in TRAYS),
    *(f"/beoordelen?sorteer={sort}" for sort in SORTS),
    *(f"/beoordelen?{one}" for one in FILTERS),
    f"/beoordelen?bak=laat&sorteer=-naam&kies=ja&{'&'.join(FILTERS)}",
    "/beoordelen.csv",
    "/beoordelen.xlsx",
)


def _statements(of: House, address: str) -> int:
    of.inkoper.get(address)
    with measure.statements(of.engine) as seen:
        of.inkoper.get(address)
    return len(seen)


def _save_views(of: House) -> None:
    """Three views with a name above the list, of which a colleague shares one."""
    with of.app.extensions["database"].transaction() as db:
        ineke = db.get_one(User, of.ground.inkoper_id)
        other = db.scalars(select(User).where(User.email == "inkoper-9@regio.example")).one()
        for number, user in enumerate((ineke, ineke, other)):
            name, filters = f"Weergave {number}", {"stand": "open"}
            db.add(saved_views.save(user, name, filters, [], of.ground.now, is_shared=user is other))


def _differ(few: House, many: House) -> dict[str, tuple[int, int]]:
    """The addresses of the work list that cost another number of statements in a larger house, or too many."""
    for of in (few, many):
        _save_views(of)
    found = {address: (_statements(few, address), _statements(many, address)) for address in WORK_LIST}
    return {address: both for address, both in found.items() if both[0] != both[1] or max(both) > LIST_SQL}


def test_the_work_list_takes_the_same_statements_for_twenty_and_for_two_hundred_whatever_it_is_asked(few, many):
    assert _differ(few, many) == {}


@pytest.mark.slow
def test_the_work_list_takes_the_same_statements_for_fifty_and_for_a_thousand(one, tmp_path):
    houses = [house.open_house(data.grown(one.ground, tmp_path / str(size), size)) for size in (50, 1_000)]

    different = _differ(*houses)

    for each in houses:
        each.close()
    assert different == {}


def test_a_row_of_the_list_stays_light_for_one_and_for_two_hundred_applications(one, many):
    page = _page("review.queue")

    assert len(pages.rows(page.ours(one))) == 1
    assert len(pages.rows(page.ours(many))) == 50
    assert pages.bytes_per_row(page.ours(one)) <= ROW_BYTES
    assert pages.bytes_per_row(page.ours(many)) <= ROW_BYTES


@pytest.mark.parametrize(
    ("judged", "is_cpu", "is_least", "verdict"),
    [
        (2.4, False, False, "goal"),
        (4.0, False, False, "must"),
        (4.1, False, False, "MISSED"),
        (4.1, True, False, "near"),
        (5.1, True, False, "MISSED"),
        (4.0, False, True, "must"),
        (3.9, False, True, "MISSED"),
    ],
)
def test_a_measure_is_judged_by_its_target_and_only_cpu_has_head_room(judged, is_cpu, is_least, verdict):
    goal = 5.0 if is_least else 2.5

    line = Line("a page", 1, "ms", 1, judged, must=4, goal=goal, is_cpu=is_cpu, is_least=is_least)

    assert line.verdict == verdict


def test_the_bench_of_a_closing_takes_every_submission_into_review(tmp_path):
    (line,) = closing.run(tmp_path, 3)

    assert line.remark.startswith("3 reviews, 3 mails waiting")
