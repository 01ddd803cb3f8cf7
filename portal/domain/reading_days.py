"""Days as people write them, in Dutch and in English: found in a line of text, with the words they were written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.domain import wording

FIRST_YEAR, LAST_YEAR = 1990, 2099
"""Outside these years it is no day of a document, but a number that looks like one, or a birthday."""

_ENGLISH = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTHS = {name: at % 12 + 1 for at, name in enumerate((*wording.MONTHS, *_ENGLISH))}
_MONTHS |= {name[:3]: month for name, month in _MONTHS.items()} | {"mrt": 3, "sept": 9, "mei": 5, "okt": 10}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))

# Every repetition has a bound and no two of them overlap, so a line costs time in proportion to its length.
_SHAPES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d-])(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?![\d-])",
        r"(?<![\d./-])(?P<d>\d{1,2}) ?[-/.] ?(?P<m>\d{1,2}) ?[-/.] ?(?P<y>\d{4})(?![\d/-])",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:e|st|nd|rd|th)?(?: of)?[ -](?P<m>{_MONTH})\.?,?[ -](?P<y>\d{{4}})(?!\d)",
        rf"(?<!\w)(?P<m>{_MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})(?!\d)",
    )
)


@dataclass(frozen=True)
class WrittenDay:
    """A day, and where in the line it stands."""

    day: date
    start: int
    end: int


def days_in(line: str) -> list[WrittenDay]:
    """Every possible day in a line, from left to right. What cannot be a day, such as 31 February, is passed over."""
    found = sorted(_matches(line), key=lambda one: one.start)
    return [one for at, one in enumerate(found) if not at or one.start >= found[at - 1].end]


def _matches(line: str) -> Iterator[WrittenDay]:
    for shape in _SHAPES:
        for match in shape.finditer(line):
            month = match["m"].lower()
            try:
                day = date(int(match["y"]), _MONTHS[month] if month in _MONTHS else int(month), int(match["d"]))
            except ValueError:
                continue
            if FIRST_YEAR <= day.year <= LAST_YEAR:
                yield WrittenDay(day, match.start(), match.end())
