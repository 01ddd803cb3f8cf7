"""Screening: the queue, the interests one declares first, and a dossier beside its documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.defects import DEFECTS
from portal.domain import calendar, decisions, remedies, remedy_rules, reviewers, reviews, side_reviews, wording
from portal.domain import seen_certificates as seen_domain
from portal.domain.signal_rules import RULES
from portal.errors import Invalid, NotFound, Stale, Superseded
from portal.interest_words import GROUNDS as INTEREST_GROUNDS
from portal.models import Review, Round
from portal.queries import dossiers, findings, screening, seen_certificates
from portal.queries import reviews as queries
from portal.queries import signals as signal_queries
from portal.queries.interests import own_grounds
from portal.queries.reviews import TRAYS, Wanted
from portal.terms import N_
from portal.web import beside, checklist, downloads, places, radar, visits_beside
from portal.web.admitting import document as _document
from portal.web.admitting import review as _review
from portal.web.admitting import to_declare
from portal.web.checklist import Draft
from portal.web.context import READING, authority_id, db, moment, now, person, release
from portal.web.guards import audience
from portal.web.problems import translated
from portal.worker import interests

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


def _declared_rounds() -> list[Any]:
    """The rounds in review; before the first view of any of them the interests come first."""
    rounds = list(queries.rounds_in_review(db(), person().id))
    for one in rounds:
        if not one.is_declared:
            abort(to_declare(one.id))
    return rounds


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
        hidden_because=[INTEREST_GROUNDS[one] for one in own_grounds(db(), me.id)],
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
            gettext("opgeschort") if row.is_suspended else row.due_on,
            wording.moment(row.submitted_at, seconds=True), row.code, row.title, row.lot,
            row.party, roles.get(row.role), verdicts.get(row.verdict), row.reason,
            " ".join(row.product_codes or ()), row.found_by, row.found_at and wording.moment(row.found_at),
        )
        for row in findings.of_many(db(), wanted, person(), today)
    )  # fmt: skip
    return downloads.table(f"beoordelingen-{today}.csv", CSV_HEADER, rows)


def _show_declare(round_: Round, errors: Mapping[str, str]) -> str:
    return render_template(
        "review/declare.html",
        round=round_,
        applicants=queries.applicants(db(), round_.id, person().id),
        chosen=request.form.getlist("application"),
        typed=request.form,
        errors=errors,
        is_declared=queries.has_declared(db(), round_.id, person().id),
    )


@blueprint.get("/beoordelen/rondes/<round_id>/belangen")
@audience("declaring")
def declare(round_id: str) -> ResponseReturnValue:
    return _show_declare(_closed_round(round_id), {})


@blueprint.post("/beoordelen/rondes/<round_id>/belangen")
@audience("declaring")
def save_declaration(round_id: str) -> ResponseReturnValue:
    round_, form = _closed_round(round_id), request.form
    errors = checklist.declaration_problems(form, form.getlist("application"))
    if errors:
        return _show_declare(round_, errors), 422
    if not queries.has_declared(db(), round_id, person().id):
        named = queries.applications_in_review(db(), round_id, form.getlist("application"), person().id)
        conflicts = [(one, form.get(f"reason-{one.id}", "")) for one in named]
        interests.declare(db(), round_, person(), conflicts, now())
        db().commit()
        flash(gettext("Uw verklaring is bewaard."), "ok")
    if not person().role_names & {"inkoper", "inspector"}:
        return redirect(url_for("releases.show", round_id=round_id), 303)
    return redirect(url_for("review.queue"), 303)


def _sheet(viewed: checklist.Viewed | None) -> downloads.Shown | None:
    """The page beside the checklist, drawn when nobody saw it before; not while a form holds the lock."""
    if viewed is None or downloads.stopped(viewed.document):
        return None
    return downloads.shown(viewed.document, viewed.number, may_draw=request.method in READING)


def show(
    review: Review,
    key: str = "",
    draft: Draft | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page of a dossier, with one place open and one document beside it."""
    me, today = person(), calendar.local_day(now())
    documents = dossiers.documents(db(), review)
    blind = reviewers.is_blind(review, me)
    side = reviewers.side_of(review, me, reviewers.kind_for(review, me))
    lines = checklist.lines(review, documents, side_reviews.latest(side) if blind else None)
    current = checklist.opened(lines, key)
    viewed = checklist.viewed(current, documents, request.args.get("stuk", ""), request.args.get("pagina", ""))
    previous, following = dossiers.neighbours(db(), me.id, review.due_on, review.id)
    shown = checklist.outcomes(review, {one.id: one.name for one in review.authority.municipalities})
    return render_template(
        "review/dossier.html",
        review=review,
        application=review.application,
        lines=lines,
        current=current,
        draft=draft,
        beside=beside.of(db(), review, lines, me),
        key_of=beside.key_of,
        viewed=viewed,
        signals=signal_queries.of_review(db(), review.id, me.id),
        signal_rules=RULES,
        sheet=_sheet(viewed),
        stopped=downloads.stopped,
        today=today,
        me=me,
        previous=previous,
        following=following,
        may_find=reviews.may_find(review, me),
        blind=blind,
        may_give=reviewers.may_give(review, me),
        side=side,
        side_kind=reviewers.kind_for(review, me),
        second=reviewers.second(review),
        differences=[] if blind else side_reviews.differences(review),
        must_settle=reviewers.wants_second(review),
        may_ask_remedy=reviews.may_ask_remedy(review),
        may_confirm=decisions.may_confirm(review, me),
        is_complete=reviews.is_complete(review),
        remedy_until=remedies.last_day(review.application.round, now()),
        remedy_draft=review.remedy_draft,
        is_draft_current=review.remedy_draft is None or remedies.is_current(review.remedy_draft),
        alike={} if blind else radar.alike(review, lines, current),
        **visits_beside.of(db(), review, me),
        may_name=radar.may_name,
        name_of=radar.name_of,
        kinds_label=radar.kinds_label,
        defects={key: gettext(one.label) for key, one in DEFECTS.items()},
        why_no_remedy=lambda requirement: remedy_rules.why_not(requirement, review.application.round),
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
    review = _review(review_id)
    return show(review, request.args.get("eis", ""))


@blueprint.post("/beoordelen/<review_id>/oordeel/<key>")
@audience("inkoper")
def find(review_id: str, key: str) -> ResponseReturnValue:
    review, form = _review(review_id), request.form
    lines, codes = checklist.lines(review, {}), tuple(form.getlist("product"))
    line = checklist.named(lines, key)
    typed = checklist.typed_draft(form, codes)
    if "reden" in request.args:
        offered = beside.of(db(), review, [line], person())[key].offered
        return show(review, key, beside.with_reason(typed, offered, request.args["reden"] or form.get("tekst", "")))
    try:
        reviews.find(
            review, person(), line.item, typed.verdict, typed.reason, now(),
            based_on=typed.based_on, product_codes=codes, seen=form.get("seen"), defect=form.get("defect"),
        )  # fmt: skip
    except Invalid as error:
        problems = {name: gettext(text) for name, text in error.problems.items()}
        draft = checklist.typed_draft(form, codes, problems=problems)
        return show(review, key, draft, {f"{name}-{key}": text for name, text in problems.items()}), 422
    except Stale as error:
        return show(review, key, checklist.typed_draft(form, codes, theirs=error.theirs)), 409
    except Superseded as error:
        return show(review, key, checklist.typed_draft(form, codes, superseded=translated(error))), 409
    if written := screening.draft(db(), review.id, person().id, key):
        db().delete(written)
    db().commit()
    flash(gettext("Oordeel over %(key)s is bewaard.", key=key), "ok")
    goal = checklist.after(lines, key)
    return redirect(url_for("review.dossier", review_id=review_id, eis=goal, _anchor=f"eis-{goal}"), 303)


def back(review_id: str, message: str) -> ResponseReturnValue:
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
        return show(review, key, errors={name: gettext(text) for name, text in error.problems.items()}), 422
    db().commit()
    flash(gettext("Genoteerd. Dit stuk kan hier nu niemand meer openen."), "ok")
    return redirect(place, 303)


@blueprint.post("/beoordelen/<review_id>/voorstel")
@audience("inkoper")
def propose(review_id: str) -> ResponseReturnValue:
    decisions.propose(_review(review_id), person(), moment())
    db().commit()
    return back(review_id, gettext("Uw voorstel ligt bij een tweede inkoper."))


@blueprint.post("/beoordelen/<review_id>/vaststellen")
@audience("inkoper")
def confirm(review_id: str) -> ResponseReturnValue:
    decisions.confirm(_review(review_id), person(), moment())
    db().commit()
    return back(review_id, gettext("Het besluit is vastgesteld. De rondebeheerder maakt het bekend."))


@blueprint.post("/beoordelen/<review_id>/teruggeven")
@audience("inkoper")
def send_back(review_id: str) -> ResponseReturnValue:
    review = _review(review_id)
    try:
        for one in decisions.send_back(review, person(), request.form.get("reason", ""), now()):
            db().delete(one)
    except Invalid as error:
        return show(review, errors={"send-back-reason": gettext(error.problems["reason"])}), 422
    db().commit()
    return back(review_id, gettext("Het voorstel is teruggegeven aan de eerste inkoper."))


@blueprint.post("/beoordelen/<review_id>/belang")
@audience("reading_along")
def recuse(review_id: str) -> ResponseReturnValue:
    review = _review(review_id)
    try:
        interests.recuse(db(), review.application, person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return show(review, errors={"recuse-reason": gettext(error.problems["reason"])}), 422
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
