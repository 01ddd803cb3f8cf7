"""Objections for officials: enter what came on paper, hear, advise, decide by two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.deciding_words import OBJECTION_OUTCOMES, OBJECTION_STATES
from portal.domain import agreement_revisions, calendar, objection_outcomes, objections
from portal.errors import Invalid, NotFound
from portal.models import DecisionLetter, Objection
from portal.queries import letters as letter_queries
from portal.queries import objections as queries
from portal.queries import releases as release_queries
from portal.queries import reviews as review_queries
from portal.queries import rounds as round_queries
from portal.queries import work
from portal.terms import N_
from portal.web.context import db, moment, now, person
from portal.web.guards import audience
from portal.web.objections import arguments, next_number
from portal.web.problems import by_field
from portal.web.signing_blocks import typed_day

blueprint = Blueprint("objections", __name__)


def _require_declared(round_id: str) -> None:
    me = person()
    if "round_manager" not in me.role_names and not review_queries.has_declared(db(), round_id, me.id):
        abort(redirect(url_for("review.declare", round_id=round_id), 303))


def _objection(objection_id: str) -> Objection:
    found = queries.one(db(), objection_id, person().id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    _require_declared(found.application.round_id)
    return found


@blueprint.get("/rondes/<round_id>/bezwaren")
@audience("objecting")
def overview(round_id: str) -> ResponseReturnValue:
    """Every objection in a round."""
    round_ = round_queries.round_with_procedure(db(), round_id)
    if round_ is None:
        raise NotFound(N_("Dit bestaat niet."))
    _require_declared(round_id)
    return render_template(
        "rounds/objections.html",
        round=round_,
        rows=queries.in_round(db(), round_id, person().id),
        states=OBJECTION_STATES,
        outcomes=OBJECTION_OUTCOMES,
    )


def _letter(application_id: str) -> DecisionLetter:
    """The letter of an application that this official may see."""
    draft = release_queries.one(db(), application_id, person().id)
    letter = letter_queries.of_decision(db(), application_id) if draft is not None else None
    if letter is None:
        raise NotFound(N_("Er is nog geen besluit bekendgemaakt over deze aanmelding."))
    _require_declared(letter.application.round_id)
    return letter


def _entry(letter: DecisionLetter, errors: Mapping[str, str]) -> str:
    return render_template(
        "rounds/objection_entry.html",
        letter=letter,
        application=letter.application,
        findings=objections.disputable(letter.application),
        last_day=objections.last_day(letter),
        standing=objections.standing(letter),
        can_file=objections.can_be_filed(letter),
        typed=request.form,
        errors=errors,
    )


@blueprint.get("/besluiten/<application_id>/bezwaar")
@audience("screening")
def new(application_id: str) -> ResponseReturnValue:
    """The form for a letter that came on paper."""
    return _entry(_letter(application_id), {})


@blueprint.post("/besluiten/<application_id>/bezwaar")
@audience("screening")
def enter(application_id: str) -> ResponseReturnValue:
    """Enter it, with the day it came in."""
    letter, form = _letter(application_id), request.form
    typed = arguments(objections.disputable(letter.application))
    standing = objections.standing(letter)
    number = standing.number if standing is not None else next_number(letter.authority_id)
    received_on = typed_day("received_on")
    try:
        made = objections.enter(letter, person(), number, form.get("grounds", ""), typed, received_on, now())
    except Invalid as error:
        return _entry(letter, by_field(error)), 422
    db().commit()
    flash(gettext("Het bezwaar is vastgelegd. De aanbieder krijgt een mail dat het er is."), "ok")
    return redirect(url_for("objections.show", objection_id=made.id), 303)


@blueprint.get("/bezwaren/<objection_id>")
@audience("objecting")
def show(objection_id: str) -> ResponseReturnValue:
    """One objection: what is argued, what was done, and what can be done now."""
    return _page(_objection(objection_id), {})


def _page(one: Objection, errors: Mapping[str, str]) -> str:
    me, application = person(), one.application
    handles = bool(me.role_names & set(objections.HANDLERS))
    return render_template(
        "rounds/objection.html",
        objection=one,
        application=application,
        states=OBJECTION_STATES,
        outcomes=OBJECTION_OUTCOMES,
        outcome_options=[(key, gettext(term.label)) for key, term in OBJECTION_OUTCOMES.items()],
        refused=sorted(
            (each for each in application.decisions if each.outcome == "refused"),
            key=lambda each: (each.product.lot.position, each.product.position, each.municipality.name),
        ),
        chosen=request.form.getlist("cell"),
        proposed={(each["product_id"], each["municipality_id"]) for each in one.cells},
        handles=handles,
        may_advise=objections.may_advise(one, me),
        may_propose=handles and one.state == "advised" and me.id != one.advised_by_id,
        may_confirm=handles and one.state == "proposed" and me.id not in (one.advised_by_id, one.proposed_by_id),
        afterwards=_afterwards(one) if one.state == "proposed" and one.cells else "",
        typed=request.form,
        errors=errors,
    )


def _afterwards(one: Objection) -> str:
    """What becomes of what is admitted after all, once this is confirmed."""
    agreement = work.agreement_of(db(), one.application_id)
    if agreement is None:
        return gettext("Dit komt in de overeenkomst, die na de opschortende termijn wordt gemaakt.")
    if agreement_revisions.may_revise(agreement):
        return gettext(
            "Er ligt al een overeenkomst klaar die niemand tekende. Die wordt opnieuw opgemaakt, met dit erbij."
        )
    return gettext("De overeenkomst is al getekend en verandert niet. De contractbeheerder regelt een aanvulling.")


def _act(objection_id: str, act: Callable[[Objection], object], done: str) -> ResponseReturnValue:
    """One act on an objection: refused with everything typed, or kept."""
    one = _objection(objection_id)
    try:
        act(one)
    except Invalid as error:
        return _page(one, by_field(error)), 422
    db().commit()
    flash(done, "ok")
    return redirect(url_for("objections.show", objection_id=objection_id), 303)


@blueprint.post("/bezwaren/<objection_id>/hoorzitting")
@audience("screening")
def plan_hearing(objection_id: str) -> ResponseReturnValue:
    """Invite the applicant to a hearing."""
    form = request.form
    return _act(
        objection_id,
        lambda one: objections.plan_hearing(one, person(), _typed_moment(), form.get("hearing_place", ""), now()),
        gettext("De hoorzitting is gepland. De aanbieder krijgt een mail."),
    )


def _typed_moment() -> datetime | None:
    """Day and time of the form as an instant; None when they make none."""
    day = typed_day("hearing_at")
    try:
        return calendar.local_instant(day, time.fromisoformat(request.form.get("hearing_time", ""))) if day else None
    except ValueError:
        return None


@blueprint.post("/bezwaren/<objection_id>/verslag")
@audience("screening")
def hear(objection_id: str) -> ResponseReturnValue:
    """What was said at the hearing, or why there is none."""
    minutes = request.form.get("minutes", "")
    return _act(
        objection_id, lambda one: objections.hear(one, person(), minutes, now()), gettext("Het verslag is bewaard.")
    )


@blueprint.post("/bezwaren/<objection_id>/advies")
@audience("objecting")
def advise(objection_id: str) -> ResponseReturnValue:
    """The advice of somebody who did not decide."""
    form = request.form
    return _act(
        objection_id,
        lambda one: objections.advise(one, person(), form.get("outcome", ""), form.get("advice", ""), now()),
        gettext("Uw advies is bewaard."),
    )


@blueprint.post("/bezwaren/<objection_id>/voorstel")
@audience("screening")
def propose(objection_id: str) -> ResponseReturnValue:
    """Propose the outcome."""
    form = request.form
    cells = [(one.partition(":")[0], one.partition(":")[2]) for one in form.getlist("cell")]
    return _act(
        objection_id,
        lambda one: objections.propose(one, person(), form.get("outcome", ""), form.get("reason", ""), cells, moment()),
        gettext("Uw voorstel ligt bij een collega."),
    )


@blueprint.post("/bezwaren/<objection_id>/teruggeven")
@audience("screening")
def send_back(objection_id: str) -> ResponseReturnValue:
    """The second official does not agree."""
    reason = request.form.get("back", "")
    return _act(
        objection_id,
        lambda one: objections.send_back(one, person(), reason, now()),
        gettext("Het voorstel is teruggegeven."),
    )


@blueprint.post("/bezwaren/<objection_id>/vaststellen")
@audience("screening")
def confirm(objection_id: str) -> ResponseReturnValue:
    """The second official confirms: the outcome is told, in a letter of its own."""
    one = _objection(objection_id)
    objections.require_second(one, person())
    year = calendar.local_day(now()).year
    number = f"B-{year}-{work.next_number(db(), one.authority_id, f'letters-{year}'):04d}"
    return _act(
        objection_id,
        lambda one: db().add(
            objection_outcomes.confirm(
                one, person(), number, moment(), agreement=work.agreement_of(db(), one.application_id)
            )
        ),
        gettext("Het besluit op bezwaar is bekendgemaakt."),
    )
