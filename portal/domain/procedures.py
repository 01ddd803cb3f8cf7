"""A procedure file becomes rows; rounds follow from the schedule; a round closes once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain import audit, calendar, wording
from portal.errors import Refused
from portal.models import Authority, Coverage, Lot, Municipality, Procedure, Product, Requirement, Round
from portal.terms import N_


@dataclass(frozen=True)
class Kind:
    """What exists in a kind of procedure. An open house can never rank or score: there are no such fields."""

    has_admission: bool


KINDS: dict[str, Kind] = {
    "open_house": Kind(has_admission=True),
    "framework": Kind(has_admission=True),
    "tender": Kind(has_admission=True),
    "consultation": Kind(has_admission=False),
}

KEPT = (
    "source",
    "agreement",
    "terms",
    "rounds",
    "coverage",
    "tariff_reasoning",
    "integrity",
    "letters",
    "contract_management",
    "planning",
    "out_of_scope",
    "guidance",
)


def found_authority(data: Mapping[str, Any]) -> Authority:
    """The authority that a procedure file names, with its municipalities."""
    about = data["authority"]
    return Authority(
        slug=about["slug"],
        name=about["name"],
        subtitle=about.get("subtitle", ""),
        theme=about.get("theme", about["slug"]),
        phone=about.get("phone", ""),
        mail=about.get("mail", ""),
        municipalities=[],
    )


def _plain(value: Any) -> Any:
    """Dates as ISO text, so that the settings are JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def load(authority: Authority, data: Mapping[str, Any], file_digest: str, now: datetime) -> Procedure:
    """Rows for a whole procedure, from checked data (`adapters.procedure_files`). Refused when it exists already."""
    known = {one.code: one for one in authority.municipalities}
    for one in data["authority"]["municipalities"]:
        if one["code"] not in known:
            municipality = Municipality(authority_id=authority.id, code=one["code"], name=one["name"])
            authority.municipalities.append(municipality)
            known[one["code"]] = municipality
    agreement, terms = data["agreement"], data["terms"]
    renewal = agreement.get("renewal") or {}
    procedure = Procedure(
        authority_id=authority.id,
        slug=data["slug"],
        kind=data["kind"],
        title=data["title"],
        summary=data["summary"],
        laws=list(data["law"]),
        agreement_starts_on=agreement["starts_on"],
        agreement_ends_on=agreement["ends_on"],
        renewal_months=renewal.get("months", 0) if renewal.get("tacit") else 0,
        notice_months=agreement.get("notice_months", 0),
        standstill_days=terms["standstill_days"],
        remedy_working_days=terms["remedy_working_days"],
        decision_days=terms["decision_days"],
        asks_integrity_check=bool(data.get("integrity")),
        settings={key: _plain(data[key]) for key in KEPT if key in data},
        file_digest=file_digest,
        loaded_at=now,
    )
    municipalities = [known[one["code"]] for one in data["authority"]["municipalities"]]
    for lot in _lots(procedure, data["lots"], None):
        procedure.lots.append(lot)
        for product in lot.products:
            product.coverage = _coverage(product, municipalities, data.get("coverage") or {})
    for position, one in enumerate(data["requirements"]):
        procedure.requirements.append(
            Requirement(
                authority_id=authority.id,
                code=one["code"],
                version=one.get("version", 1),
                title=one["title"],
                text=one["text"],
                kind=one["kind"],
                type=one["type"],
                applies_to=one["applies_to"],
                lot_codes=list(one.get("lots", [])),
                evidence=_plain(one.get("evidence", {})),
                equivalent_allowed=one.get("equivalent_allowed", False),
                settings=_plain(one.get("settings", {})) | _about(one),
                standard_reasons=list(one.get("standard_reasons", [])),
                source=one.get("source", ""),
                position=position,
            )
        )
    for dates in _rounds(data["rounds"], agreement["ends_on"]):
        procedure.rounds.append(
            Round(
                authority_id=authority.id,
                label=dates.label,
                opens_at=dates.opens_at,
                closes_at=dates.closes_at,
                agreements_start_on=dates.starts_on or agreement["starts_on"],
                remark=_shift(dates),
            )
        )
    audit.record(procedure, "load", None, now, slug=procedure.slug, file_sha256=file_digest)
    return procedure


def _about(requirement: Mapping[str, Any]) -> dict[str, Any]:
    """What is said about a requirement besides asking it: how it is verified, and whether it is our own addition."""
    return {name: requirement[name] for name in ("verification", "own_addition") if requirement.get(name)}


def _lots(procedure: Procedure, nodes: list[Mapping[str, Any]], parent: Lot | None, start: int = 0) -> Iterator[Lot]:
    position = start
    for node in nodes:
        lot = Lot(
            authority_id=procedure.authority_id,
            code=node["code"],
            name=node["name"],
            description=node.get("description", ""),
            parent=parent,
            position=position,
        )
        lot.products = [
            Product(
                authority_id=procedure.authority_id,
                code=one["code"],
                name=one["name"],
                category=one.get("category", ""),
                description=one.get("description", ""),
                unit=one["unit"],
                tariff_cents=one["tariff_cents"],
                tariff_is_fictitious=one.get("tariff_is_fictitious", False),
                position=index,
            )
            for index, one in enumerate(node.get("products", []))
        ]
        yield lot
        position += 1
        for child in _lots(procedure, node.get("lots", []), lot, position):
            yield child
            position += 1


def _coverage(product: Product, municipalities: list[Municipality], rules: Mapping[str, Any]) -> list[Coverage]:
    cells = {(one.get("product"), one.get("municipality")): one for one in rules.get("cells", [])}
    result = []
    for municipality in municipalities:
        cell = cells.get((product.code, municipality.code), {})
        result.append(
            Coverage(
                authority_id=product.authority_id,
                municipality=municipality,
                municipality_id=municipality.id,
                state=cell.get("state", rules.get("default", "open")),
                remark=cell.get("remark", ""),
            )
        )
    return result


def _rounds(plan: Mapping[str, Any], ends_on: date) -> list[calendar.RoundDates]:
    first, until = plan["first"], plan["until"]
    return calendar.schedule(
        plan["cadence"],
        first["opens_at"],
        first["closes_at"],
        ends_on if until == "end" else until,
        first.get("starts_on"),
    )


def _shift(dates: calendar.RoundDates) -> str:
    moved = (("opening", dates.opens_planned_on), ("sluiting", dates.closes_planned_on))
    return " ".join(
        f"De {what} is verschoven: {wording.day(planned)} is geen werkdag." for what, planned in moved if planned
    )


def publish(procedure: Procedure, now: datetime) -> None:
    """Make the procedure public. Twice is once."""
    if procedure.published_at is None:
        procedure.published_at = now
        audit.record(procedure, "publish", None, now)


def decided_by(round_: Round) -> date:
    """The last day for decisions of a round: so many days after its closing, by the procedure's own terms."""
    procedure = round_.procedure
    closing = calendar.local_day(round_.closes_at)
    return calendar.term_ends_on(closing, procedure.decision_days, holidays_apply=procedure.holidays_apply)


def close(round_: Round, now: datetime) -> bool:
    """Latch the closing. Level-triggered: whoever runs it, however often, the round closes once.

    Returns whether this call closed it. Refused before the instant itself.
    """
    if round_.closed_at is not None:
        return False
    if now < round_.closes_at:
        raise Refused(N_("Deze ronde sluit pas op %(moment)s."), moment=wording.moment(round_.closes_at))
    round_.closed_at = now
    audit.record(round_, "close", None, now, closes_at=round_.closes_at.isoformat())
    return True
