"""Signals as who screens meets them: looked at by a person in the dossier, and a table per round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from portal.domain import calendar, signals, wording
from portal.domain.signal_rules import RULES
from portal.errors import Invalid, NotFound
from portal.queries import reviews as review_queries
from portal.queries import signals as queries
from portal.queries.signals import Wanted
from portal.terms import N_
from portal.web import admitting, downloads
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.languages import sentence
from portal.web.problems import by_field

blueprint = Blueprint("signals", __name__)

CSV_HEADER = (
    "Nummer", "Zorgaanbieder", "Eis", "Stuk", "Regel", "Signaal", "Bladzijde", "Bron", "Uitleg", "Andere aanmelding",
    "Andere aanbieder", "Gevonden op", "Bekeken door", "Bekeken op", "Notitie",
)  # fmt: skip


def said(rule: str, facts: Mapping[str, Any]) -> str:
    """The text of one signal; facts that are texts of ours are translated too."""
    told = {name: gettext(one) if name == "field" else one for name, one in facts.items()}
    return sentence(RULES[rule].message, told)


@blueprint.app_template_global("signal_text")
def signal_text(rule: str, facts: Mapping[str, Any]) -> str:
    return said(rule, facts)


def _link(round_id: str, **changes: str | int) -> str:
    kept = {key: value for key, value in request.args.items() if value and key != "pagina"}
    return url_for("signals.table", round_id=round_id, **{**kept, **changes})


@blueprint.get("/beoordelen/rondes/<round_id>/signalen")
@audience("reading_along")
def table(round_id: str) -> ResponseReturnValue:
    """The signals of a round, by applicant, fifty at a time."""
    round_, wanted = admitting.round_(round_id), Wanted.read(request.args)
    counts = queries.counts(db(), round_id, person().id)
    return render_template(
        "review/signals.html",
        round=round_,
        rounds=review_queries.rounds_in_review(db(), person().id),
        wanted=wanted,
        page=queries.page(db(), round_id, person().id, wanted),
        rules=RULES,
        rule_options=[(key, f"{gettext(RULES[key].label)} ({counts[key][0]})") for key in RULES if key in counts],
        total=sum(number for number, _ in counts.values()),
        looked=sum(seen for _, seen in counts.values()),
        link=_link,
    )


@blueprint.get("/beoordelen/rondes/<round_id>/signalen.csv")
@audience("reading_along")
def export(round_id: str) -> ResponseReturnValue:
    round_, wanted = admitting.round_(round_id), Wanted.read(request.args)
    rows = (_exported(row) for row in queries.every(db(), round_id, person().id, wanted))
    return downloads.table(f"signalen-{round_.label}-{calendar.local_day(now())}.csv", CSV_HEADER, rows)


def _exported(row: Row[Any]) -> tuple[Any, ...]:
    rule = RULES[row.rule]
    return (
        row.number, row.organisation, row.code, row.filename, gettext(rule.label), said(row.rule, row.facts), row.page,
        gettext(rule.source), gettext(rule.explanation), row.other_number, row.other_organisation,
        wording.moment(row.found_at), row.looked_by, row.looked_at and wording.moment(row.looked_at), row.note,
    )  # fmt: skip


@blueprint.post("/beoordelen/<review_id>/signalen/<signal_id>/gezien")
@audience("inkoper")
def look(review_id: str, signal_id: str) -> ResponseReturnValue:
    """A person looked at a signal, with a note or without."""
    review = admitting.review(review_id)
    signal = queries.signal(db(), review.id, signal_id, person().id)
    if signal is None:
        raise NotFound(N_("Dit bestaat niet."))
    key = request.args.get("eis", "")
    back = url_for("review.dossier", review_id=review_id, eis=key or None, _anchor=f"signaal-{signal_id}")
    try:
        signals.look(signal, person(), request.form.get("note", ""), now())
    except Invalid as error:
        text = by_field(error)["note"]
        page = render_template("review/signal_note.html", signal=signal, text=text, back=back, action=request.full_path)
        return page, 422
    db().commit()
    flash(gettext("Er staat bij dat u dit signaal bekeken heeft."), "ok")
    return redirect(back, 303)
