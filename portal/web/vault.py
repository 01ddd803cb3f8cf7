"""The document vault: every document once, with its dates, its versions and where it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import documents as domain
from portal.domain import readings as domain_readings
from portal.errors import Invalid, NotFound, Stale
from portal.models import Document
from portal.queries import vault as queries
from portal.queries.vault import VaultLine
from portal.terms import DOCUMENT_KINDS, N_, DocumentKind
from portal.web import downloads, readings, renewals, uploads
from portal.web.answers import tell_kept
from portal.web.applying import Badge, blueprint, own_document, term_badges, today
from portal.web.context import db, now, organisation_id, person, release
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.web.requests import wants_text


@dataclass(frozen=True)
class Shelf:
    """One kind of document with the current documents of that kind."""

    key: str
    kind: DocumentKind
    files: list[tuple[VaultLine, list[Badge]]] = field(default_factory=list)


def _kind(key: str) -> str:
    if key not in DOCUMENT_KINDS:
        raise NotFound(N_("Deze soort document bestaat niet."))
    return key


@blueprint.get("/documenten")
@audience("applicant")
def documents() -> ResponseReturnValue:
    """The whole vault, by kind; what was taken out stands at the end, to put back."""
    return documents_page({})


def documents_page(errors: dict[str, str]) -> str:
    """The vault. `errors` is by field: the upload field of a kind has the id 'upload-<kind>'."""
    lines, day = queries.documents(db(), organisation_id()), today()
    shelves = {key: Shelf(key, kind) for key, kind in DOCUMENT_KINDS.items()}
    for line in lines:
        if line.removed_at is None:
            shelves[line.kind].files.append((line, term_badges(line, day)))
    return render_template(
        "apply/documents.html",
        filled=[shelf for shelf in shelves.values() if shelf.files],
        vacant=[shelf for shelf in shelves.values() if not shelf.files],
        removed=[line for line in lines if line.removed_at is not None],
        errors=errors,
    )


@blueprint.route("/documenten/upload/<kind>", methods=["PUT", "POST"])
@audience("applicant")
def upload_document(kind: str) -> ResponseReturnValue:
    """Take files into the vault; with `vervangt` the first one becomes the next version of that document."""
    _kind(kind)
    batch = uploads.take(kind)
    old = own_document(request.args["vervangt"]) if "vervangt" in request.args else None
    kept = [uploads.keep(one, kind, replaces=old) for one in batch.received]
    db().commit()
    if request.method == "PUT":
        badges = term_badges(kept[0][0], today())
        return render_template("apply/_file.html", badges=badges, **kept[0]._asdict()), 201
    if batch.refusals:
        errors = {"upload" if old else f"upload-{kind}": " ".join(translated(one) for one in batch.refusals)}
        return (document_page(old, errors) if old else documents_page(errors)), 409
    tell_kept(kept)
    return redirect(url_for("apply.document", document_id=kept[0][0].id), 303)


@blueprint.route("/documenten/<document_id>", methods=["GET", "POST"])
@audience("applicant")
def document(document_id: str) -> ResponseReturnValue:
    """One document: its data (to fill in), its versions and its uses."""
    found = own_document(document_id)
    if request.method == "GET":
        return document_page(found, {})
    try:
        _describe(found)
    except (Invalid, Stale) as refusal:
        if wants_text():
            raise
        if isinstance(refusal, Stale):
            return document_page(found, {"van-ander": translated(refusal)}, stale=refusal), 409
        return document_page(found, by_field(refusal)), 422
    db().commit()
    if wants_text():
        return str(found.revision), 200, {"Content-Type": "text/plain; charset=utf-8"}
    flash(gettext("De gegevens van %(name)s zijn bewaard.", name=found.filename), "ok")
    return redirect(_back(found), 303)


@blueprint.post("/documenten/<document_id>/gelezen")
@audience("applicant")
def take_reading(document_id: str) -> ResponseReturnValue:
    """Take over what was read: one field, or every field that is still empty. What was typed is saved with it."""
    found = own_document(document_id)
    try:
        form = {**_texts(found), **_days(found)}
        taken = domain_readings.take_over(found, person(), request.form.get("veld", ""), form, now())
    except Invalid as invalid:
        return document_page(found, by_field(invalid)), 422
    db().commit()
    flash(readings.taken_text(found, taken), "ok")
    return redirect(_back(found), 303)


def _describe(found: Document) -> None:
    shown = request.form.get("based_on", type=int)
    domain.describe(found, person(), now(), based_on=shown, **_texts(found), **_days(found))


def _texts(found: Document) -> dict[str, str]:
    """The texts of the form; what the form does not ask stays as it is."""
    return {name: request.form.get(name, getattr(found, name)) for name in domain.STAYS}


def _days(found: Document) -> dict[str, date | None]:
    """The days of the form; one that it does not ask stays. Raises `Invalid` for what is not a day."""
    days: dict[str, date | None] = {}
    problems: dict[str, str] = {}
    for name in ("issued_on", "starts_on", "expires_on", "about_on"):
        typed = request.form.get(name, str(getattr(found, name) or "")).strip()
        try:
            days[name] = date.fromisoformat(typed) if typed else None
        except ValueError:
            problems[name] = N_("Vul een bestaande datum in, als dag, maand en jaar.")
    if problems:
        raise Invalid(problems)
    return days


def _back(found: Document) -> str:
    """Back to the requirement the form stood at, or to the document itself."""
    application_id, place_key = request.args.get("aanmelding"), request.args.get("eis")
    if application_id and place_key:
        back = url_for(
            "apply.requirement",
            application_id=application_id,
            place_key=place_key,
            terug=request.args.get("terug"),
            _anchor="bewijs",
        )
        return back
    return url_for("apply.document", document_id=found.id)


def document_page(found: Document, errors: dict[str, str], stale: Stale | None = None) -> str:
    """The page of one document."""
    typed = request.form if request.method == "POST" and "issuer" in request.form else None
    earlier = queries.earlier_versions(db(), found)
    return render_template(
        "apply/document.html",
        document=found,
        kind=DOCUMENT_KINDS[found.kind],
        badges=term_badges(found, today()),
        typed=typed,
        earlier=earlier,
        proposals=[] if found.superseded_by_id else renewals.proposals(earlier),
        reading=readings.shown(found, today()),
        stale=stale,
        uses=queries.uses(db(), found.id),
        submitted=queries.submitted_uses(db(), found),
        aim={key: request.args[key] for key in ("aanmelding", "eis", "terug") if key in request.args},
        errors=errors,
        crumbs=[(gettext("Documenten"), url_for("apply.documents")), (found.filename, "")],
    )


@blueprint.get("/documenten/<document_id>/bestand")
@audience("applicant")
def document_file(document_id: str) -> ResponseReturnValue:
    """The bytes of an own document. A sealed one is opened by the integrity officer only, so not here."""
    found = own_document(document_id)
    if found.is_sealed:
        raise NotFound(N_("Dit stuk is versleuteld. Alleen de integriteitsfunctionaris kan het openen."))
    content = downloads.content_of(found)
    release()
    return downloads.attachment(content, found.filename, found.content_type, found.size)


@blueprint.post("/documenten/<document_id>/verwijderen")
@audience("applicant")
def remove_document(document_id: str) -> ResponseReturnValue:
    """Take a document out of the list. The list itself offers to put it back."""
    found = own_document(document_id)
    domain.remove(found, person(), now())
    db().commit()
    flash(gettext("%(name)s staat niet meer in uw kluis. Onderaan kunt u het terugzetten.", name=found.filename), "ok")
    return redirect(url_for("apply.documents", _anchor="verwijderd"), 303)


@blueprint.post("/documenten/<document_id>/terugzetten")
@audience("applicant")
def restore_document(document_id: str) -> ResponseReturnValue:
    """Undo a removal."""
    found = own_document(document_id)
    domain.restore(found, person(), now())
    db().commit()
    flash(gettext("%(name)s staat weer in uw kluis.", name=found.filename), "ok")
    return redirect(url_for("apply.documents"), 303)
