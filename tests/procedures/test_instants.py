"""The instant of a deadline: forty cases, to the second, around the clock changes of 2026 and 2027, month ends, leap
days, and standstills that span them.

A wall time becomes one UTC instant, or is refused. A term in days is counted on local dates and ends when its last day
is over in Amsterdam, never after so many times 24 hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.domain import calendar, wording
from portal.domain.calendar import end_of_day, local_instant, term_ends_on
from portal.errors import Invalid

SECOND = timedelta(seconds=1)


def utc(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


MOMENTS = [
    # wall time in Amsterdam, UTC instant, as it is shown
    ("2026-03-28 12:00", "2026-03-28 11:00:00", "zaterdag 28 maart 2026, 12.00 uur"),
    ("2026-03-29 01:59", "2026-03-29 00:59:00", "zondag 29 maart 2026, 01.59 uur"),
    ("2026-03-29 03:00", "2026-03-29 01:00:00", "zondag 29 maart 2026, 03.00 uur"),
    ("2026-03-30 09:00", "2026-03-30 07:00:00", "maandag 30 maart 2026, 09.00 uur"),
    ("2026-10-24 23:59", "2026-10-24 21:59:00", "zaterdag 24 oktober 2026, 23.59 uur"),
    ("2026-10-25 01:59", "2026-10-24 23:59:00", "zondag 25 oktober 2026, 01.59 uur"),
    ("2026-10-25 03:00", "2026-10-25 02:00:00", "zondag 25 oktober 2026, 03.00 uur"),
    ("2026-10-26 17:00", "2026-10-26 16:00:00", "maandag 26 oktober 2026, 17.00 uur"),
    ("2027-03-27 12:00", "2027-03-27 11:00:00", "zaterdag 27 maart 2027, 12.00 uur"),
    ("2027-03-28 03:00", "2027-03-28 01:00:00", "zondag 28 maart 2027, 03.00 uur"),
    ("2027-10-30 17:00", "2027-10-30 15:00:00", "zaterdag 30 oktober 2027, 17.00 uur"),
    ("2027-10-31 03:00", "2027-10-31 02:00:00", "zondag 31 oktober 2027, 03.00 uur"),
    ("2027-11-01 09:00", "2027-11-01 08:00:00", "maandag 1 november 2027, 09.00 uur"),
    ("2028-02-29 12:00", "2028-02-29 11:00:00", "dinsdag 29 februari 2028, 12.00 uur"),
]

NOT_AN_INSTANT = [
    ("2026-03-29 02:00", "bestaat niet"),
    ("2026-03-29 02:59", "bestaat niet"),
    ("2027-03-28 02:30", "bestaat niet"),
    ("2026-10-25 02:00", "komt twee keer voor"),
    ("2026-10-25 02:59", "komt twee keer voor"),
    ("2027-10-31 02:30", "komt twee keer voor"),
]

TERMS = [
    # day it begins after, days, follows the Atw, last day, UTC instant at which it is over
    ("2026-03-09", 20, False, "2026-03-29", "2026-03-29 22:00:00"),  # ends on the day of 23 hours
    ("2026-03-09", 20, True, "2026-03-30", "2026-03-30 22:00:00"),  # a Sunday: goes on to Monday
    ("2026-03-20", 20, True, "2026-04-09", "2026-04-09 22:00:00"),  # spans the change of March
    ("2026-03-14", 20, True, "2026-04-07", "2026-04-07 22:00:00"),  # Good Friday up to Easter Monday
    ("2026-10-05", 20, False, "2026-10-25", "2026-10-25 23:00:00"),  # ends on the day of 25 hours
    ("2026-10-05", 20, True, "2026-10-26", "2026-10-26 23:00:00"),
    ("2026-10-12", 20, True, "2026-11-02", "2026-11-02 23:00:00"),  # spans the change of October
    ("2026-10-24", 1, False, "2026-10-25", "2026-10-25 23:00:00"),
    ("2027-03-08", 20, False, "2027-03-28", "2027-03-28 22:00:00"),  # Easter Sunday and 23 hours at once
    ("2027-03-08", 20, True, "2027-03-30", "2027-03-30 22:00:00"),  # Easter Monday after it
    ("2027-03-26", 20, True, "2027-04-15", "2027-04-15 22:00:00"),
    ("2027-04-07", 20, True, "2027-04-28", "2027-04-28 22:00:00"),  # 27 April is Koningsdag
    ("2027-04-16", 20, True, "2027-05-10", "2027-05-10 22:00:00"),  # Ascension, and the Friday by decree
    ("2027-10-11", 20, False, "2027-10-31", "2027-10-31 23:00:00"),
    ("2027-10-11", 20, True, "2027-11-01", "2027-11-01 23:00:00"),
    ("2027-10-20", 20, True, "2027-11-09", "2027-11-09 23:00:00"),
    ("2026-01-31", 28, False, "2026-02-28", "2026-02-28 23:00:00"),  # a month end
    ("2028-02-09", 20, True, "2028-02-29", "2028-02-29 23:00:00"),  # ends on the leap day
    ("2028-02-10", 20, True, "2028-03-01", "2028-03-01 23:00:00"),  # spans the leap day
    ("2026-12-11", 20, True, "2026-12-31", "2026-12-31 23:00:00"),  # the last instant of a year
]


def test_there_are_forty_cases() -> None:
    assert len(MOMENTS) + len(NOT_AN_INSTANT) + len(TERMS) == 40


@pytest.mark.parametrize(("wall", "instant", "shown"), MOMENTS)
def test_a_wall_time_is_one_instant_and_is_shown_with_its_weekday(wall: str, instant: str, shown: str) -> None:
    when = datetime.fromisoformat(wall)

    found = local_instant(when.date(), when.time())

    assert found == utc(instant)
    assert wording.moment(found) == shown


@pytest.mark.parametrize(("wall", "words"), NOT_AN_INSTANT)
def test_a_wall_time_that_is_skipped_or_comes_twice_is_refused_in_words(wall: str, words: str) -> None:
    when = datetime.fromisoformat(wall)

    with pytest.raises(Invalid, match=words):
        local_instant(when.date(), when.time())


@pytest.mark.parametrize(("begins", "days", "follows", "last", "over"), TERMS)
def test_a_term_in_days_ends_with_its_last_day_in_amsterdam(
    begins: str, days: int, follows: bool, last: str, over: str
) -> None:
    ends_on = term_ends_on(date.fromisoformat(begins), days, holidays_apply=follows)
    over_at = end_of_day(ends_on)

    assert ends_on == date.fromisoformat(last)
    assert over_at == utc(over)
    local = (over_at - SECOND).astimezone(calendar.AMSTERDAM)
    assert (local.date(), local.time()) == (ends_on, time(23, 59, 59))


def test_a_day_of_a_clock_change_is_not_24_hours() -> None:
    lengths = {
        day: end_of_day(date.fromisoformat(day)) - end_of_day(date.fromisoformat(day) - timedelta(days=1))
        for day in ("2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31", "2026-11-22")
    }

    assert [one / timedelta(hours=1) for one in lengths.values()] == [23, 25, 23, 25, 24]


def test_both_half_past_two_of_october_are_different_instants_and_are_told_apart_by_utc() -> None:
    first, second = utc("2026-10-25 00:30:00"), utc("2026-10-25 01:30:00")

    assert wording.moment(first) == wording.moment(second) == "zondag 25 oktober 2026, 02.30 uur"
    assert first.astimezone(calendar.AMSTERDAM).utcoffset() != second.astimezone(calendar.AMSTERDAM).utcoffset()
