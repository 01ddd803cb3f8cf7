"""Evidence for many requirements on one page: every kind of document that is still lacking, with where it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.domain import applications, documents, requirement_help
from portal.domain.requirement_help import Help
from portal.domain.requirements import Place
from portal.errors import FileRefused, Invalid
from portal.models import Application, Document
from portal.queries import vault
from portal.terms import DOCUMENT_KINDS, N_
from portal.web import answers, places, uploads
from portal.web.applying import blueprint, closing, crumbs, own, places_of
from portal.web.context import db, now, organisation_id, person, release
from portal.web.guards import audience
from portal.web.problems import translated
from portal.web.uploads import Received


@dataclass
class Row:
    """One kind of paper (any of `kinds`) and the places that lack it. `key` names its fields in the form."""

    key: str
    kinds: tuple[str, ...]
    places: list[Place] = field(default_factory=list)
    in_vault: list[Document] = field(default_factory=list)

    @property
    def help(self) -> Help:
        return requirement_help.for_requirement(self.places[0].requirement)

    @property
    def has_term(self) -> bool:
        return any(DOCUMENT_KINDS[kind].has_term for kind in self.kinds)

    @property
    def has_issue_date(self) -> bool:
        return self.has_term or any(DOCUMENT_KINDS[kind].has_issue_date for kind in self.kinds)


@dataclass
class Arrival:
    """What one form brought: files in the store by row, and per row why something was not taken."""

    received: list[tuple[str, str, Received]] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, key: str, text: str) -> None:
        self.problems.setdefault(key, []).append(text)


def lacking(application: Application) -> list[Row]:
    """The kinds of document that some place still lacks. What one party hands in is not another's: a row for each."""
    rows: dict[str, Row] = {}
    for place in places_of(application, None):
        evidence = place.requirement.evidence
        kinds, wanted = tuple(evidence.get("kinds", ())), int(evidence.get("at_least", 1))
        answer = applications.answer_at(application, place)
        used = [one for one in applications.evidence_at(application, place) if one.document.scan_state != "infected"]
        is_other = answer is not None and answer.is_equivalent
        fitting = [one for one in used if is_other or one.document.kind in kinds]
        if not kinds or len(fitting) >= wanted:
            continue
        key = "+".join(kinds) + (f"-P{place.party.position}" if place.party else "")
        rows.setdefault(key, Row(key, kinds)).places.append(place)
    return list(rows.values())


def _with_vault(application: Application, rows: list[Row]) -> list[Row]:
    """The rows, each with the documents of the vault that could be used."""
    usable = vault.usable(db(), application.organisation_id, {kind for row in rows for kind in row.kinds})
    for row in rows:
        row.in_vault = [one for one in usable if one.kind in row.kinds]
    return rows


def _take() -> Arrival:
    """Every file of the form, in the store; nothing locked meanwhile."""
    arrival = Arrival()
    for name, file in request.files.items(multi=True):
        key = name.removeprefix("bestand-")
        kind = request.form.get(f"soort-{key}", "")
        if not file.filename:
            continue
        if kind not in DOCUMENT_KINDS or DOCUMENT_KINDS[kind].is_integrity:
            arrival.refuse(key, gettext("Kies eerst wat voor document dit is."))
            continue
        try:
            arrival.received.append((key, kind, uploads.receive(kind, file.filename, file.stream)))
        except FileRefused as refusal:
            arrival.refuse(key, f"{documents.display_name(file.filename)}: {translated(refusal)}")
    release()
    return arrival


def _use(application: Application, row: Row | None, document: Document) -> None:
    """Use a document at the places that were ticked. A row that a colleague finished meanwhile needs it no more."""
    ticked = set(request.form.getlist(f"plek-{row.key}")) if row else set()
    for place in row.places if row else ():
        if place.key in ticked and document.kind in row.kinds:  # type: ignore[union-attr]
            applications.attach_document(application, person(), place, document, now())


def _date(document: Document, key: str) -> None:
    """The days that were typed beside the file; empty ones leave what is known."""
    days: dict[str, date | None] = {"issued_on": document.issued_on, "expires_on": document.expires_on}
    for name in days:
        typed = request.form.get(f"{name}-{key}", "").strip()
        try:
            days[name] = date.fromisoformat(typed) if typed else days[name]
        except ValueError as error:
            raise Invalid({name: N_("Vul een bestaande datum in, als dag, maand en jaar.")}) from error
    if any(request.form.get(f"{name}-{key}", "").strip() for name in days):
        known = {name: getattr(document, name) for name in (*documents.STAYS, "starts_on", "about_on")}
        documents.describe(document, person(), now(), **known, **days)


def _keep(application: Application, arrival: Arrival) -> int:
    """Rows for the files, used where they were meant for; gives how many documents were put to use."""
    rows, used = {row.key: row for row in lacking(application)}, 0
    for key, kind, one in arrival.received:
        document = uploads.keep(one, kind).document
        _use(application, rows.get(key), document)
        used += 1
        try:
            _date(document, key)
        except Invalid as invalid:
            for text in invalid.problems.values():
                arrival.refuse(key, f"{document.filename}: {gettext(text)}")
    for key, row in rows.items():
        for document_id in request.form.getlist(f"kluis-{key}"):
            chosen = vault.document(db(), document_id, organisation_id())
            if chosen is not None:
                _use(application, row, chosen)
                used += 1
    return used


def _page(application: Application, problems: dict[str, list[str]]) -> str:
    integrity = application.round.procedure.asks_integrity_check
    needs_integrity = integrity and not applications.evidence_at(application, None)
    return render_template(
        "apply/papers.html",
        application=application,
        rows=_with_vault(application, lacking(application)),
        problems=problems,
        typed=request.form,
        place_title=places.title,
        where=places.where,
        allowed=answers.allowed_at,
        integrity_kinds=answers.kinds_at(application, None) if needs_integrity else [],
        is_open=application.is_open(now()),
        closing=closing(application.round),
        crumbs=crumbs(application, (gettext("Bewijsstukken toevoegen"), "")),
        errors=_summary(problems),
    )


def _summary(problems: dict[str, list[str]]) -> dict[str, str]:
    return {f"rij-{key}": " ".join(texts) for key, texts in problems.items()}


@blueprint.get("/aanmeldingen/<application_id>/bewijsstukken")
@audience("applicant")
def papers(application_id: str) -> ResponseReturnValue:
    """What is still lacking, on one page."""
    return _page(own(application_id), {})


@blueprint.post("/aanmeldingen/<application_id>/bewijsstukken")
@audience("applicant")
def add_papers(application_id: str) -> ResponseReturnValue:
    """Take all files of the form. What is refused is told per row; the rest is kept and used."""
    applications.require_own(own(application_id), now())
    arrival = _take()
    application = own(application_id)  # receiving took time, in which nothing was locked: look again
    used = _keep(application, arrival)
    db().commit()
    if arrival.problems:
        return _page(application, arrival.problems), 409
    flash(_told(used), "ok" if used else "warning")
    goal = "apply.application" if used else "apply.papers"
    return redirect(url_for(goal, application_id=application.id), 303)


def _told(used: int) -> str:
    if not used:
        return gettext("U koos nog geen bestand.")
    return ngettext("%(num)s document hoort nu bij uw eisen.", "%(num)s documenten horen nu bij uw eisen.", used)
