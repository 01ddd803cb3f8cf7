"""From the text of a document to values for its fields, each with the words it was read from and the page.

What a stranger wrote is only searched here, in lines of a bounded length, with patterns that cost time in proportion
to it. A wrong guess is possible: whoever uses a value saw the words first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.domain import citizen_numbers
from portal.domain.reading_days import days_in
from portal.domain.reading_rules import Rule, Shape, rules_for

LONGEST = 500
"""Characters of a line that are looked at."""
QUOTED = 160
FAR = 40
"""Between the words of a rule and its value."""
LONGEST_VALUE, LONGEST_PROSE = 200, 500
MOST_LINES = 4

_KVK = re.compile(r"(?<!\d)(?:\d{8}|\d{4} \d{4})(?!\d)", re.ASCII)
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{2,39}", re.ASCII)
_LEGAL_FORMS = frozenset(
    {"bv", "nv", "vof", "cv", "ua", "wa", "stichting", "stg", "cooperatie", "cooperatief", "vereniging", "maatschap",
     "mts", "eenmanszaak", "holding", "inc", "ltd", "gmbh"}
)  # fmt: skip


@dataclass(frozen=True)
class ReadValue:
    """A value for a field of the document (a day in ISO form), the words it was read from, and the page from 1."""

    field: str
    value: str
    words: str
    page: int


@dataclass(frozen=True)
class _Hit:
    field: str
    value: str
    words: str


class _Page:
    """One page as short lines with single spaces."""

    def __init__(self, text: str, number: int) -> None:
        self.number = number
        lines = (" ".join(line[:LONGEST].split()) for line in text.splitlines())
        self.lines = [line for line in lines if line]
        self.whole = "\n".join(self.lines)


def values_in(pages: Sequence[str], kind: str, names: Sequence[str], kvk_number: str) -> list[ReadValue]:
    """At most one value per field. `names` and `kvk_number` are of the own organisation: those are looked for first."""
    rules, every = rules_for(kind)
    sheets = [_Page(text, number) for number, text in enumerate(pages, start=1)]
    found: dict[str, ReadValue] = {}
    for page in sheets if not rules.is_personal else ():
        for hit in _own(page, names, kvk_number):
            found.setdefault(hit.field, _value(hit, page))
    for rule in every:
        for page, hit in _by_rule(sheets, rule):
            found.setdefault(hit.field, _value(hit, page))
    for page in sheets if "issuer" not in found else ():
        for shown, marks in rules.issuers:
            line = _line_with(page, marks)
            if line is not None:
                found.setdefault("issuer", _value(_Hit("issuer", shown, line), page))
    return [one for one in found.values() if citizen_numbers.masked(one.value) == one.value]


def _value(hit: _Hit, page: _Page) -> ReadValue:
    words = citizen_numbers.masked(hit.words)
    cut = words if len(words) <= QUOTED else words[: QUOTED - 1] + "…"
    return ReadValue(
        hit.field, hit.value[: LONGEST_PROSE if hit.field == "scope" else LONGEST_VALUE].strip(), cut, page.number
    )


def _own(page: _Page, names: Sequence[str], kvk_number: str) -> Iterator[_Hit]:
    """The organisation's own name and number, wherever they stand."""
    for name in names:
        line = _line_with(page, (name,))
        if line is not None:
            yield _Hit("holder_name", name, line)
    if re.fullmatch(r"\d{8}", kvk_number):
        line = _line_with(page, (kvk_number, f"{kvk_number[:4]} {kvk_number[4:]}"))
        if line is not None:
            yield _Hit("holder_kvk_number", kvk_number, line)


def _line_with(page: _Page, marks: Sequence[str]) -> str | None:
    """The first line in which one of these stands as whole words."""
    for mark in marks:
        wanted = re.compile(rf"(?<!\w){re.escape(' '.join(mark.split()))}(?!\w)", re.IGNORECASE)
        if mark.strip() and wanted.search(page.whole):
            return next((line for line in page.lines if wanted.search(line)), None)
    return None


def _by_rule(pages: Sequence[_Page], rule: Rule) -> Iterator[tuple[_Page, _Hit]]:
    """What the surest phrase that gives anything gives."""
    for pattern in rule.patterns:
        for page in pages:
            if not pattern.search(page.whole):
                continue
            for at, line in enumerate(page.lines):
                for match in pattern.finditer(line):
                    hits = list(_after(page, at, match, rule))
                    if hits:
                        yield from ((page, hit) for hit in hits)
                        return


def _after(page: _Page, at: int, match: re.Match[str], rule: Rule) -> Iterator[_Hit]:
    """The value behind a phrase: in the rest of its line, or in the next one when the phrase is all of it."""
    line = page.lines[at]
    before = line[: match.start()].lower().rsplit(" ", 2)[-2:]
    if any(word.strip(" :,.") in rule.not_after for word in before):
        return
    rest, quoted, following = line[match.end() :], line[match.start() :], at + 1
    if not rest.strip(" :.-–") and following < len(page.lines):
        rest, following = page.lines[following], following + 1
        quoted = f"{quoted} {rest}"
    elif rule.shape in (Shape.LINE, Shape.PROSE) and match.start() and not rest.lstrip().startswith(":"):
        return
    for more in page.lines[following : following + MOST_LINES] if rule.shape is Shape.PROSE else ():
        if not more[:1].islower():
            break
        rest, quoted = f"{rest} {more}", f"{quoted} {more}"
    yield from _SHAPES[rule.shape](rule.field, rest, quoted)


def _day(field: str, rest: str, quoted: str) -> Iterator[_Hit]:
    for one in days_in(rest[: 2 * FAR])[:1]:
        if one.start <= FAR:
            yield _Hit(field, one.day.isoformat(), _until(quoted, rest, one.end))


def _term(field: str, rest: str, quoted: str) -> Iterator[_Hit]:
    days = days_in(rest[: 4 * FAR])[:2]
    if not days or days[0].start > FAR:
        return
    words = _until(quoted, rest, days[-1].end)
    yield _Hit(field, days[0].day.isoformat(), words)
    if len(days) == 2 and days[1].day > days[0].day and days[1].start - days[0].end <= FAR:
        yield _Hit("expires_on", days[1].day.isoformat(), words)


def _kvk(field: str, rest: str, quoted: str) -> Iterator[_Hit]:
    match = _KVK.search(rest[: FAR + 9])
    if match:
        yield _Hit(field, match[0].replace(" ", ""), _until(quoted, rest, match.end()))


def _number(field: str, rest: str, quoted: str) -> Iterator[_Hit]:
    for match in _NUMBER.finditer(rest[: FAR + LONGEST_VALUE]):
        if match.start() > FAR:
            return
        text = match[0].rstrip("./-")
        if any(char.isdigit() for char in text) and not days_in(text) and citizen_numbers.masked(text) == text:
            yield _Hit(field, text, _until(quoted, rest, match.end()))
            return


def _line(field: str, rest: str, quoted: str) -> Iterator[_Hit]:
    value = rest.lstrip(" :.-–").rstrip(" :-–")
    if sum(char.isalpha() for char in value) >= 2:
        yield _Hit(field, value, quoted)


_SHAPES = {
    Shape.DAY: _day,
    Shape.TERM: _term,
    Shape.KVK: _kvk,
    Shape.NUMBER: _number,
    Shape.LINE: _line,
    Shape.PROSE: _line,
}


def _until(quoted: str, rest: str, end: int) -> str:
    """The quoted words as far as the value reaches."""
    return quoted[: len(quoted) - len(rest) + end]


def bare_name(name: str) -> str:
    """A name as it is compared: without legal form, accents, capitals and punctuation."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(char for char in folded if not unicodedata.combining(char))
    words = re.sub(r"[^\w\s]", "", kept).split()
    return " ".join(word for word in words if word not in _LEGAL_FORMS)


def is_same_name(one: str, other: str) -> bool:
    """Whether two names may well be of the same organisation: equal, or the one stands whole within the other."""
    first, second = bare_name(one), bare_name(other)
    if not first or not second:
        return True  # nothing left to compare
    return f" {first} " in f" {second} " or f" {second} " in f" {first} "
