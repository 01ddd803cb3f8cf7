"""A procedure as somebody wrote it, right or wrong, while its rules are checked.

The checks look at raw values and skip what another rule already refused, so that one reading gives all errors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Place = tuple[str | int, ...]


class Codes(dict[str, Place]):
    """Each code of a list with the place of its block.

    `is_doubtful`: a block has no good code of its own, so that a code which is not here may be the one it should have.
    """

    is_doubtful = False

    def and_also(self, other: Codes) -> Codes:
        """These codes and those of another list, where a reference may be to either."""
        both = Codes({**self, **other})
        both.is_doubtful = self.is_doubtful or other.is_doubtful
        return both


@dataclass
class Draft:
    """Raw values, the line of each place when they come from a file, and the problems found so far."""

    data: Any = None
    lines: Mapping[Place, int] = field(default_factory=dict)
    problems: list[tuple[Place, str]] = field(default_factory=list)
    misshapen: set[Place] = field(default_factory=set)
    """Places whose value has the wrong shape: what follows from such a value is not told."""
    refused: dict[Place, str] = field(default_factory=dict)
    """Whole blocks that may not be there: nothing inside them is told."""

    def line(self, place: Place) -> int:
        """Line of `place`, or of the nearest part of the file around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def wrong(self, place: Place, message: str) -> None:
        self.problems.append((place, message))

    def refuse(self, place: Place, message: str) -> None:
        """The whole block at `place` may not be there: this is told, and nothing else about it."""
        self.refused[place] = message
        self.wrong(place, message)

    def told(self) -> list[tuple[Place, str]]:
        """The problems without those inside a block that was refused as a whole, each once."""
        return list(dict.fromkeys(one for one in self.problems if not self._is_inside_refused(*one)))

    def _is_inside_refused(self, place: Place, message: str) -> bool:
        around = (place[:end] for end in range(1, len(place) + 1))
        return any(part in self.refused and (part, self.refused[part]) != (place, message) for part in around)

    def name(self, place: Place) -> str:
        """How a person finds `place`: the last key, with its number in the list when it is in one."""
        keys = [part for part in place if isinstance(part, str)]
        if not keys:
            return "Het bestand"
        number = f" (nummer {place[-1] + 1})" if isinstance(place[-1], int) else ""
        return f"'{keys[-1]}'{number}"

    def earlier(self, place: Place) -> str:
        """Where a person finds what was said before: the line, or the number in the list when there are no lines."""
        if self.lines:
            return f"op regel {self.line(place)}"
        while place and not isinstance(place[-1], int):
            place = place[:-1]
        return f"bij {self.name(place)}"

    def get(self, *place: str | int) -> Any:
        """The raw value at `place`, None when there is none."""
        value = self.data
        for part in place:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def text(self, *place: str | int) -> str:
        """The text at `place`, '' when there is none."""
        value = self.get(*place)
        return value if isinstance(value, str) else ""

    def blocks(self, *place: str | int) -> Iterator[tuple[Place, dict[str, Any]]]:
        """The blocks in the list at `place`, each with its own place."""
        for index, value in self._items(place):
            if isinstance(value, dict):
                yield (*place, index), value

    def words(self, *place: str | int) -> Iterator[tuple[Place, str]]:
        """The texts in the list at `place`, each with its own place."""
        for index, value in self._items(place):
            if isinstance(value, str):
                yield (*place, index), value

    def _items(self, place: Place) -> Iterator[tuple[int, Any]]:
        value = self.get(*place)
        yield from enumerate(value if isinstance(value, list) else [])

    def day(self, *place: str | int) -> date | None:
        """The day at `place` when it is one."""
        value = self.get(*place)
        try:
            return date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            return None

    def wall_time(self, *place: str | int) -> datetime | None:
        """The moment on the clock at `place` when it is one."""
        value = self.get(*place)
        try:
            return datetime.fromisoformat(value) if isinstance(value, str) and " " in value else None
        except ValueError:
            return None

    def unique(self, *place: str | int) -> Codes:
        """Each code in the list of blocks at `place` with the place of its block; a code used twice is wrong."""
        codes = Codes()
        for inner, _ in self.blocks(*place):
            self.remember(codes, inner)
        return codes

    def remember(self, codes: Codes, place: Place, key: str = "code") -> None:
        """Add the `key` of the block at `place` to `codes`; wrong when it is there already."""
        code = self.text(*place, key)
        if not code or code in codes or (*place, key) in self.misshapen:
            codes.is_doubtful = True
        if not code:
            return
        if code in codes:
            self.wrong((*place, key), f"De code '{code}' is al gebruikt {self.earlier((*codes[code], key))}.")
        codes.setdefault(code, place)

    def known(self, place: Place, known: Collection[str], word: str) -> bool:
        """Whether the text at `place` is one of `known`; wrong when it is another text.

        Not told when the text itself or one of the known codes was refused already: it may follow from that.
        """
        key = self.get(*place)
        is_doubtful = place in self.misshapen or (isinstance(known, Codes) and known.is_doubtful)
        if isinstance(key, str) and key not in known and not is_doubtful:
            choices = f"Bekend: {', '.join(known)}." if known else "Er is er geen."
            self.wrong(place, f"De {word} '{key}' bestaat niet. {choices}")
        return isinstance(key, str) and key in known

    def all_known(self, place: Place, known: Collection[str], word: str) -> list[str]:
        """The texts in the list at `place` that are in `known`; the others are wrong."""
        return [key for inner, key in self.words(*place) if self.known(inner, known, word)]

    def in_order(self, place: Place) -> None:
        """Wrong when the block at `place` ends before it starts."""
        starts_on, ends_on = self.day(*place, "starts_on"), self.day(*place, "ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.wrong((*place, "ends_on"), f"De einddatum {ends_on} ligt vóór de begindatum {starts_on}.")
