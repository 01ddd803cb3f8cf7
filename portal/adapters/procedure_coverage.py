"""What each municipality buys: the rules, and the matrix laid out in cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.adapters.procedure_draft import Codes, Draft, Place
from portal.adapters.procedure_tree import Tree, check_budgets
from portal.terms import COVERAGE_STATES

Cell = tuple[str, str]  # product and municipality

_ABOUT = "coverage"
_OWN = ("remark", "ground", "since_on", "reopens_on", "starts_on")  # what makes a cell worth telling


def check(draft: Draft, tree: Tree, municipalities: Codes) -> None:
    """Add every broken rule of the coverage, and of the budgets that follow from it, to `draft.problems`."""
    draft.known((_ABOUT, "default"), COVERAGE_STATES, "stand")
    grounds = draft.unique(_ABOUT, "closing_grounds")
    _scopes(draft, tree, municipalities)
    rows = _rows(draft, tree, municipalities)
    cells: dict[Cell, Place] = {}
    for place, cell in draft.blocks(_ABOUT, "cells"):
        draft.known((*place, "state"), COVERAGE_STATES, "stand")
        there = draft.known((*place, "municipality"), municipalities, "gemeentecode")
        if draft.known((*place, "product"), tree.products, "productcode") and there:
            key = (cell["product"], cell["municipality"])
            if key in cells:
                draft.wrong(place, f"Over '{key[0]}' in gemeente '{key[1]}' staat {draft.earlier(cells[key])} al iets.")
            cells.setdefault(key, place)
        _closing(draft, place, cell, grounds)
    _published_grounds(draft, rows, cells)
    default = draft.text(_ABOUT, "default")
    states = {(product, code): default for product in tree.products for code in municipalities}
    states |= {key: draft.text(*place) for key, place in rows.items()}
    states |= {key: draft.text(*place, "state") for key, place in cells.items()}
    check_budgets(draft, tree, states)


def _scopes(draft: Draft, tree: Tree, municipalities: Codes) -> None:
    for place, _ in draft.blocks(_ABOUT, "remarks"):
        draft.known((*place, "municipality"), municipalities, "gemeentecode")
        lots = draft.all_known((*place, "lots"), tree.lots, "perceelcode")
        for inner, code in draft.words(*place, "products"):
            known = draft.known(inner, tree.products, "productcode")
            if known and lots and not tree.within(tree.products[code], lots):
                draft.wrong(inner, f"Het product '{code}' hoort niet bij de percelen die hier staan.")
    for place, start in draft.blocks(_ABOUT, "starts"):
        draft.known((*place, "municipality"), municipalities, "gemeentecode")
        draft.all_known((*place, "lots"), tree.lots, "perceelcode")
        if not start.get("municipality") and not start.get("lots"):
            draft.wrong(place, "Een gefaseerde start noemt een 'municipality', 'lots' of allebei.")
        _in_agreement(draft, place)
    for place, _ in draft.blocks(_ABOUT, "cells"):
        _in_agreement(draft, place)


def _in_agreement(draft: Draft, place: Place) -> None:
    day = draft.day(*place, "starts_on")
    first, last = draft.day("agreement", "starts_on"), draft.day("agreement", "ends_on")
    if day and ((first and day < first) or (last and day > last)):
        draft.wrong((*place, "starts_on"), f"De dag {day} valt buiten de looptijd van de overeenkomst.")


def _rows(draft: Draft, tree: Tree, municipalities: Codes) -> dict[Cell, Place]:
    """Where each state of the matrix stands."""
    found: dict[Cell, Place] = {}
    products: dict[str, Place] = {}
    for place, row in draft.blocks(_ABOUT, "rows"):
        states, product = row.get("states"), draft.text(*place, "product")
        known = draft.known((*place, "product"), tree.products, "productcode")
        if product in products:
            message = f"Over product '{product}' staat {draft.earlier(products[product])} al een rij."
            draft.wrong((*place, "product"), message)
        products.setdefault(product, place)
        for code in states if isinstance(states, dict) else ():
            inner = (*place, "states", code)
            draft.known(inner, COVERAGE_STATES, "stand")
            if code not in municipalities and not municipalities.is_doubtful:
                choices = ", ".join(municipalities)
                draft.wrong(inner, f"De gemeentecode '{code}' bestaat niet. Bekend: {choices}.")
            elif known and code in municipalities:
                found.setdefault((product, code), inner)
    return found


def _closing(draft: Draft, place: Place, cell: dict[str, Any], grounds: Mapping[str, Place]) -> None:
    state = draft.text(*place, "state")
    if "ground" in cell:
        draft.known((*place, "ground"), grounds, "grond")
    for key in ("ground", "reopens_on"):
        if key in cell and state != "closed" and state in COVERAGE_STATES:
            draft.wrong((*place, key), f"'{key}' hoort bij de stand 'closed', en alleen daarbij.")
    since, reopens = draft.day(*place, "since_on"), draft.day(*place, "reopens_on")
    if since and reopens and reopens <= since:
        draft.wrong((*place, "reopens_on"), f"De dag van heropenen {reopens} ligt niet na {since}, de dag van sluiten.")


def _published_grounds(draft: Draft, rows: Mapping[Cell, Place], cells: Mapping[Cell, Place]) -> None:
    """An open house closes only on a ground that everybody could read beforehand."""
    if draft.text("kind") != "open_house":
        return
    tail = "Een toelatingsprocedure sluit alleen op een grond die vooraf is gepubliceerd ('closing_grounds')."
    if draft.text(_ABOUT, "default") == "closed":
        draft.wrong((_ABOUT, "default"), f"Alles dicht zonder grond kan niet. {tail}")
    for key, place in rows.items():
        if draft.text(*place) == "closed" and key not in cells:
            message = f"'{key[0]}' is hier dicht zonder grond: zet de cel met 'ground' bij 'cells'. {tail}"
            draft.wrong(place, message)
    for place in cells.values():
        if draft.text(*place, "state") == "closed" and not draft.text(*place, "ground"):
            draft.wrong((*place, "state"), f"Bij 'closed' hoort een 'ground'. {tail}")


# The matrix in cells


def laid_out(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every cell of a checked and filled procedure that differs from the default or has something of its own.

    In the order of the products, then of the municipalities. What is written for one cell wins over its row and
    over `starts`; of two `starts` that concern a cell, the last wins. Remarks on a cell follow each other.
    Days are still text here.
    """
    coverage = data[_ABOUT]
    rows = {row["product"]: row["states"] for row in coverage["rows"]}
    own = {(cell["product"], cell["municipality"]): cell for cell in coverage["cells"]}
    result = []
    for product, lots in _products(data["lots"], ()):
        for municipality in (each["code"] for each in data["authority"]["municipalities"]):
            cell: dict[str, Any] = {
                "product": product,
                "municipality": municipality,
                "state": rows.get(product, {}).get(municipality, coverage["default"]),
                "remark": "",
                "ground": "",
                "since_on": None,
                "reopens_on": None,
                "starts_on": None,
            }
            for start in coverage["starts"]:
                if start["municipality"] in (None, municipality) and _concerns(start["lots"], lots):
                    cell["starts_on"] = start["starts_on"]
            written = own.get((product, municipality), {})
            cell |= {key: written[key] for key in ("state", *_OWN) if written.get(key)}
            remarks = [cell["remark"]]
            for remark in coverage["remarks"]:
                here = remark["municipality"] == municipality and _concerns(remark["lots"], lots)
                if here and (not remark["products"] or product in remark["products"]):
                    remarks.append(remark["text"])
            cell["remark"] = "\n\n".join(filter(None, remarks))
            if cell["state"] != coverage["default"] or any(cell[key] for key in _OWN):
                result.append(cell)
    return result


def _concerns(named: list[str], lots: tuple[str, ...]) -> bool:
    return not named or not set(named).isdisjoint(lots)


def _products(lots: list[dict[str, Any]], above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each product code with the codes of the lots it lies in, the outermost first."""
    for lot in lots:
        codes = (*above, lot["code"])
        yield from ((product["code"], codes) for product in lot["products"])
        yield from _products(lot["lots"], codes)
