"""What a procedure file keeps to beside its schema: codes that exist, dates in order, nothing that compares.

The checks look at raw values, right or wrong, and skip what the schema already refused, so that one reading
gives all errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.domain import calendar
from portal.errors import Invalid
from portal.terms import COVERAGE_STATES, DOCUMENT_KINDS, UNITS

Place = tuple[str | int, ...]

# An open house admits everyone who meets the requirements. A field that compares applicants, counts them or
# spreads turnover would make it a public contract (CJEU C-410/14 Falk Pharma, C-9/17 Tirkkonen).
_COMPARISON = re.compile(
    r"(^|_)(scor\w*|weight\w*|weging|rank\w*|rang(orde)?|points?|punten|shortlist|award\w*|gunning\w*|preference"
    r"|quota|ceiling|budget|max(imum)?_(providers|agreements|applicants)|number_of_(providers|agreements))($|_)"
)

SETTINGS: dict[str, frozenset[str]] = {
    "declaration": frozenset({"statement"}),
    "yes_no": frozenset({"required_answer"}),
    "text": frozenset({"min_length"}),
    "number": frozenset({"minimum"}),
    "document": frozenset(),
    "certificate": frozenset(),
    "reference": frozenset({"minimum"}),
    "location": frozenset(),
}
_NEEDS_SETTING = {"yes_no": "required_answer", "number": "minimum"}
_NEEDS_EVIDENCE = frozenset({"document", "certificate"})


@dataclass
class Draft:
    """A file while it is read: raw values, the line of each place, and the problems found so far."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Line of `place`, or of the nearest part of the file around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def wrong(self, place: Place, message: str) -> None:
        self.problems.append((self.line(place), message))

    def name(self, place: Place) -> str:
        """How a person finds `place`: the last key, with its number in the list when it is in one."""
        keys = [part for part in place if isinstance(part, str)]
        if not keys:
            return "Het bestand"
        number = f" (nummer {place[-1] + 1})" if isinstance(place[-1], int) else ""
        return f"'{keys[-1]}'{number}"

    def get(self, *place: str | int) -> Any:
        """The raw value at `place`, None when there is none."""
        value = self.data
        for part in place:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int):
                value = value[part]
            else:
                return None
        return value

    def blocks(self, *place: str | int) -> Iterator[tuple[Place, dict[str, Any]]]:
        """The blocks in the list at `place`, each with its own place."""
        for index, value in self._items(place):
            if isinstance(value, dict):
                yield (*place, index), value

    def words(self, *place: str | int) -> Iterator[tuple[Place, str]]:
        """The texts in the list at `place`, each with its own place."""
        for index, value in self._items(place):
            if isinstance(value, str):
                yield (*place, index), value

    def _items(self, place: Place) -> Iterator[tuple[int, Any]]:
        value = self.get(*place)
        yield from enumerate(value if isinstance(value, list) else [])

    def day(self, *place: str | int) -> date | None:
        """The day at `place` when it is one."""
        value = self.get(*place)
        try:
            return date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            return None

    def wall_time(self, *place: str | int) -> datetime | None:
        """The moment on the clock at `place` when it is one."""
        value = self.get(*place)
        try:
            return datetime.fromisoformat(value) if isinstance(value, str) and " " in value else None
        except ValueError:
            return None


def is_comparison(key: str) -> bool:
    """Whether a field of this name would compare applicants or limit their number."""
    return _COMPARISON.search(key.lower()) is not None


def check(draft: Draft) -> None:
    """Add every broken rule to `draft.problems`."""
    _nothing_compares(draft, (), draft.data)
    lots: dict[str, Place] = {}
    products: dict[str, Place] = {}
    _lots(draft, ("lots",), lots, products)
    municipalities = _unique(draft, ("authority", "municipalities"))
    _unique(draft, ("requirements",))
    _unique(draft, ("contract_management", "quarterly_topics"))
    for place, requirement in draft.blocks("requirements"):
        _requirement(draft, place, requirement, lots)
    _coverage(draft, municipalities, lots, products)
    _integrity(draft)
    _dates(draft)
    _rounds(draft)


def _nothing_compares(draft: Draft, place: Place, value: Any) -> None:
    parts: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    for key, part in parts:
        if isinstance(key, str) and is_comparison(key):
            draft.wrong(
                (*place, key),
                f"De sleutel '{key}' kan niet: een toelatingsprocedure (open_house) vergelijkt aanbieders"
                " niet en begrenst hun aantal of omzet niet.",
            )
        _nothing_compares(draft, (*place, key), part)


def _unique(draft: Draft, place: Place) -> dict[str, Place]:
    codes: dict[str, Place] = {}
    for inner, block in draft.blocks(*place):
        _remember(draft, codes, (*inner, "code"), block.get("code"))
    return codes


def _remember(draft: Draft, codes: dict[str, Place], place: Place, code: Any) -> None:
    if not isinstance(code, str):
        return
    if code in codes:
        draft.wrong(place, f"De code '{code}' is al gebruikt op regel {draft.line(codes[code])}.")
    codes.setdefault(code, place)


def _lots(draft: Draft, place: Place, lots: dict[str, Place], products: dict[str, Place]) -> None:
    """Walk the tree; `lots` and `products` get each code with its place."""
    for inner, lot in draft.blocks(*place):
        _remember(draft, lots, (*inner, "code"), lot.get("code"))
        if ("lots" in lot) == ("products" in lot):
            draft.wrong(inner, "Een perceel heeft of 'lots' (percelen eronder) of 'products', en één van de twee.")
        for there, product in draft.blocks(*inner, "products"):
            _remember(draft, products, (*there, "code"), product.get("code"))
            _known(draft, (*there, "unit"), product.get("unit"), UNITS, "eenheid")
        _lots(draft, (*inner, "lots"), lots, products)


def _known(draft: Draft, place: Place, key: Any, known: Any, word: str) -> bool:
    if isinstance(key, str) and key not in known:
        choices = ", ".join(known)
        draft.wrong(place, f"De {word} '{key}' bestaat niet. Bekend: {choices}.")
    return isinstance(key, str) and key in known


def _requirement(draft: Draft, place: Place, requirement: dict[str, Any], lots: dict[str, Place]) -> None:
    for inner, code in draft.words(*place, "lots"):
        _known(draft, inner, code, lots, "perceelcode")
    if requirement.get("applies_to") == "organisation" and "lots" in requirement:
        draft.wrong((*place, "applies_to"), "Een eis aan de organisatie noemt geen 'lots'.")
    _settings(draft, place, requirement)
    if requirement.get("type") in _NEEDS_EVIDENCE and "evidence" not in requirement:
        draft.wrong((*place, "type"), "Bij dit type hoort 'evidence': welke stukken de eis bewijzen.")
    if requirement.get("equivalent_allowed") is True and "evidence" not in requirement:
        draft.wrong((*place, "equivalent_allowed"), "Gelijkwaardig kan alleen bij een eis met 'evidence'.")
    _evidence(draft, (*place, "evidence"))


def _settings(draft: Draft, place: Place, requirement: dict[str, Any]) -> None:
    kind, settings = requirement.get("type"), requirement.get("settings", {})
    if not isinstance(kind, str) or kind not in SETTINGS or not isinstance(settings, dict):
        return
    for key in settings.keys() - SETTINGS[kind]:
        if any(key in keys for keys in SETTINGS.values()):
            draft.wrong((*place, "settings", key), f"De instelling '{key}' hoort niet bij het type '{kind}'.")
    needed = _NEEDS_SETTING.get(kind)
    if needed and needed not in settings:
        draft.wrong((*place, "type"), f"Het type '{kind}' heeft in 'settings' een '{needed}' nodig.")


def _evidence(draft: Draft, place: Place) -> None:
    kinds = []
    for inner, key in draft.words(*place, "kinds"):
        if not _known(draft, inner, key, DOCUMENT_KINDS, "soort document"):
            continue
        if DOCUMENT_KINDS[key].is_integrity:
            draft.wrong(inner, f"'{key}' hoort bij 'integrity': beoordelaars mogen dit stuk niet zien.")
        kinds.append((inner, key, DOCUMENT_KINDS[key]))
    validity = draft.get(*place, "validity")
    if not isinstance(validity, dict):
        return
    rule = validity.get("rule")
    if (rule == "issued_within") != ("months" in validity) and rule in ("issued_within", "valid_on"):
        draft.wrong((*place, "validity"), "'months' hoort bij 'issued_within', en alleen daarbij.")
    for inner, key, kind in kinds:
        if rule == "valid_on" and not kind.has_term:
            draft.wrong(inner, f"Van '{key}' vragen wij geen einddatum: 'valid_on' is niet te toetsen.")
        if rule == "issued_within" and not (kind.has_issue_date or kind.has_term):
            draft.wrong(inner, f"Van '{key}' vragen wij geen datum: 'issued_within' is niet te toetsen.")


def _coverage(
    draft: Draft, municipalities: dict[str, Place], lots: dict[str, Place], products: dict[str, Place]
) -> None:
    _known(draft, ("coverage", "default"), draft.get("coverage", "default"), COVERAGE_STATES, "stand")
    for place, remark in draft.blocks("coverage", "remarks"):
        _known(draft, (*place, "municipality"), remark.get("municipality"), municipalities, "gemeentecode")
        known = [
            lots[code] for inner, code in draft.words(*place, "lots") if _known(draft, inner, code, lots, "perceelcode")
        ]
        for inner, code in draft.words(*place, "products"):
            if not _known(draft, inner, code, products, "productcode") or not known:
                continue
            if not any(products[code][: len(lot) - 1] == lot[:-1] for lot in known):
                draft.wrong(inner, f"Het product '{code}' hoort niet bij de percelen die hier staan.")
    cells: set[tuple[str, str]] = set()
    for place, cell in draft.blocks("coverage", "cells"):
        municipality, product = cell.get("municipality"), cell.get("product")
        _known(draft, (*place, "state"), cell.get("state"), COVERAGE_STATES, "stand")
        _known(draft, (*place, "municipality"), municipality, municipalities, "gemeentecode")
        _known(draft, (*place, "product"), product, products, "productcode")
        if isinstance(municipality, str) and isinstance(product, str):
            if (municipality, product) in cells:
                draft.wrong(place, f"Over '{product}' in gemeente '{municipality}' staat hierboven al iets.")
            cells.add((municipality, product))


def _integrity(draft: Draft) -> None:
    place = ("integrity", "document")
    kind = draft.get(*place)
    if _known(draft, place, kind, DOCUMENT_KINDS, "soort document") and not DOCUMENT_KINDS[kind].is_integrity:
        draft.wrong(place, f"'{kind}' wordt niet verzegeld bewaard en kan geen stuk van de integriteitstoets zijn.")


def _dates(draft: Draft) -> None:
    for place in [("agreement",), *(place for place, _ in draft.blocks("planning"))]:
        starts_on, ends_on = draft.day(*place, "starts_on"), draft.day(*place, "ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            draft.wrong((*place, "ends_on"), f"De einddatum {ends_on} ligt vóór de begindatum {starts_on}.")


def _rounds(draft: Draft) -> None:
    first = ("rounds", "first")
    opens, closes = draft.wall_time(*first, "opens_at"), draft.wall_time(*first, "closes_at")
    for key, wall in (("opens_at", opens), ("closes_at", closes)):
        if wall:
            try:
                calendar.local_instant(wall.date(), wall.time())
            except Invalid as error:
                draft.wrong((*first, key), str(error))
                return
    agreement_starts, cadence = draft.day("agreement", "starts_on"), draft.get("rounds", "cadence")
    starts_on = draft.day(*first, "starts_on") or agreement_starts
    until = draft.get("rounds", "until")
    last = draft.day("agreement", "ends_on") if until == "end" else draft.day("rounds", "until")
    if not (opens and closes and starts_on and agreement_starts and last) or cadence not in calendar.CADENCES:
        return
    if starts_on < agreement_starts:
        draft.wrong((*first, "starts_on"), "De ingangsdatum van de ronde ligt vóór die van de raamovereenkomst.")
    if opens.date() > last or starts_on >= last:
        draft.wrong(("rounds", "until"), f"Er is geen ronde: de eerste gaat niet in vóór {last}.")
        return
    if cadence != "continuous" and starts_on <= closes.date():
        draft.wrong((*first, "starts_on"), "De ingangsdatum van de ronde ligt niet na de sluiting.")
    try:
        calendar.schedule(cadence, opens, closes, last, starts_on)
    except Invalid as error:
        draft.wrong((*first, "closes_at"), str(error))
