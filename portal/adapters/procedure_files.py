"""Reading a procedure file: YAML in, plain values out, every error at once with its line.

The shape is `procedures/schema.json`; the format is explained in `docs/procedure-format.md`. What a schema
cannot say (codes that must exist, dates in order) is checked by `portal.adapters.procedure_rules`.

One procedure has two forms. *File-shaped*: the keys of the file, with text, whole numbers, true and false; what a
form edits and the portal stores. *Loaded*: days, moments and cents, everything optional filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from portal.adapters.procedure_coverage import laid_out
from portal.adapters.procedure_draft import Draft, Place
from portal.adapters.procedure_rules import check
from portal.adapters.procedure_schema import check_shape, converted, fill, schema
from portal.adapters.procedure_stricter import completed
from portal.adapters.procedure_yaml import Reading, reading
from portal.errors import ProcedureFileError


def read(path: Path) -> dict[str, Any]:
    """The procedure in the file at `path`, loaded; see `parse`."""
    return parse(path.read_bytes())


def parse(source: bytes) -> dict[str, Any]:
    """The procedure in `source` (YAML 1.2, UTF-8), loaded; see `loaded`.

    Raises `errors.ProcedureFileError` with every error in the file, oldest line first, messages in Dutch.
    """
    return loaded(raw(source))


def raw(source: bytes) -> dict[str, Any]:
    """The procedure in `source`, checked, file-shaped: nothing filled in, days and amounts still text.

    Raises `errors.ProcedureFileError` like `parse`.
    """
    found = reading(source)
    draft = _checked(found.data, found)
    problems = {*found.problems, *((draft.line(place), message) for place, message in draft.told())}
    if problems:
        raise ProcedureFileError(sorted(problems))
    values: dict[str, Any] = found.data
    return values


def problems(data: Any) -> list[tuple[Place, str]]:
    """Everything that is wrong with file-shaped `data`, right or wrong of shape: the place and why, in Dutch.

    A place is the path of keys and list positions: ('requirements', 2, 'code'). A missing key is told at the block
    that misses it; () is the procedure as a whole. No problem is told twice.
    """
    return _checked(data, Reading()).told()


def loaded(data: Mapping[str, Any]) -> dict[str, Any]:
    """File-shaped `data` without `problems`, as the portal loads it. Nothing of `data` is changed.

    Days (`…_on`, `until`) become `date`; moments (`…_at`) become a naive `datetime` that means the clock in
    Amsterdam; `tariff` and `amount` in euros become `tariff_cents` and `amount_cents`, integers (None when there is
    no tariff); a weight stays text. Optional keys are filled in: '', [], {}, False or None. `rounds.until: end`
    becomes the last day of the agreement. A requirement gets what it takes over from the one it tightens.
    `coverage.cells` is the matrix laid out, see `procedure_coverage.laid_out`.
    """
    full: dict[str, Any] = deepcopy(dict(data))
    if "requirements" in full:
        full["requirements"] = deepcopy(completed(full["requirements"]))
    fill(full, schema())
    agreement, rounds = full["agreement"], full["rounds"]
    if rounds and agreement:
        rounds["first"].setdefault("starts_on", agreement["starts_on"])
        if rounds["until"] == "end":
            rounds["until"] = agreement["ends_on"]
    if full["coverage"]:
        full["coverage"]["cells"] = laid_out(full)
    result: dict[str, Any] = converted(full, schema())
    return result


def _checked(data: Any, found: Reading) -> Draft:
    draft = Draft(data, found.lines)
    check_shape(draft)
    check(draft)
    return draft
