"""The database (one engine, sessions that read or write) and the log. Web, worker and commands share both."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # the promise is "nothing lost": a commit is on the disk
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA busy_timeout=20000",
    "PRAGMA cache_size=-512",  # KiB per connection; there may be 40, and the system caches the file anyway
)


def configure_logs() -> None:
    """One JSON object a line, on standard error. A traceback is text without the values of variables."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


POSTGRESQL_SETTINGS = {
    "TimeZone": "UTC",
    "lock_timeout": "20s",
    # A machine that vanishes in a transaction must not keep the others waiting for its lock.
    "idle_in_transaction_session_timeout": "60s",
}
WRITER = 0x766F6F72
"""The advisory lock of PostgreSQL that one writing transaction holds at a time."""


def open_engine(url: str) -> Engine:
    """An engine for `url`. Writing transactions come one at a time, on both databases, from their first statement.

    On SQLite that is `BEGIN IMMEDIATE`; on PostgreSQL an advisory lock. Whoever checks and then writes, checks what
    nobody else can still change, and the moment that is read afterwards is behind every earlier act.
    """
    if make_url(url).get_backend_name() == "postgresql":
        return _open_postgresql(url)
    engine = (
        create_engine(url, pool_size=40, max_overflow=0, pool_use_lifo=True)
        if ":memory:" not in url
        else create_engine(url)
    )
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in SQLITE_PRAGMAS:
                cursor.execute(pragma)
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            mode = connection.get_execution_options().get("begin", "BEGIN")
            connection.exec_driver_sql(mode)

    return engine


def _open_postgresql(url: str) -> Engine:
    settings = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_SETTINGS.items())
    engine = create_engine(
        url, pool_size=40, max_overflow=0, pool_use_lifo=True, pool_pre_ping=True, connect_args={"options": settings}
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("begin", "BEGIN") != "BEGIN":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")

    return engine


class Database:
    """Opens sessions. `reading()` never takes a write lock; `writing()` takes it at its first statement."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = sessionmaker(engine, expire_on_commit=False)
        self._writing = sessionmaker(engine.execution_options(begin="BEGIN IMMEDIATE"), expire_on_commit=False)

    def reading(self) -> Session:
        return self._reading()

    def writing(self) -> Session:
        return self._writing()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One writing transaction: committed at the end, rolled back on any error."""
        with self._writing() as session, session.begin():
            yield session

    def is_reachable(self) -> bool:
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1
