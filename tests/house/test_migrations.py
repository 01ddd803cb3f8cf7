"""The migrations make exactly the schema that the models describe, and can be taken back."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from portal.adapters import schema
from portal.extensions import open_engine
from portal.models import Base

# SQLite cannot describe an index over an expression, so Alembic leaves those out and says so.
LEFT_OUT = "ignore:autogenerate skipping metadata-specified expression-based index:UserWarning"
UNREAD = "ignore:Skipped unsupported reflection of expression-based index:sqlalchemy.exc.SAWarning"


@pytest.fixture
def engine(tmp_path):
    made = open_engine(f"sqlite:///{tmp_path / 'portal.db'}")
    yield made
    made.dispose()


@pytest.mark.filterwarnings(LEFT_OUT, UNREAD)
def test_a_migrated_database_is_what_the_models_say(engine):
    schema.migrate(engine)

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_indexes_over_an_expression_are_there_too(engine):
    # these two cannot be compared on SQLite, and they keep an answer and a use of a document single
    schema.migrate(engine)

    with engine.connect() as connection:
        names = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'")}

    assert names >= {"uq_answers_place", "uq_evidence_place"}


def test_migrating_twice_is_migrating_once_and_back_leaves_nothing(engine):
    schema.migrate(engine)
    schema.migrate(engine)

    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    assert inspect(engine).get_table_names() == ["alembic_version"]
