"""Questions of applicants, and the clarification notices for everybody."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import questions as domain
from portal.domain import traces, wording
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import Procedure, Question, Round, new_id
from portal.queries import questions as queries
from portal.terms import N_
from portal.web.context import db, moment, now, organisation_id, person, release, services
from portal.web.guards import audience
from portal.web.problems import by_field, translated

blueprint = Blueprint("questions", __name__)

PLACE = "/procedures/<authority_slug>/<slug>/inlichtingen"


def attempt() -> str:
    """The key of the form that was sent; a new one for a form that is shown."""
    return request.form.get("attempt", "")[:60] or new_id()


@blueprint.app_template_filter("question_subject")
def subject_name(subject: domain.Subject) -> str:
    """'Eis T01 Ervaring', 'Perceel 1A', 'Product IB-BASIS', or the round as a whole."""
    kinds = {"requirement": gettext("Eis"), "lot": gettext("Perceel"), "product": gettext("Product")}
    if subject.kind not in kinds:
        return gettext("De hele ronde")
    return f"{kinds[subject.kind]} {subject.code} {subject.name}".strip()


@blueprint.app_template_filter("subject_of")
def subject_of(question: Any) -> str:
    """What a question or a clarification is about, in words."""
    return subject_name(domain.subject(question.round, question.subject))


@blueprint.app_template_filter("asking_ends_at")
def asking_ends_at(round_: Round) -> datetime:
    return domain.ends_at(round_)


@blueprint.app_template_filter("question_rule")
def question_rule(round_: Round) -> domain.Rule:
    return domain.rule(round_)


def subject_options(round_: Round) -> list[tuple[str, str]]:
    return [(one.key, subject_name(one)) for one in domain.subjects(round_)]


# --- everybody ---


def _procedure(authority_slug: str, slug: str) -> Procedure:
    found = queries.published_rounds(db(), authority_slug, slug)
    if found is None:
        raise NotFound(N_("Deze procedure bestaat niet of is nog niet gepubliceerd."))
    return found


def asking_round(procedure: Procedure, at: datetime) -> Round | None:
    """The round that questions can be asked about now; else the one that is open; else none."""
    is_open = [one for one in procedure.rounds if one.is_open(at)]
    return next((one for one in is_open if domain.is_open(one, at)), next(iter(is_open), None))


@blueprint.get(PLACE)
@audience("public")
def notices(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Until when questions can be asked, and every notice that was published."""
    procedure = _procedure(authority_slug, slug)
    round_ = asking_round(procedure, now())
    return render_template(
        "questions/notices.html",
        procedure=procedure,
        round=round_,
        may_ask=round_ is not None and domain.is_open(round_, now()),
        notices=queries.published(procedure),
        crumbs=_crumbs(procedure, (gettext("Vragen en antwoorden"), "")),
    )


def _crumbs(procedure: Procedure, *more: tuple[str, str]) -> list[tuple[str, str]]:
    where = {"authority_slug": procedure.authority.slug, "slug": procedure.slug}
    return [
        (gettext("Procedures"), url_for("public.home")),
        (procedure.title, url_for("public.procedure", **where)),
        *more,
    ]


def _published(authority_slug: str, slug: str, label: str, number: int) -> tuple[dict[str, Any], str | None]:
    row = queries.published_facts(db(), authority_slug, slug, label, number)
    if row is None:
        raise NotFound(N_("Deze nota van inlichtingen bestaat niet, of is nog niet gepubliceerd."))
    return json.loads(row.facts), row.pdf_key


@blueprint.get(f"{PLACE}/<label>/<int:number>")
@audience("public")
def notice(authority_slug: str, slug: str, label: str, number: int) -> ResponseReturnValue:
    """One clarification notice, as it was frozen."""
    facts, pdf_key = _published(authority_slug, slug, label, number)
    where = {"authority_slug": authority_slug, "slug": slug}
    title = gettext("Nota van inlichtingen %(number)s", number=number)
    above = [
        (gettext("Procedures"), url_for("public.home")),
        (facts["procedure"], url_for("public.procedure", **where)),
        (gettext("Vragen en antwoorden"), url_for("questions.notices", **where)),
    ]
    return render_template(
        "questions/notice.html",
        facts=facts,
        where=where,
        published_at=wording.instant_of(facts["published_at"]),
        subject_of=lambda one: subject_name(domain.Subject(**one)),
        has_pdf=pdf_key is not None,
        crumbs=[*above, (title, "")],
    )


@blueprint.get(f"{PLACE}/<label>/<int:number>.pdf")
@audience("public")
def notice_file(authority_slug: str, slug: str, label: str, number: int) -> ResponseReturnValue:
    """The notice as PDF."""
    facts, key = _published(authority_slug, slug, label, number)
    release()
    if key is None:
        raise Refused(N_("De PDF wordt gemaakt. Probeer het over een minuut opnieuw."))
    headers = {"Content-Disposition": f'inline; filename="{facts["reference"]}.pdf"'}
    return Response(services().files.chunks(key), content_type="application/pdf", headers=headers)


# --- the asker ---


def _new_page(procedure: Procedure, round_: Round, errors: dict[str, str]) -> str:
    return render_template(
        "questions/new.html",
        procedure=procedure,
        round=round_,
        options=subject_options(round_),
        subject=request.form.get("subject", request.args.get("over", "")),
        form=request.form,
        attempt=attempt(),
        errors=errors,
        crumbs=_crumbs(
            procedure,
            (
                gettext("Vragen en antwoorden"),
                url_for("questions.notices", authority_slug=procedure.authority.slug, slug=procedure.slug),
            ),
            (gettext("Vraag stellen"), ""),
        ),
    )


def _asked_about(procedure: Procedure, at: datetime) -> Round:
    """The round to ask about, or the refusal that says until when it was possible."""
    round_ = asking_round(procedure, at)
    if round_ is None:
        raise Refused(N_("Er is nu geen ronde open. Een vraag stellen kan zodra een ronde opent."))
    domain.require_asking(round_, at)
    return round_


@blueprint.get(f"{PLACE}/vraag")
@audience("applicant")
def new(authority_slug: str, slug: str) -> ResponseReturnValue:
    """The form of a question. `over` chooses what it is about."""
    procedure = _procedure(authority_slug, slug)
    return _new_page(procedure, _asked_about(procedure, now()), {})


@blueprint.post(f"{PLACE}/vraag")
@audience("applicant")
def begin(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Keep a question as a draft. The same form sent twice is one question."""
    procedure, key = _procedure(authority_slug, slug), attempt()
    question = queries.begun_with(db(), key, organisation_id())
    if question is None:
        at = moment()
        try:
            round_ = _asked_about(procedure, at)
            question = domain.begin(round_, person(), key, request.form, at)
        except Invalid as refusal:
            return _new_page(procedure, round_, by_field(refusal)), 422
        except Refused as refusal:
            return _too_late(refusal), 409
        db().add(question)
        db().commit()
    return redirect(url_for("questions.question", question_id=question.id), 303)


def _too_late(refusal: Refused) -> str:
    """Why not, with what was typed: it is not lost."""
    return render_template("questions/too_late.html", message=translated(refusal), text=request.form.get("text", ""))


def _own(question_id: str) -> Question:
    found = queries.own_question(db(), question_id, organisation_id())
    if found is None:
        raise NotFound(N_("Deze vraag bestaat niet."))
    return found


@blueprint.get("/vragen")
@audience("applicant")
def own() -> ResponseReturnValue:
    """Every question of the organisation, with how it stands."""
    return render_template("questions/own.html", questions=queries.own(db(), organisation_id()))


def _question_page(question: Question, errors: dict[str, str], stale: Stale | None = None) -> str:
    return render_template(
        "questions/question.html",
        question=question,
        may_write=question.state in {"draft", "withdrawn"} and domain.is_open(question.round, now()),
        traces=traces.found(question.text, question.organisation),
        options=subject_options(question.round),
        form=request.form,
        stale=stale.theirs if stale else None,
        errors=errors | ({"text": translated(stale)} if stale else {}),
        crumbs=[(gettext("Berichten"), url_for("conversations.overview")),
                (gettext("Uw vragen"), url_for("questions.own")), (gettext("Vraag"), "")],
    )  # fmt: skip


@blueprint.get("/vragen/<question_id>")
@audience("applicant")
def question(question_id: str) -> ResponseReturnValue:
    """One question: what in it gives you away, how it stands, and its answer."""
    return _question_page(_own(question_id), {})


@blueprint.post("/vragen/<question_id>")
@audience("applicant")
def save(question_id: str) -> ResponseReturnValue:
    """Change a question that is not sent."""
    found, shown = _own(question_id), request.form.get("based_on", 0, type=int)
    try:
        domain.save(found, person(), request.form, moment(), based_on=shown)
    except Invalid as refusal:
        return _question_page(found, by_field(refusal)), 422
    except Stale as stale:
        return _question_page(found, {}, stale), 409
    except Refused as refusal:
        return _too_late(refusal), 409
    db().commit()
    flash(gettext("Bewaard. Lees uw vraag na en verstuur haar."), "ok")
    return redirect(url_for("questions.question", question_id=question_id), 303)


@blueprint.post("/vragen/<question_id>/versturen")
@audience("applicant")
def send(question_id: str) -> ResponseReturnValue:
    """To the authority."""
    domain.send(_own(question_id), person(), moment())
    db().commit()
    flash(
        gettext("Uw vraag is verstuurd. Het antwoord komt in een nota van inlichtingen; u krijgt dan een mail."), "ok"
    )
    return redirect(url_for("questions.question", question_id=question_id), 303)


@blueprint.post("/vragen/<question_id>/intrekken")
@audience("applicant")
def withdraw(question_id: str) -> ResponseReturnValue:
    """Take it back."""
    domain.withdraw(_own(question_id), person(), moment())
    db().commit()
    flash(gettext("Uw vraag is ingetrokken. De tekst staat hier nog; u kunt haar wijzigen en opnieuw versturen."), "ok")
    return redirect(url_for("questions.question", question_id=question_id), 303)
