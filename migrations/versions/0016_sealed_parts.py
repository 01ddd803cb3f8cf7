"""Which parties filled in their own part of what lies sealed

Revision: 0016
Before: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed_parts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sealed_id", sa.String(length=26), nullable=False),
        sa.Column("own_part_id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_sealed_parts_authority_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_sealed_parts_organisation_id")
        ),
        sa.ForeignKeyConstraint(["sealed_id"], ["sealed_submissions.id"], name=op.f("fk_sealed_parts_sealed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_parts")),
        sa.UniqueConstraint("sealed_id", "own_part_id", name=op.f("uq_sealed_parts_sealed_id_own_part_id")),
    )
    with op.batch_alter_table("sealed_parts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_parts_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sealed_parts_organisation_id"), ["organisation_id"], unique=False)


def downgrade() -> None:
    """Takes away who finds a receipt of what lies sealed; the parts themselves lie in the vault."""
    with op.batch_alter_table("sealed_parts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sealed_parts_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_sealed_parts_authority_id"))
    op.drop_table("sealed_parts")
