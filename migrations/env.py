"""Alembic's environment: the database of DATABASE_URL, the portal's models."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from portal.extensions import open_engine
from portal.models import Base


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    from config import Config

    with open_engine(Config.DATABASE_URL).connect() as fresh:
        _run(fresh)
