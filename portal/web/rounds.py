"""Rounds for officials: all of them, how one stands, and making its decisions known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from portal import terms
from portal.domain import calendar, equal_treatment, procedures, wording
from portal.errors import NotFound, Refused
from portal.models import Round
from portal.queries import equal_treatment as treatment_queries
from portal.queries import remedies as remedy_queries
from portal.queries import rounds as queries
from portal.terms import N_
from portal.web import downloads
from portal.web.context import db, now, person
from portal.web.guards import audience

blueprint = Blueprint("rounds", __name__)

LAST_DAYS = 3
CSV_HEADER = (
    "Nummer", "Zorgaanbieder", "KvK-nummer", "Ontvangstbewijs", "Ingediend", "Stand", "Termijn", "Eerste inkoper",
    "Tweede inkoper", "Oordelen", "Toegelaten", "Afgewezen", "Bekendgemaakt", "Overeenkomst",
)  # fmt: skip


def _round(round_id: str) -> Round:
    found = queries.round_with_procedure(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _closed(round_id: str) -> Round:
    found = _round(round_id)
    if found.closed_at is None and not found.is_continuous:
        raise Refused(N_("Deze ronde is nog niet gesloten. Namen en gegevens ziet u pas daarna."))
    return found


@blueprint.get("/rondes")
@audience("screening")
def overview() -> ResponseReturnValue:
    return render_template("rounds/overview.html", rows=queries.overview(db(), person().id), kinds=procedures.KINDS)


def per_day(hours: Sequence[Row[tuple[str, int]]], first: date, last: date) -> list[dict[str, Any]]:
    """Bars of a chart: submissions per Amsterdam day, from the day before the first one.

    Every day up to `last` has its bar; the last days are marked.
    """
    counted: Counter[date] = Counter()
    for hour, number in hours:
        counted[calendar.local_day(datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC))] += number
    first = max(first, min(counted, default=last - timedelta(days=LAST_DAYS)) - timedelta(days=1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    step = max(1, len(days) // 7)
    return [
        {
            "label": wording.day(day),
            "value": counted[day],
            "tick": wording.short_day(day) if n % step == 0 else None,
            "highlight": (last - day).days < LAST_DAYS,
        }
        for n, day in enumerate(days)
    ]


def heat(cells: Sequence[Row[Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns (municipalities) and rows (products) of the coverage table."""
    columns = sorted({one.municipality for one in cells})
    rows: dict[str, dict[str, Any]] = {}
    for one in cells:
        row = rows.setdefault(one.product_id, {"label": f"{one.lot} {one.product}", "by": {}})
        row["by"][one.municipality] = one.number
    return columns, [
        {"label": row["label"], "cells": [row["by"].get(name, 0) for name in columns]} for row in rows.values()
    ]


@dataclass(frozen=True)
class Figures:
    """The counts of a whole round; see `queries.rounds.figures` for what each one is."""

    begun: int
    submitted: int
    open: int
    started: int
    remedy: int
    proposed: int
    confirmed: int
    admitted: int
    told: int
    agreements: int
    signed: int
    late: int
    unassigned: int
    integrity_pending: int


def total(per_inkoper: Sequence[Row[Any]]) -> Figures:
    """The counts of every inkoper, added up."""
    return Figures(**{one.name: sum(getattr(row, one.name) for row in per_inkoper) for one in fields(Figures)})


def funnel(figures: Figures) -> list[dict[str, Any]]:
    """From begun to agreement, as shares of what was begun."""
    steps = [
        (gettext("Begonnen"), figures.begun, "info"),
        (gettext("Ingediend"), figures.submitted, "info"),
        (gettext("Beoordeling begonnen"), figures.started, "info"),
        (gettext("Vastgesteld"), figures.confirmed, "info"),
        (gettext("Toegelaten (geheel of deels)"), figures.admitted, "positive"),
        (gettext("Bekendgemaakt"), figures.told, "positive"),
        (gettext("Overeenkomst gemaakt"), figures.agreements, "positive"),
        (gettext("Overeenkomst ondertekend"), figures.signed, "positive"),
    ]
    whole = max(figures.begun, 1)
    return [
        {"label": label, "value": value, "percent": 100 * value / whole, "tone": tone} for label, value, tone in steps
    ]


@blueprint.get("/rondes/<round_id>")
@audience("screening")
def dashboard(round_id: str) -> ResponseReturnValue:
    round_, today, me = _round(round_id), calendar.local_day(now()), person()
    state = round_.state(now())
    if round_.closed_at is None and not round_.is_continuous:
        has_vault = procedures.KINDS[round_.procedure.kind].has_vault
        submitted = 0 if has_vault else queries.number_submitted(db(), round_id)
        return render_template(
            "rounds/waiting.html",
            round=round_,
            state=state,
            submitted=submitted,
            has_vault=has_vault,
            is_manager="round_manager" in me.role_names,
        )
    per_inkoper = queries.figures(db(), round_id, me.id, today)
    figures = total(per_inkoper)
    first, last = calendar.local_day(round_.opens_at), min(today, calendar.local_day(round_.closes_at))
    columns, rows = heat(queries.coverage(db(), round_.procedure_id, round_id, me.id))
    return render_template(
        "rounds/dashboard.html",
        round=round_,
        figures=figures,
        decide_until=procedures.decided_by(round_),
        days=per_day(queries.submissions_per_hour(db(), round_id, me.id), first, last),
        last_days=LAST_DAYS,
        funnel_data=funnel(figures),
        columns=columns,
        coverage=rows,
        workload=[row for row in per_inkoper if row.submitted],
        # Names only for who must act on them; an inkoper sees names in the queue, after declaring interests.
        waiting=queries.to_tell(db(), round_id, me.id) if "round_manager" in me.role_names else [],
        to_explain=treatment_queries.number_to_explain(db(), equal_treatment.differences(round_), me),
        prepared=remedy_queries.number_prepared(db(), round_id, me.id),
        is_inkoper="inkoper" in me.role_names,
        has_vault=procedures.KINDS[round_.procedure.kind].has_vault,
        is_manager="round_manager" in me.role_names,
    )


@blueprint.get("/rondes/<round_id>.csv")
@audience("screening")
def export(round_id: str) -> ResponseReturnValue:
    round_ = _closed(round_id)
    states = {key: gettext(term.label) for key, term in terms.REVIEW_STATES.items()}
    rows = (
        (
            row.number, row.organisation, row.kvk_number, row.receipt_number,
            wording.moment(row.submitted_at, seconds=True), states[row.state],
            gettext("opgeschort") if row.is_suspended else row.due_on, row.first_by,
            row.second_by, row.findings, row.admitted, row.refused, row.told_at and wording.moment(row.told_at),
            row.agreement,
        )
        for row in queries.rows_for_export(db(), round_id, person().id)
    )  # fmt: skip
    return downloads.table(f"ronde-{round_.label}-{calendar.local_day(now())}.csv", CSV_HEADER, rows)
