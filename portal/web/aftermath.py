"""What follows on submitting: the receipt, the stand of the review, the letter."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import applications, decisions, procedures, reviews, wording
from portal.errors import NotFound
from portal.models import Application, Submission
from portal.queries import applications as queries
from portal.terms import N_, PARTY_ROLES
from portal.web.applying import blueprint, closing, crumbs, last_day, own
from portal.web.context import db, now, person, release, services
from portal.web.downloads import attachment
from portal.web.guards import audience


def download(key: str, filename: str, content_type: str = "application/pdf") -> Response:
    """A stored file as a download, in pieces; the session of this request is given up first."""
    release()
    return attachment(services().files.chunks(key), filename, content_type)


def page(application: Application) -> str:
    """One application after closing (or before opening): its state and what is to be done now."""
    is_reviewed = application.state in {"under_review", "decided"}
    return render_template(
        "apply/aftermath.html",
        application=application,
        submission=application.valid_submission,
        remedies=queries.remedies(db(), application.id) if is_reviewed else [],
        letter=queries.letter(db(), application.id) if is_reviewed else None,
        decisions=queries.told_decisions(db(), application.id) if is_reviewed else [],
        agreement_id=queries.agreement_id(db(), application.id) if is_reviewed else None,
        next_round=queries.next_round(db(), application.round.procedure_id, now()),
        moment_now=now(),
        last_day=last_day,
        closing=closing(application.round),
        crumbs=crumbs(None, (gettext("Ronde %(label)s", label=application.round.label), "")),
    )


def _submission(application: Application, submission_id: str) -> Submission:
    for submission in application.submissions:
        if submission.id == submission_id:
            return submission
    raise NotFound(N_("Dit ontvangstbewijs bestaat niet."))


@blueprint.get("/aanmeldingen/<application_id>/ontvangst/<submission_id>")
@audience("applicant")
def receipt(application_id: str, submission_id: str) -> ResponseReturnValue:
    """The proof of receipt: the second, the person, and every file with its SHA-256."""
    application = own(application_id)
    submission = _submission(application, submission_id)
    content = reviews.submitted(submission)
    named = content.get("parties", [])
    chosen = {one["lot"] for one in content["selections"]}
    files = content["files"] + [
        {**file, "requirement": one["criterion"], "lot": one["lot"]}
        for one in content.get("offers", [])
        for file in one["files"]
    ]
    lots = {one.product.lot.code: one.product.lot.name for one in application.selections}
    return render_template(
        "apply/receipt.html",
        application=application,
        submission=submission,
        submitted_at=wording.moment(submission.submitted_at, seconds=True),
        digest=" ".join(submission.digest[at : at + 4] for at in range(0, 64, 4)),
        files=files,
        size=sum(one["size"] for one in files),
        lots=[f"{code} {lots.get(code, '')}".strip() for code in sorted(chosen)],
        parties=[f"{one['name']} ({gettext(PARTY_ROLES[one['role']].label).lower()})" for one in named],
        party_names={one["position"]: one["name"] for one in named},
        municipalities=len({one["municipality_id"] for one in content["selections"]}),
        is_valid=submission is application.valid_submission,
        is_open=application.round.is_open(now()),
        is_changed=applications.has_unsubmitted_changes(application),
        decide_by=procedures.decided_by(application.round),
        crumbs=crumbs(application, (gettext("Ontvangstbewijs"), "")),
    )


@blueprint.get("/aanmeldingen/<application_id>/ontvangst/<submission_id>/ontvangstbewijs.pdf")
@audience("applicant")
def receipt_pdf(application_id: str, submission_id: str) -> ResponseReturnValue:
    """The receipt as PDF, once the worker has made it."""
    submission = _submission(own(application_id), submission_id)
    if submission.receipt_key is None:
        raise NotFound(N_("Het ontvangstbewijs als PDF wordt nog gemaakt. Probeer het over een minuut opnieuw."))
    return download(submission.receipt_key, f"ontvangstbewijs-{submission.receipt_number}.pdf")


@blueprint.post("/aanmeldingen/<application_id>/besluit/openen")
@audience("applicant")
def open_letter(application_id: str) -> ResponseReturnValue:
    """Record that the letter was opened, then show it."""
    application = own(application_id)
    letter = queries.letter(db(), application.id)
    if letter is None:
        raise NotFound(N_("Er is nog geen besluit over deze aanmelding."))
    decisions.open_letter(letter, person(), now())
    db().commit()
    return redirect(url_for("apply.letter", application_id=application.id), 303)


@blueprint.get("/aanmeldingen/<application_id>/besluit")
@audience("applicant")
def letter(application_id: str) -> ResponseReturnValue:
    """The decision letter as PDF, once it was told and made."""
    application = own(application_id)
    found = queries.letter(db(), application.id)
    if found is None or found.pdf_key is None:
        raise NotFound(N_("De brief met het besluit is er nog niet. Probeer het over een minuut opnieuw."))
    return download(found.pdf_key, f"besluit-{found.number}.pdf")
