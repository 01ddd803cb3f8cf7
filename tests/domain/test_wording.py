"""Days, instants and amounts in Dutch."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from portal.domain.wording import day, euro, second


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 22, 10, 8, 42, 999_999, tzinfo=UTC), "zondag 22 november 2026, 11.08.42 uur"),
        (datetime(2026, 7, 1, 22, 0, 0, tzinfo=UTC), "donderdag 2 juli 2026, 00.00.00 uur"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "zondag 25 oktober 2026, 02.30.00 uur"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "zondag 25 oktober 2026, 02.30.00 uur"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "zondag 28 maart 2027, 03.00.00 uur"),
    ],
)
def test_a_moment_is_written_in_amsterdam_time(value: datetime, written: str) -> None:
    assert second(value) == written


def test_a_date_is_taken_as_it_is_and_a_moment_brought_to_amsterdam_first() -> None:
    assert day(date(2026, 3, 1)) == "1 maart 2026"
    assert day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "1 januari 2027"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        second(datetime.fromisoformat("2026-01-01T00:00"))


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (0, "€ 0,00"),
        (5, "€ 0,05"),
        (99_999, "€ 999,99"),
        (123_456, "€ 1.234,56"),
        (123_456_789_00, "€ 123.456.789,00"),
        (-5, "€ -0,05"),
        (-123_456, "€ -1.234,56"),
    ],
)
def test_an_amount_is_written_in_euros(cents: int, written: str) -> None:
    assert euro(cents) == written


@pytest.mark.parametrize("value", [12.5, "12", None, True])
def test_an_amount_is_a_whole_number_of_cents(value: object) -> None:
    with pytest.raises(TypeError, match="cents"):
        euro(value)
