"""The clocks: the one of the machine, and one that a rehearsal, a demonstration or a test moves by hand."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


def system_now() -> datetime:
    """The machine's time as an aware UTC datetime. The only place in the portal that reads it."""
    return datetime.now(UTC)


class MovedClock:
    """A clock that stands still until it is moved. Call it for the time, an aware UTC datetime.

    Moving back is allowed: a test of what the portal does then needs it.
    """

    def __init__(self, at: datetime) -> None:
        self._lock = threading.Lock()
        self._at = _as_utc(at)

    def __call__(self) -> datetime:
        with self._lock:
            return self._at

    def set(self, at: datetime) -> datetime:
        """Put the clock at `at` (aware). Returns the new time."""
        with self._lock:
            self._at = _as_utc(at)
            return self._at

    def advance(self, by: timedelta) -> datetime:
        """Move the clock by `by`, elapsed time and not wall time. Returns the new time."""
        with self._lock:
            self._at += by
            return self._at


def _as_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a clock needs a time with a zone")
    return at.astimezone(UTC)
