"""The integrity compartment: only the integrity officer and the decider come here, and every opening leaves a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import integrity_terms, terms
from portal.adapters import bibob_forms, compartment
from portal.domain import calendar, integrity
from portal.domain import documents as domain
from portal.errors import Invalid, NotFound
from portal.models import IntegrityCheck
from portal.queries import integrity as queries
from portal.terms import N_
from portal.web import downloads, uploads
from portal.web.context import db, moment, now, person, release, services
from portal.web.guards import audience
from portal.web.problems import by_field
from portal.web.questionnaire_pages import printed

blueprint = Blueprint("integrity", __name__)
blueprint.teardown_request(uploads.abandon_all)


@blueprint.get("/integriteit")
@audience("integrity")
def queue() -> ResponseReturnValue:
    outcome = request.args.get("uitkomst", "")
    outcome = outcome if outcome in terms.INTEGRITY_OUTCOMES else ""
    text, me = request.args.get("q", "").strip()[:100], person()
    rows, after = queries.page(db(), me.id, outcome, text, request.args.get("na", ""))
    return render_template(
        "integrity/queue.html",
        rows=rows,
        after=after,
        outcome=outcome,
        text=text,
        counts=queries.counts(db(), me.id),
        today=calendar.local_day(now()),
        looks={key: (gettext(term.label), term.tone) for key, term in terms.INTEGRITY_OUTCOMES.items()},
    )


def check_of(check_id: str) -> IntegrityCheck:
    found = queries.check(db(), check_id, person().id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _show(found: IntegrityCheck, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "integrity/check.html",
        check=found,
        application=found.application,
        documents=queries.sealed_documents(db(), found),
        forms=queries.submitted_forms(db(), found),
        concerned=integrity.concerned(found),
        gone={one for file in found.files if file.destroyed_at is not None for one in integrity.about(file)},
        states=integrity_terms.FILE_STATES,
        may_clear=found.outcome == "pending" and "integrity_officer" in person().role_names,
        errors=errors or {},
        typed=request.form,
    )


@blueprint.get("/integriteit/<check_id>")
@audience("integrity")
def check(check_id: str) -> ResponseReturnValue:
    return _show(check_of(check_id))


@blueprint.post("/integriteit/<check_id>/stukken/<document_id>", endpoint="open")
@audience("integrity")
def open_document(check_id: str, document_id: str) -> ResponseReturnValue:
    found = check_of(check_id)
    document = next((one for one in queries.sealed_documents(db(), found) if one.id == document_id), None)
    if document is None:
        raise NotFound(N_("Dit bestaat niet."))
    domain.require_servable(document, has_scanner=services().scanner is not None)
    try:
        integrity.read_document(found, person(), document, request.form.get("purpose", ""), now())
    except Invalid as error:
        return _show(found, {f"purpose-{document_id}": by_field(error)["purpose"]}), 422
    db().commit()  # the line in the log is on the disk before the first byte leaves
    release()
    content = downloads.content_of(document)
    return downloads.attachment(content, document.filename, document.content_type, document.size)


@blueprint.post("/integriteit/<check_id>/formulieren/<form_id>")
@audience("integrity")
def open_form(check_id: str, form_id: str) -> ResponseReturnValue:
    """A questionnaire that was filled in here, as a page of its own."""
    found = check_of(check_id)
    form = next((one for one in queries.submitted_forms(db(), found) if one.id == form_id), None)
    if form is None:
        raise NotFound(N_("Dit bestaat niet."))
    try:
        integrity.read_form(found, person(), form, request.form.get("purpose", ""), now())
    except Invalid as error:
        return _show(found, {f"purpose-{form_id}": by_field(error)["purpose"]}), 422
    key, model, name = form.storage_key, form.model, form.party.name if form.party else ""
    back = url_for("integrity.check", check_id=check_id)
    name, number = name or found.application.organisation.name, found.application.number
    db().commit()
    content: Mapping[str, Any] = compartment.unseal(services().files, key)
    pages = printed(bibob_forms.model(model), content)
    return render_template(
        "integrity/form.html", pages=pages, model=bibob_forms.model(model), name=name, number=number, back=back
    )


@blueprint.post("/integriteit/<check_id>/uitkomst")
@audience("integrity")
def record(check_id: str) -> ResponseReturnValue:
    """No objection about anybody, at once; whatever has consequences goes by the file of each person."""
    check_of(check_id)
    release()  # sealing writes to the store; no lock is held meanwhile
    text = request.form.get("note", "").strip()
    key = compartment.seal(services().files, compartment.PAPERS, {"text": text})[0] if text else None
    found, is_kept = check_of(check_id), False
    try:
        integrity.record_outcome(found, person(), request.form.get("outcome", ""), key, moment())
        db().commit()
        is_kept = any(one.storage_key == key for file in found.files for one in file.papers)
    except Invalid as error:
        return _show(found, by_field(error)), 422
    finally:
        if key is not None and not is_kept:
            services().files.delete(key)
    flash(gettext("De uitkomst is vastgelegd. Anderen zien alleen de uitkomst."), "ok")
    return redirect(url_for("integrity.check", check_id=check_id), 303)
