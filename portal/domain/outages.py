"""Outages of the portal itself: gaps in what it measured, and what they mean for a closing.

A gap of some minutes in the last hours before a closing makes the portal propose a later one; two people decide, while
the round is open. A gap across the instant cannot: the deadline is an instant, and a closed round stays closed. Then
the portal proposes a repair round for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.domain import audit, calendar, deadlines, wording
from portal.domain.procedures import KINDS
from portal.errors import Invalid, Refused
from portal.models import DeadlineChange, Round, User
from portal.terms import N_

LEAST_MINUTES, LAST_HOURS = 5, 24
"""The rule where a procedure says nothing: so long an outage, in the last so many hours before a closing."""
LONGEST_HOURS = 72
"""The most hours a procedure may name."""
REPAIR_WORKING_DAYS = 5
"""How long a repair round is open."""
REPAIR_WITHIN = timedelta(days=3)
"""So long after a closing an outage across it still makes the portal propose something."""
KEPT = timedelta(days=400)


@dataclass(frozen=True)
class Break:
    """A measured minute that failed, or that came later than a minute after the `previous` one. Minutes since 1970."""

    minute: int
    previous: int | None
    is_up: bool


@dataclass(frozen=True)
class Gap:
    """A time in which the portal did not work, to the minute; `ends_at` is the first minute that it did again."""

    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        return (self.ends_at - self.starts_at) // timedelta(minutes=1)


def minute_of(instant: datetime) -> int:
    """The number of the minute in which `instant` (aware) falls, since 1970 UTC."""
    return int(instant.timestamp()) // 60


def instant_of(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def gaps(breaks: Iterable[Break], last: int | None, until: datetime) -> list[Gap]:
    """The outages, oldest first: minutes that failed and minutes without a measurement, joined when they touch.

    `last` is the last measured minute; when that is more than two minutes before `until`, the worker is down now.
    """
    stretches: list[list[int]] = []
    for one in breaks:
        if one.previous is not None and one.minute - one.previous > 1:
            stretches.append([one.previous + 1, one.minute])
        if not one.is_up:
            stretches.append([one.minute, one.minute + 1])
    if last is not None and minute_of(until) - last > 2:
        stretches.append([last + 1, minute_of(until)])
    joined: list[list[int]] = []
    for begins, ends in stretches:
        if joined and begins <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], ends)
        else:
            joined.append([begins, ends])
    return [Gap(instant_of(begins), instant_of(ends)) for begins, ends in joined]


def rule(settings: dict[str, Any]) -> tuple[int, int]:
    """(minutes, hours): how long an outage, in how many of the last hours, weighs for a procedure."""
    own = (settings.get("rounds") or {}).get("outage") or {}
    return int(own.get("minutes", LEAST_MINUTES)), int(own.get("hours", LAST_HOURS))


def weighty(round_: Round, found: Sequence[Gap]) -> list[Gap]:
    """The outages that touch the closing of this round."""
    minutes, hours = rule(round_.settings)
    begins = round_.closes_at - timedelta(hours=hours)
    return [
        one for one in found if one.minutes >= minutes and one.ends_at > begins and one.starts_at < round_.closes_at
    ]


def _told_before(round_: Round, gap: Gap) -> bool:
    """The portal proposed something about this outage, or about a later one."""
    return any(one.gap_until is not None and one.gap_until > gap.starts_at for one in round_.deadline_changes)


def propose(round_: Round, found: Sequence[Gap], now: datetime) -> DeadlineChange | None:
    """What the portal itself proposes after an outage, once per outage; None when there is nothing to propose."""
    if round_.is_continuous or deadlines.pending(round_) is not None:
        return None
    new = [one for one in weighty(round_, found) if not _told_before(round_, one)]
    if not new:
        return None
    return _propose_extension(round_, new, now) if round_.is_open(now) else _propose_repair(round_, new, now)


def _words(new: Sequence[Gap]) -> str:
    spans = " en ".join(
        f"van {wording.moment(one.starts_at)} tot {wording.moment(one.ends_at)} ({one.minutes} minuten)" for one in new
    )
    return f"Het portaal werkte niet {spans}."


def _propose_extension(round_: Round, new: list[Gap], now: datetime) -> DeadlineChange | None:
    """At least as long as the outage: the same time on the next working day."""
    lost = sum((one.ends_at - one.starts_at for one in new), timedelta())
    closes_at = deadlines.later_working_day(round_.closes_at, lost)
    try:
        deadlines.check(round_, closes_at)
    except Invalid:
        return None  # no room before the next round or the agreements: people decide what is fair
    gap = new[0].starts_at, new[-1].ends_at
    return deadlines.record(round_, None, closes_at, _words(new), now, gap=gap)


def _propose_repair(round_: Round, new: list[Gap], now: datetime) -> DeadlineChange | None:
    """Only where the outage ran across the instant, where offers are not compared, and no other round helps."""
    across = [one for one in new if one.ends_at >= round_.closes_at]
    if not across or round_.closed_at is None or KINDS[round_.procedure.kind].has_award:
        return None
    at = round_.closes_at.astimezone(calendar.AMSTERDAM).time()
    closes_at = calendar.local_instant(calendar.add_working_days(calendar.local_day(now), REPAIR_WORKING_DAYS), at)
    is_soon_open = any(
        one is not round_ and one.opens_at < closes_at and now < one.closes_at for one in round_.procedure.rounds
    )
    if is_soon_open or round_.agreements_start_on <= calendar.local_day(closes_at):
        return None
    gap = across[0].starts_at, across[-1].ends_at
    return deadlines.record(round_, None, closes_at, _words(across), now, kind="repair", gap=gap)


def call_repair_round(change: DeadlineChange, told: Sequence[User], now: datetime) -> Round:
    """A round after the closed one, for everybody and under the same rules, open from now. What was handed in in the
    closed round stays as it is.
    """
    before = change.round
    if calendar.add_working_days(calendar.local_day(now), 1) > calendar.local_day(change.new_closes_at):
        raise Refused(N_("Deze herstelronde zou korter dan een werkdag open zijn. Geef het voorstel terug."))
    procedure = before.procedure
    round_ = Round(
        authority_id=before.authority_id,
        label=f"{before.label}-H{change.sequence}",
        kind="repair",
        opens_at=now,
        closes_at=change.new_closes_at,
        agreements_start_on=before.agreements_start_on,
        remark=change.reason,
        scope=before.scope,
        edition=before.edition,
        announced_at=now,
    )
    procedure.rounds.append(round_)
    audit.record(round_, "call_repair_round", change.confirmed_by, now, after=before.label)
    audit.tell_organisation(
        before,
        list(told),
        f"repair_round:{change.id}",
        "repair_round",
        now,
        round=round_.label,
        before=before.label,
        procedure=procedure.title,
        closes=wording.moment(round_.closes_at),
        why=change.reason,
        path=f"/procedures/{procedure.authority.slug}/{procedure.slug}",
    )
    return round_
