from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.adapters.clock import MovedClock, system_now

CLOSING = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_system_clock_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)

    now = system_now()

    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)


def test_a_moved_clock_stands_still_until_it_is_moved() -> None:
    clock = MovedClock(CLOSING)

    assert clock() == clock() == CLOSING
    assert clock.advance(timedelta(hours=1)) == clock() == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert clock.set(CLOSING) == clock() == CLOSING


def test_a_moved_clock_advances_elapsed_time_over_the_end_of_summer_time() -> None:
    clock = MovedClock(datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Amsterdam")))

    clock.advance(timedelta(hours=1))

    assert clock().tzinfo is UTC
    assert clock().astimezone(ZoneInfo("Europe/Amsterdam")).strftime("%H.%M %Z") == "02.30 CET"


def test_a_moved_clock_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        MovedClock(datetime.fromisoformat("2026-01-01T00:00"))
