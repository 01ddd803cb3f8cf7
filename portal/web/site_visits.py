"""Visits to an applicant's location for officials: planned, moved, the report sent, the outcome established."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import calendar, site_notes, site_reports, wording
from portal.domain import reviews as review_domain
from portal.domain import site_visits as domain
from portal.domain.site_visits import Appointment
from portal.errors import Invalid, NotFound
from portal.models import Review, SitePhoto, SiteVisit, new_id
from portal.queries import site_visits as queries
from portal.queries import work
from portal.site_visit_words import SEEN, VISIT_STATES
from portal.terms import N_
from portal.web import admitting, places
from portal.web.aftermath import download
from portal.web.context import db, moment, now, person, release, services
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("site_visits", __name__)


def found(visit_id: str) -> SiteVisit:
    """A visit that this official may see. Who did not declare interests in its round is led there first."""
    row = queries.one(db(), visit_id, person().id)
    if row is None or not domain.may_read(row.visit, person()):
        raise NotFound(N_("Dit bestaat niet."))
    if not row.is_declared:
        abort(admitting.to_declare(row.visit.review.application.round_id))
    return row.visit


def local(instant: datetime) -> tuple[str, str]:
    """Day and time in Amsterdam, as the fields of a form hold them."""
    wall = instant.astimezone(calendar.AMSTERDAM)
    return f"{wall:%Y-%m-%d}", f"{wall:%H:%M}"


def seen_options() -> list[tuple[str, str]]:
    return [(key, gettext(term.label)) for key, term in SEEN.items()]


@blueprint.get("/toetsingen")
@audience("reading_along")
def overview() -> ResponseReturnValue:
    """Every visit that this official may know of."""
    me = person()
    return render_template(
        "site_visits/overview.html",
        visits=[one for one in queries.visible_to(db(), me.id) if domain.may_read(one, me)],
        states=VISIT_STATES,
        goes=lambda one: domain.is_visitor(one, me),
        last_day=site_reports.last_day,
    )


# Planning


def _appointment(review: Review, chosen: list[str]) -> Appointment:
    """What the form says; an unknown visitor is left out, and told as none chosen."""
    form, by_id = request.form, {one.id: one for one in queries.candidates(db(), review)}
    visitors = tuple(by_id[one] for one in dict.fromkeys(chosen) if one in by_id)
    return Appointment(_typed_moment(), form.get("place", ""), form.get("have_ready", ""), visitors)


def _typed_moment() -> datetime | None:
    """Day and time of the form as an instant; None when they make none."""
    try:
        day = date.fromisoformat(request.form.get("starts_on", ""))
        return calendar.local_instant(day, time.fromisoformat(request.form.get("starts_time", "")))
    except (ValueError, Invalid):
        return None


def _planning(review: Review, errors: Mapping[str, str]) -> str:
    return render_template(
        "site_visits/plan.html",
        review=review,
        application=review.application,
        items=review_domain.items(review),
        where=places.where,
        people=[one for one in queries.candidates(db(), review) if domain.may_visit(review, one)],
        chosen=request.form.getlist("visitor") or ([] if request.form else [person().id]),
        picked=request.form.getlist("place-key") or request.args.getlist("eis"),
        first_day=domain.first_day(review.application.round, now()),
        local=local,
        notice=domain.notice_days(review.application.round),
        attempt=request.form.get("attempt") or new_id(),
        typed=request.form,
        errors=errors,
    )


@blueprint.get("/beoordelen/<review_id>/toetsingen/nieuw")
@audience("inkoper")
def new(review_id: str) -> ResponseReturnValue:
    """The form to plan a visit."""
    review = admitting.review(review_id)
    domain.require_arranger(review, person())
    return _planning(review, {})


@blueprint.post("/beoordelen/<review_id>/toetsingen/nieuw")
@audience("inkoper")
def plan(review_id: str) -> ResponseReturnValue:
    """Plan it; the applicant gets a mail that points to the appointment."""
    review, form = admitting.review(review_id), request.form
    attempt = form.get("attempt", "")[:60] or new_id()
    made = queries.planned_with(db(), attempt)
    if made is None:
        items = review_domain.items(review)
        points = domain.points_of(items, form.getlist("place-key"), form.get("own", ""))
        wanted = _appointment(review, form.getlist("visitor"))
        year = calendar.local_day(now()).year
        number = f"TP-{year}-{work.next_number(db(), review.authority_id, f'site-visits-{year}'):04d}"
        try:
            made = domain.plan(review, person(), attempt, number, wanted, points, now())
        except Invalid as error:
            db().rollback()
            return _planning(admitting.review(review_id), by_field(error)), 422
        db().commit()
        flash(gettext("De toetsing is gepland. De aanbieder krijgt een mail en ziet de afspraak."), "ok")
    return redirect(url_for("site_visits.show", visit_id=made.id), 303)


# One visit


def _page(visit: SiteVisit, errors: Mapping[str, str]) -> str:
    me, review = person(), visit.review
    return render_template(
        "site_visits/visit.html",
        visit=visit,
        review=review,
        application=review.application,
        states=VISIT_STATES,
        seen=SEEN,
        options=seen_options(),
        title_of=site_reports.title_of,
        key_of=site_reports.key_of,
        said=site_reports.said,
        last_day=site_reports.last_day(visit),
        left=len(site_reports.without_note(visit)),
        is_visitor=domain.is_visitor(visit, me),
        may_arrange=domain.may_arrange(review, me),
        can_establish=site_reports.can_establish(visit, now()),
        is_recording=visit.state in site_notes.RECORDING,
        reply_days=site_reports.reply_days(review.application.round),
        people=[one for one in queries.candidates(db(), review) if domain.may_visit(review, one)],
        chosen=request.form.getlist("visitor") or [one.user_id for one in visit.visitors],
        first_day=domain.first_day(review.application.round, now()),
        local=local,
        instant=wording.instant_of,
        official_photo=lambda one: url_for("site_visits.photo", visit_id=visit.id, photo_id=one.id),
        remove_address=lambda one: url_for("site_visits.remove_photo", visit_id=visit.id, photo_id=one.id),
        typed=request.form,
        errors=errors,
    )


@blueprint.get("/toetsingen/<visit_id>")
@audience("reading_along")
def show(visit_id: str) -> ResponseReturnValue:
    """The appointment, what was seen, the reply and the outcome; and what can be done now."""
    return _page(found(visit_id), {})


def _act(visit_id: str, act: Callable[[SiteVisit], object], done: str) -> ResponseReturnValue:
    """One act: refused with everything typed, or kept."""
    visit = found(visit_id)
    try:
        act(visit)
    except Invalid as error:
        db().rollback()
        return _page(found(visit_id), by_field(error)), 422
    db().commit()
    flash(done, "ok")
    return redirect(url_for("site_visits.show", visit_id=visit_id), 303)


@blueprint.post("/toetsingen/<visit_id>/verplaatsen")
@audience("inkoper")
def move(visit_id: str) -> ResponseReturnValue:
    """Another day, place or visitor."""
    form = request.form
    return _act(
        visit_id,
        lambda one: domain.move(
            one, person(), _appointment(one.review, form.getlist("visitor")), form.get("reason", ""), now()
        ),
        gettext("De afspraak is gewijzigd. De aanbieder krijgt een mail."),
    )


@blueprint.post("/toetsingen/<visit_id>/afzeggen")
@audience("inkoper")
def cancel(visit_id: str) -> ResponseReturnValue:
    """It does not go on."""
    reason = request.form.get("cancel-reason", "")
    return _act(
        visit_id,
        lambda one: domain.cancel(one, person(), reason, now()),
        gettext("De toetsing gaat niet door. De aanbieder krijgt een mail."),
    )


@blueprint.post("/toetsingen/<visit_id>/versturen")
@audience("reading_along")
def send(visit_id: str) -> ResponseReturnValue:
    """The report goes to the applicant."""
    return _act(
        visit_id,
        lambda one: site_reports.send(one, person(), moment()),
        gettext("Het verslag is verstuurd. De aanbieder kan nu per punt reageren."),
    )


@blueprint.post("/toetsingen/<visit_id>/uitkomst")
@audience("reading_along")
def establish(visit_id: str) -> ResponseReturnValue:
    """The visitors establish the outcome, with the reply beside each point."""
    form = request.form

    def act(one: SiteVisit) -> None:
        outcomes = {
            each.id: (form.get(f"outcome-{each.id}", ""), form.get(f"finding-{each.id}", "")) for each in one.points
        }
        site_reports.establish(one, person(), outcomes, form.get("conclusion", ""), moment())

    return _act(visit_id, act, gettext("De uitkomst is vastgesteld. Het verslag staat naast de eisen in het dossier."))


def photo_of(visit: SiteVisit, photo_id: str) -> SitePhoto:
    for one in (each for point in visit.points for each in point.photos):
        if one.id == photo_id:
            return one
    raise NotFound(N_("Deze foto is er niet."))


def picture(photo: SitePhoto) -> Response:
    """The picture itself, if it may be shown."""
    site_notes.require_servable(photo, has_scanner=services().scanner is not None)
    key, size = photo.storage_key or "", photo.size
    release()
    response = Response(services().files.chunks(key), content_type="image/jpeg")
    response.content_length = size
    return response


@blueprint.get("/toetsingen/<visit_id>/fotos/<photo_id>.jpg")
@audience("reading_along")
def photo(visit_id: str, photo_id: str) -> ResponseReturnValue:
    return picture(photo_of(found(visit_id), photo_id))


@blueprint.post("/toetsingen/<visit_id>/fotos/<photo_id>/weg")
@audience("reading_along")
def remove_photo(visit_id: str, photo_id: str) -> ResponseReturnValue:
    """A photograph that should not have been taken goes, bytes and all."""
    visit = found(visit_id)
    key = site_notes.remove_photo(visit, photo_of(visit, photo_id), person(), now())
    db().commit()
    if key is not None:
        release()
        services().files.delete(key)
    flash(gettext("De foto is gewist."), "ok")
    return redirect(url_for("site_visits.show", visit_id=visit_id), 303)


@blueprint.get("/toetsingen/<visit_id>/verslag")
@audience("reading_along")
def report(visit_id: str) -> ResponseReturnValue:
    """The established report as PDF."""
    visit = found(visit_id)
    if visit.pdf_key is None:
        raise NotFound(N_("Het verslag als PDF is er nog niet. Probeer het over een minuut opnieuw."))
    return download(visit.pdf_key, f"toetsing-{visit.number}.pdf".lower())
