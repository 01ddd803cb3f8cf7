"""The applicant's objection: file it within the term, follow it, take it back, and read the letter on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.deciding_words import OBJECTION_OUTCOMES, OBJECTION_STATES
from portal.domain import calendar, decisions, objections
from portal.errors import Invalid, NotFound, Refused
from portal.models import Application, DecisionLetter, Finding, Objection
from portal.queries import letters as letter_queries
from portal.queries import objections as queries
from portal.queries import work
from portal.terms import N_
from portal.web.aftermath import download
from portal.web.applying import blueprint, crumbs, own, today
from portal.web.context import db, moment, now, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated

SHOWN_AS = {"heard": "filed", "advised": "filed", "proposed": "filed"}
"""What officials do with it meanwhile is theirs: the applicant sees that it was received, and when the hearing is."""


def state_for_applicant(one: Objection) -> str:
    """The state that the applicant sees; nothing of advice or outcome before it is decided."""
    return SHOWN_AS.get(one.state, one.state)


def _letter(application: Application) -> DecisionLetter:
    found = letter_queries.of_decision(db(), application.id)
    if found is None:
        raise NotFound(N_("Er is nog geen besluit over deze aanmelding."))
    return found


def arguments(found: list[Finding]) -> dict[str, str]:
    """What the form says per finding."""
    return {one.id: request.form.get(f"argument-{one.id}", "") for one in found}


def next_number(authority_id: str) -> str:
    """The number of the next objection of an authority."""
    year = calendar.local_day(now()).year
    return f"BZ-{year}-{work.next_number(db(), authority_id, f'objections-{year}'):04d}"


def _page(application: Application, letter: DecisionLetter, errors: Mapping[str, str], **more: Any) -> str:
    standing = objections.standing(letter)
    return render_template(
        "apply/objection.html",
        application=application,
        letter=letter,
        objection=standing,
        earlier=[one for one in queries.own(db(), application.id) if one is not standing],
        shown=state_for_applicant,
        states=OBJECTION_STATES,
        outcomes=OBJECTION_OUTCOMES,
        findings=objections.disputable(application),
        last_day=objections.last_day(letter),
        can_file=standing is None and objections.can_be_filed(letter) and objections.is_in_time(letter, today()),
        typed=request.form,
        crumbs=crumbs(application, (gettext("Bezwaar"), "")),
        errors=errors,
        **more,
    )


@blueprint.get("/aanmeldingen/<application_id>/bezwaar")
@audience("applicant")
def objection(application_id: str) -> ResponseReturnValue:
    """The form while the term runs, or how the objection stands."""
    application = own(application_id)
    return _page(application, _letter(application), {})


@blueprint.post("/aanmeldingen/<application_id>/bezwaar")
@audience("submitter")
def file_objection(application_id: str) -> ResponseReturnValue:
    """File it."""
    application = own(application_id)
    letter = _letter(application)
    typed = arguments(objections.disputable(application))
    standing = objections.standing(letter)
    number = standing.number if standing is not None else next_number(application.authority_id)
    try:
        objections.file(letter, person(), number, request.form.get("grounds", ""), typed, moment())
    except Invalid as error:
        problems = by_field(error)
        return _page(application, letter, problems), 422
    except Refused as error:
        return _page(application, letter, {"bezwaar": translated(error)}), 409
    db().commit()
    flash(gettext("Wij ontvingen uw bezwaar. U krijgt daarvan een mail."), "ok")
    return redirect(url_for("apply.objection", application_id=application_id), 303)


@blueprint.post("/aanmeldingen/<application_id>/bezwaar/intrekken")
@audience("submitter")
def withdraw_objection(application_id: str) -> ResponseReturnValue:
    """Take it back."""
    application = own(application_id)
    standing = objections.standing(_letter(application))
    if standing is not None:
        objections.withdraw(standing, person(), now())
        db().commit()
    flash(gettext("Uw bezwaar is ingetrokken."), "ok")
    return redirect(url_for("apply.objection", application_id=application_id), 303)


def _outcome_letter(application: Application) -> DecisionLetter:
    found = next((one.outcome_letter for one in queries.own(db(), application.id) if one.outcome_letter), None)
    if found is None:
        raise NotFound(N_("Er is nog geen besluit over dit bezwaar."))
    return found


@blueprint.post("/aanmeldingen/<application_id>/bezwaar/brief/openen")
@audience("applicant")
def open_objection_letter(application_id: str) -> ResponseReturnValue:
    """Record that the letter on the objection was opened, then show it."""
    decisions.open_letter(_outcome_letter(own(application_id)), person(), now())
    db().commit()
    return redirect(url_for("apply.objection_letter", application_id=application_id), 303)


@blueprint.get("/aanmeldingen/<application_id>/bezwaar/brief")
@audience("applicant")
def objection_letter(application_id: str) -> ResponseReturnValue:
    """The letter on the objection as PDF."""
    found = _outcome_letter(own(application_id))
    if found.pdf_key is None:
        raise NotFound(N_("De brief wordt nog gemaakt. Probeer het over een minuut opnieuw."))
    return download(found.pdf_key, f"bezwaar-{found.number}.pdf")
