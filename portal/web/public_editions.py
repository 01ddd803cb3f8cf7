"""What changed in a procedure, for everybody: each adopted edition beside the one before it."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.errors import NotFound
from portal.queries import editions as queries
from portal.terms import N_
from portal.web.context import db
from portal.web.editor import shown_changes
from portal.web.guards import audience
from portal.web.public import blueprint


@blueprint.get("/procedures/<authority_slug>/<slug>/wijzigingen")
@audience("public")
def editions(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Each adopted edition with its day, its reason, and what it changed; the newest first. Concepts never show."""
    found = queries.published(db(), authority_slug, slug)
    if found is None:
        raise NotFound(N_("Deze procedure bestaat niet of is nog niet gepubliceerd."))
    adopted = [one for one in found.editions if not one.is_concept]
    shown = [
        (edition, shown_changes(adopted[index - 1].data, edition.data) if index else [])
        for index, edition in enumerate(adopted)
    ]
    return render_template("public/editions.html", procedure=found, editions=shown[::-1])
