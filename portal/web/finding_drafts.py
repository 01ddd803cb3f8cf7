"""A verdict that is being written: kept per reviewer while it is typed, and no finding."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import screening
from portal.queries import screening as queries
from portal.web import checklist
from portal.web.admitting import review as review_of
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.requests import wants_text
from portal.web.review import blueprint


@blueprint.post("/beoordelen/<review_id>/concept/<key>")
@audience("inkoper")
def keep_draft(review_id: str, key: str) -> ResponseReturnValue:
    """Keep what is typed at one place. A script hears it as plain text; a browser goes back to the place."""
    review, form, me = review_of(review_id), request.form, person()
    line = checklist.named(checklist.lines(review, {}), key)
    typed = checklist.typed_draft(form, tuple(form.getlist("product")))
    made = screening.keep_draft(
        review,
        me,
        queries.draft(db(), review.id, me.id, key),
        line.item,
        now(),
        verdict=typed.verdict,
        reason=typed.reason,
        product_codes=typed.product_codes,
        defect=typed.defect,
        based_on=typed.based_on,
        seen=form.get("seen", ""),
    )
    if made is not None:
        db().add(made)
    db().commit()
    text = gettext("Uw concept is bewaard. Het is nog geen oordeel.")
    if wants_text():
        return Response(text, mimetype="text/plain")
    flash(text, "ok")
    return redirect(url_for("review.dossier", review_id=review_id, eis=key, _anchor=f"eis-{key}"), 303)
