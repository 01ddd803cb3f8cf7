"""An edition laid out in rows: requirements, lots, products, cells and rounds.

What says the same keeps its row, so that a verdict or an agreement goes on pointing at what was really published.
Rounds that are open, or were, keep their days and the edition they opened with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from portal.domain import calendar, planning, wording
from portal.domain.free_days import free_day
from portal.models import (
    Authority,
    Coverage,
    Edition,
    Lot,
    Municipality,
    Procedure,
    Product,
    Requirement,
    Round,
    succeed,
)

NOT_SETTINGS = frozenset({"format", "slug", "kind", "title", "summary", "law", "authority", "lots", "requirements"})
"""What of a file becomes columns and rows; the rest is kept as settings, as it stands."""

LOT_DETAILS = ("law", "funding", "starts_on", "ends_on", "successor", "budgets", "budget_is_fictitious", "source")
PRODUCT_DETAILS = (
    "codes", "intensity", "law", "phasing_out", "successor", "coupled_with", "elements", "source", "needs_location",
)  # fmt: skip
REQUIREMENT_DETAILS = (
    "verification",
    "own_addition",
    "asked_when",
    "stricter_than",
    "parties",
    "espd",
    "help",
    "topic",
    "remedy_excluded",
)


def _plain(value: Any) -> Any:
    """Dates as ISO text, so that the settings are JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def agreement_columns(data: Mapping[str, Any]) -> dict[str, Any]:
    agreement = data.get("agreement") or {}
    renewal = agreement.get("renewal") or {}
    return {
        "agreement_starts_on": agreement.get("starts_on"),
        "agreement_ends_on": agreement.get("ends_on"),
        "renewal_months": renewal.get("months", 0) if renewal.get("tacit") else 0,
        "notice_months": agreement.get("notice_months", 0),
    }


def lay_out(procedure: Procedure, edition: Edition, data: Mapping[str, Any], digest: str, now: datetime) -> None:
    """Make the edition the current one. `data` is the whole file, checked and converted; `digest` its SHA-256."""
    number, previous = edition.number, procedure.settings.get("coverage") or {}
    settings = {key: _plain(value) for key, value in data.items() if key not in NOT_SETTINGS and value is not None}
    edition.settings, edition.digest, edition.adopted_at = settings, digest, now
    procedure.title, procedure.summary, procedure.laws = data["title"], data["summary"], list(data["law"])
    for name, value in agreement_columns(data).items():
        setattr(procedure, name, value)
    procedure.asks_integrity_check = bool(data.get("integrity"))
    procedure.settings, procedure.file_digest, procedure.edition = settings, digest, number
    known = _municipalities(procedure.authority, data)
    _requirements(procedure, data["requirements"], number)
    _tree(procedure, data, known, previous, number, now)
    _schedule(procedure, data, number, now)
    planning.hold(procedure, [one for one in procedure.rounds if one.edition == number or one.held_by])


def _municipalities(authority: Authority, data: Mapping[str, Any]) -> list[Municipality]:
    known = {one.code: one for one in authority.municipalities}
    for one in data["authority"]["municipalities"]:
        if one["code"] not in known:
            known[one["code"]] = Municipality(authority_id=authority.id, code=one["code"], name=one["name"])
            authority.municipalities.append(known[one["code"]])
    return [known[one["code"]] for one in data["authority"]["municipalities"]]


def _requirements(procedure: Procedure, wanted: list[Mapping[str, Any]], number: int) -> None:
    current = {one.code: one for one in procedure.requirements}
    kept: list[Requirement] = []
    for position, one in enumerate(wanted):
        fields = {
            "title": one["title"],
            "text": one["text"],
            "kind": one["kind"],
            "type": one["type"],
            "applies_to": one["applies_to"],
            "lot_codes": list(one.get("lots", [])),
            "product_codes": list(one.get("products", [])),
            "municipality_codes": list(one.get("municipalities", [])),
            "evidence": _plain(one.get("evidence", {})),
            "equivalent_allowed": one.get("equivalent_allowed", False),
            "settings": _plain(one.get("settings", {}))
            | {name: _plain(one[name]) for name in REQUIREMENT_DETAILS if one.get(name)}
            | ({} if one.get("reuse", True) else {"reuse": False}),
            "standard_reasons": list(one.get("standard_reasons", [])),
            "source": one.get("source", ""),
        }
        before = current.pop(one["code"], None)
        if before is not None and all(getattr(before, name) == value for name, value in fields.items()):
            before.position = position
            kept.append(before)
            continue
        if before is not None:
            before.until_edition = number
        kept.append(
            Requirement(
                authority_id=procedure.authority_id,
                authority=procedure.authority,
                procedure_id=procedure.id,
                code=one["code"],
                version=before.version + 1 if before else 1,
                position=position,
                from_edition=number,
                **fields,
            )
        )
    for gone in current.values():
        gone.until_edition = number
    succeed(procedure, "requirements", kept)


def _tree(
    procedure: Procedure,
    data: Mapping[str, Any],
    municipalities: list[Municipality],
    previous: Mapping[str, Any],
    number: int,
    now: datetime,
) -> None:
    """The lots with their products and cells. A tree that changed anywhere is made again as a whole.

    A cell that the file leaves as it was keeps what the portal made of it since. While a round is open, cells that
    change get rows of their own too: that round goes on with the matrix it opened with.
    """
    coverage, texts = data.get("coverage") or {}, {one.number: one.data for one in procedure.editions}
    before = texts.get(number - 1, {})
    is_same = before.get("lots") == texts[number].get("lots") and _towns(before) == _towns(texts[number])
    is_free = before.get("coverage") == texts[number].get("coverage") or not any(
        one.is_open(now) for one in procedure.rounds
    )
    if procedure.lots and is_same and is_free:
        _update_cells(procedure, coverage, previous, municipalities)
    else:
        old = {
            (product.code, cell.municipality.code): cell
            for lot in procedure.lots
            for product in lot.products
            for cell in product.coverage
        }
        for lot in procedure.lots:
            lot.until_edition = number
        succeed(procedure, "lots", list(_lots(procedure, data["lots"], None, number)))
        for lot in procedure.lots:
            for product in lot.products:
                product.coverage = _cells(product, municipalities, coverage, previous, old)


def _towns(raw: Mapping[str, Any]) -> list[str]:
    return sorted(one["code"] for one in raw.get("authority", {}).get("municipalities", []))


def _lots(
    procedure: Procedure, nodes: list[Mapping[str, Any]], parent: Lot | None, number: int, start: int = 0
) -> Iterator[Lot]:
    position = start
    for node in nodes:
        lot = Lot(
            authority_id=procedure.authority_id,
            code=node["code"],
            name=node["name"],
            description=node.get("description", ""),
            details=_plain({name: node[name] for name in LOT_DETAILS if node.get(name)}),
            parent=parent,
            position=position,
            from_edition=number,
        )
        lot.products = [_product(lot, parent, one, index) for index, one in enumerate(node.get("products", []))]
        yield lot
        position += 1
        for child in _lots(procedure, node.get("lots", []), lot, number, position):
            yield child
            position += 1


def _product(lot: Lot, parent: Lot | None, one: Mapping[str, Any], index: int) -> Product:
    funding, starts_on, ends_on, above = one.get("funding"), one.get("starts_on"), one.get("ends_on"), [lot]
    while above[-1].parent is not None:
        above.append(above[-1].parent)
    for node in above:
        funding = funding or node.details.get("funding")
        starts_on = starts_on or _day(node.details.get("starts_on"))
        ends_on = ends_on or _day(node.details.get("ends_on"))
    details = _plain({name: one[name] for name in PRODUCT_DETAILS if one.get(name)})
    if one.get("tariffs"):
        details["tariffs"] = {own["municipality"]: own["tariff_cents"] for own in one["tariffs"]}
        details["tariff_grounds"] = {own["municipality"]: own["ground"] for own in one["tariffs"]}
    return Product(
        authority_id=lot.authority_id,
        code=one["code"],
        name=one["name"],
        category=one.get("category", ""),
        description=one.get("description", ""),
        unit=one["unit"],
        tariff_cents=one.get("tariff_cents"),
        tariff_is_fictitious=one.get("tariff_is_fictitious", False),
        funding=funding or "per_unit",
        starts_on=starts_on,
        ends_on=ends_on,
        details=details,
        position=index,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


CELL = {"state": "", "remark": "", "ground": "", "since_on": None, "reopens_on": None, "starts_on": None}
"""What a file may say about one cell, and what it says when it does not."""


def _wanted(rules: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["product"], one["municipality"]): _plain(one) for one in rules.get("cells", [])}


def _cell_fields(wanted: Mapping[str, Any], default: str) -> dict[str, Any]:
    fields = {name: wanted.get(name) or empty for name, empty in CELL.items()}
    fields["state"] = fields["state"] or default
    return {name: _day(value) if name.endswith("_on") else value for name, value in fields.items()}


def _cells(
    product: Product,
    municipalities: list[Municipality],
    rules: Mapping[str, Any],
    previous: Mapping[str, Any],
    old: Mapping[tuple[str, str], Coverage],
) -> list[Coverage]:
    wanted, before, result = _wanted(rules), _wanted(previous), []
    for municipality in municipalities:
        place = (product.code, municipality.code)
        fields = _cell_fields(wanted.get(place, {}), rules.get("default", "open"))
        known = old.get(place)
        if known is not None and fields == _cell_fields(before.get(place, {}), previous.get("default", "open")):
            fields = {name: getattr(known, name) for name in CELL}
        result.append(
            Coverage(
                authority_id=product.authority_id, municipality=municipality, municipality_id=municipality.id, **fields
            )
        )
    return result


def _update_cells(
    procedure: Procedure, rules: Mapping[str, Any], previous: Mapping[str, Any], municipalities: list[Municipality]
) -> None:
    wanted, before = _wanted(rules), _wanted(previous)
    for product in (product for lot in procedure.lots for product in lot.products):
        cells = {cell.municipality_id: cell for cell in product.coverage}
        for municipality in municipalities:
            place, cell = (product.code, municipality.code), cells.get(municipality.id)
            fields = _cell_fields(wanted.get(place, {}), rules.get("default", "open"))
            if cell is None:
                product.coverage.append(
                    Coverage(
                        authority_id=procedure.authority_id,
                        municipality=municipality,
                        municipality_id=municipality.id,
                        **fields,
                    )
                )
            elif fields != _cell_fields(before.get(place, {}), previous.get("default", "open")):
                for name, value in fields.items():
                    setattr(cell, name, value)


def _schedule(procedure: Procedure, data: Mapping[str, Any], number: int, now: datetime) -> None:
    """Rounds that did not open yet are planned again; a round that opened keeps its days and its edition.

    A planned round that the file no longer has is taken away. Extra rounds never were in a file.
    """
    labels = {one.label: one for one in procedure.rounds}
    for dates in planned(data):
        fields = {
            "opens_at": dates.opens_at,
            "closes_at": dates.closes_at,
            "agreements_start_on": dates.starts_on or data["agreement"]["starts_on"],
            "remark": _shift(dates),
            "edition": number,
            "kind": "continuous" if data["rounds"]["cadence"] == "continuous" else "regular",
        }
        known = labels.pop(dates.label, None)
        if known is None:
            procedure.rounds.append(Round(authority_id=procedure.authority_id, label=dates.label, **fields))
        elif known.opens_at > now:
            for name, value in fields.items():
                setattr(known, name, value)
    for gone in labels.values():
        if gone.opens_at > now and gone.kind in {"regular", "continuous"}:
            procedure.rounds.remove(gone)


def planned(data: Mapping[str, Any]) -> list[calendar.RoundDates]:
    """The rounds of a checked and converted procedure, oldest first; none without rounds or agreement."""
    plan, agreement = data.get("rounds"), data.get("agreement")
    if not plan or not agreement:
        return []
    first, until = plan["first"], plan["until"]
    return calendar.schedule(
        plan["cadence"],
        first["opens_at"],
        first["closes_at"],
        agreement["ends_on"] if until == "end" else until,
        first.get("starts_on"),
        [(one["opens_at"], one["closes_at"], one["starts_on"]) for one in plan.get("moments", [])],
    )


def _shift(dates: calendar.RoundDates) -> str:
    """Which day moved, to which day, and why: 'want 27 april 2027 is Koningsdag'."""
    moved = (
        ("opening", dates.opens_planned_on, dates.opens_at),
        ("sluiting", dates.closes_planned_on, dates.closes_at),
    )
    return " ".join(
        f"De {what} is verschoven naar {wording.day(instant)}, want {wording.day(planned)} is {free.why}."
        for what, planned, instant in moved
        if planned and (free := free_day(planned))
    )
