"""The clocks: of this machine, watched; of the database server, shared by many machines; and one moved by hand.

Both clocks of real use only go forward, and know when they are in doubt. Then `certain` refuses, so that nobody is
let in late or shut out early, while everything else goes on with the time as it would be had nothing happened.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from portal import errors
from portal.terms import N_

log = structlog.get_logger("clock")

TOLERANCE = timedelta(seconds=2)
"""How far two clocks may differ before one is in doubt."""

ANEW = 3600.0
"""Seconds after which a clock without doubt is compared from that moment on, so that small steps do not add up."""

SYNC, PATIENCE = 5.0, 60.0
"""Seconds between two looks at the database server's clock, and how long the last look counts when it is away."""


def system_now() -> datetime:
    """The machine's time as an aware UTC datetime. The only place in the portal that reads it."""
    return datetime.now(UTC)


def ticks() -> float:
    """Seconds since the machine started, sleep included. Setting the clock does not touch them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def open_clock(engine: Engine, latest: Callable[[], datetime | None]) -> GuardedClock | DatabaseClock:
    """The clock for this database: one machine has its own, many machines follow the server's.

    `latest` gives the last moment that is on record, or None; neither clock begins before it.
    """
    if engine.dialect.name == "postgresql":
        return DatabaseClock(engine, latest=latest)
    return GuardedClock(latest=latest)


class GuardedClock:
    """The machine's clock, compared with how long the machine has been running.

    Network time moves both alike; who sets the clock moves one. From a step of more than two seconds, in either
    direction, the clock is in doubt until it is right again or the portal is started anew. It begins no earlier than
    the last moment on record: a clock set back while the portal was down is in doubt until it gets there.
    """

    def __init__(
        self,
        *,
        read: Callable[[], datetime] = system_now,
        ticks: Callable[[], float] = ticks,
        latest: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        self._read, self._ticks, self._latest = read, ticks, latest
        self._lock = threading.Lock()
        self._from: tuple[datetime, float] | None = None
        self._last = datetime.min.replace(tzinfo=UTC)
        self._in_doubt = False

    def __call__(self) -> datetime:
        with self._lock:
            return self._look()

    def certain(self) -> datetime:
        """The time for an act that the moment decides. Raises Unavailable while the clock is in doubt."""
        with self._lock:
            now = self._look()
            if self._in_doubt:
                raise in_doubt()
            return now

    def _look(self) -> datetime:
        shown, mark = self._read(), self._ticks()
        if self._from is None:
            recorded = self._latest()
            self._from = (max(shown, recorded) if recorded else shown, mark)
        start, since = self._from
        expected = start + timedelta(seconds=mark - since)
        was_in_doubt, self._in_doubt = self._in_doubt, abs(shown - expected) > TOLERANCE
        if self._in_doubt != was_in_doubt:
            say = log.error if self._in_doubt else log.warning
            say("the clock is in doubt" if self._in_doubt else "the clock is right again", off=str(shown - expected))
        if not self._in_doubt and mark - since > ANEW:
            self._from = (shown, mark)
        self._last = max(self._last, expected if self._in_doubt else shown)
        return self._last


class DatabaseClock:
    """The clock of the PostgreSQL server, so that all machines agree. This machine's own clock plays no part.

    It looks every five seconds and counts on from there; the error is at most half the time that the look took
    (milliseconds) plus what this machine's ticks deviate in five seconds (well under one). A server whose clock is
    more than two seconds behind what it said before, or that has been away for a minute, puts it in doubt.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        read: Callable[[Connection], datetime] | None = None,
        ticks: Callable[[], float] = ticks,
        latest: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        # Its own connections: those of the portal may all be waiting for the lock that the asker holds.
        self._engine = create_engine(
            engine.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 5, "options": "-c statement_timeout=5s"},
        )
        self._read, self._ticks, self._latest = read or _server_time, ticks, latest
        self._lock = threading.Lock()
        self._from: tuple[datetime, float] | None = None
        self._looked_at: float | None = None
        self._last = datetime.min.replace(tzinfo=UTC)
        self._is_behind = False

    def __call__(self) -> datetime:
        with self._lock:
            return self._look()

    def certain(self) -> datetime:
        """The time for an act that the moment decides. Raises Unavailable while the clock is in doubt."""
        with self._lock:
            now = self._look()
            if self._is_behind or self._from is None or self._ticks() - self._from[1] > PATIENCE:
                raise in_doubt()
            return now

    def _look(self) -> datetime:
        if self._looked_at is None or self._ticks() - self._looked_at > SYNC:
            self._ask()
            self._looked_at = self._ticks()
        if self._from is None:
            return max(self._last, system_now())  # no server yet: good enough to show, and `certain` refuses
        start, since = self._from
        self._last = max(self._last, start + timedelta(seconds=self._ticks() - since))
        return self._last

    def _ask(self) -> None:
        try:
            with self._engine.connect() as connection:
                before = self._ticks()
                shown = self._read(connection)
                after = self._ticks()
            recorded = self._latest() if self._from is None else None
        except (SQLAlchemyError, errors.Unavailable) as error:
            log.error("the clock of the database server cannot be read", kind=type(error).__name__)
            return
        shown += timedelta(seconds=(after - before) / 2)
        expected = recorded or shown
        if self._from is not None:
            start, since = self._from
            expected = start + timedelta(seconds=after - since)
        if expected - shown > TOLERANCE:
            if not self._is_behind:
                log.error("the clock is in doubt", off=str(shown - expected))
            # what it said before counts on, and is looked at again
            self._is_behind, self._from = True, self._from or (expected, after)
            return
        if self._is_behind:
            log.warning("the clock is right again", off=str(shown - expected))
        self._is_behind, self._from = False, (shown, after)


def _server_time(connection: Connection) -> datetime:
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found.astimezone(UTC)


def in_doubt() -> errors.Unavailable:
    return errors.Unavailable(
        N_(
            "De klok van het portaal is op dit moment niet zeker. Zolang dat zo is, kunt u niet indienen, beslissen of"
            " ondertekenen: het tijdstip telt. Wat u al bewaard had, staat er nog. Wij zijn gewaarschuwd."
        )
    )


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
