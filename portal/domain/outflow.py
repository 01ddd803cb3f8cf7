"""The published outflow rule: which providers had few clients, counted from facts only. A signal decides nothing.

Months count when they are over and the provider could get clients in them: every product it then had in that place was
open, and its agreement was not suspended. A month without any delivered number says nothing and stops the signal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from portal.domain import calendar
from portal.domain.counts import Spot, month_of

TAKES_CLIENTS = frozenset({"open", "scarce"})
"""States of a cell (terms.COVERAGE_STATES) in which new clients can come."""


class Stretch(NamedTuple):
    """From a day until another (exclusive; None: still)."""

    begins: date
    ends: date | None


@dataclass(frozen=True)
class Line:
    """One line of an agreement with the days on which it holds, and when its cell took no clients."""

    product_id: str
    product_code: str
    municipality_id: str
    starts_on: date
    ends_on: date
    closed: Sequence[Stretch] = ()


@dataclass(frozen=True)
class Case:
    """What the rule looks at for one agreement: its lines, its suspensions, and the counts that hold now."""

    lines: Sequence[Line]
    suspended: Sequence[Stretch]
    counts: Mapping[Spot, int]


@dataclass(frozen=True)
class Signal:
    """How one place (a municipality, None: the region) stands against the rule.

    The number of different clients lies from `least` (the busiest month) to `most` (all months added up): one client
    may come back in every month. `unknown` are months that count but of which no number was delivered.
    """

    municipality_id: str | None
    months: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    short: int = 0
    least: int = 0
    most: int = 0
    limit: int = 0

    @property
    def is_signal(self) -> bool:
        """Enough months, every one known, and possibly fewer different clients than the rule asks."""
        return not self.short and not self.unknown and self.least < self.limit

    @property
    def is_certain(self) -> bool:
        return self.is_signal and self.most < self.limit

    @property
    def key(self) -> str:
        return self.municipality_id or "region"


def closed_stretches(
    state: str, since: date | None, changes: Sequence[tuple[date, str, str]], begins: date
) -> list[Stretch]:
    """When a cell took no clients. `changes` are (day, state before, state after), oldest first.

    Without changes the present state counts from `since`, or from the start of the agreement.
    """
    if not changes:
        return [] if state in TAKES_CLIENTS else [Stretch(since or begins, None)]
    found: list[Stretch] = []
    open_since: date | None = begins if changes[0][1] not in TAKES_CLIENTS else None
    for day, _, after in changes:
        if after in TAKES_CLIENTS and open_since is not None:
            found.append(Stretch(open_since, day))
            open_since = None
        elif after not in TAKES_CLIENTS and open_since is None:
            open_since = day
    return found if open_since is None else [*found, Stretch(open_since, None)]


def signals(rule: Mapping[str, Any], case: Case, today: date) -> list[Signal]:
    """One for each municipality of the agreement, or one for the region, as the rule says."""
    codes = set(rule.get("products") or ())
    lines = [one for one in case.lines if not codes or one.product_code in codes]
    if rule.get("per", "municipality") == "region":
        groups: dict[str | None, list[Line]] = {None: lines} if lines else {}
    else:
        groups = {}
        for one in lines:
            groups.setdefault(one.municipality_id, []).append(one)
    return [_signal(rule, place, some, case, today) for place, some in groups.items()]


def _signal(rule: Mapping[str, Any], place: str | None, lines: Sequence[Line], case: Case, today: date) -> Signal:
    wanted = rule["period_months"]
    known = {month for _, _, month in case.counts}
    months: list[str] = []
    unknown: list[str] = []
    skipped: dict[str, str] = {}
    first = calendar.add_months(today.replace(day=1), -1)
    earliest = min(one.starts_on for one in lines)
    while len(months) < wanted and calendar.add_months(first, 1) > earliest:
        month, reason = month_of(first), _skip(first, lines, case.suspended)
        if reason:
            skipped[month] = reason
        else:
            months.append(month)
            if month not in known:
                unknown.append(month)
        first = calendar.add_months(first, -1)
    products = {(one.product_id, one.municipality_id) for one in lines}
    least, most = _bounds(case.counts, products, set(months))
    return Signal(
        place, sorted(months), sorted(unknown), skipped, wanted - len(months), least, most, rule["fewer_clients_than"]
    )


def _skip(first: date, lines: Sequence[Line], suspended: Sequence[Stretch]) -> str:
    """Why a month does not count ('not_started', 'closed', 'suspended'), empty when it counts."""
    after = calendar.add_months(first, 1)
    holding = [one for one in lines if one.ends_on >= first]
    if not holding or any(one.starts_on > first for one in holding):
        return "not_started"
    if any(_touches(stretch, first, after) for stretch in suspended):
        return "suspended"
    if any(_touches(stretch, first, after) for one in holding for stretch in one.closed):
        return "closed"
    return ""


def _touches(stretch: Stretch, first: date, after: date) -> bool:
    return stretch.begins < after and (stretch.ends is None or stretch.ends > first)


def _bounds(counts: Mapping[Spot, int], pairs: set[tuple[str, str]], months: set[str]) -> tuple[int, int]:
    """The fewest and the most different clients there can have been.

    In one month a person with two products is counted twice, and lives in one municipality.
    """
    busiest: dict[str, dict[str, int]] = {}
    most = 0
    for (product, municipality, month), clients in counts.items():
        if (product, municipality) in pairs and month in months:
            most += clients
            there = busiest.setdefault(month, {})
            there[municipality] = max(there.get(municipality, 0), clients)
    return max((sum(there.values()) for there in busiest.values()), default=0), most
