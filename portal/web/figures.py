"""Client counts and indicators of one agreement: by file or by form, by the contract manager or by the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.domain import counts as domain
from portal.domain import following
from portal.errors import Invalid
from portal.models import Agreement
from portal.queries import outflow as outflow_queries
from portal.queries import running
from portal.terms import N_
from portal.web import downloads
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.managing import blueprint, done, own, page, today
from portal.web.problems import by_field

SHOWN_MONTHS = 12


def facts(found: Agreement) -> dict[str, Any]:
    """What both sides see: the counts per line and month, the figures, the deliveries, and what can be filled in."""
    held = outflow_queries.current_counts(db(), found.id)
    months = domain.months(found.starts_on, today())[:SHOWN_MONTHS]
    quarters = domain.quarters(found.starts_on, today())[:8]
    indicators = following.rules(found).get("indicators") or []
    lines = sorted(found.lines, key=lambda one: (one.municipality.name, one.product.name))
    return {
        "months": months,
        "lines": [
            (one, [held.get((one.product_id, one.municipality_id, month), (0, None))[1] for month in months])
            for one in lines
        ],
        "deliveries": running.deliveries_of(db(), found.id),
        "indicators": indicators,
        "figures_now": running.indicators_of(db(), found.id),
        "month_options": [(month, month) for month in months],
        "indicator_options": [(one["code"], f"{one['title']} ({one['unit']})") for one in indicators],
        "quarter_options": [(one, one) for one in quarters],
        "quarters": quarters,
        "typed": request.form,
    }


def take_counts(found: Agreement) -> int:
    """The counts of this request, from its file or its form; how many were new. Raises `Invalid`."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        name, rows = upload.filename, domain.read(upload.stream.read(domain.MAX_BYTES + 1), found, now())
    elif "month" in request.form:
        month = request.form["month"]
        cells = [
            (one.product.code, one.municipality.code, month, request.form.get(f"clients-{one.id}", ""))
            for one in found.lines
        ]
        name, rows = gettext("formulier"), domain.entered(cells, found, now())
    else:
        raise Invalid({"file": N_("Kies eerst een bestand.")})
    delivery = domain.deliver(found, person(), name, rows, outflow_queries.current_counts(db(), found.id), now())
    if delivery is None:
        return 0
    db().add(delivery)
    return len(delivery.counts)


def told(number: int) -> str:
    """What a person reads after a delivery."""
    if not number:
        return gettext("Deze aantallen hadden wij al. Er is niets veranderd.")
    return ngettext("%(num)s aantal is bewaard.", "%(num)s aantallen zijn bewaard.", number)


def take_indicator(found: Agreement) -> None:
    """One figure of this request. Raises `Invalid`."""
    form = request.form
    code, period = form.get("code", ""), form.get("period", "")
    last = next(
        (one for one in running.indicators_of(db(), found.id) if (one.code, one.period) == (code, period)), None
    )
    figure = domain.deliver_indicator(
        found, person(), code, period, form.get("value", ""), form.get("remark", ""), last, now()
    )
    db().add(figure)


def _page(found: Agreement, errors: Mapping[str, str] | None = None) -> str:
    return page("figures", found, "management.figures", gettext("Cijfers"), errors, **facts(found))


@blueprint.get("/contractbeheer/<agreement_id>/cijfers")
@audience("contract_manager")
def figures(agreement_id: str) -> ResponseReturnValue:
    return _page(own(agreement_id))


@blueprint.post("/contractbeheer/<agreement_id>/cijfers")
@audience("contract_manager")
def deliver(agreement_id: str) -> ResponseReturnValue:
    found = own(agreement_id)
    try:
        number = take_counts(found)
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return done(told(number), ".figures", agreement_id=agreement_id)


@blueprint.post("/contractbeheer/<agreement_id>/kengetallen")
@audience("contract_manager")
def deliver_indicator(agreement_id: str) -> ResponseReturnValue:
    found = own(agreement_id)
    try:
        take_indicator(found)
    except Invalid as refusal:
        return _page(found, by_field(refusal)), 422
    return done(gettext("Het kengetal is bewaard."), ".figures", agreement_id=agreement_id, _anchor="kengetallen")


@blueprint.get("/contractbeheer/<agreement_id>/cijfers.csv")
@audience("contract_manager")
def export_counts(agreement_id: str) -> ResponseReturnValue:
    """What counts now, in the form in which it can be delivered."""
    found = own(agreement_id)
    products = {one.product_id: one.product.code for one in found.lines}
    municipalities = {one.municipality_id: one.municipality.code for one in found.lines}
    rows = sorted(
        (products[product], municipalities[municipality], month, clients)
        for (product, municipality, month), (_, clients) in outflow_queries.current_counts(db(), found.id).items()
    )
    return downloads.table(f"aantallen-{found.number}-{today()}.csv", domain.COLUMNS, rows)
