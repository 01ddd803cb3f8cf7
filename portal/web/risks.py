"""The risk register of a procedure, and of one agreement."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import risks as domain
from portal.errors import Invalid, NotFound, Stale
from portal.models import Agreement, Procedure, Risk, RiskEntry
from portal.queries import running
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.managing import blueprint, day, done, own, page, today
from portal.web.problems import by_field, translated


def _procedure(procedure_id: str) -> Procedure:
    found = running.procedure(db(), procedure_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _facts(procedure: Procedure, agreement_id: str | None, message: str = "", at: str = "") -> dict[str, object]:
    """What both registers show. `at` is the risk whose form was refused."""
    register = running.risks_of(db(), procedure.id, agreement_id)
    return {
        "risks": register,
        "levels": [(key, gettext(term.label)) for key, term in terms.LEVELS.items()],
        "unseeded": domain.unseeded(procedure, {one.code for one in register}) if agreement_id is None else [],
        "message": message,
        "at": at,
        "typed": request.form,
    }


def _page(found: Agreement, errors: Mapping[str, str] | None = None, message: str = "", at: str = "") -> str:
    more = _facts(found.procedure, found.id, message, at)
    return page("risks", found, "management.risks", gettext("Risico’s"), errors, procedure=found.procedure, **more)


def _procedure_page(
    procedure: Procedure, errors: Mapping[str, str] | None = None, message: str = "", at: str = ""
) -> str:
    return render_template(
        "management/procedure_risks.html",
        procedure=procedure,
        agreement=None,
        today=today(),
        errors=errors or {},
        crumbs=[(gettext("Contractbeheer"), url_for("management.overview")), (gettext("Risico’s"), "")],
        **_facts(procedure, None, message, at),
    )


def _entry() -> RiskEntry:
    form = request.form
    return domain.entry(
        form.get("likelihood", ""), form.get("impact", ""), form.get("measure", ""), form.get("owner", ""),
        day("review_on"), form.get("reason", ""),
    )  # fmt: skip


@blueprint.get("/contractbeheer/<agreement_id>/risicos")
@audience("contract_manager")
def risks(agreement_id: str) -> ResponseReturnValue:
    return _page(own(agreement_id))


@blueprint.get("/contractbeheer/procedures/<procedure_id>/risicos")
@audience("contract_manager")
def procedure_risks(procedure_id: str) -> ResponseReturnValue:
    return _procedure_page(_procedure(procedure_id))


@blueprint.post("/contractbeheer/procedures/<procedure_id>/risicos/overnemen")
@audience("contract_manager")
def seed_risks(procedure_id: str) -> ResponseReturnValue:
    procedure = _procedure(procedure_id)
    known = {one.code for one in running.risks_of(db(), procedure.id, None)}
    db().add_all(domain.seed(procedure, person(), known, now()))
    return done(gettext("De risico’s staan in het register."), ".procedure_risks", procedure_id=procedure_id)


def _add(procedure: Procedure, agreement: Agreement | None) -> None:
    number = len(running.risks_of(db(), procedure.id, agreement.id if agreement else None)) + 1
    code = f"{'O' if agreement else 'E'}{number}"
    form = request.form
    risk = domain.add(
        procedure, agreement, person(), code, form.get("title", ""), form.get("text", ""), _entry(), now()
    )
    db().add(risk)


@blueprint.post("/contractbeheer/<agreement_id>/risicos")
@audience("contract_manager")
def add_risk(agreement_id: str) -> ResponseReturnValue:
    found = own(agreement_id)
    try:
        _add(found.procedure, found)
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return done(gettext("Het risico is bewaard."), ".risks", agreement_id=agreement_id)


@blueprint.post("/contractbeheer/procedures/<procedure_id>/risicos")
@audience("contract_manager")
def add_procedure_risk(procedure_id: str) -> ResponseReturnValue:
    procedure = _procedure(procedure_id)
    try:
        _add(procedure, None)
    except Invalid as refusal:
        return _procedure_page(procedure, by_field(refusal)), 422
    return done(gettext("Het risico is bewaard."), ".procedure_risks", procedure_id=procedure_id)


def _shown(risk: Risk, errors: Mapping[str, str] | None = None, message: str = "") -> str:
    if risk.agreement_id:
        return _page(own(risk.agreement_id), errors, message, risk.id)
    return _procedure_page(risk.procedure, errors, message, risk.id)


@blueprint.post("/contractbeheer/risicos/<risk_id>")
@audience("contract_manager")
def judge_risk(risk_id: str) -> ResponseReturnValue:
    """Judge a risk anew; or, with `stap`, close it or open it again."""
    risk, form = running.risk(db(), risk_id), request.form
    if risk is None:
        raise NotFound(N_("Dit bestaat niet."))
    try:
        if form.get("stap") in ("close", "reopen"):
            domain.turn(risk, person(), form["stap"], form.get("reason", ""), now())
        else:
            domain.judge(risk, person(), _entry(), form.get("based_on", 0, int), now())
    except Invalid as refusal:
        return _shown(risk, by_field(refusal, risk.id)), 422
    except Stale as stale:
        return _shown(risk, message=translated(stale)), 409
    message = gettext("Het risico is bewaard.")
    if risk.agreement_id:
        return done(message, ".risks", agreement_id=risk.agreement_id, _anchor=f"risico-{risk.id}")
    return done(message, ".procedure_risks", procedure_id=risk.procedure_id, _anchor=f"risico-{risk.id}")
