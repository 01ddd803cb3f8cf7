"""Interests that the portal looks for: the employers an official enters, and what a round manager lifts."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import interests as domain
from portal.errors import Invalid, NotFound
from portal.interest_words import EMPLOYER_YEARS, GROUNDS
from portal.models import Round
from portal.queries import interests as queries
from portal.queries import rounds
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field
from portal.worker import interests as detection

blueprint = Blueprint("interests", __name__)


def _show_employers(errors: Mapping[str, str]) -> str:
    return render_template(
        "interests/employers.html",
        employers=queries.own_employers(db(), person().id),
        grounds=[GROUNDS[one] for one in queries.own_grounds(db(), person().id)],
        years=EMPLOYER_YEARS,
        typed=request.form,
        errors=errors,
    )


@blueprint.get("/beoordelen/werkgevers")
@audience("official")
def employers() -> ResponseReturnValue:
    return _show_employers({})


@blueprint.post("/beoordelen/werkgevers")
@audience("official")
def add_employer() -> ResponseReturnValue:
    try:
        made = domain.add_employer(person(), request.form, now())
    except Invalid as error:
        return _show_employers(by_field(error)), 422
    known = {(one.name, one.kvk_number, one.left_on) for one in queries.own_employers(db(), person().id)}
    if (made.name, made.kvk_number, made.left_on) not in known:  # the same form sent twice is one employer
        db().add(made)
        db().flush()
        hidden = detection.detect_for(person(), now())
        db().commit()
        if hidden:
            flash(gettext("Er is een dossier voor u verborgen: het gaat over deze werkgever."), "info")
    flash(gettext("De werkgever is bewaard."), "ok")
    return redirect(url_for("interests.employers"), 303)


@blueprint.post("/beoordelen/werkgevers/<employer_id>/verwijderen")
@audience("official")
def remove_employer(employer_id: str) -> ResponseReturnValue:
    found = next((one for one in queries.own_employers(db(), person().id) if one.id == employer_id), None)
    if found is not None:  # twice is once
        domain.remove_employer(found, person(), now())
        db().delete(found)
        db().commit()
    flash(gettext("De werkgever staat niet meer in uw lijst. Wat verborgen is, blijft verborgen."), "ok")
    return redirect(url_for("interests.employers"), 303)


def _round(round_id: str) -> Round:
    found = rounds.round_with_procedure(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _show_round(round_: Round, errors: Mapping[str, str]) -> str:
    return render_template(
        "interests/round.html",
        round=round_,
        found=queries.found_in_round(db(), round_.id, person().id),
        lifted=queries.lifted_in_round(db(), round_.id, person().id),
        grounds=GROUNDS,
        typed=request.form,
        errors=errors,
    )


@blueprint.get("/rondes/<round_id>/belangen")
@audience("round_manager")
def of_round(round_id: str) -> ResponseReturnValue:
    return _show_round(_round(round_id), {})


@blueprint.post("/rondes/<round_id>/belangen/<conflict_id>/opheffen")
@audience("round_manager")
def lift(round_id: str, conflict_id: str) -> ResponseReturnValue:
    round_ = _round(round_id)
    found = queries.conflict(db(), round_id, conflict_id, person().id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet, of het belang is al opgeheven."))
    try:
        lifted = domain.lift(found, person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return _show_round(round_, {f"reason-{conflict_id}": by_field(error)["reason"]}), 422
    db().add(lifted)
    db().delete(found)
    db().commit()
    flash(gettext("Het belang is opgeheven. De medewerker ziet het dossier weer, en krijgt daarover een mail."), "ok")
    return redirect(url_for("interests.of_round", round_id=round_id), 303)
