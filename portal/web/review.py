"""Screening: the queue, the interests one declares first, and a dossier beside its documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import calendar, decisions, reviews, wording
from portal.domain import seen_certificates as seen_domain
from portal.errors import Invalid, NotFound, Stale
from portal.models import Document, Review, Round
from portal.queries import dossiers, seen_certificates
from portal.queries import reviews as queries
from portal.queries.reviews import TRAYS, Wanted
from portal.terms import N_
from portal.web import checklist, downloads, places
from portal.web.checklist import Draft
from portal.web.context import authority_id, db, moment, now, person, release
from portal.web.guards import audience

blueprint = Blueprint("review", __name__)

CSV_HEADER = (
    "Nummer", "Zorgaanbieder", "KvK-nummer", "Ronde", "Stand", "Termijn", "Ingediend", "Eis", "Titel", "Perceel",
    "Organisatie die meedoet", "Rol", "Oordeel", "Motivering", "Alleen voor producten", "Beoordeeld door",
    "Beoordeeld op",
)  # fmt: skip


def short_day(day: date, today: date) -> str:
    """'13 nov', with the year when it is another one than today's."""
    return wording.short_day(day) if day.year == today.year else f"{wording.short_day(day)} {day.year}"


def last_day(ends_at: datetime) -> date:
    """The last Amsterdam day of a term that ends at this instant: at midnight, the day before."""
    return calendar.local_day(ends_at - timedelta(microseconds=1))


def _to_declare(round_id: str) -> ResponseReturnValue:
    return redirect(url_for("review.declare", round_id=round_id), 303)


def _declared_rounds() -> list[Any]:
    """The rounds in review; before the first view of any of them the interests come first."""
    rounds = list(queries.rounds_in_review(db(), person().id))
    for one in rounds:
        if not one.is_declared:
            abort(_to_declare(one.id))
    return rounds


def _admitted(found: dossiers.Dossier | None) -> Review:
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    if not found.is_declared:
        abort(_to_declare(found.review.application.round_id))
    return found.review


def _review(review_id: str) -> Review:
    return _admitted(dossiers.dossier(db(), review_id, person().id))


def _document(review_id: str, document_id: str) -> Document:
    review = _admitted(dossiers.review_with_files(db(), review_id, person().id))
    document = dossiers.documents(db(), review).get(document_id)
    if document is None:
        raise NotFound(N_("Dit bestaat niet."))
    return document


def _closed_round(round_id: str) -> Round:
    found = queries.round_in_review(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _queue_link(**changes: str) -> str:
    kept = {key: value for key, value in request.args.items() if value and key not in {"na", "voor"}}
    return url_for("review.queue", **{**kept, **changes})


def _filter_options(rounds: list[Any]) -> dict[str, Any]:
    """The choices of the filters and the labels of the rows, translated once per page."""
    states = {key: (gettext(term.label), term.tone) for key, term in terms.REVIEW_STATES.items()}
    me = person()
    colleagues = [(one.id, one.name) for one in queries.inkopers(db(), authority_id()) if one.id != me.id]
    return {
        "states": states,
        "integrity": {
            None: gettext("Niet gevraagd"),
            **{key: gettext(term.label) for key, term in terms.INTEGRITY_OUTCOMES.items()},
        },
        "state_options": [(key, label) for key, (label, _) in states.items()],
        "lot_options": [(code, f"{code} {name}") for code, name in queries.lots(db())],
        "round_options": [(one.id, f"{one.label} {one.title}") for one in rounds],
        "reviewer_options": [
            (queries.UNASSIGNED, gettext("Niet toegewezen")),
            (me.id, gettext("%(name)s (ik)", name=me.name)),
            *colleagues,
        ],
    }


@blueprint.get("/beoordelen")
@audience("reading_along")
def queue() -> ResponseReturnValue:
    rounds, me = _declared_rounds(), person()
    wanted, today = Wanted.read(request.args), calendar.local_day(now())
    after, before = request.args.get("na", ""), request.args.get("voor", "")
    return render_template(
        "review/queue.html",
        rounds=rounds,
        wanted=wanted,
        today=today,
        short_day=lambda day: short_day(day, today),
        local_day=calendar.local_day,
        page=queries.page(db(), wanted, me.id, today, after=after, before=before),
        trays=TRAYS,
        counts=queries.counts(db(), me.id, today),
        next_id=queries.next_for(db(), me.id),
        link=_queue_link,
        **_filter_options(rounds),
    )


@blueprint.get("/beoordelen.csv")
@audience("reading_along")
def export() -> ResponseReturnValue:
    _declared_rounds()
    wanted, today = Wanted.read(request.args), calendar.local_day(now())
    states = {key: gettext(term.label) for key, term in terms.REVIEW_STATES.items()}
    verdicts = {key: gettext(term.label) for key, term in terms.VERDICTS.items()}
    roles = {key: gettext(term.label) for key, term in terms.PARTY_ROLES.items()}
    rows = (
        (
            row.number, row.organisation, row.kvk_number, row.round, states[row.state],
            gettext("opgeschort") if row.suspended_on else row.due_on,
            wording.moment(row.submitted_at, seconds=True), row.code, row.title, row.lot,
            row.party, roles.get(row.role), verdicts.get(row.verdict), row.reason,
            " ".join(row.product_codes or ()), row.found_by, row.found_at and wording.moment(row.found_at),
        )
        for row in queries.findings_of_many(db(), wanted, person().id, today)
    )  # fmt: skip
    return downloads.table(f"beoordelingen-{today}.csv", CSV_HEADER, rows)


def _show_declare(round_: Round, errors: Mapping[str, str]) -> str:
    return render_template(
        "review/declare.html",
        round=round_,
        applicants=queries.applicants(db(), round_.id),
        chosen=request.form.getlist("application"),
        typed=request.form,
        errors=errors,
        is_declared=queries.has_declared(db(), round_.id, person().id),
    )


@blueprint.get("/beoordelen/rondes/<round_id>/belangen")
@audience("reading_along")
def declare(round_id: str) -> ResponseReturnValue:
    return _show_declare(_closed_round(round_id), {})


@blueprint.post("/beoordelen/rondes/<round_id>/belangen")
@audience("reading_along")
def save_declaration(round_id: str) -> ResponseReturnValue:
    round_, form = _closed_round(round_id), request.form
    errors = checklist.declaration_problems(form, form.getlist("application"))
    if errors:
        return _show_declare(round_, errors), 422
    if not queries.has_declared(db(), round_id, person().id):
        named = queries.applications_in_review(db(), round_id, form.getlist("application"))
        conflicts = [(one, form.get(f"reason-{one.id}", "")) for one in named]
        db().add(reviews.declare_interest(round_, person(), conflicts, now()))
        db().commit()
        flash(gettext("Uw verklaring is bewaard."), "ok")
    return redirect(url_for("review.queue"), 303)


def _show(
    review: Review,
    key: str = "",
    draft: Draft | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page of a dossier, with one place open and one document beside it."""
    me, today = person(), calendar.local_day(now())
    documents = dossiers.documents(db(), review)
    lines = checklist.lines(review, documents)
    current = checklist.opened(lines, key)
    previous, following = dossiers.neighbours(db(), me.id, review.due_on, review.id)
    shown = checklist.outcomes(review, {one.id: one.name for one in review.authority.municipalities})
    remedy_until = calendar.add_working_days(today, review.application.round.terms["remedy_working_days"])
    return render_template(
        "review/dossier.html",
        review=review,
        application=review.application,
        lines=lines,
        current=current,
        draft=draft,
        drafts={one.key: checklist.stored_draft(one) for one in lines},
        viewed=checklist.viewed(current, documents, request.args.get("stuk", ""), request.args.get("pagina", "")),
        text_of=downloads.kept_text,
        stopped=downloads.stopped,
        today=today,
        me=me,
        previous=previous,
        following=following,
        may_find=reviews.may_find(review, me),
        may_ask_remedy=reviews.may_ask_remedy(review),
        may_confirm=decisions.may_confirm(review, me),
        is_complete=reviews.is_complete(review),
        remedy_until=remedy_until,
        last_day=last_day,
        outcomes=shown,
        outcome_columns=checklist.outcome_columns(shown),
        parties=reviews.submitted(review.submission).get("parties", []),
        goal_titles=places.goal_titles(review.application.round),
        returned=dossiers.returned(db(), review),
        seen=seen_certificates.of_application(db(), review.application_id) if checklist.has_forgotten(lines) else {},
        errors=errors or {},
    )


@blueprint.get("/beoordelen/<review_id>")
@audience("reading_along")
def dossier(review_id: str) -> ResponseReturnValue:
    if "tekst" in request.args:
        document = _document(review_id, request.args.get("stuk", ""))
        release()
        downloads.keep_text(document)
    review = _review(review_id)
    return _show(review, request.args.get("eis", ""))


@blueprint.post("/beoordelen/<review_id>/oordeel/<key>")
@audience("inkoper")
def find(review_id: str, key: str) -> ResponseReturnValue:
    review, form = _review(review_id), request.form
    lines, codes = checklist.lines(review, {}), tuple(form.getlist("product"))
    line = checklist.named(lines, key)
    typed = checklist.typed_draft(form, codes)
    if "reden" in request.args:
        return _show(review, key, checklist.with_reason(typed, line, request.args["reden"]))
    try:
        reviews.find(
            review, person(), line.item, typed.verdict, typed.reason, now(),
            based_on=typed.based_on, product_codes=codes,
        )  # fmt: skip
    except Invalid as error:
        problems = {name: gettext(text) for name, text in error.problems.items()}
        draft = checklist.typed_draft(form, codes, problems=problems)
        return _show(review, key, draft, {f"{name}-{key}": text for name, text in problems.items()}), 422
    except Stale as error:
        return _show(review, key, checklist.typed_draft(form, codes, theirs=error.theirs)), 409
    db().commit()
    flash(gettext("Oordeel over %(key)s is bewaard.", key=key), "ok")
    goal = checklist.after(lines, key)
    return redirect(url_for("review.dossier", review_id=review_id, eis=goal, _anchor=f"eis-{goal}"), 303)


def _back(review_id: str, message: str) -> ResponseReturnValue:
    flash(message, "ok")
    return redirect(url_for("review.dossier", review_id=review_id), 303)


@blueprint.post("/beoordelen/<review_id>/gezien/<document_id>")
@audience("inkoper")
def note_seen(review_id: str, document_id: str) -> ResponseReturnValue:
    """A certificate of conduct was looked at: from now on nobody opens it here."""
    seen = seen_certificates.of_document(db(), document_id)
    review, key, form = _review(review_id), request.form.get("eis", ""), request.form
    place = url_for("review.dossier", review_id=review_id, eis=key, _anchor=f"eis-{key}")
    if any(one.application_id == review.application_id for one in seen):
        return redirect(place, 303)  # the same form, sent twice
    issued_on, people = seen_domain.day_of(form.get("issued_on", "")), form.get("people", type=int)
    document = _document(review_id, document_id)
    try:
        seen_domain.note(review, person(), document, issued_on, people, seen, now())
    except Invalid as error:
        return _show(review, key, errors={name: gettext(text) for name, text in error.problems.items()}), 422
    db().commit()
    flash(gettext("Genoteerd. Dit stuk kan hier nu niemand meer openen."), "ok")
    return redirect(place, 303)


@blueprint.post("/beoordelen/<review_id>/herstel")
@audience("inkoper")
def ask_remedy(review_id: str) -> ResponseReturnValue:
    remedy = reviews.ask_remedy(_review(review_id), person(), moment())
    db().commit()
    day = wording.day(last_day(remedy.due_at))
    text = gettext("Het herstelverzoek is verstuurd. De aanbieder kan antwoorden tot en met %(day)s.", day=day)
    return _back(review_id, text)


@blueprint.post("/beoordelen/<review_id>/voorstel")
@audience("inkoper")
def propose(review_id: str) -> ResponseReturnValue:
    decisions.propose(_review(review_id), person(), moment())
    db().commit()
    return _back(review_id, gettext("Uw voorstel ligt bij een tweede inkoper."))


@blueprint.post("/beoordelen/<review_id>/vaststellen")
@audience("inkoper")
def confirm(review_id: str) -> ResponseReturnValue:
    decisions.confirm(_review(review_id), person(), moment())
    db().commit()
    return _back(review_id, gettext("Het besluit is vastgesteld. De rondebeheerder maakt het bekend."))


@blueprint.post("/beoordelen/<review_id>/teruggeven")
@audience("inkoper")
def send_back(review_id: str) -> ResponseReturnValue:
    review = _review(review_id)
    try:
        for one in decisions.send_back(review, person(), request.form.get("reason", ""), now()):
            db().delete(one)
    except Invalid as error:
        return _show(review, errors={"send-back-reason": gettext(error.problems["reason"])}), 422
    db().commit()
    return _back(review_id, gettext("Het voorstel is teruggegeven aan de eerste inkoper."))


@blueprint.post("/beoordelen/<review_id>/belang")
@audience("reading_along")
def recuse(review_id: str) -> ResponseReturnValue:
    review = _review(review_id)
    try:
        reviews.recuse(review.application, person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return _show(review, errors={"recuse-reason": gettext(error.problems["reason"])}), 422
    db().commit()
    flash(gettext("U ziet dit dossier niet meer. Een collega neemt het over."), "ok")
    return redirect(url_for("review.queue"), 303)


@blueprint.get("/beoordelen/<review_id>/stukken/<document_id>/<int:number>.png")
@audience("reading_along")
def page(review_id: str, document_id: str, number: int) -> ResponseReturnValue:
    document = _document(review_id, document_id)
    release()
    return downloads.page_image(document, number)


@blueprint.get("/beoordelen/<review_id>/stukken/<document_id>")
@audience("reading_along")
def file(review_id: str, document_id: str) -> ResponseReturnValue:
    document = _document(review_id, document_id)
    release()
    content = downloads.content_of(document)
    return downloads.attachment(content, document.filename, document.content_type, document.size)
