"""What every page about a running agreement shares: the blueprint, the agreement itself, and the tabs above it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import bridging, following, outflow_cases
from portal.models import Agreement, Procedure
from portal.queries import management as queries
from portal.terms import N_
from portal.web.context import db, now, person

blueprint = Blueprint("management", __name__)

PARTS: tuple[tuple[str, str, frozenset[str]], ...] = (
    (N_("Overzicht"), "management.agreement", frozenset({"contract_manager"})),
    (N_("Overdracht"), "management.handover", frozenset({"contract_manager", "inkoper"})),
    (N_("Gesprekken"), "management.talks", frozenset({"contract_manager"})),
    (N_("Cijfers"), "management.figures", frozenset({"contract_manager"})),
    (N_("Risico’s"), "management.risks", frozenset({"contract_manager"})),
    (N_("Hercontrole"), "management.rechecks", frozenset({"contract_manager"})),
    (N_("Uitstroom"), "management.outflow", frozenset({"contract_manager"})),
    (N_("Maatwerkofferte"), "management.quotes", frozenset({"contract_manager"})),
    (N_("Overbrugging"), "management.bridging", frozenset({"contract_manager", "authority_signatory"})),
)
"""Label, endpoint and roles of the pages about one agreement."""


def own(agreement_id: str) -> Agreement:
    """An agreement in force of the own authority. Raises `NotFound`."""
    return queries.agreement(db(), agreement_id, official_id=person().id)


def today() -> date:
    return following.today(now())


def day(name: str) -> date | None:
    """A day from the form; None for what is not one."""
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None


def chosen(procedure: Procedure, key: str) -> str | None:
    """An address with a filter on this procedure."""
    return url_for("management.overview", procedure=procedure.id, **{"wat": key} if key else {})


def _has(agreement: Agreement) -> dict[str, bool]:
    """Which pages the procedure asks for; the others have no tab."""
    rules = following.rules(agreement)
    return {
        "management.handover": bool(rules.get("handover")),
        "management.rechecks": bool(rules.get("yearly_recheck")),
        "management.outflow": bool(outflow_cases.rule_of(agreement)),
        "management.quotes": bool(rules.get("deviation_quote")),
        "management.bridging": bool(bridging.rule_of(agreement)),
    }


def tabs(agreement: Agreement, endpoint: str) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is this page) for each page this person may open."""
    roles, has = person().role_names, _has(agreement)
    return [
        (gettext(label), url_for(name, agreement_id=agreement.id), name == endpoint)
        for label, name, allowed in PARTS
        if allowed & roles and has.get(name, True)
    ]


def page(
    template: str, agreement: Agreement, endpoint: str, title: str, errors: Mapping[str, str] | None = None, **more: Any
) -> str:
    """A page about one agreement."""
    home = "management.overview" if "contract_manager" in person().role_names else "management.handovers"
    if "authority_signatory" in person().role_names and "contract_manager" not in person().role_names:
        home = "agreements.overview"
    return render_template(
        f"management/{template}.html",
        agreement=agreement,
        tabs=tabs(agreement, endpoint),
        part=title,
        today=today(),
        me=person(),
        errors=errors or {},
        crumbs=[
            (gettext("Contractbeheer"), url_for(home)),
            (f"{agreement.number} {agreement.organisation.name}", ""),
        ],
        **more,
    )


def done(message: str, endpoint: str, **where: Any) -> ResponseReturnValue:
    """Commit, say what happened, and go on."""
    db().commit()
    flash(message, "ok")
    return redirect(url_for(endpoint, **where), 303)
