"""Making and changing a procedure in the portal: everything its file can say, as forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.adapters import procedure_files, procedure_writer
from portal.adapters.procedure_rules import KINDS
from portal.adapters.procedure_schema import schema
from portal.domain import changes, editions, simulation
from portal.errors import NotFound, Refused
from portal.models import Edition, Procedure
from portal.queries import editions as queries
from portal.queries.procedures import milestones
from portal.terms import N_, Term
from portal.web import downloads
from portal.web.context import db, now, person
from portal.web.editor_fields import Problems
from portal.web.editor_hints import told
from portal.web.editor_places import Place, allowed, has_page, located, path_of, title_of, value_at
from portal.web.editor_words import GROUPS, SECTIONS, WITHOUT_ADMISSION, key_label, value_label
from portal.web.guards import audience

blueprint = Blueprint("editor", __name__, url_prefix="/procedurebeheer")

Crumbs = list[tuple[str, str]]


@blueprint.app_template_filter("labels")
def labels(words: Mapping[str, Term]) -> list[tuple[str, str]]:
    """Terms as the options of a select: (key, label)."""
    return [(key, gettext(one.label)) for key, one in words.items()]


@blueprint.app_template_filter("plainly")
def plainly(value: Any) -> str:
    """A value of a file for people: ja or nee, words with commas, a block as its parts."""
    match value:
        case bool():
            return gettext("ja") if value else gettext("nee")
        case list():
            return ", ".join(plainly(one) for one in value)
        case Mapping():
            return "; ".join(f"{gettext(key_label(str(key)))}: {plainly(one)}" for key, one in value.items())
    return gettext(value_label("", str(value)))


def procedure_by(procedure_id: str) -> Procedure:
    found = queries.procedure(db(), procedure_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def concept_of(procedure: Procedure) -> Edition:
    found = editions.concept(procedure)
    if found is None:
        raise Refused(N_("Wat vaststaat, verandert niet. Maak een nieuwe uitgave: die geldt vanaf de volgende ronde."))
    return found


def whole(edition: Edition) -> dict[str, Any]:
    """The edition as the portal would load it. Refused while there is something wrong in it."""
    count = len(procedure_files.problems(edition.data))
    if count:
        raise Refused(N_("In het concept kloppen nog %(count)d punten niet. Los die eerst op."), count=count)
    return procedure_files.loaded(edition.data)


def address(procedure: Procedure, place: Place) -> str:
    return url_for("editor.part", procedure_id=procedure.id, path=path_of(place))


def crumbs(procedure: Procedure | None = None, *more: tuple[str, str]) -> Crumbs:
    own = [(procedure.title, url_for("editor.procedure", procedure_id=procedure.id))] if procedure else []
    return [(gettext("Procedures beheren"), url_for("editor.overview")), *own, *more]


def name_of(data: Mapping[str, Any], place: Place) -> str:
    """What a place is called on screen."""
    if len(place) <= 1:
        return gettext(SECTIONS[section_of(place)] if not place or place[0] in SECTIONS else key_label(str(place[0])))
    if isinstance(place[-1], int):
        return title_of(value_at(data, place), place[-1])
    return gettext(key_label(str(place[-1]), next((str(one) for one in place[-2::-1] if isinstance(one, str)), "")))


def section_of(place: Place) -> str:
    return str(place[0]) if place and place[0] in SECTIONS else "algemeen"


@blueprint.get("/")
@audience("editing")
def overview() -> ResponseReturnValue:
    """Every procedure of the region, and which one is being changed."""
    return render_template("editor/overview.html", procedures=queries.procedures(db()))


def groups(data: Mapping[str, Any], problems: Problems) -> list[tuple[str, list[dict[str, Any]]]]:
    """The parts of a concept, in groups, each with how it stands."""
    wrong: dict[str, int] = {}
    for place, _ in problems:
        wrong[section_of(place)] = wrong.get(section_of(place), 0) + 1
    kind = KINDS.get(str(data.get("kind")))
    needed = {"algemeen", *schema()["required"], *(kind.needs if kind else ())}
    found = []
    for title, keys in GROUPS:
        shown = [
            _section(data, key, wrong.get(key, 0), key in needed)
            for key in keys
            if allowed(data, key)
            and (key in data or key in WITHOUT_ADMISSION or kind is None or "rounds" in kind.needs)
        ]
        if shown:
            found.append((gettext(title), shown))
    return found


def _section(data: Mapping[str, Any], key: str, wrong: int, is_needed: bool) -> dict[str, Any]:
    value = data.get(key)
    is_filled = key == "algemeen" or bool(value)
    return {
        "key": key,
        "label": gettext(SECTIONS[key]),
        "count": len(value) if isinstance(value, list) else None,
        "needed": is_needed,
        "wrong": wrong if is_filled else 0,
        "status": ("action" if wrong else "done") if is_filled else "not_started",
    }


@blueprint.get("/<procedure_id>")
@audience("editing")
def procedure(procedure_id: str) -> ResponseReturnValue:
    """One procedure: its editions, and the concept part by part with what is still wrong in it."""
    found = procedure_by(procedure_id)
    return render_template(
        "editor/procedure.html", procedure=found, crumbs=crumbs(found), **_progress(found, editions.concept(found))
    )


def _progress(found: Procedure, concept: Edition | None) -> dict[str, Any]:
    if concept is None:
        return {"concept": None}
    problems = located(procedure_files.problems(concept.data))
    parts = groups(concept.data, problems)
    counted = [one for _, sections in parts for one in sections if one["needed"] or one["status"] != "not_started"]
    return {
        "concept": concept,
        "groups": parts,
        "total": len(counted),
        "ready": sum(one["status"] == "done" for one in counted),
        "problems": len(problems),
        "faults": [
            _problem(found, concept.data, place, text)
            for place, text in problems
            if section_of(place) == "algemeen" or concept.data.get(section_of(place))
        ],
        "may_adopt": editions.may_adopt(concept, person()),
    }


def _problem(found: Procedure, data: Mapping[str, Any], place: Place, text: str) -> tuple[str, str, str]:
    """(where, what is wrong, address of the page where it can be mended)."""
    page = place
    while page and not (has_page(data, page) and (len(page) == 1 or isinstance(page[-1], int))):
        page = page[:-1]
    inner = [part for part in place[len(page) :] if isinstance(part, str)]
    field = f"#f-{'-'.join(inner)}" if inner and value_at(data, page) else ""
    names = [name_of(data, page[:end]) for end in range(1, len(page) + 1)] or [gettext(SECTIONS["algemeen"])]
    if inner:
        names.append(name_of(data, place[: len(page) + len(inner)]))
    said = told(text) if text else gettext("Dit is nog niet ingevuld.")
    return " › ".join(names), said, address(found, page) + field


@blueprint.post("/<procedure_id>/uitgave")
@audience("editing")
def draft(procedure_id: str) -> ResponseReturnValue:
    """Begin the next edition, from the last one."""
    found = procedure_by(procedure_id)
    editions.draft(found, person(), request.form.get("reason", ""), now())
    db().commit()
    flash(gettext("Er staat een concept klaar. Het geldt pas als een collega het vaststelt."), "ok")
    return redirect(url_for("editor.procedure", procedure_id=found.id), 303)


@blueprint.post("/<procedure_id>/weggooien")
@audience("editing")
def discard(procedure_id: str) -> ResponseReturnValue:
    """Throw the concept away: what was adopted stays."""
    found = procedure_by(procedure_id)
    for row in editions.discard(concept_of(found), person(), now()):
        db().delete(row)
    db().commit()
    flash(gettext("Het concept is weggegooid."), "ok")
    return redirect(url_for("editor.overview"), 303)


@blueprint.get("/<procedure_id>/bestand")
@audience("editing")
def export(procedure_id: str) -> Response:
    """The procedure file, as it can be loaded elsewhere: the last edition, or the one that is asked for."""
    found = procedure_by(procedure_id)
    edition = edition_of(found)
    content = procedure_writer.dump(edition.data)
    return downloads.attachment([content], f"{found.slug}-{edition.number}.yaml", "application/yaml", len(content))


def edition_of(procedure: Procedure) -> Edition:
    """The edition that the address asks for, else the last one."""
    number = request.args.get("uitgave", procedure.editions[-1].number, type=int)
    found = next((one for one in procedure.editions if one.number == number), None)
    if found is None:
        raise NotFound(N_("Deze uitgave bestaat niet."))
    return found


@blueprint.get("/<procedure_id>/voorbeeld")
@audience("editing")
def preview(procedure_id: str) -> ResponseReturnValue:
    """What visitors would see, without anything being published."""
    found = procedure_by(procedure_id)
    sketch = simulation.sketch(whole(found.editions[-1]))
    round_ = sketch.rounds[0] if sketch.rounds else None
    plan = milestones(round_) if round_ else None
    shown = {"procedure": sketch, "round": round_, "plan": plan, "day_of": date.fromisoformat}
    return render_template("editor/preview.html", back=found, **shown)


@blueprint.get("/<procedure_id>/wijzigingen")
@audience("editing")
def differences(procedure_id: str) -> ResponseReturnValue:
    """Old beside new: an edition against the one before it."""
    found = procedure_by(procedure_id)
    edition = edition_of(found)
    before = next((one for one in found.editions if one.number == edition.number - 1), None)
    return render_template(
        "editor/differences.html",
        procedure=found,
        edition=edition,
        before=before,
        rows=shown_changes(before.data, edition.data) if before else [],
        crumbs=crumbs(found, (gettext("Oud en nieuw"), "")),
    )


def shown_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(where, what it was, what it became), in the words of the screen."""
    return [(" › ".join(_worded(one.place)), one.before, one.after) for one in changes.changes(before, after)]


def _worded(place: tuple[str, ...]) -> Iterator[str]:
    """Keys as they are called on screen, each in the block it stands in; names of blocks as they are."""
    about = ""
    for index, part in enumerate(place):
        label = SECTIONS.get(part) if not index else None
        yield gettext(label or key_label(part, about))
        about = part if key_label(part) != part else about


@blueprint.post("/<procedure_id>/voorstellen")
@audience("editing")
def propose(procedure_id: str) -> ResponseReturnValue:
    """Hand the concept to a colleague."""
    found = procedure_by(procedure_id)
    concept = concept_of(found)
    editions.propose(concept, person(), len(procedure_files.problems(concept.data)), now())
    db().commit()
    flash(gettext("Voorgesteld. Een collega die rondebeheerder is, kan het concept nu vaststellen."), "ok")
    return redirect(url_for("editor.procedure", procedure_id=found.id), 303)
