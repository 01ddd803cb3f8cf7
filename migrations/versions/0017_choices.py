"""The choices of an application have a version, and say who saved them last

Revision: 0017
Before: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("applications") as batch:
        batch.add_column(sa.Column("choices_version", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("chosen_at", Moment(), nullable=True))
        batch.add_column(sa.Column("chosen_by_id", sa.String(length=26), nullable=True))
        batch.create_foreign_key(op.f("fk_applications_chosen_by_id"), "users", ["chosen_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("applications") as batch:
        batch.drop_constraint(op.f("fk_applications_chosen_by_id"), type_="foreignkey")
        batch.drop_column("chosen_by_id")
        batch.drop_column("chosen_at")
        batch.drop_column("choices_version")
