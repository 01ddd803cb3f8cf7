"""The clocks of real use: they only go forward, follow small corrections, and refuse to decide when in doubt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal import errors
from portal.adapters.clock import DatabaseClock, GuardedClock, open_clock, system_now
from portal.extensions import open_engine

NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)


class Machine:
    """A machine whose clock and running time are set by hand."""

    def __init__(self) -> None:
        self.clock, self.running = NOON, 1000.0

    def run(self, seconds: float) -> None:
        """Time passes, for both."""
        self.clock += timedelta(seconds=seconds)
        self.running += seconds

    def guarded(self, latest: Callable[[], datetime | None] = lambda: None) -> GuardedClock:
        return GuardedClock(read=lambda: self.clock, ticks=lambda: self.running, latest=latest)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_clock_that_runs_is_followed_and_small_corrections_too(machine: Machine) -> None:
    clock = machine.guarded()
    assert clock() == NOON

    machine.run(3000)
    machine.clock += timedelta(seconds=1.5)

    assert clock() == clock.certain() == NOON + timedelta(seconds=3001.5)


@pytest.mark.parametrize("step", [timedelta(seconds=-3), timedelta(minutes=-1), timedelta(days=1)])
def test_a_clock_that_is_set_decides_nothing_and_the_time_goes_on_as_it_was(machine: Machine, step: timedelta) -> None:
    clock = machine.guarded()
    clock()

    machine.run(10)
    machine.clock += step

    with pytest.raises(errors.Unavailable, match="klok van het portaal"):
        clock.certain()
    assert clock() == NOON + timedelta(seconds=10)
    machine.run(10)
    assert clock() == NOON + timedelta(seconds=20)


def test_a_clock_that_is_right_again_decides_again(machine: Machine) -> None:
    clock = machine.guarded()
    clock()
    machine.clock -= timedelta(hours=1)
    with pytest.raises(errors.Unavailable):
        clock.certain()

    machine.clock += timedelta(hours=1)
    machine.run(5)

    assert clock.certain() == NOON + timedelta(seconds=5)


def test_time_never_goes_back_not_even_a_little(machine: Machine) -> None:
    clock = machine.guarded()
    machine.run(10)
    first = clock()

    machine.clock -= timedelta(seconds=1)

    assert clock() == clock.certain() == first


def test_many_small_steps_in_an_hour_are_one_large_one(machine: Machine) -> None:
    clock = machine.guarded()
    clock()

    for _ in range(3):
        machine.run(60)
        machine.clock += timedelta(seconds=1)
        clock()

    with pytest.raises(errors.Unavailable):
        clock.certain()


def test_a_clock_set_back_while_the_portal_was_down_waits_for_the_last_moment_on_record(machine: Machine) -> None:
    clock = machine.guarded(lambda: NOON + timedelta(minutes=10))

    assert clock() == NOON + timedelta(minutes=10)
    with pytest.raises(errors.Unavailable):
        clock.certain()
    machine.clock += timedelta(minutes=10)

    assert clock.certain() == NOON + timedelta(minutes=10)
    assert machine.guarded(lambda: NOON - timedelta(days=3)).certain() == machine.clock


class Server:
    """A database server's clock, as seen from a machine whose own clock plays no part."""

    def __init__(self, machine: Machine, engine: sa.Engine) -> None:
        self.machine, self.shown, self.is_away, self.looks = machine, NOON, False, 0
        self.clock = DatabaseClock(engine, read=self._read, ticks=lambda: machine.running)

    def _read(self, _connection: sa.Connection) -> datetime:
        self.looks += 1
        if self.is_away:
            raise sa.exc.OperationalError("", {}, Exception("away"))
        return self.shown

    def run(self, seconds: float) -> None:
        self.machine.run(seconds)
        self.shown += timedelta(seconds=seconds)


@pytest.fixture
def server(machine: Machine, postgres_address: str) -> Server:
    return Server(machine, open_engine(postgres_address.format("postgres")))


def test_the_servers_clock_is_looked_at_now_and_then_and_counted_on_from_there(server: Server) -> None:
    assert server.clock.certain() == NOON

    for _ in range(6):
        server.run(1)
        server.clock()

    assert server.clock.certain() == NOON + timedelta(seconds=6)
    assert server.looks == 2


def test_setting_the_clock_of_this_machine_changes_nothing(server: Server, machine: Machine) -> None:
    server.clock()

    machine.clock += timedelta(minutes=1)
    server.run(30)

    assert server.clock.certain() == NOON + timedelta(seconds=30)


def test_a_server_that_is_away_is_counted_on_for_a_minute_and_then_in_doubt(server: Server) -> None:
    server.clock()
    server.is_away = True

    server.run(50)
    assert server.clock.certain() == NOON + timedelta(seconds=50)
    server.run(20)
    with pytest.raises(errors.Unavailable):
        server.clock.certain()
    assert server.clock() == NOON + timedelta(seconds=70)

    server.is_away = False
    server.run(6)
    assert server.clock.certain() == NOON + timedelta(seconds=76)


def test_a_server_whose_clock_went_back_is_in_doubt_until_it_is_there_again(server: Server) -> None:
    server.clock()
    server.shown -= timedelta(minutes=1)

    server.run(10)
    with pytest.raises(errors.Unavailable):
        server.clock.certain()
    assert server.clock() == NOON + timedelta(seconds=10)

    server.shown += timedelta(minutes=1)
    server.run(10)
    assert server.clock.certain() == NOON + timedelta(seconds=20)


def test_the_real_server_tells_the_time(postgres_address: str) -> None:
    clock = open_clock(open_engine(postgres_address.format("postgres")), lambda: None)

    assert isinstance(clock, DatabaseClock)
    assert abs(clock.certain() - system_now()) < timedelta(seconds=1)
    assert clock() <= clock.certain()


def test_a_server_that_never_answered_gives_a_time_to_show_and_decides_nothing() -> None:
    clock = open_clock(open_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"), lambda: None)

    assert clock().tzinfo is UTC
    with pytest.raises(errors.Unavailable):
        clock.certain()
