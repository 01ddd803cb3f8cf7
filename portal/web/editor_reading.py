"""A posted form as a block of a procedure file.

Whatever is typed is kept, right or wrong: what breaks a rule is told beside the field and stops only proposing. What
is left empty is left out. A form that comes back as it was sent gives the block as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from portal.web.editor_fields import Field
from portal.web.editor_places import is_bare

_MONEY = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]{1,2}))?")
"""An amount as people write it: 412,5 or 1.250 or 1.250,00. '412.50' is the file's own way, and stays."""


class Form(Protocol):
    """What a posted form can be asked."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def getlist(self, key: str) -> list[str]: ...
    def __contains__(self, key: object) -> bool: ...


def read(form: Form, wanted: Sequence[Field], before: Mapping[str, Any]) -> dict[str, Any]:
    """The block as the form has it. Lists of blocks, and what has no field, stay as they were in `before`."""
    result = {key: value for key, value in before.items() if all(one.key != key for one in wanted)}
    for one in wanted:
        old = before.get(one.key)
        value = _read(form, one, old)
        if value is not None:
            result[one.key] = value
        elif old is not None and is_bare(old):
            result[one.key] = old
        elif one.needed and one.may_be_empty:
            result[one.key] = []
    order = [one.key for one in wanted]
    return dict(sorted(result.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else -1))


def _read(form: Form, one: Field, old: Any) -> Any:
    match one.kind:
        case "list":
            return old
        case "block":
            return read(form, one.parts, old if isinstance(old, Mapping) else {}) or None
        case "flag":
            return _flag(one.name in form, one, old)
        case "choices":
            return _chosen(form.getlist(one.name), one, old) or None
        case "lines":
            return [part.strip() for part in form.get(one.name, "").splitlines() if part.strip()] or None
        case "texts":
            return [text for text in map(plain, form.getlist(one.name)) if text] or None
        case "states":
            states = {code: form.get(f"{one.name}.{code}", "") for code, _ in one.options}
            return {code: state for code, state in states.items() if state} or None
        case "number":
            text = form.get(one.name, "").strip()
            return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text or None
        case "money":
            return amount(form.get(one.name, "").strip()) or None
        case "moment":
            text = form.get(one.name, "").strip()
            return re.sub(r"^([0-9-]{10})T([0-9:]{5}).*", r"\1 \2", text) or None
        case "until":
            return "end" if form.get(f"{one.name}.end") else form.get(one.name, "").strip() or None
    return plain(form.get(one.name, "")) or None


def _flag(ticked: bool, one: Field, old: Any) -> bool | None:
    if isinstance(old, bool) and old == ticked:
        return old
    return ticked if ticked != (one.default is True) or one.needed else None


def _chosen(sent: list[str], one: Field, old: Any) -> list[str]:
    """In the order of the file, and what is new behind it in the order of the options."""
    before = [str(value) for value in old] if isinstance(old, list) else []
    known = [key for key, _ in one.options if key in sent]
    return [key for key in before if key in known] + [key for key in known if key not in before]


def plain(text: str) -> str:
    """A text as the file has it: an empty line starts a paragraph, and any other line break is a space."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return re.sub(r"(?<!\n)\n(?!\n)", " ", re.sub(r"\n[ \t]+(?=\n)", "\n", lines))


def amount(text: str) -> str:
    """An amount as the file has it ('1250.00'), or what was typed when it is none."""
    found = _MONEY.fullmatch(text)
    return f"{found[1].replace('.', '')}.{(found[2] or '').ljust(2, '0')}" if found else text
