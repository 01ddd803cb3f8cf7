"""Terms that stand still, decisions on their way out, letters that are edited, objections and lawsuits

Revision: 0019
Before: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _terms()


def downgrade() -> None:
    op.drop_table("term_feeds")
    op.drop_table("term_suspensions")


def _terms() -> None:
    op.create_table(
        "term_suspensions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("term", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("begun_by_id", sa.String(length=26), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by_id", sa.String(length=26), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_term_suspensions_ended_by_someone")
        ),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= begun_at", name=op.f("ck_term_suspensions_period")),
        sa.CheckConstraint(
            "(kind = 'integrity') = (reason = '') AND (reason = '' OR length(reason) >= 10)",
            name=op.f("ck_term_suspensions_reasoned"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_term_suspensions_application_id")
        ),
        sa.ForeignKeyConstraint(["begun_by_id"], ["users.id"], name=op.f("fk_term_suspensions_begun_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_term_suspensions_ended_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_term_suspensions_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_suspensions")),
    )
    op.create_index("ix_term_suspensions_application_id", "term_suspensions", ["application_id"])
    op.create_index("ix_term_suspensions_authority_id", "term_suspensions", ["authority_id"])
    _unique("term_suspensions", "running", ["application_id", "term", "kind"], "ended_at IS NULL")

    op.create_table(
        "term_feeds",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_term_feeds_round_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_term_feeds_user_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_term_feeds_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_feeds")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_term_feeds_token_digest")),
    )
    op.create_index("ix_term_feeds_round_id", "term_feeds", ["round_id"])
    op.create_index("ix_term_feeds_authority_id", "term_feeds", ["authority_id"])
    _unique("term_feeds", "live", ["user_id", "round_id"], "revoked_at IS NULL")


def _unique(table: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(
        f"uq_{table}_{name}",
        table,
        columns,
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
