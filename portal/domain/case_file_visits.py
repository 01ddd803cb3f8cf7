"""Visits to the applicant's location in a case file: acts in its course, a part for each, and the report itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Protocol

from portal.domain import site_reports, wording
from portal.domain.case_file_blocks import Block, at, heading, quote, rows, text
from portal.models import Review, SitePoint, SiteVisit, User
from portal.site_visit_words import SEEN, VISIT_STATES

Who = Callable[[User | None], str]


class Writing(Protocol):
    """What a case file is written with."""

    is_redacted: bool
    parts: list[Block]

    @property
    def review(self) -> Review: ...
    def who(self, person: User | None) -> str: ...
    def shut(self, section: str, blocks: list[Block]) -> list[Block]: ...
    def add(self, title: str, blocks: Iterable[Block], level: int = 1) -> None: ...


def acts(review: Review, who: Who) -> Iterator[tuple[datetime, str, str]]:
    """What happened with visits: moment, act, by whom."""
    for one in review.site_visits:
        named = f"toetsing ter plaatse {one.number}"
        yield one.planned_at, f"{named.capitalize()} gepland op {wording.moment(one.starts_at)}", who(one.planned_by)
        if one.cancelled_at is not None:
            yield one.cancelled_at, f"{named.capitalize()} gaat niet door", who(one.cancelled_by)
        if one.sent_at is not None:
            yield one.sent_at, f"Verslag van {named} verstuurd", who(one.sent_by)
        if one.replied_at is not None:
            yield one.replied_at, f"Reactie op {named} ontvangen", who(one.replied_by)
        if one.established_at is not None:
            yield one.established_at, f"Uitkomst van {named} vastgesteld", who(one.established_by)


def sections(review: Review) -> dict[str, str]:
    """The texts that can be made unreadable."""
    return {f"visit:{one.id}": f"Toetsing ter plaatse {one.number}" for one in review.site_visits}


def write(writing: Writing) -> None:
    """A part per visit, by day; the report itself only where names and photographs may be read."""
    for one in writing.review.site_visits:
        blocks = [*_appointment(one, writing.who), *(block for point in one.points for block in _point(one, point))]
        if one.conclusion:
            blocks += [heading("Wat de toetsing laat zien"), text(one.conclusion)]
        shut = writing.shut(f"visit:{one.id}", blocks)
        writing.add(f"Toetsing ter plaatse {one.number}", shut)
        if one.pdf_key is not None and not writing.is_redacted:
            own: dict[str, Any] = {"kind": "own", "title": f"Verslag {one.number}", "level": 2, "key": one.pdf_key}
            writing.parts.append(own | {"filename": f"toetsing-{one.number}.pdf"})


def _appointment(visit: SiteVisit, who: Who) -> Iterator[Block]:
    yield rows(
        [
            ("Stand", VISIT_STATES[visit.state].label),
            ("Dag en tijd", wording.moment(visit.starts_at)),
            ("Plaats", visit.place),
            ("Op bezoek", ", ".join(sorted({who(one.user) for one in visit.visitors}))),
            ("Verslag verstuurd", at(visit.sent_at)),
            ("Reactie ontvangen", at(visit.replied_at)),
            ("Uitkomst vastgesteld", at(visit.established_at)),
        ]
    )
    for one in visit.moves:
        yield text(f"Verplaatst; eerst {wording.moment(wording.instant_of(one['from']))}, {one['place']}.")
        yield quote(one["reason"])
    if visit.cancel_reason:
        yield text("Gaat niet door, want:")
        yield quote(visit.cancel_reason)


def _point(visit: SiteVisit, point: SitePoint) -> Iterator[Block]:
    yield heading(site_reports.title_of(point))
    if point.requirement is not None:
        yield text(f"Gepubliceerde eis {point.requirement.code}, versie {point.requirement_version}.")
        if point.text:
            yield text(f"Waar het om gaat: {point.text}")
    if point.latest is not None:
        photos = len(point.kept_photos)
        yield text(f"Ter plaatse, {at(point.latest.noted_at)}: {SEEN[point.latest.verdict].label}")
        yield from [quote(point.latest.note)] if point.latest.note else []
        yield from [text(f"Foto’s bij dit punt: {photos}.")] if photos else []
    if reply := site_reports.said(visit, point):
        yield text("Reactie van de aanbieder:")
        yield quote(reply)
    if point.outcome:
        yield text(f"Vastgesteld: {SEEN[point.outcome].label}. {point.finding}".strip())
