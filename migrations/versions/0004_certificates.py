"""Close certificates of rounds, and what the malware scanner said about documents

Revision: 0004
Before: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STAMPED = "(token IS NULL) = (stamped_at IS NULL)"
FINAL = "pdf_key IS NULL OR token IS NOT NULL"
WAITING, UNSTAMPED = sa.text("scan_state = 'waiting'"), sa.text("token IS NULL")


def upgrade() -> None:
    op.create_table(
        "close_certificates",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("leaves", sa.JSON(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("stamped_at", Moment(), nullable=True),
        sa.Column("stamp_authority", sa.String(length=200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", Moment(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(token IS NULL) = (stamped_at IS NULL)", name=op.f("ck_close_certificates_stamped_with_token")
        ),
        sa.CheckConstraint(
            "pdf_key IS NULL OR token IS NOT NULL", name=op.f("ck_close_certificates_drawn_up_when_final")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_close_certificates_authority_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_close_certificates_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_close_certificates")),
        sa.UniqueConstraint("round_id", name=op.f("uq_close_certificates_round_id")),
    )
    op.create_index("ix_close_certificates_authority_id", "close_certificates", ["authority_id"])
    op.create_index(
        "ix_close_certificates_to_stamp",
        "close_certificates",
        ["next_try_at"],
        sqlite_where=UNSTAMPED,
        postgresql_where=UNSTAMPED,
    )
    with op.batch_alter_table("documents") as batch:
        batch.add_column(sa.Column("scan_state", sa.String(length=60), nullable=False, server_default="none"))
        batch.add_column(sa.Column("scanned_at", Moment(), nullable=True))
        batch.add_column(sa.Column("scan_finding", sa.String(length=200), nullable=False, server_default=""))
        batch.create_check_constraint(
            op.f("ck_documents_infected_was_scanned"), "scan_state <> 'infected' OR scanned_at IS NOT NULL"
        )
    op.create_index(
        "ix_documents_to_scan", "documents", ["uploaded_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def downgrade() -> None:
    op.drop_index("ix_documents_to_scan", "documents")
    with op.batch_alter_table("documents") as batch:
        batch.drop_constraint(op.f("ck_documents_infected_was_scanned"), type_="check")
        batch.drop_column("scan_finding")
        batch.drop_column("scanned_at")
        batch.drop_column("scan_state")
    op.drop_table("close_certificates")
