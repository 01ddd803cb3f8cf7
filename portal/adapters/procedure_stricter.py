"""A requirement that tightens one of the region (drempel): what it takes over, and that it asks more, never less."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portal.adapters.procedure_draft import Codes, Draft, Place
from portal.adapters.procedure_tree import Tree

Values = Mapping[str, Any]

SCOPE = ("lots", "municipalities", "products")
_NOT_TAKEN = frozenset({"source", "own_addition"})  # where the region's requirement comes from is not our source
_PARTLY_TAKEN = ("settings", "evidence")  # of these each key is taken over by itself
_MEASURED = ("number", "reference")  # only a higher number is stricter
_WORDING = ("text", "verification")

# What an absent number means; the rules of the answers (domain/requirements) read it the same way.
_ABSENT = {"minimum": 1, "min_length": 20, "at_least": 1}


def effective(written: Values, base: Values | None) -> dict[str, Any]:
    """`written` with what it does not say taken from `base`; `written` itself when there is no base."""
    if base is None:
        return dict(written)
    taken = {key: value for key, value in base.items() if key not in _NOT_TAKEN}
    result = {**taken, **written}
    for key in _PARTLY_TAKEN:
        own, other = written.get(key), base.get(key)
        if isinstance(own, dict) and isinstance(other, dict):
            result[key] = {**other, **own}
    return result


def completed(requirements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Checked requirements, each with what it takes over from the one it tightens."""
    by_code = {each["code"]: each for each in requirements}
    return [effective(each, by_code.get(each.get("stricter_than", ""))) for each in requirements]


def stricter(draft: Draft, place: Place, base: Values | None, tree: Tree, codes: Codes) -> None:
    """Add what is wrong with a requirement that tightens `base` to `draft.problems`."""
    there, code = (*place, "stricter_than"), draft.text(*place, "stricter_than")
    if not any(draft.get(*place, key) for key in SCOPE):
        message = "Een strengere eis noemt voor wie: 'municipalities', 'products', 'lots' of meer daarvan."
        draft.wrong(place, message)
    if not draft.known(there, codes, "eis"):
        return
    if code == draft.text(*place, "code"):
        if codes[code] == place:  # else the code is used twice, and that is told
            draft.wrong(there, "Een eis kan niet strenger zijn dan zichzelf.")
        return
    if base is None:
        return
    if "stricter_than" in base:
        draft.wrong(there, f"'{code}' is zelf al een strengere eis. Noem de eis van de regio.")
        return
    own = effective(draft.get(*place), base)
    weaker = list(_weaker(own, base, tree))
    for key, reason in weaker:
        draft.wrong((*place, *key), f"Deze eis is een strengere versie van '{code}', maar {reason}.")
    if not weaker and not _is_stricter(own, base):
        draft.wrong(there, f"Deze eis vraagt niets meer dan '{code}'.")


def _weaker(own: Values, base: Values, tree: Tree) -> Iterator[tuple[Place, str]]:
    """Every way in which `own` asks less than `base`, or something else."""
    for key in ("type", "applies_to"):
        if own.get(key) != base.get(key):
            yield (key,), f"'{key}' is '{own.get(key)}' en moet '{base.get(key)}' blijven"
    if own.get("asked_when") != base.get("asked_when"):
        yield ("asked_when",), "'asked_when' moet gelijk blijven: de eis geldt even vaak"
    if base.get("equivalent_allowed") is True and own.get("equivalent_allowed") is False:
        yield ("equivalent_allowed",), "gelijkwaardig bewijs moet toegestaan blijven"
    if not base.get("equivalent_allowed") and own.get("equivalent_allowed") is True and base.get("evidence"):
        yield ("equivalent_allowed",), "gelijkwaardig bewijs kan er niet bij komen"
    if _setting(own, "required_answer") != _setting(base, "required_answer"):
        yield ("settings", "required_answer"), "'required_answer' moet gelijk blijven"
    yield from _weaker_numbers(own, base)
    yield from _weaker_sets(own, base)
    yield from _weaker_validity(_validity(own), _validity(base))
    yield from _wider(own, base, tree)


def _is_stricter(own: Values, base: Values) -> bool:
    for _, _, read, sign in _NUMBERS:
        mine, theirs = read(own), read(base)
        if mine is not None and theirs is not None and (mine - theirs) * sign > 0:
            return True
    if any(read(own) != read(base) for _, read, _ in _SETS):
        return True
    if _validity(own) and not _validity(base):
        return True
    worded = any(own.get(key) != base.get(key) for key in _WORDING)
    stated = _setting(own, "statement") != _setting(base, "statement")
    return base.get("type") not in _MEASURED and (worded or stated)


# Numbers: higher is stricter, except an age


def _part(requirement: Values, name: str) -> Values:
    part = requirement.get(name)
    return part if isinstance(part, dict) else {}


def _setting(requirement: Values, key: str) -> Any:
    return _part(requirement, "settings").get(key)


def _validity(requirement: Values) -> Values:
    validity = _part(requirement, "evidence").get("validity")
    return validity if isinstance(validity, dict) else {}


def _number(value: Any, key: str, needed: bool) -> int | None:
    if value is None and needed:
        value = _ABSENT.get(key)
    return value if isinstance(value, int) else None


def _minimum(requirement: Values) -> int | None:
    return _number(_setting(requirement, "minimum"), "minimum", requirement.get("type") == "reference")


def _min_length(requirement: Values) -> int | None:
    return _number(_setting(requirement, "min_length"), "min_length", requirement.get("type") == "text")


def _at_least(requirement: Values) -> int | None:
    evidence = _part(requirement, "evidence")
    # without evidence no document at all is asked
    return _number(evidence.get("at_least"), "at_least", bool(evidence)) if evidence else 0


def _months(requirement: Values) -> int | None:
    return _number(_validity(requirement).get("months"), "months", False)


_NUMBERS: tuple[tuple[Place, str, Callable[[Values], int | None], int], ...] = (
    (("settings", "minimum"), "moet ten minste", _minimum, 1),
    (("settings", "min_length"), "moet ten minste", _min_length, 1),
    (("evidence", "at_least"), "moet ten minste", _at_least, 1),
    (("evidence", "validity", "months"), "mag ten hoogste", _months, -1),
)


def _weaker_numbers(own: Values, base: Values) -> Iterator[tuple[Place, str]]:
    for place, bound, read, sign in _NUMBERS:
        mine, theirs = read(own), read(base)
        if mine is not None and theirs is not None and (mine - theirs) * sign < 0:
            yield place, f"'{place[-1]}' is {mine} en {bound} {theirs} zijn"


# Sets: what counts may shrink, what is asked may grow


def _words(value: Any) -> frozenset[str]:
    return frozenset(word for word in value if isinstance(word, str)) if isinstance(value, list) else frozenset()


def _kinds(requirement: Values) -> frozenset[str]:
    return _words(_part(requirement, "evidence").get("kinds"))


def _accepted(requirement: Values) -> frozenset[str]:
    options = _setting(requirement, "options")
    keys = [each.get("key") for each in options if isinstance(each, dict)] if isinstance(options, list) else []
    return _words(_setting(requirement, "accepted") or keys)


def _registers(requirement: Values) -> frozenset[str]:
    return _words(_setting(requirement, "registers"))


def _goals(requirement: Values) -> frozenset[str]:
    return _words(_setting(requirement, "goals"))


_SETS: tuple[tuple[Place, Callable[[Values], frozenset[str]], bool], ...] = (
    (("evidence", "kinds"), _kinds, False),
    (("settings", "accepted"), _accepted, False),
    (("settings", "registers"), _registers, False),
    (("settings", "goals"), _goals, True),
)


def _weaker_sets(own: Values, base: Values) -> Iterator[tuple[Place, str]]:
    for place, read, may_grow in _SETS:
        mine, theirs = read(own), read(base)
        if may_grow and theirs - mine:
            yield place, f"'{place[-1]}' mist {', '.join(sorted(theirs - mine))}"
        elif not may_grow and theirs and mine - theirs:
            yield place, f"'{place[-1]}' laat ook {', '.join(sorted(mine - theirs))} toe"
    roles, other_roles = _words(own.get("parties")), _words(base.get("parties"))
    if roles and (not other_roles or other_roles - roles):
        yield ("parties",), "'parties' vraagt het aan minder partijen"


def _weaker_validity(own: Values, base: Values) -> Iterator[tuple[Place, str]]:
    for key in ("rule", "reference"):
        if base and own.get(key) != base.get(key):
            message = f"'{key}' is '{own.get(key)}' en moet '{base.get(key)}' blijven"
            yield ("evidence", "validity", key), message


def _wider(own: Values, base: Values, tree: Tree) -> Iterator[tuple[Place, str]]:
    """A tightening lies within what the requirement of the region is about."""
    lots = sorted(_words(base.get("lots")))
    for code in sorted(_words(own.get("lots"))):
        if lots and code in tree.lots and not tree.within(tree.lots[code], lots):
            yield ("lots",), f"perceel '{code}' valt er niet onder"
    for key in ("municipalities", "products"):
        theirs = _words(base.get(key))
        if theirs and _words(own.get(key)) - theirs:
            yield (key,), f"'{key}' noemt meer dan die eis"
