"""The page of one requirement: the answer, its evidence, and the integrity check's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import applications, requirements, wording
from portal.domain.requirements import Place
from portal.errors import NotFound, Stale
from portal.models import Application, Document, Evidence
from portal.queries import applications as queries
from portal.queries import vault
from portal.terms import DOCUMENT_KINDS, N_
from portal.web import places, task_list, uploads
from portal.web.applying import (
    Badge,
    answerable,
    blueprint,
    chosen_kind,
    closing,
    crumbs,
    kinds_at,
    own,
    place_at,
    place_url,
    term_badges,
    today,
)
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience
from portal.web.problems import translated


@dataclass(frozen=True)
class UsedFile:
    """One document at a place, with what its dates say and what speaks against it."""

    evidence: Evidence
    document: Document
    badges: list[Badge]
    doubts: list[str]
    newer: Document | None

    @property
    def lacks_date(self) -> bool:
        """A day that its kind needs is not filled in."""
        kind = DOCUMENT_KINDS[self.document.kind]
        return (kind.has_term and self.document.expires_on is None) or (
            kind.has_issue_date and self.document.issued_on is None
        )


def used_file(
    application: Application, place: Place | None, evidence: Evidence, newest: dict[str, Document]
) -> UsedFile:
    """A file as the page and the answer to an upload show it."""
    document = evidence.document
    against = requirements.doubts(document, place.requirement, application, now()) if place else []
    return UsedFile(
        evidence=evidence,
        document=document,
        badges=term_badges(document, _reference(application, place)),
        doubts=[gettext(message) % facts for message, facts, _ in against],
        newer=newest.get(document.superseded_by_id or ""),
    )


def _reference(application: Application, place: Place | None) -> date:
    if place is None:
        return today()
    return requirements.reference_date(place.requirement, application, now())


def _allowed(application: Application, place: Place) -> str:
    """The rule about dates at this place, with the day itself."""
    oldest = requirements.oldest_allowed(place.requirement, application, now())
    if oldest is not None:
        return gettext("Afgegeven op of na %(day)s.", day=wording.day(oldest))
    if (place.requirement.evidence.get("validity") or {}).get("rule") == "valid_on":
        return gettext("Geldig tot en met %(day)s of later.", day=wording.day(_reference(application, place)))
    return ""


def _form_value(place: Place, answer: Any) -> dict[str, Any]:
    """What the fields show: on a refused save what was typed, else what is stored."""
    if request.method == "POST" and "based_on" in request.form:
        typed = requirements.TYPES[place.requirement.type].read(request.form, place)
        return {
            "value": typed,
            "is_equivalent": request.form.get("is_equivalent") == "yes",
            "argument": request.form.get("argument", ""),
        }
    if answer is None:
        return {"value": {}, "is_equivalent": False, "argument": ""}
    return {"value": answer.value, "is_equivalent": answer.is_equivalent, "argument": answer.argument}


def requirement_page(
    application: Application, place: Place, *, errors: dict[str, str] | None = None, stale: Stale | None = None
) -> str:
    """The page of one place."""
    everywhere = requirements.places(application)
    at = next(index for index, one in enumerate(everywhere) if one.key == place.key)
    answer, evidence = applications.answer_at(application, place), applications.evidence_at(application, place)
    gaps = requirements.place_gaps(place, answer, evidence, application, now())
    kinds = kinds_at(application, place)
    usable = vault.usable(db(), application.organisation_id, {*kinds, *(one.document.kind for one in evidence)})
    newest = {one.id: one for one in usable}
    used = {one.document_id for one in evidence}
    return render_template(
        "apply/requirement.html",
        application=application,
        place=place,
        requirement=place.requirement,
        products=place.products,
        product_names={product.code: product.name for product in place.products},
        lot_title=task_list.lot_title(place.lot) if place.lot else "",
        about=_about(application, place),
        notes=places.notes(place.requirement, application.round),
        place_title=places.title,
        goal_titles=places.goal_titles(application.round),
        answer=answer,
        form=_form_value(place, answer),
        stale=stale.theirs if stale else None,
        stale_text=translated(stale) if stale else "",
        municipalities=[one.name for one in _municipalities(application, place)],
        standing=task_list.place_status(application, place, gaps),
        gaps=[(task_list.gap_text(gap), gap.blocks) for gap in gaps],
        is_touched=answer is not None or bool(evidence),
        files=[used_file(application, place, one, newest) for one in evidence],
        kinds=kinds,
        allowed=_allowed(application, place),
        choosable=[one for one in usable if one.id not in used and one.kind in kinds],
        previous=everywhere[at - 1] if at else None,
        following=everywhere[at + 1] if at + 1 < len(everywhere) else None,
        back=request.args.get("terug", ""),
        is_open=application.is_open(now()),
        closing=closing(application.round),
        crumbs=crumbs(application, (places.title(place), "")),
        errors=errors or {},
    )


def _about(application: Application, place: Place) -> str:
    """For whom one answers at a place without a lot."""
    if place.party is not None:
        return gettext("over %(party)s", party=places.party_title(place.party))
    if place.requirement.applies_to == "party" and application.parties:
        return gettext("over uw eigen organisatie")
    return gettext("voor uw hele organisatie")


def _municipalities(application: Application, place: Place) -> Sequence[Any]:
    if place.requirement.type != "location":
        return ()
    return queries.municipalities(db(), application.authority_id)


def wants_text() -> bool:
    """The script of the page saves by itself and shows a line of text."""
    return request.headers.get("Accept") == "text/plain"


@blueprint.route("/aanmeldingen/<application_id>/eisen/<place_key>", methods=["GET", "POST"])
@audience("applicant")
def requirement(application_id: str, place_key: str) -> ResponseReturnValue:
    """Show or save the answer at one place. Saving never needs a complete answer."""
    application = own(application_id)
    place = answerable(application, place_key)
    if request.method == "GET":
        return requirement_page(application, place)
    before = {one.key for one in requirements.places(application)}
    try:
        shown = request.form.get("based_on", 0, type=int)
        applications.answer(application, person(), place, request.form, now(), based_on=shown)
    except Stale as stale:
        if wants_text():
            raise
        return requirement_page(application, place, stale=stale), 409
    db().commit()
    if wants_text():
        saved = applications.answer_at(application, place)
        return str(saved.version if saved else 0), 200, {"Content-Type": "text/plain; charset=utf-8"}
    flash(gettext("Bewaard. Indienen doet u later, als alles klaar is."), "ok")
    _tell_of_new(application, before)
    return redirect(_after_saving(application, place), 303)


def _tell_of_new(application: Application, before: set[str]) -> None:
    """Some questions are only asked after a certain answer to another one."""
    new = [places.title(one) for one in requirements.places(application) if one.key not in before]
    if new:
        text = gettext("Door dit antwoord komt erbij: %(titles)s.", titles=places.listing(new))
        flash(text, "info")


def _after_saving(application: Application, place: Place) -> str:
    if request.args.get("terug") == "indienen":
        return url_for("apply.submit", application_id=application.id)
    if request.form.get("next"):
        everywhere = [one.key for one in requirements.places(application)]
        following = everywhere.index(place.key) + 1
        if following < len(everywhere):
            return url_for("apply.requirement", application_id=application.id, place_key=everywhere[following])
        return url_for("apply.application", application_id=application.id)
    return place_url(application, place)


@blueprint.get("/aanmeldingen/<application_id>/integriteit")
@audience("applicant")
def integrity(application_id: str) -> ResponseReturnValue:
    """The integrity check: its form, sealed, and who may open it."""
    application = own(application_id)
    if not application.round.procedure.asks_integrity_check:
        raise NotFound(N_("Deze procedure vraagt geen integriteitstoets."))
    return integrity_page(application, {})


def integrity_page(application: Application, errors: dict[str, str]) -> str:
    """The page of the integrity check."""
    evidence = applications.evidence_at(application, None)
    kinds = kinds_at(application, None)
    usable = vault.usable(db(), application.organisation_id, kinds)
    newest, used = {one.id: one for one in usable}, {one.document_id for one in evidence}
    return render_template(
        "apply/integrity.html",
        application=application,
        settings=application.round.procedure.settings.get("integrity", {}),
        files=[used_file(application, None, one, newest) for one in evidence],
        choosable=[one for one in usable if one.id not in used],
        kinds=kinds,
        back=request.args.get("terug", ""),
        is_open=application.is_open(now()),
        closing=closing(application.round),
        crumbs=crumbs(application, (gettext("Integriteitstoets (Bibob)"), "")),
        errors=errors,
    )


@blueprint.route("/aanmeldingen/<application_id>/eisen/<place_key>/upload", methods=["PUT", "POST"])
@audience("applicant")
def upload(application_id: str, place_key: str) -> ResponseReturnValue:
    """Take files into the vault and use them here."""
    application = own(application_id)
    kind = chosen_kind(kinds_at(application, place_at(application, place_key)), request.args.get("soort"))
    applications.require_own(application, now())
    batch = uploads.take(kind)
    application = own(application_id)  # receiving took time, in which nothing was locked: look again
    place = place_at(application, place_key)
    kept = [uploads.keep(one, kind) for one in batch.received]
    evidence = [applications.attach_document(application, person(), place, one, now()) for one, _ in kept]
    db().commit()
    if request.method == "PUT":
        shown = used_file(application, place, evidence[0], {})
        shown_as = {"file": shown, "had_already": kept[0][1], "application": application, "place": place}
        return render_template("apply/_file.html", **shown_as), 201
    if batch.refusals:
        errors = {"bestand": " ".join(translated(one) for one in batch.refusals)}
        return _page(application, place, errors), 409
    tell_kept(kept)
    return redirect(place_url(application, place, **_back()) + "#bewijs", 303)


def tell_kept(kept: Sequence[tuple[Document, bool]]) -> None:
    """Say what became of each file."""
    for document, had_already in kept:
        if had_already:
            text = gettext("Dit bestand had u al: %(name)s. Wij gebruiken dat document.", name=document.filename)
        else:
            text = gettext("%(name)s is ontvangen en gecontroleerd.", name=document.filename)
        flash(text, "info" if had_already else "ok")


def _page(application: Application, place: Place | None, errors: dict[str, str]) -> str:
    if place is None:
        return integrity_page(application, errors)
    return requirement_page(application, place, errors=errors)


def _back() -> dict[str, str]:
    return {"terug": "indienen"} if request.args.get("terug") == "indienen" else {}


@blueprint.post("/aanmeldingen/<application_id>/eisen/<place_key>/documenten")
@audience("applicant")
def attach(application_id: str, place_key: str) -> ResponseReturnValue:
    """Use documents of the vault here; `instead` names the use that they take the place of."""
    application = own(application_id)
    place = place_at(application, place_key)
    chosen = request.form.getlist("document")
    if not chosen:
        return _page(application, place, {"kluis": gettext("Kies eerst een document uit uw kluis.")}), 422
    for document_id in chosen:
        document = vault.document(db(), document_id, organisation_id())
        if document is None or document.kind not in kinds_at(application, place):
            raise NotFound(N_("Dit document past hier niet of bestaat niet."))
        applications.attach_document(application, person(), place, document, now())
    if request.form.get("instead"):
        old = _evidence(application, place, request.form["instead"])
        applications.detach_document(application, person(), old, now())
    db().commit()
    flash(gettext("Het document hoort nu bij deze eis."), "ok")
    return redirect(place_url(application, place, **_back()) + "#bewijs", 303)


@blueprint.post("/aanmeldingen/<application_id>/eisen/<place_key>/documenten/<evidence_id>/weghalen")
@audience("applicant")
def detach(application_id: str, place_key: str, evidence_id: str) -> ResponseReturnValue:
    """Stop using a document here; it stays in the vault."""
    application = own(application_id)
    place = place_at(application, place_key)
    evidence = _evidence(application, place, evidence_id)
    applications.detach_document(application, person(), evidence, now())
    db().commit()
    name = evidence.document.filename
    flash(gettext("%(name)s hoort niet meer bij deze eis. Het staat nog in uw kluis.", name=name), "ok")
    return redirect(place_url(application, place, **_back()) + "#bewijs", 303)


def _evidence(application: Application, place: Place | None, evidence_id: str) -> Evidence:
    for one in applications.evidence_at(application, place):
        if one.id == evidence_id:
            return one
    raise NotFound(N_("Dit document wordt hier niet gebruikt."))
