"""What each municipality buys, for everybody: the matrix, as open data, how it changed, and old codes looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import calendar, coverage
from portal.errors import NotFound
from portal.models import Procedure
from portal.queries import coverage as queries
from portal.queries.coverage import Cell, Matrix
from portal.terms import COVERAGE_STATES, N_
from portal.web.context import db, now
from portal.web.downloads import table
from portal.web.guards import audience
from portal.web.public import blueprint

HEADER = (
    "perceel", "perceel_naam", "productcode", "product", "categorie", "gemeentecode", "gemeente", "stand",
    "stand_naam", "grond", "grond_naam", "sinds", "heropent", "overeenkomsten_vanaf", "toelichting", "reden",
)  # fmt: skip
"""Columns of the CSV and keys of the JSON: open data that Dutch citizens read."""


@dataclass(frozen=True)
class Remark:
    """What there is to say about cells, beside their state: said once for all cells of which it is true."""

    cell: Cell
    products: list[str]
    municipalities: list[str]


def published(authority_slug: str, slug: str) -> Procedure:
    found = queries.published(db(), authority_slug, slug)
    if found is None:
        raise NotFound(N_("Deze procedure bestaat niet of is nog niet gepubliceerd."))
    return found


def ground_titles(procedure: Procedure) -> dict[str, str]:
    """The titles of the grounds for closing, by code."""
    titles = {code: one["title"] for code, one in coverage.closing_grounds(procedure).items()}
    return {coverage.OWN_GROUND: gettext("Eigen motivering"), **titles}


def remarks(matrix: Matrix) -> list[Remark]:
    """Grounds, days, remarks and reasons, in the order of the matrix; what is the same for many cells is said once."""
    names = {one.id: one.name for one in matrix.municipalities}
    said: dict[tuple[Any, ...], Remark] = {}
    for row in matrix.rows:
        for one in matrix.municipalities:
            cell = row.cells.get(one.id)
            if cell is None or not any(cell[4:]):
                continue
            remark = said.setdefault(cell[2:], Remark(cell, [], []))
            for place, name in ((remark.products, f"{row.name} ({row.code})"), (remark.municipalities, names[one.id])):
                if name not in place:
                    place.append(name)
    return list(said.values())


@blueprint.get("/procedures/<authority_slug>/<slug>/inkoop-per-gemeente")
@audience("public")
def coverage_matrix(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Product by municipality: who buys what now, since when, and on which ground not."""
    procedure = published(authority_slug, slug)
    matrix = queries.matrix(db(), procedure)
    return render_template(
        "public/coverage.html",
        procedure=procedure,
        matrix=matrix,
        remarks=remarks(matrix),
        grounds=ground_titles(procedure),
    )


@blueprint.get("/procedures/<authority_slug>/<slug>/inkoop-per-gemeente/wijzigingen")
@audience("public")
def coverage_history(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Every change of the matrix since it was published, newest first."""
    procedure = published(authority_slug, slug)
    rows, before = queries.history(db(), procedure.id, request.args.get("voor", ""))
    return render_template(
        "public/coverage_history.html",
        procedure=procedure,
        rows=rows,
        grounds=ground_titles(procedure),
        after=before and url_for("public.coverage_history", authority_slug=authority_slug, slug=slug, voor=before),
    )


@blueprint.get("/procedures/<authority_slug>/<slug>/inkoop-per-gemeente.csv")
@audience("public")
def coverage_csv(authority_slug: str, slug: str) -> ResponseReturnValue:
    procedure = published(authority_slug, slug)
    rows = [[line[name] for name in HEADER] for line in _lines(procedure)]
    return table(f"{procedure.slug}-gemeenten-{calendar.local_day(now())}.csv", HEADER, rows)


@blueprint.get("/procedures/<authority_slug>/<slug>/inkoop-per-gemeente.json")
@audience("public")
def coverage_json(authority_slug: str, slug: str) -> ResponseReturnValue:
    """The matrix as a list of cells with the same names as the CSV."""
    procedure = published(authority_slug, slug)
    day = calendar.local_day(now()).isoformat()
    return jsonify({"procedure": procedure.slug, "op": day, "regels": list(_lines(procedure))})


def _lines(procedure: Procedure) -> Iterator[dict[str, str]]:
    matrix, grounds = queries.matrix(db(), procedure), ground_titles(procedure)
    for row in matrix.rows:
        for one in matrix.municipalities:
            cell = row.cells.get(one.id)
            if cell is None:
                continue
            values: Sequence[Any] = (
                row.lot_code, row.lot_name, row.code, row.name, row.category, one.code, one.name, cell.state,
                gettext(COVERAGE_STATES[cell.state].label), cell.ground, grounds.get(cell.ground, cell.ground),
                cell.since_on or "", cell.reopens_on or "", cell.starts_on or "", cell.remark, cell.reason,
            )  # fmt: skip
            yield {name: str(value) for name, value in zip(HEADER, values, strict=True)}


# --- old codes ---


@dataclass(frozen=True)
class Conversion:
    """An old code or name, and the names of what it became by code (empty: it ended)."""

    old: str
    new: list[tuple[str, str]]
    text: str
    source: str


def conversions(procedure: Procedure, wanted: str) -> list[Conversion]:
    """The published table from old to new; with `wanted` only what has that text in its old or new code or name."""
    names: dict[str, str] = {}
    for lot in procedure.lots:
        names[lot.code] = lot.name
        names.update({product.code: product.name for product in lot.products})
    found = [
        Conversion(
            one["old"],
            [(code, names.get(code, "")) for code in one.get("new") or []],
            one.get("text") or "",
            one.get("source") or "",
        )
        for one in procedure.settings.get("conversions") or []
    ]
    sought = wanted.casefold()
    return [
        one
        for one in found
        if not sought
        or sought in one.old.casefold()
        or any(sought in part.casefold() for pair in one.new for part in pair)
    ]


@blueprint.get("/procedures/<authority_slug>/<slug>/oude-codes")
@audience("public")
def old_codes(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Type an old code, find the new one."""
    procedure = queries.published_with_products(db(), authority_slug, slug)
    if procedure is None or not procedure.settings.get("conversions"):
        raise NotFound(N_("Bij deze procedure hoort geen tabel met oude codes."))
    wanted = request.args.get("q", "").strip()[:100]
    found = conversions(procedure, wanted)
    return render_template("public/old_codes.html", procedure=procedure, wanted=wanted, found=found)
