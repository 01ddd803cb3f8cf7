"""What may be agreed beside the agreement: a quote for one client, and a bridging agreement."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import bridging as bridges
from portal.domain import following
from portal.domain import quotes as domain
from portal.errors import Invalid, NotFound
from portal.models import Agreement, Bridging, DeviationQuote
from portal.queries import running, work
from portal.services import StoredFile
from portal.terms import N_
from portal.web.context import db, now, person, release, services
from portal.web.downloads import attachment, content_of
from portal.web.guards import audience
from portal.web.managing import blueprint, day, done, own, page, today
from portal.web.problems import by_field


def quote_of(found: Agreement, quote_id: str) -> DeviationQuote:
    """One quote under this agreement. Raises `NotFound`."""
    quote = next((one for one in running.quotes_of(db(), found.id) if one.id == quote_id), None)
    if quote is None:
        raise NotFound(N_("Dit bestaat niet."))
    return quote


def bridging_of(found: Agreement, bridging_id: str) -> Bridging:
    """One bridging agreement after this one. Raises `NotFound`."""
    bridge = next((one for one in running.bridgings_of(db(), found.id) if one.id == bridging_id), None)
    if bridge is None:
        raise NotFound(N_("Dit bestaat niet."))
    return bridge


def bridging_file(bridge: Bridging) -> Response:
    """Its document, to read in the browser."""
    if bridge.pdf_key is None:
        raise NotFound(N_("Het document is er nog niet."))
    release()
    headers = {"Content-Disposition": f'inline; filename="{bridge.number}.pdf"'}
    return Response(services().files.chunks(bridge.pdf_key), content_type="application/pdf", headers=headers)


def _quotes_page(found: Agreement, errors: Mapping[str, str] | None = None) -> str:
    return page(
        "quotes",
        found,
        "management.quotes",
        gettext("Maatwerkofferte"),
        errors,
        quotes=running.quotes_of(db(), found.id),
        rule=following.rules(found).get("deviation_quote") or {},
        municipalities=sorted({(one.municipality.code, one.municipality.name) for one in found.lines}),
        units={key: gettext(term.label) for key, term in terms.UNITS.items()},
        decisions=[("accept", gettext("Aanvaarden")), ("decline", gettext("Afwijzen"))],
        typed=request.form,
    )


@blueprint.get("/contractbeheer/<agreement_id>/maatwerk")
@audience("contract_manager")
def quotes(agreement_id: str) -> ResponseReturnValue:
    return _quotes_page(own(agreement_id))


@blueprint.post("/contractbeheer/<agreement_id>/maatwerk")
@audience("contract_manager")
def ask_quote(agreement_id: str) -> ResponseReturnValue:
    found, form = own(agreement_id), request.form
    code, reference = form.get("municipality", ""), form.get("reference", "")
    municipality = next((one.municipality for one in found.lines if one.municipality.code == code), None)
    if any(one.reference == reference.strip() for one in running.quotes_of(db(), found.id)):
        return _quotes_page(found, {"reference": gettext("Onder dit zaaknummer is al een offerte gevraagd.")}), 422
    try:
        quote = domain.ask(found, person(), municipality, reference, form.get("question", ""), day("due_on"), now())
    except Invalid as refusal:
        return _quotes_page(found, by_field(refusal)), 422
    db().add(quote)
    return done(gettext("De offerte is gevraagd."), ".quotes", agreement_id=agreement_id)


@blueprint.post("/contractbeheer/<agreement_id>/maatwerk/<quote_id>")
@audience("contract_manager")
def decide_quote(agreement_id: str, quote_id: str) -> ResponseReturnValue:
    found, form = own(agreement_id), request.form
    try:
        domain.decide(quote_of(found, quote_id), person(), form.get("decision", ""), form.get("reason", ""), now())
    except Invalid as refusal:
        return _quotes_page(found, by_field(refusal)), 422
    return done(gettext("Uw besluit is bewaard."), ".quotes", agreement_id=agreement_id)


@blueprint.get("/contractbeheer/<agreement_id>/maatwerk/<quote_id>/bestand")
@audience("contract_manager")
def quote_file(agreement_id: str, quote_id: str) -> ResponseReturnValue:
    document = quote_of(own(agreement_id), quote_id).document
    if document is None:
        raise NotFound(N_("Dit bestaat niet."))
    release()
    content = content_of(document)
    return attachment(content, document.filename, document.content_type, document.size)


def _bridging_page(found: Agreement, errors: Mapping[str, str] | None = None) -> str:
    rule = bridges.rule_of(found)
    return page(
        "bridging",
        found,
        "management.bridging",
        gettext("Overbrugging"),
        errors,
        bridgings=running.bridgings_of(db(), found.id),
        rule=rule,
        after=bridges.ends_of(found),
        is_manager="contract_manager" in person().role_names,
        may_accept="authority_signatory" in person().role_names,
        typed=request.form,
    )


@blueprint.get("/contractbeheer/<agreement_id>/overbrugging")
@audience("bridging")
def bridging(agreement_id: str) -> ResponseReturnValue:
    return _bridging_page(own(agreement_id))


@blueprint.post("/contractbeheer/<agreement_id>/overbrugging")
@audience("contract_manager")
def draft_bridging(agreement_id: str) -> ResponseReturnValue:
    """Freeze its facts, draw up the document with no transaction open, and offer it."""
    found, form = own(agreement_id), request.form
    year = today().year
    try:
        number = f"OB-{year}-{work.next_number(db(), found.authority_id, f'bridgings-{year}'):04d}"
        bridge = bridges.draft(found, person(), number, day("starts_on"), day("ends_on"), form.get("ground", ""), now())
    except Invalid as refusal:
        db().rollback()
        return _bridging_page(own(agreement_id), by_field(refusal)), 422
    db().add(bridge)
    db().commit()
    stored = _drawn_up(bridge)
    bridges.offer(bridging_of(own(agreement_id), bridge.id), person(), stored, now())
    return done(gettext("De overbruggingsovereenkomst is aangeboden."), ".bridging", agreement_id=agreement_id)


def _drawn_up(bridge: Bridging) -> StoredFile:
    key, facts, made_at = bridges.key_of(bridge), json.loads(bridge.facts), bridge.made_at
    template, digest = bridge.template, bridge.facts_digest
    release()
    files = services().files
    if files.exists(key):
        return files.put(key, b"")  # what is there stays, and is described
    return files.put(key, services().documents.render(template, {**facts, "made_at": made_at}, identifier=digest))


@blueprint.post("/contractbeheer/<agreement_id>/overbrugging/<bridging_id>/aanbieden")
@audience("contract_manager")
def offer_bridging(agreement_id: str, bridging_id: str) -> ResponseReturnValue:
    """Draw up a document that did not come into being the first time."""
    stored = _drawn_up(bridging_of(own(agreement_id), bridging_id))
    bridges.offer(bridging_of(own(agreement_id), bridging_id), person(), stored, now())
    return done(gettext("De overbruggingsovereenkomst is aangeboden."), ".bridging", agreement_id=agreement_id)


@blueprint.post("/contractbeheer/<agreement_id>/overbrugging/<bridging_id>")
@audience("bridging")
def accept_bridging(agreement_id: str, bridging_id: str) -> ResponseReturnValue:
    found, form = own(agreement_id), request.form
    bridge = bridging_of(found, bridging_id)
    try:
        bridges.accept(bridge, person(), form.get("sha256", ""), form.get("agreed") == "yes", now())
    except Invalid as refusal:
        return _bridging_page(found, by_field(refusal)), 422
    return done(gettext("U hebt de overbruggingsovereenkomst aanvaard."), ".bridging", agreement_id=agreement_id)


@blueprint.get("/contractbeheer/<agreement_id>/overbrugging/<bridging_id>/bestand")
@audience("bridging")
def bridging_document(agreement_id: str, bridging_id: str) -> ResponseReturnValue:
    return bridging_file(bridging_of(own(agreement_id), bridging_id))
