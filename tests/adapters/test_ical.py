"""The calendar feed keeps to RFC 5545: short lines, escaped text, days that end where the next begins."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from portal.adapters.ical import Event, escaped, feed, folded

MADE = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)


def lines(*events: Event) -> list[str]:
    """The lines as a reader sees them, unfolded."""
    text = feed("Inkoop; Wmo, 2026", events, MADE)
    assert text.endswith("END:VCALENDAR\r\n")
    return text.replace("\r\n ", "").split("\r\n")


def test_every_line_is_at_most_75_octets_and_nothing_is_lost():
    text = feed("é" * 90, [Event("1", "€ uro " * 40, date(2026, 1, 1), description="a\nb" * 60)], MADE)

    physical = text.split("\r\n")
    assert max(len(line.encode()) for line in physical) <= 75
    assert "€ uro " * 40 in text.replace("\r\n ", "")
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize("width", [74, 75, 76, 149, 150])
def test_folding_at_the_edge_gives_back_the_line(width):
    line = "x" * width
    pieces = list(folded(line))

    assert pieces[0] + "".join(one[1:] for one in pieces[1:]) == line
    assert len(pieces) == (1 if width <= 75 else 2 if width <= 149 else 3)


def test_text_is_escaped_and_cannot_start_a_line_of_its_own():
    assert escaped("a;b,c\\d\r\nBEGIN:VEVENT\x00") == "a\\;b\\,c\\\\d\\nBEGIN:VEVENT"
    assert lines(Event("1", "x\nEND:VCALENDAR", date(2026, 1, 1))).count("END:VCALENDAR") == 1


def test_a_day_lasts_until_the_next_and_a_moment_is_in_utc():
    found = lines(
        Event("day", "Dag", date(2026, 12, 31)),
        Event("days", "Dagen", date(2026, 1, 1), date(2026, 1, 3)),
        Event(
            "moment", "Moment", datetime(2026, 7, 1, 7, tzinfo=UTC), datetime(2026, 7, 1, 9, tzinfo=UTC), "", "Vught"
        ),
        Event("instant", "Sluiting", datetime(2026, 7, 1, 10, tzinfo=UTC)),
    )

    assert "DTSTART;VALUE=DATE:20261231" in found
    assert "DTEND;VALUE=DATE:20270101" in found
    assert found[found.index("DTSTART;VALUE=DATE:20260101") + 1] == "DTEND;VALUE=DATE:20260104"
    assert found[found.index("DTSTART:20260701T070000Z") + 1] == "DTEND:20260701T090000Z"
    assert found[found.index("DTSTART:20260701T100000Z") + 1] == "SUMMARY:Sluiting"
    assert "LOCATION:Vught" in found
    assert found.count("DTSTAMP:20260301T123005Z") == 4


def test_a_moment_without_a_zone_is_a_mistake():
    with pytest.raises(ValueError, match="time zone"):
        feed("x", [Event("1", "x", datetime(2026, 1, 1))], MADE)  # noqa: DTZ001 - that is what is tested
