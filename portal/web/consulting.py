"""Consultations for officials: how they stand, the reactions, the meetings with who came, and their minutes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import calendar, meetings, wording
from portal.domain import consultations as domain
from portal.domain import minutes as reports
from portal.domain.consultations import Consultation
from portal.errors import Invalid, NotFound, Stale
from portal.models import Reaction
from portal.queries import consultations as queries
from portal.terms import N_, NOTE_ANSWERS
from portal.web import downloads
from portal.web.consultations import blueprint
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated

WORK = "/consultaties/<procedure_id>/<code>"
CSV_HEADER = (
    "Document", "Artikel", "Kop", "Zorgaanbieder", "KvK-nummer", "Verstuurd door", "Verstuurd op", "Reactie",
    "Voorstel", "Punt in de nota", "Antwoord", "Uitleg",
)  # fmt: skip


def asked_for(procedure_id: str, code: str) -> Consultation:
    """The consultation of the own authority. Raises `NotFound`."""
    procedure = queries.procedure(db(), procedure_id)
    if procedure is None:
        raise NotFound(N_("Dit bestaat niet."))
    return domain.find(procedure, code, queries.added_meetings(db(), procedure_id))


def work_url(endpoint: str, consultation: Consultation, **more: Any) -> str:
    """The URL of one of the endpoints below `WORK`."""
    where = {"procedure_id": consultation.procedure.id, "code": consultation.code}
    return url_for(f"consultations.{endpoint}", **where, **more)


blueprint.add_app_template_global(work_url, "work_url")


def work_crumbs(consultation: Consultation, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """From the list of consultations to here."""
    above = (gettext("Consultaties"), url_for("consultations.overview"))
    return [above, (consultation.title, work_url("manage", consultation)), *more]


@blueprint.get("/consultaties")
@audience("screening")
def overview() -> ResponseReturnValue:
    """Every consultation of the authority, with how many reacted."""
    added = queries.added_meetings(db())
    found = [
        one
        for procedure in queries.procedures(db())
        for one in domain.of(procedure, [row for row in added if row.procedure_id == procedure.id])
    ]
    return render_template(
        "consultations/overview.html",
        consultations=found,
        counts=queries.counts(db()),
        notes=queries.note_states(db()),
    )


def by_place(consultation: Consultation, reactions: list[Reaction]) -> list[dict[str, Any]]:
    """The articles with their reactions in the order of the documents; what no article of today fits comes last."""
    titles = {document.code: document.title for document in consultation.documents}
    known = {article.spot: article for article in consultation.articles}
    gone = {one.spot for one in reactions} - known.keys()
    places = [*known.values(), *(domain.Article(*spot, "", "") for spot in sorted(gone))]
    return [
        {
            "article": article,
            "document": titles.get(article.document_code, article.document_code),
            "reactions": [one for one in reactions if one.spot == article.spot],
        }
        for article in places
    ]


def manage_page(consultation: Consultation, errors: dict[str, str] | None = None) -> str:
    """Reactions per article with their points, the meetings, and what there is to do."""
    where = db(), consultation.procedure.id, consultation.code
    reactions = list(queries.sent_reactions(*where))
    note = queries.note(*where)
    return render_template(
        "consultations/manage.html",
        consultation=consultation,
        state=consultation.state(now()),
        places=by_place(consultation, reactions),
        organisations=len({one.organisation_id for one in reactions}),
        loose=Counter(one.point_id is None for one in reactions)[True],
        reactions=reactions,
        note=note,
        standing=queries.standing(*where, consultation.closes_at),
        errors=errors or {},
        crumbs=[*work_crumbs(consultation)[:1], (consultation.title, "")],
    )


@blueprint.get(WORK)
@audience("screening")
def manage(procedure_id: str, code: str) -> ResponseReturnValue:
    return manage_page(asked_for(procedure_id, code))


@blueprint.get(f"{WORK}/reacties.csv")
@audience("screening")
def export(procedure_id: str, code: str) -> ResponseReturnValue:
    """Every reaction that was sent, with the point it belongs to."""
    consultation = asked_for(procedure_id, code)
    titles = {document.code: document.title for document in consultation.documents}
    headings = {article.spot: article.heading for article in consultation.articles}
    answers = {key: gettext(term.label) for key, term in NOTE_ANSWERS.items()} | {"": "", None: ""}
    rows = (
        (
            titles.get(row.document_code, row.document_code), row.article_code or gettext("Algemeen"),
            headings.get((row.document_code, row.article_code), ""), row.organisation, row.kvk_number, row.sent_by,
            wording.moment(row.sent_at, seconds=True), row.sent_text, row.sent_proposal, row.summary,
            answers[row.answer], row.explanation,
        )
        for row in queries.rows_for_export(db(), procedure_id, code)
    )  # fmt: skip
    return downloads.table(f"reacties-{code}-{calendar.local_day(now())}.csv", CSV_HEADER, rows)


# --- meetings ---


def _new_meeting_page(consultation: Consultation, errors: dict[str, str]) -> str:
    crumbs = work_crumbs(consultation, (gettext("Bijeenkomst toevoegen"), ""))
    return render_template(
        "consultations/add_meeting.html", consultation=consultation, form=request.form, errors=errors, crumbs=crumbs
    )


@blueprint.get(f"{WORK}/bijeenkomsten/nieuw")
@audience("screening")
def new_meeting(procedure_id: str, code: str) -> ResponseReturnValue:
    return _new_meeting_page(asked_for(procedure_id, code), {})


@blueprint.post(f"{WORK}/bijeenkomsten/nieuw")
@audience("screening")
def add_meeting(procedure_id: str, code: str) -> ResponseReturnValue:
    """Plan one more meeting."""
    consultation = asked_for(procedure_id, code)
    try:
        db().add(meetings.add_meeting(consultation, person(), request.form, now()))
    except Invalid as refusal:
        problems = by_field(refusal)
        return _new_meeting_page(consultation, problems), 422
    db().commit()
    flash(gettext("De bijeenkomst staat op de pagina van de consultatie. Aanbieders kunnen zich aanmelden."), "ok")
    return redirect(work_url("manage", consultation, _anchor="bijeenkomsten"), 303)


def _meeting_page(
    consultation: Consultation, meeting_code: str, errors: dict[str, str], stale: Stale | None = None
) -> str:
    meeting, where = consultation.meeting(meeting_code), (db(), consultation.procedure.id, consultation.code)
    return render_template(
        "consultations/manage_meeting.html",
        consultation=consultation,
        meeting=meeting,
        registrations=queries.registrations(*where, meeting_code, people=False),
        drawn=queries.draw(*where, meeting_code),
        versions=queries.minutes(*where, meeting_code),
        form=request.form,
        stale=stale.theirs if stale else None,
        errors=errors | ({"text": translated(stale)} if stale else {}),
        crumbs=work_crumbs(consultation, (meeting.title, "")),
    )


@blueprint.get(f"{WORK}/bijeenkomsten/<meeting_code>")
@audience("screening")
def manage_meeting(procedure_id: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """Who registered, who came, and the minutes."""
    return _meeting_page(asked_for(procedure_id, code), meeting_code, {})


@blueprint.post(f"{WORK}/bijeenkomsten/<meeting_code>/aanwezig")
@audience("screening")
def attendance(procedure_id: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """How many persons of each organisation came."""
    consultation = asked_for(procedure_id, code)
    everybody = queries.registrations(db(), procedure_id, code, meeting_code, people=False)
    typed = {one.id: request.form.get(f"present-{one.id}", "") for one in everybody}
    try:
        reports.record_attendance(consultation, consultation.meeting(meeting_code), everybody, person(), typed, now())
    except Invalid as refusal:
        problems = by_field(refusal)
        return _meeting_page(consultation, meeting_code, problems), 422
    db().commit()
    flash(gettext("Wie er was, is bewaard."), "ok")
    return redirect(work_url("manage_meeting", consultation, meeting_code=meeting_code), 303)


@blueprint.post(f"{WORK}/bijeenkomsten/<meeting_code>/verslag")
@audience("screening")
def save_minutes(procedure_id: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """A next version of the minutes; not public yet."""
    consultation = asked_for(procedure_id, code)
    versions = queries.minutes(db(), procedure_id, code, meeting_code)
    text, shown = request.form.get("text", ""), request.form.get("based_on", 0, type=int)
    try:
        saved = reports.save_minutes(
            consultation, consultation.meeting(meeting_code), versions, person(), text, now(), based_on=shown
        )
    except Invalid as refusal:
        problems = by_field(refusal)
        return _meeting_page(consultation, meeting_code, problems), 422
    except Stale as stale:
        return _meeting_page(consultation, meeting_code, {}, stale), 409
    db().add(saved)
    db().commit()
    flash(gettext("Versie %(number)s van het verslag is bewaard. Het is nog niet openbaar.", number=saved.number), "ok")
    return redirect(work_url("manage_meeting", consultation, meeting_code=meeting_code, _anchor="verslag"), 303)


@blueprint.post(f"{WORK}/bijeenkomsten/<meeting_code>/verslag/publiceren")
@audience("screening")
def publish_minutes(procedure_id: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """Make the version that was shown public."""
    consultation = asked_for(procedure_id, code)
    versions = queries.minutes(db(), procedure_id, code, meeting_code)
    everybody = queries.registrations(db(), procedure_id, code, meeting_code)
    number = request.form.get("number", 0, type=int)
    meeting = consultation.meeting(meeting_code)
    reports.publish_minutes(consultation, meeting, versions, number, everybody, person(), now())
    db().commit()
    flash(gettext("Het verslag is openbaar. Wie een plaats had, krijgt een mail."), "ok")
    return redirect(work_url("manage_meeting", consultation, meeting_code=meeting_code, _anchor="verslag"), 303)
