"""After the instant: the proof that one came too late, and going on with a draft in a later round."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import carrying, late
from portal.errors import NotFound
from portal.models import Application, CarryOver, LateAttempt
from portal.queries import applications as queries
from portal.queries import deadlines
from portal.terms import N_
from portal.web import task_order
from portal.web.applying import blueprint, crumbs, desks, fillable, own
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience


def late_attempt(application: Application, moment: datetime, attempt: str) -> LateAttempt:
    """The row of this attempt: the one that is there when the same form was sent before."""
    for one in deadlines.own_late_attempts(db(), application.id):
        if one.attempt == attempt:
            return one
    made = late.record(application, person(), moment, attempt)
    db().add(made)
    return made


def way_on(application: Application) -> dict[str, Any]:
    """What a page about an application that was not submitted offers: a round to go on in, or to be told of one."""
    moment = now()
    may = carrying.may_carry(application, moment)
    next_round = queries.next_round(db(), application.round.procedure_id, moment) if may else None
    return {
        "may_carry": may,
        "next_round": next_round,
        "next_is_open": next_round is not None and next_round.is_open(moment),
        "is_following": may and deadlines.following(db(), application.round.procedure_id, person().id) is not None,
    }


def late_page(attempt: LateAttempt) -> str:
    """The proof: when it came, when the round closed, what was offered, and the way on."""
    application = attempt.application
    return render_template(
        "apply/too_late.html",
        application=application,
        attempt=attempt,
        digest=" ".join(attempt.digest[at : at + 4] for at in range(0, 64, 4)),
        submission=application.valid_submission,
        crumbs=crumbs(application, (gettext("Te laat"), "")),
        **way_on(application),
    )


@blueprint.get("/aanmeldingen/<application_id>/te-laat/<attempt_id>")
@audience("applicant")
def too_late(application_id: str, attempt_id: str) -> ResponseReturnValue:
    """The same proof, to come back to and to print."""
    application = own(application_id)
    for one in deadlines.own_late_attempts(db(), application.id):
        if one.id == attempt_id:
            return late_page(one)
    raise NotFound(N_("Dit bewijs bestaat niet."))


@blueprint.post("/aanmeldingen/<application_id>/doorzetten")
@audience("applicant")
def carry_over(application_id: str) -> ResponseReturnValue:
    """Go on in the next round. Who has an application there already is led to that one: nothing is mixed."""
    source, moment = own(application_id), now()
    round_ = queries.next_round(db(), source.round.procedure_id, moment)
    if round_ is None:
        flash(gettext("Er is nog geen volgende ronde. Volg de procedure, dan krijgt u een mail."), "warning")
        return redirect(url_for("apply.application", application_id=source.id), 303)
    present = queries.id_in_round(db(), round_.id, organisation_id())
    if present is not None:
        flash(gettext("U heeft in ronde %(label)s al een aanmelding. Die ziet u hier.", label=round_.label), "info")
        return redirect(url_for("apply.application", application_id=present), 303)
    made = carrying.carry_over(source, round_, person(), moment)
    db().add(made)
    db().commit()
    flash(
        gettext("Uw aanmelding staat nu in ronde %(label)s. Controleer wat is overgenomen.", label=round_.label), "ok"
    )
    return redirect(url_for("apply.application", application_id=made.id), 303)


@blueprint.post("/aanmeldingen/<application_id>/overgenomen")
@audience("applicant")
def confirm_carried(application_id: str) -> ResponseReturnValue:
    """What came along at one place still holds; then on to the next that is not finished, as after saving."""
    application, key = fillable(application_id), request.form.get("place", "")
    carrying.confirm(application, person(), key, now())
    db().commit()
    flash(gettext("Gecontroleerd."), "ok")
    at = next((one for one in desks(application) if one.carried_key == key), None)
    if at is not None:
        checks = request.form.get("terug") == "indienen"
        return redirect(at.home("indienen")[0] if checks else task_order.onward(at), 303)
    goal = "apply.submit" if request.form.get("terug") == "indienen" else "apply.application"
    return redirect(url_for(goal, application_id=application.id), 303)


def left_behind(application: Application) -> list[tuple[str, str]]:
    """What did not come along, and why, in the visitor's language."""
    return [(what, gettext(why)) for carried in application.carry_overs for what, why in carried.left_behind]


def origin(carried: CarryOver | None) -> str:
    """Where something was taken over from: the round, the procedure, or the own self-check."""
    if carried is None or carried.source is None:
        return gettext("uw zelftest")
    before, here = carried.source.round, carried.application.round
    if before.procedure_id == here.procedure_id:
        return gettext("ronde %(label)s", label=before.label)
    return gettext("%(procedure)s, ronde %(label)s", procedure=before.procedure.title, label=before.label)


blueprint.add_app_template_global(origin, "carried_origin")
