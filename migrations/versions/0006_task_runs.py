"""How the tasks go, what fails, and which alarms are on

Revision: 0006
Before: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker_beats",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_beats")),
    )
    op.create_table(
        "task_runs",
        sa.Column("task", sa.String(length=60), nullable=False),
        sa.Column("looked_at", Moment(), nullable=False),
        sa.Column("handled_at", Moment(), nullable=True),
        sa.Column("handled", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_task_runs")),
    )
    op.create_table(
        "task_failures",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("task", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("next_try_at", Moment(), nullable=False),
        sa.Column("dead_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_failures")),
        sa.UniqueConstraint("task", "subject_id", name=op.f("uq_task_failures_task_subject_id")),
    )
    with op.batch_alter_table("task_failures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_failures_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", Moment(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.Column("times_told", sa.Integer(), nullable=False),
        sa.Column("over_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.create_index(
            "uq_alarms_on",
            ["kind"],
            unique=True,
            sqlite_where=sa.text("over_at IS NULL"),
            postgresql_where=sa.text("over_at IS NULL"),
        )


def downgrade() -> None:
    for table in ("alarms", "task_failures", "task_runs", "worker_beats"):
        op.drop_table(table)
