"""Own verdicts beside the reviewer, what two reviewers find together, and the shadows of a round with their report."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import joint_verdicts, side_reviews
from portal.domain.reviews import Item
from portal.errors import Invalid, NotFound
from portal.queries import screening
from portal.queries import side_reviews as queries
from portal.terms import N_
from portal.web import beside, checklist
from portal.web.admitting import review as review_of
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field
from portal.web.review import show

blueprint = Blueprint("side_reviews", __name__)


@blueprint.app_template_global("joint_options")
def joint_options(item: Item) -> list[tuple[str, str]]:
    """The verdicts two reviewers can reach together at one place: asking remedy is for the first one."""
    return [
        (key, gettext(term.label))
        for key, term in terms.VERDICTS.items()
        if key != "remedy" and (key != "equivalent" or item.requirement.equivalent_allowed)
    ]


@blueprint.post("/beoordelen/<review_id>/eigen/<key>")
@audience("inkoper")
def give(review_id: str, key: str) -> ResponseReturnValue:
    review, form, me = review_of(review_id), request.form, person()
    lines, codes = checklist.lines(review, {}, side_reviews.seen_by(review, me)), tuple(form.getlist("product"))
    line = checklist.named(lines, key)
    typed = checklist.typed_draft(form, codes)
    if "reden" in request.args:
        offered = beside.offered(db(), review, line)
        chosen = request.args["reden"] or form.get("tekst", "")
        return show(review, key, beside.with_reason(typed, offered, chosen))
    try:
        side_reviews.give(review, me, line.item, typed.verdict, typed.reason, now(), product_codes=codes)
    except Invalid as error:
        draft = checklist.typed_draft(form, codes, problems=by_field(error))
        return show(review, key, draft, by_field(error, key)), 422
    if written := screening.draft(db(), review.id, me.id, key):
        db().delete(written)
    db().commit()
    flash(gettext("Uw eigen oordeel over %(key)s is bewaard.", key=key), "ok")
    goal = checklist.after(lines, key)
    return redirect(url_for("review.dossier", review_id=review_id, eis=goal, _anchor=f"eis-{goal}"), 303)


def _back(review_id: str, message: str, anchor: str = "afronden") -> ResponseReturnValue:
    flash(message, "ok")
    return redirect(url_for("review.dossier", review_id=review_id, _anchor=anchor), 303)


@blueprint.post("/beoordelen/<review_id>/eigen")
@audience("inkoper")
def finish(review_id: str) -> ResponseReturnValue:
    side_reviews.finish(review_of(review_id), person(), now())
    db().commit()
    return _back(review_id, gettext("Uw eigen oordelen zijn afgerond. U ziet nu ook die van uw collega."))


@blueprint.post("/beoordelen/<review_id>/samen/<key>")
@audience("inkoper")
def propose_joint(review_id: str, key: str) -> ResponseReturnValue:
    review, form = review_of(review_id), request.form
    line = checklist.named(checklist.lines(review, {}), key)
    codes = form.getlist("product")
    try:
        joint_verdicts.propose_joint(
            review, person(), line.item, form.get("verdict", ""), form.get("reason", ""), now(), product_codes=codes
        )
    except Invalid as error:
        text = " ".join(gettext(one) for one in error.problems.values())
        return show(review, errors={f"joint-{key}": text}), 422
    db().commit()
    return _back(review_id, gettext("Uw voorstel bij %(key)s ligt bij uw collega.", key=key), f"verschil-{key}")


@blueprint.post("/beoordelen/<review_id>/samen/<joint_id>/akkoord")
@audience("inkoper")
def agree(review_id: str, joint_id: str) -> ResponseReturnValue:
    review = review_of(review_id)
    joint = queries.joint_verdict(db(), review_id, joint_id)
    if joint is None:
        raise NotFound(N_("Dit bestaat niet."))
    joint_verdicts.agree(review, person(), joint, now())
    db().commit()
    return _back(review_id, gettext("Het gezamenlijke oordeel is bewaard."))
