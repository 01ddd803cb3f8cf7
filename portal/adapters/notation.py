"""How dates, moments and amounts are written in letters, agreements and mails: Dutch, Amsterdam time."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_MONTHS = [
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
]
_WEEKDAYS = ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"]


def amsterdam_date(value: date | datetime) -> str:
    """'22 november 2026'. A datetime (aware) is first brought to Amsterdam, a date is taken as it is."""
    day = _local(value) if isinstance(value, datetime) else value
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def amsterdam_moment(value: datetime) -> str:
    """'zondag 22 november 2026, 11.08.42 uur'; fractions of a second are left out, never rounded up."""
    local = _local(value)
    return f"{_WEEKDAYS[local.weekday()]} {amsterdam_date(local)}, {local:%H.%M.%S} uur"


def euro(cents: int) -> str:
    """'€ 1.234,56' for 123456 cents; '€ -0,05' for -5."""
    if isinstance(cents, bool) or not isinstance(cents, int):
        raise TypeError(f"an amount is a whole number of cents, not {cents!r}")
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"€ {sign}{whole:,}".replace(",", ".") + f",{rest:02d}"


def iso_instant(value: str) -> datetime:
    """The aware datetime that frozen facts hold as ISO text; a day alone is its first moment in Amsterdam."""
    if len(value) == len("2026-11-22"):
        return datetime.combine(date.fromisoformat(value), time.min, AMSTERDAM)
    return datetime.fromisoformat(value)


def iso_date(value: str) -> str:
    """'22 november 2026' for '2026-11-22', the day as frozen facts hold it."""
    return amsterdam_date(iso_instant(value))


def iso_moment(value: str) -> str:
    """'zondag 22 november 2026, 11.08.42 uur' for an instant in ISO text with its offset."""
    return amsterdam_moment(iso_instant(value))


FILTERS = {
    "amsterdam_date": amsterdam_date,
    "amsterdam_moment": amsterdam_moment,
    "euro": euro,
    "iso_date": iso_date,
    "iso_instant": iso_instant,
    "iso_moment": iso_moment,
}


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment needs a zone before it can be written")
    return value.astimezone(AMSTERDAM)
