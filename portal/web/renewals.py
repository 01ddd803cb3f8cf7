"""A newer version of a document proposes itself to the drafts that use the older one; somebody takes it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.domain import renewals as domain
from portal.models import Application, Document, OfferDocument
from portal.queries import renewals, vault
from portal.web import places
from portal.web.applying import blueprint, fillable, own_document
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience


@dataclass(frozen=True)
class Proposal:
    """One application that still uses an older version, and where. `is_submitted`: it was handed in with that."""

    application: Application
    places: str

    @property
    def is_submitted(self) -> bool:
        return self.application.state not in domain.OPEN_STATES


def _where(application: Application, uses: Sequence[domain.Use]) -> str:
    return places.listing([_title(application, one) for one in uses])


def _title(application: Application, use: domain.Use) -> str:
    if isinstance(use, OfferDocument):
        place = domain.criterion_of(application, use)
        return f"{place.code} {place.title}"
    asked = domain.place_of(use)
    return places.title(asked) if asked else gettext("integriteitstoets")


def proposals(earlier: Sequence[Document]) -> list[Proposal]:
    """The own applications that can still be changed and use one of these older versions; by closing."""
    if not earlier:
        return []
    ids = {one.id for one in earlier}
    found = []
    for application_id in renewals.open_applications(db(), organisation_id(), ids, now()):
        application = fillable(application_id)
        used = [one for one in domain.uses(application) if one.document_id in ids]
        if used:
            found.append(Proposal(application, _where(application, used)))
    return found


@dataclass(frozen=True)
class Newer:
    """One file in a draft of which there is a newer version."""

    old: Document
    new: Document
    places: str


def newer_in(application: Application) -> list[Newer]:
    """What this draft could take over."""
    newest = renewals.newest(db(), [one.document for one in domain.uses(application)])
    by_document: dict[str, list[domain.Use]] = {}
    for one in domain.outdated(application, organisation_id(), newest):
        by_document.setdefault(one.document_id, []).append(one)
    return [Newer(found[0].document, newest[key], _where(application, found)) for key, found in by_document.items()]


@blueprint.post("/aanmeldingen/<application_id>/nieuwste-versies")
@audience("applicant")
def take_over(application_id: str) -> ResponseReturnValue:
    """Use the current version of every document in one draft."""
    application = fillable(application_id)
    newest = renewals.newest(db(), [one.document for one in domain.uses(application)])
    changed = domain.take_over(application, person(), newest, now())
    db().commit()
    _tell(changed, application)
    return redirect(url_for("apply.application", application_id=application.id), 303)


def _tell(changed: int, application: Application) -> None:
    if not changed:
        flash(gettext("Deze aanmelding gebruikte al de nieuwste versies."), "info")
        return
    told = ngettext(
        "De nieuwste versie staat nu op %(num)s plaats.", "De nieuwste versies staan nu op %(num)s plaatsen.", changed
    )
    if application.valid_submission is not None:
        told += " " + gettext(
            "Wat u indiende, is niet veranderd. Dien opnieuw in om de nieuwe versie te laten meetellen."
        )
    flash(told, "ok")


@blueprint.post("/documenten/<document_id>/overnemen")
@audience("applicant")
def take_over_document(document_id: str) -> ResponseReturnValue:
    """Use this version in the draft that the form names, or in every draft that was not submitted."""
    found = own_document(document_id)
    ids = [one.id for one in vault.earlier_versions(db(), found)]
    newest = dict.fromkeys(ids, found)
    drafts = [fillable(one) for one in renewals.open_applications(db(), organisation_id(), ids, now())]
    wanted = request.form.get("aanmelding")
    if wanted is not None:
        drafts = [one for one in drafts if one.id == wanted]
    changed = domain.take_over_everywhere(drafts, person(), newest, now())
    db().commit()
    if changed:
        text = ngettext("Overgenomen in %(num)s aanmelding.", "Overgenomen in %(num)s aanmeldingen.", changed)
        flash(text, "ok")
    else:
        flash(gettext("Geen open aanmelding gebruikt nog een oude versie."), "info")
    return redirect(url_for("apply.document", document_id=found.id), 303)
