"""A verdict that is being written: the form of one place, and what is typed there, which is no finding yet."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import screening, side_reviews
from portal.errors import NotFound
from portal.models import Review, User
from portal.queries import screening as queries
from portal.terms import N_
from portal.web import beside, checklist
from portal.web.admitting import review as review_of
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.requests import wants_text
from portal.web.review import blueprint


def _line(review: Review, me: User, key: str) -> checklist.Line:
    """A place as its form shows it to this official: beside the findings of others only with the own verdicts."""
    return checklist.named(checklist.lines(review, {}, side_reviews.seen_by(review, me)), key)


@blueprint.get("/beoordelen/<review_id>/oordeel/<key>")
@audience("inkoper")
def verdict_form(review_id: str, key: str) -> ResponseReturnValue:
    """What comes when a place is opened: its form, and the verdicts on the same files elsewhere.

    `NotFound` where this official gives no verdicts now.
    """
    review, me = review_of(review_id), person()
    form = beside.form_facts(review, me)
    if not form["may_find"] and not form["may_give"]:
        raise NotFound(N_("Dit bestaat niet."))
    line = _line(review, me, key)
    return render_template(
        "review/verdict_form.html",
        review=review,
        line=line,
        side=beside.of(db(), review, [line], me, line)[key],
        key_of=beside.key_of,
        offered=beside.offered(db(), review, line),
        **form,
    )


@blueprint.post("/beoordelen/<review_id>/concept/<key>")
@audience("inkoper")
def keep_draft(review_id: str, key: str) -> ResponseReturnValue:
    """Keep what is typed at one place. A script hears it as plain text; a browser goes back to the place.

    Or to another place, with `naar`: that is how one goes on without a script, and without losing what was typed.
    """
    review, form, me = review_of(review_id), request.form, person()
    line, goal = _line(review, me, key), request.args.get("naar", key)
    typed = checklist.typed_draft(form, tuple(form.getlist("product")))
    kept = queries.draft(db(), review.id, me.id, key)
    is_typed = kept is not None or goal == key or typed != checklist.stored_draft(line)
    if is_typed:
        made = screening.keep_draft(
            review,
            me,
            kept,
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
    if is_typed:
        flash(text, "ok")
    return redirect(url_for("review.dossier", review_id=review_id, eis=goal, _anchor=f"eis-{goal}"), 303)
