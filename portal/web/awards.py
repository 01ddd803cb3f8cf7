"""The award per lot: ranks, what a number of contracts means for each municipality, proposal, and reserve list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import awards, offers, ranking, reserve, scoring
from portal.errors import Invalid, NotFound
from portal.models import Application, Award, Lot, Round
from portal.queries import scoring as queries
from portal.terms import N_
from portal.web.context import db, moment, now, person
from portal.web.guards import audience
from portal.web.problems import by_field
from portal.web.scoring import closed_round

blueprint = Blueprint("awards", __name__)

SHOWN = 12
"""Numbers of contracts that the table shows at most."""


def _award(round_: Round, segment: Lot) -> Award:
    found = awards.current(round_, segment)
    if found is None:
        raise NotFound(N_("Voor dit perceel is er nog geen voorstel."))
    return found


def _page(
    round_: Round,
    segment: Lot,
    applications: Sequence[Application],
    errors: Mapping[str, str] | None = None,
) -> str:
    rules, ranked = scoring.rules(round_), []
    if scoring.is_disclosed(round_):
        ranked = ranking.standings(round_, segment, applications)
    wanted = ranking.municipality_ids(round_, segment)
    options = ranking.reach(ranked, wanted, rules)
    fewest = ranking.fewest(options, rules)
    award = awards.current(round_, segment)
    contracts = request.values.get("aantal", type=int) or (award.contracts if award else fewest)
    contracts = min(max(contracts, 1), max(len(ranked), 1))
    places = sorted((one.name, one.id) for one in round_.authority.municipalities if one.id in wanted)
    shown = [one for one in options if one.contracts <= max(SHOWN, fewest)]
    return render_template(
        "scoring/lot.html",
        round=round_,
        rules=rules,
        segment=segment,
        criteria=offers.criteria_of(round_, segment),
        ranked=ranked,
        undecided=ranking.undecided(applications, segment),
        unreviewed=sum(one.state != "decided" for one in applications),
        is_disclosed=scoring.is_disclosed(round_),
        columns=[str(one.contracts) for one in shown],
        coverage=[{"label": name, "cells": [one.providers[key] for one in shown]} for name, key in places],
        fewest=fewest,
        gaps_left=bool(options) and bool(options[fewest - 1].gaps),
        contracts=contracts,
        edge=awards.at_edge(ranked, contracts) if ranked else [],
        award=award,
        earlier=[one for one in round_.awards if one.lot_id == segment.id and one.state == "sent_back"],
        is_chair=scoring.CHAIR in person().role_names,
        is_proposer=award is not None and award.proposed_by_id == person().id,
        waiting=reserve.waiting(award) if award else [],
        holders=reserve.holders(award) if award else [],
        budgets=_budgets(award, applications) if award and award.state == "confirmed" else [],
        names={one.id: one.organisation.name for one in applications},
        typed=request.form,
        errors=errors or {},
    )


def _budgets(award: Award, applications: Sequence[Application]) -> list[tuple[str, str, int]]:
    """(provider, municipality, cents a year) of what the award gave out, by municipality."""
    towns = {one.id: one.name for one in award.round.authority.municipalities}
    found = [
        (one.organisation.name, towns[decision.municipality_id], decision.budget_cents)
        for one in applications
        for decision in ranking.decisions_in(one, award.lot)
        if decision.budget_cents
    ]
    return sorted(found, key=lambda one: (one[1], one[0]))


def _found(round_id: str, code: str) -> tuple[Round, Lot, Sequence[Application]]:
    round_ = closed_round(round_id)
    return round_, awards.find(round_, code), queries.all_offers(db(), round_id)


def _back(round_: Round, segment: Lot, message: str) -> ResponseReturnValue:
    db().commit()
    flash(message, "ok")
    return redirect(url_for("awards.lot", round_id=round_.id, code=segment.code), 303)


@blueprint.get("/gunning/rondes/<round_id>/percelen/<code>")
@audience("awarding")
def lot(round_id: str, code: str) -> ResponseReturnValue:
    """The ranks on one lot, and what each number of contracts means."""
    return _page(*_found(round_id, code))


@blueprint.post("/gunning/rondes/<round_id>/percelen/<code>")
@audience("round_manager")
def propose(round_id: str, code: str) -> ResponseReturnValue:
    """Propose the award of a lot."""
    round_, segment, applications = _found(round_id, code)
    form = request.form
    tie = awards.Tie(frozenset(form.getlist("tie")), form.get("tie_method", ""), form.get("tie_reason", ""))
    contracts, text = form.get("aantal", type=int), form.get("justification", "")
    try:
        awards.propose(round_, segment, person(), applications, contracts, text, moment(), tie=tie)
    except Invalid as error:
        return _page(round_, segment, applications, by_field(error)), 422
    return _back(round_, segment, gettext("Uw voorstel ligt bij een tweede ambtenaar."))


@blueprint.post("/gunning/rondes/<round_id>/percelen/<code>/vaststellen")
@audience("awarding")
def confirm(round_id: str, code: str) -> ResponseReturnValue:
    """The second official confirms."""
    round_, segment, applications = _found(round_id, code)
    awards.confirm(_award(round_, segment), person(), applications, moment())
    return _back(round_, segment, gettext("De gunning is vastgesteld. Maak haar bekend als elk perceel klaar is."))


@blueprint.post("/gunning/rondes/<round_id>/percelen/<code>/teruggeven")
@audience("awarding")
def send_back(round_id: str, code: str) -> ResponseReturnValue:
    """The second official does not agree."""
    round_, segment, applications = _found(round_id, code)
    try:
        awards.send_back(_award(round_, segment), person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return _page(round_, segment, applications, by_field(error)), 422
    return _back(round_, segment, gettext("Het voorstel is teruggegeven."))


@blueprint.post("/gunning/rondes/<round_id>/percelen/<code>/reserve")
@audience("round_manager")
def activate(round_id: str, code: str) -> ResponseReturnValue:
    """The next one on the reserve list takes a place that came free."""
    round_, segment, applications = _found(round_id, code)
    by_id = {one.id: one for one in applications}
    leaver, successor = by_id.get(request.form.get("leaver", "")), by_id.get(request.form.get("successor", ""))
    if leaver is None or successor is None:
        chosen = {"leaver": leaver, "successor": successor}
        problems = {name: gettext("Kies een inschrijver.") for name, one in chosen.items() if one is None}
        return _page(round_, segment, applications, problems), 422
    agreement = queries.agreement(db(), leaver.id)
    reason = request.form.get("activate-reason", "")
    try:
        reserve.activate_reserve(_award(round_, segment), person(), leaver, successor, agreement, reason, now())
    except Invalid as error:
        return _page(round_, segment, applications, {"activate-reason": by_field(error)["reason"]}), 422
    return _back(
        round_, segment, gettext("%(name)s is nu aan de beurt en kreeg een mail.", name=successor.organisation.name)
    )
