"""Writing a procedure as a file that people read and compare: clean YAML, keys in the order of the schema.

What is written reads back the same: `procedure_files.raw(dump(data)) == data` for every `data` that `raw` gave.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from portal.adapters.procedure_schema import inside, schema

_WIDTH = 110  # columns of a paragraph; the reader joins its lines again
_LONG = 90  # a text of one paragraph longer than this is written under its key

# What YAML reads as plain text in any version, outside brackets. A digit in front may be a number to some reader.
_PLAIN = re.compile(r"[^\W\d_](?:[^\n:#]|:(?=[^ ]))*(?<![ :])")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_ESCAPED = re.compile(r'[\\"]|[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]')
_BREAK = re.compile(r"(?<=[^\s]) (?=[^\s])")  # where a line may end: one space between two words


def dump(data: Mapping[str, Any]) -> bytes:
    """File-shaped `data` as YAML in UTF-8. Keys that the schema does not know come last, as they stand."""
    return "".join(f"{line}\n" for line in _block(data, schema(), 0)).encode()


def _block(value: Mapping[str, Any], rule: Mapping[str, Any], depth: int) -> Iterator[str]:
    order = list(rule.get("properties", {}))
    keys = [key for key in order if key in value] + [key for key in value if key not in order]
    for key in keys:
        yield from _entry(f"{' ' * depth}{_scalar(str(key))}:", value[key], inside(rule, key), depth)


def _entry(head: str, value: Any, rule: Mapping[str, Any], depth: int) -> Iterator[str]:
    """`head` and the value behind or below it; what is below stands two columns further than `depth`."""
    below = depth + 2
    if isinstance(value, Mapping) and value:
        yield head
        yield from _block(value, rule, below)
    elif isinstance(value, list) and value:
        yield head
        for part in value:
            yield from _item(part, inside(rule, 0), below)
    elif isinstance(value, str) and _is_long(value):
        yield f"{head} |"
        for line in _lines(value, _WIDTH - below):
            yield f"{' ' * below}{line}" if line else ""
    else:
        yield f"{head} {_scalar(value)}"


def _item(value: Any, rule: Mapping[str, Any], depth: int) -> Iterator[str]:
    dash = f"{' ' * depth}-"
    if isinstance(value, Mapping) and value:
        first, *rest = _block(value, rule, depth + 2)
        yield f"{dash} {first.lstrip()}"
        yield from rest
    else:
        yield from _entry(dash, value, rule, depth)


def _is_long(text: str) -> bool:
    # Characters that need an escape can only stand between quotes; so can space at the edges.
    if text != text.strip() or re.search(r"(?<!\n)\n(?!\n)|\n[ \t]|[ \t]\n", text):
        return False
    is_clean = not any(found.group() not in '\n\\"' for found in _ESCAPED.finditer(text))
    return is_clean and ("\n" in text or len(text) > _LONG)


def _lines(text: str, width: int) -> Iterator[str]:
    for line in text.split("\n"):
        start, last = 0, 0
        for gap in _BREAK.finditer(line):
            if gap.start() - start > width and last > start:
                yield line[start : last - 1]
                start = last
            last = gap.end()
        if len(line) - start > width and last > start:
            yield line[start : last - 1]
            start = last
        yield line[start:]


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not _ESCAPED.search(value)
        return value if is_plain or _MOMENT.fullmatch(value) else f'"{_ESCAPED.sub(_escape, value)}"'
    if isinstance(value, list):
        return "[]"
    return "{}" if isinstance(value, Mapping) else str(value)


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    if character in '\\"':
        return f"\\{character}"
    return "\\n" if character == "\n" else f"\\U{ord(character):08x}"
