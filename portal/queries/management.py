"""Reads for the contract manager: the work list, one agreement, and what hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain import outflow, rechecks, talks
from portal.errors import NotFound
from portal.models import (
    ActionPoint,
    Agreement,
    AgreementLine,
    Application,
    Handover,
    Organisation,
    OutflowCase,
    Procedure,
    Recheck,
    RecheckItem,
    Risk,
    RiskEntry,
    Round,
    Suspension,
    Talk,
)
from portal.queries import outflow as outflow_queries
from portal.queries import renewals
from portal.queries.interests import not_hidden
from portal.terms import N_

PAGE = 50
DUES: dict[str, str] = {
    "handover": N_("Overdracht open"),
    "talk": N_("Gesprek te houden"),
    "point": N_("Afspraak over tijd"),
    "recheck": N_("Hercontrole"),
    "renewed": N_("Bewijs vernieuwd"),
    "outflow": N_("Weinig cliënten"),
    "risk": N_("Hoog risico"),
    "suspended": N_("Opgeschort"),
}
"""What can ask for attention, in the order of the screen."""


def agreement(
    db: Session, agreement_id: str, organisation_id: str | None = None, *, official_id: str = ""
) -> Agreement:
    """One agreement in force with everything an act on it needs: four statements. Raises `NotFound`.

    Also when `official_id` has an interest in the provider.
    """
    wanted = select(Agreement).where(
        Agreement.id == agreement_id, Agreement.state == "in_force", not_hidden(Agreement.application_id, official_id)
    )
    if organisation_id is not None:
        wanted = wanted.where(Agreement.organisation_id == organisation_id)
    round_ = joinedload(Agreement.application, innerjoin=True).joinedload(Application.round, innerjoin=True)
    found = db.scalar(
        wanted.options(
            joinedload(Agreement.organisation, innerjoin=True).selectinload(Organisation.users),
            joinedload(Agreement.authority, innerjoin=True),
            joinedload(Agreement.procedure, innerjoin=True),
            round_.joinedload(Round.procedure, innerjoin=True),
            selectinload(Agreement.lines).joinedload(AgreementLine.product, innerjoin=True),
            selectinload(Agreement.lines).joinedload(AgreementLine.municipality, innerjoin=True),
        )
    )
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


@dataclass(frozen=True)
class Entry:
    """One agreement in the work list, with what is due (keys of `DUES`) and when the next talk is planned."""

    row: Row[Any]
    talk_on: date | None
    dues: list[str]


@dataclass(frozen=True)
class Work:
    """The work list: the entries that fit, how many there are of each due and in all, and the procedures."""

    entries: list[Entry]
    counts: Mapping[str, int]
    everything: int
    procedures: Sequence[Row[Any]]


def _rows(db: Session, text: str, procedure_id: str, today: date) -> Sequence[Row[Any]]:
    last = RiskEntry.__table__.alias()
    newest = select(func.max(RiskEntry.sequence)).where(RiskEntry.risk_id == Risk.id)
    high = (
        select(func.count(Risk.id))
        .join(last, last.c.risk_id == Risk.id)
        .where(
            Risk.agreement_id == Agreement.id,
            Risk.state == "open",
            last.c.likelihood == "high",
            last.c.impact == "high",
            last.c.sequence == newest.correlate(Risk).scalar_subquery(),
        )
        .correlate(Agreement)
        .scalar_subquery()
    )
    items = select(RecheckItem.id).join(RecheckItem.recheck).where(Recheck.agreement_id == Agreement.id)
    is_late = and_(RecheckItem.state == "asked", RecheckItem.due_on < today)
    to_judge = items.where(or_(RecheckItem.state.in_(("handed_in", "fails")), is_late))
    late_points = (
        select(ActionPoint.id)
        .join(ActionPoint.talk)
        .where(Talk.agreement_id == Agreement.id, ActionPoint.done_at.is_(None), ActionPoint.due_on < today)
    )
    running = ("warned", "hearing", "proposed")
    wanted = (
        select(
            Agreement.id,
            Agreement.number,
            Agreement.procedure_id,
            Agreement.starts_on,
            Agreement.ends_on,
            Organisation.name.label("organisation"),
            Handover.state.label("handover"),
            _latest(Talk.held_on, Talk).label("last_talk"),
            _latest(Recheck.year, Recheck).label("last_recheck"),
            exists(to_judge.correlate(Agreement)).label("to_judge"),
            exists(late_points.correlate(Agreement)).label("late_points"),
            high.label("high_risks"),
            exists()
            .where(Suspension.agreement_id == Agreement.id, Suspension.lifted_at.is_(None))
            .correlate(Agreement)
            .label("is_suspended"),
            exists()
            .where(OutflowCase.agreement_id == Agreement.id, OutflowCase.state.in_(running))
            .correlate(Agreement)
            .label("has_case"),
        )
        .join(Agreement.organisation)
        .outerjoin(Handover, Handover.agreement_id == Agreement.id)
        .where(Agreement.state == "in_force")
        .order_by(func.lower(Organisation.name), Agreement.number)
    )
    if procedure_id:
        wanted = wanted.where(Agreement.procedure_id == procedure_id)
    if text:
        wanted = wanted.where(
            or_(*(one.icontains(text, autoescape=True) for one in (Agreement.number, Organisation.name)))
        )
    return db.execute(wanted).all()


def _latest(column: Any, owner: Any) -> Any:
    return select(func.max(column)).where(owner.agreement_id == Agreement.id).correlate(Agreement).scalar_subquery()


def work(db: Session, today: date, *, text: str = "", procedure_id: str = "", due: str = "") -> Work:
    """Agreements in force by name of the provider: at most nine statements, whatever is found."""
    procedures = db.execute(
        select(Procedure.id, Procedure.title, Procedure.settings)
        .where(exists().where(Agreement.procedure_id == Procedure.id, Agreement.state == "in_force"))
        .order_by(Procedure.title)
    ).all()
    settings = {one.id: one.settings for one in procedures}
    signals = _signals(db, settings, today)
    renewed, rows = renewals.renewed_agreements(db), _rows(db, text, procedure_id, today)
    entries = [_entry(row, settings[row.procedure_id], signals, renewed, today) for row in rows]
    counts = {key: sum(key in one.dues for one in entries) for key in DUES}
    return Work([one for one in entries if not due or due in one.dues], counts, len(entries), procedures)


def _signals(db: Session, settings: Mapping[str, Mapping[str, Any]], today: date) -> set[str]:
    """The agreements of which some place has few clients by the published rule."""
    ruled = {key: one["outflow"] for key, one in settings.items() if one.get("outflow")}
    if not ruled:
        return set()
    found = set()
    for procedure_id, rule in ruled.items():
        for key, case in outflow_queries.cases(db, today, procedure_ids=[procedure_id]).items():
            if any(one.is_signal for one in outflow.signals(rule, case, today)):
                found.add(key)
    return found


def _entry(row: Row[Any], settings: Mapping[str, Any], signals: set[str], renewed: set[str], today: date) -> Entry:
    rules = settings.get("contract_management") or {}
    talk_on = talks.next_on(row.starts_on, rules.get("talk_every_months") or talks.EVERY, row.last_talk)
    year = rechecks.year_of(row.starts_on, today)
    to_ask = bool(rules.get("yearly_recheck")) and year >= 1 and (row.last_recheck or 0) < year
    flags = {
        "handover": bool(rules.get("handover")) and row.handover != "accepted",
        "talk": talk_on <= today,
        "point": row.late_points,
        "recheck": to_ask or row.to_judge,
        "renewed": row.id in renewed,
        "outflow": row.id in signals or row.has_case,
        "risk": row.high_risks > 0,
        "suspended": row.is_suspended,
    }
    return Entry(row, talk_on, [key for key, is_due in flags.items() if is_due])


def dues_of(db: Session, found: Agreement, today: date) -> Entry:
    """The same for one agreement."""
    work_list = _rows(db, found.number, found.procedure_id, today)
    row = next(one for one in work_list if one.id == found.id)
    settings = found.application.round.settings
    signals: set[str] = set()
    if settings.get("outflow"):
        case = outflow_queries.cases(db, today, agreement_id=found.id).get(found.id)
        if case and any(one.is_signal for one in outflow.signals(settings["outflow"], case, today)):
            signals.add(found.id)
    renewed = {found.id} if renewals.renewed_at_agreement(db, found) else set()
    return _entry(row, settings, signals, renewed, today)
