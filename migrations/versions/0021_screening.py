"""Screening: standard texts, verdicts in the making, and findings that are only ever added

Revision: 0021
Before: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0021"
down_revision = "0015"
branch_labels = None
depends_on = None

KEPT = ("findings",)
"""Tables of which no row is changed or taken away."""


def upgrade() -> None:
    _tables()
    with op.batch_alter_table("documents") as batch:
        batch.create_index(batch.f("ix_documents_sha256"), ["sha256"], unique=False)
    for table in KEPT:
        _keep(table)


def downgrade() -> None:
    for table in reversed(KEPT):
        _let_go(table)
    with op.batch_alter_table("documents") as batch:
        batch.drop_index(batch.f("ix_documents_sha256"))
    for table in ("finding_drafts", "reason_texts"):
        op.drop_table(table)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _keep(table: str) -> None:
    told = f"{table} are only added"
    if not _is_postgresql():
        for act in ("UPDATE", "DELETE"):
            name = f"{table}_no_{act.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{told}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{told}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_kept()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION kept_whole()"
    )


def _let_go(table: str) -> None:
    if not _is_postgresql():
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{act}")
        return
    op.execute(f"DROP TRIGGER {table}_whole ON {table}")
    op.execute(f"DROP TRIGGER {table}_kept ON {table}")
    op.execute(f"DROP FUNCTION {table}_kept()")


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=26), nullable=nullable)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=60), nullable=False)


def _index(table: str, *columns: str) -> None:
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.create_index(batch.f(f"ix_{table}_{column}"), [column], unique=False)


def _tables() -> None:
    op.create_table(
        "reason_texts",
        _id("id"),
        _word("requirement_type"),
        _word("verdict"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        _id("made_by_id"),
        sa.Column("retired_at", Moment(), nullable=True),
        _id("retired_by_id", nullable=True),
        _id("authority_id"),
        sa.CheckConstraint("length(text) >= 10", name=op.f("ck_reason_texts_says_something")),
        sa.CheckConstraint(
            "(retired_at IS NULL) = (retired_by_id IS NULL)", name=op.f("ck_reason_texts_retired_by_someone")
        ),
        _key("reason_texts", "authority_id", "authorities"),
        _key("reason_texts", "made_by_id", "users"),
        _key("reason_texts", "retired_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason_texts")),
    )
    _index("reason_texts", "authority_id")
    op.create_table(
        "finding_drafts",
        _id("id"),
        _id("review_id"),
        _id("user_id"),
        _word("place"),
        _word("verdict"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("product_codes", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        _word("seen"),
        sa.Column("saved_at", Moment(), nullable=False),
        _id("authority_id"),
        _key("finding_drafts", "authority_id", "authorities"),
        _key("finding_drafts", "review_id", "reviews"),
        _key("finding_drafts", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_drafts")),
        sa.UniqueConstraint("review_id", "user_id", "place", name=op.f("uq_finding_drafts_review_id_user_id_place")),
    )
    _index("finding_drafts", "authority_id")
