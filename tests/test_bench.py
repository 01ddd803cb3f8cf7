"""What the measurements rest on, and the targets that do not move with load: statements and bytes per row.

Nothing here looks at a clock; `python -m bench` does that.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench import closing, data, house, pages
from bench.house import House
from bench.pages import PAGES, Page
from bench.report import Line

pytestmark = pytest.mark.xdist_group("bench")

ROW_BYTES = 350
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
