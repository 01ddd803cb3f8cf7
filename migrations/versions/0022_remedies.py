"""Remedy is prepared by one and sent by another; what is alike is treated alike

Revision: 0022
Before: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0022"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remedy_drafts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("prepared_at", Moment(), nullable=False),
        sa.Column("prepared_by_id", sa.String(length=26), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_remedy_drafts_authority_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_remedy_drafts_changed_by_id")),
        sa.ForeignKeyConstraint(["prepared_by_id"], ["users.id"], name=op.f("fk_remedy_drafts_prepared_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_remedy_drafts_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy_drafts")),
        sa.UniqueConstraint("review_id", name=op.f("uq_remedy_drafts_review_id")),
    )
    op.create_index(op.f("ix_remedy_drafts_authority_id"), "remedy_drafts", ["authority_id"])
    with op.batch_alter_table("remedy_requests") as batch:
        batch.add_column(sa.Column("released_by_id", sa.String(length=26), nullable=True))
        batch.create_foreign_key(op.f("fk_remedy_requests_released_by_id"), "users", ["released_by_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_remedy_requests_two_people"), "released_by_id IS NULL OR released_by_id <> requested_by_id"
        )


def downgrade() -> None:
    with op.batch_alter_table("remedy_requests") as batch:
        batch.drop_constraint(op.f("ck_remedy_requests_two_people"), type_="check")
        batch.drop_constraint(op.f("fk_remedy_requests_released_by_id"), type_="foreignkey")
        batch.drop_column("released_by_id")
    op.drop_table("remedy_drafts")
