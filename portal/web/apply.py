"""Applying: the overview, the task list, the choices, submitting and withdrawing."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import applications, requirements, sealing
from portal.domain.lifecycle import can
from portal.errors import Incomplete, Invalid, NotFound, PortalError, RoundClosed
from portal.models import Application, LateAttempt, Submission, new_id
from portal.queries import applications as queries
from portal.terms import N_
from portal.web import (
    aftermath,
    answers,
    carrying,
    choices,
    offers,
    parties,
    places,
    receipts,
    remedies,
    sealed,
    summary,
    task_list,
    vault,
)
from portal.web.applying import blueprint, closing, crumbs, last_day, own
from portal.web.context import db, moment, now, organisation_id, person
from portal.web.guards import audience
from portal.web.problems import translated

__all__ = [
    "aftermath",
    "answers",
    "blueprint",
    "carrying",
    "choices",
    "offers",
    "parties",
    "receipts",
    "remedies",
    "sealed",
    "vault",
]
"""One blueprint over eleven modules: naming them here is what puts their pages on it."""


@blueprint.get("/aanmeldingen")
@audience("applicant")
def overview() -> ResponseReturnValue:
    """The organisation's applications, and the rounds it can start in."""
    moment, organisation = now(), organisation_id()
    return render_template(
        "apply/overview.html",
        lines=queries.overview(db(), organisation),
        rounds=queries.open_rounds(db(), organisation, moment),
        moment_now=moment,
        last_day=last_day,
    )


@blueprint.post("/rondes/<round_id>/aanmelden")
@audience("applicant")
def start(round_id: str) -> ResponseReturnValue:
    """Begin a draft; a round that was begun already leads to that draft."""
    present = queries.id_in_round(db(), round_id, organisation_id())
    if present is not None:
        return redirect(url_for("apply.application", application_id=present), 303)
    round_ = queries.published_round(db(), round_id)
    if round_ is None:
        raise NotFound(N_("Deze ronde bestaat niet."))
    begun = applications.start(round_, person(), now(), queries.next_instalment(db(), round_id, organisation_id()))
    db().add(begun)
    db().commit()
    flash(gettext("Uw aanmelding is begonnen. Kies eerst waarvoor u zich aanmeldt."), "ok")
    return redirect(url_for("apply.choices", application_id=begun.id), 303)


@blueprint.get("/aanmeldingen/<application_id>")
@audience("applicant")
def application(application_id: str) -> ResponseReturnValue:
    """The task list while the round is open; what came of it afterwards."""
    found = own(application_id)
    if not found.is_open(now()):
        return aftermath.page(found)
    if found.sealed_at is not None:
        return sealed.page(found)
    gaps = requirements.gaps(found, now())
    return render_template(
        "apply/application.html",
        application=found,
        groups=task_list.groups(found, gaps),
        blocking=sum(gap.blocks for gap in gaps),
        doubts=sum(not gap.blocks for gap in gaps),
        submission=found.valid_submission,
        is_changed=applications.has_unsubmitted_changes(found),
        changes=task_list.changes(queries.last_changes(db(), found.id)),
        left_behind=carrying.left_behind(found),
        closing=closing(found.round),
        crumbs=crumbs(None, (gettext("Ronde %(label)s", label=found.round.label), "")),
    )


@blueprint.route("/aanmeldingen/<application_id>/indienen", methods=["GET", "POST"])
@audience("applicant")
def submit(application_id: str) -> ResponseReturnValue:
    """Check everything, then submit. The same form sent twice gives the same receipt."""
    if request.method == "GET":
        found = own(application_id)
        if found.sealed_at is not None:
            return redirect(url_for("apply.application", application_id=application_id), 303)
        return _check_page(found, {})
    try:
        submission = _submit(application_id)
    except Incomplete as refusal:
        db().rollback()
        return _check_page(own(application_id), {"ontbreekt": translated(refusal)}), 409
    except Invalid as invalid:
        db().rollback()
        return _check_page(own(application_id), {key: gettext(text) for key, text in invalid.problems.items()}), 422
    if isinstance(submission, LateAttempt):
        return carrying.late_page(submission), 409
    return redirect(url_for("apply.receipt", application_id=application_id, submission_id=submission.id), 303)


def _submit(application_id: str) -> Submission | LateAttempt:
    """What was submitted; or that it came too late, which is kept in the same transaction, with the same instant."""
    round_id = queries.round_of(db(), application_id, organisation_id())
    if round_id is None:
        raise NotFound(N_("Deze aanmelding bestaat niet."))
    attempt = request.form.get("attempt") or new_id()
    prepared = sealed.prepare(application_id, attempt)
    made: Submission | LateAttempt
    try:
        queries.lock_round(db(), round_id)
        at = moment()  # after the lock: whoever waited for it past the closing instant is too late
        found = own(application_id)
        try:
            made = applications.submit(
                found,
                person(),
                at,
                attempt=attempt,
                accepted=request.form.getlist("accepted"),
                sealer=sealed.sealer(found, prepared),
            )
        except RoundClosed:
            made = carrying.late_attempt(found, at, attempt)
            sealed.abandon(prepared)
        db().commit()
    except PortalError:
        sealed.abandon(prepared)
        raise
    if isinstance(made, Submission):
        if prepared is not None and (made.sealed is None or made.sealed.id != prepared.id):
            sealed.abandon(prepared)  # the same form came in twice at once, and the other was first
        sealed.keep_code(made)
    return made


def _check_page(found: Application, errors: dict[str, str]) -> str:
    gaps, may_submit = requirements.gaps(found, now()), "signatory" in person().role_names
    return render_template(
        "apply/submit.html",
        application=found,
        sections=summary.sections(found, gaps),
        blocking=task_list.links(found, [gap for gap in gaps if gap.blocks]),
        doubts=task_list.links(found, [gap for gap in gaps if not gap.blocks]),
        goal_titles=places.goal_titles(found.round),
        lots=[lot for lot, _ in requirements.chosen_lots(found).values()],
        may_submit=may_submit,
        signatories=[] if may_submit else queries.signatories(db(), found.organisation_id),
        accepted=request.form.getlist("accepted"),
        attempt=request.form.get("attempt") or new_id(),
        has_vault=sealing.has_vault(found.round),
        code=sealed.form_code() if sealing.has_vault(found.round) else "",
        submission=found.valid_submission,
        is_changed=applications.has_unsubmitted_changes(found),
        is_open=found.is_open(now()),
        closing=closing(found.round),
        crumbs=crumbs(found, (gettext("Controleren en indienen"), "")),
        errors=errors,
    )


@blueprint.route("/aanmeldingen/<application_id>/intrekken", methods=["GET", "POST"])
@audience("signatory")
def withdraw(application_id: str) -> ResponseReturnValue:
    """Ask first, then take back what was submitted."""
    found = own(application_id)
    if request.method == "POST":
        applications.withdraw(found, person(), moment())
        db().commit()
        flash(gettext("Uw indiening is ingetrokken. Wat u invulde, staat er nog. U doet nu niet mee."), "warning")
        return redirect(url_for("apply.application", application_id=found.id), 303)
    return render_template(
        "apply/withdraw.html",
        application=found,
        submission=found.valid_submission,
        can_withdraw=can(found, "withdraw") and found.is_open(now()),
        closing=closing(found.round),
        crumbs=crumbs(found, (gettext("Indiening intrekken"), "")),
    )
