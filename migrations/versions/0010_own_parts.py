"""Parties that are invited and fill in their own part of an application

Revision: 0010
Before: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", Moment(), nullable=True))

    op.create_table(
        "party_invitations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("party_id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("sent_by_id", sa.String(length=26), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("accepted_by_id", sa.String(length=26), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("other_kvk_number", sa.String(length=60), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_party_invitations_one_end")),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["users.id"], name=op.f("fk_party_invitations_accepted_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_party_invitations_authority_id")),
        sa.ForeignKeyConstraint(
            ["party_id"], ["parties.id"], name=op.f("fk_party_invitations_party_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_party_invitations_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_invitations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_party_invitations_token_digest")),
    )
    with op.batch_alter_table("party_invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_invitations_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_invitations_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_invitations_party_id"), ["party_id"], unique=False)
        batch_op.create_index(
            "uq_party_invitations_open",
            ["party_id"],
            unique=True,
            sqlite_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        )

    op.create_table(
        "own_parts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("party_id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("sharing", sa.JSON(), nullable=False),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.Column("joined_by_id", sa.String(length=26), nullable=False),
        sa.Column("ready_at", Moment(), nullable=True),
        sa.Column("ready_by_id", sa.String(length=26), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "state <> 'ready' OR (ready_at IS NOT NULL AND ready_by_id IS NOT NULL)",
            name=op.f("ck_own_parts_declared"),
        ),
        sa.CheckConstraint("(state IN ('left', 'ended')) = (ended_at IS NOT NULL)", name=op.f("ck_own_parts_ended")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_own_parts_authority_id")),
        sa.ForeignKeyConstraint(["joined_by_id"], ["users.id"], name=op.f("fk_own_parts_joined_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_own_parts_organisation_id")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_own_parts_party_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ready_by_id"], ["users.id"], name=op.f("fk_own_parts_ready_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_parts")),
    )
    with op.batch_alter_table("own_parts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_own_parts_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_own_parts_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_own_parts_party_id"), ["party_id"], unique=False)
        batch_op.create_index(
            "uq_own_parts_active",
            ["party_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    op.drop_table("own_parts")
    op.drop_table("party_invitations")
    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.drop_column("reminded_at")
