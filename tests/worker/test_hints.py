"""Procrastinate on the portal's PostgreSQL: hints about what the facts ask for, that may be lost or come twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from portal.adapters import schema
from portal.adapters.assembly import build_services
from portal.models import Base
from portal.worker import Upkeep, run_until_idle
from portal.worker.engine import Engine
from tests.conftest import _config
from tests.worker.conftest import Batch

pytestmark = pytest.mark.slow


def hints(batch: Batch) -> Counter[str]:
    """What waits as a hint, by task."""
    with batch.database.engine.connect() as connection:
        found = connection.execute(
            text("SELECT queueing_lock FROM procrastinate.procrastinate_jobs WHERE status = 'todo'")
        )
        return Counter(lock.partition(":")[0] for lock in found.scalars())


def run_sql(batch: Batch, statement: str) -> None:
    with batch.database.engine.begin() as connection:
        connection.execute(text("SET LOCAL search_path TO procrastinate"))
        connection.execute(text(statement))


def tick(engine: Engine) -> None:
    async def once() -> None:
        async with engine.app.open_async():
            await engine.tick(0)

    # in a thread, because a browser test before this one may have left its own loop in this one
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(once())).result()


@pytest.fixture
def three(batch):
    return batch("postgresql", 3)


@pytest.fixture
def engine(three):
    services = build_services(_config(three.folder))
    return Engine(three.database, services, Upkeep(three.database, services))


MAKE = "agreements_to_make"


def test_a_tick_leaves_one_hint_for_each_due_id_however_often_it_ticks(three, engine):
    tick(engine)
    tick(engine)

    assert hints(three)[MAKE] == 3


def test_a_hint_that_was_lost_is_left_again(three, engine):
    tick(engine)
    run_sql(three, "DELETE FROM procrastinate_jobs")

    tick(engine)

    assert hints(three)[MAKE] == 3


def test_what_a_living_worker_handles_is_not_hinted_again_and_what_a_dead_one_held_is(three, engine):
    tick(engine)
    run_sql(three, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    run_sql(
        three,
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)",
    )
    tick(engine)
    assert hints(three)[MAKE] == 0

    run_sql(three, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    tick(engine)
    assert hints(three)[MAKE] == 3


def test_a_hint_that_comes_twice_or_too_late_does_nothing(three, engine):
    ids = [one for task, one in engine.look() if task.name == MAKE]
    services = build_services(_config(three.folder))

    for one in (*ids, *ids):
        engine.handle(MAKE, one)
    engine.handle("a_task_of_another_version", ids[0])

    with three.database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*), max(last) FROM agreements, number_series")).one() == (3, 3)
    assert run_until_idle(three.database, services)[MAKE] == 0


def test_the_tables_of_procrastinate_are_no_part_of_the_portals_schema_and_come_and_go_with_it(three):
    schema.migrate(three.database.engine)
    with three.database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert [one for one in found if "procrastinate" in str(one)] == []
    assert "procrastinate_jobs" in inspect(three.database.engine).get_table_names(schema="procrastinate")

    schema.take_back(three.database.engine, "base")

    assert "procrastinate" not in inspect(three.database.engine).get_schema_names()


def test_another_version_of_procrastinate_makes_its_tables_anew_and_the_tick_fills_them(three, engine):
    tick(engine)
    run_sql(three, "COMMENT ON SCHEMA procrastinate IS '0.0.1'")

    schema.migrate(three.database.engine)

    assert hints(three) == Counter()
    tick(engine)
    assert hints(three)[MAKE] == 3
