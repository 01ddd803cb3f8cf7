"""Photographs of paper: chosen, put in order, and made into one PDF at the address of an ordinary upload."""

from __future__ import annotations

import re
from contextlib import closing

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from portal.domain import photos as domain
from portal.errors import NotFound
from portal.models import Photo
from portal.queries import uploads as queries
from portal.terms import DOCUMENT_KINDS, N_
from portal.web import uploads
from portal.web.applying import blueprint
from portal.web.context import db, now, person, release, services
from portal.web.guards import audience
from portal.web.problems import translated
from portal.web.requests import UPLOADS

WIDTH = 192
"""Pixels of the small picture: twice what it is shown at."""

INTEGRITY_PAGE = re.compile(rf"/eisen/{uploads.INTEGRITY}(?:-P(\d+))?$")
"""The uploads of an integrity check stand on a page of their own."""

STEPS = {"eerder": -1, "later": 1}


def _goal(kind: str) -> str:
    """The address where the PDF is taken in: an upload of our own, else the vault."""
    asked = request.args.get("naar", "")
    try:
        endpoint, _ = current_app.url_map.bind("").match(asked.partition("?")[0], "POST")
    except HTTPException:
        endpoint = ""
    return asked if endpoint in UPLOADS else url_for("apply.upload_document", kind=kind)


def _origin(goal: str) -> str:
    """The page from which somebody came to make photographs: the one with the upload at `goal`, else the vault."""
    page, is_upload, _ = goal.partition("/upload")
    page = INTEGRITY_PAGE.sub(lambda found: "/integriteit" + (f"/{found[1]}" if found[1] else ""), page)
    try:
        current_app.url_map.bind("").match(page, "GET")
    except HTTPException:
        page = ""
    return page if page and is_upload else url_for("apply.documents")


def _page(kind: str, errors: dict[str, str] | None = None) -> str:
    if kind not in DOCUMENT_KINDS:
        raise NotFound(N_("Deze soort document bestaat niet."))
    return render_template(
        "apply/photos.html",
        kind=kind,
        kind_of=DOCUMENT_KINDS[kind],
        photos=queries.photos(db(), person().id, kind),
        goal=_goal(kind),
        origin=_origin(_goal(kind)),
        most=domain.MOST,
        errors=errors or {},
    )


@blueprint.get("/documenten/fotos/<kind>")
@audience("applicant")
def photos(kind: str) -> ResponseReturnValue:
    """The photographs that wait, in their order."""
    return _page(kind)


@blueprint.route("/documenten/fotos/<kind>/toevoegen", methods=["PUT", "POST"])
@audience("applicant")
def add_photos(kind: str) -> ResponseReturnValue:
    """Take in one or more photographs."""
    batch = uploads.take(kind)
    kept, refusals = uploads.keep_photos(batch, kind)
    db().commit()
    if request.method == "PUT":
        return render_template("apply/_photo.html", fresh=kept[0], goal=_goal(kind)), 201
    if refusals:
        return _page(kind, {"bestand": " ".join(dict.fromkeys(translated(one) for one in refusals))}), 409
    return redirect(_address(kind), 303)


def _address(kind: str) -> str:
    return url_for("apply.photos", kind=kind, naar=_goal(kind), _anchor="volgorde")


@blueprint.post("/documenten/fotos/<kind>/volgorde")
@audience("applicant")
def arrange_photos(kind: str) -> ResponseReturnValue:
    """One photograph earlier or later, or out."""
    present, act = queries.photos(db(), person().id, kind), request.form.get("doe", "")
    photo = domain.find(present, request.form.get("foto", ""))
    if act == "weg":
        _take_out(photo)
    else:
        domain.move(present, photo.id, STEPS.get(act, 0), person(), now())
        db().commit()
    return redirect(_address(kind), 303)


def _take_out(photo: Photo) -> None:
    key = photo.stored_as
    domain.remove(photo, person(), now())
    db().delete(photo)
    db().commit()
    services().files.delete(key)


@blueprint.get("/documenten/fotos/<kind>/<photo_id>/beeld")
@audience("applicant")
def photo_picture(kind: str, photo_id: str) -> ResponseReturnValue:
    """A small picture of a photograph; none of what is sealed."""
    photo = domain.find(queries.photos(db(), person().id, kind), photo_id)
    if DOCUMENT_KINDS[kind].is_integrity or not services().files.exists(photo.stored_as):
        raise NotFound(N_("Deze foto is hier niet te bekijken."))
    release()
    with closing(services().files.chunks(photo.stored_as)) as data:
        picture = services().inspector.page(data, 1, WIDTH)
    return Response(picture, mimetype="image/png")
