"""Questions about a round, clarification notices, and conversations inside the portal

Revision: 0012
Before: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FROZEN = ("round_id", "state", "number", "publish_at", "published_at", "facts")
"""Columns of a published notice that stand as they were written; its PDF is drawn later."""

CHANGED = "OLD.state = 'published' AND (" + " OR ".join(f"NEW.{name} IS {{other}} OLD.{name}" for name in FROZEN) + ")"
PUBLISHED = "OLD.state = 'published'"
FINAL, STAYS = "a published clarification is final", "what was posted stays"
GUARDS = {
    "clarification_notices_kept": ("clarification_notices", "UPDATE", CHANGED, FINAL),
    "clarification_notices_stay": ("clarification_notices", "DELETE", PUBLISHED, FINAL),
    "clarifications_kept": ("clarifications", "UPDATE", PUBLISHED, FINAL),
    "clarifications_stay": ("clarifications", "DELETE", PUBLISHED, FINAL),
    "posts_kept": ("posts", "UPDATE", "", STAYS),
    "posts_stay": ("posts", "DELETE", "", STAYS),
    "post_openings_kept": ("post_openings", "UPDATE", "", STAYS),
    "post_openings_stay": ("post_openings", "DELETE", "", STAYS),
}
"""Triggers: name, then the table, the act, the condition (none: always) and what is told."""


def upgrade() -> None:
    _tables()
    for name in GUARDS:
        _guard(name)


def downgrade() -> None:
    for name, (table, *_) in GUARDS.items():
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if _is_postgresql() else ""))
        if _is_postgresql():
            op.execute(f"DROP FUNCTION {name}()")
    for table in (
        "post_openings", "posts", "conversations", "post_pointers", "questions", "clarifications",
        "clarification_notices",
    ):  # fmt: skip
        op.drop_table(table)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _guard(name: str) -> None:
    table, act, condition, told = GUARDS[name]
    if not _is_postgresql():
        when = f"WHEN {condition.format(other='NOT')}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{told}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{told}'; END $$"
    )
    when = f"WHEN ({condition.format(other='DISTINCT FROM')})" if condition else ""
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {name}()")


def _tables() -> None:
    op.create_table(
        "post_pointers",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_post_pointers_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_post_pointers")),
    )
    op.create_table(
        "clarification_notices",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("publish_at", Moment(), nullable=False),
        sa.Column("planned_at", Moment(), nullable=False),
        sa.Column("planned_by_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("published_at", Moment(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(state = 'published' AND number IS NOT NULL AND published_at IS NOT NULL AND facts <> '') OR "
            "(state <> 'published' AND number IS NULL AND published_at IS NULL)",
            name=op.f("ck_clarification_notices_published_whole"),
        ),
        sa.CheckConstraint(
            "published_at IS NULL OR published_at >= publish_at", name=op.f("ck_clarification_notices_not_before")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_clarification_notices_authority_id")
        ),
        sa.ForeignKeyConstraint(["planned_by_id"], ["users.id"], name=op.f("fk_clarification_notices_planned_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_clarification_notices_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification_notices")),
        sa.UniqueConstraint("attempt", name=op.f("uq_clarification_notices_attempt")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_clarification_notices_round_id_number")),
    )
    with op.batch_alter_table("clarification_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clarification_notices_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(
            "ix_clarification_notices_planned",
            ["publish_at"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.create_index(batch_op.f("ix_clarification_notices_round_id"), ["round_id"], unique=False)

    op.create_table(
        "clarifications",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("requirement_code", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("corrects_id", sa.String(length=26), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=True),
        sa.Column("proposed_by_id", sa.String(length=26), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("approved_by_id", sa.String(length=26), nullable=True),
        sa.Column("notice_id", sa.String(length=26), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(state = 'published' AND number IS NOT NULL AND notice_id IS NOT NULL) OR "
            "(state <> 'published' AND number IS NULL)",
            name=op.f("ck_clarifications_numbered_when_published"),
        ),
        sa.CheckConstraint(
            "edition IS NULL OR requirement_code <> ''", name=op.f("ck_clarifications_changes_a_requirement")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'published') OR (approved_by_id IS NOT NULL AND proposed_by_id IS NOT NULL)",
            name=op.f("ck_clarifications_approved_by_two"),
        ),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name=op.f("ck_clarifications_four_eyes")
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_clarifications_approved_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_clarifications_authority_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["clarifications.id"], name=op.f("fk_clarifications_corrects_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["clarification_notices.id"], name=op.f("fk_clarifications_notice_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_clarifications_proposed_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_clarifications_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarifications")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_clarifications_round_id_number")),
    )
    with op.batch_alter_table("clarifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clarifications_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clarifications_notice_id"), ["notice_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clarifications_round_id"), ["round_id"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=True),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("applicant_waits_since", Moment(), nullable=True),
        sa.Column("authority_waits_since", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_conversations_application_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_conversations_authority_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conversations_organisation_id")
        ),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_conversations_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_conversations_applicant_waits",
            ["applicant_waits_since"],
            unique=False,
            sqlite_where=sa.text("applicant_waits_since IS NOT NULL"),
            postgresql_where=sa.text("applicant_waits_since IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_conversations_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversations_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(
            "ix_conversations_authority_waits",
            ["authority_waits_since"],
            unique=False,
            sqlite_where=sa.text("authority_waits_since IS NOT NULL"),
            postgresql_where=sa.text("authority_waits_since IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_conversations_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversations_procedure_id"), ["procedure_id"], unique=False)

    op.create_table(
        "posts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("posted_at", Moment(), nullable=False),
        sa.Column("posted_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("side IN ('applicant', 'authority')", name=op.f("ck_posts_side")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_posts_authority_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_posts_conversation_id")),
        sa.ForeignKeyConstraint(["posted_by_id"], ["users.id"], name=op.f("fk_posts_posted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("conversation_id", "sequence", name=op.f("uq_posts_conversation_id_sequence")),
        sa.UniqueConstraint("attempt", name=op.f("uq_posts_attempt")),
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posts_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "questions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("saved_by_id", sa.String(length=26), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("sent_by_id", sa.String(length=26), nullable=True),
        sa.Column("clarification_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "state <> 'published' OR clarification_id IS NOT NULL", name=op.f("ck_questions_published_with_answer")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'published') OR (sent_at IS NOT NULL AND sent_by_id IS NOT NULL)",
            name=op.f("ck_questions_sent_by_someone"),
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_questions_authority_id")),
        sa.ForeignKeyConstraint(
            ["clarification_id"], ["clarifications.id"], name=op.f("fk_questions_clarification_id")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_questions_organisation_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_questions_round_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_questions_saved_by_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_questions_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("attempt", name=op.f("uq_questions_attempt")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questions_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_questions_clarification_id"), ["clarification_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_questions_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_questions_round_id"), ["round_id"], unique=False)

    op.create_table(
        "post_openings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("opened_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_post_openings_authority_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_post_openings_opened_by_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_openings_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_openings")),
        sa.UniqueConstraint("post_id", "opened_by_id", name=op.f("uq_post_openings_post_id_opened_by_id")),
    )
    with op.batch_alter_table("post_openings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_openings_authority_id"), ["authority_id"], unique=False)
