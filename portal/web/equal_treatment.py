"""Equal treatment in a round: the differences, why they are there, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from portal import terms
from portal.domain import calendar, equal_treatment, wording
from portal.domain.equal_treatment import Difference
from portal.errors import Invalid, NotFound, Stale
from portal.models import Round, TreatmentExplanation
from portal.queries import equal_treatment as queries
from portal.terms import N_
from portal.web import downloads
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.web.radar import defect_label, kinds_label, may_name, name_of
from portal.web.remedy_register import round_with_names

blueprint = Blueprint("equal_treatment", __name__)

CSV_HEADER = (
    "Eis", "Versie", "Titel", "Gebrek", "Na herstel", "Ronde", "Nummer", "Zorgaanbieder", "Perceel",
    "Organisatie die meedoet", "Soort stuk", "Oordeel", "Motivering", "Beoordeeld door", "Beoordeeld op", "Uitleg",
    "Uitgelegd door", "Uitgelegd op",
)  # fmt: skip


def _page(round_: Round, key: str = "", errors: dict[str, str] | None = None) -> str:
    differences = equal_treatment.differences(round_)
    rows = queries.in_differences(db(), differences, person())
    shown = sorted((one for one in differences if one.key in rows), key=lambda one: one.is_explained)
    return render_template(
        "rounds/equal_treatment.html",
        round=round_,
        differences=shown,
        rows=rows,
        opened=key,
        errors=errors or {},
        defect_label=defect_label,
        kinds_label=kinds_label,
        may_name=may_name,
        name_of=name_of,
        is_inkoper="inkoper" in person().role_names,
    )


@blueprint.get("/rondes/<round_id>/gelijke-behandeling")
@audience("screening")
def show(round_id: str) -> ResponseReturnValue:
    return _page(round_with_names(round_id))


def _seen(round_: Round, key: str) -> Difference:
    differences = equal_treatment.differences(round_)
    found = equal_treatment.find(differences, key)
    if key not in queries.in_differences(db(), [found], person()):
        raise NotFound(N_("Dit bestaat niet."))
    return found


@blueprint.post("/rondes/<round_id>/gelijke-behandeling/<key>")
@audience("screening")
def explain(round_id: str, key: str) -> ResponseReturnValue:
    round_ = round_with_names(round_id)
    difference, form = _seen(round_, key), request.form
    try:
        equal_treatment.explain(round_, difference, person(), form.get("reason", ""), now(), seen=form.get("seen", ""))
    except Invalid as error:
        return _page(round_, key, {f"reason-{key}": by_field(error)["reason"]}), 422
    except Stale as error:
        return _page(round_, key, {f"reason-{key}": translated(error)}), 409
    db().commit()
    flash(gettext("Uw uitleg is bewaard."), "ok")
    return redirect(url_for("equal_treatment.show", round_id=round_id, _anchor=f"verschil-{key}"), 303)


def _told(difference: Difference) -> tuple[str, str, str]:
    told: Sequence[TreatmentExplanation] = difference.explanations
    return (
        "\n".join(one.reason for one in told),
        "\n".join(one.explained_by.name for one in told),
        "\n".join(wording.moment(one.explained_at) for one in told),
    )


def _lines(differences: Sequence[Difference], rows: dict[str, list[Row[Any]]]) -> Iterator[tuple[Any, ...]]:
    for difference in differences:
        told = _told(difference)
        for row in rows.get(difference.key, []):
            yield (
                row.code, row.version, row.title, defect_label(row.defect), "ja" if row.after_remedy else "nee",
                row.round, row.number if may_name(row) else "", name_of(row), row.lot, row.party,
                kinds_label(row.evidence_kinds), gettext(terms.VERDICTS[row.verdict].label), row.reason, row.found_by,
                wording.moment(row.found_at), *told,
            )  # fmt: skip


@blueprint.get("/rondes/<round_id>/gelijke-behandeling.csv")
@audience("screening")
def export(round_id: str) -> ResponseReturnValue:
    round_ = round_with_names(round_id)
    differences = equal_treatment.differences(round_)
    lines = list(_lines(differences, queries.in_differences(db(), differences, person())))
    name = f"gelijke-behandeling-{round_.label}-{calendar.local_day(now())}.csv"
    return downloads.table(name, CSV_HEADER, lines)
