"""My data: everything of the organisation as an archive, and what the portal keeps of a person."""

from __future__ import annotations

import json

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.adapters import archive
from portal.adapters.notation import FILTERS
from portal.domain import data_downloads
from portal.domain.archive_names import safe
from portal.queries import my_data as queries
from portal.terms import ROLES
from portal.web import organisation_archive, step_up
from portal.web.context import database, db, now, organisation_id, person, release, services
from portal.web.downloads import attachment
from portal.web.guards import audience

blueprint = Blueprint("my_data", __name__)


@blueprint.get("/mijn-gegevens")
@audience("signed_in")
def overview() -> ResponseReturnValue:
    """What the portal keeps of me as a person, and for an applicant: everything of the organisation."""
    return _page({})


def _page(errors: dict[str, str]) -> str:
    organisation, roles = person().works_for, sorted(person().role_names)
    files, size = queries.size_of(db(), organisation.id) if organisation else (0, 0)
    return render_template(
        "my_data/overview.html",
        mine=queries.person(db(), person()),
        roles=[gettext(ROLES[one].label) for one in roles],
        clock=FILTERS["iso_moment"],
        organisation=organisation,
        files=files,
        size=size,
        most=data_downloads.MOST,
        errors=errors,
    )


@blueprint.get("/mijn-gegevens/persoon.json")
@audience("signed_in")
def person_file() -> ResponseReturnValue:
    """The same about me, for machines."""
    content = json.dumps(queries.person(db(), person()), ensure_ascii=False, indent=2).encode()
    return attachment([content], "mijn-gegevens.json", "application/json", len(content))


@blueprint.post("/mijn-gegevens/organisatie.zip")
@audience("applicant")
def organisation_file() -> ResponseReturnValue:
    """The archive: after the password, a few times per hour, and noted before the first byte goes."""
    problem = step_up.problem(request.form.get("password", ""))
    if problem:
        return _page({"password": problem}), 422
    own, moment = organisation_id(), now()
    files, size = queries.size_of(db(), own)
    earlier = queries.downloads_since(db(), own, data_downloads.ACT, moment - data_downloads.WITHIN)
    organisation = person().works_for
    assert organisation is not None  # noqa: S101 - `organisation_id` has seen to it
    data_downloads.take(organisation, person(), moment, earlier, files=files, size=size)
    db().commit()
    release()
    return _archive(own)


def _archive(own: str) -> Response:
    moment = now()
    made = organisation_archive.plan(database(), services(), own, moment)
    day = f"{moment:%Y-%m-%d}"
    name = safe(gettext("Gegevens van %(name)s %(day)s.zip", name=made.organisation, day=day))
    return attachment(stream_with_context(archive.stream(made.entries, moment)), name, "application/zip")
