"""What expires when: the day itself is the last that counts, nearest first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain import calendar, expiries
from portal.models import Document

UPLOADED = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # 1 April in Amsterdam


def _document(kind: str, **said: object) -> Document:
    return Document(kind=kind, filename=f"{kind}.pdf", uploaded_at=UPLOADED, **said)


@pytest.mark.parametrize("months", [3, 6, 24])
def test_the_last_day_is_just_not_too_old_and_the_next_one_is(months):
    for issued in (date(2026, 1, 1) + timedelta(days=one) for one in range(1500)):
        last = expiries.last_day(issued, months)

        assert calendar.add_months(last, -months) <= issued
        assert calendar.add_months(last + timedelta(days=1), -months) > issued


@pytest.mark.parametrize(
    ("issued", "last"),
    [
        (date(2026, 2, 28), date(2026, 8, 31)),
        (date(2028, 2, 28), date(2028, 8, 28)),
        (date(2028, 2, 29), date(2028, 8, 31)),
        (date(2026, 4, 15), date(2026, 10, 15)),
    ],
)
def test_what_came_on_the_last_of_a_short_month_lasts_till_the_last_of_a_long_one(issued, last):
    assert expiries.last_day(issued, 6) == last


def test_the_timeline_is_nearest_first_with_an_end_an_age_and_a_yearly_look():
    found = expiries.timeline(
        [
            _document("hkz_certificate", issued_on=date(2025, 5, 1), expires_on=date(2028, 5, 1)),
            _document("kvk_extract", issued_on=date(2026, 4, 15)),
            _document("complaints_procedure"),
            _document("vog_np", issued_on=date(2026, 4, 15)),
            _document("flow_plan", issued_on=date(2026, 4, 15)),
        ]
    )

    assert [(one.document.kind, one.day, one.what) for one in found] == [
        ("kvk_extract", date(2026, 10, 15), "ages"),
        ("complaints_procedure", date(2027, 4, 1), "review"),
        ("hkz_certificate", date(2028, 5, 1), "ends"),
    ]
    assert len({one.uid for one in found}) == 3
