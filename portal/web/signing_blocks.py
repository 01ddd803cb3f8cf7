"""A court case about a round: while it runs nobody signs."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import signing_blocks
from portal.errors import Invalid, NotFound
from portal.models import Round
from portal.queries import rounds as queries
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.guards import audience

blueprint = Blueprint("signing_blocks", __name__)


def _round(round_id: str) -> Round:
    found = queries.round_with_procedure(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _page(round_: Round, errors: Mapping[str, str]) -> str:
    return render_template(
        "rounds/signing_block.html",
        round=round_,
        active=signing_blocks.active(round_),
        typed=request.form,
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
        signing_blocks.block_signing(round_, person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return _page(round_, {"reason": gettext(error.problems["reason"])}), 422
    return _back(round_id, gettext("Ondertekenen kan nu niet. Ook worden er geen overeenkomsten gemaakt."))


@blueprint.post("/rondes/<round_id>/rechtszaak/opheffen")
@audience("round_manager")
def lift(round_id: str) -> ResponseReturnValue:
    """Signing goes on."""
    round_ = _round(round_id)
    try:
        signing_blocks.lift(round_, person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return _page(round_, {"reason": gettext(error.problems["reason"])}), 422
    return _back(round_id, gettext("Ondertekenen kan weer."))
