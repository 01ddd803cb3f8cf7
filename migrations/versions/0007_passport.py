"""What a document says of itself (scope, holder, first day), and calendars that read what expires

Revision: 0007
Before: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = {"scope": sa.Text(), "holder_name": sa.String(length=200), "holder_kvk_number": sa.String(length=60)}

DAYS = ("starts_on", "about_on")


def upgrade() -> None:
    with op.batch_alter_table("documents", schema=None) as batch_op:
        for name, kind in TEXTS.items():
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=""))
        for name in DAYS:
            batch_op.add_column(sa.Column(name, sa.Date(), nullable=True))
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_calendar_feeds_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_calendar_feeds_token_digest")),
    )
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_feeds_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(
            "uq_calendar_feeds_live",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )


def downgrade() -> None:
    op.drop_table("calendar_feeds")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        for name in (*DAYS, *TEXTS):
            batch_op.drop_column(name)
