"""Rounds for officials: all of them, how one stands, and making its decisions known."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import calendar, equal_treatment, procedures, wording
from portal.errors import NotFound, Refused
from portal.models import Round
from portal.queries import equal_treatment as treatment_queries
from portal.queries import reviews as review_queries
from portal.queries import round_figures as figures
from portal.queries import rounds as queries
from portal.terms import N_
from portal.web import downloads
from portal.web import round_charts as charts
from portal.web.context import db, now, person
from portal.web.guards import audience

blueprint = Blueprint("rounds", __name__)

SETTLED = frozenset({"decided", "withdrawn"})
"""States of an objection on which nothing waits."""
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
    counted = figures.counted(db(), round_id, me.id)
    per_inkoper = figures.figures(db(), round_id, me.id, today)
    numbers = charts.total(per_inkoper)
    first, last = calendar.local_day(round_.opens_at), min(today, calendar.local_day(round_.closes_at))
    charts_of = charts.Charts(round_, "inkoper" in me.role_names)
    columns, coverage = charts_of.heat(figures.coverage(db(), round_.procedure_id, round_id, me.id))
    return render_template(
        "rounds/dashboard.html",
        round=round_,
        n=numbers,
        counted=counted,
        leads_to=charts_of.leads_to,
        labels=charts.LABELS,
        decide_until=procedures.decided_by(round_),
        days=charts_of.per_day(counted.hours, first, last),
        last_days=charts.LAST_DAYS,
        funnel_data=charts_of.funnel(numbers),
        columns=columns,
        coverage=coverage,
        empty_cells=sum(one["value"] == 0 for row in coverage for one in row["cells"]),
        term_bars=charts_of.terms(numbers),
        answer_until=charts.first_day(counted.remedies),
        signal_bars=charts_of.signals(counted) if "inkoper" in me.role_names else [],
        decision_bars=charts_of.decisions(numbers),
        pending=sum(counted.objections[key] for key in counted.objections if key not in SETTLED),
        workload=[row for row in per_inkoper if row.ingediend],
        to_explain=treatment_queries.number_to_explain(db(), equal_treatment.differences(round_), me),
        is_inkoper="inkoper" in me.role_names,
        has_vault=procedures.KINDS[round_.procedure.kind].has_vault,
        is_manager="round_manager" in me.role_names,
    )


@blueprint.get("/rondes/<round_id>/aanmeldingen")
@audience("screening")
def behind(round_id: str) -> ResponseReturnValue:
    """The applications behind a number of the dashboard."""
    round_, me, wanted = _closed(round_id), person(), figures.Wanted.read(request.args)
    page = figures.behind(db(), round_id, me.id, calendar.local_day(now()), wanted)
    cell = figures.cell_named(db(), round_.procedure_id, wanted) if wanted.product or wanted.municipality else None
    reviewer = page.rows[0].first_by if page.rows and wanted.reviewer else None
    return render_template(
        "rounds/behind.html",
        round=round_,
        page=page,
        wanted=wanted,
        title=charts.described(wanted, cell, reviewer),
        link=lambda **changes: url_for("rounds.behind", round_id=round_id, **{**request.args, **changes}),
        states=terms.REVIEW_STATES,
        is_inkoper="inkoper" in me.role_names,
        # An inkoper reads names after declaring interests.
        shows_names="round_manager" in me.role_names or review_queries.has_declared(db(), round_id, me.id),
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
            gettext("staat stil") if row.is_suspended else row.due_on, row.first_by,
            row.second_by, row.findings, row.admitted, row.refused, row.told_at and wording.moment(row.told_at),
            row.agreement,
        )
        for row in queries.rows_for_export(db(), round_id, person().id)
    )  # fmt: skip
    return downloads.table(f"ronde-{round_.label}-{calendar.local_day(now())}.csv", CSV_HEADER, rows)
