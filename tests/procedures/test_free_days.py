"""Free days are data with a source, and a moved day says which one and why."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from portal.domain import edition_rows
from portal.domain.calendar import schedule
from portal.domain.free_days import COVERED_UNTIL, COVERED_YEARS, free_day
from tests.procedures.examples import example, problems


@pytest.mark.parametrize(
    ("day", "why", "source"),
    [
        ("2027-04-27", "Koningsdag", "art. 3, eerste lid"),
        ("2027-03-26", "Goede Vrijdag", "art. 3, tweede lid"),
        ("2027-05-07", "bij koninklijk besluit gelijkgesteld", "7 mei 2027"),
        ("2019-05-31", "bij koninklijk besluit gelijkgesteld", "Stcrt. 2016, 58653"),
        ("2026-05-05", "Bevrijdingsdag", "art. 3"),
        ("2026-11-22", "een zondag", "art. 1"),
    ],
)
def test_a_free_day_says_why_and_where_that_stands(day: str, why: str, source: str) -> None:
    found = free_day(date.fromisoformat(day))

    assert found is not None
    assert why in found.why
    assert source in found.source


def test_a_working_day_is_none() -> None:
    assert free_day(date(2026, 11, 23)) is None


@pytest.mark.parametrize("year", range(2017, 2041))
def test_every_recognised_day_is_known_by_the_package_each_year(year: int) -> None:
    names = {found.why for month in range(1, 13) for day in range(1, 32) if (found := _free(year, month, day))}

    expected = {
        "Nieuwjaarsdag", "Goede Vrijdag", "tweede paasdag", "Koningsdag", "Bevrijdingsdag", "Hemelvaartsdag",
        "tweede pinksterdag", "eerste kerstdag", "tweede kerstdag",
    }  # fmt: skip
    # Ascension may fall on 5 May; then the day has the names of both, and one is told.
    assert expected - names <= {"Hemelvaartsdag", "Bevrijdingsdag"}
    assert len(expected - names) <= 1


def _free(year: int, month: int, day: int):
    try:
        return free_day(date(year, month, day))
    except ValueError:
        return None


def test_the_years_of_the_decrees_are_known() -> None:
    assert date(2028, 12, 31) == COVERED_UNTIL
    assert 2027 in COVERED_YEARS
    assert 2021 not in COVERED_YEARS


def test_a_moved_closing_names_the_day_and_the_reason() -> None:
    (dates,) = schedule(
        "once", datetime.fromisoformat("2027-03-01 09:00"), datetime.fromisoformat("2027-04-27 12:00"), date(2028, 1, 1)
    )

    assert (
        edition_rows._shift(dates) == "De sluiting is verschoven naar 28 april 2027, want 27 april 2027 is Koningsdag."
    )


@pytest.mark.parametrize(
    ("clock", "hours", "wrong"),
    [
        ("17:00", None, []),
        ("09:00", None, []),
        ("17:01", None, ["closes_at"]),
        ("08:59", None, ["closes_at"]),
        ("23:59", {"earliest": "09:00", "latest": "23:59", "text": "Zo staat het in de leidraad."}, []),
        ("12:00", {"earliest": "17:00", "latest": "09:00", "text": "Zo staat het in de leidraad."}, ["latest"]),
        ("12:00", {"earliest": "9 uur", "latest": "17:00", "text": "Zo staat het in de leidraad."}, ["earliest"]),
        ("12:00", {"earliest": "09:00", "latest": "17:00"}, ["closing_hours"]),
    ],
)
def test_a_file_closes_in_office_hours_or_says_why_not(clock, hours, wrong) -> None:
    day = example("open_house")["rounds"]["first"]["closes_at"].split(" ")[0]
    changes = {"rounds.first.closes_at": f"{day} {clock}"} | ({"rounds.closing_hours": hours} if hours else {})

    assert [place[-1] for place, _ in problems("open_house", changes)] == wrong
