"""Which days are no working day, and why: the data of `free_days.toml` with the dates of the package `holidays`.

Saturdays and Sundays (Atw art. 1), recognised holidays (art. 3, first and second paragraph), and the days that a
royal decree puts on a par with them (art. 3, third paragraph). Without a decree a day such as the Friday after
Ascension is a working day.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import holidays

_DATA = tomllib.loads((Path(__file__).with_name("free_days.toml")).read_text(encoding="utf-8"))
_RECOGNISED = {one["library"]: one for one in _DATA["recognised"]}
_WEEKEND = {5: "een zaterdag", 6: "een zondag"}


@dataclass(frozen=True)
class FreeDay:
    """Why a day is no working day: words that follow on '27 april 2027 is', and where that is said."""

    why: str
    source: str


def _equated() -> dict[date, FreeDay]:
    words = "bij koninklijk besluit gelijkgesteld met een feestdag"
    return {day: FreeDay(words, decree["source"]) for decree in _DATA["decrees"] for day in decree["days"]}


_EQUATED = _equated()
COVERED_YEARS = frozenset(
    year for decree in _DATA["decrees"] for year in range(decree["first_year"], decree["last_year"] + 1)
)
"""The years about which a decree is known."""
COVERED_UNTIL = date(max(COVERED_YEARS), 12, 31)
"""The last day about which a decree is known. Later ones may still become equated, and a date may then shift."""


@cache
def _recognised(year: int) -> dict[date, FreeDay]:
    # 'optional' is where the package keeps 5 May outside lustrum years.
    known = holidays.country_holidays("NL", years=year, categories=("public", "optional"), language="nl")
    found = {}
    for day, names in known.items():
        for name in names.split("; "):
            if name in _RECOGNISED:
                found[day] = FreeDay(_RECOGNISED[name]["name"], _RECOGNISED[name]["source"])
    return found


def free_day(day: date) -> FreeDay | None:
    """Why `day` is no working day; None when it is one."""
    found = _recognised(day.year).get(day) or _EQUATED.get(day)
    if found is None and day.weekday() in _WEEKEND:
        return FreeDay(_WEEKEND[day.weekday()], "Algemene termijnenwet art. 1")
    return found
