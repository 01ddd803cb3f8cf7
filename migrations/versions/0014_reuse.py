"""What a draft takes over comes from more than one place

Revision: 0014
Before: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAME = "uq_carry_overs_application_id"


def upgrade() -> None:
    with op.batch_alter_table("carry_overs") as batch:
        batch.drop_constraint(NAME, type_="unique")
        batch.alter_column("source_id", existing_type=sa.String(length=26), nullable=True)
        batch.create_unique_constraint(f"{NAME}_source_id", ["application_id", "source_id"])


def downgrade() -> None:
    op.execute("DELETE FROM carry_overs WHERE source_id IS NULL")
    # one draft may have taken over twice; before, only the first could stand
    op.execute("DELETE FROM carry_overs WHERE id NOT IN (SELECT min(id) FROM carry_overs GROUP BY application_id)")
    op.execute("DELETE FROM carried_places WHERE carry_over_id NOT IN (SELECT id FROM carry_overs)")
    with op.batch_alter_table("carry_overs") as batch:
        batch.drop_constraint(f"{NAME}_source_id", type_="unique")
        batch.alter_column("source_id", existing_type=sa.String(length=26), nullable=False)
        batch.create_unique_constraint(NAME, ["application_id"])
