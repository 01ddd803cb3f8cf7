"""What the outflow rule looks at, read in a fixed number of statements for any number of agreements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.domain import calendar
from portal.domain.counts import Spot
from portal.domain.outflow import Case, Line, Stretch, closed_stretches
from portal.models import (
    Agreement,
    AgreementLine,
    Application,
    ClientCount,
    Coverage,
    CoverageChange,
    Organisation,
    OutflowCase,
    Procedure,
    Product,
    Round,
    Suspension,
)


def _chosen(procedure_ids: Sequence[str], agreement_id: str) -> ColumnElement[bool]:
    chosen = Agreement.id == agreement_id if agreement_id else Agreement.procedure_id.in_(procedure_ids)
    return and_(Agreement.state == "in_force", chosen)


def cases(db: Session, today: date, *, procedure_ids: Sequence[str] = (), agreement_id: str = "") -> dict[str, Case]:
    """Lines, suspensions and counts of these procedures' agreements in force, or of one: five statements."""
    chosen = _chosen(procedure_ids, agreement_id)
    closed = _closed(db, chosen)
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in db.execute(
        select(
            AgreementLine.agreement_id,
            AgreementLine.product_id,
            Product.code,
            AgreementLine.municipality_id,
            func.coalesce(AgreementLine.starts_on, Agreement.starts_on).label("starts_on"),
            AgreementLine.ends_on,
            Agreement.ends_on.label("agreement_ends_on"),
            Procedure.renewal_months,
        )
        .join(AgreementLine.agreement)
        .join(Agreement.procedure)
        .join(AgreementLine.product)
        .where(chosen)
    ):
        # An agreement that renews tacitly goes on after its first period, a line that ended does not.
        ends_on = max(row.agreement_ends_on, today) if row.renewal_months else row.agreement_ends_on
        stretches = closed.get((row.product_id, row.municipality_id), [])
        lines[row.agreement_id].append(
            Line(
                row.product_id, row.code, row.municipality_id, row.starts_on, row.ends_on or ends_on,
                closed_stretches(*stretches, row.starts_on) if stretches else (),
            )
        )  # fmt: skip
    suspended = _suspended(db, chosen)
    found = counts(db, chosen)
    return {key: Case(some, suspended.get(key, []), found.get(key, {})) for key, some in lines.items()}


def _closed(db: Session, chosen: ColumnElement[bool]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Of every cell that these agreements hold: state, since when, and its changes."""
    held = (
        select(AgreementLine.product_id, AgreementLine.municipality_id)
        .join(AgreementLine.agreement)
        .where(chosen)
        .distinct()
        .subquery()
    )
    here = and_(Coverage.product_id == held.c.product_id, Coverage.municipality_id == held.c.municipality_id)
    changes: dict[str, list[tuple[date, str, str]]] = defaultdict(list)
    for row in db.execute(
        select(CoverageChange.coverage_id, CoverageChange.changed_at, CoverageChange.before, CoverageChange.after)
        .join(CoverageChange.coverage)
        .join(held, here)
        .order_by(CoverageChange.changed_at)
    ):
        changes[row.coverage_id].append((calendar.local_day(row.changed_at), row.before, row.after))
    cells = db.execute(
        select(Coverage.id, Coverage.product_id, Coverage.municipality_id, Coverage.state, Coverage.since_on).join(
            held, here
        )
    )
    return {(row.product_id, row.municipality_id): (row.state, row.since_on, changes[row.id]) for row in cells}


def _suspended(db: Session, chosen: ColumnElement[bool]) -> dict[str, list[Stretch]]:
    found: dict[str, list[Stretch]] = defaultdict(list)
    for row in db.execute(
        select(Suspension.agreement_id, Suspension.suspended_at, Suspension.lifted_at)
        .join(Suspension.agreement)
        .where(chosen)
    ):
        lifted = calendar.local_day(row.lifted_at) if row.lifted_at else None
        found[row.agreement_id].append(Stretch(calendar.local_day(row.suspended_at), lifted))
    return found


def counts(db: Session, chosen: ColumnElement[bool]) -> dict[str, Mapping[Spot, int]]:
    """The number that counts now, by agreement and place and month: one statement."""
    found: dict[str, dict[Spot, int]] = defaultdict(dict)
    for row in _current(db, chosen):
        found[row.agreement_id][(row.product_id, row.municipality_id, row.period)] = row.clients
    return dict(found)


def current_counts(db: Session, agreement_id: str) -> dict[Spot, tuple[int, int]]:
    """(sequence, clients) of what counts now for one agreement."""
    rows = _current(db, Agreement.id == agreement_id)
    return {(row.product_id, row.municipality_id, row.period): (row.sequence, row.clients) for row in rows}


def _current(db: Session, chosen: ColumnElement[bool]) -> Sequence[Row[Any]]:
    later = aliased(ClientCount)
    last = (
        select(func.max(later.sequence))
        .where(
            later.agreement_id == ClientCount.agreement_id,
            later.product_id == ClientCount.product_id,
            later.municipality_id == ClientCount.municipality_id,
            later.period == ClientCount.period,
        )
        .correlate(ClientCount)
        .scalar_subquery()
    )
    return db.execute(
        select(
            ClientCount.agreement_id,
            ClientCount.product_id,
            ClientCount.municipality_id,
            ClientCount.period,
            ClientCount.sequence,
            ClientCount.clients,
        )
        .join(Agreement, Agreement.id == ClientCount.agreement_id)
        .where(chosen, ClientCount.sequence == last)
    ).all()


def _whole() -> tuple[Any, ...]:
    agreement = joinedload(OutflowCase.agreement, innerjoin=True)
    round_ = agreement.joinedload(Agreement.application, innerjoin=True).joinedload(Application.round, innerjoin=True)
    return (
        joinedload(OutflowCase.municipality),
        joinedload(OutflowCase.opened_by),
        joinedload(OutflowCase.viewed_by),
        joinedload(OutflowCase.proposed_by),
        joinedload(OutflowCase.confirmed_by),
        agreement.joinedload(Agreement.organisation, innerjoin=True).selectinload(Organisation.users),
        round_.joinedload(Round.procedure, innerjoin=True),
    )


def case(db: Session, case_id: str, organisation_id: str | None = None) -> OutflowCase | None:
    """One case with its agreement, its lines and everybody in it."""
    wanted = select(OutflowCase).where(OutflowCase.id == case_id)
    if organisation_id is not None:
        wanted = wanted.join(OutflowCase.agreement).where(Agreement.organisation_id == organisation_id)
    lines = joinedload(OutflowCase.agreement, innerjoin=True).selectinload(Agreement.lines)
    return db.scalar(
        wanted.options(*_whole(), lines.joinedload(AgreementLine.product), lines.joinedload(AgreementLine.municipality))
    )


def of_agreement(db: Session, agreement_id: str) -> Sequence[OutflowCase]:
    """Every case of one agreement, latest first."""
    return db.scalars(
        select(OutflowCase)
        .where(OutflowCase.agreement_id == agreement_id)
        .options(joinedload(OutflowCase.municipality))
        .order_by(OutflowCase.opened_at.desc(), OutflowCase.id)
    ).all()


def overview(db: Session) -> Sequence[OutflowCase]:
    """Every case, what waits for a second official first, then by name."""
    return db.scalars(
        select(OutflowCase)
        .join(OutflowCase.agreement)
        .join(Agreement.organisation)
        .options(
            joinedload(OutflowCase.municipality),
            joinedload(OutflowCase.agreement, innerjoin=True).joinedload(Agreement.organisation, innerjoin=True),
            selectinload(OutflowCase.proposed_by),
        )
        .order_by((OutflowCase.state != "proposed"), func.lower(Organisation.name), OutflowCase.id)
        .limit(500)
    ).all()
