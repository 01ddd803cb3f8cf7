"""What was taken over from an ESPD (UEA) in a draft

Revision: 0013
Before: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "espd_imports",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("operator_name", sa.String(length=200), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("unknown", sa.JSON(), nullable=False),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("imported_at", Moment(), nullable=False),
        sa.Column("imported_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_espd_imports_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_espd_imports_authority_id")),
        sa.ForeignKeyConstraint(["imported_by_id"], ["users.id"], name=op.f("fk_espd_imports_imported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_espd_imports")),
    )
    with op.batch_alter_table("espd_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_espd_imports_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_espd_imports_authority_id"), ["authority_id"], unique=False)


def downgrade() -> None:
    op.drop_table("espd_imports")
