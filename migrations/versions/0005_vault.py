"""The vault of a tender

Revision: 0005
Before: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The vault with its holders and openings, and what lies sealed in it."""
    op.create_table(
        "holder_keys",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("public_key", sa.String(length=200), nullable=False),
        sa.Column("salt", sa.String(length=200), nullable=False),
        sa.Column("wrapped", sa.String(length=200), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("lost_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_holder_keys_authority_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_holder_keys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_keys")),
    )
    with op.batch_alter_table("holder_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_holder_keys_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_holder_keys_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_holder_keys_live",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("lost_at IS NULL"),
            postgresql_where=sa.text("lost_at IS NULL"),
        )

    op.create_table(
        "tender_vaults",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("public_key", sa.String(length=200), nullable=True),
        sa.Column("escrow_key", sa.String(length=200), nullable=True),
        sa.Column("named_at", Moment(), nullable=False),
        sa.Column("set_up_at", Moment(), nullable=True),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=True),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("(public_key IS NULL) = (set_up_at IS NULL)", name=op.f("ck_tender_vaults_set_up")),
        sa.CheckConstraint(
            "opened_at IS NULL OR set_up_at IS NOT NULL", name=op.f("ck_tender_vaults_opened_after_set_up")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_tender_vaults_authority_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_tender_vaults_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_vaults")),
        sa.UniqueConstraint("round_id", name=op.f("uq_tender_vaults_round_id")),
    )
    with op.batch_alter_table("tender_vaults", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tender_vaults_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "vault_holders",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("vault_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("named_at", Moment(), nullable=False),
        sa.Column("named_by_id", sa.String(length=26), nullable=False),
        sa.Column("key_id", sa.String(length=26), nullable=True),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("escrow_share", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("position IN (1, 2)", name=op.f("ck_vault_holders_two")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_vault_holders_authority_id")),
        sa.ForeignKeyConstraint(["key_id"], ["holder_keys.id"], name=op.f("fk_vault_holders_key_id")),
        sa.ForeignKeyConstraint(["named_by_id"], ["users.id"], name=op.f("fk_vault_holders_named_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_vault_holders_user_id")),
        sa.ForeignKeyConstraint(["vault_id"], ["tender_vaults.id"], name=op.f("fk_vault_holders_vault_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_holders")),
        sa.UniqueConstraint("vault_id", "position", name=op.f("uq_vault_holders_vault_id_position")),
        sa.UniqueConstraint("vault_id", "user_id", name=op.f("uq_vault_holders_vault_id_user_id")),
    )
    with op.batch_alter_table("vault_holders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vault_holders_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "vault_openings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("vault_id", sa.String(length=26), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("first_by_id", sa.String(length=26), nullable=False),
        sa.Column("first_login_id", sa.String(length=26), nullable=False),
        sa.Column("by_escrow", sa.Boolean(), nullable=False),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("escrow_share", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("second_by_id", sa.String(length=26), nullable=True),
        sa.Column("second_login_id", sa.String(length=26), nullable=True),
        sa.Column("completed_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(completed_at IS NULL) = (second_by_id IS NULL)", name=op.f("ck_vault_openings_completed_by_somebody")
        ),
        sa.CheckConstraint("completed_at < expires_at", name=op.f("ck_vault_openings_in_time")),
        sa.CheckConstraint("second_by_id <> first_by_id", name=op.f("ck_vault_openings_two_people")),
        sa.CheckConstraint("second_login_id <> first_login_id", name=op.f("ck_vault_openings_two_logins")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_vault_openings_authority_id")),
        sa.ForeignKeyConstraint(["first_by_id"], ["users.id"], name=op.f("fk_vault_openings_first_by_id")),
        sa.ForeignKeyConstraint(["second_by_id"], ["users.id"], name=op.f("fk_vault_openings_second_by_id")),
        sa.ForeignKeyConstraint(["vault_id"], ["tender_vaults.id"], name=op.f("fk_vault_openings_vault_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_openings")),
    )
    with op.batch_alter_table("vault_openings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vault_openings_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_vault_openings_vault_id"), ["vault_id"], unique=False)
        batch_op.create_index(
            "uq_vault_openings_running",
            ["vault_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "sealed_submissions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("wrapped_key", sa.Text(), nullable=False),
        sa.Column("code_key", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("released_key", sa.Text(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_sealed_submissions_authority_id")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_sealed_submissions_submission_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_submissions")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_sealed_submissions_submission_id")),
    )
    with op.batch_alter_table("sealed_submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_submissions_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "sealed_files",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sealed_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("plain_key", sa.String(length=200), nullable=False),
        sa.Column("plain_sha256", sa.String(length=200), nullable=False),
        sa.Column("plain_removed_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_sealed_files_authority_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_sealed_files_document_id")),
        sa.ForeignKeyConstraint(["sealed_id"], ["sealed_submissions.id"], name=op.f("fk_sealed_files_sealed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_files")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_sealed_files_storage_key")),
    )
    with op.batch_alter_table("sealed_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_files_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sealed_files_sealed_id"), ["sealed_id"], unique=False)

    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("reopened_at", Moment(), nullable=True))

    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed_at", Moment(), nullable=True))


def downgrade() -> None:
    """Takes the vaults away. What still lies sealed in one cannot be read after this."""
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_column("sealed_at")

    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.drop_column("reopened_at")
        batch_op.drop_column("sealed_at")

    with op.batch_alter_table("sealed_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sealed_files_sealed_id"))
        batch_op.drop_index(batch_op.f("ix_sealed_files_authority_id"))

    op.drop_table("sealed_files")
    with op.batch_alter_table("sealed_submissions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sealed_submissions_authority_id"))

    op.drop_table("sealed_submissions")
    with op.batch_alter_table("vault_openings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_vault_openings_running",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_vault_openings_vault_id"))
        batch_op.drop_index(batch_op.f("ix_vault_openings_authority_id"))

    op.drop_table("vault_openings")
    with op.batch_alter_table("vault_holders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vault_holders_authority_id"))

    op.drop_table("vault_holders")
    with op.batch_alter_table("tender_vaults", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tender_vaults_authority_id"))

    op.drop_table("tender_vaults")
    with op.batch_alter_table("holder_keys", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_holder_keys_live", sqlite_where=sa.text("lost_at IS NULL"), postgresql_where=sa.text("lost_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_holder_keys_user_id"))
        batch_op.drop_index(batch_op.f("ix_holder_keys_authority_id"))

    op.drop_table("holder_keys")
