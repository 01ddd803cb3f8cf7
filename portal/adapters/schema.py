"""Bringing the database to the portal's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(engine: Engine) -> None:
    """Run every migration that this database has not had, in one transaction. Nothing to do is fine."""
    config = _alembic()
    with _unguarded(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def take_back(engine: Engine, revision: str) -> None:
    """Undo every migration after `revision` ('base': all of them), in one transaction. What has no place is lost."""
    config = _alembic()
    with _unguarded(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


@contextmanager
def _unguarded(engine: Engine) -> Iterator[Connection]:
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
