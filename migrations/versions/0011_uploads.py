"""Files that come in pieces, photographs that become one PDF, and who saved what last

Revision: 0011
Before: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UNFINISHED = sa.text("document_id IS NULL")
SAVED = (
    ("parties", "version", "1", "saved"),
    ("documents", "revision", "0", "described"),
    ("remedy_items", "version", "0", "explained"),
)
"""Table, the number of saves, its value until now, and what stands before `_at` and `_by_id`."""


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_uploads_not_empty")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_uploads_organisation_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_uploads_user_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_uploads_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_started_at", "uploads", ["started_at"])
    op.create_index(
        "ix_uploads_unfinished", "uploads", ["organisation_id"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )
    op.create_table(
        "photos",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_as", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_photos_organisation_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_photos_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_photos_stored_as")),
    )
    op.create_index("ix_photos_received_at", "photos", ["received_at"])
    op.create_index("ix_photos_user_id_kind", "photos", ["user_id", "kind"])
    for table, number, until_now, done in SAVED:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(number, sa.Integer(), nullable=False, server_default=until_now))
            batch.add_column(sa.Column(f"{done}_at", Moment(), nullable=True))
            batch.add_column(sa.Column(f"{done}_by_id", sa.String(length=26), nullable=True))
            batch.create_foreign_key(op.f(f"fk_{table}_{done}_by_id"), "users", [f"{done}_by_id"], ["id"])


def downgrade() -> None:
    for table, number, _until_now, done in SAVED:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_{done}_by_id"), type_="foreignkey")
            for column in (f"{done}_by_id", f"{done}_at", number):
                batch.drop_column(column)
    op.drop_table("photos")
    op.drop_table("uploads")
