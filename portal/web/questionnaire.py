"""Filling in the Bibob questionnaire: page by page, every save sealed, readable by who fills it in and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.adapters import bibob_forms, compartment
from portal.domain import applications, citizen_numbers, questionnaires
from portal.domain.integrity_forms import form_of
from portal.domain.questionnaires import Questionnaire, Section
from portal.errors import NotFound, Stale
from portal.models import Application, IntegrityForm
from portal.queries import work
from portal.terms import N_
from portal.web import places, uploads
from portal.web.applying import Desk, blueprint, closing, desk_at
from portal.web.context import db, now, person, release, services
from portal.web.guards import audience
from portal.web.problems import translated
from portal.web.questionnaire_pages import page_of


def model_of(application: Application) -> Questionnaire | None:
    """The questions that the procedure of this application asks here; None when it only takes an uploaded form."""
    rules = application.round.settings.get("integrity") or {}
    if not rules.get("questionnaire"):
        return None
    return bibob_forms.model(rules["questionnaire"]).chosen(rules.get("questions") or ())


def _desk(application_id: str, position: int) -> tuple[Desk, Questionnaire]:
    key = f"{uploads.INTEGRITY}-P{position}" if position else uploads.INTEGRITY
    desk = desk_at(application_id, key)
    model = model_of(desk.application)
    if model is None or not desk.is_open:
        raise NotFound(N_("Dit formulier is er niet, of is niet meer te wijzigen."))
    applications.require_editable(desk.application, person(), now(), desk.party)
    return desk, model


def _content(form: IntegrityForm | None) -> dict[str, Any]:
    return compartment.unseal(services().files, form.storage_key) if form is not None else {}


def _section(model: Questionnaire, content: Mapping[str, Any], key: str) -> Section:
    found = questionnaires.sections(model, content)
    return next((one for one in found if one.key == key), found[0])


def _page(
    desk: Desk,
    model: Questionnaire,
    content: Mapping[str, Any],
    section: Section,
    version: int,
    theirs: Mapping[str, Any] | None = None,
    stale: str = "",
) -> str:
    position = desk.party.position if desk.party else 0
    found = questionnaires.sections(model, content)
    lacking = {one.key for one, _ in questionnaires.missing(model, content)}
    return render_template(
        "apply/questionnaire.html",
        application=desk.application,
        desk=desk,
        position=position,
        model=model,
        about=places.party_title(desk.party) if desk.party and not desk.part else "",
        page=page_of(model, section, content),
        theirs=page_of(model, section, theirs) if theirs is not None else None,
        stale=stale,
        pages=[page_of(model, one, content) for one in found],
        lacking=lacking,
        version=version,
        may_remove=section.person and len(questionnaires.people(content, section.chapter)) > 1,
        closing=closing(desk.application.round),
        crumbs=desk.crumbs(gettext("Bibob-vragenformulier")),
    )


@blueprint.get("/aanmeldingen/<application_id>/vragenformulier/<int:position>")
@blueprint.get("/aanmeldingen/<application_id>/vragenformulier/<int:position>/<section>")
@audience("applicant")
def questionnaire(application_id: str, position: int, section: str = "") -> ResponseReturnValue:
    desk, model = _desk(application_id, position)
    form = form_of(desk.application, desk.party)
    content = _content(form)
    return _page(desk, model, content, _section(model, content, section), form.version if form else 0)


def _changed(model: Questionnaire, content: Mapping[str, Any], section: Section) -> tuple[dict[str, Any], str]:
    """What the form makes of it, and the page that comes next."""
    said = questionnaires.read(request.form, section, content)
    act = request.form.get("act", "")
    if act == "person" and section.chapter.each:
        said, person_key = questionnaires.with_person(said, section.chapter)
        return said, f"{section.chapter.key}-{person_key}"
    if act == "without" and section.person and len(questionnaires.people(said, section.chapter)) > 1:
        return questionnaires.without_person(said, section), section.chapter.key
    if act == "next":
        keys = [one.key for one in questionnaires.sections(model, said)]
        following = keys.index(section.key) + 1 if section.key in keys else 0
        return said, keys[following] if following < len(keys) else ""
    return said, section.key


@blueprint.post("/aanmeldingen/<application_id>/vragenformulier/<int:position>/<section>")
@audience("applicant")
def save_questionnaire(application_id: str, position: int, section: str) -> ResponseReturnValue:
    """Save one page. Saving is never refused for what is missing."""
    desk, model = _desk(application_id, position)
    form = form_of(desk.application, desk.party)
    before, based_on = _content(form), request.form.get("based_on", 0, type=int)
    at = _section(model, before, section)
    said, following = _changed(model, before, at)
    release()  # sealing writes to the store; no lock is held meanwhile
    answered = {"model": model.key, **{name: said.get(name, {}) for name in ("answers", "people")}}
    key, digest = compartment.seal(services().files, compartment.FORMS, answered)
    former, is_kept = None, False
    try:
        desk, _ = _desk(application_id, position)
        former = questionnaires.save(
            desk.application,
            person(),
            desk.party,
            key,
            digest,
            now(),
            model=model.key,
            is_complete=not questionnaires.missing(model, said),
            based_on=based_on,
        )
        db().commit()
        is_kept = True
    except Stale as stale:
        db().rollback()
        desk, _ = _desk(application_id, position)
        newer = form_of(desk.application, desk.party)
        theirs = _content(newer)
        if all(theirs.get(name) == answered[name] for name in ("answers", "people")):
            return redirect(_next(desk, position, following), 303)  # the same form, sent twice
        text = translated(stale)
        shown = questionnaires.read(request.form, at, theirs)
        return _page(desk, model, shown, at, newer.version if newer else 0, theirs, text), 409
    finally:
        if not is_kept:
            services().files.delete(key)
    _forget(former)
    if any(citizen_numbers.likely(one) for one in questionnaires.texts(said)):
        flash(
            gettext("In uw antwoorden lijkt een burgerservicenummer te staan. Haal het weg: wij vragen het niet."),
            "warning",
        )
    if following:
        flash(gettext("Bewaard. Wij versleutelen elk antwoord."), "ok")
    return redirect(_next(desk, position, following), 303)


def _next(desk: Desk, position: int, section: str) -> str:
    """The page with this key; without one the form is through."""
    if not section:
        return desk.url()
    return url_for("apply.questionnaire", application_id=desk.application.id, position=position, section=section)


def _forget(key: str | None) -> None:
    """The bytes that a newer draft took the place of, unless a submission names them."""
    if key is not None and not work.is_named(db(), key):
        services().files.delete(key)
