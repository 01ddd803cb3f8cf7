"""Signals and who looked at them, what files say of themselves, case files and what is unreadable in them

Revision: 0020
Before: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEPT = ("signals", "signal_looks")
"""Tables whose rows are only ever added."""


def upgrade() -> None:
    op.create_table(
        "case_files",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("is_redacted", sa.Boolean(), nullable=False),
        sa.Column("has_annex", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("asked_by_id", sa.String(length=26), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("units_done", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("made_at", Moment(), nullable=True),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("pdf_size", sa.BigInteger(), nullable=True),
        sa.Column("zip_key", sa.String(length=200), nullable=True),
        sa.Column("zip_sha256", sa.String(length=64), nullable=True),
        sa.Column("zip_size", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("NOT has_annex OR purpose = 'own'", name=op.f("ck_case_files_annex_stays_inside")),
        sa.CheckConstraint(
            "made_at IS NULL OR removed_at IS NOT NULL OR (pdf_key IS NOT NULL AND zip_key IS NOT NULL)",
            name=op.f("ck_case_files_made_whole"),
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_case_files_asked_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_files_authority_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_case_files_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_files")),
        sa.UniqueConstraint("attempt", name=op.f("uq_case_files_attempt")),
    )
    with op.batch_alter_table("case_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_files_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_files_review_id"), ["review_id"], unique=False)
        batch_op.create_index(
            "ix_case_files_to_make",
            ["asked_at"],
            unique=False,
            sqlite_where=sa.text("made_at IS NULL AND removed_at IS NULL"),
            postgresql_where=sa.text("made_at IS NULL AND removed_at IS NULL"),
        )
        batch_op.create_index(
            "ix_case_files_to_remove",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "redactions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=True),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("top", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=60), nullable=False),
        sa.Column("marked_at", Moment(), nullable=False),
        sa.Column("marked_by_id", sa.String(length=26), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.Column("lifted_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("(document_id IS NULL) = (section <> '')", name=op.f("ck_redactions_document_or_section")),
        sa.CheckConstraint("document_id IS NULL OR page >= 1", name=op.f("ck_redactions_on_a_page")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_redactions_authority_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_redactions_document_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["users.id"], name=op.f("fk_redactions_lifted_by_id")),
        sa.ForeignKeyConstraint(["marked_by_id"], ["users.id"], name=op.f("fk_redactions_marked_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_redactions_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redactions")),
    )
    with op.batch_alter_table("redactions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redactions_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_redactions_review_id"), ["review_id"], unique=False)

    op.create_table(
        "screened_documents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("owner_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("read_number", sa.String(length=200), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_screened_documents_authority_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_screened_documents_document_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_screened_documents_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screened_documents")),
        sa.UniqueConstraint("review_id", "document_id", name=op.f("uq_screened_documents_review_id_document_id")),
    )
    with op.batch_alter_table("screened_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screened_documents_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_screened_documents_document_id"), ["document_id"], unique=False)
        batch_op.create_index("ix_screened_documents_file", ["authority_id", "sha256"], unique=False)
        batch_op.create_index("ix_screened_documents_number", ["authority_id", "number"], unique=False)
        batch_op.create_index("ix_screened_documents_read_number", ["authority_id", "read_number"], unique=False)

    op.create_table(
        "signal_runs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("occasion", sa.String(length=60), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("computed_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_signal_runs_authority_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_signal_runs_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_runs")),
        sa.UniqueConstraint("review_id", "occasion", name=op.f("uq_signal_runs_review_id_occasion")),
    )
    with op.batch_alter_table("signal_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signal_runs_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "signals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=True),
        sa.Column("requirement_id", sa.String(length=26), nullable=True),
        sa.Column("lot_id", sa.String(length=26), nullable=True),
        sa.Column("party_id", sa.String(length=26), nullable=True),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("other_application_id", sa.String(length=26), nullable=True),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_signals_authority_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_signals_document_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_signals_lot_id")),
        sa.ForeignKeyConstraint(
            ["other_application_id"], ["applications.id"], name=op.f("fk_signals_other_application_id")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_signals_party_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_signals_requirement_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_signals_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint("review_id", "fingerprint", name=op.f("uq_signals_review_id_fingerprint")),
    )
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signals_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "signal_looks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("signal_id", sa.String(length=26), nullable=False),
        sa.Column("looked_at", Moment(), nullable=False),
        sa.Column("looked_by_id", sa.String(length=26), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_signal_looks_authority_id")),
        sa.ForeignKeyConstraint(["looked_by_id"], ["users.id"], name=op.f("fk_signal_looks_looked_by_id")),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name=op.f("fk_signal_looks_signal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_looks")),
    )
    with op.batch_alter_table("signal_looks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signal_looks_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signal_looks_signal_id"), ["signal_id"], unique=False)

    with op.batch_alter_table("document_readings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("properties", sa.JSON(), nullable=False, server_default="{}"))
    for table in KEPT:
        _keep(table)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _keep(table: str) -> None:
    if not _is_postgresql():
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'what was kept stays'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'what was kept stays'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_kept()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION kept_whole()"
    )


def downgrade() -> None:
    with op.batch_alter_table("document_readings", schema=None) as batch_op:
        batch_op.drop_column("properties")
    for table in ("signal_looks", "signals", "signal_runs", "screened_documents", "redactions", "case_files"):
        op.drop_table(table)
    if _is_postgresql():
        for table in KEPT:
            op.execute(f"DROP FUNCTION {table}_kept()")
