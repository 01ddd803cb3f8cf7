"""The coverage matrix as one page: a state for each product in each municipality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.adapters import procedure_files
from portal.domain import editions
from portal.terms import COVERAGE_STATES
from portal.web.context import db, now, person
from portal.web.editor import address, blueprint, concept_of, crumbs, name_of, procedure_by
from portal.web.editor_fields import fingerprint
from portal.web.editor_hints import told
from portal.web.editor_places import block_at, codes, items_at, ordered, replaced
from portal.web.guards import audience

ABOUT = "coverage"
Cell = tuple[str, str]


def own_states(data: Mapping[str, Any]) -> dict[Cell, str]:
    """The state that a row or a cell of the file gives to (product, municipality); the others have the default."""
    found: dict[Cell, str] = {}
    for row in items_at(data, (ABOUT, "rows")):
        states = row.get("states")
        found |= {(str(row.get("product")), town): state for town, state in dict(states or {}).items()}
    for cell in items_at(data, (ABOUT, "cells")):
        found[str(cell.get("product")), str(cell.get("municipality"))] = str(cell.get("state", ""))
    return found


def changed(data: Mapping[str, Any], default: str, wanted: Mapping[Cell, str]) -> dict[str, Any]:
    """The file with other states; '' follows the default. What stays the same is not touched.

    A cell that the file tells by itself keeps its remark, ground and days; the others are told in rows.
    """
    before = own_states(data)
    cells = items_at(data, (ABOUT, "cells"))
    places = {(str(one.get("product")), str(one.get("municipality"))): index for index, one in enumerate(cells)}
    rows = {str(one.get("product")): one for one in items_at(data, (ABOUT, "rows"))}
    for (product, town), state in wanted.items():
        if state == before.get((product, town), ""):
            continue
        if (product, town) in places:
            index = places[product, town]
            cells[index] = {**cells[index], "state": state or default}
            continue
        row = rows.get(product, {"product": product})
        states = {key: value for key, value in dict(row.get("states") or {}).items() if key != town}
        rows[product] = ordered({**row, "states": {**states, town: state} if state else states}, (ABOUT, "rows", 0))
    kept = [row for row in rows.values() if row.get("states")]
    result = {**block_at(data, (ABOUT,)), "default": default, "rows": kept, "cells": cells}
    result = {key: value for key, value in result.items() if value != [] or key in block_at(data, (ABOUT,))}
    return replaced(data, (ABOUT,), ordered(result, (ABOUT,)))


@blueprint.get("/<procedure_id>/matrix")
@audience("editing")
def matrix(procedure_id: str) -> ResponseReturnValue:
    """The whole coverage in one table."""
    return _page(procedure_id, None), 200


@blueprint.post("/<procedure_id>/matrix")
@audience("editing")
def save_matrix(procedure_id: str) -> ResponseReturnValue:
    """Keep the states that were chosen. Refused when a colleague changed the coverage meanwhile."""
    found = procedure_by(procedure_id)
    concept = concept_of(found)
    data = concept.data
    products, towns = codes(data, "product"), codes(data, "municipality")
    cells = [(product, town) for product, _ in products for town, _ in towns]
    chosen = {cell: request.form.get("|".join(cell), "") for cell in cells}
    if request.form.get("seen") != fingerprint(block_at(data, (ABOUT,))):
        return _page(procedure_id, chosen), 409
    default = request.form.get("default", "")
    wanted = {cell: state for cell, state in chosen.items() if state in COVERAGE_STATES or not state}
    result = changed(data, default if default in COVERAGE_STATES else "not_bought", wanted)
    editions.save(concept, person(), result, concept.version, now())
    db().commit()
    flash(gettext("De matrix is bewaard."), "ok")
    return redirect(url_for("editor.matrix", procedure_id=found.id), 303)


def _page(procedure_id: str, chosen: Mapping[Cell, str] | None) -> str:
    found = procedure_by(procedure_id)
    concept = concept_of(found)
    data, stored = concept.data, own_states(concept.data)
    problems = [
        f"{name_of(data, place[:3])}: {told(text)}"
        for place, text in procedure_files.problems(data)
        if place[:2] in ((ABOUT, "rows"), (ABOUT, "cells"))
    ]
    return render_template(
        "editor/matrix.html",
        procedure=found,
        concept=concept,
        products=codes(data, "product"),
        towns=codes(data, "municipality"),
        default=request.form.get("default") or str(block_at(data, (ABOUT,)).get("default") or "not_bought"),
        states=stored if chosen is None else chosen,
        theirs=[] if chosen is None else [cell for cell in chosen if chosen[cell] != stored.get(cell, "")],
        stored=stored,
        is_stale=chosen is not None,
        seen=fingerprint(block_at(data, (ABOUT,))),
        problems=problems,
        crumbs=crumbs(found, (gettext("Inkoop per gemeente"), address(found, (ABOUT,))), (gettext("Matrix"), "")),
    )
