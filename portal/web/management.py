"""Contract management for officials: the work list, one agreement at a glance, and its handover."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import following
from portal.domain import handovers as domain
from portal.errors import Invalid, NotFound
from portal.models import Agreement, Handover
from portal.queries import management as queries
from portal.queries import renewals, running
from portal.terms import N_
from portal.web import downloads
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.managing import blueprint, done, own, page, today
from portal.web.problems import by_field

CSV_HEADER = ("Overeenkomst", "Zorgaanbieder", "Begin", "Einde", "Laatste gesprek", "Volgend gesprek", "Aandacht")


def _asked() -> dict[str, str]:
    return {
        "procedure": request.args.get("procedure", ""),
        "wat": request.args.get("wat", "") if request.args.get("wat") in queries.DUES else "",
        "q": request.args.get("q", "").strip()[:100],
    }


@blueprint.get("/contractbeheer")
@audience("contract_manager")
def overview() -> ResponseReturnValue:
    """Agreements in force with what is due, by name; the filters are in the address."""
    asked = _asked()
    work = queries.work(db(), today(), text=asked["q"], procedure_id=asked["procedure"], due=asked["wat"])
    number = request.args.get("pagina", "1")
    turn = max(1, int(number)) if number.isdecimal() and len(number) < 5 else 1
    first, last = (turn - 1) * queries.PAGE, turn * queries.PAGE
    kept = {key: value for key, value in asked.items() if value}
    return render_template(
        "management/overview.html",
        entries=work.entries[first:last],
        total=len(work.entries),
        counts=work.counts,
        everything=work.everything,
        dues={key: gettext(label) for key, label in queries.DUES.items()},
        procedures=[(one.id, one.title) for one in work.procedures],
        titles={one.id: one.title for one in work.procedures},
        asked=asked,
        today=today(),
        link=lambda **more: url_for(".overview", **{**kept, **more}),
        before=url_for(".overview", **kept, pagina=turn - 1) if turn > 1 else None,
        after=url_for(".overview", **kept, pagina=turn + 1) if last < len(work.entries) else None,
    )


@blueprint.get("/contractbeheer.csv")
@audience("contract_manager")
def export() -> ResponseReturnValue:
    asked = _asked()
    work = queries.work(db(), today(), text=asked["q"], procedure_id=asked["procedure"], due=asked["wat"])
    labels = {key: gettext(label) for key, label in queries.DUES.items()}
    rows = (
        (
            one.row.number, one.row.organisation, one.row.starts_on, one.row.ends_on, one.row.last_talk, one.talk_on,
            ", ".join(labels[key] for key in one.dues),
        )
        for one in work.entries
    )  # fmt: skip
    return downloads.table(f"contractbeheer-{today()}.csv", CSV_HEADER, rows)


@blueprint.get("/contractbeheer/<agreement_id>")
@audience("contract_manager")
def agreement(agreement_id: str) -> ResponseReturnValue:
    """What is due, how it stands, and what the provider promised."""
    found = own(agreement_id)
    entry = queries.dues_of(db(), found, today())
    points = [one for talk in running.talks_of(db(), found.id) for one in talk.points if one.done_at is None]
    return page(
        "agreement",
        found,
        "management.agreement",
        gettext("Overzicht"),
        entry=entry,
        dues=queries.DUES,
        day_of=date.fromisoformat,
        renewed=renewals.renewed_at_agreement(db(), found),
        facts=json.loads(found.facts),
        rules=following.rules(found),
        points=sorted(points, key=lambda one: one.due_on),
        suspension=next((one for one in running.suspensions_of(db(), found.id) if one.lifted_at is None), None),
    )


@blueprint.get("/overdracht")
@audience("handover")
def handovers() -> ResponseReturnValue:
    """Every agreement that is or was to be handed over."""
    rows = [
        (row, len(wanted))
        for row in running.handovers(db(), person().id)
        if (wanted := (row.settings.get("contract_management") or {}).get("handover"))
    ]
    return render_template("management/handovers.html", rows=rows)


def _handover_page(found: Agreement, errors: Mapping[str, str] | None = None) -> str:
    return page(
        "handover",
        found,
        "management.handover",
        gettext("Overdracht"),
        errors,
        handover=running.handover(db(), found.id),
        wanted=following.rules(found).get("handover") or [],
        typed=request.form,
    )


def _handover(agreement_id: str) -> Handover:
    found = running.handover(db(), own(agreement_id).id)
    if found is None:
        raise NotFound(N_("De overdracht is nog niet begonnen."))
    return found


@blueprint.get("/contractbeheer/<agreement_id>/overdracht")
@audience("handover")
def handover(agreement_id: str) -> ResponseReturnValue:
    return _handover_page(own(agreement_id))


@blueprint.post("/contractbeheer/<agreement_id>/overdracht")
@audience("handover")
def save_handover(agreement_id: str) -> ResponseReturnValue:
    """Save the whole checklist as ticked; with `afronden` the agreement is handed over."""
    found, form = own(agreement_id), request.form
    checklist = running.handover(db(), found.id)
    if checklist is None:
        checklist = domain.begin(found, person(), now())
        db().add(checklist)
    try:
        for item in checklist.items:
            note = form.get(f"note-{item.code}", "")
            domain.tick(item, person(), f"done-{item.code}" in form, note, now())
    except Invalid as refusal:
        db().rollback()
        return _handover_page(own(agreement_id), by_field(refusal)), 422
    db().commit()
    if "afronden" not in form:
        return done(gettext("De overdracht is bewaard."), ".handover", agreement_id=agreement_id)
    domain.hand_over(checklist, person(), now())
    return done(gettext("De overeenkomst ligt bij de contractmanager."), ".handover", agreement_id=agreement_id)


@blueprint.post("/contractbeheer/<agreement_id>/overdracht/aanvaarden")
@audience("contract_manager")
def accept_handover(agreement_id: str) -> ResponseReturnValue:
    domain.accept(_handover(agreement_id), person(), now())
    return done(gettext("U hebt de overeenkomst aanvaard."), ".handover", agreement_id=agreement_id)


@blueprint.post("/contractbeheer/<agreement_id>/overdracht/teruggeven")
@audience("contract_manager")
def return_handover(agreement_id: str) -> ResponseReturnValue:
    try:
        domain.give_back(_handover(agreement_id), person(), request.form.get("reason", ""), now())
    except Invalid as refusal:
        return _handover_page(own(agreement_id), by_field(refusal)), 422
    return done(gettext("De overdracht ligt weer bij de inkoper."), ".handover", agreement_id=agreement_id)
