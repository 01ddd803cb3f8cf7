"""The public register, as a page and as open data (CSV, JSON). The same for everybody, signed in or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from portal.domain.calendar import local_day
from portal.errors import Invalid
from portal.queries import agreements as queries
from portal.queries.agreements import Wanted, renewed_end
from portal.terms import N_, UNITS
from portal.web.agreements import cursor
from portal.web.context import database, now
from portal.web.downloads import table
from portal.web.guards import audience
from portal.web.problems import by_field
from portal.web.public import blueprint

HEADER = (
    "zorgaanbieder", "kvk_nummer", "agb_code", "vestigingsplaats", "inkoper", "procedure", "perceel",
    "perceel_naam", "productcode", "product", "categorie", "tarief_euro", "eenheid", "gemeentecode", "gemeente",
    "sinds", "tot_en_met", "verlengt_stilzwijgend", "specialisaties",
)  # fmt: skip
"""Columns of the CSV and keys of the JSON: open data that Dutch citizens read. docs/agreements.md explains each."""


def _asked() -> Wanted:
    """The day and the filters in the address. Raises `Invalid` when the day is no day."""
    args = request.args
    wanted = Wanted(
        local_day(now()),
        tuple(args.getlist("gemeente")),
        tuple(args.getlist("product")),
        args.get("q", "").strip()[:100],
        tuple(args.getlist("specialisatie")),
    )
    try:
        return replace(wanted, on=date.fromisoformat(args["op"])) if args.get("op") else wanted
    except ValueError as error:
        raise Invalid({"op": N_("Vul een datum in als jaar-maand-dag, bijvoorbeeld 2027-01-31.")}) from error


def _address(wanted: Wanted, endpoint: str = "public.register", **more: str) -> str:
    """The address that asks for `wanted`; today is left out, so that a kept link stays up to date."""
    return url_for(
        endpoint,
        gemeente=wanted.municipalities,
        product=wanted.products,
        specialisatie=wanted.specialisations,
        q=wanted.text or None,
        op=None if wanted.on == local_day(now()) else wanted.on.isoformat(),
        **more,
    )


def _chips(wanted: Wanted, found: queries.Register) -> list[tuple[str, str]]:
    """Each filter in use with the address of the register without it."""
    chips = []
    fields = (
        ("municipalities", found.municipalities),
        ("products", found.products),
        ("specialisations", found.specialisations),
    )
    for field, choices in fields:
        labels = {one.code: one.label for one in choices}
        codes: tuple[str, ...] = getattr(wanted, field)
        for code in codes:
            rest = replace(wanted, **{field: tuple(one for one in codes if one != code)})
            chips.append((labels.get(code, code), _address(rest)))
    if wanted.text:
        chips.append((f"‘{wanted.text}’", _address(replace(wanted, text=""))))
    return chips


@blueprint.get("/register")
@audience("public")
def register() -> ResponseReturnValue:
    """Who is contracted, on a day and filtered, by name."""
    errors: dict[str, str] = {}
    try:
        wanted = _asked()
    except Invalid as refusal:
        errors = by_field(refusal)
        wanted = Wanted(local_day(now()))
    # Not `db()`: an official's own session is narrowed to one authority, and this register is the public one.
    with database().reading() as db:
        found = queries.register(db, wanted, cursor())
    page = render_template(
        "public/register.html",
        found=found,
        wanted=wanted,
        chips=_chips(wanted, found),
        errors=errors,
        before=found.before and _address(wanted, voor=found.before),
        after=found.after and _address(wanted, na=found.after),
        csv_href=_address(wanted, "public.register_csv"),
        json_href=_address(wanted, "public.register_json"),
    )
    return page, 422 if errors else 200


@blueprint.get("/register.csv")
@audience("public")
def register_csv() -> ResponseReturnValue:
    """Every line of the register as CSV."""
    wanted = _asked()
    rows = ([one[name] for name in HEADER] for one in _lines(wanted))
    return table(f"register-{wanted.on}.csv", HEADER, rows)


@blueprint.get("/register.json")
@audience("public")
def register_json() -> ResponseReturnValue:
    """Every line of the register as JSON: the day, and a list of lines with the same names as the CSV."""
    wanted = _asked()
    return jsonify({"op": wanted.on.isoformat(), "regels": list(_lines(wanted))})


def _lines(wanted: Wanted) -> Iterable[Mapping[str, Any]]:
    with database().reading() as db:
        rows: list[Row[Any]] = list(queries.register_lines(db, wanted))
        chosen = queries.specialisations(db, {row.agreement_id for row in rows})
    for row in rows:
        values = (
            row.name, row.kvk_number, row.agb_code or "", row.city, row.authority, row.procedure, row.lot_code,
            row.lot_name, row.product_code, row.product_name, row.product_category,
            _euros(row.tariff_cents), UNITS[row.unit].label, row.municipality_code,
            row.municipality_name, (row.line_starts_on or row.starts_on).isoformat(),
            (row.line_ends_on or renewed_end(row.ends_on, row.renewal_months, wanted.on)).isoformat(),
            "ja" if row.renewal_months else "nee",
            ", ".join(label for labels in chosen.get(row.agreement_id, {}).values() for label in labels),
        )  # fmt: skip
        yield dict(zip(HEADER, values, strict=True))


def _euros(cents: int | None) -> str:
    """'412.50'; empty where a budget takes the place of a tariff."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"
