"""A block of a procedure file as the fields of a form. The schema says which fields there are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext

from portal.adapters.procedure_requirements import SETTINGS
from portal.adapters.procedure_schema import resolved
from portal.terms import N_
from portal.web.editor_hints import SHAPES, told
from portal.web.editor_hints import hint as hint_of
from portal.web.editor_places import NAMES, Place, allowed, block_at, codes, compares, is_list, items_at, rule_at
from portal.web.editor_words import TERMS, key_label, value_label
from portal.web.languages import sentence

FIXED = frozenset({"format", "slug", "kind"})
"""Keys of a procedure that are chosen when it is made: with another one it is another procedure."""

OF_THE_REGION = frozenset({"slug", "name", "subtitle", "phone", "mail", "theme"})
"""Keys of `authority` that stand with the region itself; a procedure only says which municipalities take part."""

RARE: dict[str, frozenset[str]] = {
    "requirements": frozenset(
        {"municipalities", "products", "stricter_than", "asked_when", "parties", "help", "topic", "reuse"}
        | {"remedy_excluded"}
    ),
    "products": frozenset({"law", "intensity", "starts_on", "ends_on", "phasing_out", "successor", "coupled_with"}),
    "lots": frozenset({"law", "starts_on", "ends_on", "successor"}),
    "cells": frozenset({"since_on", "reopens_on", "starts_on"}),
}
"""By list: the fields that most blocks do without. They stand together, folded away while they are empty."""

OF_A_WHOLE_REQUIREMENT = frozenset({"title", "text", "kind", "type", "applies_to"})
"""What a requirement must have, unless it takes it over from the one it tightens."""

LAST = ("remark", "source", "own_addition")
"""Where something comes from is asked after what it is."""

SHOWN_AS = {"date": "day", "wall-time": "moment", "money": "money", "budget": "money", "percentage": "money"}
"""Formats of the schema and how they are asked."""

Problems = Sequence[tuple[Place, str]]


@dataclass
class Field:
    """One input.

    `kind`: line, text, day, moment, until, number, money, flag, choice, choices, lines, texts, states, block or list.
    `key` is the key in its block, `name` the path of keys from the block of the page: 'evidence.kinds'.
    """

    name: str
    key: str
    kind: str
    label: str
    hint: str
    value: Any
    needed: bool
    default: Any = None
    may_be_empty: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    theirs: str | None = None
    is_rare: bool = False
    parts: list[Field] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"f-{self.name.replace('.', '-')}"

    @property
    def path(self) -> Place:
        return tuple(self.name.split("."))

    @property
    def is_ticked(self) -> bool:
        return self.value is True if isinstance(self.value, bool) else self.default is True

    @property
    def shown(self) -> str:
        """The value as an input shows it."""
        text = "" if self.value is None else str(self.value)
        if self.kind == "money" and re.fullmatch(r"[0-9]+\.[0-9]{2}", text):
            return text.replace(".", ",")
        return text.replace(" ", "T") if self.kind == "moment" and self.input == "datetime-local" else text

    @property
    def input(self) -> str:
        """The type of the input. What was typed and is no day or moment must stay to be seen."""
        if self.kind in ("day", "until"):
            return (
                "date" if self.value in (None, "", "end") or _is(self.value, r"[0-9]{4}-[0-9]{2}-[0-9]{2}") else "text"
            )
        if self.kind == "moment":
            shape = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}"
            return "datetime-local" if self.value in (None, "") or _is(self.value, shape) else "text"
        return "text"


def _is(value: Any, shape: str) -> bool:
    if not isinstance(value, str) or not re.fullmatch(shape, value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def fields(data: Mapping[str, Any], place: Place, problems: Problems = ()) -> list[Field]:
    """The fields of the block at `place`, lists of blocks last. `problems` are all problems of the file, located."""
    rule, value = rule_at(place), block_at(data, place)
    if is_list(rule):
        return []
    found = list(_fields(data, place, rule, value, "", problems if value else ()))
    if not place:
        found = [one for one in found if one.kind not in {"block", "list"} and one.key not in FIXED]
    if place == ("authority",):
        found = [one for one in found if one.key not in OF_THE_REGION]
    return sorted(found, key=lambda one: (one.kind == "list", LAST.index(one.key) + 1 if one.key in LAST else 0))


def _fields(
    data: Mapping[str, Any],
    place: Place,
    rule: Mapping[str, Any],
    value: Mapping[str, Any],
    prefix: str,
    told_: Problems,
) -> Iterator[Field]:
    about = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    for key, part in rule.get("properties", {}).items():
        full, spot = resolved(part), (*place, key)
        if not allowed(data, key) or not _fits(data, place, key, value):
            continue
        kind = _kind_of(about, key, full)
        one = Field(
            name=f"{prefix}{key}",
            key=key,
            kind=kind,
            label=gettext(key_label(key, about)),
            hint=sentence(hint_of(about, key) or SHAPES.get(str(full.get("x-hint", "")) if kind == "line" else "", "")),
            value=value.get(key),
            needed=key in rule.get("required", [])
            or (about == "requirements" and key in OF_A_WHOLE_REQUIREMENT and "stricter_than" not in value),
            is_rare=key in RARE.get(about, ()),
            default=full.get("default"),
            may_be_empty=full.get("type") == "array" and not full.get("minItems"),
            options=_options(data, place, about, key, kind, full),
        )
        if kind == "block":
            inner = one.value if isinstance(one.value, Mapping) else {}
            one.parts = list(_fields(data, spot, full, inner, f"{one.name}.", told_ if inner else ()))
            one.errors = [_said(text, kind) for where, text in told_ if where == spot]
        else:
            one.errors = list(
                dict.fromkeys(_said(text, kind) for where, text in told_ if where[: len(spot)] == spot)
                if kind != "list"
                else (_said(text, kind) for where, text in told_ if where == spot)
            )
        _add_unknown(one)
        yield one


def _said(text: str, kind: str) -> str:
    if not text:
        return gettext(N_("Vul dit in.")) if kind != "list" else gettext(N_("Voeg hier iets toe."))
    return told(text, kind)


def _fits(data: Mapping[str, Any], place: Place, key: str, value: Mapping[str, Any]) -> bool:
    """Whether a field has a use here: a setting of the type of the requirement, or a choice there is to make.

    What stands in the file is always shown: else nobody could mend it.
    """
    if key in value and not (key == "funding" and value[key] == "per_unit"):
        return True
    if place and isinstance(place[-1], int) and key in ("lots", "products") and _is_of_lots(place):
        return not value.get("products" if key == "lots" else "lots")
    if key == "funding":
        return compares(data)
    if place and place[-1] == "settings" and place[0] == "requirements":
        return key in SETTINGS.get(_type_of(data, place[1]), frozenset())
    return True


def _is_of_lots(place: Place) -> bool:
    return all(part == "lots" or isinstance(part, int) for part in place)


def _type_of(data: Mapping[str, Any], index: Any) -> str:
    """The type of a requirement; one that tightens another has the type of the other."""
    own = block_at(data, ("requirements", index))
    base = next((one for one in items_at(data, ("requirements",)) if one.get("code") == own.get("stricter_than")), {})
    return str(own.get("type") or (base.get("type", "") if own.get("stricter_than") else ""))


def _kind_of(about: str, key: str, rule: Mapping[str, Any]) -> str:
    if "anyOf" in rule:
        return "until"
    match rule.get("type"):
        case "object":
            return "states" if "propertyNames" in rule else "block"
        case "array":
            return "list" if is_list(rule) else _kind_of_words(about, key, resolved(rule["items"]))
        case "boolean":
            return "flag"
        case "integer":
            return "number"
    if "enum" in rule or _is_chosen(about, key, rule):
        return "choice"
    return SHOWN_AS.get(str(rule.get("format")), "text" if rule.get("maxLength", 0) > 200 else "line")


def _kind_of_words(about: str, key: str, items: Mapping[str, Any]) -> str:
    if "enum" in items or _is_chosen(about, key, items) or key == "accepted":
        return "choices"
    return "texts" if items.get("maxLength", 0) > 200 else "lines"


def _is_chosen(about: str, key: str, rule: Mapping[str, Any]) -> bool:
    """Whether a text is one of `terms`, or a code from elsewhere in the file. A text of any length is neither."""
    return "maxLength" not in rule and (key in TERMS or _names(about, key) is not None)


def _names(about: str, key: str) -> str | None:
    return NAMES.get(f"{about}.{key}") or NAMES.get(key)


def _options(
    data: Mapping[str, Any], place: Place, about: str, key: str, kind: str, rule: Mapping[str, Any]
) -> list[tuple[str, str]]:
    if kind not in {"choice", "choices", "states"}:
        return []
    if key == "accepted":
        options = block_at(data, place).get("options")
        return [
            (str(one["key"]), str(one.get("label") or one["key"]))
            for one in (options if isinstance(options, list) else [])
            if isinstance(one, Mapping) and one.get("key")
        ]
    items = resolved(rule["items"]) if rule.get("type") == "array" else rule
    if "enum" in items:
        known = items["enum"] if key != "volume" or compares(data) else ["none"]
        return [(one, gettext(value_label(key, one))) for one in known]
    if key in TERMS and key != "states":
        return [(one, gettext(label)) for one, label in TERMS[key].items()]
    return codes(data, _names(about, key) or "")


def _add_unknown(one: Field) -> None:
    """A value that is no option (any more) stays to be seen, and is sent back as it was."""
    known = {key for key, _ in one.options}
    values = [one.value] if one.kind == "choice" else list(one.value or ()) if one.kind in {"choices", "states"} else []
    one.options += [
        (str(value), gettext("%(code)s (bestaat niet meer)", code=value))
        for value in values
        if value not in (None, "") and str(value) not in known
    ]


def flat(wanted: Sequence[Field]) -> Iterator[Field]:
    """Every field, those inside blocks too."""
    for one in wanted:
        yield one
        yield from flat(one.parts)


def fingerprint(value: Any, wanted: Sequence[Field] | None = None) -> str:
    """A short digest of a value; with `wanted` of what those fields show of a block, lists of blocks left out.

    Two colleagues who work on different parts do not stand in each other's way: a page sends along what it showed.
    """
    own = value if wanted is None else _own(value, wanted)
    text = json.dumps(own, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _own(value: Any, wanted: Sequence[Field]) -> Any:
    block = value if isinstance(value, Mapping) else {}
    return {
        one.key: _own(block.get(one.key), one.parts) if one.kind == "block" else block.get(one.key)
        for one in wanted
        if one.kind != "list"
    }
