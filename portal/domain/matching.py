"""Which requirement asks the same as one that was answered before: in a later round, or in another procedure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.domain.requirement_types import Place
from portal.models import Requirement
from portal.terms import N_

GONE = N_("wordt niet meer gevraagd")
CHANGED = N_("is gewijzigd: beantwoord deze eis opnieuw")
ANEW = N_("moet u elke keer opnieuw beantwoorden")
ELSEWHERE = N_("wordt in deze procedure niet zo gevraagd")
OTHER_ANSWERS = N_("vraagt hier een ander antwoord")

ASKED = ("title", "text", "type", "applies_to", "evidence", "equivalent_allowed")
BESIDE = frozenset({"help", "topic", "reuse", "verification", "own_addition"})
"""Settings that stand beside what is asked: another help text does not make another question."""


def asks_same(one: Requirement, other: Requirement) -> bool:
    """Whether two versions of a requirement ask the very same."""
    if one.id == other.id:
        return True
    settings = [{key: value for key, value in each.settings.items() if key not in BESIDE} for each in (one, other)]
    return settings[0] == settings[1] and all(getattr(one, name) == getattr(other, name) for name in ASKED)


def may_be_reused(requirement: Requirement) -> bool:
    """False where the procedure wants an answer of today: grounds for exclusion, for one."""
    return requirement.settings.get("reuse", True) is not False


def in_later_round(before: Requirement, asked: Iterable[Requirement]) -> Requirement | str:
    """The requirement of a later round of the same procedure, or why there is none."""
    found = next((one for one in asked if one.code == before.code), None)
    if found is None:
        return GONE
    if not may_be_reused(found):
        return ANEW
    return found if asks_same(found, before) else CHANGED


def elsewhere(before: Requirement, asked: Iterable[Requirement]) -> Requirement | str:
    """The requirement of another procedure that asks the same, or why there is none.

    The same topic first; else the same type, proven by a kind of document that both name.
    """
    topic, kinds = before.settings.get("topic"), set(before.evidence.get("kinds", []))
    alike = [one for one in asked if one.type == before.type]
    found = [one for one in alike if topic and one.settings.get("topic") == topic]
    found += [
        one for one in alike if not (topic and one.settings.get("topic")) and kinds & set(one.evidence.get("kinds", []))
    ]
    if not found:
        return ELSEWHERE
    return next((one for one in found if may_be_reused(one)), ANEW)


def fitting(value: dict[str, Any], place: Place) -> dict[str, Any] | None:
    """An answer of another procedure as far as it fits this place; None when it answers something else."""
    settings = place.requirement.settings
    match place.requirement.type:
        case "reference":
            here = {product.code for product in place.products}
            clients = {code: count for code, count in value.get("clients", {}).items() if code in here}
            return {"clients": clients} if clients else None
        case "choice":
            known = {option["key"] for option in settings["options"]}
            return dict(value) if set(value.get("choices", [])) <= known else None
        case "register":
            return dict(value) if value.get("register") in settings["registers"] else None
        case "smart":
            return None
    return dict(value)
