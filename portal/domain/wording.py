"""Days, instants and amounts in Dutch words, Amsterdam time: for messages, letters and pages."""

from __future__ import annotations

from datetime import date, datetime, time

from portal.domain.calendar import AMSTERDAM

WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


class Worded(str):
    """Words for a day or an instant. They remember which and in what `form`: a page in another language says it anew.

    In a sentence, in JSON and in the database they are text as any other.
    """

    value: date | datetime
    form: str

    def __new__(cls, text: str, form: str, value: date | datetime) -> Worded:
        made = super().__new__(cls, text)
        made.form, made.value = form, value
        return made


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment needs a zone before it can be written")
    return value.astimezone(AMSTERDAM)


def day(value: date | datetime) -> str:
    """'16 december 2026'. An instant (aware) is first brought to Amsterdam; a day is taken as it is."""
    local = _local(value) if isinstance(value, datetime) else value
    return Worded(f"{local.day} {MONTHS[local.month - 1]} {local.year}", "day", value)


def short_day(value: date) -> str:
    """'16 dec'; March is 'mrt'."""
    return Worded(f"{value.day} {'mrt' if value.month == 3 else MONTHS[value.month - 1][:3]}", "short_day", value)


def month(value: date) -> str:
    """'december 2026'."""
    return Worded(f"{MONTHS[value.month - 1]} {value.year}", "month", value)


def moment(value: datetime, *, seconds: bool = False) -> str:
    """'woensdag 16 december 2026, 12.00 uur'; with seconds '12.00.05 uur', never rounded up."""
    local = _local(value)
    at = f"{local:%H.%M.%S}" if seconds else f"{local:%H.%M}"
    return Worded(f"{WEEKDAYS[local.weekday()]} {day(local)}, {at} uur", "second" if seconds else "moment", value)


def clock(value: datetime) -> str:
    """'12.00': the time of the day in Amsterdam."""
    return Worded(f"{_local(value):%H.%M}", "clock", value)


def short_moment(value: datetime) -> str:
    """'16 dec 12.00 uur', for tables of what happened lately."""
    local = _local(value)
    return Worded(f"{short_day(local)} {local:%H.%M} uur", "short_moment", value)


def second(value: datetime) -> str:
    """'woensdag 16 december 2026, 12.00.05 uur'."""
    return moment(value, seconds=True)


def euro(cents: int) -> str:
    """'€ 1.234,56' for 123456 cents; '€ -0,05' for -5. Anything but a whole number of cents is a mistake."""
    if isinstance(cents, bool) or not isinstance(cents, int):
        raise TypeError(f"an amount is a whole number of cents, not {cents!r}")
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"€ {sign}{whole:,}".replace(",", ".") + f",{rest:02d}"


def instant_of(text: str) -> datetime:
    """The instant that frozen facts hold as ISO text; a day alone is its first moment in Amsterdam."""
    if len(text) == len("2026-11-22"):
        return datetime.combine(date.fromisoformat(text), time.min, AMSTERDAM)
    return datetime.fromisoformat(text)


def grouped(text: str) -> str:
    """A checksum or a code in groups of four: easier to compare and to type."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
