"""The shape of a procedure file, `procedures/schema.json`: its errors in Dutch, its defaults, its kinds of value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from portal.adapters.procedure_draft import Draft, Place
from portal.adapters.procedure_rules import refuses_comparison

SCHEMA = Path(__file__).parents[2] / "procedures" / "schema.json"

_TYPES = {
    "object": "een blok met sleutels",
    "array": "een lijst",
    "string": "tekst (zet een waarde van alleen cijfers tussen aanhalingstekens)",
    "integer": "een geheel getal",
    "boolean": "true of false",
}
_OF_ONE_VALUE = frozenset({"type", "anyOf", "enum", "const", "pattern", "format", "minLength", "maxLength"})
_BOUNDS = {
    "minLength": "mag niet leeg zijn",
    "maxLength": "is te lang: ten hoogste {} tekens",
    "minItems": "heeft te weinig regels: ten minste {}",
    "minProperties": "heeft te weinig regels: ten minste {}",
    "uniqueItems": "noemt iets twee keer",
    "minimum": "moet ten minste {} zijn",
    "maximum": "moet ten hoogste {} zijn",
}


@cache
def schema() -> dict[str, Any]:
    """The whole schema. Shared: do not change it."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(found)
    return found


def resolved(rule: Mapping[str, Any]) -> dict[str, Any]:
    """`rule` with what it refers to; its own words win."""
    name = str(rule.get("$ref", "")).removeprefix("#/$defs/")
    return {**resolved(schema()["$defs"][name]), **rule, "$ref": ""} if name else dict(rule)


def inside(rule: Mapping[str, Any], key: str | int) -> Mapping[str, Any]:
    """The rule for one part of what `rule` (resolved) is about: under a key, or in a list. {} when there is none."""
    if isinstance(key, int):
        return resolved(rule.get("items", {}))
    part = rule.get("properties", {}).get(key, rule.get("additionalProperties"))
    return resolved(part) if isinstance(part, Mapping) else {}


def check_shape(draft: Draft) -> None:
    """Add every error against the schema to `draft.problems`."""
    for error in _validator().iter_errors(draft.data):
        _explain(error, draft)
        if error.validator in _OF_ONE_VALUE:
            draft.misshapen.add(tuple(error.absolute_path))


def fill(value: Any, rule: Mapping[str, Any]) -> None:
    """Give every absent key of `value` the `default` that the schema names for it."""
    if isinstance(value, list):
        for part in value:
            fill(part, inside(rule, 0))
    elif isinstance(value, dict):
        for key, part in rule.get("properties", {}).items():
            full = resolved(part)
            if key in value:
                fill(value[key], full)
            elif "default" in full:
                value[key] = deepcopy(full["default"])


def converted(value: Any, rule: Mapping[str, Any]) -> Any:
    """`value` with days, moments and whole cents instead of text; the key of an amount gets `_cents` behind it."""
    if isinstance(value, dict):
        result = {}
        for key, part in value.items():
            full = inside(rule, key)
            result[f"{key}_cents" if full.get("format") in _MONEY else key] = converted(part, full)
        return result
    if isinstance(value, list):
        return [converted(part, inside(rule, 0)) for part in value]
    if value is None:
        return None
    for choice in (rule, *map(resolved, rule.get("anyOf", ()))):
        if choice.get("format") in _CONVERSIONS:
            return _CONVERSIONS[choice["format"]](value)
    return value


# Formats of text


def _is_day(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None and _parses(date.fromisoformat, text)


def _is_wall_time(text: str) -> bool:
    pattern = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    return re.fullmatch(pattern, text) is not None and _parses(datetime.fromisoformat, text)


def _is_tariff(text: str) -> bool:
    return re.fullmatch(r"(0|[1-9][0-9]{0,6})\.[0-9]{2}", text) is not None and Decimal(text) > 0


def _is_budget(text: str) -> bool:
    return re.fullmatch(r"(0|[1-9][0-9]{0,9})\.[0-9]{2}", text) is not None and Decimal(text) > 0


def _is_percentage(text: str) -> bool:
    return re.fullmatch(r"(0|[1-9][0-9]{0,2})\.[0-9]{2}", text) is not None and 0 < Decimal(text) <= 100


def _parses(parser: Callable[[str], object], value: str) -> bool:
    try:
        parser(value)
    except ValueError:
        return False
    return True


_FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _is_day,
    "wall-time": _is_wall_time,
    "money": _is_tariff,
    "budget": _is_budget,
    "percentage": _is_percentage,
}
_MONEY = ("money", "budget")
_CONVERSIONS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "wall-time": datetime.fromisoformat,
    "money": lambda text: int(Decimal(text) * 100),
    "budget": lambda text: int(Decimal(text) * 100),
}


def _only_text(accepts: Callable[[str], bool]) -> Callable[[object], bool]:
    # another type has an error of its own
    return lambda value: not isinstance(value, str) or accepts(value)


@cache
def _validator() -> Draft202012Validator:
    formats = FormatChecker(formats=())
    for name, accepts in _FORMATS.items():
        formats.checks(name)(_only_text(accepts))
    return Draft202012Validator(schema(), format_checker=formats)


# Errors in Dutch


def _explain(error: ValidationError, draft: Draft) -> None:
    place = tuple(error.absolute_path)
    name = draft.name(place)
    rule: Any = error.validator_value
    hint = error.schema.get("x-hint") if isinstance(error.schema, Mapping) else None
    match error.validator:
        case "type" | "anyOf" | "enum" | "const" if error.instance is None:
            draft.wrong(place, f"{name} is leeg. {_way_out(place)}")
        case "required":
            for key in rule:
                if key not in error.instance:  # type: ignore[operator]
                    draft.wrong(place, f"{name}: de sleutel '{key}' ontbreekt.")
        case "additionalProperties":
            _unknown_keys(error, draft)
        case "enum" | "const":
            known = rule if error.validator == "enum" else [rule]
            choices = ", ".join(str(value) for value in known)
            draft.wrong(place, f"{name}: '{error.instance}' kan niet. Kies uit: {choices}.")
        case validator if validator in _BOUNDS:
            tail = f" {_way_out(place)}" if error.instance in ("", [], {}) and _is_optional(place) else ""
            draft.wrong(place, f"{name} {_BOUNDS[validator].format(rule)}.{tail}")
        case "type" if not hint:
            draft.wrong(place, f"{name} moet {_TYPES[rule]} zijn.")
        case _:
            is_number = isinstance(error.instance, bool | int | float) and "aanhalingstekens" not in str(hint)
            tail = " Zet de waarde tussen aanhalingstekens." if is_number and rule == "string" else ""
            draft.wrong(place, f"{name} klopt niet. Verwacht: {hint}.{tail}")


def _is_optional(place: Place) -> bool:
    """Whether the key at `place` may be left out."""
    rule: Mapping[str, Any] = schema()
    for key in place[:-1]:
        rule = inside(rule, key)
    return bool(place) and isinstance(place[-1], str) and place[-1] not in rule.get("required", ())


def _way_out(place: Place) -> str:
    return "Vul iets in, of laat de sleutel weg." if _is_optional(place) else "Vul iets in."


def _unknown_keys(error: ValidationError, draft: Draft) -> None:
    place, shape, instance = tuple(error.absolute_path), error.schema, error.instance
    if not isinstance(shape, Mapping) or not isinstance(instance, Mapping):
        return
    for key in (key for key in instance if key not in shape["properties"]):
        if refuses_comparison(draft, key):
            continue  # said better by the rules
        near = get_close_matches(key, shape["properties"], n=1)
        tail = f" Bedoelt u '{near[0]}'?" if near else ""
        if instance[key] is None and not near:
            tail = " Binnen { } begint na een komma een sleutel: zet een tekst met komma tussen aanhalingstekens."
        draft.wrong((*place, key), f"{draft.name(place)}: de sleutel '{key}' bestaat niet.{tail}")
