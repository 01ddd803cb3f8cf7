"""Who comes in to a dossier in screening: interests first, and nothing of an applicant in whom one has an interest."""

from __future__ import annotations

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.errors import NotFound
from portal.models import Document, Review, Round
from portal.queries import dossiers
from portal.queries import reviews as queries
from portal.terms import N_
from portal.web.context import db, person


def to_declare(round_id: str) -> ResponseReturnValue:
    return redirect(url_for("review.declare", round_id=round_id), 303)


def admitted(found: dossiers.Dossier | None) -> Review:
    """The review; whoever did not declare interests in its round is led there. Raises `NotFound`."""
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    if not found.is_declared:
        abort(to_declare(found.review.application.round_id))
    return found.review


def review(review_id: str) -> Review:
    """A dossier with all that its page shows."""
    return admitted(dossiers.dossier(db(), review_id, person().id))


def document(review_id: str, document_id: str) -> Document:
    """One of the files of a dossier."""
    found = admitted(dossiers.review_with_files(db(), review_id, person().id))
    opened = dossiers.documents(db(), found).get(document_id)
    if opened is None:
        raise NotFound(N_("Dit bestaat niet."))
    return opened


def round_(round_id: str) -> Round:
    """A round in screening in which this official declared interests."""
    found = queries.round_in_review(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    if not queries.has_declared(db(), round_id, person().id):
        abort(to_declare(round_id))
    return found
