"""Applying: the overview, the task list, the choices, submitting and withdrawing."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import applications, requirements
from portal.domain.lifecycle import can
from portal.errors import Incomplete, Invalid, NotFound, PortalError, RoundClosed
from portal.models import Application, LateAttempt, Round, Submission, new_id
from portal.queries import applications as queries
from portal.queries import own_parts as part_reads
from portal.queries import reuse as reuse_queries
from portal.queries import sign_offs
from portal.terms import N_, SUBMIT_ROLES
from portal.web import (
    aftermath,
    answers,
    carrying,
    choices,
    espd,
    expiries,
    offers,
    own_parts,
    papers,
    parties,
    party_invitations,
    photos,
    questionnaire,
    receipts,
    remedies,
    renewals,
    resumable,
    reuse,
    sealed,
    seen,
    self_check,
    signing_off,
    task_list,
    task_order,
    vault,
)
from portal.web.applying import blueprint, closing, crumbs, last_day, own
from portal.web.checking import check_page, standing
from portal.web.context import db, moment, now, organisation_id, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated

__all__ = [
    "aftermath",
    "answers",
    "blueprint",
    "carrying",
    "choices",
    "espd",
    "expiries",
    "offers",
    "own_parts",
    "papers",
    "parties",
    "party_invitations",
    "photos",
    "questionnaire",
    "receipts",
    "remedies",
    "renewals",
    "resumable",
    "reuse",
    "sealed",
    "seen",
    "signing_off",
    "vault",
]
"""One blueprint over many modules: naming them here is what puts their pages on it."""


@blueprint.get("/aanmeldingen")
@audience("applicant")
def overview() -> ResponseReturnValue:
    """The organisation's applications, and the rounds it can start in."""
    moment, organisation, covers = now(), organisation_id(), person().covers
    return render_template(
        "apply/overview.html",
        lines=[one for one in queries.overview(db(), organisation) if covers(one.round_id)],
        rounds=[one for one in queries.open_rounds(db(), organisation, moment) if covers(one.id)],
        waiting=[one for one in sign_offs.waiting(db(), organisation) if covers(one.round_id)],
        parts=part_reads.of_organisation(db(), organisation),
        sealed_parts=part_reads.sealed_of_organisation(db(), organisation),
        invitations=part_reads.waiting_for(db(), person().email, moment),
        moment_now=moment,
        last_day=last_day,
    )


@blueprint.post("/rondes/<round_id>/aanmelden")
@audience("applicant")
def start(round_id: str) -> ResponseReturnValue:
    """Begin a draft; a round that was begun already leads to that draft."""
    round_ = queries.published_round(db(), round_id) if person().covers(round_id) else None
    present = queries.id_in_round(db(), round_id, organisation_id()) if round_ is not None else None
    if present is not None:
        return redirect(url_for("apply.application", application_id=present), 303)
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
    return _tasks(found)


def _tasks(found: Application) -> str:
    gaps = requirements.gaps(found, now())
    groups, is_begun = task_list.groups(found, gaps), bool(task_order.saved_by_lead(found))
    return render_template(
        "apply/application.html",
        application=found,
        groups=groups,
        around=task_order.within(groups, ""),
        resume=task_order.resume(found, groups),
        is_begun=is_begun,
        may_take_over=not is_begun and reuse_queries.has_sources(db(), found),
        papers=papers.lacking(found),
        has_self_check=self_check.kept_for(found) is not None,
        has_chosen=bool(found.selections),
        blocking=sum(gap.blocks for gap in gaps),
        doubts=sum(not gap.blocks for gap in gaps),
        submission=found.valid_submission,
        is_changed=applications.has_unsubmitted_changes(found),
        changes=task_list.changes(queries.last_changes(db(), found.id)),
        sign_off=standing(found),
        may_submit=bool(person().role_names & set(SUBMIT_ROLES)),
        left_behind=carrying.left_behind(found),
        newer=renewals.newer_in(found),
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
        return check_page(found, {})
    try:
        submission = _submit(application_id)
    except Incomplete as refusal:
        db().rollback()
        return check_page(own(application_id), {"ontbreekt": translated(refusal)}), 409
    except Invalid as invalid:
        db().rollback()
        return check_page(own(application_id), by_field(invalid)), 422
    if isinstance(submission, LateAttempt):
        return carrying.late_page(submission), 409
    return redirect(url_for("apply.receipt", application_id=application_id, submission_id=submission.id), 303)


def _submit(application_id: str) -> Submission | LateAttempt:
    """What was submitted; or that it came too late, which is kept in the same transaction, with the same instant."""
    round_id = queries.round_of(db(), application_id, organisation_id())
    if round_id is None:
        raise NotFound(N_("Deze aanmelding bestaat niet."))
    attempt = request.form.get("attempt") or new_id()
    prepared = sealed.prepare(db().get_one(Round, round_id), application_id, attempt)
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


@blueprint.route("/aanmeldingen/<application_id>/intrekken", methods=["GET", "POST"])
@audience("submitter")
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
