"""The letter of a decision on its way: change it, let somebody else read the change, and read it as it went out."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import decisions, letters
from portal.errors import Invalid, NotFound, Stale
from portal.queries import letters as queries
from portal.terms import N_
from portal.web.aftermath import download
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.letter_passages import shown
from portal.web.problems import translated
from portal.web.releases import blueprint, draft_of, page


@blueprint.post("/besluiten/<application_id>/brief")
@audience("screening")
def edit(application_id: str) -> ResponseReturnValue:
    """Save the changed passages."""
    draft, form = draft_of(application_id), request.form
    facts = decisions.letter_facts(draft.application, "", now())
    try:
        changed = letters.edit(draft, person(), facts, form, now(), based_on=form.get("based_on", type=int, default=-1))
    except Invalid as error:
        problems = {f"p-{key}": gettext(text) for key, text in error.problems.items()}
        return page(draft, problems, **shown(draft, form)), 422
    except Stale as error:
        return page(draft, {"p-opening": translated(error)}, **shown(draft, form)), 409
    db().commit()
    if changed and draft.passages:
        flash(gettext("De brief is gewijzigd. Een collega leest de wijziging na."), "ok")
    elif changed:
        flash(gettext("De brief is weer zoals hij was samengesteld."), "ok")
    return redirect(url_for("releases.decision", application_id=application_id, _anchor="brief"), 303)


@blueprint.post("/besluiten/<application_id>/brief/akkoord")
@audience("screening")
def agree(application_id: str) -> ResponseReturnValue:
    """A second person read the change."""
    draft = draft_of(application_id)
    letters.agree(draft, person(), now(), version=request.form.get("version", type=int, default=-1))
    db().commit()
    flash(gettext("De gewijzigde brief is akkoord."), "ok")
    return redirect(url_for("releases.decision", application_id=application_id, _anchor="brief"), 303)


@blueprint.get("/besluiten/<application_id>/brieven/<letter_id>.pdf")
@audience("deciding")
def file(application_id: str, letter_id: str) -> ResponseReturnValue:
    """A letter as the applicant got it."""
    found = queries.one(db(), draft_of(application_id).application_id, letter_id)
    if found is None or found.pdf_key is None:
        raise NotFound(N_("De brief wordt nog gemaakt. Probeer het over een minuut opnieuw."))
    return download(found.pdf_key, f"besluit-{found.number}.pdf")
