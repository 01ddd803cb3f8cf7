"""The filters of letters, agreements and mails: `domain.wording`, also for the ISO texts of frozen facts."""

from __future__ import annotations

from portal.domain import identifiers, wording


def iso_date(value: str) -> str:
    """'22 november 2026' for '2026-11-22'."""
    return wording.day(wording.instant_of(value))


def iso_moment(value: str) -> str:
    """'zondag 22 november 2026, 11.08.42 uur' for an instant in ISO text with its offset."""
    return wording.second(wording.instant_of(value))


FILTERS = {
    "amsterdam_date": wording.day,
    "amsterdam_moment": wording.second,
    "euro": wording.euro,
    "iso_date": iso_date,
    "iso_instant": wording.instant_of,
    "iso_moment": iso_moment,
    "register_number": identifiers.register_number,
    "registered_in": identifiers.registered_in,
    "registration": identifiers.registration_label,
}
