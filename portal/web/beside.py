"""What stands beside each place of a checklist: an own draft, the same document elsewhere, what changed, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row
from sqlalchemy.orm import Session

from portal.defects import DEFECTS
from portal.domain import calendar, remedy_rules, reviewers, reviews, screening, wording
from portal.domain.screening import Offered
from portal.domain.text_changes import word_changes
from portal.models import FindingDraft, Requirement, Review, User
from portal.queries import screening as queries
from portal.terms import DOCUMENT_KINDS
from portal.web.checklist import Draft, Evidence, Line, stored_draft
from portal.web.editor import shown_changes


@dataclass(frozen=True)
class Changed:
    """How a requirement read in an earlier round, where it read otherwise."""

    round: str
    version: int
    title: list[tuple[str, str]]
    text: list[tuple[str, str]]
    rules: list[tuple[str, Any, Any]]


@dataclass(frozen=True)
class Beside:
    """What belongs to one place: `mark` is that of its documents, `elsewhere` (where open) verdicts on its files."""

    mark: str
    draft: Draft
    own_draft: FindingDraft | None
    elsewhere: tuple[Row[Any], ...]
    changed: Changed | None


def _rules(requirement: Requirement) -> dict[str, Any]:
    return {
        "requirements": [
            {
                "code": requirement.code,
                "equivalent_allowed": requirement.equivalent_allowed,
                "lots": requirement.lot_codes,
                "products": requirement.product_codes,
                "municipalities": requirement.municipality_codes,
                "evidence": requirement.evidence,
                "settings": requirement.settings,
            }
        ]
    }


def _changed(requirement: Requirement, earlier: Mapping[str, tuple[str, Requirement]]) -> Changed | None:
    label, before = earlier.get(requirement.code, ("", None))
    if before is None or before.version >= requirement.version:
        return None
    return Changed(
        label,
        before.version,
        word_changes(before.title, requirement.title),
        word_changes(before.text, requirement.text),
        shown_changes(_rules(before), _rules(requirement)),
    )


def _day(day: date | None) -> str:
    return wording.day(day) if day else ""


def _name(file: Evidence) -> str:
    """What a letter calls a file: its name; of what is looked at and forgotten only what it is. Letters are Dutch."""
    kind = DOCUMENT_KINDS[file.kind]
    return kind.label if kind.is_forgotten else file.filename


def facts(line: Line, review: Review) -> dict[str, str]:
    """What the fields of a standard text become at one place."""
    file = line.all_files[0] if line.all_files else None
    party = line.item.party
    return {
        "stuk": _name(file) if file else "",
        "afgegeven": _day(file.issued_on) if file else "",
        "einddatum": _day(file.expires_on) if file else "",
        "ingediend": _day(calendar.local_day(review.submission.submitted_at)),
        "eis": f"{line.item.requirement.code} ({line.item.requirement.title})",
        "aanbieder": party.name if party else review.application.organisation.name,
    }


def _draft(line: Line, own: FindingDraft | None) -> Draft:
    if own is None:
        return stored_draft(line)
    return Draft(own.verdict, own.reason, tuple(own.product_codes), own.based_on, defect=own.defect)


def _elsewhere(line: Line, rows: Sequence[Row[Any]]) -> tuple[Row[Any], ...]:
    """The verdicts on the files of this place, without the place itself; each once."""
    digests = {one.sha256 for one in line.all_files}
    own = line.item.finding.id if line.item.finding is not None else ""
    found = {one.finding_id: one for one in rows if one.sha256 in digests and one.finding_id != own}
    return tuple(found.values())


def key_of(row: Row[Any]) -> str:
    """The place of a verdict elsewhere, as checklists call it."""
    return f"{row.code}{f'-{row.lot}' if row.lot else ''}{f'-P{row.party}' if row.party else ''}"


def of(db: Session, review: Review, lines: Sequence[Line], me: User, current: Line | None) -> dict[str, Beside]:
    """Everything beside the places of one dossier, by key: at most three statements, however many places.

    The verdicts elsewhere on the same files only at the `current` one: a form that everybody sends lies at hundreds.
    """
    drafts = queries.drafts(db, review.id, me.id)
    digests = [file.sha256 for file in current.all_files] if current else []
    rows = queries.same_documents(db, me, digests)
    earlier = queries.earlier_requirements(db, review.application.round)
    return {
        line.key: Beside(
            mark=screening.mark(review, line.item),
            draft=_draft(line, drafts.get(line.key)),
            own_draft=drafts.get(line.key),
            elsewhere=_elsewhere(line, rows) if line is current else (),
            changed=_changed(line.item.requirement, earlier),
        )
        for line in lines
    }


def offered(db: Session, review: Review, line: Line) -> list[Offered]:
    """The standard texts to choose from at one place, filled as far as its dossier goes. One statement."""
    return screening.offered(line.item.requirement, queries.reason_texts(db), facts(line, review))


def form_facts(review: Review, me: User) -> dict[str, Any]:
    """Whether this official has forms here, and what decides which verdicts they offer."""
    return {
        "blind": reviewers.is_blind(review, me),
        "may_find": reviews.may_find(review, me),
        "may_give": reviewers.may_give(review, me),
        "may_ask_remedy": reviews.may_ask_remedy(review),
        "why_no_remedy": lambda requirement: remedy_rules.why_not(requirement, review.application.round),
        "defects": {key: gettext(one.label) for key, one in DEFECTS.items()},
    }


def with_reason(draft: Draft, offered: Sequence[Offered], key: str) -> Draft:
    """The draft with one of the standard texts added, once; without a verdict it takes that of the text."""
    chosen = next((one for one in offered if one.key == key), None)
    if chosen is None or chosen.text in draft.reason:
        return draft
    reason = f"{draft.reason.rstrip()}\n{chosen.text}" if draft.reason.strip() else chosen.text
    return replace(draft, verdict=draft.verdict or chosen.verdict, reason=reason)
