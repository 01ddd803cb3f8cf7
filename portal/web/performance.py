"""A running agreement for the provider: what is asked of it, its figures, its view, its quotes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import bridging as bridges
from portal.domain import calendar, outflow_cases, quotes, rechecks
from portal.errors import Invalid, NotFound
from portal.models import Agreement, RecheckItem
from portal.queries import management as queries
from portal.queries import outflow as outflow_queries
from portal.queries import running, vault
from portal.terms import N_
from portal.web import figures
from portal.web.context import db, now, organisation_id, person
from portal.web.extras import bridging_file, bridging_of, quote_of
from portal.web.guards import audience
from portal.web.managing import today
from portal.web.problems import by_field

blueprint = Blueprint("performance", __name__)


def _own(agreement_id: str) -> Agreement:
    return queries.agreement(db(), agreement_id, organisation_id())


def _page(found: Agreement, errors: Mapping[str, str] | None = None) -> str:
    items = [item for one in running.rechecks_of(db(), found.id) for item in one.items]
    cases = outflow_queries.of_agreement(db(), found.id)
    return render_template(
        "performance/agreement.html",
        agreement=found,
        today=today(),
        items=items,
        is_overdue=rechecks.is_overdue,
        documents=running.vault_of(db(), found.organisation_id),
        suspension=next((one for one in running.suspensions_of(db(), found.id) if one.lifted_at is None), None),
        cases=[(one, _is_open(one.heard_until) and one.state == "hearing") for one in cases],
        rule=outflow_cases.rule_of(found),
        exceptions={key: gettext(term.label) for key, term in terms.OUTFLOW_EXCEPTIONS.items()},
        quotes=running.quotes_of(db(), found.id),
        units=[(key, gettext(term.label)) for key, term in terms.UNITS.items()],
        bridgings=[one for one in running.bridgings_of(db(), found.id) if one.pdf_key],
        may_sign="signatory" in person().role_names,
        errors=errors or {},
        crumbs=[
            (gettext("Overeenkomsten"), url_for("agreements.overview")),
            (found.number, url_for("agreements.agreement", agreement_id=found.id)),
            (gettext("Uitvoering"), ""),
        ],
        **figures.facts(found),
    )


def _is_open(until: date | None) -> bool:
    return until is not None and now() < calendar.end_of_day(until)


def _cents(text: str) -> int | None:
    """Euro cents of an amount as people write it ('1.234,50' or '74,6'); None for what is not one."""
    plain = text.strip().removeprefix("€").strip()
    plain = re.sub(r"\.(?=\d{3}(\D|$))", "", plain).replace(",", ".")
    if not re.fullmatch(r"\d{1,7}(\.\d{1,2})?", plain):
        return None
    whole, _, rest = plain.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])


def _done(agreement_id: str, message: str, anchor: str) -> ResponseReturnValue:
    db().commit()
    flash(message, "ok")
    return redirect(url_for(".agreement", agreement_id=agreement_id, _anchor=anchor), 303)


@blueprint.get("/overeenkomsten/<agreement_id>/uitvoering")
@audience("provider")
def agreement(agreement_id: str) -> ResponseReturnValue:
    return _page(_own(agreement_id))


@blueprint.post("/overeenkomsten/<agreement_id>/uitvoering/cijfers")
@audience("provider")
def deliver(agreement_id: str) -> ResponseReturnValue:
    found = _own(agreement_id)
    try:
        number = figures.take_counts(found)
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return _done(agreement_id, figures.told(number), "cijfers")


@blueprint.post("/overeenkomsten/<agreement_id>/uitvoering/kengetallen")
@audience("provider")
def deliver_indicator(agreement_id: str) -> ResponseReturnValue:
    found = _own(agreement_id)
    try:
        figures.take_indicator(found)
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return _done(agreement_id, gettext("Het kengetal is bewaard."), "kengetallen")


def _item(found: Agreement, item_id: str) -> RecheckItem:
    items = [item for one in running.rechecks_of(db(), found.id) for item in one.items]
    item = next((one for one in items if one.id == item_id), None)
    if item is None:
        raise NotFound(N_("Dit bestaat niet."))
    return item


@blueprint.post("/overeenkomsten/<agreement_id>/uitvoering/hercontrole/<item_id>")
@audience("provider")
def hand_in(agreement_id: str, item_id: str) -> ResponseReturnValue:
    found, form = _own(agreement_id), request.form
    item = _item(found, item_id)
    document = vault.document(db(), form.get("document", ""), found.organisation_id)
    try:
        rechecks.hand_in(item, person(), document, form.get("note", ""), now())
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return _done(agreement_id, gettext("Het document bij %(code)s is ingeleverd.", code=item.code), "hercontrole")


@blueprint.post("/overeenkomsten/<agreement_id>/uitvoering/zienswijze/<case_id>")
@audience("provider")
def give_view(agreement_id: str, case_id: str) -> ResponseReturnValue:
    found, form = _own(agreement_id), request.form
    case = outflow_queries.case(db(), case_id, found.organisation_id)
    if case is None or case.agreement_id != found.id:
        raise NotFound(N_("Dit bestaat niet."))
    try:
        outflow_cases.give_view(
            case, person(), form.get("view", ""), form.get("claim", ""), form.get("claim_reason", ""), now()
        )
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return _done(agreement_id, gettext("Uw zienswijze is bewaard en verstuurd."), "uitstroom")


@blueprint.post("/overeenkomsten/<agreement_id>/uitvoering/maatwerk/<quote_id>")
@audience("provider")
def answer_quote(agreement_id: str, quote_id: str) -> ResponseReturnValue:
    found, form = _own(agreement_id), request.form
    quote = quote_of(found, quote_id)
    document = vault.document(db(), form["document"], found.organisation_id) if form.get("document") else None
    try:
        quotes.answer(
            quote, person(), form.get("plan", ""), _cents(form.get("amount", "")), form.get("unit", ""), document, now()
        )
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return _done(agreement_id, gettext("Uw offerte is verstuurd."), "maatwerk")


@blueprint.post("/overeenkomsten/<agreement_id>/uitvoering/overbrugging/<bridging_id>")
@audience("signatory")
def answer_bridging(agreement_id: str, bridging_id: str) -> ResponseReturnValue:
    """Accept the document that was shown; or, with `stap` 'decline', say why not."""
    found, form = _own(agreement_id), request.form
    bridge = bridging_of(found, bridging_id)
    try:
        if form.get("stap") == "decline":
            bridges.decline(bridge, person(), form.get("reason", ""), now())
        else:
            bridges.accept(bridge, person(), form.get("sha256", ""), form.get("agreed") == "yes", now())
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return _done(agreement_id, gettext("Uw antwoord is bewaard."), "overbrugging")


@blueprint.get("/overeenkomsten/<agreement_id>/uitvoering/overbrugging/<bridging_id>/bestand")
@audience("provider")
def bridging_document(agreement_id: str, bridging_id: str) -> ResponseReturnValue:
    return bridging_file(bridging_of(_own(agreement_id), bridging_id))
