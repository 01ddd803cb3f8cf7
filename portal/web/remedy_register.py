"""Remedy in a round: sending what is ready, for all at once or one by one, and the register of all of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import Row

from portal import terms
from portal.domain import calendar, remedies, wording
from portal.errors import NotAllowed, NotFound, Refused
from portal.models import Round
from portal.queries import remedies as queries
from portal.queries import reviews as review_queries
from portal.queries import rounds as round_queries
from portal.terms import N_
from portal.web import downloads
from portal.web.context import db, moment, now, person
from portal.web.guards import audience
from portal.web.problems import translated
from portal.web.review import last_day

blueprint = Blueprint("remedies", __name__)

CSV_HEADER = (
    "Nummer", "Zorgaanbieder", "KvK-nummer", "Eis", "Versie", "Titel", "Perceel", "Organisatie die meedoet", "Vraag",
    "Gevraagd op", "Klaargezet door", "Verstuurd door", "Laatste dag", "Beantwoord op", "Verlopen op", "Uitkomst",
)  # fmt: skip


def round_with_names(round_id: str) -> Round:
    """A round in review, for who may see names: the round manager, or who declared interests (else: declare first)."""
    found = round_queries.round_with_procedure(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    if found.closed_at is None and not found.is_continuous:
        raise Refused(N_("Deze ronde is nog niet gesloten. Namen en gegevens ziet u pas daarna."))
    me = person()
    if "round_manager" not in me.role_names and not review_queries.has_declared(db(), round_id, me.id):
        abort(redirect(url_for("review.declare", round_id=round_id), 303))
    return found


def outcome(row: Row[Any]) -> str:
    """What became of one requirement that was asked."""
    if row.verdict and row.verdict != "remedy":
        return gettext(terms.VERDICTS[row.verdict].label)
    if row.answered_at is None and row.expired_at is None:
        return gettext("Termijn loopt")
    return gettext("Nog te beoordelen")


def _page(round_: Round, error: str = "") -> str:
    me = person()
    return render_template(
        "rounds/remedies.html",
        round=round_,
        drafts=queries.prepared(db(), round_.id, me),
        is_current=remedies.is_current,
        chosen=request.form.getlist("draft"),
        rows=queries.register(db(), round_.id, me),
        outcome=outcome,
        last_day=last_day,
        until=remedies.last_day(round_, now()),
        is_manager="round_manager" in me.role_names,
        is_inkoper="inkoper" in me.role_names,
        me=me,
        error=error,
    )


@blueprint.get("/rondes/<round_id>/herstel")
@audience("screening")
def show(round_id: str) -> ResponseReturnValue:
    return _page(round_with_names(round_id))


@blueprint.post("/rondes/<round_id>/herstel")
@audience("round_manager")
def release(round_id: str) -> ResponseReturnValue:
    round_, chosen = round_with_names(round_id), set(request.form.getlist("draft"))
    drafts = [one for one in queries.prepared(db(), round_id, person()) if one.id in chosen]
    try:
        sent = remedies.release(round_, drafts, person(), moment())
    except (Refused, NotAllowed) as refusal:
        return _page(round_, translated(refusal)), 409
    db().commit()
    until = wording.day(last_day(sent[0].due_at))
    text = ngettext(
        "%(num)s herstelverzoek is verstuurd. Antwoorden kan tot en met %(day)s.",
        "%(num)s herstelverzoeken zijn verstuurd. Antwoorden kan tot en met %(day)s.",
        len(sent),
        day=until,
    )
    flash(text, "ok")
    return redirect(url_for("remedies.show", round_id=round_id), 303)


@blueprint.get("/rondes/<round_id>/herstel.csv")
@audience("screening")
def export(round_id: str) -> ResponseReturnValue:
    round_ = round_with_names(round_id)
    rows = [
        (
            row.number, row.organisation, row.kvk_number, row.code, row.version, row.title, row.lot, row.party,
            row.question, wording.moment(row.requested_at), row.asked_by, row.sent_by, last_day(row.due_at),
            row.answered_at and wording.moment(row.answered_at), row.expired_at and wording.moment(row.expired_at),
            outcome(row),
        )
        for row in queries.register(db(), round_id, person())
    ]  # fmt: skip
    return downloads.table(f"herstel-{round_.label}-{calendar.local_day(now())}.csv", CSV_HEADER, rows)
