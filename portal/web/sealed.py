"""A submission that lies in the vault of its round, as its applicant sees it: the code, reading, reopening."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import sealing, wording
from portal.domain.lifecycle import can
from portal.domain.proofs import Proof
from portal.errors import FileDamaged, Invalid, NotFound, Refused
from portal.models import Application, CloseCertificate, Document, Round, Submission, new_id
from portal.queries import applications as dossiers
from portal.queries import tender_vault as queries
from portal.terms import DOCUMENT_KINDS, N_
from portal.web import languages
from portal.web.aftermath import download
from portal.web.applying import blueprint, closing, crumbs, own
from portal.web.context import database, db, now, organisation_id, person, release, services
from portal.web.downloads import attachment
from portal.web.guards import audience
from portal.web.problems import by_field

CODE = "reopen_code"
"""The cookie keeps the id of a submission and its code here, until the applicant says it is written down."""


# What submitting needs


def form_code() -> str:
    """The code that a form to submit carries: sent again, the same form gives the same code."""
    sent = request.form.get("code", "")
    return sent if re.fullmatch(r"[A-Z2-9]{26}", sent) else services().vault.code()


def prepare(round_: Round, application_id: str, attempt: str) -> sealing.Prepared | None:
    """Encrypt the files of the offer, with no lock held; None where nothing is sealed or this form was sent before."""
    if not sealing.has_vault(round_):
        return None  # the dossier itself is read once, under the lock
    found = own(application_id)
    if any(one.attempt == attempt for one in found.submissions):
        return None
    documents = sealing.plain_documents(found, queries.used_elsewhere(db(), application_id))
    release()
    return sealing.prepare(documents, services().files, services().vault, form_code())


def sealer(application: Application, prepared: sealing.Prepared | None) -> sealing.Sealer | None:
    """What was prepared, with what must be sealed as it stands now."""
    if prepared is None:
        return None
    documents = sealing.plain_documents(application, queries.used_elsewhere(db(), application.id))
    return sealing.Sealer(prepared, documents, services().vault)


def abandon(prepared: sealing.Prepared | None) -> None:
    """Submitting was refused: what was encrypted for it goes."""
    for one in prepared.files.values() if prepared else ():
        services().files.delete(one.key)


def keep_code(submission: Submission) -> None:
    """Remember the code of what was just submitted, in the cookie only."""
    code = form_code()
    if submission.is_sealed and _opens(submission, code):
        session[CODE] = [submission.id, code]


def _opens(submission: Submission, code: str) -> bool:
    try:
        return bool(sealing.unlock(submission, code, services().vault))
    except (Invalid, Refused):
        return False


def known_code(submission: Submission) -> str:
    """The code of this submission, as long as the cookie holds it; else empty."""
    kept = session.get(CODE) or ["", ""]
    return str(kept[1]) if kept[0] == submission.id else ""


def manifest_text(submission: Submission) -> str:
    """What was submitted, as text: from the database, or from the vault with the code in the cookie; else empty."""
    if not submission.is_sealed or submission.sealed is None:
        return submission.manifest
    try:
        key = sealing.unlock(submission, known_code(submission), services().vault)
        return str(sealing.read(submission.sealed, key, services().vault)["manifest"])
    except Invalid:
        return ""
    except FileDamaged as damage:
        raise Refused(
            N_("Uw inschrijving is beschadigd en onleesbaar. Meld dit ons en dien voor de sluiting opnieuw in.")
        ) from damage


# The pages


def page(application: Application, errors: dict[str, str] | None = None) -> str:
    """The task list of an application whose draft lies in the vault: what one can do now."""
    submission = sealing.latest(application)
    return render_template(
        "apply/sealed.html",
        application=application,
        submission=application.valid_submission,
        sealed=submission,
        code=known_code(submission) if submission else "",
        typed=request.form.get("code", ""),
        can_withdraw=can(application, "withdraw"),
        closing=closing(application.round),
        crumbs=crumbs(None, (gettext("Ronde %(label)s", label=application.round.label), "")),
        errors=errors or {},
    )


def receipt_page(
    application: Application,
    submission: Submission,
    errors: dict[str, str] | None = None,
    certificate: CloseCertificate | None = None,
    proof: Proof | None = None,
) -> str:
    """The receipt of what cannot be read: number, second, digest and the hashes of what lies in the vault."""
    return render_template(
        "apply/receipt_sealed.html",
        application=application,
        submission=submission,
        submitted_at=languages.moment(submission.submitted_at, seconds=True),
        digest=wording.grouped(submission.digest),
        hashes=sealing.sealed_hashes(submission.sealed) if submission.sealed else [],
        certificate=certificate,
        proof=proof,
        is_valid=submission is application.valid_submission,
        is_open=application.round.is_open(now()),
        typed=request.form.get("code", ""),
        crumbs=crumbs(application, (gettext("Ontvangstbewijs"), "")),
        errors=errors or {},
    )


def submission_of(application: Application, submission_id: str) -> Submission:
    for submission in application.submissions:
        if submission.id == submission_id:
            return submission
    raise NotFound(N_("Dit ontvangstbewijs bestaat niet."))


@blueprint.post("/aanmeldingen/<application_id>/ontvangst/<submission_id>/inzien")
@audience("applicant")
def read_sealed(application_id: str, submission_id: str) -> ResponseReturnValue:
    """With the code one reads what was submitted; it stays in the vault."""
    application = own(application_id)
    submission = submission_of(application, submission_id)
    code = request.form.get("code", "")
    try:
        sealing.unlock(submission, code, services().vault)
    except Invalid as invalid:
        errors = by_field(invalid)
        return receipt_page(application, submission, errors), 422
    session[CODE] = [submission.id, code]
    return redirect(url_for("apply.receipt", application_id=application_id, submission_id=submission_id), 303)


@blueprint.post("/aanmeldingen/<application_id>/ontvangst/<submission_id>/code-bewaard")
@audience("applicant")
def forget_code(application_id: str, submission_id: str) -> ResponseReturnValue:
    """The applicant has written the code down: the browser forgets it."""
    submission_of(own(application_id), submission_id)
    session.pop(CODE, None)
    flash(gettext("Wij tonen de heropencode niet meer. Bewaar haar goed: wij hebben haar niet."), "ok")
    return redirect(url_for("apply.application", application_id=application_id), 303)


@blueprint.get("/aanmeldingen/<application_id>/ontvangst/<submission_id>/heropencode.pdf")
@audience("applicant")
def code_pdf(application_id: str, submission_id: str) -> ResponseReturnValue:
    """The code on paper, as long as the browser still knows it. Nothing of it is stored."""
    submission = submission_of(own(application_id), submission_id)
    code = known_code(submission)
    if not code:
        raise NotFound(N_("Deze heropencode is niet meer bekend in dit venster. Wij bewaren haar niet."))
    application = submission.application
    facts = {
        "receipt": submission.receipt_number,
        "code": wording.grouped(code),
        "organisation": application.organisation.name,
        "application": application.number,
        "procedure": application.round.procedure.title,
        "round": application.round.label,
        "closes_at": application.round.closes_at.isoformat(),
        "made_at": submission.submitted_at,
        "authority": {"name": application.authority.name},
    }
    number = submission.receipt_number
    release()
    pdf = services().documents.render("reopen_code", facts, identifier=f"code:{submission_id}")
    return attachment([pdf], f"heropencode-{number}.pdf", "application/pdf", len(pdf))


@blueprint.post("/aanmeldingen/<application_id>/heropenen")
@audience("applicant")
def reopen(application_id: str) -> ResponseReturnValue:
    """Take the draft out of the vault to change it. What was submitted goes on counting."""
    code, name = request.form.get("code", ""), new_id()
    release()
    with database().reading() as reading:  # decrypting files takes long: no lock is held meanwhile
        found = dossiers.application(reading, application_id, organisation_id())
        submission = sealing.latest(found) if found is not None else None
        if found is None or submission is None or submission.sealed is None:
            raise NotFound(N_("Deze aanmelding bestaat niet."))
        submission_id = submission.id
        try:
            key = sealing.unlock(submission, code, services().vault)
        except Invalid as invalid:
            return page(own(application_id), by_field(invalid)), 422
        content = sealing.read(submission.sealed, key, services().vault)
        placed, damaged = sealing.bring_back(submission.sealed, key, content, services().files, services().vault, name)
    release()
    application = own(application_id)
    names = [_name_of(content["documents"][one], db().get_one(Document, one), application) for one in damaged]
    sealing.reopen(application, person(), submission_of(application, submission_id), content, placed, now())
    db().commit()
    session[CODE] = [submission_id, code]
    if names:
        flash(
            gettext("Deze bestanden zijn beschadigd. Voeg ze opnieuw toe: %(names)s.", names=", ".join(names)),
            "error",
        )
    flash(gettext("Uw inschrijving is open. Wat u indiende, telt totdat u opnieuw indient."), "ok")
    return redirect(url_for("apply.application", application_id=application_id), 303)


def _name_of(was: dict[str, Any], document: Document, application: Application) -> str:
    """What the lead may read of a file: of one that a party added itself, its kind."""
    if document.organisation_id == application.organisation_id:
        return str(was["filename"])
    return gettext("%(kind)s van een andere organisatie", kind=gettext(DOCUMENT_KINDS[document.kind].label))


@blueprint.post("/aanmeldingen/<application_id>/opnieuw-beginnen")
@audience("applicant")
def begin_anew(application_id: str) -> ResponseReturnValue:
    """Without the code: an empty form. What was submitted goes on counting until there is something new."""
    sealing.begin_anew(own(application_id), person(), now())
    db().commit()
    flash(gettext("U begint met een leeg formulier. Wat u eerder indiende, telt totdat u opnieuw indient."), "ok")
    return redirect(url_for("apply.application", application_id=application_id), 303)


@blueprint.post("/aanmeldingen/<application_id>/weer-sluiten")
@audience("applicant")
def close_again(application_id: str) -> ResponseReturnValue:
    """Close what was opened, without submitting."""
    found = own(application_id)
    sealing.close_again(found, person(), queries.used_elsewhere(db(), application_id), now())
    db().commit()
    flash(gettext("Uw inschrijving ligt weer in de kluis. Wat u eerder indiende, telt."), "ok")
    return redirect(url_for("apply.application", application_id=application_id), 303)


@blueprint.get("/aanmeldingen/<application_id>/proces-verbaal.pdf")
@audience("applicant")
def vault_record(application_id: str) -> ResponseReturnValue:
    """The report of the opening of the vault, for who submitted in it."""
    found = own(application_id)
    vault = queries.vault(db(), found.round_id)
    if vault is None or vault.pdf_key is None or sealing.latest(found) is None:
        raise NotFound(N_("Het proces-verbaal is er nog niet."))
    return download(vault.pdf_key, f"proces-verbaal-{found.round.label}.pdf")
