"""The UEA (ESPD) of an application: take one along, take one over, undo that."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.adapters import espd as writer
from portal.adapters import espd_reader
from portal.domain import espd as domain
from portal.domain import espd_imports
from portal.domain.espd import Espd
from portal.errors import FileRefused, NotFound, Refused
from portal.models import Application, Party
from portal.queries import espd as queries
from portal.terms import N_
from portal.web.applying import blueprint, closing, crumbs, own
from portal.web.context import db, now, person, release
from portal.web.downloads import attachment
from portal.web.fingerprints import Fingerprint
from portal.web.guards import audience
from portal.web.problems import translated


def _own(application_id: str) -> Application:
    found = own(application_id)
    if found.sealed_at is not None:
        raise Refused(N_("Uw inschrijving ligt verzegeld in de kluis. Open haar eerst met uw heropencode."))
    return found


def _party(application: Application) -> Party | None:
    """The party that the address names by its position; None is the applicant itself."""
    wanted = request.args.get("partij", "")
    if not wanted:
        return None
    found = next((one for one in application.parties if str(one.position) == wanted), None)
    if found is None:
        raise NotFound(N_("Deze partij doet niet mee."))
    return found


@blueprint.get("/aanmeldingen/<application_id>/uea")
@audience("applicant")
def espd(application_id: str) -> ResponseReturnValue:
    """What a UEA is, the own one to take along, and what was taken over before."""
    return _page(_own(application_id), {})


def _page(application: Application, errors: dict[str, str]) -> str:
    return render_template(
        "apply/espd.html",
        application=application,
        submission=application.valid_submission,
        is_offered=domain.is_offered(application),
        is_open=application.is_open(now()),
        version=writer.VERSION,
        closing=closing(application.round),
        errors=errors,
        crumbs=crumbs(application, (gettext("UEA"), "")),
    )


@blueprint.get("/aanmeldingen/<application_id>/uea.xml")
@audience("applicant")
def espd_file(application_id: str) -> ResponseReturnValue:
    """The document itself: of the draft, or with `ingediend` of what was submitted."""
    application = _own(application_id)
    made = _made(application, _party(application))
    content = writer.write(made)
    return attachment([content], f"uea-{made.operator.kvk_number}-{made.number}.xml", "application/xml", len(content))


def _made(application: Application, party: Party | None) -> Espd:
    if "ingediend" not in request.args:
        return domain.of_application(application, party, f"UEA-{application.number}", now())
    submission = application.valid_submission
    if submission is None or submission.is_sealed:
        raise NotFound(N_("Er is geen indiening waarvan een UEA te maken is."))
    return domain.of_submission(submission, party)


@blueprint.post("/aanmeldingen/<application_id>/uea")
@audience("applicant")
def take_espd(application_id: str) -> ResponseReturnValue:
    """Read the file without a transaction, then fill what is still empty. Nothing of the file is kept."""
    release()
    try:
        filename, sha256, found = _received()
    except FileRefused as refusal:
        return _page(_own(application_id), {"uea": translated(refusal)}), 409
    application = _own(application_id)
    digests = [proof.sha256 for one in found.stated for proof in one.proofs]
    documents = queries.documents_with(db(), application.organisation_id, digests)
    taken = espd_imports.take_over(application, person(), found, documents, now(), filename=filename, sha256=sha256)
    db().commit()
    count = len(taken.places)
    text = ngettext(
        "%(num)s antwoord is overgenomen. Controleer het en bewaar het.",
        "%(num)s antwoorden zijn overgenomen. Controleer ze en bewaar ze.",
        count,
    )
    flash(text, "ok" if count else "warning")
    return redirect(url_for("apply.espd", application_id=application_id, _anchor="overgenomen"), 303)


def _received() -> tuple[str, str, Espd]:
    """Name, SHA-256 and content of the file that came in. Raises `FileRefused`."""
    file = request.files.get("uea")
    if file is None or not file.filename or not isinstance(file.stream, Fingerprint):
        raise FileRefused("none", N_("Kies eerst het XML-bestand van uw UEA."))
    if file.stream.size > espd_reader.MOST:
        raise FileRefused(
            "too_large", N_("Dit bestand is te groot voor een UEA. Kies het XML-bestand zelf, zonder bijlagen.")
        )
    return file.filename[:200], file.stream.sha256, espd_reader.read(file.stream.getvalue())


@blueprint.post("/aanmeldingen/<application_id>/uea/<import_id>/ongedaan-maken")
@audience("applicant")
def undo_espd(application_id: str, import_id: str) -> ResponseReturnValue:
    """Take away what came from one file and was not saved since."""
    application = _own(application_id)
    taken = next((one for one in application.espd_imports if one.id == import_id), None)
    if taken is None:
        raise NotFound(N_("Dit UEA is hier niet overgenomen."))
    count = espd_imports.undo(application, person(), taken, now())
    db().commit()
    flash(gettext("Ongedaan gemaakt. Weggehaald: %(count)s antwoorden.", count=count), "ok")
    return redirect(url_for("apply.espd", application_id=application_id), 303)
