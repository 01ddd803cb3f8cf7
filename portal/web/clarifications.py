"""Answering questions: the list, taking alike ones together, two people per answer, and the notices."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import clarification_notices as publishing
from portal.domain import clarifications as domain
from portal.domain import deadlines
from portal.domain import questions as asking
from portal.errors import Invalid, NotFound, Stale
from portal.models import Clarification, Question, Round
from portal.queries import questions as queries
from portal.terms import CLARIFICATION_STATES, N_
from portal.web.context import db, moment, now, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.web.questions import attempt, subject_options

blueprint = Blueprint("clarifications", __name__)


# --- the list ---


def _shown_round(rounds: list[Round], wanted: queries.Wanted) -> Round | None:
    """The round of the filter, else the one that is open, else the one that opened last."""
    if wanted.round_id:
        return next((one for one in rounds if one.id == wanted.round_id), None)
    return next((one for one in rounds if one.is_open(now())), next(iter(rounds), None))


def _list_page(wanted: queries.Wanted, errors: dict[str, str]) -> str:
    rounds = [one for one in queries.rounds(db()) if one.opens_at <= now()]
    round_ = _shown_round(rounds, wanted)
    chosen = queries.Wanted(round_.id, wanted.state, wanted.subject, wanted.text, wanted.page) if round_ else wanted
    questions, more = queries.asked(db(), chosen) if round_ else ([], False)
    answers = queries.clarifications(db(), round_.id) if round_ else []
    states = [(key, gettext(term.label)) for key, term in CLARIFICATION_STATES.items()]
    return render_template(
        "questions/overview.html",
        wanted=chosen,
        round=round_,
        round_options=[(one.id, f"{one.procedure.title}, {one.label}") for one in rounds],
        state_options=[("new", gettext("Nog geen antwoord")), *states],
        subject_options=subject_options(round_) if round_ else [],
        questions=questions,
        more=more,
        answers=answers,
        drafts=[(one.id, one.question[:80]) for one in answers if one.state == "draft"],
        notices=queries.notices(db(), round_.id) if round_ else [],
        ticked=request.form.getlist("question"),
        errors=errors,
    )


@blueprint.get("/inlichtingen")
@audience("screening")
def overview() -> ResponseReturnValue:
    """The questions of one round, the answers to them, and the notices."""
    return _list_page(queries.Wanted.of(request.args), {})


def list_url(round_id: str, anchor: str) -> str:
    return url_for("clarifications.overview", ronde=round_id, _anchor=anchor)


def _round(found: Round | None) -> Round:
    if found is None:
        raise NotFound(N_("Deze ronde bestaat niet."))
    return found


@blueprint.post("/inlichtingen/<round_id>/antwoorden")
@audience("screening")
def take_together(round_id: str) -> ResponseReturnValue:
    """One answer for the ticked questions, new or the draft `into`."""
    round_ = _round(queries.round_(db(), round_id))
    asked = queries.chosen(db(), request.form.getlist("question"))
    into = _clarification(request.form["into"]) if request.form.get("into") else None
    try:
        answer = domain.take_together(round_, asked, person(), now(), into)
    except Invalid as refusal:
        return _list_page(queries.Wanted(round_id=round_id), by_field(refusal)), 422
    db().add(answer)
    db().commit()
    return redirect(url_for("clarifications.clarification", clarification_id=answer.id), 303)


# --- one answer ---


def _clarification(clarification_id: str) -> Clarification:
    found = queries.clarification(db(), clarification_id)
    if found is None:
        raise NotFound(N_("Dit antwoord bestaat niet."))
    return found


def _answer_page(answer: Clarification, errors: dict[str, str], stale: Stale | None = None, form: Any = None) -> str:
    return render_template(
        "questions/clarification.html",
        answer=answer,
        me=person(),
        traces=domain.found_traces(answer),
        subject_options=subject_options(answer.round),
        requirement_options=[(one.code, f"{one.code} {one.title}") for one in answer.round.requirements],
        edition_options=[
            (one.number, gettext("Uitgave %(number)s: %(reason)s", number=one.number, reason=one.reason[:80]))
            for one in domain.later_editions(answer.round)
        ],
        form=form,
        stale=stale.theirs if stale else None,
        errors=errors | ({"answer": translated(stale)} if stale else {}),
        crumbs=[(gettext("Vragen"), list_url(answer.round_id, "antwoorden")), (gettext("Antwoord"), "")],
    )


@blueprint.get("/inlichtingen/antwoorden/<clarification_id>")
@audience("screening")
def clarification(clarification_id: str) -> ResponseReturnValue:
    """The questions as they were asked, the words that will be published, and the two people."""
    return _answer_page(_clarification(clarification_id), {})


def answer_url(answer: Clarification) -> str:
    return url_for("clarifications.clarification", clarification_id=answer.id)


@blueprint.post("/inlichtingen/antwoorden/<clarification_id>")
@audience("screening")
def save(clarification_id: str) -> ResponseReturnValue:
    """Save the words; with `propose` also put them before a second person."""
    answer, shown = _clarification(clarification_id), request.form.get("based_on", 0, type=int)
    try:
        domain.save(answer, person(), request.form, now(), based_on=shown)
    except Invalid as refusal:
        return _answer_page(answer, by_field(refusal), form=request.form), 422
    except Stale as stale:
        return _answer_page(answer, {}, stale, request.form), 409
    db().commit()
    flash(gettext("Het antwoord is bewaard. Het is nog niet openbaar."), "ok")
    return redirect(answer_url(answer), 303)


@blueprint.post("/inlichtingen/antwoorden/<clarification_id>/voorleggen")
@audience("screening")
def propose(clarification_id: str) -> ResponseReturnValue:
    """Ready for a second pair of eyes."""
    answer = _clarification(clarification_id)
    try:
        domain.propose(answer, person(), now())
    except Invalid as refusal:
        return _answer_page(answer, by_field(refusal)), 422
    db().commit()
    flash(gettext("Het antwoord ligt klaar voor een tweede collega."), "ok")
    return redirect(answer_url(answer), 303)


@blueprint.post("/inlichtingen/antwoorden/<clarification_id>/akkoord")
@audience("screening")
def approve(clarification_id: str) -> ResponseReturnValue:
    """The second person agrees with what was shown."""
    answer = _clarification(clarification_id)
    domain.approve(answer, person(), now(), based_on=request.form.get("version", 0, type=int))
    db().commit()
    flash(gettext("U bent akkoord. Het antwoord kan in een nota van inlichtingen."), "ok")
    return redirect(list_url(answer.round_id, "antwoorden"), 303)


@blueprint.post("/inlichtingen/antwoorden/<clarification_id>/terughalen")
@audience("screening")
def send_back(clarification_id: str) -> ResponseReturnValue:
    """Back to a draft."""
    answer = _clarification(clarification_id)
    domain.send_back(answer, person(), now())
    db().commit()
    flash(gettext("Het antwoord is weer een concept. U kunt het wijzigen."), "ok")
    return redirect(answer_url(answer), 303)


@blueprint.post("/inlichtingen/antwoorden/<clarification_id>/los/<question_id>")
@audience("screening")
def take_out(clarification_id: str, question_id: str) -> ResponseReturnValue:
    """One question stands by itself again."""
    answer = _clarification(clarification_id)
    domain.take_out(answer, _question(answer, question_id), person(), now())
    db().commit()
    flash(gettext("De vraag staat weer los."), "ok")
    return redirect(answer_url(answer), 303)


def _question(answer: Clarification, question_id: str) -> Question:
    for one in answer.questions:
        if one.id == question_id:
            return one
    raise NotFound(N_("Deze vraag hoort niet bij dit antwoord."))


@blueprint.post("/inlichtingen/antwoorden/<clarification_id>/corrigeren")
@audience("screening")
def correct(clarification_id: str) -> ResponseReturnValue:
    """A draft that mends a published answer."""
    correction = domain.correct(_clarification(clarification_id), person(), now())
    db().add(correction)
    db().commit()
    flash(gettext("Dit is een concept van de correctie. Zij komt in een nieuwe nota; de oude nota blijft staan."), "ok")
    return redirect(answer_url(correction), 303)


@blueprint.post("/inlichtingen/antwoorden/<clarification_id>/weggooien")
@audience("screening")
def discard(clarification_id: str) -> ResponseReturnValue:
    """Throw away a draft without a question."""
    answer = _clarification(clarification_id)
    round_id = answer.round_id
    domain.discard(answer, person(), now())
    db().delete(answer)
    db().commit()
    flash(gettext("Het concept is weg."), "ok")
    return redirect(list_url(round_id, "antwoorden"), 303)


# --- the notice ---


def _notice_page(round_: Round, errors: dict[str, str]) -> str:
    ready = [one for one in queries.clarifications(db(), round_.id) if one.state == "approved" and not one.notice_id]
    rule = asking.rule(round_)
    return render_template(
        "questions/plan.html",
        round=round_,
        ready=ready,
        rule=rule,
        last_moment=asking.days_before(round_.closes_at, rule.notice_days),
        form=request.form,
        ticked=request.form.getlist("clarification") if request.form else [one.id for one in ready],
        attempt=attempt(),
        errors=errors,
        crumbs=[(gettext("Vragen"), list_url(round_.id, "notas")), (gettext("Nota van inlichtingen"), "")],
    )


@blueprint.get("/inlichtingen/<round_id>/nota")
@audience("screening")
def new_notice(round_id: str) -> ResponseReturnValue:
    """Choose the answers, and when they are published."""
    return _notice_page(_round(queries.round_(db(), round_id)), {})


def _parsed(kind: type[date] | type[time], text: str) -> Any:
    try:
        return kind.fromisoformat(text.strip())
    except ValueError:
        return None


@blueprint.post("/inlichtingen/<round_id>/nota")
@audience("screening")
def plan_notice(round_id: str) -> ResponseReturnValue:
    """Publish the chosen answers now, or plan it. The same form sent twice is one notice."""
    _round(queries.held(db(), round_id))
    at, form = moment(), request.form  # after the lock
    if queries.planned_with(db(), attempt()) is None:
        round_ = _round(queries.round_(db(), round_id))
        chosen = [one for one in queries.clarifications(db(), round_id) if one.id in form.getlist("clarification")]
        try:
            instant = _instant() if form.get("when") == "later" else None
            notice = publishing.plan(round_, chosen, person(), attempt(), instant, at)
        except Invalid as refusal:
            db().rollback()
            return _notice_page(_round(queries.round_(db(), round_id)), by_field(refusal)), 422
        db().add(notice)
        db().flush()
        publishing.publish(notice, *queries.last_numbers(db(), round_id), queries.audience(db(), round_), at)
        db().commit()
        flash(_outcome(notice), "ok")
    return redirect(list_url(round_id, "notas"), 303)


def _instant() -> Any:
    form = request.form
    return deadlines.new_instant(_parsed(date, form.get("day", "")), _parsed(time, form.get("time", "")))


def _outcome(notice: Any) -> str:
    if notice.state == "planned":
        return gettext("De nota is gepland. Tot dat moment kunt u haar annuleren.")
    if publishing.is_late(notice) and deadlines.pending(notice.round) is not None:
        return gettext("De nota is openbaar. Zij komt laat: bij de ronde ligt een voorstel voor een latere sluiting.")
    if publishing.is_late(notice):
        return gettext("De nota is openbaar. Zij komt laat: kijk bij de ronde of de sluiting later moet.")
    return gettext("De nota is openbaar. Wie meedoet, vroeg of volgt, krijgt een mail.")


@blueprint.post("/inlichtingen/notas/<notice_id>/annuleren")
@audience("screening")
def cancel_notice(notice_id: str) -> ResponseReturnValue:
    """A planned notice does not go out."""
    notice = queries.notice(db(), notice_id)
    if notice is None:
        raise NotFound(N_("Deze nota bestaat niet."))
    queries.held(db(), notice.round_id)
    db().refresh(notice)
    publishing.cancel(notice, person(), now())
    db().commit()
    flash(gettext("De nota gaat niet door. De antwoorden kunnen in een andere nota."), "ok")
    return redirect(list_url(notice.round_id, "notas"), 303)
