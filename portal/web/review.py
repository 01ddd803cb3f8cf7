"""Screening: the interests one declares first, and a dossier beside its documents (the list of them: `queue`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import calendar, decisions, remedies, reviewers, reviews, side_reviews
from portal.domain import seen_certificates as seen_domain
from portal.domain.signal_rules import RULES
from portal.errors import Invalid, NotFound, Stale, Superseded
from portal.models import Review, Round
from portal.queries import dossiers, screening, seen_certificates
from portal.queries import reviews as queries
from portal.queries import signals as signal_queries
from portal.terms import N_
from portal.web import beside, checklist, downloads, places, radar, visits_beside
from portal.web.admitting import document as _document
from portal.web.admitting import review as _review
from portal.web.checklist import Draft
from portal.web.context import READING, db, moment, now, person, release
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.worker import interests

blueprint = Blueprint("review", __name__)


def last_day(ends_at: datetime) -> date:
    """The last Amsterdam day of a term that ends at this instant: at midnight, the day before."""
    return calendar.local_day(ends_at - timedelta(microseconds=1))


def _closed_round(round_id: str) -> Round:
    found = queries.round_in_review(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


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
    form = beside.form_facts(review, me)
    blind = form["blind"]
    lines = checklist.lines(review, documents, side_reviews.seen_by(review, me))
    current = checklist.opened(lines, key)
    viewed = checklist.viewed(current, documents, request.args.get("stuk", ""), request.args.get("pagina", ""))
    around = dossiers.around(db(), review, me.id)
    is_complete = reviews.is_complete(review)
    shown = checklist.outcomes(review) if is_complete else []
    return render_template(
        "review/dossier.html",
        review=review,
        application=review.application,
        lines=lines,
        current=current,
        draft=draft,
        beside=beside.of(db(), review, lines, me, current),
        **form,
        offered=beside.offered(db(), review, current) if current and (form["may_find"] or form["may_give"]) else [],
        key_of=beside.key_of,
        viewed=viewed,
        signals=signal_queries.of_review(db(), review.id, me.id),
        signal_rules=RULES,
        sheet=_sheet(viewed),
        stopped=downloads.stopped,
        today=today,
        me=me,
        previous=around.previous,
        following=around.following,
        returned=around.returned,
        side=reviewers.own_side(review, me),
        side_kind=reviewers.kind_for(review, me),
        second=reviewers.second(review),
        differences=[] if blind else side_reviews.differences(review),
        must_settle=reviewers.wants_second(review),
        may_confirm=decisions.may_confirm(review, me),
        is_complete=is_complete,
        remedy_until=remedies.last_day(review.application.round, now()),
        remedy_draft=review.remedy_draft,
        is_draft_current=review.remedy_draft is None or remedies.is_current(review.remedy_draft),
        alike={} if blind else radar.alike(review, lines, current),
        **visits_beside.of(db(), review, me),
        may_name=radar.may_name,
        name_of=radar.name_of,
        kinds_label=radar.kinds_label,
        last_day=last_day,
        outcomes=shown,
        outcome_columns=checklist.outcome_columns(shown),
        parties=reviews.submitted(review.submission).get("parties", []),
        goal_titles=places.goal_titles(review.application.round),
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
        offered = beside.offered(db(), review, line)
        return show(review, key, beside.with_reason(typed, offered, request.args["reden"] or form.get("tekst", "")))
    try:
        reviews.find(
            review, person(), line.item, typed.verdict, typed.reason, now(),
            based_on=typed.based_on, product_codes=codes, seen=form.get("seen"), defect=form.get("defect"),
        )  # fmt: skip
    except Invalid as error:
        draft = checklist.typed_draft(form, codes, problems=by_field(error))
        return show(review, key, draft, by_field(error, key)), 422
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
        return show(review, key, errors=by_field(error)), 422
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
        return show(review, errors={"send-back-reason": by_field(error)["reason"]}), 422
    db().commit()
    return back(review_id, gettext("Het voorstel is teruggegeven aan de eerste inkoper."))


@blueprint.post("/beoordelen/<review_id>/belang")
@audience("reading_along")
def recuse(review_id: str) -> ResponseReturnValue:
    review = _review(review_id)
    try:
        interests.recuse(db(), review.application, person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return show(review, errors={"recuse-reason": by_field(error)["reason"]}), 422
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
