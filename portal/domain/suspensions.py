"""The term for deciding stands still for a while. Others see that it does, never why."""

from __future__ import annotations

from datetime import date

from portal.models import Review


def suspend(review: Review, day: date) -> None:
    """From this day on the term stands still; when it does already, that day stays."""
    review.suspended_on = review.suspended_on or day


def resume(review: Review, day: date) -> None:
    """The term runs on from `day`: the days that it stood still come after its last day."""
    if review.suspended_on is not None:
        review.due_on += max(day, review.suspended_on) - review.suspended_on
        review.suspended_on = None
