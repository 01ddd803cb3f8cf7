"""The migrations make exactly the schema that the models describe, and can be taken back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from portal.adapters import schema
from portal.extensions import open_engine
from portal.models import Base
from tests import backends

# SQLite cannot describe an index over an expression, so Alembic leaves those out and says so.
LEFT_OUT = "ignore:autogenerate skipping metadata-specified expression-based index:UserWarning"
UNREAD = "ignore:Skipped unsupported reflection of expression-based index:sqlalchemy.exc.SAWarning"


@pytest.fixture
def engine(tmp_path):
    made = open_engine(f"sqlite:///{tmp_path / 'portal.db'}")
    yield made
    made.dispose()


@pytest.fixture
def server(postgres_address) -> Iterator[Callable[[], Engine]]:
    """`server()`: an empty database on a real PostgreSQL."""
    made: list[Engine] = []

    def new() -> Engine:
        name = f"m{secrets.token_hex(6)}"
        backends.execute(f"CREATE DATABASE {name}")
        made.append(open_engine(postgres_address.format(name)))
        return made[-1]

    yield new
    for one in made:
        one.dispose()
        backends.execute(f"DROP DATABASE {one.url.database} WITH (FORCE)")


@pytest.mark.filterwarnings(LEFT_OUT, UNREAD)
def test_a_migrated_database_is_what_the_models_say(engine):
    schema.migrate(engine)

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_indexes_over_an_expression_are_there_too(engine):
    # these cannot be compared on SQLite, and they keep an answer, a use of a document and a draft of a form single
    schema.migrate(engine)

    with engine.connect() as connection:
        names = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'")}

    assert names >= {"uq_answers_place", "uq_evidence_place", "uq_integrity_forms_draft"}


def test_migrating_twice_is_migrating_once_and_back_leaves_nothing(engine):
    schema.migrate(engine)
    schema.migrate(engine)

    schema.take_back(engine, "base")

    assert inspect(engine).get_table_names() == ["alembic_version"]


def rules(engine) -> dict[str, set[str]]:
    """Every constraint and column of every table, as SQLite keeps it, without their order."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
    return {name: set(_parts(sql)) for name, sql in found if name != "alembic_version"}


def _parts(sql: str) -> Iterator[str]:
    depth, part = 0, ""
    for sign in sql[sql.index("(") + 1 : sql.rindex(")")].replace('"', "") + ",":
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            yield re.sub(r" DEFAULT \(?('[^']*'|[0-9]+)\)?", "", " ".join(part.split())).replace("( ", "(")
            part = ""
        else:
            part += sign


def test_a_migrated_database_has_every_rule_of_the_models_in_every_table(engine, tmp_path):
    # comparing with the metadata does not see CHECKs, and SQLite forgets those when a table is made anew
    made = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    Base.metadata.create_all(made)
    schema.migrate(engine)

    migrated, wanted = rules(engine), rules(made)

    made.dispose()
    assert migrated.keys() == wanted.keys()
    for table, parts in wanted.items():
        assert migrated[table] == parts, table


# Every column, constraint, index and trigger, by table, in the words of PostgreSQL and without the order of making.
CATALOGUE = """
SELECT table_name, 'column', column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '')
  || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT conrelid::regclass::text, 'constraint', conname || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
"""


def catalogue(engine: Engine) -> set[tuple[str, ...]]:
    with engine.connect() as connection:
        found = connection.exec_driver_sql(CATALOGUE).all()
    return {tuple(row) for row in found if row[0] != "alembic_version"}


def test_on_postgresql_too_a_migrated_database_is_what_the_models_say_and_can_be_taken_back(server):
    migrated, wanted = server(), server()
    Base.metadata.create_all(wanted)

    schema.migrate(migrated)
    schema.migrate(migrated)

    assert catalogue(migrated) ^ catalogue(wanted) == set()
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    schema.take_back(migrated, "base")
    assert inspect(migrated).get_table_names() == ["alembic_version"]


@pytest.mark.parametrize(
    "act", ["UPDATE audit_events SET act = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
)
def test_on_postgresql_too_the_log_can_only_grow(server, act):
    engine = server()
    schema.migrate(engine)
    grow = text(
        "INSERT INTO audit_events (at, actor_name, act, subject_type, subject_id, details)"
        " VALUES (now(), '', 'start', 'round', 'a', '{}')"
    )
    with engine.begin() as connection:
        connection.execute(grow)

    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(act))

    with engine.begin() as connection:
        connection.execute(grow)
        assert connection.scalar(text("SELECT count(*) FROM audit_events WHERE act = 'start'")) == 2


@pytest.mark.parametrize(
    "table", ["deadline_changes", "late_attempts", "clarification_notices", "clarifications", "posts"]
)
def test_on_postgresql_too_what_is_kept_row_by_row_is_not_emptied_as_a_whole(server, table):
    engine = server()
    schema.migrate(engine)

    with pytest.raises(DBAPIError, match=f"{table} is kept"), engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {table} CASCADE"))

    with engine.begin() as connection:
        connection.execute(text("TRUNCATE followers"))


def test_a_database_of_the_first_version_keeps_its_rows_and_its_procedure_becomes_a_first_edition(engine):
    schema.migrate(engine)
    schema.take_back(engine, "0001")
    with engine.begin() as connection:
        for line in FIRST_ROWS.split(";\n")[:-1]:
            connection.exec_driver_sql(line)

    schema.migrate(engine)

    with engine.connect() as connection:
        product = connection.exec_driver_sql("SELECT code, tariff_cents, funding FROM products").one()
        edition = connection.exec_driver_sql("SELECT procedure_id, number, digest FROM editions").one()
    assert tuple(product) == ("IB", 41250, "per_unit")
    assert tuple(edition) == ("p", 1, "d")


FIRST_ROWS = """
INSERT INTO authorities (id, slug, name, subtitle, theme, phone, mail) VALUES ('a', 'a', 'A', '', 't', '', '');
INSERT INTO procedures (id, authority_id, slug, kind, title, summary, laws, agreement_starts_on, agreement_ends_on,
  renewal_months, notice_months, standstill_days, remedy_working_days, decision_days, asks_integrity_check, settings,
  file_digest, loaded_at)
  VALUES ('p', 'a', 'p', 'open_house', 'P', '', '[]', '2020-01-01', '2021-12-31', 0, 0, 20, 5, 42, 0, '{}', 'd',
  '2019-06-01 00:00:00');
INSERT INTO lots (id, authority_id, procedure_id, code, name, description, position)
  VALUES ('l', 'a', 'p', '1', 'L', '', 0);
INSERT INTO products (id, authority_id, lot_id, code, name, category, description, unit, tariff_cents,
  tariff_is_fictitious, position) VALUES ('x', 'a', 'l', 'IB', 'X', '', '', 'month', 41250, 0, 0);
"""
