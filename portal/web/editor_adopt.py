"""Before a next edition holds: what it would do to the last round, and a second person who adopts it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.adapters import procedure_writer
from portal.domain import editions, procedures, simulation
from portal.errors import Invalid, Refused
from portal.models import Edition, Procedure, Round
from portal.queries import editions as queries
from portal.terms import N_
from portal.web import downloads
from portal.web.context import db, now, person
from portal.web.editor import blueprint, concept_of, crumbs, procedure_by, shown_changes, whole
from portal.web.guards import audience
from portal.web.problems import by_field


def _simulated(found: Procedure) -> tuple[Round | None, simulation.Outcome | None]:
    concept, round_ = concept_of(found), queries.last_closed(db(), found.id)
    if round_ is None:
        return None, None
    current = next(one for one in found.editions if one.number == round_.edition)
    submissions = queries.judged(db(), round_.id, person().id)
    return round_, simulation.simulate(round_, submissions, whole(current), whole(concept))


@blueprint.get("/<procedure_id>/gevolgen")
@audience("editing")
def effects(procedure_id: str) -> ResponseReturnValue:
    """The concept held against the submissions of the last round: who would newly fall short, and why."""
    found = procedure_by(procedure_id)
    round_, outcome = _simulated(found)
    return render_template(
        "editor/effects.html",
        procedure=found,
        round=round_,
        outcome=outcome,
        crumbs=crumbs(found, (gettext("Gevolgen"), "")),
    )


@blueprint.get("/<procedure_id>/gevolgen.csv")
@audience("editing")
def effects_csv(procedure_id: str) -> Response:
    """The same, one row per reason, for a spreadsheet."""
    found = procedure_by(procedure_id)
    round_, outcome = _simulated(found)
    if round_ is None or outcome is None:
        raise Refused(N_("Er is nog geen gesloten ronde om mee na te rekenen."))
    header = [gettext("Ronde"), gettext("Nummer"), gettext("Zorgaanbieder"), gettext("Eis"), gettext("Waarom")]
    return downloads.table(f"gevolgen-{found.slug}-{round_.label}.csv", header, list(_rows(round_.label, outcome)))


def _rows(label: str, outcome: simulation.Outcome) -> Iterator[list[str]]:
    for one in outcome.newly:
        for place, text in one.reasons:
            yield [label, one.application, one.organisation, place, text]
    for cell in outcome.dropped:
        yield [label, "", "", "", gettext("Deze keuze kan niet meer: %(cell)s", cell=cell)]


@blueprint.get("/<procedure_id>/vaststellen")
@audience("round_manager")
def adoption(procedure_id: str) -> ResponseReturnValue:
    """What a second person reads before adopting: what changes, from which round, and whether that is soon."""
    found = procedure_by(procedure_id)
    return _page(found, concept_of(found), {})


@blueprint.post("/<procedure_id>/vaststellen")
@audience("round_manager")
def adopt(procedure_id: str) -> ResponseReturnValue:
    """A second person adopts the concept: rounds that open from now on follow it. The first time publishes."""
    found = procedure_by(procedure_id)
    concept = concept_of(found)
    data, shown = whole(concept), request.form.get("version", "0")
    digest = hashlib.sha256(procedure_writer.dump(concept.data)).hexdigest()
    is_fine, based_on = "short_notice" in request.form, int(shown) if shown.isascii() and shown.isdigit() else 0
    try:
        editions.adopt(concept, person(), data, digest, based_on, now(), accepts_short_notice=is_fine)
    except Invalid as error:
        return _page(found, concept, by_field(error)), 422
    procedures.publish(found, now())
    editions.announce(concept, data, queries.concerned(db(), found.id), _public(found), now())
    db().commit()
    flash(gettext("Vastgesteld. Rondes die nog niet open zijn, volgen nu deze uitgave."), "ok")
    return redirect(url_for("editor.procedure", procedure_id=found.id), 303)


def _public(found: Procedure) -> str:
    return url_for("public.editions", authority_slug=found.authority.slug, slug=found.slug)


def _page(found: Procedure, concept: Edition, errors: dict[str, str]) -> str:
    data = whole(concept)
    opening = editions.next_opening(data, now())
    before = found.editions[-2].data if concept.number > 1 else None
    is_late = concept.number > 1 and editions.is_short_notice(data, now())
    facts: dict[str, Any] = {
        "opening": opening,
        "later": editions.later_opening(opening, now()) if opening and is_late else None,
        "rows": shown_changes(before, concept.data) if before else [],
        "told": len(queries.concerned(db(), found.id)) if before else 0,
        "days": editions.ANNOUNCED_DAYS,
        "may_adopt": editions.may_adopt(concept, person()),
    }
    return render_template(
        "editor/adoption.html",
        procedure=found,
        concept=concept,
        errors=errors,
        crumbs=crumbs(found, (gettext("Vaststellen"), "")),
        **facts,
    )
