"""The checklist of a visit on a phone in the field: it goes on without a network, and is a plain form without scripts.

Everything is below one path, so that the service worker and the installed page reach no further
(docs/decisions/0061-visits-in-the-field.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from portal.domain import calendar, photos, site_notes, site_reports, site_visits
from portal.domain.case_file_blocks import said
from portal.errors import FileRefused, Invalid, NotFound, PortalError, Refused
from portal.models import SitePoint, SiteVisit, new_id
from portal.queries import site_visits as queries
from portal.services import StoredFile
from portal.site_visit_words import SEEN
from portal.terms import N_
from portal.web import uploads
from portal.web.context import db, now, person, release, services
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.web.requests import wants_text
from portal.web.shell import CSP, static_url
from portal.web.site_visits import found, seen_options
from portal.web.uploads import Received

blueprint = Blueprint("field", __name__, url_prefix="/veld")
blueprint.teardown_request(uploads.abandon_all)

PHOTO = "other"
"""As what a photograph is received: readable, and of no kind of document."""
LONGEST_AGE = timedelta(days=30)


@blueprint.after_request
def _allow_to_install(response: Response) -> Response:
    """These pages may be installed, and may run the one worker of our own; otherwise the policy of every page."""
    response.headers.setdefault("Content-Security-Policy", f"{CSP}; manifest-src 'self'; worker-src 'self'")
    return response


@blueprint.get("/manifest.webmanifest")
@audience("public")
def manifest() -> ResponseReturnValue:
    """What a phone needs to install the page. Browsers ask it without a login; it says nothing of anybody."""
    content = {
        "name": gettext("Toetsing ter plaatse"),
        "short_name": gettext("Toetsing"),
        "lang": "nl",
        "start_url": url_for("field.overview"),
        "scope": url_for("field.overview"),
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [{"src": static_url("field.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    response = jsonify(content)
    response.mimetype = "application/manifest+json"
    return response


@blueprint.get("/werker.js")
@audience("public")
def worker() -> ResponseReturnValue:
    """The service worker: here and not below /static, because its place is as far as it reaches."""
    script = Path(current_app.static_folder or "") / "field-worker.js"
    return Response(script.read_bytes(), content_type="text/javascript; charset=utf-8")


@blueprint.get("/stand")
@audience("reading_along")
def standing() -> ResponseReturnValue:
    """Who is signed in, a fresh token, and which visits are still to be recorded: for the script, before it sends."""
    me = person()
    visits = [one.id for one in queries.to_record(db(), me.id)]
    return jsonify(who=me.id, token=generate_csrf(), visits=visits)


@blueprint.get("/")
@audience("reading_along")
def overview() -> ResponseReturnValue:
    """The visits that I go on."""
    return render_template("field/overview.html", visits=queries.to_record(db(), person().id), me=person())


def _visit(visit_id: str) -> SiteVisit:
    """A visit on which I go. Anybody else's does not exist here."""
    visit = found(visit_id)
    if not site_visits.is_visitor(visit, person()):
        raise NotFound(N_("Deze toetsing is niet van u."))
    return visit


def _declared(visit: SiteVisit) -> Mapping[tuple[str | None, str | None, str | None], list[tuple[str, str]]]:
    """What the applicant declared at each place, as labels with texts."""
    by_id = {one.id: one for one in visit.review.application.round.requirements}
    return {
        (one["requirement_id"], one["lot_id"], one.get("party_id")): [
            pair for pair in said(one.get("value") or {}, by_id[one["requirement_id"]]) if pair[1]
        ]
        for one in visit.review.submission.content["answers"]
    }


def _page(visit: SiteVisit, errors: Mapping[str, str], point_id: str = "") -> str:
    return render_template(
        "field/visit.html",
        visit=visit,
        application=visit.review.application,
        declared=_declared(visit),
        title_of=site_reports.title_of,
        seen=SEEN,
        options=seen_options(),
        is_recording=visit.state in site_notes.RECORDING,
        is_day=calendar.local_day(now()) >= calendar.local_day(visit.starts_at),
        attempts={one.id: (new_id(), new_id()) for one in visit.points},
        open_point=point_id,
        typed=request.form,
        me=person(),
        errors=errors,
    )


@blueprint.get("/<visit_id>")
@audience("reading_along")
def visit(visit_id: str) -> ResponseReturnValue:
    """The checklist of one visit."""
    return _page(_visit(visit_id), {})


def _age(text: str | None) -> timedelta:
    """How many seconds ago the device says it was."""
    seconds = int(text) if text and text.isdigit() and len(text) < 9 else 0
    return min(timedelta(seconds=seconds), LONGEST_AGE)


def _back(visit: SiteVisit, point: SitePoint, done: str) -> ResponseReturnValue:
    flash(done, "ok")
    return redirect(url_for("field.visit", visit_id=visit.id, _anchor=f"punt-{point.position}"), 303)


@blueprint.post("/<visit_id>/punten/<point_id>")
@audience("reading_along")
def note(visit_id: str, point_id: str) -> ResponseReturnValue:
    """Keep what was seen at one point; sent again it is the same note."""
    here, form = _visit(visit_id), request.form
    point, attempt = site_notes.point_of(here, point_id), form.get("attempt", "")
    try:
        site_notes.note(
            here, point, person(), attempt, form.get("verdict", ""), form.get("note", ""), _age(form.get("age")), now()
        )
    except Invalid as error:
        if wants_text():
            raise
        return _page(here, by_field(error), point_id), 422
    db().commit()
    if wants_text():
        return "", 204
    return _back(here, point, gettext("Bewaard."))


@blueprint.route("/<visit_id>/punten/<point_id>/fotos", methods=["PUT", "POST"])
@audience("reading_along")
def add_photo(visit_id: str, point_id: str) -> ResponseReturnValue:
    """Take in photographs at one point: one with its own key by a script, or those of a plain form."""
    here = _visit(visit_id)
    site_notes.point_of(here, point_id)
    known = request.args.get("sleutel", "")
    if known and site_notes.photo_with(here, known) is not None:
        return "", 204  # it came in before, and only the answer did not arrive
    site_notes.require_photo(here, person(), known or new_id(), now())
    batch = uploads.take(PHOTO)
    attempt = known or request.form.get("attempt", "") or new_id()
    refusals, kept = list(batch.refusals), 0
    for number, one in enumerate(batch.received):
        try:
            kept += _keep(visit_id, point_id, attempt if known else f"{attempt[:50]}-{number}", one)
        except (FileRefused, Refused) as refusal:
            if request.method == "PUT":
                raise
            refusals.append(refusal)
    if request.method == "PUT":
        return "", 204
    here = _visit(visit_id)
    if refusals:
        return _page(here, {f"photo-{point_id}": _told(refusals)}, point_id), 409
    return _back(here, site_notes.point_of(here, point_id), gettext("De foto’s zijn bewaard."))


def _told(refusals: list[PortalError]) -> str:
    return " ".join(dict.fromkeys(translated(one) for one in refusals))


def _keep(visit_id: str, point_id: str, attempt: str, one: Received) -> int:
    """The row for one photograph, drawn anew: what the camera wrote in it, such as its place on earth, stays behind.

    What came in goes in any case.
    """
    key = one.stored.key
    try:
        if one.inspection.content_type not in photos.CONTENT_TYPES:
            raise FileRefused("photo", N_("Dit is geen foto. Kies een JPEG of PNG."))
        stored = _drawn(key)
    finally:
        services().files.delete(key)
    is_kept = False
    try:
        here = _visit(visit_id)
        if site_notes.photo_with(here, attempt) is None:
            point, has_scanner = site_notes.point_of(here, point_id), services().scanner is not None
            age = _age(request.args.get("ouderdom"))
            site_notes.add_photo(here, point, person(), attempt, stored, age, now(), has_scanner=has_scanner)
            db().commit()
            is_kept = True
    finally:
        if not is_kept:
            services().files.delete(stored.key)
    release()
    return int(is_kept)


def _drawn(key: str) -> StoredFile:
    """The photograph of this key as a new JPEG in the store."""
    name, files = new_id(), services().files
    with closing(files.chunks(key)) as data:
        sheet = services().inspector.sheet(data, 1, site_notes.PHOTO_WIDTH, form="JPEG")
    return files.put(f"documents/{name[:2]}/{name}", sheet.picture)
