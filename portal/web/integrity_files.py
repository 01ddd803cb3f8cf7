"""The file of one person concerned: read after saying what for, then researched, proposed and decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import integrity_terms
from portal.adapters import bibob_forms, compartment
from portal.domain import calendar, integrity, integrity_retention
from portal.domain import integrity_files as domain
from portal.domain.integrity_files import Assessment
from portal.errors import Invalid, NotFound, Refused
from portal.models import IntegrityFile, IntegrityPaper, new_id
from portal.queries import integrity as queries
from portal.terms import N_
from portal.web import downloads, uploads
from portal.web.context import db, moment, now, person, release, services
from portal.web.guards import audience
from portal.web.integrity import blueprint, check_of
from portal.web.problems import by_field, translated

LONGEST = 20_000
CHANGED = N_("Dit dossier is intussen veranderd. Lees het opnieuw.")
FACTS = ("advice", "intention", "proposal", "research")
"""Kinds of papers that the acts look at."""


def _file(check_id: str, file_id: str) -> IntegrityFile:
    found = next((one for one in check_of(check_id).files if one.id == file_id), None)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()[:LONGEST]


def attempt() -> str:
    return request.form.get("attempt", "")[:60] or new_id()


def assessment(said: Mapping[str, Any]) -> Assessment:
    """An assessment as it stands in a paper or in a form."""
    names = ("danger", "consequence", "reasoning", "deviation", "proportionality", "conditions")
    return Assessment(**{name: str(said.get(name, "")) for name in names})


def _typed() -> dict[str, str]:
    names = ("danger", "consequence", "reasoning", "deviation", "proportionality", "conditions")
    return {name: text(name) for name in names}


def _keys(file: IntegrityFile) -> dict[str, str]:
    return {kind: paper.storage_key for kind in FACTS if (paper := file.last(kind)) is not None}


def _facts(keys: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What the papers say; no lock is held while the store is asked."""
    return {kind: compartment.unseal(services().files, key) for kind, key in keys.items()}


def _page(file: IntegrityFile, errors: Mapping[str, str] | None = None) -> str:
    """The page. What is in the papers is only on it for who opened the file less than half an hour ago."""
    is_open, moment_ = integrity.is_open_to(file, person(), now()), now()
    papers = [one for one in file.papers if one.kind not in integrity_terms.PDFS]
    said = {one.id: compartment.unseal(services().files, one.storage_key) for one in papers} if is_open else {}
    last = {kind: said[paper.id] for kind in FACTS if is_open and (paper := file.last(kind)) is not None}
    documents = [one for one in queries.sealed_documents(db(), file.check) if one.id in integrity.about(file)]
    return render_template(
        "integrity/file.html",
        file=file,
        check=file.check,
        application=file.check.application,
        documents=documents,
        is_open=is_open,
        said=said,
        last=last,
        research=bibob_forms.research(),
        words=integrity_terms,
        roles=person().role_names,
        me=person(),
        today=calendar.local_day(moment_),
        was_heard=domain.was_heard(file, moment_),
        last_day=integrity_retention.last_day(file),
        latest=integrity_retention.latest(file),
        attempt=new_id(),
        errors=by_field(errors),
        typed=request.form,
    )


@blueprint.get("/integriteit/<check_id>/<file_id>")
@audience("integrity")
def file(check_id: str, file_id: str) -> ResponseReturnValue:
    return _page(_file(check_id, file_id))


@blueprint.post("/integriteit/<check_id>/<file_id>/openen")
@audience("integrity")
def open_file(check_id: str, file_id: str) -> ResponseReturnValue:
    found = _file(check_id, file_id)
    try:
        integrity.open_file(found, person(), request.form.get("purpose", ""), now())
    except Invalid as error:
        return _page(found, error.problems), 422
    db().commit()
    return redirect(url_for("integrity.file", check_id=check_id, file_id=file_id), 303)


Act = Callable[[IntegrityFile, str, Mapping[str, dict[str, Any]]], None]


def _act(check_id: str, file_id: str, content: Mapping[str, Any], act: Act, done: str) -> ResponseReturnValue:
    """Seal what was typed, then do it. What came to nothing leaves the store again."""
    found = _file(check_id, file_id)
    integrity.require_opened(found, person(), now(), *integrity.READERS)
    keys = _keys(found)
    release()
    facts = _facts(keys)
    key, _ = compartment.seal(services().files, compartment.PAPERS, content)
    is_kept = False
    try:
        found = _file(check_id, file_id)
        if _keys(found) != keys and domain.made_before(found, attempt()) is None:
            raise Refused(CHANGED)
        act(found, key, facts)
        db().commit()
        is_kept = any(one.storage_key == key for one in found.papers)
    except Invalid as error:
        db().rollback()
        return _page(_file(check_id, file_id), error.problems), 422
    finally:
        if not is_kept:
            services().files.delete(key)
    flash(done, "ok")
    return redirect(url_for("integrity.file", check_id=check_id, file_id=file_id), 303)


@blueprint.post("/integriteit/<check_id>/<file_id>/onderzoek")
@audience("integrity_officer")
def note_research(check_id: str, file_id: str) -> ResponseReturnValue:
    items = {
        one.key: {"outcome": request.form.get(f"outcome-{one.key}", ""), "text": text(f"text-{one.key}")}
        for one in bibob_forms.research()
    }
    return _act(
        check_id,
        file_id,
        {"items": {key: one for key, one in items.items() if one["outcome"] in integrity_terms.RESEARCH_OUTCOMES}},
        lambda file, key, _: domain.note_research(file, person(), key, attempt(), now()),
        gettext("Uw onderzoek is verzegeld bewaard."),
    )


@blueprint.post("/integriteit/<check_id>/<file_id>/geen-gevaar")
@audience("integrity_officer")
def clear(check_id: str, file_id: str) -> ResponseReturnValue:
    return _act(
        check_id,
        file_id,
        {"text": text("clear-note")},
        lambda file, key, _: domain.clear(file, person(), key, attempt(), moment()),
        gettext("Vastgelegd: geen gevaar."),
    )


@blueprint.post("/integriteit/<check_id>/<file_id>/advies")
@audience("integrity_officer")
def ask_advice(check_id: str, file_id: str) -> ResponseReturnValue:
    return _act(
        check_id,
        file_id,
        {"text": text("request")},
        lambda file, key, _: domain.ask_advice(file, person(), key, attempt(), moment()),
        gettext("De adviesaanvraag is vastgelegd. De beslistermijn staat stil, en de betrokkene krijgt bericht."),
    )


def _step(check_id: str, file_id: str, act: Callable[..., None], done: str) -> ResponseReturnValue:
    act(_file(check_id, file_id), person(), moment())
    db().commit()
    flash(done, "ok")
    return redirect(url_for("integrity.file", check_id=check_id, file_id=file_id), 303)


@blueprint.post("/integriteit/<check_id>/<file_id>/advies/verlengen")
@audience("integrity_officer")
def extend_advice(check_id: str, file_id: str) -> ResponseReturnValue:
    return _step(check_id, file_id, domain.extend_advice, gettext("De adviestermijn is verlengd met vier weken."))


@blueprint.post("/integriteit/<check_id>/<file_id>/advies/wachten")
@audience("integrity_officer")
def pause_advice(check_id: str, file_id: str) -> ResponseReturnValue:
    return _step(check_id, file_id, domain.pause_advice, gettext("De adviestermijn staat stil."))


@blueprint.post("/integriteit/<check_id>/<file_id>/advies/doorgaan")
@audience("integrity_officer")
def continue_advice(check_id: str, file_id: str) -> ResponseReturnValue:
    return _step(check_id, file_id, domain.continue_advice, gettext("De adviestermijn loopt weer."))


@blueprint.post("/integriteit/<check_id>/<file_id>/advies/zonder")
@audience("integrity_officer")
def go_on_without(check_id: str, file_id: str) -> ResponseReturnValue:
    return _step(check_id, file_id, domain.go_on_without, gettext("U gaat verder zonder advies."))


@blueprint.post("/integriteit/<check_id>/<file_id>/advies/ontvangen")
@audience("integrity_officer")
def receive_advice(check_id: str, file_id: str) -> ResponseReturnValue:
    danger, summary = request.form.get("danger", ""), text("summary")

    def receive(found: IntegrityFile, key: str, _: Mapping[str, dict[str, Any]]) -> None:
        if danger not in integrity_terms.DANGERS:
            raise Invalid({"danger": N_("Kies wat het advies zegt.")})
        if len(summary) < domain.LEAST:
            raise Invalid({"summary": N_("Vat het advies samen in minstens 30 tekens.")})
        domain.receive_advice(found, person(), key, attempt(), moment())

    said = {"danger": danger, "text": summary}
    return _act(check_id, file_id, said, receive, gettext("Het advies is vastgelegd. De beslistermijn loopt weer."))


@blueprint.post("/integriteit/<check_id>/<file_id>/advies/afschrift")
@audience("integrity_officer")
def attach_advice(check_id: str, file_id: str) -> ResponseReturnValue:
    """The advice as a PDF, sealed while it comes in."""
    integrity.require_opened(_file(check_id, file_id), person(), now(), "integrity_officer")
    try:
        seal_pdf(
            lambda: _file(check_id, file_id),
            lambda found, key: domain.attach_advice_copy(found, person(), key, attempt(), now()),
        )
    except Invalid as error:
        return _page(_file(check_id, file_id), error.problems), 422
    flash(gettext("Het afschrift is verzegeld bewaard."), "ok")
    return redirect(url_for("integrity.file", check_id=check_id, file_id=file_id), 303)


def seal_pdf(load: Callable[[], IntegrityFile], act: Callable[[IntegrityFile, str], None]) -> None:
    """The PDF of this request, sealed while it comes in, and the act that names it; `load` finds the file again.

    What came to nothing leaves the store again. Raises `Invalid` for what is no PDF, or no file at all.
    """
    batch = uploads.take("bibob_form")
    found, is_kept = load(), False
    try:
        if batch.refusals:
            raise Invalid({uploads.FIELD: translated(batch.refusals[0])})
        received = batch.received[0]
        if received.inspection.content_type != "application/pdf":
            raise Invalid({uploads.FIELD: N_("Upload het stuk als PDF.")})
        act(found, received.stored.key)
        db().commit()
        is_kept = any(one.storage_key == received.stored.key for one in found.papers)
    except Invalid:
        db().rollback()
        raise
    finally:
        for index, one in enumerate(batch.received):
            if index or not is_kept:
                services().files.delete(one.stored.key)


@blueprint.post("/integriteit/<check_id>/<file_id>/stukken/<paper_id>")
@audience("integrity")
def open_pdf(check_id: str, file_id: str, paper_id: str) -> ResponseReturnValue:
    """The advice itself, or what came with a view."""
    found = _file(check_id, file_id)
    integrity.require_opened(found, person(), now(), *integrity.READERS)
    paper = next((one for one in found.papers if one.id == paper_id and one.kind in integrity_terms.PDFS), None)
    if paper is None:
        raise NotFound(N_("Dit bestaat niet."))
    return pdf_of(paper)


def pdf_of(paper: IntegrityPaper) -> ResponseReturnValue:
    """A paper that is a PDF, under a name that says nothing of it. Scanned when it is opened: no row says it was."""
    key, name = paper.storage_key, f"{integrity_terms.PDFS[paper.kind]}-{paper.file.check.application.number}.pdf"
    release()
    files, scanner = services().files, services().scanner
    if scanner is not None:
        with closing(files.unseal(key)) as plain:
            if scanner.scan(plain).finding:
                raise Refused(N_("De virusscanner hield dit stuk tegen. Vraag wie het stuurde om een schoon bestand."))
    return downloads.attachment(files.unseal(key), name, "application/pdf")


def _advised(facts: Mapping[str, dict[str, Any]]) -> str | None:
    return facts["advice"]["danger"] if "advice" in facts else None


@blueprint.post("/integriteit/<check_id>/<file_id>/voornemen")
@audience("integrity_officer")
def announce(check_id: str, file_id: str) -> ResponseReturnValue:
    said = _typed()
    return _act(
        check_id,
        file_id,
        said,
        lambda file, key, facts: domain.announce(
            file, person(), key, attempt(), assessment(said), _advised(facts), moment()
        ),
        gettext("De betrokkene kan nu een zienswijze geven."),
    )


@blueprint.post("/integriteit/<check_id>/<file_id>/zienswijze")
@audience("integrity_officer")
def enter_view(check_id: str, file_id: str) -> ResponseReturnValue:
    said = text("view")

    def enter(found: IntegrityFile, key: str, _: Mapping[str, dict[str, Any]]) -> None:
        if not said:
            raise Invalid({"view": N_("Schrijf op wat de betrokkene liet weten.")})
        domain.enter_view(found, person(), key, attempt(), now())

    return _act(check_id, file_id, {"text": said}, enter, gettext("De zienswijze is verzegeld bewaard."))


@blueprint.post("/integriteit/<check_id>/<file_id>/voorstel")
@audience("integrity_officer")
def propose(check_id: str, file_id: str) -> ResponseReturnValue:
    said = _typed()
    return _act(
        check_id,
        file_id,
        said,
        lambda file, key, facts: domain.propose(
            file,
            person(),
            key,
            attempt(),
            assessment(said),
            moment(),
            advised=_advised(facts),
            announced=facts["intention"]["consequence"] if "intention" in facts else None,
        ),
        gettext("Uw voorstel ligt bij de beslisser."),
    )


@blueprint.post("/integriteit/<check_id>/<file_id>/besluit")
@audience("integrity_decider")
def decide(check_id: str, file_id: str) -> ResponseReturnValue:
    def take(found: IntegrityFile, key: str, facts: Mapping[str, dict[str, Any]]) -> None:
        if "proposal" not in facts:
            raise Refused(N_("Er ligt geen voorstel."))
        domain.decide(found, person(), key, attempt(), assessment(facts["proposal"]), moment())

    return _act(check_id, file_id, {"text": text("own")}, take, gettext("Uw besluit is vastgelegd."))


@blueprint.post("/integriteit/<check_id>/<file_id>/teruggeven")
@audience("integrity_decider")
def send_back(check_id: str, file_id: str) -> ResponseReturnValue:
    said = text("remark")
    return _act(
        check_id,
        file_id,
        {"text": said},
        lambda file, key, _: domain.send_back(file, person(), key, attempt(), said, now()),
        gettext("Het voorstel is teruggegeven."),
    )


@blueprint.post("/integriteit/<check_id>/<file_id>/bewaren")
@audience("integrity_officer")
def keep(check_id: str, file_id: str) -> ResponseReturnValue:
    """The last day that the papers are kept; an empty field is the day that follows of itself."""
    found, typed = _file(check_id, file_id), text("until")
    try:
        until = date.fromisoformat(typed) if typed else None
    except ValueError:
        return _page(found, {"until": N_("Vul een dag in, of laat het veld leeg.")}), 422
    try:
        integrity_retention.keep(found, person(), until, now())
    except Invalid as error:
        return _page(found, error.problems), 422
    db().commit()
    flash(gettext("De bewaartermijn is vastgelegd."), "ok")
    return redirect(url_for("integrity.file", check_id=check_id, file_id=file_id), 303)
