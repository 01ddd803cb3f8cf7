"""The proof of receipt: on the page, as PDF, and in full for who has the code of a sealed submission."""

from __future__ import annotations

import json

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import applications, manifests, procedures, proofs, wording
from portal.domain import certificates as domain
from portal.domain.certificates import Handed
from portal.domain.proofs import Proof
from portal.errors import NotFound
from portal.models import Application, CloseCertificate, Submission
from portal.queries import certificates
from portal.terms import N_, PARTY_ROLES
from portal.web import languages, sealed
from portal.web.aftermath import download
from portal.web.applying import blueprint, crumbs, own
from portal.web.context import db, now
from portal.web.downloads import attachment
from portal.web.guards import audience


@blueprint.get("/aanmeldingen/<application_id>/ontvangst/<submission_id>")
@audience("applicant")
def receipt(application_id: str, submission_id: str) -> ResponseReturnValue:
    """The proof of receipt: the second, the person, and every file with its SHA-256."""
    application = own(application_id)
    submission = sealed.submission_of(application, submission_id)
    text = sealed.manifest_text(submission)
    if not text:
        certificate = _certificate(application)
        return sealed.receipt_page(application, submission, {}, certificate, _proof(certificate, submission))
    content = manifests.for_lead(json.loads(text))
    named = content.get("parties", [])
    chosen = {one["lot"] for one in content["selections"]}
    files = content["files"] + [
        {**file, "requirement": one["criterion"], "lot": one["lot"]}
        for one in content.get("offers", [])
        for file in one["files"]
    ]
    lots = {one.code: one.name for one in application.round.lots}
    return render_template(
        "apply/receipt.html",
        application=application,
        submission=submission,
        submitted_at=languages.moment(submission.submitted_at, seconds=True),
        digest=wording.grouped(submission.digest),
        is_sealed=submission.is_sealed,
        code=wording.grouped(sealed.known_code(submission)),
        files=files,
        size=sum(one["size"] for one in files),
        lots=[f"{code} {lots.get(code, '')}".strip() for code in sorted(chosen)],
        parties=[f"{one['name']} ({gettext(PARTY_ROLES[one['role']].label).lower()})" for one in named],
        party_names={one["position"]: one["name"] for one in named},
        municipalities=len({one["municipality_id"] for one in content["selections"]}),
        is_valid=submission is application.valid_submission,
        is_open=application.is_open(now()),
        is_changed=applications.has_unsubmitted_changes(application),
        decide_by=procedures.decided_by(application.round, submission.submitted_at),
        certificate=(certificate := _certificate(application)),
        proof=_proof(certificate, submission),
        crumbs=crumbs(application, (gettext("Ontvangstbewijs"), "")),
    )


def _certificate(application: Application) -> CloseCertificate | None:
    """The close certificate of the round, once it is closed."""
    return certificates.of_round(db(), application.round_id) if application.round.closed_at is not None else None


def _proof(certificate: CloseCertificate | None, submission: Submission) -> Proof | None:
    """That this submission is in the certificate, as what it was at the closing."""
    if certificate is None:
        return None
    handed = (
        Handed(one.application_id, one.sequence, one.receipt_number, one.digest, one.submitted_at, one.withdrawn_at)
        for one in submission.application.submissions
    )
    own_ones = {one.receipt_number: one for one in domain.receipts(handed)}
    return proofs.proof_in(certificate, own_ones[submission.receipt_number])


@blueprint.get("/aanmeldingen/<application_id>/ontvangst/<submission_id>/bewijs.json")
@audience("applicant")
def receipt_proof(application_id: str, submission_id: str) -> ResponseReturnValue:
    """The proof of inclusion as a file that needs nothing else: `flask receipts verify` reads it."""
    application = own(application_id)
    submission, certificate = sealed.submission_of(application, submission_id), _certificate(application)
    proof = _proof(certificate, submission)
    if certificate is None or proof is None:
        raise NotFound(N_("Dit bewijs is er nog niet. Het komt direct na het sluiten van de ronde."))
    content = proofs.file_of(certificate, proof).encode()
    return attachment([content], f"bewijs-{submission.receipt_number}.json", "application/json", len(content))


@blueprint.get("/aanmeldingen/<application_id>/ontvangst/<submission_id>/ontvangstbewijs.pdf")
@audience("applicant")
def receipt_pdf(application_id: str, submission_id: str) -> ResponseReturnValue:
    """The receipt as PDF, once the worker has made it."""
    submission = sealed.submission_of(own(application_id), submission_id)
    if submission.receipt_key is None:
        raise NotFound(N_("Het ontvangstbewijs als PDF wordt nog gemaakt. Probeer het over een minuut opnieuw."))
    return download(submission.receipt_key, f"ontvangstbewijs-{submission.receipt_number}.pdf")
