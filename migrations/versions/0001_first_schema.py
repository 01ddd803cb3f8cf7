"""The first schema

Revision: 0001
Before:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# The audit log is append-only for everybody who comes through the database.
APPEND_ONLY = {
    "sqlite": [
        f"""CREATE TRIGGER audit_events_no_{act.lower()} BEFORE {act} ON audit_events
        BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END"""
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """CREATE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit events are append-only'; END $$""",
        """CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only()""",
        "ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_append_only",
    ],
}


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=True),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject_type", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=26), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index("ix_audit_events_subject", ["subject_type", "subject_id"], unique=False)

    op.create_table(
        "authorities",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("subtitle", sa.String(length=200), nullable=False),
        sa.Column("theme", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("mail", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorities")),
        sa.UniqueConstraint("slug", name=op.f("uq_authorities_slug")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=True),
        sa.Column("to", sa.String(length=200), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("next_try_at", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("refused_at", Moment(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("reason", name=op.f("uq_messages_reason")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(
            "ix_messages_waiting",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("sent_at IS NULL AND refused_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL AND refused_at IS NULL"),
        )

    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kvk_number", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("legal_form", sa.String(length=60), nullable=False),
        sa.Column("rsin", sa.String(length=60), nullable=True),
        sa.Column("vat_number", sa.String(length=60), nullable=True),
        sa.Column("iban", sa.String(length=60), nullable=True),
        sa.Column("agb_code", sa.String(length=60), nullable=True),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=60), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("website", sa.String(length=200), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("kvk_number", name=op.f("uq_organisations_kvk_number")),
    )
    op.create_table(
        "municipalities",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_municipalities_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipalities")),
        sa.UniqueConstraint("authority_id", "code", name=op.f("uq_municipalities_authority_id_code")),
    )
    with op.batch_alter_table("municipalities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_municipalities_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_number_series_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("authority_id", "name", name=op.f("uq_number_series_authority_id_name")),
    )
    op.create_table(
        "procedures",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("laws", sa.JSON(), nullable=False),
        sa.Column("published_at", Moment(), nullable=True),
        sa.Column("agreement_starts_on", sa.Date(), nullable=False),
        sa.Column("agreement_ends_on", sa.Date(), nullable=False),
        sa.Column("renewal_months", sa.Integer(), nullable=False),
        sa.Column("notice_months", sa.Integer(), nullable=False),
        sa.Column("standstill_days", sa.Integer(), nullable=False),
        sa.Column("remedy_working_days", sa.Integer(), nullable=False),
        sa.Column("decision_days", sa.Integer(), nullable=False),
        sa.Column("asks_integrity_check", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("agreement_starts_on < agreement_ends_on", name=op.f("ck_procedures_agreement_period")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_procedures_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedures")),
        sa.UniqueConstraint("authority_id", "slug", name=op.f("uq_procedures_authority_id_slug")),
    )
    with op.batch_alter_table("procedures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_procedures_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("verified_at", Moment(), nullable=True),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", Moment(), nullable=True),
        sa.CheckConstraint("(organisation_id IS NULL) <> (authority_id IS NULL)", name=op.f("ck_users_one_side")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_users_authority_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_users_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_users_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_users_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content_type", sa.String(length=60), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column("is_sealed", sa.Boolean(), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("superseded_by_id", sa.String(length=26), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("uploaded_at", Moment(), nullable=False),
        sa.Column("uploaded_by_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("kind <> 'bibob_form' OR is_sealed", name=op.f("ck_documents_integrity_is_sealed")),
        sa.CheckConstraint("size > 0", name=op.f("ck_documents_not_empty")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_documents_organisation_id")),
        sa.ForeignKeyConstraint(["superseded_by_id"], ["documents.id"], name=op.f("fk_documents_superseded_by_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_documents_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_documents_storage_key")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_documents_current",
            ["organisation_id", "kind"],
            unique=False,
            sqlite_where=sa.text("superseded_by_id IS NULL"),
            postgresql_where=sa.text("superseded_by_id IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_documents_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "login_sessions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_digest", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_login_sessions_token_digest")),
    )
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "lots",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("parent_id", sa.String(length=26), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_lots_authority_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["lots.id"], name=op.f("fk_lots_parent_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_lots_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("procedure_id", "code", name=op.f("uq_lots_procedure_id_code")),
    )
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lots_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lots_procedure_id"), ["procedure_id"], unique=False)

    op.create_table(
        "mail_tokens",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_digest", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mail_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_tokens")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_mail_tokens_token_digest")),
    )
    with op.batch_alter_table("mail_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "requirements",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("applies_to", sa.String(length=60), nullable=False),
        sa.Column("lot_codes", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("equivalent_allowed", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("standard_reasons", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_requirements_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_requirements_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirements")),
        sa.UniqueConstraint("procedure_id", "code", "version", name=op.f("uq_requirements_procedure_id_code_version")),
    )
    with op.batch_alter_table("requirements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requirements_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_requirements_procedure_id"), ["procedure_id"], unique=False)

    op.create_table(
        "rounds",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("opens_at", Moment(), nullable=False),
        sa.Column("closes_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("agreements_start_on", sa.Date(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("closed_at IS NULL OR closed_at >= closes_at", name=op.f("ck_rounds_closed_after_deadline")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_rounds_period")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_rounds_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_rounds_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("procedure_id", "label", name=op.f("uq_rounds_procedure_id_label")),
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rounds_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rounds_closes_at"), ["closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_rounds_procedure_id"), ["procedure_id"], unique=False)

    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_roles_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_roles")),
    )
    op.create_table(
        "applications",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_applications_authority_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_applications_organisation_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_applications_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("number", name=op.f("uq_applications_number")),
        sa.UniqueConstraint("round_id", "organisation_id", name=op.f("uq_applications_round_id_organisation_id")),
    )
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_applications_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_applications_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_applications_round_id"), ["round_id"], unique=False)

    op.create_table(
        "interest_declarations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("declared_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_interest_declarations_authority_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_interest_declarations_round_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_interest_declarations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_declarations")),
        sa.UniqueConstraint("round_id", "user_id", name=op.f("uq_interest_declarations_round_id_user_id")),
    )
    with op.batch_alter_table("interest_declarations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interest_declarations_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "products",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("tariff_cents", sa.Integer(), nullable=False),
        sa.Column("tariff_is_fictitious", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("tariff_cents >= 0", name=op.f("ck_products_tariff")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_products_authority_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_products_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("lot_id", "code", name=op.f("uq_products_lot_id_code")),
    )
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_products_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_products_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "agreements",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("facts_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("standstill_ends_at", Moment(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("drawn_up_at", Moment(), nullable=True),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_agreements_period")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_agreements_application_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_agreements_authority_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_agreements_organisation_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_agreements_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("application_id", name=op.f("uq_agreements_application_id")),
        sa.UniqueConstraint("authority_id", "number", name=op.f("uq_agreements_authority_id_number")),
    )
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agreements_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("requirement_id", sa.String(length=26), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("is_equivalent", sa.Boolean(), nullable=False),
        sa.Column("argument", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("saved_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_answers_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_answers_authority_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_answers_lot_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_answers_requirement_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_answers_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answers_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "conflicts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_conflicts_application_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_conflicts_authority_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_conflicts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("application_id", "user_id", name=op.f("uq_conflicts_application_id_user_id")),
    )
    with op.batch_alter_table("conflicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflicts_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflicts_user_id"), ["user_id"], unique=False)

    op.create_table(
        "coverage",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("municipality_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_coverage_authority_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipalities.id"], name=op.f("fk_coverage_municipality_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_coverage_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
        sa.UniqueConstraint("product_id", "municipality_id", name=op.f("uq_coverage_product_id_municipality_id")),
    )
    with op.batch_alter_table("coverage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coverage_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_coverage_product_id"), ["product_id"], unique=False)

    op.create_table(
        "decision_letters",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_decision_letters_application_id")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_decision_letters_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_letters")),
        sa.UniqueConstraint("application_id", name=op.f("uq_decision_letters_application_id")),
        sa.UniqueConstraint("authority_id", "number", name=op.f("uq_decision_letters_authority_id_number")),
    )
    with op.batch_alter_table("decision_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_letters_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("municipality_id", sa.String(length=26), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("proposed_by_id", sa.String(length=26), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("confirmed_by_id", sa.String(length=26), nullable=True),
        sa.Column("told_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("outcome = 'admitted' OR length(reason) >= 10", name=op.f("ck_decisions_refusal_reasoned")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name=op.f("ck_decisions_confirmed_by_someone")
        ),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name=op.f("ck_decisions_four_eyes")
        ),
        sa.CheckConstraint(
            "told_at IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_decisions_told_after_confirmed")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_decisions_application_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_decisions_authority_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name=op.f("fk_decisions_confirmed_by_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipalities.id"], name=op.f("fk_decisions_municipality_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_decisions_product_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_decisions_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint(
            "application_id",
            "product_id",
            "municipality_id",
            name=op.f("uq_decisions_application_id_product_id_municipality_id"),
        ),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("requirement_id", sa.String(length=26), nullable=True),
        sa.Column("lot_id", sa.String(length=26), nullable=True),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("attached_at", Moment(), nullable=False),
        sa.Column("attached_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_evidence_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["attached_by_id"], ["users.id"], name=op.f("fk_evidence_attached_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_evidence_authority_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_evidence_document_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_evidence_lot_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_evidence_requirement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_document_id"), ["document_id"], unique=False)

    op.create_table(
        "integrity_checks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=True),
        sa.Column("recorded_by_id", sa.String(length=26), nullable=True),
        sa.Column("note_key", sa.String(length=200), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'pending') = (recorded_at IS NULL)", name=op.f("ck_integrity_checks_recorded_once_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_integrity_checks_application_id")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_integrity_checks_authority_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_integrity_checks_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_checks")),
        sa.UniqueConstraint("application_id", name=op.f("uq_integrity_checks_application_id")),
    )
    with op.batch_alter_table("integrity_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_integrity_checks_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "selections",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("municipality_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_selections_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_selections_authority_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipalities.id"], name=op.f("fk_selections_municipality_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_selections_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selections")),
        sa.UniqueConstraint(
            "application_id",
            "product_id",
            "municipality_id",
            name=op.f("uq_selections_application_id_product_id_municipality_id"),
        ),
    )
    with op.batch_alter_table("selections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_selections_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("receipt_number", sa.String(length=60), nullable=False),
        sa.Column("submitted_at", Moment(), nullable=False),
        sa.Column("submitted_by_id", sa.String(length=26), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("receipt_key", sa.String(length=200), nullable=True),
        sa.Column("receipt_sha256", sa.String(length=64), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= submitted_at", name=op.f("ck_submissions_withdrawn_later")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_submissions_application_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_submissions_authority_id")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["users.id"], name=op.f("fk_submissions_submitted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("application_id", "attempt", name=op.f("uq_submissions_application_id_attempt")),
        sa.UniqueConstraint("application_id", "sequence", name=op.f("uq_submissions_application_id_sequence")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_submissions_receipt_number")),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submissions_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "agreement_lines",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("municipality_id", sa.String(length=26), nullable=False),
        sa.Column("tariff_cents", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_lines_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_agreement_lines_authority_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_agreement_lines_municipality_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_agreement_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_lines")),
        sa.UniqueConstraint(
            "agreement_id",
            "product_id",
            "municipality_id",
            name=op.f("uq_agreement_lines_agreement_id_product_id_municipality_id"),
        ),
    )
    with op.batch_alter_table("agreement_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreement_lines_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agreement_lines_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index("ix_agreement_lines_place", ["product_id", "municipality_id"], unique=False)

    op.create_table(
        "integrity_reads",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("check_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("read_by_id", sa.String(length=26), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_integrity_reads_authority_id")),
        sa.ForeignKeyConstraint(["check_id"], ["integrity_checks.id"], name=op.f("fk_integrity_reads_check_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_integrity_reads_document_id")),
        sa.ForeignKeyConstraint(["read_by_id"], ["users.id"], name=op.f("fk_integrity_reads_read_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_reads")),
    )
    with op.batch_alter_table("integrity_reads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_integrity_reads_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_integrity_reads_check_id"), ["check_id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("first_by_id", sa.String(length=26), nullable=True),
        sa.Column("second_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("first_by_id IS NULL OR first_by_id <> second_by_id", name=op.f("ck_reviews_four_eyes")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_reviews_application_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_reviews_authority_id")),
        sa.ForeignKeyConstraint(["first_by_id"], ["users.id"], name=op.f("fk_reviews_first_by_id")),
        sa.ForeignKeyConstraint(["second_by_id"], ["users.id"], name=op.f("fk_reviews_second_by_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_reviews_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("application_id", name=op.f("uq_reviews_application_id")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index("ix_reviews_queue", ["authority_id", "due_on", "id"], unique=False)

    op.create_table(
        "signatures",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("party", sa.String(length=60), nullable=False),
        sa.Column("signed_by_id", sa.String(length=26), nullable=False),
        sa.Column("signed_document_sha256", sa.String(length=64), nullable=False),
        sa.Column("signatory_name", sa.String(length=200), nullable=False),
        sa.Column("signatory_function", sa.String(length=200), nullable=False),
        sa.Column("wanted_at", Moment(), nullable=False),
        sa.Column("placed_at", Moment(), nullable=True),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_signatures_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_signatures_authority_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["users.id"], name=op.f("fk_signatures_signed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
        sa.UniqueConstraint("agreement_id", "party", name=op.f("uq_signatures_agreement_id_party")),
    )
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signatures_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signatures_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "findings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("requirement_id", sa.String(length=26), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("product_codes", sa.JSON(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("found_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('meets', 'equivalent') OR length(reason) >= 10", name=op.f("ck_findings_reasoned")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_findings_authority_id")),
        sa.ForeignKeyConstraint(["found_by_id"], ["users.id"], name=op.f("fk_findings_found_by_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_findings_lot_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_findings_requirement_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_findings_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint("review_id", "sequence", name=op.f("uq_findings_review_id_sequence")),
    )
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_findings_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_findings_review_id"), ["review_id"], unique=False)

    op.create_table(
        "remedy_requests",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("requested_by_id", sa.String(length=26), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("answered_by_id", sa.String(length=26), nullable=True),
        sa.Column("expired_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_remedy_requests_answered_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_remedy_requests_authority_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_remedy_requests_requested_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_remedy_requests_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy_requests")),
    )
    with op.batch_alter_table("remedy_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remedy_requests_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_remedy_requests_review_id"), ["review_id"], unique=False)

    op.create_table(
        "remedy_items",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("remedy_id", sa.String(length=26), nullable=False),
        sa.Column("requirement_id", sa.String(length=26), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_remedy_items_authority_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_remedy_items_lot_id")),
        sa.ForeignKeyConstraint(
            ["remedy_id"], ["remedy_requests.id"], name=op.f("fk_remedy_items_remedy_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_remedy_items_requirement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy_items")),
    )
    with op.batch_alter_table("remedy_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remedy_items_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_remedy_items_remedy_id"), ["remedy_id"], unique=False)

    op.create_table(
        "remedy_documents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("attached_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_remedy_documents_authority_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_remedy_documents_document_id")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["remedy_items.id"], name=op.f("fk_remedy_documents_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy_documents")),
        sa.UniqueConstraint("item_id", "document_id", name=op.f("uq_remedy_documents_item_id_document_id")),
    )
    with op.batch_alter_table("remedy_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remedy_documents_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_remedy_documents_document_id"), ["document_id"], unique=False)

    # One answer and one use of a document per place; "no lot" is a place too, so NULL counts as ''.
    op.create_index(
        "uq_answers_place",
        "answers",
        ["application_id", "requirement_id", sa.text("coalesce(lot_id, '')")],
        unique=True,
    )
    op.create_index(
        "uq_evidence_place",
        "evidence",
        ["application_id", sa.text("coalesce(requirement_id, '')"), sa.text("coalesce(lot_id, '')"), "document_id"],
        unique=True,
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_events_append_only() CASCADE")
    with op.batch_alter_table("remedy_documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remedy_documents_document_id"))
        batch_op.drop_index(batch_op.f("ix_remedy_documents_authority_id"))

    op.drop_table("remedy_documents")
    with op.batch_alter_table("remedy_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remedy_items_remedy_id"))
        batch_op.drop_index(batch_op.f("ix_remedy_items_authority_id"))

    op.drop_table("remedy_items")
    with op.batch_alter_table("remedy_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remedy_requests_review_id"))
        batch_op.drop_index(batch_op.f("ix_remedy_requests_authority_id"))

    op.drop_table("remedy_requests")
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_findings_review_id"))
        batch_op.drop_index(batch_op.f("ix_findings_authority_id"))

    op.drop_table("findings")
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signatures_authority_id"))
        batch_op.drop_index(batch_op.f("ix_signatures_agreement_id"))

    op.drop_table("signatures")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_reviews_queue")
        batch_op.drop_index(batch_op.f("ix_reviews_authority_id"))

    op.drop_table("reviews")
    with op.batch_alter_table("integrity_reads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_integrity_reads_check_id"))
        batch_op.drop_index(batch_op.f("ix_integrity_reads_authority_id"))

    op.drop_table("integrity_reads")
    with op.batch_alter_table("agreement_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_agreement_lines_place")
        batch_op.drop_index(batch_op.f("ix_agreement_lines_authority_id"))
        batch_op.drop_index(batch_op.f("ix_agreement_lines_agreement_id"))

    op.drop_table("agreement_lines")
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submissions_authority_id"))

    op.drop_table("submissions")
    with op.batch_alter_table("selections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_selections_authority_id"))

    op.drop_table("selections")
    with op.batch_alter_table("integrity_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_integrity_checks_authority_id"))

    op.drop_table("integrity_checks")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_document_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_authority_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_application_id"))

    op.drop_table("evidence")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_authority_id"))
        batch_op.drop_index(batch_op.f("ix_decisions_application_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("decision_letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_letters_authority_id"))

    op.drop_table("decision_letters")
    with op.batch_alter_table("coverage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coverage_product_id"))
        batch_op.drop_index(batch_op.f("ix_coverage_authority_id"))

    op.drop_table("coverage")
    with op.batch_alter_table("conflicts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conflicts_user_id"))
        batch_op.drop_index(batch_op.f("ix_conflicts_authority_id"))

    op.drop_table("conflicts")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answers_authority_id"))

    op.drop_table("answers")
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreements_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_agreements_authority_id"))

    op.drop_table("agreements")
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_products_lot_id"))
        batch_op.drop_index(batch_op.f("ix_products_authority_id"))

    op.drop_table("products")
    with op.batch_alter_table("interest_declarations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interest_declarations_authority_id"))

    op.drop_table("interest_declarations")
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_applications_round_id"))
        batch_op.drop_index(batch_op.f("ix_applications_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_applications_authority_id"))

    op.drop_table("applications")
    op.drop_table("user_roles")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rounds_procedure_id"))
        batch_op.drop_index(batch_op.f("ix_rounds_closes_at"))
        batch_op.drop_index(batch_op.f("ix_rounds_authority_id"))

    op.drop_table("rounds")
    with op.batch_alter_table("requirements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requirements_procedure_id"))
        batch_op.drop_index(batch_op.f("ix_requirements_authority_id"))

    op.drop_table("requirements")
    with op.batch_alter_table("mail_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mail_tokens_user_id"))

    op.drop_table("mail_tokens")
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lots_procedure_id"))
        batch_op.drop_index(batch_op.f("ix_lots_authority_id"))

    op.drop_table("lots")
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_sessions_user_id"))

    op.drop_table("login_sessions")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_organisation_id"))
        batch_op.drop_index(
            "ix_documents_current",
            sqlite_where=sa.text("superseded_by_id IS NULL"),
            postgresql_where=sa.text("superseded_by_id IS NULL"),
        )

    op.drop_table("documents")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_users_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_users_authority_id"))

    op.drop_table("users")
    with op.batch_alter_table("procedures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedures_authority_id"))

    op.drop_table("procedures")
    op.drop_table("number_series")
    with op.batch_alter_table("municipalities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_municipalities_authority_id"))

    op.drop_table("municipalities")
    op.drop_table("organisations")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_messages_waiting",
            sqlite_where=sa.text("sent_at IS NULL AND refused_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL AND refused_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_messages_authority_id"))

    op.drop_table("messages")
    op.drop_table("authorities")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_subject")
        batch_op.drop_index(batch_op.f("ix_audit_events_authority_id"))

    op.drop_table("audit_events")
