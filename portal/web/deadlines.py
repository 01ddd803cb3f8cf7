"""The deadline of a round: a later closing proposed by one, confirmed by another; and following a procedure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import announcements, deadlines, outages
from portal.errors import Invalid, NotFound
from portal.models import DeadlineChange, Round
from portal.queries import deadlines as queries
from portal.queries import planning
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("deadlines", __name__)


def _found(round_: Round | None) -> Round:
    if round_ is None:
        raise NotFound(N_("Dit bestaat niet."))
    return round_


def _change(round_id: str, change_id: str) -> DeadlineChange:
    """The round held, then the proposal read: in this order everybody waits for everybody."""
    _found(queries.hold_round(db(), round_id))
    change = queries.change(db(), round_id, change_id)
    if change is None:
        raise NotFound(N_("Dit bestaat niet."))
    return change


def _page(round_: Round, errors: Mapping[str, str], at: str = "") -> str:
    moment, me = now(), person()
    waiting = deadlines.pending(round_)
    return render_template(
        "rounds/deadline.html",
        round=round_,
        state=round_.state(moment),
        waiting=waiting,
        may_decide=waiting is not None and deadlines.may_decide(waiting, me),
        may_propose="round_manager" in me.role_names and waiting is None and round_.is_open(moment),
        is_continuous=round_.is_continuous,
        late=queries.late_attempts(db(), round_.id) if round_.closed_at is not None else [],
        typed=request.form,
        at=at,
        errors=errors,
    )


@blueprint.get("/rondes/<round_id>/sluiting")
@audience("deadline")
def show(round_id: str) -> ResponseReturnValue:
    """The instant, what was changed, what waits for somebody, and after closing what came too late."""
    return _page(_found(queries.with_changes(db(), round_id)), {})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        return None


@blueprint.post("/rondes/<round_id>/sluiting")
@audience("round_manager")
def propose(round_id: str) -> ResponseReturnValue:
    """Propose a later closing."""
    round_, form = _found(queries.hold_round(db(), round_id)), request.form
    moment = now()  # after the lock
    waiting = deadlines.pending(round_)
    try:
        deadlines.require_changeable(round_, moment)
        instant = deadlines.new_instant(_day(form.get("day", "")), _time(form.get("time", "")))
        change = deadlines.propose(round_, person(), instant, form.get("reason", ""), moment)
    except Invalid as error:
        db().rollback()
        problems = by_field(error)
        return _page(_found(queries.with_changes(db(), round_id)), problems, "propose"), 422
    if change is not waiting:  # the same form, sent twice: they have been told
        deadlines.tell_deciders(change, queries.deciders(db(), round_.authority_id, deadlines.DECIDERS), moment)
    db().commit()
    flash(gettext("Het voorstel ligt klaar voor een tweede persoon. Tot die bevestigt, verandert er niets."), "ok")
    return redirect(url_for("deadlines.show", round_id=round_id), 303)


@blueprint.post("/rondes/<round_id>/sluiting/<change_id>/bevestigen")
@audience("deadline")
def agree(round_id: str, change_id: str) -> ResponseReturnValue:
    """The second person says yes: the instant moves, and everybody is told."""
    change = _change(round_id, change_id)
    moment = now()  # after the lock: a change that waited past the closing instant is refused
    if deadlines.agree(change, person(), moment):
        told = queries.people_of_round(db(), change.round)
        if change.kind == "repair":
            outages.call_repair_round(change, told, moment)
            text = gettext("De herstelronde is open. Iedereen die meedoet of volgt, krijgt een mail.")
        else:
            deadlines.extend(change, told, moment)
            text = gettext("De sluiting is verplaatst. Iedereen die meedoet of volgt, krijgt een mail.")
    elif change.state == "agreed":
        text = gettext("U bent akkoord. Nog één ander moet bevestigen.")
    else:
        text = gettext("Dit was al bevestigd.")
    db().commit()
    flash(text, "ok")
    return redirect(url_for("deadlines.show", round_id=round_id), 303)


@blueprint.post("/rondes/<round_id>/sluiting/<change_id>/teruggeven")
@audience("deadline")
def send_back(round_id: str, change_id: str) -> ResponseReturnValue:
    """The second person says no, with the reason."""
    change = _change(round_id, change_id)
    try:
        deadlines.send_back(change, person(), request.form.get("sent_back_reason", ""), now())
    except Invalid as error:
        db().rollback()
        problems = {"sent_back_reason": by_field(error)["reason"]}
        return _page(_found(queries.with_changes(db(), round_id)), problems, "send_back"), 422
    db().commit()
    flash(gettext("Het voorstel is teruggegeven. De sluiting blijft zoals zij was."), "info")
    return redirect(url_for("deadlines.show", round_id=round_id), 303)


# --- following a procedure ---


@blueprint.post("/procedures/<authority_slug>/<slug>/volgen")
@audience("applicant")
def follow(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Start or stop hearing of openings and other deadlines. The same again changes nothing."""
    procedure = planning.published(db(), authority_slug, slug)
    if procedure is None:
        raise NotFound(N_("Deze procedure bestaat niet of is nog niet gepubliceerd."))
    present = queries.following(db(), procedure.id, person().id)
    if request.form.get("stop"):
        if present is not None:
            announcements.stop_following(present, now())
            db().delete(present)
        flash(gettext("U volgt deze procedure niet meer."), "info")
    else:
        if present is None:
            db().add(announcements.follow(procedure, person(), now()))
        flash(gettext("U krijgt een mail als er een ronde opent, een sluiting verandert of een nota verschijnt."), "ok")
    db().commit()
    return redirect(url_for("public.planning_page", authority_slug=authority_slug, slug=slug), 303)
