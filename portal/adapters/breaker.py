"""Patience with an outside service that fails: for a while nobody waits for it any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from portal import errors

FAILURES, REST = 3, 10.0
"""After so many failed acts in a row the service is left alone for so many seconds; then one act tries again."""


class Breaker:
    """Leaves a service alone that failed `FAILURES` times in a row.

    `refusal` makes the error of who comes meanwhile; `ticks` gives seconds that only go forward.
    """

    def __init__(self, refusal: Callable[[], errors.Unavailable], ticks: Callable[[], float] = time.monotonic) -> None:
        self._refusal, self._ticks, self._lock = refusal, ticks, threading.Lock()
        self._failures, self._until = 0, 0.0

    def enter(self) -> None:
        """Raises Unavailable at once while the service rests; after the rest, one act may try."""
        with self._lock:
            if self._failures < FAILURES:
                return
            now = self._ticks()
            if now < self._until:
                raise self._refusal()
            self._until = now + REST

    def worked(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._until = self._ticks() + REST
