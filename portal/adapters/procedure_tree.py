"""The tree of lots and products: codes, days, successors, and who pays how.

Funding comes from the nearest block that names it: the product, the lot it hangs on, the lot above that. Without
any it is 'per_unit': a tariff per unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from portal.adapters.procedure_draft import Codes, Draft, Place
from portal.terms import UNITS

DIVIDED = frozenset({"lumpsum", "population"})  # funding by a budget that the buyers divide: tenders only
_NEVER_DIVIDED = ("open_house", "framework")
_NOT_BUYING = frozenset({"not_bought", "to_be_confirmed"})


@dataclass
class Tree:
    """Each code with the place of its block, in the order of the file."""

    lots: Codes = field(default_factory=Codes)
    products: Codes = field(default_factory=Codes)

    def either(self, draft: Draft, place: Place) -> bool:
        """Whether the text at `place` is the code of one lot or one product; wrong when it is none, or both."""
        if not draft.known(place, self.lots.and_also(self.products), "perceel- of productcode"):
            return False
        code = draft.text(*place)
        if code in self.lots and code in self.products:
            message = f"'{code}' is de code van een perceel en ook van een product. Geef één van de twee een andere."
            draft.wrong(place, message)
        return True

    def within(self, place: Place, lots: list[str]) -> bool:
        """Whether the lot or product at `place` is one of `lots`, or lies in one."""
        return any(code in self.lots and place[: len(self.lots[code])] == self.lots[code] for code in lots)

    def leaves(self) -> dict[str, Place]:
        """The lots on which products hang."""
        bearing = {place[:-2] for place in self.products.values()}
        return {code: place for code, place in self.lots.items() if place in bearing}


def path(place: Place) -> Iterator[Place]:
    """The places of the lots around a product or lot, the innermost first; of a lot, itself too."""
    length = len(place) if "products" not in place else place.index("products")
    for end in range(length, 0, -2):
        yield place[:end]


def funding(draft: Draft, product: Place) -> str:
    """How the product at this place is paid: 'per_unit', 'lumpsum' or 'population'."""
    for place in (product, *path(product)):
        if named := draft.text(*place, "funding"):
            return named
    return "per_unit"


def check(draft: Draft, municipalities: Codes) -> Tree:
    """Add every broken rule of the tree to `draft.problems`; give the codes for the other rules."""
    tree = Tree()
    _collect(draft, ("lots",), tree)
    blocks = [*tree.lots.values(), *tree.products.values()]
    for place in blocks:
        _days(draft, place)
        _law(draft, place)
        _amounts(draft, place, municipalities)
    for place in tree.products.values():
        _product(draft, place, tree)
    _successors(draft, tree)
    for inner, goal in draft.blocks("goals"):
        if "law" in goal:
            _law(draft, inner)
    return tree


def _collect(draft: Draft, place: Place, tree: Tree) -> None:
    for inner, lot in draft.blocks(*place):
        draft.remember(tree.lots, inner)
        if ("lots" in lot) == ("products" in lot):
            draft.wrong(inner, "Een perceel heeft of 'lots' (percelen eronder) of 'products', en één van de twee.")
        for there, _ in draft.blocks(*inner, "products"):
            draft.remember(tree.products, there)
        _collect(draft, (*inner, "lots"), tree)


def _days(draft: Draft, place: Place) -> None:
    draft.in_order(place)
    _inherited_days(draft, place)
    last = draft.day("agreement", "ends_on")
    if last is None:
        return
    for key in ("starts_on", "ends_on"):
        day = draft.day(*place, key)
        if day and day > last:
            draft.wrong((*place, key), f"De dag {day} ligt na het einde van de overeenkomst, {last}.")


def _inherited_days(draft: Draft, place: Place) -> None:
    """A day that stands here against the other one, when that is taken over from a lot around it."""
    starts_on, ends_on = draft.day(*place, "starts_on"), draft.day(*place, "ends_on")
    if (starts_on is None) == (ends_on is None):
        return
    taken = "starts_on" if starts_on is None else "ends_on"
    for lot in path(place):
        day = draft.day(*lot, taken)
        if lot == place or day is None:
            continue
        code = draft.text(*lot, "code")
        if ends_on and ends_on < day:
            message = f"De einddatum {ends_on} ligt vóór de begindatum {day} van perceel '{code}'."
            draft.wrong((*place, "ends_on"), message)
        if starts_on and day < starts_on:
            message = f"De begindatum {starts_on} ligt na de einddatum {day} van perceel '{code}'."
            draft.wrong((*place, "starts_on"), message)
        return


def _law(draft: Draft, place: Place) -> None:
    law, laws = draft.text(*place, "law"), [word for _, word in draft.words("law")]
    if law and laws and law not in laws:
        draft.wrong((*place, "law"), f"De wet '{law}' staat niet bij 'law' van de procedure.")


def _amounts(draft: Draft, place: Place, municipalities: Codes) -> None:
    """Amounts per municipality: each municipality exists, and stands there once."""
    for key in ("tariffs", "budgets"):
        seen: dict[str, Place] = {}
        for inner, _ in draft.blocks(*place, key):
            if draft.known((*inner, "municipality"), municipalities, "gemeentecode"):
                code = draft.text(*inner, "municipality")
                if code in seen:
                    message = f"Over gemeente '{code}' staat {draft.earlier(seen[code])} al een bedrag."
                    draft.wrong((*inner, "municipality"), message)
                seen.setdefault(code, inner)


def _product(draft: Draft, place: Place, tree: Tree) -> None:
    draft.known((*place, "unit"), UNITS, "eenheid")
    code = draft.text(*place, "code")
    for inner, other in draft.words(*place, "coupled_with"):
        if other == code:
            draft.wrong(inner, "Een product is niet aan zichzelf gekoppeld.")
        else:
            draft.known(inner, tree.products, "productcode")
    has_tariff, paid = draft.get(*place, "tariff") is not None, funding(draft, place)
    if paid == "per_unit" and not has_tariff:
        tail = " Is het tarief er nog niet, laat dan 'lots' weg." if draft.text("kind") == "consultation" else ""
        message = f"Het product '{code}' wordt per eenheid betaald ('per_unit') en heeft een 'tariff' nodig.{tail}"
        draft.wrong(place, message)
    if paid in DIVIDED and draft.text("kind") not in _NEVER_DIVIDED:
        for key in ("tariff", "tariffs"):
            if draft.get(*place, key):
                message = f"Het product '{code}' wordt uit een budget betaald ('{paid}') en heeft geen '{key}'."
                draft.wrong((*place, key), message)


def _successors(draft: Draft, tree: Tree) -> None:
    follows: dict[Place, Place] = {}
    for place in (*tree.lots.values(), *tree.products.values()):
        named = draft.get(*place, "successor")
        if not isinstance(named, dict):
            continue
        there = (*place, "successor")
        if not named.get("code") and not named.get("text"):
            draft.wrong(there, "Een opvolger heeft een 'code' van dit bestand of een 'text', of allebei.")
        if tree.either(draft, (*there, "code")):
            code = draft.text(*there, "code")
            near, far = (tree.products, tree.lots) if "products" in place else (tree.lots, tree.products)
            follows[place] = near.get(code) or far[code]
    told: set[Place] = set()
    for place in follows:
        if place in told:
            continue
        walked, at = [place], follows.get(place)
        while at is not None and at not in walked:
            walked.append(at)
            at = follows.get(at)
        if at == place:
            told.update(walked)
            there = (*place, "successor", "code")
            own = "Een opvolger is iets anders dan wat hij opvolgt."
            codes = " > ".join(draft.text(*one, "code") for one in (*walked, place))
            draft.wrong(there, own if len(walked) == 1 else f"De opvolgers lopen in een kring: {codes}.")


def check_budgets(draft: Draft, tree: Tree, states: Mapping[tuple[str, str], str]) -> None:
    """Where a budget must stand, and where it or its funding cannot. `states`: of each (product, municipality)."""
    kind = draft.text("kind")
    if kind in _NEVER_DIVIDED:
        for place in (*tree.lots.values(), *tree.products.values()):
            if draft.text(*place, "funding") in DIVIDED:
                message = f"De bekostiging '{draft.text(*place, 'funding')}' kan alleen bij een aanbesteding (tender)."
                draft.wrong((*place, "funding"), message)
    if kind != "tender":
        return
    needed: dict[tuple[Place, str], str] = {}
    used: set[Place] = set()
    for code, place in tree.products.items():
        if funding(draft, place) not in DIVIDED:
            continue
        around = list(path(place))
        used.update(around)
        paid = {draft.text(*inner, "municipality") for lot in around for inner, _ in draft.blocks(*lot, "budgets")}
        bearer = next((lot for lot in around if draft.text(*lot, "funding") in DIVIDED), around[0])
        for (product, municipality), state in states.items():
            if product == code and state not in _NOT_BUYING and municipality not in paid:
                needed.setdefault((bearer, municipality), code)
    for (place, municipality), _ in needed.items():
        lot = draft.text(*place, "code")
        draft.wrong(place, f"Gemeente '{municipality}' koopt in perceel '{lot}', maar heeft geen bedrag bij 'budgets'.")
    for place in tree.lots.values():
        if draft.get(*place, "budgets") and place not in used:
            message = "Een budget kan alleen als hieronder iets met 'lumpsum' of 'population' wordt betaald."
            draft.wrong((*place, "budgets"), message)
