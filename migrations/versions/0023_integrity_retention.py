"""The papers of an integrity file are kept until a day, and destroyed

Revision: 0023
Before: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

RULE = "state = 'decided' OR (keep_until IS NULL AND destroyed_at IS NULL)"


def upgrade() -> None:
    with op.batch_alter_table("integrity_files") as batch:
        batch.add_column(sa.Column("keep_until", sa.Date(), nullable=True))
        batch.add_column(sa.Column("destroyed_at", Moment(), nullable=True))
        batch.create_check_constraint(batch.f("ck_integrity_files_destroyed_once_decided"), RULE)
    for table in ("integrity_papers", "integrity_forms"):
        op.add_column(table, sa.Column("destroyed_at", Moment(), nullable=True))


def downgrade() -> None:
    for table in ("integrity_papers", "integrity_forms"):
        op.drop_column(table, "destroyed_at")
    with op.batch_alter_table("integrity_files") as batch:
        batch.drop_constraint(batch.f("ck_integrity_files_destroyed_once_decided"), type_="check")
        batch.drop_column("destroyed_at")
        batch.drop_column("keep_until")
