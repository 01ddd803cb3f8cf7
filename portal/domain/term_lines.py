"""The terms of one application as lines of a calendar: what runs until when, and what stands still since when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.deciding_words import UNEXPLAINED
from portal.domain import calendar, running_terms, suspensions
from portal.models import Application, TermSuspension


@dataclass(frozen=True)
class Line:
    """One term. `ends_on` is None while it stands still: that day is known when it runs again.

    `since` is when it began to stand still. `why` is the reason as it may be read by everybody who sees the dossier:
    empty when it is not told.
    """

    term: str
    application: Application
    ends_on: date | None
    planned_on: date
    since: date | None = None
    why: str = ""

    @property
    def uid(self) -> str:
        return f"{self.application.id}-{self.term}"


def lines(application: Application, now: datetime) -> Iterator[Line]:
    """The terms that run now, or stand still, in the order of the path."""
    told = [one.told_at for one in application.decisions if one.told_at is not None]
    today, review = calendar.local_day(now), application.review
    if review is not None:
        for remedy in review.remedies:
            if remedy.is_pending:
                last = calendar.local_day(remedy.due_at - timedelta(microseconds=1))
                yield _line(application, "remedy", last)
        if not told:
            yield _line(application, "decision", review.due_on)
    if not told:
        return
    is_against = any(one.outcome != "admitted" for one in application.decisions)
    for term in ("standstill", "objection") if is_against else ("standstill",):
        if running_terms.length(application.round, term).number == 0:
            continue
        last = running_terms.after_telling(application, term, max(told))
        if last >= today or suspensions.stands_still(application, term):
            yield _line(application, term, last)


def _line(application: Application, term: str, last: date) -> Line:
    still = suspensions.running(application, term)
    if still:
        first = min(still, key=lambda one: one.begun_at)
        return Line(term, application, None, last, calendar.local_day(first.begun_at), reasons(still))
    if term == "decision" and _waits_for_remedy(application):
        asked = next(one for one in application.review.remedies if one.is_pending)  # type: ignore[union-attr]
        return Line(term, application, None, last, calendar.local_day(asked.requested_at), "")
    return Line(term, application, last, last)


def _waits_for_remedy(application: Application) -> bool:
    stops = bool(application.round.terms.get("remedy_suspends"))
    return stops and application.review is not None and any(one.is_pending for one in application.review.remedies)


def reasons(still: list[TermSuspension]) -> str:
    """Why a term stands still, as everybody may read it. Of the integrity check nothing is said."""
    return " ".join(one.reason for one in still if one.kind != UNEXPLAINED)
