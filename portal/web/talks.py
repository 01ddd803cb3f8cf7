"""Reports of talks: begin, fill in per topic, agree on actions, confirm, and add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import following
from portal.domain import talks as domain
from portal.errors import Invalid, NotFound, Stale
from portal.models import Agreement, Talk
from portal.queries import running
from portal.terms import N_
from portal.web import downloads
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.managing import blueprint, day, done, own, page, today
from portal.web.problems import by_field, translated

CSV_HEADER = (
    "Overeenkomst", "Gesprek", "Gehouden op", "Aanwezig", "Stand", "Soort regel", "Onderwerp", "Tekst", "Door",
    "Uiterlijk", "Klaar op",
)  # fmt: skip


def _list_page(found: Agreement, errors: Mapping[str, str] | None = None) -> str:
    talks = running.talks_of(db(), found.id)
    every = following.rules(found).get("talk_every_months") or domain.EVERY
    last = max((one.held_on for one in talks), default=None)
    return page(
        "talks",
        found,
        "management.talks",
        gettext("Gesprekken"),
        errors,
        talks=talks,
        every=every,
        next_on=domain.next_on(found.starts_on, every, last),
        typed=request.form,
        kinds=[(key, gettext(term.label)) for key, term in terms.TALK_KINDS.items()],
    )


@blueprint.get("/contractbeheer/<agreement_id>/gesprekken")
@audience("contract_manager")
def talks(agreement_id: str) -> ResponseReturnValue:
    return _list_page(own(agreement_id))


@blueprint.post("/contractbeheer/<agreement_id>/gesprekken")
@audience("contract_manager")
def begin_talk(agreement_id: str) -> ResponseReturnValue:
    found, form = own(agreement_id), request.form
    try:
        talk = domain.begin(found, person(), form.get("kind", ""), day("held_on"), form.get("present", ""), now())
    except Invalid as refusal:
        return _list_page(found, by_field(refusal)), 422
    db().add(talk)
    return done(gettext("Het verslag is begonnen. Vul nu de onderwerpen in."), ".talk", talk_id=talk.id)


def _own(talk_id: str) -> Talk:
    found = running.talk(db(), talk_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _talk_page(
    talk: Talk, errors: Mapping[str, str] | None = None, theirs: Mapping[str, Any] | None = None, message: str = ""
) -> str:
    """One report. `theirs`: the notes a colleague saved since, by topic, beside what was typed."""
    return page(
        "talk",
        own(talk.agreement_id),
        "management.talks",
        gettext("Verslag"),
        errors,
        talk=talk,
        notes={one.topic: one for one in talk.notes},
        theirs=theirs or {},
        message=message,
        typed=request.form,
    )


@blueprint.get("/contractbeheer/gesprekken/<talk_id>")
@audience("contract_manager")
def talk(talk_id: str) -> ResponseReturnValue:
    return _talk_page(_own(talk_id))


@blueprint.post("/contractbeheer/gesprekken/<talk_id>")
@audience("contract_manager")
def save_talk(talk_id: str) -> ResponseReturnValue:
    found, form = _own(talk_id), request.form
    texts = {
        one["code"]: (form.get(f"note-{one['code']}", ""), form.get(f"version-{one['code']}", 0, int))
        for one in found.topics
    }
    try:
        domain.save(found, person(), day("held_on"), form.get("present", ""), texts, now())
    except Invalid as refusal:
        return _talk_page(found, by_field(refusal)), 422
    except Stale as stale:
        return _talk_page(found, theirs=stale.theirs, message=translated(stale)), 409
    return done(gettext("Het verslag is bewaard."), ".talk", talk_id=talk_id)


@blueprint.post("/contractbeheer/gesprekken/<talk_id>/afspraken")
@audience("contract_manager")
def agree(talk_id: str) -> ResponseReturnValue:
    found, form = _own(talk_id), request.form
    try:
        domain.agree(found, person(), form.get("text", ""), form.get("owner", ""), day("due_on"), now())
    except Invalid as refusal:
        return _talk_page(found, by_field(refusal)), 422
    return done(gettext("De afspraak is bewaard."), ".talk", talk_id=talk_id, _anchor="afspraken")


@blueprint.post("/contractbeheer/gesprekken/<talk_id>/afspraken/<point_id>/klaar")
@audience("contract_manager")
def complete(talk_id: str, point_id: str) -> ResponseReturnValue:
    point = next((one for one in _own(talk_id).points if one.id == point_id), None)
    if point is None:
        raise NotFound(N_("Dit bestaat niet."))
    domain.complete(point, person(), request.form.get("note", ""), now())
    return done(gettext("De afspraak is klaar."), ".talk", talk_id=talk_id, _anchor="afspraken")


@blueprint.post("/contractbeheer/gesprekken/<talk_id>/vaststellen")
@audience("contract_manager")
def confirm_talk(talk_id: str) -> ResponseReturnValue:
    domain.confirm(_own(talk_id), person(), now())
    return done(gettext("Het verslag is vastgesteld."), ".talk", talk_id=talk_id)


@blueprint.post("/contractbeheer/gesprekken/<talk_id>/aanvullen")
@audience("contract_manager")
def add_to_talk(talk_id: str) -> ResponseReturnValue:
    found = _own(talk_id)
    try:
        domain.add(found, person(), request.form.get("addendum", ""), now())
    except Invalid as refusal:
        return _talk_page(found, by_field(refusal)), 422
    return done(gettext("De aanvulling is bewaard."), ".talk", talk_id=talk_id, _anchor="aanvullingen")


def _lines(found: Agreement, talk: Talk) -> list[tuple[Any, ...]]:
    start = (
        found.number, gettext(terms.TALK_KINDS[talk.kind].label), talk.held_on, talk.present,
        gettext(terms.TALK_STATES[talk.state].label),
    )  # fmt: skip
    titles = {one["code"]: one["title"] for one in talk.topics}
    rows = [
        (*start, gettext("Onderwerp"), titles.get(one.topic, one.topic), one.text, one.saved_by.name, "", "")
        for one in sorted(talk.notes, key=lambda note: list(titles).index(note.topic))
    ]
    rows += [
        (*start, gettext("Afspraak"), "", one.text, one.owner, one.due_on, one.done_at and following.today(one.done_at))
        for one in talk.points
    ]
    return rows + [(*start, gettext("Aanvulling"), "", one.text, one.added_by.name, "", "") for one in talk.addenda]


@blueprint.get("/contractbeheer/<agreement_id>/gesprekken.csv")
@audience("contract_manager")
def export_talks(agreement_id: str) -> ResponseReturnValue:
    found = own(agreement_id)
    rows = [line for one in running.full_talks(db(), found.id) for line in _lines(found, one)]
    return downloads.table(f"gesprekken-{found.number}-{today()}.csv", CSV_HEADER, rows)
