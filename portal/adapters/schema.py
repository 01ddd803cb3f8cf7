"""Bringing the database to the portal's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

HINTS = "procrastinate"
"""The schema of PostgreSQL with the tables that spread work over machines."""
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(engine: Engine) -> None:
    """Run every migration that this database has not had, in one transaction. Nothing to do is fine."""
    with unguarded(engine) as connection:
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """The migrations up to `revision`, in the transaction of an `unguarded` connection."""
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    if revision == "head":
        _prepare_hints(connection)


def knows(revision: str) -> bool:
    """This version of the portal has the migration `revision`."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_alembic()).walk_revisions())


def revision(connection: Connection) -> str | None:
    """The migration at which this database is; None before the first."""
    return MigrationContext.configure(connection).get_current_revision()


def take_back(engine: Engine, revision: str) -> None:
    """Undo every migration after `revision` ('base': all of them), in one transaction. What has no place is lost."""
    with unguarded(engine) as connection:
        downgrade(connection, revision)


def downgrade(connection: Connection, revision: str = "base") -> None:
    """The migrations after `revision` undone, in the transaction of an `unguarded` connection."""
    config = _alembic()
    config.attributes["connection"] = connection
    command.downgrade(config, revision)
    if revision == "base" and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {HINTS} CASCADE")


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """The revision that the database is at, and the one this version of the portal wants."""
    with engine.connect() as connection:
        current = revision(connection)
    return current, ScriptDirectory.from_config(_alembic()).get_current_head()


def _prepare_hints(connection: Connection) -> None:
    """On PostgreSQL: the tables of Procrastinate, in a schema of their own that Alembic does not look at.

    They hold hints about work that the facts ask for anyway, so another version makes them anew and loses nothing.
    """
    if connection.dialect.name != "postgresql":
        return
    wanted = version("procrastinate")
    made = connection.execute(
        text("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :name"), {"name": HINTS}
    ).scalar()
    if made == wanted:
        return
    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {HINTS} CASCADE")
    connection.exec_driver_sql(f"CREATE SCHEMA {HINTS}")
    connection.exec_driver_sql(f"SET LOCAL search_path TO {HINTS}")
    raw: Any = connection.connection.driver_connection
    raw.execute((files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8"))
    connection.exec_driver_sql("SET LOCAL search_path TO DEFAULT")
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {HINTS} IS '{wanted}'")


@contextmanager
def unguarded(engine: Engine) -> Iterator[Connection]:
    """A writing transaction in which SQLite can make a table anew while others refer to it.

    SQLite looks at references again before the commit; PostgreSQL changes tables where they are.
    """
    with engine.execution_options(begin="BEGIN IMMEDIATE").connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise RuntimeError(f"a migration left {len(broken)} rows that refer to nothing: {broken[:3]}")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
