"""Writing the reaction note: taking reactions together, answering them, and publishing by a second official."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import reaction_notes as domain
from portal.domain.consultations import Article, Consultation
from portal.errors import Invalid, NotFound, Stale
from portal.models import NotePoint, ReactionNote
from portal.queries import consultations as queries
from portal.terms import N_
from portal.web.consultations import blueprint
from portal.web.consulting import WORK, asked_for, by_place, manage_page, work_crumbs, work_url
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.languages import sentence
from portal.web.problems import by_field, translated


def _note(consultation: Consultation) -> ReactionNote:
    found = queries.note(db(), consultation.procedure.id, consultation.code)
    if found is None:
        raise NotFound(N_("De reactienota is nog niet begonnen."))
    return found


def _note_or_new(consultation: Consultation) -> ReactionNote:
    found = queries.note(db(), consultation.procedure.id, consultation.code)
    if found is None:
        found = domain.begin(consultation, person(), now())
        db().add(found)
    return found


def _point(note: ReactionNote, point_id: str) -> NotePoint:
    for one in note.points:
        if one.id == point_id:
            return one
    raise NotFound(N_("Dit punt bestaat niet."))


@blueprint.post(f"{WORK}/punten")
@audience("screening")
def take_together(procedure_id: str, code: str) -> ResponseReturnValue:
    """Make one point of the chosen reactions, or add them to the point `into`."""
    consultation = asked_for(procedure_id, code)
    note, wanted = _note_or_new(consultation), set(request.form.getlist("reaction"))
    sent = queries.sent_reactions(db(), procedure_id, code)
    into = _point(note, request.form["into"]) if request.form.get("into") else None
    try:
        point = domain.take_together(note, person(), [one for one in sent if one.id in wanted], now(), into)
    except Invalid as refusal:
        place = request.form.get("place", "")
        db().rollback()
        problems = {f"reaction-{place}": gettext(text) for text in refusal.problems.values()}
        return manage_page(asked_for(procedure_id, code), problems), 422
    db().commit()
    return redirect(work_url("point", consultation, point_id=point.id), 303)


def _point_page(
    consultation: Consultation,
    note: ReactionNote,
    point: NotePoint,
    errors: dict[str, str] | None = None,
    stale: Stale | None = None,
) -> str:
    article = next((one for one in consultation.articles if one.spot == point.spot), Article(*point.spot, "", ""))
    return render_template(
        "consultations/point.html",
        consultation=consultation,
        note=note,
        point=point,
        article=article,
        form=request.form,
        stale=stale.theirs if stale else None,
        errors=(errors or {}) | ({"summary": translated(stale)} if stale else {}),
        crumbs=work_crumbs(consultation, (gettext("Antwoord"), "")),
    )


@blueprint.get(f"{WORK}/punten/<point_id>")
@audience("screening")
def point(procedure_id: str, code: str, point_id: str) -> ResponseReturnValue:
    """The reactions of one point, and our answer."""
    consultation = asked_for(procedure_id, code)
    note = _note(consultation)
    return _point_page(consultation, note, _point(note, point_id))


@blueprint.post(f"{WORK}/punten/<point_id>")
@audience("screening")
def answer(procedure_id: str, code: str, point_id: str) -> ResponseReturnValue:
    """Save the answer to one point."""
    consultation = asked_for(procedure_id, code)
    note, form = _note(consultation), request.form
    found = _point(note, point_id)
    typed = {name: form.get(name, "") for name in ("summary", "answer", "explanation")}
    shown = form.get("based_on", 0, type=int)
    try:
        domain.answer_point(note, found, person(), **typed, now=now(), based_on=shown)
    except Invalid as refusal:
        problems = by_field(refusal)
        return _point_page(consultation, note, found, problems), 422
    except Stale as stale:
        return _point_page(consultation, note, found, stale=stale), 409
    db().commit()
    flash(gettext("Het antwoord is bewaard."), "ok")
    return redirect(work_url("manage", consultation, _anchor=f"punt-{point_id}"), 303)


@blueprint.post(f"{WORK}/punten/<point_id>/splitsen")
@audience("screening")
def split(procedure_id: str, code: str, point_id: str) -> ResponseReturnValue:
    """Undo one point."""
    consultation = asked_for(procedure_id, code)
    note = _note(consultation)
    domain.split(note, _point(note, point_id), person(), now())
    db().commit()
    flash(gettext("Het punt is weg. De reacties staan weer los."), "ok")
    return redirect(work_url("manage", consultation, _anchor="reacties"), 303)


# --- the whole note ---


def _note_page(consultation: Consultation, errors: dict[str, str] | None = None, stale: Stale | None = None) -> str:
    where = db(), consultation.procedure.id, consultation.code
    note, sent = queries.note(*where), list(queries.sent_reactions(*where))
    missing = domain.gaps(note, sent) if note else []
    return render_template(
        "consultations/write_note.html",
        consultation=consultation,
        state=consultation.state(now()),
        note=note,
        gaps=[sentence(text, facts) for text, facts in missing],
        places=by_place(consultation, sent),
        sent=sent,
        me=person(),
        form=request.form,
        stale=stale.theirs if stale else None,
        errors=(errors or {}) | ({"introduction": translated(stale)} if stale else {}),
        crumbs=work_crumbs(consultation, (gettext("Reactienota"), "")),
    )


@blueprint.get(f"{WORK}/nota")
@audience("screening")
def write_note(procedure_id: str, code: str) -> ResponseReturnValue:
    """The note as it stands: what is still to do, the introduction, every point, and the four eyes."""
    return _note_page(asked_for(procedure_id, code))


@blueprint.post(f"{WORK}/nota")
@audience("screening")
def introduce(procedure_id: str, code: str) -> ResponseReturnValue:
    """Save the introduction."""
    consultation = asked_for(procedure_id, code)
    text, shown = request.form.get("introduction", ""), request.form.get("based_on", 0, type=int)
    note = _note_or_new(consultation)
    try:
        domain.introduce(note, person(), text, now(), based_on=shown or note.version)
    except Invalid as refusal:
        return _note_page(consultation, by_field(refusal)), 422
    except Stale as stale:
        return _note_page(consultation, stale=stale), 409
    db().commit()
    flash(gettext("De inleiding is bewaard."), "ok")
    return redirect(work_url("write_note", consultation), 303)


@blueprint.post(f"{WORK}/nota/voorstellen")
@audience("screening")
def propose(procedure_id: str, code: str) -> ResponseReturnValue:
    """Ready for a second pair of eyes."""
    consultation = asked_for(procedure_id, code)
    domain.propose(_note(consultation), person(), queries.sent_reactions(db(), procedure_id, code), now())
    db().commit()
    flash(gettext("De nota is voorgesteld. Een collega leest haar en publiceert."), "ok")
    return redirect(work_url("write_note", consultation), 303)


@blueprint.post(f"{WORK}/nota/terugnemen")
@audience("screening")
def send_back(procedure_id: str, code: str) -> ResponseReturnValue:
    """The proposal is taken back; the note can be changed again."""
    consultation = asked_for(procedure_id, code)
    domain.send_back(_note(consultation), person(), now())
    db().commit()
    flash(gettext("De nota is weer een concept. U kunt haar wijzigen."), "ok")
    return redirect(work_url("write_note", consultation), 303)


@blueprint.post(f"{WORK}/nota/publiceren")
@audience("screening")
def publish(procedure_id: str, code: str) -> ResponseReturnValue:
    """A second official publishes what was shown."""
    consultation = asked_for(procedure_id, code)
    reactions = queries.sent_reactions(db(), procedure_id, code, people=True)
    shown = request.form.get("version", 0, type=int)
    domain.publish(_note(consultation), consultation, person(), reactions, now(), based_on=shown)
    db().commit()
    flash(gettext("De reactienota is openbaar. Wie reageerde, krijgt een mail."), "ok")
    return redirect(work_url("write_note", consultation), 303)
