"""What differs between two editions of a procedure file, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NAMED_BY = ("code", "product", "key", "municipality", "old", "title", "name", "starts_on")
"""By which key the blocks of a list are recognised when one is put in or taken out, the first that all have."""


@dataclass(frozen=True)
class Change:
    """One value that differs. `place` is the path of keys and names; None stands for 'was not there'."""

    place: tuple[str, ...]
    before: Any
    after: Any


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every difference between two files, in the order of the newer one. Equal files give an empty list."""
    return list(_compared((), before, after))


def _compared(place: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    old, new = _parts(before), _parts(after)
    if old is None or new is None or (not old and not new):
        yield Change(place, before, after)
        return
    for name in [*new, *(name for name in old if name not in new)]:
        yield from _compared((*place, name), old.get(name), new.get(name))


def _parts(value: Any) -> dict[str, Any] | None:
    """The parts of a block or of a list of blocks by name; None for a single value. What is absent has no parts."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        for key in NAMED_BY:
            names = [str(one.get(key)) for one in value]
            if all(key in one for one in value) and len(set(names)) == len(names):
                return dict(zip(names, value, strict=True))
        return {str(index + 1): one for index, one in enumerate(value)}
    return {} if value is None or value == [] else None
