"""An iCalendar feed (RFC 5545) of days and moments, written by hand: the part of the format we need is small."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST_LINE = 75
"""Octets of a line without its line break (section 3.1)."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Event:
    """One event. Days (`date`) last the whole day and `ends` is the last one; moments are aware.

    `sequence` goes up with each change of the event, so that a calendar replaces what it has.
    `uid` stays the same for as long as the event is the same one; it is unique in the world together with the feed.
    """

    uid: str
    summary: str
    starts: date | datetime
    ends: date | datetime | None = None
    description: str = ""
    location: str = ""
    url: str = ""
    sequence: int = 0


def feed(name: str, events: Iterable[Event], made_at: datetime) -> str:
    """The whole file, lines ended by CR LF. `made_at` (aware) is the moment of making (DTSTAMP)."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Voordeur//Planning//NL",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}",
        f"NAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D",
    ]
    for event in events:
        lines += _lines(event, made_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def escaped(text: str) -> str:
    """A text value (section 3.3.11): backslash, semicolon, comma and line breaks escaped, control characters gone."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets; each next piece starts with a space. No character is cut in two."""
    piece, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + width
    yield piece


def _lines(event: Event, made_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(event.uid)}"
    yield f"DTSTAMP:{_moment(made_at)}"
    if event.sequence:
        yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTART{_when(event.starts)}"
    if isinstance(event.starts, datetime):
        if event.ends is not None:
            yield f"DTEND{_when(event.ends)}"
    else:
        # A day ends where the next one begins (section 3.6.1): DTEND is not part of the event.
        yield f"DTEND{_when((event.ends or event.starts) + timedelta(days=1))}"
    yield f"SUMMARY:{escaped(event.summary)}"
    for name, value in (("DESCRIPTION", event.description), ("LOCATION", event.location)):
        if value:
            yield f"{name}:{escaped(value)}"
    if event.url:
        yield f"URL:{event.url}"
    if not isinstance(event.starts, datetime):
        yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _when(value: date | datetime) -> str:
    if isinstance(value, datetime):
        return f":{_moment(value)}"
    return f";VALUE=DATE:{value:%Y%m%d}"


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return f"{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"
