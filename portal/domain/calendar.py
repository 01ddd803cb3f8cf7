"""Dutch days and terms: working days, months, Amsterdam wall time and the schedule of admission rounds.

Pure functions of days. Days are `date`; instants are aware UTC `datetime`; a wall time is a naive `datetime`
that means the clock in Europe/Amsterdam.

Which days are working days, and why others are not: `free_days`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.domain.free_days import free_day
from portal.errors import Invalid

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

# How many months lie between two rounds. None: there is one round; see `schedule`.
CADENCES: dict[str, int | None] = {
    "quarterly": 3,
    "half_yearly": 6,
    "yearly": 12,
    "once": None,
    "continuous": None,
    "announced": None,
}

OFFICE_HOURS = (time(9), time(17))
"""Between these a round closes, on a working day, so that somebody is there to help; both included."""

# Atw art. 4, sub a: the law does not touch terms of more than this many days.
LONGEST_TERM_DAYS = 90


@dataclass(frozen=True)
class RoundDates:
    """One round: open from `opens_at`, closed from `closes_at` on (both UTC instants).

    `starts_on`: first day of the agreements of this round, None when the schedule was made without it.
    `opens_planned_on`, `closes_planned_on`: the day by the cadence, only when that was no working day and the
    instant was therefore moved to the next one.
    """

    label: str
    opens_at: datetime
    closes_at: datetime
    starts_on: date | None = None
    opens_planned_on: date | None = None
    closes_planned_on: date | None = None


def is_working_day(day: date) -> bool:
    """Not a Saturday, Sunday, recognised holiday or day put on a par with one (Atw art. 1 and 3)."""
    return free_day(day) is None


def next_working_day(day: date) -> date:
    """`day` itself when it is a working day, else the first one after it (Atw art. 1, first paragraph)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, number: int) -> date:
    """The `number`-th working day after `day`; `day` itself does not count. Zero gives `day` unchanged.

    Raises ValueError for a negative number.
    """
    if number < 0:
        raise ValueError("a term in working days runs forward")
    for _ in range(number):
        day = next_working_day(day + timedelta(days=1))
    return day


def term_ends_on(day: date, days: int, *, holidays_apply: bool = True, stood_still: int = 0) -> date:
    """Last day of a term of `days` calendar days that begins on the day after `day`, and stood still for so many.

    With `holidays_apply` the Atw is followed: a last day that is no working day moves to the next one
    (art. 1), and a term of three days or more holds at least two working days (art. 2). Terms of more than 90
    days are left alone (art. 4). Terms in a procedure are not statutory, hence the switch: the documents say
    which.
    Raises ValueError for a negative number.
    """
    if days < 0:
        raise ValueError("a term runs forward")
    last = day + timedelta(days=days + stood_still)
    if not holidays_apply or days > LONGEST_TERM_DAYS:
        return last
    if days >= 3:
        last = max(last, add_working_days(day, 2))
    return next_working_day(last)


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later (earlier when negative), clamped to the end of that month.

    Six months before 31 August is 28 February, or 29 February in a leap year; one month after 31 January is
    the last day of February. Count from the first day each time: steps of one month drift after a clamp.
    """
    month = day.year * 12 + day.month - 1 + months
    year, index = divmod(month, 12)
    return date(year, index + 1, min(day.day, monthrange(year, index + 1)[1]))


def local_instant(day: date, at: time) -> datetime:
    """The UTC instant at which clocks in Amsterdam show `at` on `day`.

    Raises `errors.Invalid` (field 'at') for a time that is skipped in spring and for one that comes twice in
    autumn: a deadline must be one instant.
    """
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    summer_reading = wall.replace(tzinfo=AMSTERDAM).astimezone(UTC)
    winter_reading = wall.replace(tzinfo=AMSTERDAM, fold=1).astimezone(UTC)
    if summer_reading == winter_reading:
        return summer_reading
    # Around a change the two readings differ. Only a time that does not exist comes back as another one.
    if summer_reading.astimezone(AMSTERDAM).replace(tzinfo=None) != wall:
        reason = "bestaat niet: de klok gaat die nacht een uur vooruit"
    else:
        reason = "komt twee keer voor: de klok gaat die nacht een uur terug"
    raise Invalid({"at": f"{wall:%d-%m-%Y} om {wall:%H.%M} uur {reason}. Kies een andere tijd."})


def closing_hours(rounds: Mapping[str, Any]) -> tuple[time, time]:
    """The hours of closing that the block `rounds` of a procedure allows: its own with a reason, else office hours."""
    own = rounds.get("closing_hours")
    if not own:
        return OFFICE_HOURS
    return time.fromisoformat(own["earliest"]), time.fromisoformat(own["latest"])


def local_day(instant: datetime) -> date:
    """The day in Amsterdam on which `instant` (aware) falls."""
    return instant.astimezone(AMSTERDAM).date()


def end_of_day(day: date) -> datetime:
    """The UTC instant at which `day` is over in Amsterdam: midnight. Compare with strict `<`.

    A term 'until and including' `day` is still running exactly when `now < end_of_day(day)`.
    """
    return local_instant(day + timedelta(days=1), time(0))


def schedule(
    cadence: str,
    first_opens: datetime,
    first_closes: datetime,
    until: date,
    first_starts: date | None = None,
    moments: Sequence[tuple[datetime, datetime, date]] = (),
) -> list[RoundDates]:
    """Every round from the first one to the day `until`, oldest first.

    `cadence` is a key of `CADENCES`. `first_opens` and `first_closes` are wall times. Every next round lies
    so many months after the *first* one (`add_months`); a day that is no working day moves to the next
    working day at the same time of day, and the round tells from which day. 'once' gives one round.
    'continuous' gives one round that stays open until `until` is over, whatever `first_closes` says.
    'announced' gives the first round and one for each of `moments` (opens, closes, first day of the agreements),
    in order; a day that is no working day moves here too. The other cadences take no `moments`.

    With `first_starts` (first day of the agreements of the first round) a round belongs to the schedule while
    its own starting day is before `until`, and its label is that year and a number: '2020-1', '2020-2'.
    Without it the planned closing day does both, and may be `until` itself. A later `until` only adds rounds
    behind the others; the labels stay.

    Raises `errors.Invalid` when a round closes before it opens, lasts longer than the cadence, or has an
    impossible wall time; and when an announced one opens before the round before it closed or does not start
    before `until` (field '0.opens_at': of the first of `moments`). KeyError for an unknown cadence.
    """
    step = CADENCES[cadence]
    if cadence == "announced":
        return _announced([(first_opens, first_closes, first_starts), *moments], until)
    if cadence == "continuous":
        first_closes = datetime.combine(until + timedelta(days=1), time(0))
    if first_closes <= first_opens:
        raise Invalid({"closes_at": "De ronde sluit voordat hij opent."})
    if step is not None and _later(first_opens, step) < first_closes:
        raise Invalid({"closes_at": "De ronde duurt langer dan de tijd tot de volgende ronde."})
    if cadence == "continuous":
        opens_on = next_working_day(first_opens.date())
        opens_at = local_instant(opens_on, first_opens.time())
        belongs_to = first_starts or first_opens.date()
        if end_of_day(until) <= opens_at:
            raise Invalid({"closes_at": "De ronde sluit voordat hij opent, omdat een dag is verschoven."})
        planned = first_opens.date() if opens_on != first_opens.date() else None
        return [RoundDates(f"{belongs_to.year}-1", opens_at, end_of_day(until), first_starts, planned)]
    rounds: list[RoundDates] = []
    numbers: dict[int, int] = {}
    while True:
        months = len(rounds) * (step or 0)
        starts_on = add_months(first_starts, months) if first_starts else None
        opens, closes = _later(first_opens, months), _later(first_closes, months)
        belongs_to = starts_on or closes.date()
        if belongs_to > until or starts_on == until:
            return rounds
        number = numbers[belongs_to.year] = numbers.get(belongs_to.year, 0) + 1
        rounds.append(_round(f"{belongs_to.year}-{number}", opens, closes, starts_on, rounds))
        if step is None:
            return rounds


def _announced(moments: Sequence[tuple[datetime, datetime, date | None]], until: date) -> list[RoundDates]:
    rounds: list[RoundDates] = []
    numbers: dict[int, int] = {}
    for index, (opens, closes, starts_on) in enumerate(moments):
        field = f"{index - 1}." if index else ""
        belongs_to = starts_on or closes.date()
        if closes <= opens:
            raise Invalid({f"{field}closes_at": "De ronde sluit voordat hij opent."})
        if index and opens < moments[index - 1][1]:
            raise Invalid({f"{field}opens_at": "De ronde opent voordat de vorige sluit."})
        if belongs_to > until or starts_on == until:
            raise Invalid({f"{field}starts_on": f"De ronde gaat niet in vóór {until}."})
        number = numbers[belongs_to.year] = numbers.get(belongs_to.year, 0) + 1
        try:
            rounds.append(_round(f"{belongs_to.year}-{number}", opens, closes, starts_on, rounds))
        except Invalid as error:
            raise Invalid({f"{field}{key}": message for key, message in error.problems.items()}) from error
    return rounds


def _round(
    label: str, opens: datetime, closes: datetime, starts_on: date | None, before: list[RoundDates]
) -> RoundDates:
    opens_on, closes_on = next_working_day(opens.date()), next_working_day(closes.date())
    opens_at, closes_at = local_instant(opens_on, opens.time()), local_instant(closes_on, closes.time())
    if before:
        # A moved closing may pass the next opening; two rounds are never open together.
        opens_at = max(opens_at, before[-1].closes_at)
    if closes_at <= opens_at:
        raise Invalid({"closes_at": "De ronde sluit voordat hij opent, omdat een dag is verschoven."})
    return RoundDates(
        label=label,
        opens_at=opens_at,
        closes_at=closes_at,
        starts_on=starts_on,
        opens_planned_on=opens.date() if opens_on != opens.date() else None,
        closes_planned_on=closes.date() if closes_on != closes.date() else None,
    )


def _later(wall: datetime, months: int) -> datetime:
    return datetime.combine(add_months(wall.date(), months), wall.time())
