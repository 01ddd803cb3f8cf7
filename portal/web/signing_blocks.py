"""A court case about a round: while it runs nobody signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.deciding_words import LAWSUIT_STAGES
from portal.domain import signing_blocks
from portal.errors import Invalid, NotFound
from portal.models import Round
from portal.queries import rounds as queries
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("signing_blocks", __name__)


def _round(round_id: str) -> Round:
    found = queries.round_with_procedure(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def typed_day(name: str) -> date | None:
    """The day in a field of this form; None when it holds none."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None


def _page(round_: Round, errors: Mapping[str, str]) -> str:
    return render_template(
        "rounds/signing_block.html",
        round=round_,
        active=signing_blocks.active(round_),
        typed=request.form,
        stages=LAWSUIT_STAGES,
        stage_options=[(key, gettext(term.label)) for key, term in LAWSUIT_STAGES.items()],
        errors=errors,
    )


@blueprint.get("/rondes/<round_id>/rechtszaak")
@audience("round_manager")
def show(round_id: str) -> ResponseReturnValue:
    """Whether a court case holds signing back, and what came before."""
    return _page(_round(round_id), {})


def _back(round_id: str, message: str) -> ResponseReturnValue:
    db().commit()
    flash(message, "ok")
    return redirect(url_for("signing_blocks.show", round_id=round_id), 303)


@blueprint.post("/rondes/<round_id>/rechtszaak")
@audience("round_manager")
def block(round_id: str) -> ResponseReturnValue:
    """Hold signing back."""
    round_ = _round(round_id)
    try:
        signing_blocks.block_signing(
            round_,
            person(),
            request.form.get("reason", ""),
            now(),
            stage=request.form.get("stage", "announced"),
            court=request.form.get("court", ""),
            dated_on=typed_day("dated_on"),
        )
    except Invalid as error:
        return _page(round_, by_field(error)), 422
    return _back(round_id, gettext("Ondertekenen kan nu niet. Ook worden er geen overeenkomsten gemaakt."))


@blueprint.post("/rondes/<round_id>/rechtszaak/dagvaarding")
@audience("round_manager")
def serve(round_id: str) -> ResponseReturnValue:
    """The announced lawsuit was served."""
    round_ = _round(round_id)
    try:
        signing_blocks.serve(round_, person(), request.form.get("court", ""), typed_day("dated_on"), now())
    except Invalid as error:
        return _page(round_, by_field(error)), 422
    return _back(round_id, gettext("De dagvaarding is vastgelegd. Ondertekenen kan nog steeds niet."))


@blueprint.post("/rondes/<round_id>/rechtszaak/opheffen")
@audience("round_manager")
def lift(round_id: str) -> ResponseReturnValue:
    """Signing goes on."""
    round_ = _round(round_id)
    try:
        signing_blocks.lift(round_, person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return _page(round_, {"reason": by_field(error)["reason"]}), 422
    return _back(round_id, gettext("Ondertekenen kan weer."))
