"""The complete examples of the documentation as file-shaped values, and what happens when a part of one changes."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from portal.adapters import procedure_files
from portal.adapters.procedure_draft import Place

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "procedure-format.md"
KINDS = ("open_house", "framework", "tender", "consultation")
GONE = object()  # as a new value: the key is left out

Changes = dict[str, Any]


@cache
def sources() -> dict[str, str]:
    """The YAML of each example, by its kind."""
    parts = DOCUMENTATION.read_text("utf-8").split("```yaml\n")[1:]
    texts = [part.split("```")[0] for part in parts]
    return dict(zip(KINDS, texts, strict=True))


@cache
def _original(kind: str) -> dict[str, Any]:
    return procedure_files.raw(sources()[kind].encode())


def example(kind: str, changes: Changes | None = None) -> dict[str, Any]:
    """The example with other values at some places, written as 'requirements.T01.settings.minimum'."""
    data = deepcopy(_original(kind))
    for path, value in (changes or {}).items():
        *around, last = place(data, path)
        holder = data
        for part in around:
            holder = holder[part]
        if value is GONE:
            del holder[last]
        elif isinstance(last, int) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    return data


def place(data: Any, path: str) -> Place:
    """The place of a dotted path; in a list a part is a number, '+' (behind the last) or what a block is called."""
    result: list[str | int] = []
    for part in path.split(".") if path else []:
        if isinstance(data, list):
            names = [next(iter(each.values())) if isinstance(each, dict) else each for each in data]
            step: str | int = len(data) if part == "+" else int(part) if part not in names else names.index(part)
            data = data[step] if isinstance(step, int) and step < len(data) else None
        else:
            step = part
            data = data.get(part) if isinstance(data, dict) else None
        result.append(step)
    return tuple(result)


def problems(kind: str, changes: Changes) -> list[tuple[Place, str]]:
    """Everything wrong with the changed example."""
    return procedure_files.problems(example(kind, changes))
