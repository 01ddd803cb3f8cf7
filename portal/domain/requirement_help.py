"""Help beside a requirement: what is asked, why, an example, where to get it and how long that takes.

A procedure file may give its own help; what it leaves out follows from the kind of document that is asked, and else
from how the requirement is answered. So every requirement has help.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from portal.domain.help_kinds import BY_KIND
from portal.domain.help_texts import BY_TYPE, INTEGRITY, Help
from portal.models import Requirement
from portal.terms import DOCUMENT_KINDS

__all__ = ["Help", "Need", "for_kind", "for_requirement", "needs"]

PARTS = ("asked", "why", "example", "where", "takes", "days")


def for_kind(kind: str) -> Help:
    """The help with one kind of document (`terms.DOCUMENT_KINDS`)."""
    return INTEGRITY if DOCUMENT_KINDS[kind].is_integrity else BY_KIND[kind]


def for_requirement(requirement: Requirement) -> Help:
    """The help with one requirement: its own first, then of the first kind of document, then of its type."""
    found = BY_TYPE[requirement.type]
    kinds = requirement.evidence.get("kinds") or []
    if kinds and requirement.evidence.get("at_least", 1) > 0:
        found = _over(found, for_kind(kinds[0]))
    own = requirement.settings.get("help") or {}
    given = {name: own[name] for name in PARTS if own.get(name) not in (None, "")}
    return replace(found, **given, is_own=bool(given), own_addition=bool(own.get("own_addition")))


def _over(below: Help, above: Help) -> Help:
    return replace(below, **{name: getattr(above, name) for name in PARTS if getattr(above, name) not in (None, "")})


@dataclass(frozen=True)
class Need:
    """Something to have at hand before applying: one kind of document, with the requirements it serves.

    `kinds` are keys of `terms.DOCUMENT_KINDS`, any of which will do; `at_least` how many documents; `codes` are of
    requirements (none: the integrity check). `is_late`: getting it takes longer than the days that are left.
    """

    kinds: tuple[str, ...]
    at_least: int
    help: Help
    codes: tuple[str, ...]
    titles: tuple[str, ...]
    is_late: bool


def needs(requirements: Iterable[Requirement], integrity_kind: str | None, days_left: int | None) -> list[Need]:
    """What to gather for these requirements, what takes longest first. `days_left` None: no closing is known."""
    groups: dict[tuple[str, ...], list[Requirement]] = {}
    for one in requirements:
        if one.evidence.get("kinds") and one.evidence.get("at_least", 1) > 0:
            groups.setdefault((*one.evidence["kinds"], ""), []).append(one)
        elif (one.settings.get("help") or {}).get("days"):  # no paper is handed in, and still one must be had
            groups.setdefault((one.code,), []).append(one)
    found = []
    for key, members in groups.items():
        kinds = key[:-1]
        # of requirements that ask the same paper, the one that says it takes longest is what to plan with
        longest = max((for_requirement(one) for one in members), key=lambda one: one.days or 0)
        found.append(
            Need(
                kinds,
                max(int(one.evidence.get("at_least", 1)) for one in members),
                longest,
                tuple(one.code for one in members),
                tuple(one.title for one in members),
                _is_late(longest, days_left),
            )
        )
    if integrity_kind is not None:
        own = for_kind(integrity_kind)
        found.append(Need((integrity_kind,), 1, own, (), (), _is_late(own, days_left)))
    return sorted(found, key=lambda one: -(one.help.days or 0))


def _is_late(one: Help, days_left: int | None) -> bool:
    return days_left is not None and (one.days or 0) > days_left
