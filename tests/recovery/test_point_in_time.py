"""The drill of docs/backup.md: PostgreSQL back to a moment, by its own programs."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from portal.adapters import schema
from portal.domain import recovery
from portal.extensions import Database, open_engine
from portal.models import AuditEvent
from tests import servers

pytestmark = pytest.mark.slow


@pytest.fixture
def server():
    """A PostgreSQL that keeps every piece of its log in a folder of its own, where its account can come."""
    folder = Path(tempfile.mkdtemp(prefix="voordeur-"))
    folder.chmod(0o755)
    made = servers.Postgres(folder / "server", durable=True)
    archive = folder / "server" / "archive"
    archive.mkdir()
    if os.geteuid() == 0:
        shutil.chown(archive, "nobody")
    with (made._data / "postgresql.conf").open("a") as file:
        file.write(f"archive_mode=on\narchive_command='test ! -f {archive}/%f && cp %p {archive}/%f'\n")
    made.start()
    try:
        yield made
    finally:
        if (made._data / "postmaster.pid").exists():
            made.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def act(database: Database, name: str) -> datetime:
    """One act in a transaction of its own; gives a moment behind it, by the clock of the server."""
    with database.transaction() as db:
        db.add(recovery.event(name, datetime.now(UTC)))
    time.sleep(0.05)
    with database.engine.connect() as connection:
        moment = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    time.sleep(0.05)
    return moment


def test_a_database_goes_back_to_the_moment_before_a_mistake(server):
    database = Database(open_engine(server.url))
    schema.migrate(database.engine)
    act(database, "before_the_copy")
    copy = server.folder / "copy"
    server.run_client("pg_basebackup", "-D", str(copy), "--checkpoint=fast", "--wal-method=stream")
    moment = act(database, "after_the_copy")
    act(database, "the_mistake")
    _archive_all(server)
    database.engine.dispose()
    server.stop("immediate")

    shutil.rmtree(server._data)
    copy.rename(server._data)
    with (server._data / "postgresql.auto.conf").open("a") as file:
        file.write(f"restore_command='cp {server.folder}/archive/%f %p'\nrecovery_target_time='{moment.isoformat()}'\n")
        file.write("recovery_target_action='promote'\narchive_mode='off'\n")
    (server._data / "recovery.signal").touch()
    if os.geteuid() == 0:
        shutil.chown(server._data / "recovery.signal", "nobody")
    server.start()

    again = Database(open_engine(server.url))
    _wait_for_writing(again)
    with again.reading() as db:
        acts = db.scalars(select(AuditEvent.act).order_by(AuditEvent.id)).all()
    act(again, "life_goes_on")
    again.engine.dispose()
    assert acts == ["before_the_copy", "after_the_copy"]


def _archive_all(server, seconds: float = 60) -> None:
    """End the piece of log that is being written, and wait until it is in the archive."""
    deadline = time.monotonic() + seconds
    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        (piece,) = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        while not connection.execute("SELECT last_archived_wal >= %s FROM pg_stat_archiver", [piece]).fetchone()[0]:
            assert time.monotonic() < deadline, "the log was not archived"
            time.sleep(0.1)


def _wait_for_writing(database: Database, seconds: float = 60) -> None:
    """Until the recovery is over and the server takes writes."""
    deadline = time.monotonic() + seconds
    while True:
        with database.engine.connect() as connection:
            if not connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)
