"""What each municipality buys, for the round manager: the matrix, changing it, its history, and extra rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from portal.domain import calendar, procedures
from portal.domain import coverage as domain
from portal.errors import Invalid, NotFound, Refused
from portal.models import Coverage, Procedure
from portal.queries import coverage as queries
from portal.terms import COVERAGE_ACTS, N_
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.web.public_coverage import ground_titles, remarks

blueprint = Blueprint("coverage", __name__)

VIEWS = ("stand", "aanbieders")


def _procedure(procedure_id: str) -> Procedure:
    found = queries.procedure(db(), procedure_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


@blueprint.get("/dekking")
@audience("round_manager")
def overview() -> ResponseReturnValue:
    return render_template("coverage/overview.html", rows=queries.overview(db()))


@blueprint.get("/dekking/<procedure_id>")
@audience("round_manager")
def matrix(procedure_id: str) -> ResponseReturnValue:
    """The matrix in one of two views: how each cell stands, or how many providers there are in it."""
    procedure, view = _procedure(procedure_id), request.args.get("beeld", VIEWS[0])
    found = queries.matrix(db(), procedure)
    counts = {}
    if view == VIEWS[1]:
        counts = queries.counts(db(), procedure.id, person().id, calendar.local_day(now()))
    return render_template(
        "coverage/matrix.html",
        procedure=procedure,
        matrix=found,
        remarks=remarks(found),
        grounds=ground_titles(procedure),
        view=view if view in VIEWS else VIEWS[0],
        counts=counts,
        zero=queries.Count(),
        has_extra=has_extra_rounds(procedure),
    )


def has_extra_rounds(procedure: Procedure) -> bool:
    """Whether extra rounds on scarcity were published."""
    rules = procedure.settings.get("rounds") or {}
    return procedures.KINDS[procedure.kind].extra_rounds and bool(rules.get("extra_on_scarcity"))


@blueprint.get("/dekking/<procedure_id>/geschiedenis")
@audience("round_manager")
def history(procedure_id: str) -> ResponseReturnValue:
    procedure = _procedure(procedure_id)
    rows, before = queries.history(db(), procedure.id, request.args.get("voor", ""))
    return render_template(
        "coverage/history.html",
        procedure=procedure,
        rows=rows,
        grounds=ground_titles(procedure),
        after=before and url_for("coverage.history", procedure_id=procedure_id, voor=before),
    )


# --- changing cells ---


@blueprint.get("/dekking/<procedure_id>/wijzigen")
@audience("round_manager")
def change(procedure_id: str) -> ResponseReturnValue:
    """The form for one or many cells; the address may name what is chosen already."""
    return _change_page(_procedure(procedure_id), request.args, {})


def _change_page(procedure: Procedure, form: MultiDict[str, str], errors: Mapping[str, str], message: str = "") -> str:
    found = queries.matrix(db(), procedure)
    lots = {row.lot_id: f"{row.lot_code} {row.lot_name}" for row in found.rows}
    return render_template(
        "coverage/change.html",
        procedure=procedure,
        matrix=found,
        lots=list(lots.items()),
        acts=[(act, gettext(COVERAGE_ACTS[act].label)) for act in domain.acts(procedure)],
        closing=domain.closing_grounds(procedure),
        form=form,
        errors=errors,
        message=message,
    )


@blueprint.post("/dekking/<procedure_id>/wijzigen")
@audience("round_manager")
def save(procedure_id: str) -> ResponseReturnValue:
    """Change the chosen cells, all in one act."""
    procedure, form = _procedure(procedure_id), request.form
    cells = queries.cells(
        db(), procedure.id, form.getlist("perceel"), form.getlist("product"), form.getlist("gemeente")
    )
    try:
        changed = _change(procedure, cells, form)
    except Invalid as error:
        errors = by_field(error)
        return _change_page(procedure, form, errors), 422
    except Refused as error:
        message = translated(error)
        db().rollback()
        return _change_page(_procedure(procedure_id), form, {}, message), 409
    db().commit()
    text = ngettext("%(num)s combinatie is gewijzigd.", "%(num)s combinaties zijn gewijzigd.", changed)
    if rest := len(cells) - changed:
        text += " " + ngettext(
            "%(num)s bleef zoals zij was: daar kan dit niet, of het stond al zo.",
            "%(num)s bleven zoals zij waren: daar kan dit niet, of het stond al zo.",
            rest,
        )
    flash(text, "ok" if changed else "info")
    return redirect(url_for("coverage.matrix", procedure_id=procedure_id), 303)


def _change(procedure: Procedure, cells: Sequence[Coverage], form: MultiDict[str, str]) -> int:
    """How many cells were changed."""
    act, reason = form.get("act", ""), form.get("reason", "")
    if act != "close":
        return len(domain.change(procedure, cells, act, person(), reason, now()))
    reopens_on = _day(form, "reopens_on")
    running = queries.running(db(), cells)
    ground = form.get("ground", "")
    return len(domain.close(procedure, cells, person(), ground, reason, reopens_on, running, now()))


def _day(form: MultiDict[str, str], name: str) -> date | None:
    """The day in a field, None when it is empty. Raises `Invalid`."""
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid({name: N_("Vul een datum in als jaar-maand-dag, bijvoorbeeld 2027-01-31.")}) from error


# --- an extra round ---


@blueprint.get("/dekking/<procedure_id>/extra-ronde")
@audience("round_manager")
def extra_round(procedure_id: str) -> ResponseReturnValue:
    procedure = _procedure(procedure_id)
    _require_extra(procedure)
    return _extra_page(procedure, _proposal(procedure), {})


def _require_extra(procedure: Procedure) -> None:
    if not has_extra_rounds(procedure):
        raise Refused(
            N_("Bij deze procedure zijn vooraf geen extra ronden aangekondigd. Een extra ronde kan dus niet.")
        )


def _proposal(procedure: Procedure) -> MultiDict[str, str]:
    """Days that fit the published rule: announced a week ahead, open for so many weeks, started a month later."""
    weeks = int(procedure.settings["rounds"]["extra_on_scarcity"]["weeks"])
    opens = calendar.next_working_day(calendar.local_day(now()) + timedelta(days=7))
    closes = calendar.next_working_day(opens + timedelta(weeks=weeks, days=1))
    starts = calendar.add_months(closes.replace(day=1), 2)
    values = {
        "opens_at": opens.isoformat(), "opens_time": "09:00", "closes_at": closes.isoformat(), "closes_time": "12:00",
        "starts_on": starts.isoformat(),
    }  # fmt: skip
    return MultiDict(values)


def _extra_page(procedure: Procedure, form: MultiDict[str, str], errors: Mapping[str, str], message: str = "") -> str:
    return render_template(
        "coverage/extra_round.html",
        procedure=procedure,
        rule=procedure.settings["rounds"]["extra_on_scarcity"],
        cells=queries.scarce(db(), procedure.id),
        form=form,
        errors=errors,
        message=message,
    )


@blueprint.post("/dekking/<procedure_id>/extra-ronde")
@audience("round_manager")
def call_extra_round(procedure_id: str) -> ResponseReturnValue:
    procedure, form = _procedure(procedure_id), request.form
    _require_extra(procedure)
    chosen = set(form.getlist("cells"))
    cells = [one for one in queries.scarce(db(), procedure.id) if one.id in chosen]
    try:
        made = procedures.call_extra_round(
            procedure,
            person(),
            cells,
            *_period(form),
            form.get("reason", ""),
            queries.applied_before(db(), procedure.authority_id),
            now(),
        )
    except Invalid as error:
        return _extra_page(procedure, form, by_field(error)), 422
    except Refused as error:
        message = translated(error)
        db().rollback()
        return _extra_page(_procedure(procedure_id), form, {}, message), 409
    db().commit()
    flash(gettext("Extra ronde %(label)s is aangekondigd.", label=made.label), "ok")
    return redirect(url_for("planning.manage", procedure_id=procedure_id), 303)


def _period(form: MultiDict[str, str]) -> tuple[datetime, datetime, date]:
    """Opening, closing and first day of the agreements. Raises `Invalid` for every field that is wrong."""
    problems: dict[str, str] = {}
    found: dict[str, Any] = {}
    for name, clock in (("opens_at", "opens_time"), ("closes_at", "closes_time"), ("starts_on", None)):
        try:
            day = _day(form, name)
            if day is None:
                raise Invalid({name: N_("Vul deze dag in.")})
            found[name] = calendar.local_instant(day, _time(form, clock)) if clock else day
        except Invalid as error:
            problems.update({name if key == "at" else key: text for key, text in error.problems.items()})
    if problems:
        raise Invalid(problems)
    return found["opens_at"], found["closes_at"], found["starts_on"]


def _time(form: MultiDict[str, str], name: str) -> time:
    try:
        return time.fromisoformat(form.get(name, ""))
    except ValueError as error:
        raise Invalid({name: N_("Vul een tijd in als uur:minuut, bijvoorbeeld 09:00.")}) from error
