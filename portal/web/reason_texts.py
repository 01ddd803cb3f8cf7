"""The standard texts for reasons of an authority: those of the portal, and its own to add and retire."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import screening
from portal.domain.requirement_types import TYPES
from portal.errors import Invalid, NotFound
from portal.models import ReasonText
from portal.queries import screening as queries
from portal.reason_library import FIELDS, LIBRARY
from portal.terms import N_, VERDICTS
from portal.web.context import authority_id, db, now, person
from portal.web.editor_words import VALUES
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("reason_texts", __name__)


def _show(errors: Mapping[str, str]) -> str:
    return render_template(
        "review/reason_texts.html",
        own=queries.reason_texts(db()),
        library=LIBRARY,
        fields=FIELDS,
        types=[("", gettext("Elke soort eis")), *((one, gettext(VALUES[one])) for one in TYPES)],
        verdicts=[(key, gettext(term.label)) for key, term in VERDICTS.items()],
        typed=request.form,
        errors=errors,
    )


@blueprint.get("/beoordelen/standaardteksten")
@audience("screening")
def overview() -> ResponseReturnValue:
    return _show({})


@blueprint.post("/beoordelen/standaardteksten")
@audience("screening")
def keep() -> ResponseReturnValue:
    try:
        made = screening.keep_text(person(), authority_id(), request.form, now())
    except Invalid as error:
        return _show(by_field(error)), 422
    if not any(
        (one.requirement_type, one.verdict, one.text) == (made.requirement_type, made.verdict, made.text)
        for one in queries.reason_texts(db())
    ):  # the same form sent twice is one text
        db().add(made)
        db().commit()
    flash(gettext("De standaardtekst is bewaard. Uw collega’s kunnen haar kiezen."), "ok")
    return redirect(url_for("reason_texts.overview"), 303)


@blueprint.post("/beoordelen/standaardteksten/<text_id>/intrekken")
@audience("screening")
def retire(text_id: str) -> ResponseReturnValue:
    found = db().get(ReasonText, text_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    screening.retire_text(found, person(), now())
    db().commit()
    text = gettext("De standaardtekst staat niet meer in de lijst. Oordelen die ermee zijn geschreven, blijven staan.")
    flash(text, "ok")
    return redirect(url_for("reason_texts.overview"), 303)
