"""Beside a verdict: how others with something wrong at the same requirement were handled, now and in earlier rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row

from portal import terms
from portal.defects import DEFECTS
from portal.document_kinds import DOCUMENT_KINDS
from portal.domain.equal_treatment import words_of
from portal.models import Review
from portal.queries import equal_treatment as queries
from portal.web.checklist import Line
from portal.web.context import db, person

SHOWN = 8
"""Most cases written out one by one; the numbers count all."""


def defect_label(defect: str) -> str:
    """What is wrong, in the words of the short list."""
    return gettext(DEFECTS[defect].label) if defect in DEFECTS else ""


def kinds_label(kinds: Sequence[str]) -> str:
    """The kinds of document that lay there."""
    return ", ".join(gettext(DOCUMENT_KINDS[one].label) for one in kinds if one in DOCUMENT_KINDS)


def may_name(row: Row[Any]) -> bool:
    """Whether this official may see who it was: the round manager, or who declared interests for that round."""
    return bool(row.is_declared) or "round_manager" in person().role_names


def name_of(row: Row[Any]) -> str:
    """Who it was, or only in which round, for whom declared no interests there."""
    return str(row.organisation) if may_name(row) else gettext("een aanbieder in ronde %(label)s", label=row.round)


@dataclass(frozen=True)
class Alike:
    """The cases of one defect at one requirement. `is_same`: the defect that the verdict of this dossier names."""

    label: str
    after_remedy: bool
    counts: tuple[tuple[str, int], ...]
    rows: tuple[Row[Any], ...]
    is_same: bool
    is_other_way: bool


def _asks(line: Line, current: Line | None) -> bool:
    return line is current or (line.item.finding is not None and line.item.finding.defect != "")


def alike(review: Review, lines: Sequence[Line], current: Line | None) -> dict[str, list[Alike]]:
    """By the key of a place, what was found elsewhere at its requirement; places without a defect have nothing.

    One statement for the whole dossier. The same defect goes first.
    """
    wanted = [one for one in lines if _asks(one, current)]
    ids = {one.item.requirement.id for one in wanted}
    round_ = review.application.round
    found = queries.at_others(db(), review, ids, person(), opened_until=round_.opens_at)
    cases: dict[tuple[str, str, str, bool], list[Row[Any]]] = {}
    for row in found:
        case = (row.requirement_id, row.defect, words_of(row.defect, row.reason), row.after_remedy)
        cases.setdefault(case, []).append(row)
    return {line.key: _of(line, cases) for line in wanted}


def _of(line: Line, cases: dict[tuple[str, str, str, bool], list[Row[Any]]]) -> list[Alike]:
    finding, result = line.item.finding, []
    for (requirement_id, defect, words, after_remedy), rows in cases.items():
        if requirement_id != line.item.requirement.id:
            continue
        is_same = finding is not None and (finding.defect, words_of(finding.defect, finding.reason)) == (defect, words)
        is_same = is_same and finding is not None and finding.after_remedy == after_remedy
        verdicts = Counter(row.verdict for row in rows)
        result.append(
            Alike(
                label=f"{defect_label(defect)}{f': {words[:80]}' if words else ''}",
                after_remedy=after_remedy,
                counts=tuple((gettext(terms.VERDICTS[key].label), number) for key, number in verdicts.most_common()),
                rows=tuple(rows[:SHOWN]) if is_same else (),
                is_same=is_same,
                is_other_way=is_same and finding is not None and any(one != finding.verdict for one in verdicts),
            )
        )
    return sorted(result, key=lambda one: not one.is_same)
