"""A visit as the applicant sees it: the appointment, then the report with a reply at each point, then the outcome."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import site_reports as domain
from portal.domain import wording
from portal.errors import Invalid, NotFound, Stale
from portal.models import Application, SiteVisit
from portal.queries import site_visits as queries
from portal.site_visit_words import SEEN, VISIT_STATES
from portal.terms import N_
from portal.web.aftermath import download
from portal.web.applying import blueprint, crumbs, own
from portal.web.context import db, moment, now, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.web.public import offset, time_left
from portal.web.requests import wants_text
from portal.web.site_visits import photo_of, picture

SHOWN_AS = {"recorded": "planned"}
"""What was noted is the visitors' until the report is sent: the applicant sees the appointment."""


def _visit(application: Application, visit_id: str) -> SiteVisit:
    for one in queries.own(db(), application.id):
        if one.id == visit_id:
            return one
    raise NotFound(N_("Deze toetsing bestaat niet."))


def _page(application: Application, visit: SiteVisit, errors: Mapping[str, str], stale: Stale | None = None) -> str:
    last_day = domain.last_day(visit)
    return render_template(
        "apply/site_visit.html",
        application=application,
        visit=visit,
        state=SHOWN_AS.get(visit.state, visit.state),
        states=VISIT_STATES,
        seen=SEEN,
        title_of=domain.title_of,
        instant=wording.instant_of,
        applicant_photo=lambda one: url_for(
            "apply.site_photo", application_id=application.id, visit_id=visit.id, photo_id=one.id
        ),
        is_sent=domain.is_visible_to_applicant(visit),
        can_reply=domain.can_reply(visit, now()),
        last_day=last_day,
        closing={"iso": offset(visit.due_at), "rest": time_left(visit.due_at)} if visit.due_at else None,
        crumbs=crumbs(application, (gettext("Toetsing ter plaatse"), "")),
        typed=request.form,
        errors=errors,
        stale=stale,
    )


@blueprint.get("/aanmeldingen/<application_id>/toetsingen/<visit_id>")
@audience("applicant")
def site_visit(application_id: str, visit_id: str) -> ResponseReturnValue:
    """The appointment, and what came of it."""
    application = own(application_id)
    return _page(application, _visit(application, visit_id), {})


@blueprint.post("/aanmeldingen/<application_id>/toetsingen/<visit_id>/reactie")
@audience("applicant")
def reply_to_visit(application_id: str, visit_id: str) -> ResponseReturnValue:
    """Keep the reply, or keep it and send it."""
    application = own(application_id)
    visit, form, me = _visit(application, visit_id), request.form, person()
    texts = {name.removeprefix("reply-"): text for name, text in form.items() if name.startswith("reply-")}
    try:
        if visit.replied_at is None:
            domain.save_reply(visit, me, texts, now(), based_on=form.get("based_on", 0, type=int))
        if form.get("doe") == "versturen" and not wants_text():
            domain.reply(visit, me, moment())
    except Invalid as error:
        db().rollback()
        fresh = own(application_id)
        return _page(fresh, _visit(fresh, visit_id), by_field(error)), 422
    except Stale as stale:
        if wants_text():
            raise
        return _page(application, visit, {"van-ander": translated(stale)}, stale), 409
    version = visit.reply_version
    db().commit()
    if wants_text():
        return str(version), 200, {"Content-Type": "text/plain; charset=utf-8"}
    sent = gettext("Uw reactie is verstuurd. Wij stellen nu de uitkomst vast.")
    flash(sent if visit.replied_at else gettext("Uw reactie is bewaard. Vergeet niet haar te versturen."), "ok")
    return redirect(url_for("apply.site_visit", application_id=application_id, visit_id=visit_id), 303)


@blueprint.get("/aanmeldingen/<application_id>/toetsingen/<visit_id>/fotos/<photo_id>.jpg")
@audience("applicant")
def site_photo(application_id: str, visit_id: str, photo_id: str) -> ResponseReturnValue:
    """A photograph of the report; nothing of it before the report was sent."""
    visit = _visit(own(application_id), visit_id)
    if not domain.is_visible_to_applicant(visit):
        raise NotFound(N_("Deze foto is er niet."))
    return picture(photo_of(visit, photo_id))


@blueprint.get("/aanmeldingen/<application_id>/toetsingen/<visit_id>/verslag")
@audience("applicant")
def site_report(application_id: str, visit_id: str) -> ResponseReturnValue:
    """The established report as PDF."""
    visit = _visit(own(application_id), visit_id)
    if visit.pdf_key is None:
        raise NotFound(N_("Het verslag als PDF is er nog niet. Probeer het over een minuut opnieuw."))
    return download(visit.pdf_key, f"toetsing-{visit.number}.pdf".lower())
