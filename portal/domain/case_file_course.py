"""The course of a dossier in its case file: every act that counts, in the order in which it was done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

from portal.deciding_words import OBJECTION_OUTCOMES, TERMS, UNEXPLAINED
from portal.domain import calendar, case_file_visits, reviews, wording
from portal.domain.case_file_blocks import at, table
from portal.domain.case_file_words import OWN
from portal.models import Objection
from portal.terms import VERDICTS


class Writing(case_file_visits.Writing, Protocol):
    """What a case file is written with, and what it is made of (`case_file_facts.Material`)."""

    purpose: str

    @property
    def material(self) -> Any: ...


def tells_outcome(purpose: str, objection: Objection) -> bool:
    """Advice and outcome of an objection: only a case file for inside has them before they are told."""
    return purpose == OWN or not objection.is_pending


Act = tuple[datetime | None, str, str]
"""When, what, and by whom. Without a moment it did not happen."""


def write(writing: Writing) -> None:
    """One table. What is done many times at one moment, such as a decision per product, stands there once."""
    acts = [
        *_screening(writing), *_remedies(writing), *_terms(writing), *_decisions(writing), *_objections(writing),
        *case_file_visits.acts(writing.review, writing.who),
    ]  # fmt: skip
    done = [(moment, what, by) for moment, what, by in dict.fromkeys(acts) if moment is not None]
    lines = [(at(moment), what, by) for moment, what, by in sorted(done, key=lambda act: act[0])]
    writing.add("Verloop", [table(("Wanneer", "Wat", "Door wie"), lines)])


def _screening(writing: Writing) -> Iterator[Act]:
    review = writing.review
    for one in review.application.submissions:
        yield one.submitted_at, f"Ingediend ({one.receipt_number})", writing.who(one.submitted_by)
        yield one.withdrawn_at, f"Ingetrokken ({one.receipt_number})", "de aanbieder"
    yield review.created_at, "In beoordeling genomen", "het portaal"
    names = {item.spot: item.key for item in reviews.items(review)}
    for finding in review.findings:
        what = f"Oordeel over {names.get(finding.spot, '')}: {VERDICTS[finding.verdict].label}"
        yield finding.found_at, what, writing.who(finding.found_by)


def _remedies(writing: Writing) -> Iterator[Act]:
    for remedy in writing.review.remedies:
        last = calendar.local_day(remedy.due_at - timedelta(microseconds=1))
        until = f"Herstel gevraagd, tot en met {wording.day(last)}"
        yield remedy.requested_at, until, writing.who(remedy.requested_by)
        yield remedy.answered_at, "Herstel ontvangen", writing.who(remedy.answered_by)
        yield remedy.expired_at, "Hersteltermijn voorbij, niets ontvangen", "het portaal"


def _terms(writing: Writing) -> Iterator[Act]:
    """Terms that stood still, and court cases that held signing back. Of one kind nobody reads who did it or why."""
    application = writing.review.application
    for one in application.term_suspensions:
        label, is_told = TERMS[one.term].label, one.kind != UNEXPLAINED
        why = f": {one.reason}" if is_told else ""
        yield one.begun_at, f"{label} staat stil{why}", writing.who(one.begun_by if is_told else None)
        yield one.ended_at, f"{label} loopt weer", writing.who(one.ended_by if is_told else None)
    for block in application.round.signing_blocks:
        yield block.blocked_at, "Rechtszaak over de ronde: ondertekenen wacht", writing.who(block.blocked_by)
        yield block.lifted_at, "Ondertekenen kan weer", writing.who(block.lifted_by)


def _decisions(writing: Writing) -> Iterator[Act]:
    draft = writing.review.application.letter_draft
    released_by = draft.release.released_by if draft is not None and draft.release is not None else None
    for one in writing.material.decisions:
        if one.objection_id is None:  # what an objection revises is told with its outcome
            yield one.proposed_at, "Besluit voorgesteld", writing.who(one.proposed_by)
            yield one.confirmed_at, "Besluit vastgesteld", writing.who(one.confirmed_by)
            yield one.approved_at, "Besluit goedgekeurd", writing.who(one.approved_by)
            yield one.released_at, "Besluit vrijgegeven", writing.who(released_by)
            yield one.told_at, "Besluit bekendgemaakt", writing.who(None)
    for letter in writing.material.letters:
        yield letter.opened_at, f"Brief {letter.number} voor het eerst geopend", "de aanbieder"


def _objections(writing: Writing) -> Iterator[Act]:
    for one in writing.review.application.objections:
        named = f"Bezwaar {one.number}"
        arrived = f" (op papier, van {wording.day(one.received_on)})" if one.is_on_paper else ""
        yield one.filed_at, f"{named} ontvangen{arrived}", writing.who(one.filed_by)
        yield one.withdrawn_at, f"{named} ingetrokken", "de aanbieder"
        yield one.heard_at, f"{named}: hoorzitting gehouden", writing.who(None)
        if not tells_outcome(writing.purpose, one):
            continue
        yield one.advised_at, f"{named}: advies gegeven", writing.who(one.advised_by)
        yield one.proposed_at, f"{named}: uitkomst voorgesteld", writing.who(one.proposed_by)
        outcome = OBJECTION_OUTCOMES[one.outcome].label.lower() if one.outcome else ""
        yield one.confirmed_at, f"{named}: {outcome}, bekendgemaakt", writing.who(one.confirmed_by)
