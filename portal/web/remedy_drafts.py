"""A request for remedy that an inkoper puts ready, rewrites and takes back; the round manager sends it."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import remedies
from portal.errors import Invalid, NotFound, Stale
from portal.terms import N_
from portal.web.admitting import review as _review
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.web.review import back, blueprint, show


@blueprint.post("/beoordelen/<review_id>/herstel")
@audience("inkoper")
def prepare_remedy(review_id: str) -> ResponseReturnValue:
    remedies.prepare(_review(review_id), person(), now())
    db().commit()
    return back(review_id, gettext("Het herstelverzoek staat klaar. De rondebeheerder verstuurt het."))


@blueprint.post("/beoordelen/<review_id>/herstel/vragen")
@audience("inkoper")
def rewrite_remedy(review_id: str) -> ResponseReturnValue:
    review, form = _review(review_id), request.form
    if review.remedy_draft is None:
        raise NotFound(N_("Dit herstelverzoek staat niet meer klaar: het is verstuurd of ingetrokken."))
    texts = {key: form[f"question-{key}"] for key in review.remedy_draft.questions if f"question-{key}" in form}
    try:
        remedies.rewrite(review.remedy_draft, person(), texts, now(), based_on=form.get("based_on", 0, type=int))
    except Invalid as error:
        return show(review, errors=by_field(error)), 422
    except Stale as error:
        return show(review, errors={"herstel-van-ander": translated(error)}), 409
    db().commit()
    return back(review_id, gettext("De vragen zijn bewaard."))


@blueprint.post("/beoordelen/<review_id>/herstel/intrekken")
@audience("inkoper")
def withdraw_remedy(review_id: str) -> ResponseReturnValue:
    remedies.withdraw(_review(review_id), person(), now())
    db().commit()
    return back(review_id, gettext("Het herstelverzoek is ingetrokken. De aanbieder heeft er niets van gezien."))
