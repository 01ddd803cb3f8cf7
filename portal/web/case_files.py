"""The case file (procesdossier) of a dossier: asked, followed, downloaded on record; and what is unreadable in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import calendar, case_file_facts, case_files, reviewers
from portal.domain.case_file_words import GROUNDS, PURPOSES
from portal.errors import Invalid, NotFound, Refused
from portal.models import Document, Redaction, Review, new_id
from portal.queries import case_files as queries
from portal.queries import dossiers
from portal.services import Box, Line
from portal.terms import N_
from portal.web import admitting, downloads
from portal.web.context import READING, db, now, person, release, services
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("case_files", __name__)

PERCENT = 100
"""Of which a box of the form is; `Box` counts in ten-thousandths."""
FORMS = {"pdf": "application/pdf", "zip": "application/zip"}


def _open(review_id: str) -> Review:
    """The review; not for a second reviewer who has to give own verdicts first, for every verdict is in here."""
    found = admitting.review(review_id)
    if reviewers.is_blind(found, person()):
        raise Refused(N_("U geeft eerst uw eigen oordelen. Daarna kunt u het procesdossier maken of openen."))
    return found


def _page(review: Review, errors: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    material = queries.material(db(), review, person().id)
    sections = case_file_facts.sections(review, material.conversations, material.letters)
    page = render_template(
        "review/case_files.html",
        review=review,
        application=review.application,
        made=queries.of_review(db(), review.id),
        is_there=lambda one: case_files.is_there(one, now()),
        last_day=lambda one: calendar.local_day(one.expires_at),
        purposes=PURPOSES,
        grounds=GROUNDS,
        documents=sorted(material.documents.values(), key=lambda one: one.filename),
        marks=material.redactions,
        sections=sections,
        attempt=request.form.get("attempt") or new_id(),
        typed=request.form,
        me=person(),
        errors=errors,
    )
    return page, status


@blueprint.get("/beoordelen/<review_id>/procesdossier")
@audience("reading_along")
def overview(review_id: str) -> ResponseReturnValue:
    return _page(_open(review_id), {})


@blueprint.post("/beoordelen/<review_id>/procesdossier")
@audience("inkoper")
def ask(review_id: str) -> ResponseReturnValue:
    """Freeze what is in it now; the worker makes it."""
    review, form = _open(review_id), request.form
    attempt = form.get("attempt", "")[:60] or new_id()
    if queries.asked_with(db(), attempt) is None:
        purpose, has_annex = form.get("purpose", ""), form.get("annex") == "yes"
        redacted = case_files.is_redacted(purpose, wanted=form.get("redacted") == "yes")
        material, at = queries.material(db(), review, person().id), now()
        frozen = case_file_facts.facts(material, purpose, at, redacted=redacted, has_annex=has_annex)
        try:
            db().add(
                case_files.ask(review, person(), attempt, purpose, frozen, at, redacted=redacted, has_annex=has_annex)
            )
        except Invalid as error:
            return _page(review, by_field(error), 422)
        db().commit()
        flash(gettext("Het procesdossier wordt gemaakt. U ziet hieronder hoe ver het is."), "ok")
    return redirect(url_for("case_files.overview", review_id=review_id), 303)


@blueprint.post("/beoordelen/<review_id>/procesdossier/<case_file_id>/<form>")
@audience("reading_along")
def download(review_id: str, case_file_id: str, form: str) -> ResponseReturnValue:
    """Recorded first, then sent."""
    review = _open(review_id)
    found = queries.case_file(db(), review.id, case_file_id)
    if found is None or form not in FORMS:
        raise NotFound(N_("Dit bestaat niet."))
    key, size = case_files.download(found, person(), form, now())
    name = f"procesdossier-{review.application.number}.{form}".lower()
    db().commit()
    release()
    return downloads.attachment(services().files.chunks(key), name, FORMS[form], size)


# What is unreadable


def _document(review: Review, document_id: str) -> Document:
    found = dossiers.documents(db(), review).get(document_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _number() -> int:
    text = request.values.get("pagina", "")
    return int(text) if text.isdigit() and len(text) < 5 else 1


def _marking(
    review: Review, document: Document, number: int, errors: Mapping[str, str], status: int = 200
) -> ResponseReturnValue:
    stopped = downloads.stopped(document)
    sheet = None if stopped else downloads.shown(document, number, may_draw=request.method in READING)
    page = render_template(
        "review/redact.html",
        review=review,
        document=document,
        number=number,
        sheet=sheet,
        stopped=stopped,
        marks=[one for one in queries.redactions(db(), review.id) if one.document_id == document.id],
        grounds=GROUNDS,
        typed=request.form,
        chosen=request.form.getlist("line"),
        errors=errors,
    )
    return page, status


@blueprint.get("/beoordelen/<review_id>/procesdossier/onleesbaar/<document_id>")
@audience("inkoper")
def marking(review_id: str, document_id: str) -> ResponseReturnValue:
    """One page of a document, with what is marked on it."""
    review = _open(review_id)
    document = _document(review, document_id)
    return _marking(review, document, min(max(_number(), 1), document.pages), {})


@blueprint.post("/beoordelen/<review_id>/procesdossier/onleesbaar/<document_id>")
@audience("inkoper")
def mark(review_id: str, document_id: str) -> ResponseReturnValue:
    """Mark lines, a box, or the whole of a page."""
    review, form, number = _open(review_id), request.form, _number()
    document = _document(review, document_id)
    known = {_box(one) for one in queries.redactions(db(), review.id) if _is_at(one, document, number)}
    sheet = None if downloads.stopped(document) else downloads.shown(document, number, may_draw=False)
    try:
        boxes = _wanted(form.getlist("line"), sheet.lines if sheet else ())
        fresh = [one for one in boxes if one not in known]
        if fresh or not boxes:
            case_files.redact(review, document, person(), number, fresh, form.get("ground", ""), now())
    except Invalid as error:
        errors = by_field(error)
        return _marking(review, document, min(max(number, 1), document.pages), errors, 422)
    db().commit()
    flash(gettext("Dit deel wordt onleesbaar in wat u hierna maakt."), "ok")
    return redirect(url_for("case_files.marking", review_id=review_id, document_id=document_id, pagina=number), 303)


def _is_at(one: Redaction, document: Document, number: int) -> bool:
    return one.document_id == document.id and one.page == number


def _box(one: Redaction) -> Box:
    return one.left, one.top, one.width, one.height


def _wanted(chosen: Sequence[str], lines: Sequence[Line]) -> list[Box]:
    """The boxes that a form asks for: the whole page, lines of text, and a box in percents."""
    form = request.form
    if form.get("whole") == "yes":
        return [case_files.WHOLE]
    numbers = [int(one) for one in chosen if one.isdigit() and len(one) < 5]
    boxes = [_around(lines[one]) for one in dict.fromkeys(numbers) if one < len(lines)]
    typed = [form.get(name, "").strip().replace(",", ".") for name in ("left", "top", "width", "height")]
    if any(typed):
        try:
            left, top, width, height = (round(float(one) * 10_000 / PERCENT) for one in typed)
        except (ValueError, OverflowError):
            text = N_("Vul vier getallen in: een vlak dat binnen de bladzijde ligt en niet leeg is.")
            raise Invalid({"left": text}) from None
        boxes.append((left, top, width, height))
    return boxes


def _around(line: Line) -> Box:
    """A line with room for what hangs below it and stands above it."""
    room = max(20, line.height // 4)
    left, top = max(0, line.left - room), max(0, line.top - room)
    return (
        left, top, min(10_000, line.left + line.width + room) - left, min(10_000, line.top + line.height + room) - top
    )  # fmt: skip


@blueprint.post("/beoordelen/<review_id>/procesdossier/tekst-onleesbaar")
@audience("inkoper")
def mark_text(review_id: str) -> ResponseReturnValue:
    """Mark one text of the dossier itself."""
    review, section = _open(review_id), request.form.get("section", "")
    material: Any = queries.material(db(), review, person().id)
    if section not in case_file_facts.sections(review, material.conversations, material.letters):
        return _page(review, {"section": gettext("Kies welke tekst onleesbaar wordt.")}, 422)
    if all(one.section != section for one in material.redactions):
        try:
            case_files.redact_text(review, person(), section, request.form.get("ground", ""), now())
        except Invalid as error:
            return _page(review, by_field(error), 422)
        db().commit()
    flash(gettext("Deze tekst wordt onleesbaar in wat u hierna maakt."), "ok")
    return redirect(url_for("case_files.overview", review_id=review_id, _anchor="onleesbaar"), 303)


@blueprint.post("/beoordelen/<review_id>/procesdossier/weer-leesbaar/<redaction_id>")
@audience("inkoper")
def lift(review_id: str, redaction_id: str) -> ResponseReturnValue:
    review = _open(review_id)
    found = queries.redaction(db(), review.id, redaction_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    case_files.lift(found, person(), now())
    db().commit()
    flash(gettext("Dit deel is weer leesbaar in wat u hierna maakt."), "ok")
    if found.document_id is not None and request.args.get("terug") == "stuk":
        place = {"document_id": found.document_id, "pagina": found.page}
        return redirect(url_for("case_files.marking", review_id=review_id, **place), 303)
    return redirect(url_for("case_files.overview", review_id=review_id, _anchor="onleesbaar"), 303)
