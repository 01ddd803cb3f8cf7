"""What was read in a document, and which documents wait to be read

Revision: 0008
Before: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_readings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("signatures", sa.JSON(), nullable=False),
        sa.Column("is_signed_unread", sa.Boolean(), nullable=False),
        sa.Column("bsn_pages", sa.JSON(), nullable=False),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.Column("pages_there", sa.Integer(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.CheckConstraint("pages_read <= pages_there", name=op.f("ck_document_readings_no_more_than_there_are")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_readings_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_readings")),
        sa.UniqueConstraint("document_id", name=op.f("uq_document_readings_document_id")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("read_at", Moment(), nullable=True))
        batch_op.create_index(
            "ix_documents_to_read",
            ["uploaded_at"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index("ix_documents_to_read")
        batch_op.drop_column("read_at")
    op.drop_table("document_readings")
