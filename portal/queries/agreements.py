"""Reads of agreements: one by id, the list, the version with a given SHA-256, and the public register."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.domain import calendar
from portal.errors import NotFound
from portal.models import (
    Agreement,
    AgreementLine,
    Application,
    Authority,
    DirectoryEntry,
    Lot,
    Municipality,
    Organisation,
    Procedure,
    Product,
    Round,
    Signature,
    Suspension,
)
from portal.terms import N_

PAGE = 50


class Cursor(NamedTuple):
    """Where a page starts: after the row with this id or, turning back, before it. Empty: the first page."""

    id: str = ""
    is_back: bool = False


class Page(NamedTuple):
    """The rows of one page, and the ids to turn back before and on after (None: there is no such page)."""

    rows: Sequence[Row[Any]]
    before: str | None
    after: str | None


def turn(
    db: Session,
    wanted: Select[Any],
    order: tuple[ColumnElement[Any], ColumnElement[Any]],
    cursor: Cursor,
    key: ColumnElement[Any],
    *,
    descending: bool = False,
) -> Page:
    """At most `PAGE` rows of `wanted` (with a column `id`), in one statement.

    `order` is what is sorted on and the id that settles a tie; `key` is the cursor's value of the first, as a
    subquery. One row more than shown tells whether there is a next page; turning back reads the other way round.
    """
    value, identity = order
    goes_down = descending != cursor.is_back
    if cursor.id:
        beyond = value < key if goes_down else value > key
        tie = identity < cursor.id if goes_down else identity > cursor.id
        wanted = wanted.where(or_(beyond, and_(value == key, tie)))
    wanted = wanted.order_by(*(one.desc() if goes_down else one.asc() for one in order)).limit(PAGE + 1)
    found = db.execute(wanted).all()
    rows, has_more = list(found[:PAGE]), len(found) > PAGE
    if not rows:
        return Page(rows, None, None)
    if cursor.is_back:
        rows.reverse()
        return Page(rows, rows[0].id if has_more else None, rows[-1].id)
    return Page(rows, rows[0].id if cursor.id else None, rows[-1].id if has_more else None)


def agreement(db: Session, agreement_id: str, organisation_id: str | None) -> Agreement:
    """One agreement with its parties and signatures: two statements.

    An organisation sees its own; an official's session is narrowed already (`organisation_id` None).
    """
    wanted = select(Agreement).where(Agreement.id == agreement_id)
    if organisation_id is not None:
        wanted = wanted.where(Agreement.organisation_id == organisation_id)
    found = db.scalar(
        wanted.options(
            joinedload(Agreement.organisation),
            joinedload(Agreement.procedure),
            joinedload(Agreement.authority),
            selectinload(Agreement.signatures).joinedload(Signature.signed_by),
        )
    )
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def overview(db: Session, organisation_id: str | None, *, cursor: Cursor, state: str = "", text: str = "") -> Page:
    """Agreements as columns, newest first, one page: one statement.

    Columns: id, number, state, organisation, authority, procedure, round, starts_on, ends_on, made_at, and
    whether a signature waits to be placed.
    """
    is_waiting = exists().where(Signature.agreement_id == Agreement.id, Signature.placed_at.is_(None))
    wanted = (
        select(
            Agreement.id,
            Agreement.number,
            Agreement.state,
            Organisation.name.label("organisation"),
            Authority.name.label("authority"),
            Procedure.title.label("procedure"),
            Round.label.label("round"),
            Agreement.starts_on,
            Agreement.ends_on,
            Agreement.made_at,
            is_waiting.label("is_waiting"),
        )
        .join(Agreement.organisation)
        .join(Agreement.authority)
        .join(Agreement.procedure)
        .join(Agreement.application)
        .join(Application.round)
    )
    if organisation_id is not None:
        wanted = wanted.where(Agreement.organisation_id == organisation_id)
    if state:
        wanted = wanted.where(Agreement.state == state)
    if text:
        contains = [one.icontains(text, autoescape=True) for one in (Agreement.number, Organisation.name)]
        wanted = wanted.where(or_(*contains))
    anchor = aliased(Agreement)
    key = select(anchor.made_at).where(anchor.id == cursor.id).scalar_subquery()
    return turn(db, wanted, (Agreement.made_at, Agreement.id), cursor, key, descending=True)


class KnownVersion(NamedTuple):
    """A document of ours, found by its SHA-256: number, version ('unsigned', 'provider', 'authority'), state."""

    number: str
    version: str
    state: str


def version_by_digest(db: Session, sha256: str) -> KnownVersion | None:
    """Which agreement, and which version of it, has exactly these bytes: one statement."""
    unsigned = select(Agreement.number, literal("unsigned"), Agreement.state).where(Agreement.pdf_sha256 == sha256)
    signed = (
        select(Agreement.number, Signature.party, Agreement.state)
        .join(Signature.agreement)
        .where(Signature.pdf_sha256 == sha256)
    )
    row = db.execute(unsigned.union_all(signed).limit(1)).first()
    return KnownVersion(*row) if row else None


@dataclass(frozen=True)
class Wanted:
    """What is asked of the register: the day, and optionally CBS codes, product codes, specialisations and a text.

    The text is part of a name, or a whole KvK or AGB number. A specialisation is asked by its words, which mean the
    same in every procedure that has them.
    """

    on: date
    municipalities: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    text: str = ""
    specialisations: tuple[str, ...] = ()


@dataclass
class Contract:
    """One agreement as the register shows it. `places`: products with the municipalities they share.

    `specialisations`: what was chosen at each question that the register can be searched by.
    """

    authority: str
    procedure: str
    since: date
    until: date
    renewal_months: int
    is_suspended: bool = field(default=False, kw_only=True)
    places: list[tuple[list[Row[Any]], list[Row[Any]]]] = field(default_factory=list)
    specialisations: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Provider:
    """One contracted provider."""

    id: str
    name: str
    kvk_number: str
    agb_code: str
    city: str
    contracts: list[Contract] = field(default_factory=list)


class Choice(NamedTuple):
    """A value to filter on, its label, and how many providers have it on the day."""

    code: str
    label: str
    count: int


@dataclass(frozen=True)
class Register:
    """One page of the register with its filters. `total` counts every provider found."""

    providers: list[Provider]
    total: int
    municipalities: Sequence[Choice]
    products: Sequence[Choice]
    specialisations: Sequence[Choice]
    before: str | None
    after: str | None


def _in_force(on: date) -> ColumnElement[bool]:
    # Signed by both, begun, and not over: an agreement that renews tacitly goes on after its first period.
    return and_(
        Agreement.state == "in_force",
        Agreement.starts_on <= on,
        or_(Agreement.ends_on >= on, Procedure.renewal_months > 0),
        or_(AgreementLine.starts_on.is_(None), AgreementLine.starts_on <= on),
        or_(AgreementLine.ends_on.is_(None), AgreementLine.ends_on >= on),
    )


def _lines(*columns: Any) -> Select[Any]:
    """Lines of agreements with all that hangs on them, so that any column of them can be asked."""
    return (
        select(*columns)
        .select_from(AgreementLine)
        .join(Agreement, AgreementLine.agreement_id == Agreement.id)
        .join(Procedure, Agreement.procedure_id == Procedure.id)
        .join(Authority, Agreement.authority_id == Authority.id)
        .join(Organisation, Agreement.organisation_id == Organisation.id)
        .join(Product, AgreementLine.product_id == Product.id)
        .join(Lot, Product.lot_id == Lot.id)
        .join(Municipality, AgreementLine.municipality_id == Municipality.id)
    )


def _matching(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [_in_force(wanted.on)]
    if wanted.municipalities:
        found.append(Municipality.code.in_(wanted.municipalities))
    if wanted.products:
        found.append(Product.code.in_(wanted.products))
    if wanted.specialisations:
        chosen = select(DirectoryEntry.agreement_id).where(DirectoryEntry.label.in_(wanted.specialisations))
        found.append(Agreement.id.in_(chosen))
    if wanted.text:
        named = Organisation.name.icontains(wanted.text, autoescape=True)
        found.append(or_(named, Organisation.kvk_number == wanted.text, Organisation.agb_code == wanted.text))
    return found


_PLACE = (
    Agreement.organisation_id,
    Agreement.id.label("agreement_id"),
    Authority.name.label("authority"),
    Procedure.title.label("procedure"),
    Procedure.renewal_months,
    Agreement.starts_on,
    Agreement.ends_on,
    exists().where(Suspension.agreement_id == Agreement.id, Suspension.lifted_at.is_(None)).label("is_suspended"),
    AgreementLine.starts_on.label("line_starts_on"),
    AgreementLine.ends_on.label("line_ends_on"),
    Lot.code.label("lot_code"),
    Lot.name.label("lot_name"),
    Product.code.label("product_code"),
    Product.name.label("product_name"),
    Product.category.label("product_category"),
    Product.unit,
    AgreementLine.tariff_cents,
    Municipality.code.label("municipality_code"),
    Municipality.name.label("municipality_name"),
)
_PLACE_ORDER = (Authority.name, Agreement.starts_on, Agreement.id, Lot.position, Product.position, Municipality.name)


def renewed_end(ends_on: date, renewal_months: int, on: date) -> date:
    """The last day of the period that holds on `on`: the first one, or a later one by tacit renewal."""
    times, end = 0, ends_on
    while renewal_months and end < on:
        times += 1
        end = calendar.add_months(ends_on, times * renewal_months)
    return end


def register(db: Session, wanted: Wanted, cursor: Cursor) -> Register:
    """One page of the register on a day, by name: four statements, whatever is found.

    Only agreements signed by both. The order is the alphabet's and nobody's preference.
    """
    ids = _lines(Agreement.organisation_id).where(*_matching(wanted)).distinct()
    total = select(func.count()).select_from(ids.subquery()).scalar_subquery()
    by_name = func.lower(Organisation.name)
    found = select(
        Organisation.id,
        Organisation.name,
        Organisation.kvk_number,
        Organisation.agb_code,
        Organisation.city,
        total.label("total"),
    ).where(Organisation.id.in_(ids))
    anchor = aliased(Organisation)
    key = select(func.lower(anchor.name)).where(anchor.id == cursor.id).scalar_subquery()
    page = turn(db, found, (by_name, Organisation.id), cursor, key)
    providers = {row.id: Provider(*row[:3], row.agb_code or "", row.city) for row in page.rows}
    shown = _lines(*_PLACE).where(_in_force(wanted.on), Agreement.organisation_id.in_(providers))
    contracts: dict[str, Contract] = {}
    for agreement_id, lines in groupby(db.execute(shown.order_by(*_PLACE_ORDER)), key=lambda row: row.agreement_id):
        rows = list(lines)
        contracts[agreement_id] = _contract(rows, wanted.on)
        providers[rows[0].organisation_id].contracts.append(contracts[agreement_id])
    for agreement_id, questions in specialisations(db, contracts).items():
        contracts[agreement_id].specialisations = questions
    choices = _choices(db, wanted.on)
    return Register(
        list(providers.values()),
        page.rows[0].total if page.rows else 0,
        choices["municipality"],
        choices["product"],
        choices["specialisation"],
        page.before,
        page.after,
    )


def _contract(rows: list[Row[Any]], on: date) -> Contract:
    first = rows[0]
    until = renewed_end(first.ends_on, first.renewal_months, on)
    contract = Contract(first.authority, first.procedure, first.starts_on, until, first.renewal_months)
    contract.is_suspended = first.is_suspended
    shared: dict[tuple[str, ...], tuple[list[Row[Any]], list[Row[Any]]]] = {}
    for _, some in groupby(rows, key=lambda row: (row.lot_code, row.product_code)):
        product = list(some)
        where = tuple(row.municipality_code for row in product)
        shared.setdefault(where, ([], product))[0].append(product[0])
    contract.places = list(shared.values())
    return contract


def _choices(db: Session, on: date) -> dict[str, list[Choice]]:
    """What can be filtered on, by name, with how many providers have it on the day: one statement for all."""
    number = func.count(Agreement.organisation_id.distinct())
    fields: tuple[tuple[str, Any, Any], ...] = (
        ("municipality", Municipality.code, Municipality.name),
        ("product", Product.code, Product.name),
        ("specialisation", DirectoryEntry.label, DirectoryEntry.label),
    )
    parts = []
    for name, code, label in fields:
        part = _lines(literal(name).label("field"), code, func.min(label).label("label"), number)
        if name == "specialisation":
            part = part.join(DirectoryEntry, DirectoryEntry.agreement_id == Agreement.id)
        parts.append(part.where(_in_force(on)).group_by(code))
    found: dict[str, list[Choice]] = {name: [] for name, _, _ in fields}
    for field_, *row in db.execute(union_all(*parts).order_by("label")):
        found[field_].append(Choice(*row))
    return found


def specialisations(db: Session, agreement_ids: Collection[str]) -> dict[str, dict[str, list[str]]]:
    """By agreement, by question: what was chosen, in published order. One statement."""
    found: dict[str, dict[str, list[str]]] = {}
    wanted = (
        select(DirectoryEntry.agreement_id, DirectoryEntry.question, DirectoryEntry.label)
        .where(DirectoryEntry.agreement_id.in_(agreement_ids))
        .order_by(DirectoryEntry.position)
    )
    for agreement_id, question, label in db.execute(wanted):
        found.setdefault(agreement_id, {}).setdefault(question, []).append(label)
    return found


def register_lines(db: Session, wanted: Wanted) -> Iterable[Row[Any]]:
    """Every line of the register that fits, as columns and by name: one statement.

    Where a filter on product or municipality is given, only the lines that fit it.
    """
    columns = (Organisation.name, Organisation.kvk_number, Organisation.agb_code, Organisation.city, *_PLACE)
    order = (func.lower(Organisation.name), Organisation.id, *_PLACE_ORDER)
    return db.execute(_lines(*columns).where(*_matching(wanted)).order_by(*order))
