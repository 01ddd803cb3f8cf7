"""The yearly check for officials: ask, read what was handed in, give a verdict, ask again, and suspend."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import rechecks as domain
from portal.errors import Invalid, NotFound
from portal.models import Agreement, RecheckItem
from portal.queries import running
from portal.terms import N_
from portal.web.context import db, now, person, release
from portal.web.downloads import attachment, content_of
from portal.web.guards import audience
from portal.web.managing import blueprint, done, own, page, today
from portal.web.problems import by_field


def _items(agreement_id: str) -> list[RecheckItem]:
    return [item for one in running.rechecks_of(db(), agreement_id) for item in one.items]


def _item(found: Agreement, item_id: str) -> RecheckItem:
    item = next((one for one in _items(found.id) if one.id == item_id), None)
    if item is None:
        raise NotFound(N_("Dit bestaat niet."))
    return item


def _page(found: Agreement, errors: Mapping[str, str] | None = None) -> str:
    rechecks = running.rechecks_of(db(), found.id)
    suspensions = running.suspensions_of(db(), found.id)
    year = domain.year_of(found.starts_on, today())
    return page(
        "rechecks",
        found,
        "management.rechecks",
        gettext("Hercontrole"),
        errors,
        rechecks=rechecks,
        year=year,
        may_ask=year >= 1 and all(one.year != year for one in rechecks),
        is_overdue=domain.is_overdue,
        suspensions=suspensions,
        running_suspension=next((one for one in suspensions if one.lifted_at is None), None),
        may_suspend=domain.may_suspend([item for one in rechecks for item in one.items], today()),
        verdicts=[(key, gettext(terms.RECHECK_STATES[key].label)) for key in ("meets", "fails")],
        typed=request.form,
    )


@blueprint.get("/contractbeheer/<agreement_id>/hercontrole")
@audience("contract_manager")
def rechecks(agreement_id: str) -> ResponseReturnValue:
    return _page(own(agreement_id))


@blueprint.post("/contractbeheer/<agreement_id>/hercontrole")
@audience("contract_manager")
def ask_recheck(agreement_id: str) -> ResponseReturnValue:
    found = own(agreement_id)
    year = domain.year_of(found.starts_on, today())
    existing = next((one for one in running.rechecks_of(db(), found.id) if one.year == year), None)
    db().add(domain.ask(found, person(), existing, now()))
    return done(gettext("Het verzoek is verstuurd."), ".rechecks", agreement_id=agreement_id)


@blueprint.post("/contractbeheer/<agreement_id>/hercontrole/<item_id>")
@audience("contract_manager")
def judge_recheck(agreement_id: str, item_id: str) -> ResponseReturnValue:
    found, form = own(agreement_id), request.form
    item = _item(found, item_id)
    try:
        domain.find(item, person(), form.get("verdict", ""), form.get("reason", ""), now())
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return done(
        gettext("Het oordeel over %(code)s is bewaard.", code=item.code),
        ".rechecks",
        agreement_id=agreement_id,
        _anchor=f"eis-{item.id}",
    )


@blueprint.post("/contractbeheer/<agreement_id>/hercontrole/<item_id>/opnieuw")
@audience("contract_manager")
def ask_again(agreement_id: str, item_id: str) -> ResponseReturnValue:
    domain.ask_again(_item(own(agreement_id), item_id), person(), now())
    return done(gettext("Het document is opnieuw gevraagd."), ".rechecks", agreement_id=agreement_id)


@blueprint.get("/contractbeheer/<agreement_id>/hercontrole/stukken/<document_id>")
@audience("contract_manager")
def recheck_file(agreement_id: str, document_id: str) -> ResponseReturnValue:
    document = running.handed_in(db(), own(agreement_id).id, document_id)
    if document is None:
        raise NotFound(N_("Dit bestaat niet."))
    release()
    content = content_of(document)
    return attachment(content, document.filename, document.content_type, document.size)


@blueprint.post("/contractbeheer/<agreement_id>/opschorten")
@audience("contract_manager")
def suspend(agreement_id: str) -> ResponseReturnValue:
    found = own(agreement_id)
    now_running = next((one for one in running.suspensions_of(db(), found.id) if one.lifted_at is None), None)
    reason = request.form.get("reason", "")
    try:
        db().add(domain.suspend(found, person(), _items(found.id), now_running, reason, now()))
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return done(gettext("De overeenkomst is opgeschort voor nieuwe cliënten."), ".rechecks", agreement_id=agreement_id)


@blueprint.post("/contractbeheer/<agreement_id>/opschorting-opheffen")
@audience("contract_manager")
def lift(agreement_id: str) -> ResponseReturnValue:
    found = own(agreement_id)
    now_running = next((one for one in running.suspensions_of(db(), found.id) if one.lifted_at is None), None)
    if now_running is None:
        raise NotFound(N_("Deze overeenkomst is niet opgeschort."))
    try:
        domain.lift(now_running, person(), request.form.get("reason", ""), now())
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return done(gettext("De opschorting is opgeheven."), ".rechecks", agreement_id=agreement_id)
