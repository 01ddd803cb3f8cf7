"""Reads of the coverage matrix: its cells, how many providers there are in each, and how it changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.models import (
    Agreement,
    AgreementLine,
    Application,
    Authority,
    Conflict,
    Coverage,
    CoverageChange,
    Decision,
    Lot,
    Municipality,
    Organisation,
    Procedure,
    Product,
    Round,
    Selection,
)

HISTORY = 200
"""How many changes one page of the history has at most."""


class Cell(NamedTuple):
    """One product in one municipality. `reason` is that of the last change, empty when nothing changed since."""

    id: str
    municipality_id: str
    state: str
    ground: str
    remark: str
    since_on: date | None
    reopens_on: date | None
    starts_on: date | None
    reason: str


@dataclass(frozen=True)
class MatrixRow:
    """One product with its cells by the id of the municipality."""

    product_id: str
    code: str
    name: str
    category: str
    lot_id: str
    lot_code: str
    lot_name: str
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class Matrix:
    """The municipalities, by name, and a row for each product of the current edition in published order."""

    municipalities: list[Row[Any]]
    rows: list[MatrixRow]

    def has(self, state: str) -> bool:
        return any(cell.state == state for row in self.rows for cell in row.cells.values())


def procedure(db: Session, procedure_id: str) -> Procedure | None:
    """A procedure with its authority: one statement."""
    return db.scalar(select(Procedure).where(Procedure.id == procedure_id).options(joinedload(Procedure.authority)))


def published(db: Session, authority_slug: str, slug: str) -> Procedure | None:
    """A published procedure with its authority: one statement."""
    return db.scalar(
        select(Procedure)
        .join(Procedure.authority)
        .where(Authority.slug == authority_slug, Procedure.slug == slug, Procedure.published_at.is_not(None))
        .options(contains_eager(Procedure.authority))
    )


def overview(db: Session) -> Sequence[Row[Any]]:
    """Every procedure with how many of its cells are in each state: one statement.

    Columns: id, title, kind, then a count for each of open, closed, not_bought, to_be_confirmed, scarce, phasing_out.
    """
    counts = [
        func.count(Coverage.id).filter(Coverage.state == state).label(state)
        for state in ("open", "closed", "not_bought", "to_be_confirmed", "scarce", "phasing_out")
    ]
    return db.execute(
        select(Procedure.id, Procedure.title, Procedure.kind, *counts)
        .outerjoin(Lot, and_(Lot.procedure_id == Procedure.id, Lot.until_edition.is_(None)))
        .outerjoin(Product, Product.lot_id == Lot.id)
        .outerjoin(Coverage, Coverage.product_id == Product.id)
        .group_by(Procedure.id, Procedure.title, Procedure.kind)
        .order_by(Procedure.title)
    ).all()


def _current(procedure_id: str) -> Select[Any]:
    reason = (
        select(CoverageChange.reason)
        .where(CoverageChange.coverage_id == Coverage.id)
        .order_by(CoverageChange.changed_at.desc(), CoverageChange.id.desc())
        .limit(1)
        .correlate(Coverage)
        .scalar_subquery()
    )
    return (
        select(
            Product.id,
            Product.code,
            Product.name,
            Product.category,
            Lot.id,
            Lot.code,
            Lot.name,
            Coverage.id,
            Coverage.municipality_id,
            Coverage.state,
            Coverage.ground,
            Coverage.remark,
            Coverage.since_on,
            Coverage.reopens_on,
            Coverage.starts_on,
            func.coalesce(reason, ""),
        )
        .select_from(Coverage)
        .join(Product, Coverage.product_id == Product.id)
        .join(Lot, Product.lot_id == Lot.id)
        .where(Lot.procedure_id == procedure_id, Lot.until_edition.is_(None))
        .order_by(Lot.position, Product.position)
    )


def matrix(db: Session, procedure: Procedure) -> Matrix:
    """The whole matrix: two statements."""
    places = db.execute(
        select(Municipality.id, Municipality.code, Municipality.name)
        .where(Municipality.authority_id == procedure.authority_id)
        .order_by(Municipality.name)
    ).all()
    rows: dict[str, MatrixRow] = {}
    for found in db.execute(_current(procedure.id)):
        row = rows.setdefault(found[0], MatrixRow(*found[:7]))
        row.cells[found[8]] = Cell(*found[7:])
    used = {municipality_id for row in rows.values() for municipality_id in row.cells}
    return Matrix([one for one in places if one.id in used], list(rows.values()))


class Count(NamedTuple):
    """Providers in one cell: with a running agreement, admitted and told, and applied in closed rounds."""

    in_force: int = 0
    admitted: int = 0
    applied: int = 0


def counts(db: Session, procedure_id: str, user_id: str, on: date) -> dict[tuple[str, str], Count]:
    """By (product code, municipality id): how many different providers, in three statements. Nobody is ranked.

    Applications count once their round has closed; before that nobody may know who applied for what.
    """
    found: dict[tuple[str, str], dict[str, int]] = {}
    for name, wanted in (
        ("in_force", _in_force(procedure_id, on)),
        ("admitted", _admitted(procedure_id, user_id)),
        ("applied", _applied(procedure_id, user_id)),
    ):
        for code, municipality_id, number in db.execute(wanted):
            found.setdefault((code, municipality_id), {})[name] = number
    return {place: Count(**numbers) for place, numbers in found.items()}


def _in_force(procedure_id: str, on: date) -> Select[Any]:
    number = func.count(Agreement.organisation_id.distinct())
    return (
        select(Product.code, AgreementLine.municipality_id, number)
        .select_from(AgreementLine)
        .join(Agreement, AgreementLine.agreement_id == Agreement.id)
        .join(Product, AgreementLine.product_id == Product.id)
        .join(Procedure, Agreement.procedure_id == Procedure.id)
        .where(
            Agreement.procedure_id == procedure_id,
            Agreement.state == "in_force",
            func.coalesce(AgreementLine.starts_on, Agreement.starts_on) <= on,
            or_(Agreement.ends_on >= on, Procedure.renewal_months > 0),
            or_(AgreementLine.ends_on.is_(None), AgreementLine.ends_on >= on),
        )
        .group_by(Product.code, AgreementLine.municipality_id)
    )


def _visible(user_id: str) -> ColumnElement[bool]:
    return ~exists().where(Conflict.application_id == Application.id, Conflict.user_id == user_id)


def _admitted(procedure_id: str, user_id: str) -> Select[Any]:
    number = func.count(Application.organisation_id.distinct())
    return (
        select(Product.code, Decision.municipality_id, number)
        .select_from(Decision)
        .join(Application, Decision.application_id == Application.id)
        .join(Round, Application.round_id == Round.id)
        .join(Product, Decision.product_id == Product.id)
        .where(
            Round.procedure_id == procedure_id,
            Decision.outcome == "admitted",
            Decision.told_at.is_not(None),
            Decision.superseded_at.is_(None),
            _visible(user_id),
        )
        .group_by(Product.code, Decision.municipality_id)
    )


def _applied(procedure_id: str, user_id: str) -> Select[Any]:
    number = func.count(Application.organisation_id.distinct())
    return (
        select(Product.code, Selection.municipality_id, number)
        .select_from(Selection)
        .join(Application, Selection.application_id == Application.id)
        .join(Round, Application.round_id == Round.id)
        .join(Product, Selection.product_id == Product.id)
        .where(
            Round.procedure_id == procedure_id,
            Application.state.in_(("under_review", "decided")),
            _visible(user_id),
        )
        .group_by(Product.code, Selection.municipality_id)
    )


def cells(
    db: Session, procedure_id: str, lots: Collection[str], products: Collection[str], municipalities: Collection[str]
) -> Sequence[Coverage]:
    """The cells of these lots or products (ids) in these municipalities (ids), as objects to change: one statement."""
    return (
        db.scalars(
            select(Coverage)
            .join(Coverage.product)
            .join(Product.lot)
            .where(
                Lot.procedure_id == procedure_id,
                Lot.until_edition.is_(None),
                or_(Lot.id.in_(lots), Product.id.in_(products)),
                Coverage.municipality_id.in_(municipalities),
            )
            .options(
                contains_eager(Coverage.product).contains_eager(Product.lot),
                joinedload(Coverage.municipality, innerjoin=True),
                selectinload(Coverage.changes),
            )
            .order_by(Lot.position, Product.position)
        )
        .unique()
        .all()
    )


def scarce(db: Session, procedure_id: str) -> Sequence[Coverage]:
    """The cells for which an extra round can be called: one statement."""
    return db.scalars(
        select(Coverage)
        .join(Coverage.product)
        .join(Product.lot)
        .join(Coverage.municipality)
        .where(Lot.procedure_id == procedure_id, Lot.until_edition.is_(None), Coverage.state == "scarce")
        .options(contains_eager(Coverage.product).contains_eager(Product.lot), contains_eager(Coverage.municipality))
        .order_by(Lot.position, Product.position, Municipality.name)
    ).all()


def running(db: Session, cells: Collection[Coverage]) -> Sequence[Application]:
    """Applications in rounds that did not close yet with one of these cells among their choices, once each."""
    products = {one.product_id for one in cells}
    municipalities = {one.municipality_id for one in cells}
    chosen = exists().where(
        Selection.application_id == Application.id,
        Selection.product_id.in_(products),
        Selection.municipality_id.in_(municipalities),
    )
    return db.scalars(
        select(Application)
        .join(Application.round)
        .where(Round.closed_at.is_(None), Application.state.in_(("draft", "submitted", "withdrawn")), chosen)
        .options(
            contains_eager(Application.round).joinedload(Round.procedure, innerjoin=True),
            joinedload(Application.organisation, innerjoin=True).selectinload(Organisation.users),
            selectinload(Application.selections).options(
                joinedload(Selection.product, innerjoin=True), joinedload(Selection.municipality, innerjoin=True)
            ),
        )
        .order_by(Application.id)
    ).all()


def applied_before(db: Session, authority_id: str) -> Sequence[Organisation]:
    """Organisations that have or had an application with this authority, with their people."""
    return db.scalars(
        select(Organisation)
        .where(exists().where(Application.organisation_id == Organisation.id, Application.authority_id == authority_id))
        .options(selectinload(Organisation.users))
        .order_by(Organisation.id)
    ).all()


def history(db: Session, procedure_id: str, before: str = "") -> tuple[Sequence[Row[Any]], str | None]:
    """Changes, newest first, at most `HISTORY`, and the id to go on before (None: these were the last).

    Columns: id, changed_at, product_code, product, lot_code, municipality, before, after, ground, reason, reopens_on.
    Editions that made the tree anew do not hide what was changed before them.
    """
    wanted = (
        select(
            CoverageChange.id,
            CoverageChange.changed_at,
            Product.code.label("product_code"),
            Product.name.label("product"),
            Lot.code.label("lot_code"),
            Municipality.name.label("municipality"),
            CoverageChange.before,
            CoverageChange.after,
            CoverageChange.ground,
            CoverageChange.reason,
            CoverageChange.reopens_on,
        )
        .select_from(CoverageChange)
        .join(Coverage, CoverageChange.coverage_id == Coverage.id)
        .join(Product, Coverage.product_id == Product.id)
        .join(Lot, Product.lot_id == Lot.id)
        .join(Municipality, Coverage.municipality_id == Municipality.id)
        .where(Lot.procedure_id == procedure_id)
    )
    if before:
        at = select(CoverageChange.changed_at).where(CoverageChange.id == before).scalar_subquery()
        older = CoverageChange.changed_at < at
        wanted = wanted.where(or_(older, and_(CoverageChange.changed_at == at, CoverageChange.id < before)))
    rows = db.execute(
        wanted.order_by(CoverageChange.changed_at.desc(), CoverageChange.id.desc()).limit(HISTORY + 1)
    ).all()
    return rows[:HISTORY], rows[HISTORY - 1].id if len(rows) > HISTORY else None


def published_with_products(db: Session, authority_slug: str, slug: str) -> Procedure | None:
    """A published procedure with its authority, lots and products: two statements."""
    return db.scalar(
        select(Procedure)
        .join(Procedure.authority)
        .where(Authority.slug == authority_slug, Procedure.slug == slug, Procedure.published_at.is_not(None))
        .options(contains_eager(Procedure.authority), selectinload(Procedure.lots).joinedload(Lot.products))
    )
