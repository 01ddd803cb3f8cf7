"""One part of a concept: its fields, and the lists inside it, saved together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.adapters import procedure_files
from portal.domain import editions
from portal.errors import NotFound
from portal.models import Edition, Procedure
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.editor import (
    address,
    blueprint,
    concept_of,
    crumbs,
    name_of,
    plainly,
    procedure_by,
)
from portal.web.editor_fields import Field, Problems, fields, fingerprint, flat
from portal.web.editor_hints import INTROS, told
from portal.web.editor_places import (
    Place,
    block_at,
    codes,
    contents,
    has_page,
    is_bare,
    is_list,
    items_at,
    located,
    mentions,
    ordered,
    outer,
    path_of,
    place_of,
    replaced,
    rule_at,
    title_of,
    value_at,
)
from portal.web.editor_reading import read
from portal.web.editor_words import key_label, value_label
from portal.web.guards import audience

SEARCHABLE = 12
"""A list that is longer than this can be searched."""


@dataclass(frozen=True)
class Act:
    """What a button of the page asks: save, back, another, add, up, remove or drop; of a list by its name."""

    what: str
    name: str = ""
    index: int = -1

    @classmethod
    def of(cls, text: str) -> Act:
        what, _, rest = text.partition(":")
        name, _, number = rest.partition(":")
        return cls(what or "save", name, int(number) if number.isascii() and number.isdigit() else -1)


@dataclass
class Part:
    """A page of the editor: the block at `place` of a concept."""

    procedure: Procedure
    concept: Edition
    place: Place

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.concept.data
        return found

    @property
    def is_list(self) -> bool:
        return is_list(rule_at(self.place))

    def list_at(self, name: str) -> Place:
        """The place of a list on this page: '' when the page is the list itself, else 'products'."""
        place = (*self.place, *name.split(".")) if name else self.place
        if not is_list(rule_at(place)) or not has_page(self.data, place):
            raise NotFound(N_("Dit deel bestaat niet."))
        return place

    def filled(self) -> dict[str, Any]:
        """The concept with this block as the form has it."""
        if self.is_list:
            return self.data
        block = read(request.form, fields(self.data, self.place), block_at(self.data, self.place))
        if not self.place:
            return ordered(block)
        return replaced(self.data, self.place, block if block or isinstance(self.place[-1], int) else None)

    def is_overtaken(self, act: Act) -> bool:
        """Whether a colleague changed what this page showed; what they did elsewhere is no concern."""
        if request.form.get("version", "") == str(self.concept.version):
            return False
        own = fingerprint(value_at(self.data, self.place), fields(self.data, self.place))
        is_changed = not self.is_list and request.form.get("seen", "") != own
        if act.index < 0:
            return is_changed
        items = fingerprint(value_at(self.data, self.list_at(act.name)))
        return is_changed or request.form.get(f"seen.{act.name}", "") != items

    def gone(self, act: Act) -> Place | None:
        """What a button takes away when something is in it: that is named first, and asked."""
        if act.what == "drop" and len(self.place) == 1:
            place = self.place
        elif act.what == "remove":
            place = (*self.list_at(act.name), act.index)
        else:
            return None
        return None if is_bare(value_at(self.data, place)) else place

    def arranged(self, data: dict[str, Any], act: Act) -> tuple[dict[str, Any], str]:
        """The concept after a button, and where to go on."""
        here, around = address(self.procedure, self.place), self.place[:-1]
        start = url_for("editor.procedure", procedure_id=self.procedure.id)
        match act.what:
            case "drop" if len(self.place) == 1:
                return replaced(data, self.place, None), start
            case "another" if around and isinstance(self.place[-1], int):
                items = [*items_at(data, around), {}]
                return replaced(data, around, items), address(self.procedure, (*around, len(items) - 1))
            case "back":
                return data, address(self.procedure, outer(self.place)) if around else start
            case "add" | "up" | "remove":
                return self._listed(data, act, here)
        return data, here

    def _listed(self, data: dict[str, Any], act: Act, here: str) -> tuple[dict[str, Any], str]:
        place = self.list_at(act.name)
        items = items_at(data, place)
        if act.what == "add":
            goal = address(self.procedure, (*place, len(items)))
            return replaced(data, place, [*items, {}]), goal
        if not 0 <= act.index < len(items):
            raise NotFound(N_("Dit deel bestaat niet (meer)."))
        if act.what == "remove":
            del items[act.index]
        elif act.index:
            items[act.index - 1 : act.index + 1] = reversed(items[act.index - 1 : act.index + 1])
        return replaced(data, place, items or None), f"{here}#list-{act.name.replace('.', '-') or 'items'}"


def _opened(procedure_id: str, path: str) -> Part:
    found = procedure_by(procedure_id)
    part = Part(found, concept_of(found), place_of(path))
    if part.place and not has_page(part.data, part.place):
        raise NotFound(N_("Dit deel bestaat niet (meer)."))
    return part


@blueprint.get("/<procedure_id>/deel/<path:path>")
@audience("editing")
def part(procedure_id: str, path: str) -> ResponseReturnValue:
    """One block of the concept, or one list of blocks."""
    found = _opened(procedure_id, path)
    return _page(found, found.data)


@blueprint.post("/<procedure_id>/deel/<path:path>")
@audience("editing")
def save(procedure_id: str, path: str) -> ResponseReturnValue:
    """Keep what was typed, right or wrong, and do what the button says."""
    found = _opened(procedure_id, path)
    act = Act.of(request.form.get("act", ""))
    if found.is_overtaken(act):
        return _page(found, found.filled(), is_stale=True), 409
    gone = found.gone(act)
    if gone is not None and "bevestigd" not in request.form:
        return _question(found, gone)
    changed, goal = found.arranged(found.filled(), act)
    editions.save(found.concept, person(), changed, found.concept.version, now())
    db().commit()
    _tell(found, act, changed)
    return redirect(goal, 303)


def _tell(found: Part, act: Act, data: Mapping[str, Any]) -> None:
    problems = located(procedure_files.problems(data))
    here = sum(1 for place, _ in problems if place[: len(found.place)] == found.place) if found.place else 0
    if act.what in ("remove", "drop"):
        flash(gettext("Weggehaald."), "ok")
    elif act.what in ("save", "another", "back") and here and found.place and not found.is_list:
        text = ngettext(
            "Bewaard. In dit deel klopt %(num)s punt nog niet.",
            "Bewaard. In dit deel kloppen %(num)s punten nog niet.",
            here,
        )
        flash(text, "info")
    elif act.what in ("save", "another", "back"):
        flash(gettext("Bewaard."), "ok")


def _question(found: Part, gone: Place) -> str:
    """Name what goes before it goes. What was typed on the page goes along and is kept either way."""
    value = value_at(found.data, gone)
    inside = [(gettext(key_label(key)), titles) for key, titles in contents(value)]
    return render_template(
        "editor/question.html",
        procedure=found.procedure,
        title=name_of(found.data, gone),
        inside=inside,
        mentioned=[
            " › ".join(name_of(found.data, place[:end]) for end in range(1, len(place) + 1))
            for place in mentions(found.data, gone)
        ],
        sent=[pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", "act")],
        act=request.form["act"],
        back=address(found.procedure, found.place),
        crumbs=_trail(found, found.data, gettext("Weghalen")),
    )


def _page(found: Part, data: Mapping[str, Any], *, is_stale: bool = False) -> str:
    problems = located(procedure_files.problems(data))
    shown = fields(data, found.place, problems)
    if is_stale:
        _set_beside(shown, found)
    lists = {one.name: _items(data, (*found.place, *one.path), problems) for one in flat(shown) if one.kind == "list"}
    return render_template(
        "editor/part.html",
        procedure=found.procedure,
        concept=found.concept,
        place=found.place,
        title=name_of(data, found.place),
        intro=gettext(INTROS.get(str(found.place[0]), "")) if len(found.place) == 1 else "",
        fields=shown,
        every=list(flat(shown)),
        lists={"": _items(data, found.place, problems)} if found.is_list else lists,
        seen=fingerprint(value_at(found.data, found.place), shown),
        seen_lists={
            name: fingerprint(value_at(found.data, found.list_at(name))) for name in ([""] if found.is_list else lists)
        },
        own=[told(text) for place, text in problems if place == found.place and text] if shown or found.is_list else [],
        is_stale=is_stale,
        is_list=found.is_list,
        siblings=_siblings(found, data),
        search=request.args.get("zoek", "").strip(),
        searchable=SEARCHABLE,
        crumbs=_trail(found, data),
    )


def _set_beside(shown: list[Field], found: Part) -> None:
    """What a colleague saved, beside each field that differs from it."""
    theirs = {one.name: one.value for one in flat(fields(found.data, found.place))}
    for one in flat(shown):
        if one.kind not in {"block", "list"} and theirs.get(one.name) != one.value:
            value = theirs.get(one.name)
            one.theirs = gettext("niets") if value is None else plainly_of(one, value)


def plainly_of(one: Field, value: Any) -> str:
    """A value in the words of its own field."""
    names = dict(one.options)
    if one.kind in {"choice", "choices"}:
        return ", ".join(names.get(str(word), str(word)) for word in (value if isinstance(value, list) else [value]))
    return plainly(value)


def _trail(found: Part, data: Mapping[str, Any], last: str = "") -> list[tuple[str, str]]:
    steps = [found.place[:end] for end in range(1, len(found.place) + 1)] or [()]
    # The name of a list says nothing beside the block it is in: one comes back to that block.
    kept = [step for step in steps if len(step) == 1 or step == found.place or isinstance(step[-1], int)]
    more = [(name_of(data, step), address(found.procedure, step)) for step in kept]
    return crumbs(found.procedure, *more, *([(last, "")] if last else []))


def _items(data: Mapping[str, Any], place: Place, problems: Problems) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "title": title_of(one, index),
            "about": _about(data, one),
            "path": path_of((*place, index)),
            "wrong": sum(1 for where, _ in problems if where[: len(place) + 1] == (*place, index)),
        }
        for index, one in enumerate(items_at(data, place))
    ]


def _about(data: Mapping[str, Any], block: Any) -> str:
    """A line under the name of a block: what kind it is, and how much is in it."""
    if not isinstance(block, Mapping):
        return ""
    words = [
        gettext(value_label(key, str(block[key])))
        for key in ("kind", "type", "unit", "state")
        if isinstance(block.get(key), str) and block[key]
    ]
    town = dict(codes(data, "municipality")).get(str(block.get("municipality")))
    if town:
        words.insert(0, town)
    if isinstance(block.get("tariff"), str):
        words.append(f"€ {block['tariff'].replace('.', ',')}")
    words += [
        f"{gettext(key_label(key))}: {len(value)}"
        for key, value in block.items()
        if isinstance(value, list) and any(isinstance(one, Mapping) for one in value)
    ]
    return " · ".join(words)


def _siblings(found: Part, data: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The block before and the one behind this one in its list, as (name, address)."""
    if not found.place or not isinstance(found.place[-1], int):
        return {}
    around, index = found.place[:-1], found.place[-1]
    items = items_at(data, around)
    near = {"before": index - 1, "behind": index + 1}
    return {
        side: (title_of(items[one], one), address(found.procedure, (*around, one)))
        for side, one in near.items()
        if 0 <= one < len(items)
    }
