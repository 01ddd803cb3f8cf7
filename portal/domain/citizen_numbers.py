"""Numbers of citizens (BSN): they have no business in what is submitted here, so their owner is warned in time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

from stdnum.nl import bsn

WORDS = re.compile(r"\b(?:bsn|burger ?service ?nummers?|sofi-? ?nummers?|citizen service number)\b", re.IGNORECASE)
OTHERS = re.compile(
    r"\b(?:rsin|fiscaal|fiscale|loonheffing\w{0,20}|btw|vat|omzetbelasting\w{0,10}|kvk|iban|agb|polis\w{0,20}|tel\w{0,10}"
    r"|fax|mobiel|factuur\w{0,20}|klant\w{0,20}|certifica\w{0,20}|kenmerk|dossier\w{0,20}|order\w{0,20})\b",
    re.IGNORECASE,
)
"""Words before a number that say that it is something else."""

NEAR = 300  # characters: a table with a heading 'BSN' and rows beneath it
BEFORE = 40
_NUMBER = re.compile(r"(?<![\w.,-])\d(?:[ .-]?\d){8}(?![\w-]|[.,]\d)", re.ASCII)


def suspects(text: str, known: Collection[str] = ()) -> Iterator[tuple[int, int, bool]]:
    """Where a BSN seems to stand: first and last place, and whether that is likely (a word such as BSN is near).

    Nine digits that pass the test, at any one in eleven; so without the word it is a hint only, and none at all when
    a word before it says what else it is. `known`: numbers of the organisation itself (RSIN, btw-id), never a BSN here.
    """
    named = [match.start() for match in WORDS.finditer(text)]
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if digits in known or not bsn.is_valid(digits):
            continue
        is_likely = _is_near(match.start(), named)
        before = text[max(0, match.start() - BEFORE) : match.start()].rsplit("\n", 1)[-1]
        is_other = OTHERS.search(before) is not None
        if is_likely and is_other and not WORDS.search(before):
            is_likely = False
        if is_likely or (digits == match[0] and not is_other):
            yield match.start(), match.end(), is_likely


def _is_near(place: int, named: Sequence[int]) -> bool:
    following = bisect_left(named, place)
    return any(abs(place - at) <= NEAR for at in named[max(0, following - 1) : following + 1])


def likely(text: str, known: Collection[str] = ()) -> bool | None:
    """The strongest suspicion in a text: True likely, False possible, None nothing."""
    return max((found for _, _, found in suspects(text, known)), default=None)


def masked(text: str) -> str:
    """The same text without any number that could be a BSN, whatever stands near it."""

    def mask(match: re.Match[str]) -> str:
        return "•••••••••" if bsn.is_valid(re.sub(r"\D", "", match[0])) else match[0]

    return _NUMBER.sub(mask, text)


def known_to(*numbers: str | None) -> frozenset[str]:
    """The nine digits in an organisation's own RSIN and btw-id (NL123456789B01)."""
    found = (re.search(r"\d{9}", one or "") for one in numbers)
    return frozenset(match[0] for match in found if match)
