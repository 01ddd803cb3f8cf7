"""Reading a procedure file: YAML in, plain values out, every error at once with its line.

The shape is `procedures/schema.json`; the format is explained in `docs/procedure-format.md`. What a schema
cannot say (codes that must exist, dates in order) is checked by `portal.adapters.procedure_rules`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from portal.adapters.procedure_rules import Draft, Place, check, is_comparison
from portal.errors import ProcedureFileError

SCHEMA = Path(__file__).parents[2] / "procedures" / "schema.json"
LARGEST_FILE = 1_000_000  # bytes; the largest procedure known to us takes a tenth

_CORE = "tag:yaml.org,2002:"
_WRAP = re.compile(r"(?<!\n)\n(?!\n)")  # a line break inside a paragraph is how the file is typed, no more
_TYPES = {
    "object": "een blok met sleutels",
    "array": "een lijst",
    "string": "tekst (zet een waarde van alleen cijfers tussen aanhalingstekens)",
    "integer": "een geheel getal",
    "boolean": "true of false",
}
_BOUNDS = {
    "minLength": "mag niet leeg zijn",
    "maxLength": "is te lang: ten hoogste {} tekens",
    "minItems": "heeft te weinig regels: ten minste {}",
    "uniqueItems": "noemt iets twee keer",
    "minimum": "moet ten minste {} zijn",
    "maximum": "moet ten hoogste {} zijn",
}


def read(path: Path) -> dict[str, Any]:
    """The procedure in the file at `path`; see `parse`."""
    return parse(path.read_bytes())


def parse(source: bytes) -> dict[str, Any]:
    """The procedure in `source` (YAML 1.2, UTF-8), with the keys of the format.

    Days (`…_on`, `until`) become `date`; moments (`…_at`) become a naive `datetime` that means the clock in
    Amsterdam; `tariff` in euros becomes `tariff_cents`, an integer. Optional keys are filled in: '', [], {},
    False or None. `rounds.until: end` becomes the last day of the agreement. `coverage.cells` also gets the
    cells that only have a remark.

    Raises `errors.ProcedureFileError` with every error in the file, oldest line first, messages in Dutch.
    """
    draft = Draft()
    text = _decoded(source)
    node = _composed(text)
    if node is None:
        raise ProcedureFileError([(1, "Het bestand is leeg.")])
    draft.data = _value(node, (), draft, set())
    for error in _validator().iter_errors(draft.data):
        _explain(error, draft)
    check(draft)
    if draft.problems:
        raise ProcedureFileError(sorted(set(draft.problems)))
    return _completed(_converted(draft.data))


def moved(data: Mapping[str, Any], start: date) -> dict[str, Any]:
    """`data` (as `parse` gives it) with every day and moment moved so that the agreement starts on `start`.

    All move by the same number of whole days, so every interval stays. Times on the clock stay; texts are not
    touched. Nothing of `data` is changed.
    """
    days = start - data["agreement"]["starts_on"]
    return {key: _shifted(value, days) for key, value in data.items()}


def _shifted(value: Any, days: timedelta) -> Any:
    if isinstance(value, date):  # a datetime is one too
        return value + days
    if isinstance(value, Mapping):
        return {key: _shifted(part, days) for key, part in value.items()}
    if isinstance(value, list):
        return [_shifted(part, days) for part in value]
    return value


# Text to values, remembering lines


def _decoded(source: bytes) -> str:
    if len(source) > LARGEST_FILE:
        raise ProcedureFileError([(1, "Het bestand is groter dan 1 MB.")])
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise ProcedureFileError([(line, "Dit teken is geen UTF-8. Bewaar het bestand als UTF-8.")]) from error


def _composed(text: str) -> Node | None:
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
        return node
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"Dit is geen geldige YAML: {error.problem or error.context}."
        raise ProcedureFileError([(mark.line + 1 if mark else 1, problem)]) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ProcedureFileError([(line, "Hier staat een teken dat in YAML niet mag.")]) from error
    except YAMLError as error:
        raise ProcedureFileError([(1, "Dit is geen geldige YAML.")]) from error
    except RecursionError as error:
        raise ProcedureFileError([(1, "Het bestand is te diep genest.")]) from error


def _value(node: Node, place: Place, draft: Draft, seen: set[int]) -> Any:
    draft.lines.setdefault(place, node.start_mark.line + 1)
    if node.anchor or id(node) in seen:
        # A reference may repeat itself into a file of any size; nobody needs one here.
        draft.wrong(place, "Verwijzingen met & en * mogen niet. Schrijf de tekst voluit.")
        return None
    seen.add(id(node))
    if isinstance(node, MappingNode):
        return _mapping(node, place, draft, seen)
    if isinstance(node, SequenceNode):
        return [_value(part, (*place, index), draft, seen) for index, part in enumerate(node.value)]
    return _scalar(node, place, draft)


def _mapping(node: MappingNode, place: Place, draft: Draft, seen: set[int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            draft.problems.append((line, "Een sleutel moet één woord zijn."))
            continue
        key = str(key_node.value)
        if key in values:
            first = draft.line((*place, key))
            draft.problems.append((line, f"De sleutel '{key}' staat er twee keer: ook op regel {first}."))
            continue
        draft.lines[(*place, key)] = line
        values[key] = _value(value_node, (*place, key), draft, seen)
    return values


def _scalar(node: Node, place: Place, draft: Draft) -> Any:
    text = str(node.value)
    match str(node.tag).removeprefix(_CORE):
        case "str" | "timestamp":
            return _WRAP.sub(" ", text.strip())
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case "int" if re.fullmatch(r"[-+]?[0-9]+", text):
            return int(text)
        case "int" | "float":
            return float("nan")  # no number of this format has a fraction or another base
    draft.wrong(place, f"Het label '{node.tag}' mag hier niet.")
    return None


# The schema's errors in Dutch


def _is_day(value: object) -> bool:
    return not isinstance(value, str) or (
        re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and _parses(date.fromisoformat, value)
    )


def _is_wall_time(value: object) -> bool:
    return not isinstance(value, str) or (
        re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", value) is not None and _parses(datetime.fromisoformat, value)
    )


def _is_money(value: object) -> bool:
    return not isinstance(value, str) or (
        re.fullmatch(r"(0|[1-9]\d{0,6})\.\d\d", value) is not None and Decimal(value) > 0
    )


def _parses(parser: Callable[[str], object], value: str) -> bool:
    try:
        parser(value)
    except ValueError:
        return False
    return True


@cache
def _validator() -> Draft202012Validator:
    formats = FormatChecker(formats=())
    for name, accepts in (("date", _is_day), ("wall-time", _is_wall_time), ("money", _is_money)):
        formats.checks(name)(accepts)
    return Draft202012Validator(_schema(), format_checker=formats)


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return schema


def _explain(error: ValidationError, draft: Draft) -> None:
    place = tuple(error.absolute_path)
    name = draft.name(place)
    rule: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    hint = schema.get("x-hint")
    match error.validator:
        case "required":
            for key in rule:
                if key not in instance:
                    draft.wrong(place, f"{name}: de sleutel '{key}' ontbreekt.")
        case "additionalProperties":
            for key in instance.keys() - schema["properties"].keys():
                if not is_comparison(key):  # said better by the rules
                    near = get_close_matches(key, schema["properties"], n=1)
                    tail = f" Bedoelt u '{near[0]}'?" if near else ""
                    draft.wrong((*place, key), f"{name}: de sleutel '{key}' bestaat niet.{tail}")
        case "enum" | "const":
            known = rule if error.validator == "enum" else [rule]
            choices = ", ".join(str(value) for value in known)
            draft.wrong(place, f"{name}: '{instance}' kan niet. Kies uit: {choices}.")
        case validator if validator in _BOUNDS:
            draft.wrong(place, f"{name} {_BOUNDS[validator].format(rule)}.")
        case "type" if not hint:
            draft.wrong(place, f"{name} moet {_TYPES[rule]} zijn.")
        case _:
            draft.wrong(place, f"{name} klopt niet. Verwacht: {hint}.")


# Values to what the portal loads


def _converted(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {"tariff_cents" if part == "tariff" else part: _converted(inner, part) for part, inner in value.items()}
    if isinstance(value, list):
        return [_converted(inner) for inner in value]
    if key.endswith("_on") or (key == "until" and value != "end"):
        return date.fromisoformat(value)
    if key.endswith("_at"):
        return datetime.fromisoformat(value)
    if key == "tariff":
        return int(Decimal(value) * 100)
    return value


def _completed(data: dict[str, Any]) -> dict[str, Any]:
    _fill(data, _schema())
    agreement, rounds = data["agreement"], data["rounds"]
    rounds["first"].setdefault("starts_on", agreement["starts_on"])
    if rounds["until"] == "end":
        rounds["until"] = agreement["ends_on"]
    data["coverage"]["cells"] = _cells(data)
    return data


def _cells(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Every cell that differs from the default or has a remark: each remark laid out over its products."""
    coverage = data["coverage"]
    cells = {(cell["product"], cell["municipality"]): dict(cell) for cell in coverage["cells"]}
    for remark in coverage["remarks"]:
        for code, lots in _products(data["lots"], ()):
            if remark["products"] and code not in remark["products"]:
                continue
            if remark["lots"] and not set(lots) & set(remark["lots"]):
                continue
            cell = cells.setdefault(
                (code, remark["municipality"]),
                {
                    "product": code,
                    "municipality": remark["municipality"],
                    "state": coverage["default"],
                    "remark": "",
                },
            )
            cell["remark"] = "\n\n".join(filter(None, (cell["remark"], remark["text"])))
    return list(cells.values())


def _products(lots: list[dict[str, Any]], above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each product code with the codes of the lots it lies in, the outermost first."""
    for lot in lots:
        codes = (*above, lot["code"])
        yield from ((product["code"], codes) for product in lot["products"])
        yield from _products(lot["lots"], codes)


def _fill(value: Any, schema: Mapping[str, Any]) -> None:
    """Give every absent key of `value` the `default` that the schema names for it."""
    if isinstance(value, list):
        for part in value:
            _fill(part, _resolved(schema["items"]))
    elif isinstance(value, dict):
        for key, rule in _resolved(schema).get("properties", {}).items():
            full = _resolved(rule)
            if key in value:
                _fill(value[key], full)
            elif "default" in full:
                value[key] = deepcopy(full["default"])


def _resolved(rule: Mapping[str, Any]) -> dict[str, Any]:
    name = str(rule.get("$ref", "")).removeprefix("#/$defs/")
    return {**_resolved(_schema()["$defs"][name]), **rule, "$ref": ""} if name else dict(rule)
