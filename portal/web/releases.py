"""Confirmed decisions on their way out: see what each waits for, approve, and release them in one act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.deciding_words import LETTER_DRAFT_STATES, WAITS_FOR
from portal.domain import awards, procedures, releases, reviewers
from portal.errors import Invalid, NotFound, Refused
from portal.models import LetterDraft, Round
from portal.queries import releases as queries
from portal.queries import reviews as review_queries
from portal.queries import rounds as round_queries
from portal.queries import scoring
from portal.terms import N_
from portal.web import letter_passages
from portal.web.context import database, db, moment, now, person, services
from portal.web.context import release as give_up
from portal.web.guards import audience
from portal.web.problems import by_field
from portal.worker import interests
from portal.worker.telling import tell_application

blueprint = Blueprint("releases", __name__)


def _require_declared(round_id: str) -> None:
    """Who decides or approves declares interests before the first view.

    Who only releases reads what is to be released.
    """
    me = person()
    if "round_manager" not in me.role_names and not review_queries.has_declared(db(), round_id, me.id):
        abort(redirect(url_for("review.declare", round_id=round_id), 303))


def _round(round_id: str) -> Round:
    found = round_queries.round_with_procedure(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    if found.closed_at is None and not found.is_continuous:
        raise Refused(N_("Deze ronde is nog niet gesloten. Namen en gegevens ziet u pas daarna."))
    return found


def draft_of(application_id: str) -> LetterDraft:
    """One decision on its way, for who may see that dossier."""
    found = queries.one(db(), application_id, person().id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    _require_declared(found.application.round_id)
    if found.application.review is not None:
        reviewers.require_no_shadow(found.application.review, person())
    return found


@blueprint.get("/besluiten")
@audience("deciding")
def overview() -> ResponseReturnValue:
    """The rounds with decisions that are confirmed, and how many of those were told."""
    return render_template("rounds/deciding.html", rows=queries.rounds(db(), person().id))


@blueprint.get("/rondes/<round_id>/besluiten")
@audience("deciding")
def show(round_id: str) -> ResponseReturnValue:
    """Every confirmed decision of a round, and what it waits for."""
    round_ = _round(round_id)
    _require_declared(round_id)
    return _show(round_)


def _show(round_: Round, errors: Mapping[str, str] | None = None) -> str:
    drafts = queries.in_round(db(), round_.id, person().id)
    waiting = {one.id: releases.waits_for(one) for one in drafts if one.state not in releases.ON_ITS_WAY}
    is_manager = "round_manager" in person().role_names
    return render_template(
        "rounds/decisions.html",
        round=round_,
        drafts=drafts,
        waiting=waiting,
        ready=sum(not why for why in waiting.values()),
        counts={one.id: _counts(one) for one in drafts},
        states=LETTER_DRAFT_STATES,
        reasons=WAITS_FOR,
        chosen=request.form.getlist("application"),
        is_manager=is_manager,
        batches=queries.batches(db(), round_.id, person().id) if is_manager else [],
        has_award=procedures.KINDS[round_.procedure.kind].has_award,
        errors=errors or {},
    )


def _counts(draft: LetterDraft) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in draft.application.decisions:
        found[one.outcome] = found.get(one.outcome, 0) + 1
    return found


@blueprint.post("/rondes/<round_id>/bekendmaken")
@audience("round_manager")
def release(round_id: str) -> ResponseReturnValue:
    """Release the chosen decisions, or all that are ready, in one act; then tell each.

    Sent again it goes on where it stopped: what was released is told, what was told is left alone.
    """
    round_, only_chosen = _round(round_id), request.form.get("welke") == "gekozen"
    drafts = list(queries.whole(db(), round_id))
    if procedures.KINDS[round_.procedure.kind].has_award:
        awards.require_whole(scoring.without_decision(db(), round_id))
        only_chosen = False  # a tender tells everybody in one go
    elif only_chosen:
        wanted = set(request.form.getlist("application"))
        if not wanted:
            return _show(round_, {"welke": gettext("Kies minstens één besluit, of maak alle besluiten bekend.")}), 422
        visible = {one.application_id for one in queries.in_round(db(), round_id, person().id)}
        drafts = [one for one in drafts if one.application_id in wanted & visible]
    if not only_chosen:
        drafts = [one for one in drafts if not releases.waits_for(one)]
    releases.release(round_, person(), drafts, moment())
    db().commit()
    ids = queries.to_tell_in(db(), round_id)
    give_up()
    told = sum(tell_application(database(), services(), one) for one in ids)
    text = ngettext("%(num)s besluit is bekendgemaakt.", "%(num)s besluiten zijn bekendgemaakt.", told)
    flash(text if told else gettext("Er was niets meer bekend te maken."), "ok" if told else "info")
    return redirect(url_for("releases.show" if only_chosen else "rounds.dashboard", round_id=round_id), 303)


@blueprint.get("/besluiten/<application_id>")
@audience("deciding")
def decision(application_id: str) -> ResponseReturnValue:
    """One confirmed decision with its letter as it stands."""
    return page(draft_of(application_id))


def page(draft: LetterDraft, errors: Mapping[str, str] | None = None, **more: Any) -> str:
    """The page of one decision on its way."""
    application, me = draft.application, person()
    return render_template(
        "rounds/decision.html",
        draft=draft,
        application=application,
        decisions=sorted(
            application.decisions,
            key=lambda one: (one.product.lot.position, one.product.position, one.municipality.name),
        ),
        why=releases.waits_for(draft) if draft.state not in releases.ON_ITS_WAY else None,
        states=LETTER_DRAFT_STATES,
        reasons=WAITS_FOR,
        asks_approval=releases.asks_approval(application),
        may_approve=releases.APPROVER in me.role_names and me.id not in releases.deciders(application),
        me=me,
        typed=request.form,
        errors=errors or {},
        **(more or letter_passages.shown(draft)),
    )


@blueprint.post("/besluiten/<application_id>/goedkeuren")
@audience("authority_signatory")
def approve(application_id: str) -> ResponseReturnValue:
    """Approve decision and letter."""
    releases.approve(draft_of(application_id), person(), moment())
    db().commit()
    flash(gettext("U keurde het besluit goed. De rondebeheerder kan het bekendmaken."), "ok")
    return redirect(url_for("releases.decision", application_id=application_id), 303)


@blueprint.post("/besluiten/<application_id>/niet-goedkeuren")
@audience("authority_signatory")
def decline(application_id: str) -> ResponseReturnValue:
    """Give the dossier back to the first inkoper."""
    draft = draft_of(application_id)
    round_id = draft.application.round_id
    try:
        for one in releases.decline(draft, person(), request.form.get("reason", ""), now()):
            db().delete(one)
    except Invalid as error:
        return page(draft, {"reason": by_field(error)["reason"]}), 422
    db().delete(draft)
    if draft.application.review is not None:
        interests.leave_on(db(), draft.application.review, now())
    db().commit()
    flash(gettext("Het besluit is terug bij de eerste inkoper."), "ok")
    return redirect(url_for("releases.show", round_id=round_id), 303)
