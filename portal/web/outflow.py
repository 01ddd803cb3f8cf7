"""The outflow rule for officials: signals of one agreement, and each case up to the decision of two."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import outflow as rule
from portal.domain import outflow_cases as domain
from portal.domain.outflow import Signal
from portal.errors import Invalid, NotFound
from portal.models import Agreement, OutflowCase
from portal.queries import outflow as queries
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.managing import blueprint, day, done, own, page, today
from portal.web.problems import by_field

RUNNING = ("warned", "hearing", "proposed")


def signals(found: Agreement) -> list[Signal]:
    """How every place of this agreement stands against its published rule."""
    published = domain.rule_of(found)
    case = queries.cases(db(), today(), agreement_id=found.id).get(found.id) if published else None
    return rule.signals(published, case, today()) if case else []


def _page(found: Agreement, errors: Mapping[str, str] | None = None) -> str:
    cases = queries.of_agreement(db(), found.id)
    names = {one.municipality_id: one.municipality.name for one in found.lines}
    places = sorted(signals(found), key=lambda one: names.get(one.municipality_id or "", ""))
    return page(
        "outflow",
        found,
        "management.outflow",
        gettext("Uitstroom"),
        errors,
        rule=domain.rule_of(found),
        signals=places,
        names=names,
        cases=cases,
        busy={one.municipality_id for one in cases if one.state in RUNNING},
        typed=request.form,
    )


@blueprint.get("/contractbeheer/<agreement_id>/uitstroom")
@audience("contract_manager")
def outflow(agreement_id: str) -> ResponseReturnValue:
    return _page(own(agreement_id))


@blueprint.post("/contractbeheer/<agreement_id>/uitstroom/<place>")
@audience("contract_manager")
def warn(agreement_id: str, place: str) -> ResponseReturnValue:
    """Warn the provider about one place, with the number of clients as checked."""
    found = own(agreement_id)
    signal = next((one for one in signals(found) if one.key == place), None)
    if signal is None:
        raise NotFound(N_("Dit bestaat niet."))
    municipality = next((one.municipality for one in found.lines if one.municipality_id == place), None)
    running = next(
        (
            one
            for one in queries.of_agreement(db(), found.id)
            if one.municipality_id == signal.municipality_id and one.state in RUNNING
        ),
        None,
    )
    number = request.form.get("established", "").strip()
    established = int(number) if number.isdecimal() and len(number) < 6 else None
    try:
        case = domain.warn(found, person(), signal, municipality, established, running, now())
    except Invalid as refusal:
        return _page(found, by_field(refusal, place)), 422
    db().add(case)
    return done(gettext("De zorgaanbieder is gewaarschuwd."), ".outflow_case", case_id=case.id)


@blueprint.get("/uitstroom")
@audience("outflow")
def outflow_cases() -> ResponseReturnValue:
    return render_template("management/outflow_cases.html", cases=queries.overview(db()), me=person())


def _case(case_id: str) -> OutflowCase:
    found = queries.case(db(), case_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _case_page(found: OutflowCase, errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "management/outflow_case.html",
        case=found,
        place=domain.place(found),
        today=today(),
        me=person(),
        is_manager="contract_manager" in person().role_names,
        may_confirm=domain.may_confirm(found, person()),
        earliest=domain.earliest_end(found, now()),
        outcomes=[(key, gettext(term.label)) for key, term in terms.OUTFLOW_OUTCOMES.items()],
        exceptions={key: gettext(term.label) for key, term in terms.OUTFLOW_EXCEPTIONS.items()},
        errors=errors or {},
        typed=request.form,
        crumbs=[(gettext("Uitstroom"), url_for("management.outflow_cases")), (found.agreement.organisation.name, "")],
    )


@blueprint.get("/uitstroom/<case_id>")
@audience("outflow")
def outflow_case(case_id: str) -> ResponseReturnValue:
    return _case_page(_case(case_id))


@blueprint.post("/uitstroom/<case_id>/zienswijze")
@audience("contract_manager")
def hear(case_id: str) -> ResponseReturnValue:
    domain.hear(_case(case_id), person(), now())
    return done(gettext("De zienswijze is gevraagd."), ".outflow_case", case_id=case_id)


@blueprint.post("/uitstroom/<case_id>/voorstel")
@audience("contract_manager")
def propose_outflow(case_id: str) -> ResponseReturnValue:
    found, form = _case(case_id), request.form
    try:
        domain.propose(
            found, person(), form.get("outcome", ""), form.get("reason", ""), day("ends_on"),
            form.get("continuity", ""), now(),
        )  # fmt: skip
    except Invalid as refusal:
        return _case_page(found, by_field(refusal)), 422
    return done(gettext("Uw voorstel ligt bij een tweede medewerker."), ".outflow_case", case_id=case_id)


@blueprint.post("/uitstroom/<case_id>/bevestigen")
@audience("outflow")
def confirm_outflow(case_id: str) -> ResponseReturnValue:
    domain.confirm(_case(case_id), person(), now())
    return done(gettext("Het besluit is genomen. De zorgaanbieder krijgt bericht."), ".outflow_case", case_id=case_id)


@blueprint.post("/uitstroom/<case_id>/teruggeven")
@audience("outflow")
def return_outflow(case_id: str) -> ResponseReturnValue:
    found = _case(case_id)
    try:
        domain.send_back(found, person(), request.form.get("back", ""), now())
    except Invalid as refusal:
        return _case_page(found, {"back": by_field(refusal)["reason"]}), 422
    return done(gettext("Het voorstel is teruggegeven."), ".outflow_case", case_id=case_id)
