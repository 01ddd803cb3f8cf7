"""What differs between two texts, word by word, for somebody who reads both at once."""

from __future__ import annotations

import difflib
import re

_PARTS = re.compile(r"\s+|\w+|[^\w\s]")


def word_changes(before: str, after: str) -> list[tuple[str, str]]:
    """The two texts as one list of ('same' | 'gone' | 'new', piece); joined without 'new' it is `before`."""
    old, new = _PARTS.findall(before), _PARTS.findall(after)
    pieces: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(old[a:b])))
            continue
        if b > a:
            pieces.append(("gone", "".join(old[a:b])))
        if d > c:
            pieces.append(("new", "".join(new[c:d])))
    return pieces
