"""The rows of a database as text that any supported database can take: JSON, one line a row, table after table.

What is read is one snapshot. The column types come from the database itself, so a database that is not yet at the
schema of this version can be read and filled too. Moments are UTC, JSON is kept as text with its order.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    cast,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

BATCH = 500
"""Rows read and written at a time."""

_NOT_OURS = ("alembic_version", "procrastinate_")
"""The version goes in the manifest; the queue's own tables are made again from the facts."""


@dataclass
class Tally:
    """How many rows a table has, and a digest of them that does not depend on their order."""

    rows: int = 0
    _sum: int = 0

    def add(self, row: dict[str, Any]) -> None:
        line = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line.encode()).digest())) % (1 << 256)

    @property
    def digest(self) -> str:
        return f"{self._sum:064x}"


@dataclass(frozen=True)
class Reference:
    """A file that a row names. `sha256` is of the plain bytes, None where the row does not say."""

    table: str
    row_id: str
    key: str
    sha256: str | None


@dataclass
class Snapshot:
    """One consistent reading of a database, table after table."""

    connection: Connection
    tallies: dict[str, Tally] = field(default_factory=dict)

    def tables(self) -> list[Table]:
        """The portal's tables as the database has them: columns and primary key, no constraints."""
        inspector = inspect(self.connection)
        names = [name for name in inspector.get_table_names() if not name.startswith(_NOT_OURS)]
        made = []
        for name in sorted(names):
            primary = set(inspector.get_pk_constraint(name)["constrained_columns"])
            columns = [
                Column(one["name"], one["type"], primary_key=one["name"] in primary)
                for one in inspector.get_columns(name)
            ]
            made.append(Table(name, MetaData(), *columns))
        return made

    def lines(self) -> Iterator[bytes]:
        """Every row: `{"table", "columns"}` opens a table, then an array a row. Fills `tallies` on the way."""
        for table in self.tables():
            names = [column.name for column in table.columns]
            yield _line({"table": table.name, "columns": names})
            tally = self.tallies[table.name] = Tally()
            for row in self._rows(table):
                tally.add({name: _orderless(table.c[name], value) for name, value in zip(names, row, strict=True)})
                yield _line(row)

    def tally(self) -> dict[str, Tally]:
        """Counts and digests alone, by reading every row."""
        for _ in self.lines():
            pass
        return self.tallies

    def references(self) -> Iterator[Reference]:
        """Every file a row names (`is_file_key`), with the SHA-256 in the column beside it when there is one."""
        for table in self.tables():
            for key in (one for one in table.columns if is_file_key(one)):
                beside = "sha256" if key.name == "storage_key" else key.name.removesuffix("_key") + "_sha256"
                digest = table.c[beside] if beside in table.c else text("NULL")
                query = select(table.c.id, key, digest).where(key.is_not(None)).order_by(key)
                if key.name == "storage_key":  # since then its bytes lie in a vault, as a sealed file, or are gone
                    gone = [table.c[one] for one in ("sealed_at", "erased_at") if one in table.c]
                    query = query.where(*(one.is_(None) for one in gone))
                for row_id, value, sha256 in self._stream(query):
                    yield Reference(table.name, str(row_id), value, sha256)

    def _rows(self, table: Table) -> Iterator[list[Any]]:
        columns = [cast(one, Text) if isinstance(one.type, JSON) else one for one in table.columns]
        for row in self._stream(select(*columns).select_from(table)):
            yield [_plain(value) for value in row]

    def _stream(self, query: Any) -> Iterator[Any]:
        yield from self.connection.execute(query, execution_options={"stream_results": True, "yield_per": BATCH})


def is_file_key(column: Column[Any]) -> bool:
    """A column that names a file in the store."""
    named = column.name.endswith("_key") and isinstance(column.type, String) and column.type.length == 200
    return named and column.name not in NO_FILES


NO_FILES = frozenset({"public_key", "escrow_key", "plain_key"})
"""Columns named like those of files: keys of the vault, and what must disappear from the store."""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """A consistent reading beside everybody who writes: neither waits for the other."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # Between two rows the target may be slow; that must not end the snapshot.
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield Snapshot(connection)


def is_empty(engine: Engine) -> bool:
    """No table, or tables without a row."""
    with snapshot(engine) as found:
        return not any(
            found.connection.execute(select(func.count()).select_from(one)).scalar() for one in found.tables()
        )


def load(connection: Connection, lines: Iterable[bytes]) -> None:
    """Put rows in the empty tables of `connection`, in its transaction.

    The caller sees to foreign keys on SQLite (`schema.unguarded`); on PostgreSQL they are taken off and put back,
    which checks every row. Raises ValueError for a table or column that the schema does not have.
    """
    tables = {one.name: one for one in Snapshot(connection).tables()}
    with _without_foreign_keys(connection):
        table, names, waiting = None, [], []
        for line in lines:
            value = json.loads(line)
            if isinstance(value, dict):
                _insert(connection, table, waiting)
                table, names, waiting = tables.get(value["table"]), value["columns"], []
                if table is None or {one.name for one in table.columns} != set(names):
                    raise ValueError(f"the schema has no table {value['table']!r} with these columns")
            elif table is not None:
                waiting.append({name: _typed(table.c[name].type, one) for name, one in zip(names, value, strict=True)})
                if len(waiting) == BATCH:
                    _insert(connection, table, waiting)
                    waiting = []
        _insert(connection, table, waiting)
        _set_counters(connection, tables.values())


def _insert(connection: Connection, table: Table | None, rows: list[dict[str, Any]]) -> None:
    if table is None or not rows:
        return
    statement = table.insert()
    wrapped = [one for one in table.columns if isinstance(one.type, JSON)]
    if wrapped:
        # JSON is text here already; the column's own type would wrap it once more.
        plain = Table(
            table.name, MetaData(), *(Column(one.name, Text if one in wrapped else one.type) for one in table.columns)
        )
        statement = plain.insert()
        if connection.dialect.name == "postgresql":
            names = ", ".join(f'"{one.name}"' for one in table.columns)
            types = {one.name: one.type.compile(connection.dialect) for one in wrapped}
            values = ", ".join(
                f"CAST(:{one.name} AS {types[one.name]})" if one.name in types else f":{one.name}"
                for one in table.columns
            )
            connection.execute(text(f'INSERT INTO "{table.name}" ({names}) VALUES ({values})'), rows)  # noqa: S608 - names from the schema
            return
    connection.execute(statement, rows)


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "postgresql":
        yield
        return
    found = connection.execute(
        text(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
        )
    ).all()
    ours = [one for one in found if not one[0].strip('"').startswith(_NOT_OURS)]
    for table, name, _ in ours:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield
    for table, name, rule in ours:
        connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}"))


def _set_counters(connection: Connection, tables: Iterable[Table]) -> None:
    """After rows with their own numbers, the next number comes behind the highest. SQLite looks for itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in (one for one in table.columns if one.primary_key and isinstance(one.type, Integer)):
            series = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
            highest = connection.scalar(select(func.max(column)))
            if series and highest is not None:
                connection.execute(select(func.setval(series, highest)))


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    """A value of a row as JSON knows it; `_typed` is the way back."""
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat()
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"a value of type {type(value).__name__} has no place in a backup yet")


def _typed(kind: TypeEngine[Any], value: Any) -> Any:
    if value is None or isinstance(kind, JSON | Text | Boolean | Integer | Float):
        return value
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Numeric):
        return Decimal(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return value


def _orderless(column: Column[Any], value: Any) -> Any:
    """JSON that differs in the order of its keys counts as the same: PostgreSQL may keep another one."""
    return json.loads(value) if isinstance(column.type, JSON) and value is not None else value
