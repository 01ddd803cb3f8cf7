"""The integrity compartment: only the integrity officer comes here, and every opening leaves a line."""

from __future__ import annotations

import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import calendar, integrity
from portal.domain import documents as domain
from portal.errors import Invalid, NotFound
from portal.models import IntegrityCheck
from portal.queries import integrity as queries
from portal.terms import N_
from portal.web import downloads
from portal.web.context import db, moment, now, person, release, services
from portal.web.guards import audience

blueprint = Blueprint("integrity", __name__)

NOTE_BYTES = 200_000


@blueprint.get("/integriteit")
@audience("integrity_officer")
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


def _check(check_id: str) -> IntegrityCheck:
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
        concerned=integrity.concerned(found),
        errors=errors or {},
        typed=request.form,
    )


@blueprint.get("/integriteit/<check_id>")
@audience("integrity_officer")
def check(check_id: str) -> ResponseReturnValue:
    return _show(_check(check_id))


@blueprint.post("/integriteit/<check_id>/stukken/<document_id>", endpoint="open")
@audience("integrity_officer")
def open_document(check_id: str, document_id: str) -> ResponseReturnValue:
    found = _check(check_id)
    document = next((one for one in queries.sealed_documents(db(), found) if one.id == document_id), None)
    if document is None:
        raise NotFound(N_("Dit bestaat niet."))
    domain.require_servable(document, has_scanner=services().scanner is not None)
    try:
        integrity.read_document(found, person(), document, request.form.get("purpose", ""), now())
    except Invalid as error:
        return _show(found, {f"purpose-{document_id}": gettext(error.problems["purpose"])}), 422
    db().commit()  # the line in the log is on the disk before the first byte leaves
    release()
    content = downloads.content_of(document)
    return downloads.attachment(content, document.filename, document.content_type, document.size)


def _seal(check_id: str, note: str) -> str | None:
    """Keep the reasoning sealed; gives its key. The key tells nothing of the text, not even a digest."""
    if not note.strip():
        return None
    key = f"integrity/notes/{check_id}-{secrets.token_hex(16)}"
    sink = services().files.sink(key, limit=NOTE_BYTES, sealed=True)
    try:
        sink.write(note.strip().encode())
        return sink.finish().key
    finally:
        sink.abandon()


@blueprint.post("/integriteit/<check_id>/uitkomst")
@audience("integrity_officer")
def record(check_id: str) -> ResponseReturnValue:
    _check(check_id)
    release()  # sealing writes to the store; no lock is held meanwhile
    note_key = _seal(check_id, request.form.get("note", ""))
    found = _check(check_id)
    try:
        integrity.record_outcome(found, person(), request.form.get("outcome", ""), note_key, moment())
        db().commit()
    except Invalid as error:
        return _show(found, {name: gettext(text) for name, text in error.problems.items()}), 422
    finally:
        if note_key is not None and found.note_key != note_key:
            services().files.delete(note_key)
    flash(gettext("De uitkomst is vastgelegd. Inkopers zien alleen de uitkomst."), "ok")
    return redirect(url_for("integrity.check", check_id=check_id), 303)


@blueprint.post("/integriteit/<check_id>/onderbouwing")
@audience("integrity_officer")
def note(check_id: str) -> ResponseReturnValue:
    found = _check(check_id)
    key, number = integrity.read_note(found, person(), now()), found.application.number
    db().commit()
    release()
    return downloads.attachment(services().files.unseal(key), f"onderbouwing-{number}.txt", "text/plain; charset=utf-8")
