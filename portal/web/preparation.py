"""What one needs for a procedure and how long it takes to get, what takes longest first; to print and to tick off."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import requirement_help
from portal.domain.requirement_help import Need
from portal.errors import NotFound
from portal.models import Procedure, Round
from portal.queries import procedures
from portal.terms import N_
from portal.web.context import db, now
from portal.web.guards import audience
from portal.web.public import blueprint

blueprint.add_app_template_global(requirement_help.for_requirement, "help_of")


def spoken(text: str) -> str:
    """A text of the portal or of a procedure file in the visitor's language; a '%' in it is only a percent sign."""
    return gettext(text) if text else ""


def needs(procedure: Procedure, round_: Round | None) -> list[Need]:
    """What to gather for every lot of a procedure; 'late' is measured against the closing of this round."""
    left = round_.closes_at - now() if round_ else timedelta(0)
    kind = (procedure.settings.get("integrity") or {}).get("document", "bibob_form")
    days = left.days if left > timedelta(0) else None
    return requirement_help.needs(procedure.requirements, kind if procedure.asks_integrity_check else None, days)


blueprint.add_app_template_global(needs, "needs_of")
blueprint.add_app_template_filter(spoken, "spoken")


@blueprint.get("/procedures/<authority_slug>/<slug>/voorbereiding")
@audience("public")
def preparation(authority_slug: str, slug: str) -> ResponseReturnValue:
    """The list to prepare with, and what every requirement asks."""
    found = procedures.published(db(), authority_slug, slug)
    if found is None or not found.requirements:
        raise NotFound(N_("Deze procedure bestaat niet of is nog niet gepubliceerd."))
    round_ = procedures.current_round(found.rounds, now())
    return render_template(
        "public/preparation.html", procedure=found, round=round_, needs=needs(found, round_),
        where={"authority_slug": found.authority.slug, "slug": found.slug},
    )  # fmt: skip
