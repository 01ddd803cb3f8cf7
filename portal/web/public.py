"""What everybody may see: the home page, each procedure in full, and the pages about the portal itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain.calendar import AMSTERDAM
from portal.domain.procedures import KINDS
from portal.errors import NotFound
from portal.queries import procedures, questions
from portal.terms import N_
from portal.web.context import db, now
from portal.web.guards import audience

blueprint = Blueprint("public", __name__)


@blueprint.app_template_filter("time_left")
def time_left(until: datetime) -> str:
    """'nog 22 dagen', in the steps of the counting-down in `portal.js`, which goes on from here."""
    left = until - now()
    minutes = left // timedelta(minutes=1)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if left <= timedelta(0):
        return gettext("gesloten")
    if days > 2:
        return gettext("nog %(days)s dagen", days=days)
    if days == 2:
        return gettext("nog %(days)s dagen en %(hours)s uur", days=days, hours=hours)
    if days == 1:
        return gettext("nog 1 dag en %(hours)s uur", hours=hours)
    if hours > 0:
        return gettext("nog %(hours)s uur en %(minutes)s minuten", hours=hours, minutes=rest)
    if rest > 1:
        return gettext("nog %(minutes)s minuten", minutes=rest)
    return gettext("nog 1 minuut") if rest == 1 else gettext("minder dan 1 minuut")


@blueprint.app_template_filter("offset")
def offset(instant: datetime) -> str:
    """ISO 8601 with the offset of Amsterdam, for `<time datetime>`: '2026-12-16T12:00:00+01:00'."""
    return instant.astimezone(AMSTERDAM).isoformat()


@blueprint.get("/")
@audience("public")
def home() -> ResponseReturnValue:
    """Every published procedure and the closing that comes first."""
    found = sorted(procedures.listings(db()), key=lambda one: not one.is_open(now()))
    first = procedures.next_closing(found, now())
    plan = procedures.milestones(first[1]) if first else None
    return render_template("public/home.html", listings=found, first=first, plan=plan)


@blueprint.get("/procedures/<authority_slug>/<slug>")
@audience("public")
def procedure(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Everything an applicant may know before a round opens: a rule that is not here cannot bind anyone.

    Transparency is what makes an open house lawful (CJEU C-410/14 Falk Pharma, C-9/17 Tirkkonen).
    """
    found = procedures.published(db(), authority_slug, slug)
    if found is None:
        raise NotFound(N_("Deze procedure bestaat niet of is nog niet gepubliceerd."))
    round_ = procedures.current_round(found.rounds, now())
    plan = procedures.milestones(round_) if round_ else None
    if not KINDS[found.kind].has_admission:
        return render_template("consultations/procedure.html", procedure=found)
    return render_template(
        "public/procedure.html",
        procedure=found,
        round=round_,
        plan=plan,
        notices=questions.published(found),
        day_of=date.fromisoformat,
    )


@blueprint.get("/toegankelijkheid")
@audience("public")
def accessibility() -> ResponseReturnValue:
    return render_template("public/accessibility.html")


@blueprint.get("/privacy")
@audience("public")
def privacy() -> ResponseReturnValue:
    return render_template("public/privacy.html")
