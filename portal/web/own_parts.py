"""The pages of a party about the part that it fills in itself: its tasks, what it shares, ready, stopping, receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import own_parts, wording
from portal.errors import Incomplete, Invalid, NotFound
from portal.models import OwnPart, SealedPart
from portal.queries import own_parts as queries
from portal.queries import people
from portal.terms import N_
from portal.web import languages, places, summary, task_list
from portal.web.answers import asked
from portal.web.applying import blueprint, closing, desk_at, fillable, part_crumbs
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated


def own_part(part_id: str) -> OwnPart:
    """A part that the own organisation fills in now. Any other, and one that ended, does not exist."""
    application_id = queries.application_id(db(), part_id, organisation_id())
    if application_id is not None:
        for party in fillable(application_id).parties:
            if party.own_part is not None and party.own_part.id == part_id:
                return party.own_part
    raise NotFound(N_("Dit deel bestaat niet, of u vult het niet meer in."))


def _shown(part: OwnPart) -> dict[str, Any]:
    """What every page about a part shows around itself."""
    application = part.party.application
    return {
        "part": part,
        "party": part.party,
        "application": application,
        "lead": application.organisation,
        "is_open": application.is_open(now()),
        "is_submitted": own_parts.is_submitted(part),
        "submission": application.valid_submission,
        "closing": closing(application.round),
    }


@blueprint.get("/aanmeldingen/delen/<part_id>")
@audience("applicant")
def part(part_id: str) -> ResponseReturnValue:
    """The task list of one's own part in the application of another; its receipt while it lies in the vault."""
    if queries.application_id(db(), part_id, organisation_id()) is None:
        lies = queries.sealed_part(db(), part_id, organisation_id())
        if lies is not None:
            return redirect(
                url_for("apply.part_receipt", part_id=part_id, submission_id=lies.sealed.submission_id), 303
            )
    found = own_part(part_id)
    gaps = own_parts.gaps(found, now())
    tasks = task_list.part_tasks(found.party.application, found.party, gaps)
    return render_template(
        "apply/part.html",
        group=task_list.Group(gettext("Wat u invult"), "", tasks=tasks),
        blocking=sum(gap.blocks for gap in gaps),
        has_choices=bool(found.party.application.selections),
        changes=task_list.changes(queries.last_changes(db(), found.id)),
        crumbs=part_crumbs(found),
        **_shown(found),
    )


@blueprint.route("/aanmeldingen/delen/<part_id>/controleren", methods=["GET", "POST"])
@audience("applicant")
def declare_part(part_id: str) -> ResponseReturnValue:
    """Check everything in one's own part, then declare it ready."""
    found = own_part(part_id)
    if request.method == "GET":
        return _check_page(found, {})
    try:
        own_parts.declare_ready(found, person(), request.form.getlist("accepted"), now())
    except Incomplete as refusal:
        return _check_page(found, {"ontbreekt": translated(refusal)}), 409
    except Invalid as invalid:
        return _check_page(found, by_field(invalid)), 422
    db().commit()
    flash(gettext("Uw deel is gereed verklaard. De penvoerder kreeg daarover een mail en dient straks in."), "ok")
    return redirect(url_for("apply.part", part_id=part_id), 303)


def _check_page(found: OwnPart, errors: dict[str, str]) -> str:
    application, may_declare = found.party.application, "signatory" in person().role_names
    gaps = own_parts.gaps(found, now())
    return render_template(
        "apply/declare_part.html",
        rows=summary.part_rows(found.party, gaps),
        blocking=_links(found, [gap for gap in gaps if gap.blocks]),
        doubts=_links(found, [gap for gap in gaps if not gap.blocks]),
        goal_titles=places.goal_titles(application.round),
        may_declare=may_declare,
        signatories=[] if may_declare else people.signatories(db(), found.organisation_id),
        accepted=request.form.getlist("accepted"),
        errors=errors,
        crumbs=part_crumbs(found, (gettext("Controleren en gereed verklaren"), "")),
        **_shown(found),
    )


def _links(found: OwnPart, gaps: list[Any]) -> list[tuple[str, str]]:
    return task_list.links(found.party.application, gaps)


@blueprint.post("/aanmeldingen/delen/<part_id>/terugnemen")
@audience("applicant")
def take_back_part(part_id: str) -> ResponseReturnValue:
    """The part can be changed again."""
    own_parts.take_back(own_part(part_id), person(), now())
    db().commit()
    flash(gettext("U kunt weer wijzigen. Verklaar uw deel daarna opnieuw gereed."), "ok")
    return redirect(url_for("apply.part", part_id=part_id), 303)


@blueprint.route("/aanmeldingen/delen/<part_id>/stoppen", methods=["GET", "POST"])
@audience("signatory")
def leave_part(part_id: str) -> ResponseReturnValue:
    """Say what goes with it and ask first; then stop taking part."""
    found = own_part(part_id)
    lead = found.party.application.organisation.name
    if request.method == "POST":
        own_parts.leave(found, person(), now())
        db().commit()
        flash(gettext("U doet niet meer mee met %(lead)s. Uw documenten staan nog in uw kluis.", lead=lead), "ok")
        return redirect(url_for("apply.overview"), 303)
    rows = summary.part_rows(found.party, own_parts.gaps(found, now()))
    return render_template(
        "apply/leave_part.html",
        rows=[row for row in rows if row.value or row.files],
        crumbs=part_crumbs(found, (gettext("Stoppen"), "")),
        **_shown(found),
    )


@blueprint.post("/aanmeldingen/<application_id>/eisen/<place_key>/inzage")
@audience("applicant")
def share_place(application_id: str, place_key: str) -> ResponseReturnValue:
    """What the lead may read at one place."""
    at = desk_at(application_id, place_key)
    if at.part is None:
        raise NotFound(N_("Dit deel bestaat niet, of u vult het niet meer in."))
    own_parts.share(at.part, person(), asked(at), request.form.get("sharing", ""), now())
    db().commit()
    flash(gettext("Bewaard wat de penvoerder hier mag lezen."), "ok")
    return redirect(at.url(_anchor="inzage"), 303)


@blueprint.get("/aanmeldingen/delen/<part_id>/ontvangst/<submission_id>")
@audience("applicant")
def part_receipt(part_id: str, submission_id: str) -> ResponseReturnValue:
    """The proof for a party: what of its part was submitted, when, with the hash of every file and of the whole."""
    lies = queries.sealed_part(db(), part_id, organisation_id(), submission_id)
    if lies is not None and lies.sealed.submission.is_sealed:
        return _sealed_receipt(lies)
    found = queries.part_with_submissions(db(), part_id, organisation_id())
    handed_in = found.party.application.submissions if found else []
    submission = next((one for one in handed_in if one.id == submission_id), None)
    named = own_parts.of_submission(found, submission) if found and submission else None
    if found is None or submission is None or named is None:
        raise NotFound(N_("Dit ontvangstbewijs bestaat niet."))
    position = named["position"]
    return render_template(
        "apply/part_receipt.html",
        part=found,
        application=found.party.application,
        submission=submission,
        named=named,
        submitted_at=languages.moment(submission.submitted_at, seconds=True),
        ready_at=languages.moment(datetime.fromisoformat(str(named["ready_at"]))),
        digest=wording.grouped(submission.digest),
        files=[one for one in submission.content["files"] if one.get("party") == position],
        answers=sum(one.get("party") == position for one in submission.content["answers"]),
        is_valid=submission is found.party.application.valid_submission,
        crumbs=[(gettext("Aanmeldingen"), url_for("apply.overview")), (gettext("Ontvangstbewijs"), "")],
    )


def _sealed_receipt(lies: SealedPart) -> str:
    """The proof for a party of what nobody can read yet: number, second, digest, and the hashes of what lies sealed."""
    submission, application = lies.sealed.submission, lies.sealed.submission.application
    return render_template(
        "apply/part_receipt_sealed.html",
        part_id=lies.own_part_id,
        organisation=lies.organisation,
        application=application,
        submission=submission,
        submitted_at=languages.moment(submission.submitted_at, seconds=True),
        digest=wording.grouped(submission.digest),
        content=lies.sealed.sha256,
        files=[one.sha256 for one in lies.sealed.files if one.document.organisation_id == lies.organisation_id],
        is_valid=submission is application.valid_submission,
        is_open=application.is_open(now()),
        is_reopened=queries.application_id(db(), lies.own_part_id, lies.organisation_id) is not None,
        vault=application.round.vault,
        crumbs=[(gettext("Aanmeldingen"), url_for("apply.overview")), (gettext("Ontvangstbewijs"), "")],
    )
