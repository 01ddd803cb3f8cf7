"""YAML to plain values that remember their lines; nothing here knows what a procedure is.

Text stays text, also a day or a moment. A line break inside a paragraph is how the file is typed, no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from portal.adapters.procedure_draft import Place
from portal.adapters.procedure_yaml_errors import explained
from portal.errors import ProcedureFileError

LARGEST_FILE = 1_000_000  # bytes; the largest procedure known to us takes a fifth

_CORE = "tag:yaml.org,2002:"
_WRAP = re.compile(r"(?<!\n)\n(?!\n)")


@dataclass
class Reading:
    """What a file says: its values, the line of each place, and what is wrong with the YAML itself."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


def reading(source: bytes) -> Reading:
    """The values in `source` (YAML 1.2, UTF-8).

    Raises `errors.ProcedureFileError` when nothing in the file can be trusted; smaller errors are in `problems`.
    """
    node = _composed(_decoded(source))
    if node is None:
        raise ProcedureFileError([(1, "Het bestand is leeg.")])
    result = Reading()
    result.data = _value(node, (), result)
    return result


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
        raise ProcedureFileError([explained(error, text)]) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ProcedureFileError([(line, "Hier staat een teken dat in YAML niet mag.")]) from error
    except YAMLError as error:
        raise ProcedureFileError([(1, "Dit is geen geldige YAML.")]) from error
    except RecursionError as error:
        raise ProcedureFileError([(1, "Het bestand is te diep genest.")]) from error


def _value(node: Node, place: Place, result: Reading) -> Any:
    line = node.start_mark.line + 1
    result.lines.setdefault(place, line)
    if node.anchor or id(node) in result.seen:
        # A reference may repeat itself into a file of any size; nobody needs one here.
        result.problems.append((result.lines[place], "Verwijzingen met & en * mogen niet. Schrijf de tekst voluit."))
        return None
    result.seen.add(id(node))
    if isinstance(node, MappingNode):
        return _mapping(node, place, result)
    if isinstance(node, SequenceNode):
        return [_value(part, (*place, index), result) for index, part in enumerate(node.value)]
    return _scalar(node, place, result)


def _mapping(node: MappingNode, place: Place, result: Reading) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            result.problems.append((line, "Een sleutel moet één woord zijn."))
            continue
        key = str(key_node.value)
        if key in values:
            first = result.lines[(*place, key)]
            result.problems.append((line, f"De sleutel '{key}' staat er twee keer: ook op regel {first}."))
            continue
        result.lines[(*place, key)] = line
        values[key] = _value(value_node, (*place, key), result)
    return values


def _scalar(node: Node, place: Place, result: Reading) -> Any:
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
    result.problems.append((result.lines[place], f"Het label '{node.tag}' mag hier niet."))
    return None
