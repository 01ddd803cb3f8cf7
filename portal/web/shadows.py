"""The shadows of a round: who screens it without effect, and what they saw otherwise, per requirement."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.domain import shadow_report, side_reviews
from portal.errors import NotFound
from portal.models import Round
from portal.queries import reviews
from portal.queries import side_reviews as queries
from portal.terms import N_
from portal.web import downloads
from portal.web.context import authority_id, db, now, person
from portal.web.guards import audience

blueprint = Blueprint("shadows", __name__)

CSV_HEADER = (
    "Nummer", "Zorgaanbieder", "Eis", "Titel", "Schaduw", "Oordeel schaduw", "Motivering schaduw", "Oordeel",
    "Motivering", "Beoordeeld door", "Verschilt",
)  # fmt: skip


def _round(round_id: str) -> Round:
    found = queries.round_with_shadows(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def _show_shadows(round_: Round, errors: Mapping[str, str]) -> str:
    shadows = [one for one in round_.shadow_reviewers if one.ended_at is None]
    named = {one.user_id for one in shadows}
    inkopers = [(one.id, one.name) for one in reviews.inkopers(db(), authority_id()) if one.id not in named]
    found = shadow_report.pairs(queries.finished_shadows(db(), round_.id, person().id))
    return render_template(
        "rounds/shadows.html",
        round=round_,
        shadows=shadows,
        inkopers=inkopers,
        lines=shadow_report.lines(found),
        number=len(found),
        dossiers=len({one.side.id for one in found}),
        errors=errors,
    )


@blueprint.get("/rondes/<round_id>/schaduw")
@audience("round_manager")
def overview(round_id: str) -> ResponseReturnValue:
    return _show_shadows(_round(round_id), {})


@blueprint.post("/rondes/<round_id>/schaduw")
@audience("round_manager")
def name(round_id: str) -> ResponseReturnValue:
    round_ = _round(round_id)
    user = queries.inkoper(db(), authority_id(), request.form.get("user", ""))
    if user is None:
        return _show_shadows(round_, {"user": gettext("Kies een inkoper van uw regio.")}), 422
    side_reviews.name_shadow(round_, person(), user, now())
    db().commit()
    flash(gettext("%(name)s beoordeelt deze ronde als schaduw.", name=user.name), "ok")
    return redirect(url_for("shadows.overview", round_id=round_id), 303)


@blueprint.post("/rondes/<round_id>/schaduw/<shadow_id>/einde")
@audience("round_manager")
def end(round_id: str, shadow_id: str) -> ResponseReturnValue:
    found = next((one for one in _round(round_id).shadow_reviewers if one.id == shadow_id), None)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    side_reviews.end_shadow(found, person(), now())
    db().commit()
    flash(gettext("%(name)s beoordeelt niet meer als schaduw.", name=found.user.name), "ok")
    return redirect(url_for("shadows.overview", round_id=round_id), 303)


@blueprint.get("/rondes/<round_id>/schaduw.csv")
@audience("round_manager")
def export(round_id: str) -> ResponseReturnValue:
    """Every place that a shadow and the reviewer both judged."""
    round_ = _round(round_id)
    verdicts = {key: gettext(term.label) for key, term in terms.VERDICTS.items()}
    rows = [
        (
            one.side.review.application.number, one.side.review.application.organisation.name, one.item.key,
            one.item.requirement.title, one.side.user.name, verdicts[one.own.verdict], one.own.reason,
            verdicts[one.finding.verdict], one.finding.reason, one.finding.found_by.name,
            gettext("ja") if one.differs else gettext("nee"),
        )
        for one in shadow_report.pairs(queries.finished_shadows(db(), round_id, person().id))
    ]  # fmt: skip
    return downloads.table(f"schaduw-{round_.label}.csv", CSV_HEADER, rows)
