"""Working days, months, wall time and the schedule of rounds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.calendar import (
    AMSTERDAM,
    CADENCES,
    add_months,
    add_working_days,
    end_of_day,
    is_working_day,
    local_day,
    local_instant,
    next_working_day,
    schedule,
    term_ends_on,
)
from portal.errors import Invalid

DAYS = st.dates(date(2018, 1, 1), date(2040, 12, 31))


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-01-01", "Nieuwjaarsdag"),
        ("2026-01-02", "gelijkgesteld bij besluit"),
        ("2026-04-03", "Goede Vrijdag"),
        ("2026-04-06", "tweede paasdag"),
        ("2026-04-27", "Koningsdag"),
        ("2025-04-26", "Koningsdag op zaterdag, want 27 april is een zondag"),
        ("2026-05-05", "5 mei, ook buiten een lustrumjaar"),
        ("2025-05-05", "5 mei in een lustrumjaar"),
        ("2026-05-14", "Hemelvaartsdag"),
        ("2027-05-07", "vrijdag na Hemelvaart, gelijkgesteld bij besluit"),
        ("2026-05-25", "tweede pinksterdag"),
        ("2026-12-25", "eerste kerstdag"),
        ("2028-12-26", "tweede kerstdag"),
        ("2026-11-21", "zaterdag"),
        ("2026-11-22", "zondag"),
    ],
)
def test_a_weekend_or_recognised_holiday_is_no_working_day(day: str, why: str) -> None:
    assert not is_working_day(date.fromisoformat(day)), why


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-23", "gewone maandag"),
        ("2025-04-28", "maandag na een Koningsdag op zaterdag"),
        ("2026-12-24", "de dag voor Kerstmis"),
        ("2026-12-31", "oudejaarsdag"),
        ("2029-05-11", "vrijdag na Hemelvaart zonder besluit"),
        ("2028-02-29", "schrikkeldag op dinsdag"),
    ],
)
def test_any_other_day_is_a_working_day(day: str, why: str) -> None:
    assert is_working_day(date.fromisoformat(day)), why


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-23", "2026-11-23"),
        ("2026-11-21", "2026-11-23"),
        ("2026-04-03", "2026-04-07"),  # Good Friday up to and including Easter Monday
        ("2026-12-25", "2026-12-28"),
        ("2027-05-05", "2027-05-10"),  # 5 May, Ascension, the Friday after it, weekend
    ],
)
def test_the_next_working_day_skips_weekends_and_holidays(day: str, expected: str) -> None:
    assert next_working_day(date.fromisoformat(day)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        ("2026-11-20", 0, "2026-11-20"),
        ("2026-11-20", 1, "2026-11-23"),  # Friday, then Monday
        ("2026-11-21", 1, "2026-11-23"),  # Saturday, then Monday
        ("2026-11-20", 5, "2026-11-27"),
        ("2026-04-02", 1, "2026-04-07"),
        ("2026-12-23", 5, "2026-12-31"),
        ("2028-02-28", 2, "2028-03-01"),  # over the leap day
    ],
)
def test_working_days_are_counted_from_the_day_after(day: str, number: int, expected: str) -> None:
    assert add_working_days(date.fromisoformat(day), number) == date.fromisoformat(expected)


def test_working_days_are_not_counted_backward() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2026, 11, 20), -1)


@given(DAYS, st.integers(1, 40), st.integers(1, 40))
def test_working_days_add_up(day: date, first: int, second: int) -> None:
    assert add_working_days(add_working_days(day, first), second) == add_working_days(day, first + second)


@pytest.mark.parametrize(
    ("day", "days", "expected", "why"),
    [
        ("2026-11-03", 20, "2026-11-23", "gewone maandag"),
        ("2026-11-02", 20, "2026-11-23", "eindigt op zondag"),
        ("2026-03-14", 20, "2026-04-07", "eindigt op Goede Vrijdag"),
        ("2026-12-24", 3, "2026-12-29", "ten minste twee werkdagen"),
        ("2026-12-24", 2, "2026-12-28", "korter dan drie dagen, alleen verschoven"),
        ("2026-08-24", 90, "2026-11-23", "negentig dagen: verschoven"),
        ("2026-08-23", 91, "2026-11-22", "langer dan negentig dagen: niet verschoven"),
    ],
)
def test_a_term_that_follows_the_act_ends_on_a_working_day(day: str, days: int, expected: str, why: str) -> None:
    assert term_ends_on(date.fromisoformat(day), days) == date.fromisoformat(expected), why


def test_a_term_that_does_not_follow_the_act_ends_on_the_day_itself() -> None:
    assert term_ends_on(date(2026, 11, 2), 20, holidays_apply=False) == date(2026, 11, 22)


def test_a_term_does_not_run_backward() -> None:
    with pytest.raises(ValueError, match="forward"):
        term_ends_on(date(2026, 11, 2), -1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-08-31", -6, "2026-02-28"),
        ("2028-08-31", -6, "2028-02-29"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-03-31", 6, "2026-09-30"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-06-15", 0, "2026-06-15"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        ("2026-01-15", "12:00", "2026-01-15 11:00"),
        ("2026-07-15", "12:00", "2026-07-15 10:00"),
        ("2026-03-29", "01:59", "2026-03-29 00:59"),
        ("2026-03-29", "03:00", "2026-03-29 01:00"),
        ("2026-10-25", "01:59", "2026-10-24 23:59"),
        ("2026-10-25", "03:00", "2026-10-25 02:00"),
        ("2027-03-28", "03:00", "2027-03-28 01:00"),
        ("2027-10-31", "03:00", "2027-10-31 02:00"),
    ],
)
def test_a_wall_time_in_amsterdam_is_one_instant(day: str, at: str, expected: str) -> None:
    instant = local_instant(date.fromisoformat(day), time.fromisoformat(at))

    assert instant == utc(expected)
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "at", "words"),
    [
        ("2026-03-29", "02:00", "bestaat niet"),
        ("2026-03-29", "02:59", "bestaat niet"),
        ("2027-03-28", "02:30", "bestaat niet"),
        ("2026-10-25", "02:00", "komt twee keer voor"),
        ("2026-10-25", "02:59", "komt twee keer voor"),
        ("2027-10-31", "02:30", "komt twee keer voor"),
    ],
)
def test_a_wall_time_that_is_skipped_or_comes_twice_is_refused(day: str, at: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        local_instant(date.fromisoformat(day), time.fromisoformat(at))


@pytest.mark.parametrize(
    ("day", "expected", "hours"),
    [
        ("2026-11-22", "2026-11-22 23:00", 24),
        ("2026-03-29", "2026-03-29 22:00", 23),
        ("2026-10-25", "2026-10-25 23:00", 25),
        ("2028-02-29", "2028-02-29 23:00", 24),
    ],
)
def test_a_day_ends_at_midnight_in_amsterdam(day: str, expected: str, hours: int) -> None:
    end = end_of_day(date.fromisoformat(day))

    assert end == utc(expected)
    assert end - end_of_day(date.fromisoformat(day) - timedelta(days=1)) == timedelta(hours=hours)


def test_the_last_instant_of_a_day_is_still_that_day_in_amsterdam() -> None:
    end = end_of_day(date(2026, 6, 30))

    assert local_day(end - timedelta(microseconds=1)) == date(2026, 6, 30)
    assert local_day(end) == date(2026, 7, 1)


def half_yearly(until: date) -> list[tuple[str, str, str, str]]:
    rounds = schedule("half_yearly", wall("2019-07-01 09:00"), wall("2019-10-01 12:00"), until, date(2020, 1, 1))
    return [
        (
            each.label,
            f"{each.opens_at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}",
            f"{each.closes_at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}",
            str(each.starts_on),
        )
        for each in rounds
    ]


def test_half_yearly_rounds_run_to_the_end_of_the_agreement() -> None:
    assert half_yearly(date(2021, 12, 31)) == [
        ("2020-1", "2019-07-01 09:00", "2019-10-01 12:00", "2020-01-01"),
        ("2020-2", "2020-01-02 09:00", "2020-04-01 12:00", "2020-07-01"),
        ("2021-1", "2020-07-01 09:00", "2020-10-01 12:00", "2021-01-01"),
        ("2021-2", "2021-01-04 09:00", "2021-04-01 12:00", "2021-07-01"),
    ]


def test_a_renewal_adds_rounds_and_leaves_the_others_alone() -> None:
    before, after = half_yearly(date(2021, 12, 31)), half_yearly(date(2022, 12, 31))

    assert after[: len(before)] == before
    assert [label for label, *_ in after[len(before) :]] == ["2022-1", "2022-2"]


def test_a_moved_day_is_told() -> None:
    rounds = schedule("once", wall("2026-04-03 09:00"), wall("2026-05-05 12:00"), date(2026, 12, 31))

    assert rounds[0].opens_at == utc("2026-04-07 07:00")
    assert rounds[0].opens_planned_on == date(2026, 4, 3)
    assert rounds[0].closes_at == utc("2026-05-06 10:00")
    assert rounds[0].closes_planned_on == date(2026, 5, 5)


def test_a_day_that_stays_tells_nothing() -> None:
    rounds = schedule("once", wall("2026-11-02 09:00"), wall("2026-11-30 12:00"), date(2026, 12, 31))

    assert [(each.opens_planned_on, each.closes_planned_on) for each in rounds] == [(None, None)]


def test_a_round_keeps_its_hour_over_a_clock_change() -> None:
    rounds = schedule("quarterly", wall("2026-03-02 09:00"), wall("2026-03-20 12:00"), date(2026, 12, 31))

    hours = [each.closes_at.astimezone(AMSTERDAM).hour for each in rounds]
    utc_hours = [each.closes_at.hour for each in rounds]
    assert hours == [12, 12, 12, 12]
    assert utc_hours == [11, 10, 10, 11]


def test_the_last_day_of_a_month_does_not_drift() -> None:
    rounds = schedule("quarterly", wall("2026-08-03 09:00"), wall("2026-08-31 12:00"), date(2027, 8, 31))

    closings = [each.closes_planned_on or local_day(each.closes_at) for each in rounds]
    assert closings == [
        date(2026, 8, 31),
        date(2026, 11, 30),
        date(2027, 2, 28),
        date(2027, 5, 31),
        date(2027, 8, 31),
    ]


def test_a_round_that_would_close_after_the_end_is_left_out() -> None:
    def labels(until: date) -> list[str]:
        return [each.label for each in schedule("yearly", wall("2026-09-01 09:00"), wall("2026-10-01 12:00"), until)]

    assert labels(date(2027, 10, 1)) == ["2026-1", "2027-1"]
    assert labels(date(2027, 9, 30)) == ["2026-1"]
    assert labels(date(2026, 9, 30)) == []


def test_a_round_whose_agreements_would_start_on_the_last_day_is_left_out() -> None:
    assert half_yearly(date(2021, 7, 1))[-1][0] == "2021-1"
    assert half_yearly(date(2021, 7, 2))[-1][0] == "2021-2"


def test_a_continuous_admission_is_one_round_to_the_end_of_the_last_day() -> None:
    rounds = schedule("continuous", wall("2026-01-05 09:00"), wall("2026-02-01 12:00"), date(2027, 12, 31))

    assert [(each.opens_at, each.closes_at) for each in rounds] == [(utc("2026-01-05 08:00"), utc("2027-12-31 23:00"))]


def test_a_continuous_admission_that_would_open_after_its_last_day_is_refused() -> None:
    with pytest.raises(Invalid, match="sluit voordat hij opent"):
        schedule("continuous", wall("2026-04-03 09:00"), wall("2026-04-03 12:00"), date(2026, 4, 5))


def test_two_rounds_are_never_open_together() -> None:
    rounds = schedule("half_yearly", wall("2026-07-01 09:00"), wall("2027-01-01 09:00"), date(2030, 12, 31))

    assert all(one.closes_at <= two.opens_at for one, two in pairwise(rounds))


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        ("2026-11-02 09:00", "2026-11-02 09:00", "sluit voordat hij opent"),
        ("2026-11-02 09:00", "2026-10-30 12:00", "sluit voordat hij opent"),
        ("2026-11-02 09:00", "2027-05-03 12:00", "duurt langer"),
        ("2026-11-21 12:00", "2026-11-22 11:00", "omdat een dag is verschoven"),
    ],
)
def test_a_round_that_cannot_be_is_refused(opens: str, closes: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        schedule("half_yearly", wall(opens), wall(closes), date(2028, 12, 31))


@example("announced", date(2018, 1, 1), 15, 14)
@example("announced", date(2018, 1, 1), 14, 14)
@given(
    st.sampled_from(sorted(CADENCES)),
    DAYS,
    st.integers(0, 80),
    st.integers(14, 2000),
)
def test_every_schedule_is_in_order_and_on_working_days(cadence: str, first: date, days: int, length: int) -> None:
    opens = datetime.combine(first, time(9))
    closes = datetime.combine(first + timedelta(days=days), time(17))

    until = first + timedelta(days=length)
    if cadence == "announced" and closes.date() > until:
        with pytest.raises(Invalid, match="gaat niet in vóór"):  # an announced round is never left out in silence
            schedule(cadence, opens, closes, until)
        return

    rounds = schedule(cadence, opens, closes, until)

    assert len({each.label for each in rounds}) == len(rounds)
    assert all(each.opens_at < each.closes_at for each in rounds)
    assert all(is_working_day(local_day(each.opens_at)) for each in rounds)
    if cadence != "continuous":
        assert all(is_working_day(local_day(each.closes_at)) for each in rounds)
