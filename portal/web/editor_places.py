"""Places in a procedure file: what may stand there, what does, and a copy with something else in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.adapters.procedure_rules import KINDS, is_comparison
from portal.adapters.procedure_schema import inside, resolved, schema

Place = tuple[str | int, ...]

NAMES = {
    "municipalities": "municipality", "municipality": "municipality", "lots": "lot", "products": "product",
    "product": "product", "coupled_with": "product", "requirements": "requirement", "requirement": "requirement",
    "stricter_than": "requirement", "yearly_recheck": "requirement", "goals": "goal", "ground": "ground",
    "new": "part", "successor.code": "part", "states": "municipality",
}  # fmt: skip
"""Keys that name something else in the file by its code, and what; 'part' is a lot or a product."""

LISTS = {
    "municipalities": "municipality", "lots": "lot", "products": "product", "requirements": "requirement",
    "goals": "goal", "closing_grounds": "ground",
}  # fmt: skip
"""Lists of blocks with a code that other parts of the file name."""


def rule_at(place: Place) -> Mapping[str, Any]:
    """The schema of what may stand at a place; {} when nothing can."""
    rule: Mapping[str, Any] = schema()
    for part in place:
        rule = inside(resolved(rule), part)
        if not rule:
            return {}
    return resolved(rule)


def value_at(data: Any, place: Place) -> Any:
    """What stands at a place, or None."""
    for part in place:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def block_at(data: Any, place: Place) -> Mapping[str, Any]:
    """The block at a place; {} where there is none."""
    value = value_at(data, place)
    return value if isinstance(value, Mapping) else {}


def items_at(data: Any, place: Place) -> list[Any]:
    """A copy of the list at a place; [] where there is none."""
    value = value_at(data, place)
    return list(value) if isinstance(value, list) else []


def is_list(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is about a list of blocks."""
    return rule.get("type") == "array" and resolved(rule.get("items", {})).get("type") == "object"


def has_page(data: Mapping[str, Any], place: Place) -> bool:
    """Whether a place is a block or a list of blocks that this procedure can have, in lists that reach so far."""
    rule = rule_at(place)
    return (
        (bool(rule.get("properties")) or is_list(rule))
        and all(allowed(data, part) for part in place if isinstance(part, str))
        and all(
            isinstance(value_at(data, place[: end + 1]), Mapping)
            for end, part in enumerate(place)
            if isinstance(part, int)
        )
    )


def compares(data: Mapping[str, Any]) -> bool:
    """Whether this kind of procedure compares offers. What is of no known kind yet is not held back."""
    kind = KINDS.get(str(data.get("kind")))
    return kind is None or kind.compares


def allowed(data: Mapping[str, Any], key: str) -> bool:
    """Whether this kind of procedure can have this key: where nobody is compared, the fields do not exist."""
    return compares(data) or not is_comparison(key)


def codes(data: Mapping[str, Any], what: str) -> list[tuple[str, str]]:
    """(code, name) of what a file names elsewhere; `what` is a value of `NAMES`."""
    match what:
        case "municipality":
            return _named(value_at(data, ("authority", "municipalities")), "name")
        case "requirement":
            return _named(data.get("requirements"), "title")
        case "goal":
            return _named(data.get("goals"), "title")
        case "ground":
            return _named(value_at(data, ("coverage", "closing_grounds")), "title")
    return [pair for kind, pair in _tree(data.get("lots")) if what in (kind, "part")]


def _named(blocks: Any, name: str) -> list[tuple[str, str]]:
    return [
        (str(one["code"]), f"{one['code']} {one.get(name) or ''}".strip())
        for one in (blocks if isinstance(blocks, list) else [])
        if isinstance(one, Mapping) and one.get("code")
    ]


def _tree(lots: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    for lot in lots if isinstance(lots, list) else []:
        yield from (("lot", pair) for pair in _named([lot], "name"))
        yield from (("product", pair) for pair in _named(lot.get("products"), "name"))
        yield from _tree(lot.get("lots"))


def title_of(block: Any, index: int) -> str:
    """What a block in a list is called: its code and name, else its number."""
    if not isinstance(block, Mapping):
        return str(index + 1)
    found = {
        key: str(value) for key, value in block.items() if isinstance(value, (str, int)) and value not in ("", True)
    }
    code = next((found[key] for key in ("code", "product", "old", "key") if key in found), "")
    where = next((found[key] for key in ("municipality", "opens_at", "starts_on") if key in found), "")
    name = next((found[key] for key in ("title", "name", "heading", "label") if key in found), "")
    words = [code, name if name != code else ""] if name else [code, where, found.get("text", "")]
    shown = " ".join(filter(None, words))
    return (shown if len(shown) <= 100 else f"{shown[:98].rstrip()}…") or str(index + 1)


def contents(block: Any) -> Iterator[tuple[str, list[str]]]:
    """What lies in a block, however deep: (key of the list, titles), the outermost first."""
    if isinstance(block, list):
        for one in block:
            yield from contents(one)
    elif isinstance(block, Mapping):
        for key, value in block.items():
            if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
                yield str(key), [title_of(one, index) for index, one in enumerate(value)]
            if isinstance(value, (list, Mapping)):
                yield from contents(value)


def is_bare(value: Any) -> bool:
    """Whether nothing is filled in anywhere in a value."""
    if isinstance(value, Mapping):
        return all(map(is_bare, value.values()))
    return all(map(is_bare, value)) if isinstance(value, list) else value is None or value == ""


def mentions(data: Mapping[str, Any], gone: Place) -> list[Place]:
    """The places outside `gone` that name a code which is only in `gone`."""
    lost: set[tuple[str, str]] = set()
    for key, one in _coded(value_at(data, gone), str(next((part for part in reversed(gone) if part in LISTS), ""))):
        lost |= {(LISTS[key], one)} | ({("part", one)} if key in ("lots", "products") else set())
    return [place for place in _mentioned(data, (), lost) if place[: len(gone)] != gone] if lost else []


def _coded(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for one in value:
            yield from _coded(one, key)
    elif isinstance(value, Mapping):
        if value.get("code") and key in LISTS:
            yield key, str(value["code"])
        for inner, part in value.items():
            if isinstance(part, list):
                yield from _coded(part, str(inner))


def _mentioned(value: Any, place: Place, lost: set[tuple[str, str]]) -> Iterator[Place]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            what = NAMES.get(".".join(map(str, (*place[-1:], key)))) or NAMES.get(str(key))
            names = list(part) if isinstance(part, (list, Mapping)) else [part]
            if what and any((what, one) in lost for one in names if isinstance(one, str)):
                yield (*place, str(key))
            yield from _mentioned(part, (*place, str(key)), lost)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _mentioned(one, (*place, index), lost)


def ordered(block: Mapping[str, Any], place: Place = ()) -> dict[str, Any]:
    """The block with its keys in the order of the schema, which is the order of the file."""
    order = list(rule_at(place).get("properties", {}))
    return dict(sorted(block.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order)))


def replaced(data: Mapping[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """A copy of `data` with `value` at `place`; None takes a key out. Blocks on the way are made where needed."""
    changed: dict[str, Any] = _replaced(data, place, value, ()) if place else ordered(value)
    return changed


def _replaced(data: Any, place: Place, value: Any, above: Place) -> Any:
    head, rest = place[0], place[1:]
    if isinstance(head, int):
        items = list(data)
        items[head] = _replaced(items[head], rest, value, (*above, head)) if rest else value
        return items
    block = dict(data) if isinstance(data, Mapping) else {}
    new = _replaced(block.get(head), rest, value, (*above, head)) if rest else value
    block.pop(head, None)
    return ordered(block if new is None else {**block, head: new}, above)


def place_of(text: str) -> Place:
    """A place as it stands in an address: 'lots/0/products/2'; 'algemeen' is the procedure itself."""
    parts = text.split("/") if text != "algemeen" else []
    return tuple(int(part) if re.fullmatch(r"[0-9]{1,4}", part) else part for part in parts)


def path_of(place: Place) -> str:
    """The opposite of `place_of`."""
    return "/".join(map(str, place)) or "algemeen"


def outer(place: Place) -> Place:
    """The block around a block in a list; of a list that is a part of its own, that part."""
    place = place[:-1]
    while len(place) > 1 and isinstance(place[-1], str):
        place = place[:-1]
    return place


def is_slug(text: str) -> bool:
    """Whether a text can be the name of a procedure in an address."""
    return re.fullmatch(str(schema()["$defs"]["key"]["pattern"]), text) is not None


def located(problems: Sequence[tuple[Place, str]]) -> list[tuple[Place, str]]:
    """The problems, each at the field where it is mended: of a missing key, where the key would stand."""
    return [
        ((*place, found[1]), "") if (found := re.search(r"de sleutel '(\w+)' ontbreekt", text)) else (place, text)
        for place, text in problems
    ]
