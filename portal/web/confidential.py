"""What only the person concerned may read about its own integrity check: for signatories, opened one by one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import integrity_terms
from portal.adapters import compartment
from portal.domain import calendar, integrity
from portal.domain import integrity_files as domain
from portal.errors import Invalid, NotFound
from portal.models import IntegrityFile, new_id
from portal.queries import integrity as queries
from portal.terms import N_
from portal.web import uploads
from portal.web.context import db, now, organisation_id, person, release, services
from portal.web.guards import audience
from portal.web.integrity_files import attempt, pdf_of, seal_pdf, text
from portal.web.problems import by_field

blueprint = Blueprint("confidential", __name__)
blueprint.teardown_request(uploads.abandon_all)


def _own(file_id: str) -> IntegrityFile:
    found = queries.own_file(db(), file_id, organisation_id())
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    domain.require_concerned(found, person())
    return found


def _page(file: IntegrityFile, errors: dict[str, str] | None = None) -> str:
    today = calendar.local_day(now())
    return render_template(
        "confidential/file.html",
        file=file,
        application=file.check.application,
        papers=domain.readable(file),
        kinds=integrity_terms.PAPER_KINDS,
        may_enclose=file.last("view") is not None,
        may_answer=file.state == "hearing" and file.hearing_until is not None and today <= file.hearing_until,
        attempt=new_id(),
        errors=errors or {},
        typed=request.form,
    )


@blueprint.get("/vertrouwelijk")
@audience("signatory")
def overview() -> ResponseReturnValue:
    return render_template("confidential/overview.html", files=queries.own_files(db(), organisation_id()))


@blueprint.get("/vertrouwelijk/<file_id>")
@audience("signatory")
def file(file_id: str) -> ResponseReturnValue:
    return _page(_own(file_id))


@blueprint.post("/vertrouwelijk/<file_id>/stukken/<paper_id>", endpoint="open")
@audience("signatory")
def open_paper(file_id: str, paper_id: str) -> ResponseReturnValue:
    """One paper. That it was opened is on the disk before the first byte leaves."""
    found = _own(file_id)
    paper = next((one for one in domain.readable(found) if one.id == paper_id), None)
    if paper is None:
        raise NotFound(N_("Dit bestaat niet."))
    integrity.read_paper(paper, person(), now())
    key = paper.storage_key
    db().commit()
    if paper.kind in integrity_terms.PDFS:
        return pdf_of(paper)
    return render_template(
        "confidential/paper.html",
        file=found,
        application=found.check.application,
        paper=paper,
        said=compartment.unseal(services().files, key),
        words=integrity_terms,
    )


@blueprint.post("/vertrouwelijk/<file_id>/zienswijze")
@audience("signatory")
def answer(file_id: str) -> ResponseReturnValue:
    """The view on an intention; sealed as everything else."""
    said, found = text("view"), _own(file_id)
    if len(said) < 5:
        return _page(found, {"view": gettext("Schrijf uw zienswijze op.")}), 422
    release()
    key, _ = compartment.seal(services().files, compartment.PAPERS, {"text": said})
    is_kept = False
    try:
        found = _own(file_id)
        domain.answer(found, person(), key, attempt(), now())
        db().commit()
        is_kept = any(one.storage_key == key for one in found.papers)
    finally:
        if not is_kept:
            services().files.delete(key)
    flash(gettext("Wij hebben uw zienswijze ontvangen. Alleen wie over de toets gaat, leest haar."), "ok")
    return redirect(url_for("confidential.file", file_id=file_id), 303)


@blueprint.post("/vertrouwelijk/<file_id>/bijlagen")
@audience("signatory")
def enclose(file_id: str) -> ResponseReturnValue:
    """A PDF with the view; sealed while it comes in."""
    _own(file_id)
    try:
        seal_pdf(lambda: _own(file_id), lambda found, key: domain.enclose(found, person(), key, attempt(), now()))
    except Invalid as error:
        return _page(_own(file_id), by_field(error)), 422
    flash(gettext("Uw bijlage is verzegeld bewaard."), "ok")
    return redirect(url_for("confidential.file", file_id=file_id), 303)
