"""Screening: standard texts, verdicts in the making, and findings that are only ever added

Revision: 0022
Before: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEPT = ("findings", "lifted_conflicts", "side_verdicts")
"""Tables of which no row is changed or taken away."""


def upgrade() -> None:
    _tables()
    with op.batch_alter_table("findings") as batch:
        batch.add_column(sa.Column("agreed_by_id", sa.String(length=26), nullable=True))
        batch.create_foreign_key(batch.f("fk_findings_agreed_by_id"), "users", ["agreed_by_id"], ["id"])
        batch.create_check_constraint(
            batch.f("ck_findings_agreed_by_another"), "agreed_by_id IS NULL OR agreed_by_id <> found_by_id"
        )
    # declared by officials, all of them: only from now on does the portal find interests itself
    with op.batch_alter_table("conflicts") as batch:
        batch.add_column(sa.Column("grounds", sa.JSON(), nullable=True))
    op.execute("UPDATE conflicts SET grounds = '[]'")
    with op.batch_alter_table("conflicts") as batch:
        batch.alter_column("grounds", existing_type=sa.JSON(), nullable=False)
    with op.batch_alter_table("documents") as batch:
        batch.create_index(batch.f("ix_documents_sha256"), ["sha256"], unique=False)
    for table in KEPT:
        _keep(table)


def downgrade() -> None:
    for table in reversed(KEPT):
        _let_go(table)
    with op.batch_alter_table("documents") as batch:
        batch.drop_index(batch.f("ix_documents_sha256"))
    with op.batch_alter_table("findings") as batch:
        batch.drop_constraint(batch.f("ck_findings_agreed_by_another"), type_="check")
        batch.drop_constraint(batch.f("fk_findings_agreed_by_id"), type_="foreignkey")
        batch.drop_column("agreed_by_id")
    for table in (
        "shadow_reviewers", "joint_verdicts", "side_verdicts", "side_reviews", "lifted_conflicts", "former_employers",
        "finding_drafts", "reason_texts",
    ):  # fmt: skip
        op.drop_table(table)
    with op.batch_alter_table("conflicts") as batch:
        batch.drop_column("grounds")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _keep(table: str) -> None:
    told = f"{table} are only added"
    if not _is_postgresql():
        for act in ("UPDATE", "DELETE"):
            name = f"{table}_no_{act.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{told}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{told}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_kept()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION kept_whole()"
    )


def _let_go(table: str) -> None:
    if not _is_postgresql():
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{act}")
        return
    op.execute(f"DROP TRIGGER {table}_whole ON {table}")
    op.execute(f"DROP TRIGGER {table}_kept ON {table}")
    op.execute(f"DROP FUNCTION {table}_kept()")


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=26), nullable=nullable)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=60), nullable=False)


def _index(table: str, *columns: str) -> None:
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.create_index(batch.f(f"ix_{table}_{column}"), [column], unique=False)


def _tables() -> None:
    op.create_table(
        "reason_texts",
        _id("id"),
        _word("requirement_type"),
        _word("verdict"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        _id("made_by_id"),
        sa.Column("retired_at", Moment(), nullable=True),
        _id("retired_by_id", nullable=True),
        _id("authority_id"),
        sa.CheckConstraint("length(text) >= 10", name=op.f("ck_reason_texts_says_something")),
        sa.CheckConstraint(
            "(retired_at IS NULL) = (retired_by_id IS NULL)", name=op.f("ck_reason_texts_retired_by_someone")
        ),
        _key("reason_texts", "authority_id", "authorities"),
        _key("reason_texts", "made_by_id", "users"),
        _key("reason_texts", "retired_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason_texts")),
    )
    _index("reason_texts", "authority_id")
    op.create_table(
        "finding_drafts",
        _id("id"),
        _id("review_id"),
        _id("user_id"),
        _word("place"),
        _word("verdict"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("product_codes", sa.JSON(), nullable=False),
        sa.Column("defect", sa.String(length=60), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        _word("seen"),
        sa.Column("saved_at", Moment(), nullable=False),
        _id("authority_id"),
        _key("finding_drafts", "authority_id", "authorities"),
        _key("finding_drafts", "review_id", "reviews"),
        _key("finding_drafts", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_drafts")),
        sa.UniqueConstraint("review_id", "user_id", "place", name=op.f("uq_finding_drafts_review_id_user_id_place")),
    )
    _index("finding_drafts", "authority_id")
    op.create_table(
        "former_employers",
        _id("id"),
        _id("user_id"),
        sa.Column("name", sa.String(length=200), nullable=False),
        _word("kvk_number"),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("entered_at", Moment(), nullable=False),
        _id("authority_id"),
        _key("former_employers", "authority_id", "authorities"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_former_employers_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_employers")),
    )
    _index("former_employers", "authority_id", "user_id")
    op.create_table(
        "lifted_conflicts",
        _id("id"),
        _id("application_id"),
        _id("user_id"),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=False),
        _id("lifted_by_id"),
        _id("authority_id"),
        sa.CheckConstraint("lifted_by_id <> user_id", name=op.f("ck_lifted_conflicts_not_by_oneself")),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_lifted_conflicts_reasoned")),
        _key("lifted_conflicts", "application_id", "applications"),
        _key("lifted_conflicts", "authority_id", "authorities"),
        _key("lifted_conflicts", "lifted_by_id", "users"),
        _key("lifted_conflicts", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifted_conflicts")),
    )
    _index("lifted_conflicts", "authority_id", "application_id")
    _beside()


def _spot(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        _id("requirement_id"),
        _id("lot_id", nullable=True),
        _id("party_id", nullable=True),
        _key(table, "requirement_id", "requirements"),
        _key(table, "lot_id", "lots"),
        _key(table, "party_id", "parties"),
    )


def _beside() -> None:
    op.create_table(
        "side_reviews",
        _id("id"),
        _id("review_id"),
        _id("user_id"),
        _word("kind"),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        _id("authority_id"),
        sa.CheckConstraint("kind IN ('second', 'shadow')", name=op.f("ck_side_reviews_kind")),
        _key("side_reviews", "authority_id", "authorities"),
        _key("side_reviews", "review_id", "reviews"),
        _key("side_reviews", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_side_reviews")),
        sa.UniqueConstraint("review_id", "user_id", "kind", name=op.f("uq_side_reviews_review_id_user_id_kind")),
    )
    _index("side_reviews", "authority_id", "review_id", "user_id")
    with op.batch_alter_table("side_reviews") as batch:
        batch.create_index(
            "uq_side_reviews_second",
            ["review_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'second' AND ended_at IS NULL"),
            postgresql_where=sa.text("kind = 'second' AND ended_at IS NULL"),
        )
    op.create_table(
        "side_verdicts",
        _id("id"),
        _id("side_id"),
        *_spot("side_verdicts"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        _word("verdict"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("product_codes", sa.JSON(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        _id("authority_id"),
        sa.CheckConstraint(
            "verdict IN ('meets', 'equivalent') OR length(reason) >= 10", name=op.f("ck_side_verdicts_reasoned")
        ),
        _key("side_verdicts", "authority_id", "authorities"),
        _key("side_verdicts", "side_id", "side_reviews"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_side_verdicts")),
        sa.UniqueConstraint("side_id", "sequence", name=op.f("uq_side_verdicts_side_id_sequence")),
    )
    _index("side_verdicts", "authority_id")
    op.create_table(
        "joint_verdicts",
        _id("id"),
        _id("review_id"),
        *_spot("joint_verdicts"),
        _word("verdict"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("product_codes", sa.JSON(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        _id("proposed_by_id"),
        sa.Column("agreed_at", Moment(), nullable=True),
        _id("agreed_by_id", nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        _id("finding_id", nullable=True),
        _id("authority_id"),
        sa.CheckConstraint(
            "agreed_by_id IS NULL OR agreed_by_id <> proposed_by_id", name=op.f("ck_joint_verdicts_four_eyes")
        ),
        sa.CheckConstraint(
            "(agreed_at IS NULL) = (agreed_by_id IS NULL)", name=op.f("ck_joint_verdicts_agreed_by_someone")
        ),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_joint_verdicts_reasoned")),
        _key("joint_verdicts", "agreed_by_id", "users"),
        _key("joint_verdicts", "authority_id", "authorities"),
        _key("joint_verdicts", "finding_id", "findings"),
        _key("joint_verdicts", "proposed_by_id", "users"),
        _key("joint_verdicts", "review_id", "reviews"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_verdicts")),
    )
    _index("joint_verdicts", "authority_id", "review_id")
    op.create_table(
        "shadow_reviewers",
        _id("id"),
        _id("round_id"),
        _id("user_id"),
        sa.Column("named_at", Moment(), nullable=False),
        _id("named_by_id"),
        sa.Column("ended_at", Moment(), nullable=True),
        _id("authority_id"),
        _key("shadow_reviewers", "authority_id", "authorities"),
        _key("shadow_reviewers", "named_by_id", "users"),
        _key("shadow_reviewers", "round_id", "rounds"),
        _key("shadow_reviewers", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_reviewers")),
        sa.UniqueConstraint("round_id", "user_id", name=op.f("uq_shadow_reviewers_round_id_user_id")),
    )
    _index("shadow_reviewers", "authority_id", "user_id")
