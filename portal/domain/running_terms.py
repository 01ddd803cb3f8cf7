"""How long a term is and when it ends: in calendar or working days, by the round's own terms, and standing still."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.domain import calendar
from portal.models import Application, Round

OBJECTION_DAYS = 20
"""The term to object where a procedure of before did not say."""

Days = tuple[date, date | None]
"""A stretch in which a term stood still: not counted are the days after the first, up to and including the last.

None: it still stands still.
"""


@dataclass(frozen=True)
class Length:
    """So many days. `unit` is 'calendar' or 'working'."""

    number: int
    unit: str = "calendar"


def length(round_: Round, term: str) -> Length:
    """How long a term is in this round. A key that the edition does not have yet is the default of the format."""
    return length_in(round_.terms, term)


def length_in(terms: dict[str, Any], term: str) -> Length:
    """The same, from the block `terms` of a procedure."""
    if term == "remedy":
        return Length(int(terms["remedy_working_days"]), "working")
    number = terms.get("objection_days", OBJECTION_DAYS) if term == "objection" else terms[f"{term}_days"]
    return Length(int(number), str(terms.get(f"{term}_unit", "calendar")))


def ends_on(round_: Round, term: str, begins: date, stood_still: Iterable[Days] = ()) -> date:
    """The last day of a term that begins on the day after `begins`.

    Each stretch in which it stood still makes it longer by the days (or working days) of that stretch, unless the term
    was over before. One that has no end yet does not count: the day is known when the term runs again.
    """
    full, follows = length(round_, term), bool(round_.terms["holidays_apply"])
    extra, last = 0, _last_day(begins, full, follows, 0)
    for first, until in merged(stood_still):
        if until is None or first > last:
            break
        extra += _days_between(max(first, begins), until, full.unit)
        last = _last_day(begins, full, follows, extra)
    return last


def _last_day(begins: date, full: Length, holidays_apply: bool, extra: int) -> date:
    if full.unit == "working":
        return calendar.add_working_days(begins, full.number + extra)
    return calendar.term_ends_on(begins, full.number, holidays_apply=holidays_apply, stood_still=extra)


def _days_between(first: date, until: date, unit: str) -> int:
    days = max((until - first).days, 0)
    if unit == "calendar":
        return days
    return sum(calendar.is_working_day(first + timedelta(days=one)) for one in range(1, days + 1))


def merged(stretches: Iterable[Days]) -> Iterator[Days]:
    """The same days without overlap, oldest first. What has no end ends the list."""
    current: tuple[date, date] | None = None
    for first, until in sorted(stretches, key=lambda one: (one[0], one[1] or date.max)):
        if current is not None and first > current[1]:
            yield current
            current = None
        start = current[0] if current is not None else first
        if until is None:
            yield start, None
            return
        current = start, max(until, current[1] if current is not None else until)
    if current is not None:
        yield current


def stood_still(application: Application, term: str) -> list[Days]:
    """Every stretch in which this term of this application stands or stood still.

    Where the terms say so, the decision term stands still while the applicant remedies.
    """
    found: list[Days] = [_days(one.begun_at, one.ended_at) for one in application.term_suspensions if one.term == term]
    review = application.review
    if term == "decision" and review is not None and application.round.terms.get("remedy_suspends"):
        found += [
            _days(one.requested_at, one.answered_at or (one.expired_at and one.due_at)) for one in review.remedies
        ]
    return found


def _days(begun_at: datetime, ended_at: datetime | None) -> Days:
    return calendar.local_day(begun_at), calendar.local_day(ended_at) if ended_at else None


def decision_ends_on(application: Application) -> date:
    """The last day to decide on one application, standing still included.

    It begins at the closing of the round; in a continuous round when this application was submitted.
    """
    round_, submission = application.round, application.valid_submission
    begins = submission.submitted_at if round_.is_continuous and submission is not None else round_.closes_at
    return ends_on(round_, "decision", calendar.local_day(begins), stood_still(application, "decision"))


def after_telling(application: Application, term: str, told_at: datetime) -> date:
    """The last day of the standstill or of the term to object, of what was told at `told_at`."""
    return ends_on(application.round, term, calendar.local_day(told_at), stood_still(application, term))
