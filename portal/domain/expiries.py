"""What in a vault expires when: for the timeline and for calendars. Pure functions of what stands on the documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from portal.domain import calendar
from portal.domain.evidence_rules import OF_KIND
from portal.terms import N_

WORDS = {
    "ends": N_("Laatste dag waarop het document geldig is"),
    "ages": N_("Laatste dag waarop u het nog kunt indienen: daarna is het te oud"),
    "review": N_("Kijk na of dit nog klopt"),
}
"""What happens on a day, by key."""


class Kept(Protocol):
    """A document, or a line about one."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def filename(self) -> str: ...
    @property
    def issued_on(self) -> date | None: ...
    @property
    def expires_on(self) -> date | None: ...
    @property
    def uploaded_at(self) -> datetime: ...


@dataclass(frozen=True)
class Expiry:
    """One day of one document. `what` is a key of `WORDS`; the day itself still counts."""

    document: Kept
    day: date
    what: str

    @property
    def uid(self) -> str:
        """The same for as long as it is the same day of the same version."""
        return f"{self.document.id}-{self.what}"


def last_day(issued_on: date, months: int) -> date:
    """The last day on which something issued on `issued_on` is not older than `months` months.

    Counting back from the end of a long month lands on the last day of a short one, so that can be a few days more
    than counting forward: what was issued on 28 February may be handed in until 31 August.
    """
    last = calendar.add_months(issued_on, months)
    while calendar.add_months(last + timedelta(days=1), -months) <= issued_on:
        last += timedelta(days=1)
    return last


def of(document: Kept) -> Iterable[Expiry]:
    """The days of one document: its end, the day it gets too old by what is usual, the day to look at it again."""
    usual = OF_KIND.get(document.kind)
    if document.expires_on is not None:
        yield Expiry(document, document.expires_on, "ends")
    if usual is None:
        return
    rule = usual.rule
    if rule is not None and rule.name == "issued_within" and rule.reference == "submission" and document.issued_on:
        yield Expiry(document, last_day(document.issued_on, rule.months), "ages")
    if usual.review_months:
        since = document.issued_on or calendar.local_day(document.uploaded_at)
        yield Expiry(document, calendar.add_months(since, usual.review_months), "review")


def timeline(documents: Iterable[Kept]) -> list[Expiry]:
    """Every day of these documents, nearest first."""
    found = [one for document in documents for one in of(document)]
    return sorted(found, key=lambda one: (one.day, one.document.filename, one.uid))
