"""The database: one engine, sessions that read or write. Web, worker and commands share it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from portal.faults import fault

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # the promise is "nothing lost": a commit is on the disk
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA secure_delete=ON",  # what is sealed or deleted leaves no readable rest in freed pages
    "PRAGMA busy_timeout=20000",
    "PRAGMA cache_size=-512",  # KiB per connection; there may be 40, and the system caches the file anyway
)


POSTGRESQL_SETTINGS = {
    "TimeZone": "UTC",
    "lock_timeout": "20s",
    # A machine that vanishes in a transaction must not keep the others waiting for its lock.
    "idle_in_transaction_session_timeout": "60s",
}
PREPARED = 250
"""Statements that a connection to PostgreSQL keeps prepared, from the second time that it sends them."""
KEEPALIVE = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A server that vanished without a word is noticed within half a minute (seconds; the last in milliseconds)."""
WRITING = "BEGIN IMMEDIATE"
ASKS_AGAIN = 0.002
"""Seconds between two times that a process asks SQLite whether it may write."""
GIVES_WAY = 0.05
"""Seconds since somebody began to write, in which others do not read; most acts take a third of it."""
WRITER = 0x766F6F72
"""The advisory lock of PostgreSQL that one writing transaction holds at a time."""


def open_engine(url: str) -> Engine:
    """An engine for `url`. Writing transactions come one at a time, on both databases, from their first statement.

    On SQLite that is `BEGIN IMMEDIATE`; on PostgreSQL an advisory lock. Whoever checks and then writes, checks what
    nobody else can still change, and the moment that is read afterwards is behind every earlier act.
    """
    engine = _open_postgresql(url) if make_url(url).get_backend_name() == "postgresql" else _open_sqlite(url)
    _let_readers_give_way(engine)
    return engine


def _open_sqlite(url: str) -> Engine:
    engine = (
        create_engine(url, pool_size=40, max_overflow=0, pool_use_lifo=True, hide_parameters=True)
        if ":memory:" not in url
        else create_engine(url, hide_parameters=True)
    )
    turn = threading.Lock()

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if _writes(connection):
            _begin_in_turn(connection, turn)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _writes(connection: Any) -> bool:
    return bool(connection.get_execution_options().get("begin") == WRITING)


def _begin_in_turn(connection: Any, turn: threading.Lock) -> None:
    """Begin to write on SQLite: the threads of a process one after the other, and of each process only the first asks.

    SQLite by itself lets who waits ask again ever more rarely, and whoever comes then goes first: beside a worker
    that writes one row after the other an answer could wait for seconds. `busy_timeout` is how long one waits in all.
    """
    raw = connection.connection.dbapi_connection
    patience: int = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    until = time.monotonic() + patience / 1000
    raw.execute("PRAGMA busy_timeout=0")
    is_first = turn.acquire(timeout=patience / 1000)
    try:
        while is_first and time.monotonic() < until:
            try:
                raw.execute(WRITING)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY":
                    break
            time.sleep(ASKS_AGAIN)
        connection.exec_driver_sql(WRITING)  # for the last time; what is wrong is raised as every other error is
    finally:
        if is_first:
            turn.release()
        raw.execute(f"PRAGMA busy_timeout={patience}")


def _open_postgresql(url: str) -> Engine:
    from psycopg.pq import TransactionStatus  # one machine with SQLite does without

    settings = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_SETTINGS.items())
    engine = create_engine(
        url,
        pool_size=40,
        max_overflow=0,
        pool_use_lifo=True,
        pool_pre_ping=True,  # after a restart of the server the first request finds out, not the visitor
        hide_parameters=True,  # an error never shows what somebody filled in
        connect_args={"options": settings, "connect_timeout": 5, "prepare_threshold": 1, **KEEPALIVE},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.prepared_max = PREPARED

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if _writes(connection):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")

    @event.listens_for(engine, "rollback")
    def _rollback(connection: Any) -> None:
        # Reading ends in a rollback, and at one that psycopg does itself it forgets every statement that it prepared:
        # planning a page anew took the server seven times what reading it took. So it is done a layer below.
        line = connection.connection.dbapi_connection.pgconn
        if line.transaction_status == TransactionStatus.INTRANS:
            line.exec_(b"ROLLBACK")

    return engine


def _let_readers_give_way(engine: Engine) -> None:
    """Whoever reads waits at its next statement while another thread of this process writes, `GIVES_WAY` at most.

    A thread that waits for the database gives up the interpreter, and gets it back behind those that make pages. Who
    writes pays that at each statement, and everybody who wants to write with it. Reading a moment later costs only who
    reads.
    """
    is_done, begun, writer = threading.Event(), 0.0, 0
    is_done.set()

    @event.listens_for(engine, "begin")
    def _begins(connection: Any) -> None:
        nonlocal begun, writer
        if _writes(connection):
            connection.info["writes"] = True
            begun, writer = time.monotonic(), threading.get_ident()
            is_done.clear()

    @event.listens_for(engine, "checkin")
    @event.listens_for(engine, "invalidate")
    def _ends(_connection: Any, record: Any, *_: Any) -> None:
        if record.info.pop("writes", False):
            is_done.set()

    @event.listens_for(engine, "before_cursor_execute")
    def _give_way(connection: Any, *_: Any) -> None:
        if not is_done.is_set() and writer != threading.get_ident() and not _writes(connection):
            is_done.wait(max(0.0, begun + GIVES_WAY - time.monotonic()))


_SQLITE_AWAY = frozenset(
    {"BUSY", "LOCKED", "FULL", "IOERR", "CANTOPEN", "READONLY", "NOMEM", "PROTOCOL", "INTERRUPT", "NOLFS"}
)
# Connection, transaction rolled back, resources, operator, system; and a lock that did not come in time.
_POSTGRESQL_AWAY = ("08", "25P0", "40", "53", "57P", "58", "55P03")


def is_away(error: BaseException) -> bool:
    """Whether the database cannot serve us now, where later it can: locked, full, starting anew, gone.

    The transaction of such an error did not happen, unless it was in its very commit.
    """
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    cause: Any = error.orig
    if isinstance(cause, sqlite3.Error):
        name: str = getattr(cause, "sqlite_errorname", None) or ""
        return name.removeprefix("SQLITE_").split("_")[0] in _SQLITE_AWAY
    state = getattr(cause, "sqlstate", None)
    if state is None:  # the connection itself failed; a mistake of ours gets a state from the server
        return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    return bool(state.startswith(_POSTGRESQL_AWAY))


def _refuse_to_write(session: Session, *_: Any) -> None:
    changed = {type(one).__name__ for one in (*session.new, *session.dirty, *session.deleted)}
    raise RuntimeError(f"changed in a session that only reads: {', '.join(sorted(changed))}")


class Database:
    """Opens sessions. `reading()` never takes a write lock, and refuses what was changed; `writing()` takes it at its
    first statement.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = sessionmaker(engine, expire_on_commit=False)
        self._writing = sessionmaker(engine.execution_options(begin=WRITING), expire_on_commit=False)
        event.listen(self._reading, "before_flush", _refuse_to_write)
        # Every act of the portal passes here, so every act has these sites.
        event.listen(self._writing, "after_begin", lambda *_: fault("database.begun"))
        event.listen(self._writing, "before_flush", lambda *_: fault("database.flush"))
        event.listen(self._writing, "after_flush", lambda *_: fault("database.flushed"))
        event.listen(self._writing, "before_commit", lambda _: fault("database.commit"))
        event.listen(self._writing, "after_commit", lambda _: fault("database.committed"))

    def reading(self) -> Session:
        return self._reading()

    def writing(self) -> Session:
        return self._writing()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One writing transaction: committed at the end, rolled back on any error."""
        with self._writing() as session, session.begin():
            yield session

    def forget(self) -> None:
        """Bring the log of SQLite into the database and cut it off, so that no older copy of a page lies in it.

        Does what it can now: while somebody reads, the rest waits for the next time.
        """
        if self.engine.dialect.name == "sqlite":
            raw: Any = self.engine.raw_connection()
            try:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()

    def answers(self) -> bool:
        """Whether the database can be asked something now."""
        try:
            return self.is_reachable()
        except SQLAlchemyError:
            return False

    def is_reachable(self) -> bool:
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1
