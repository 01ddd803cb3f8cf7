"""What follows on submitting: the receipt, the stand of the review, the letter."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.deciding_words import TERMS
from portal.domain import decisions, term_lines
from portal.errors import NotFound
from portal.models import Application
from portal.queries import applications as queries
from portal.queries import deadlines, integrity, letters, site_visits
from portal.site_visit_words import VISIT_STATES
from portal.terms import N_
from portal.web import carrying
from portal.web.applying import blueprint, closing, crumbs, last_day, own
from portal.web.context import db, now, organisation_id, person, release, services
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
        letter=letters.of_decision(db(), application.id) if is_reviewed else None,
        decisions=queries.told_decisions(db(), application.id) if is_reviewed else [],
        agreement_id=queries.agreement_id(db(), application.id) if is_reviewed else None,
        term_lines=list(term_lines.lines(application, now())) if is_reviewed else [],
        term_words=TERMS,
        has_objected=bool(application.objections) if is_reviewed else False,
        visits=site_visits.own(db(), application.id) if is_reviewed else [],
        visit_words=VISIT_STATES,
        vault=application.round.vault,
        confidential=_confidential(application) if is_reviewed else None,
        late=deadlines.own_late_attempts(db(), application.id),
        moment_now=now(),
        last_day=last_day,
        closing=closing(application.round),
        crumbs=crumbs(None, (gettext("Ronde %(label)s", label=application.round.label), "")),
        **carrying.way_on(application),
    )


def _confidential(application: Application) -> str | None:
    """The file that only signatories of this organisation may open, when there is something in it."""
    if person().mandate is not None or "signatory" not in person().role_names:
        return None
    found = integrity.own_files(db(), organisation_id())
    return next((one.id for one in found if one.check.application_id == application.id and one.party_id is None), None)


@blueprint.post("/aanmeldingen/<application_id>/besluit/openen")
@audience("applicant")
def open_letter(application_id: str) -> ResponseReturnValue:
    """Record that the letter was opened, then show it."""
    application = own(application_id)
    letter = letters.of_decision(db(), application.id)
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
    found = letters.of_decision(db(), application.id)
    if found is None or found.pdf_key is None:
        raise NotFound(N_("De brief met het besluit is er nog niet. Probeer het over een minuut opnieuw."))
    return download(found.pdf_key, f"besluit-{found.number}.pdf")
