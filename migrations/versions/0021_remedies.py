"""Remedy is prepared by one and sent by another; what is alike is treated alike

Revision: 0021
Before: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEPT, STAYS = "treatment_explanations", "an explanation stays as it was written"


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _keep() -> None:
    """What was explained is neither changed nor taken away."""
    for act in ("UPDATE", "DELETE"):
        name = f"{KEPT}_no_{act.lower()}"
        if _is_postgresql():
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{STAYS}'; END $$"
            )
            op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {KEPT} FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {KEPT} BEGIN SELECT RAISE(ABORT, '{STAYS}'); END")
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {KEPT}_whole BEFORE TRUNCATE ON {KEPT} FOR EACH STATEMENT EXECUTE FUNCTION kept_whole()"
        )


def _explanations() -> None:
    op.create_table(
        KEPT,
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("requirement_id", sa.String(length=26), nullable=False),
        sa.Column("defect", sa.String(length=60), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("after_remedy", sa.Boolean(), nullable=False),
        sa.Column("finding_ids", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("explained_at", Moment(), nullable=False),
        sa.Column("explained_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_treatment_explanations_reasoned")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_treatment_explanations_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["explained_by_id"], ["users.id"], name=op.f("fk_treatment_explanations_explained_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["requirements.id"], name=op.f("fk_treatment_explanations_requirement_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_treatment_explanations_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_explanations")),
    )
    op.create_index(op.f("ix_treatment_explanations_authority_id"), KEPT, ["authority_id"])
    op.create_index(op.f("ix_treatment_explanations_round_id"), KEPT, ["round_id"])
    _keep()


def _defects() -> None:
    with op.batch_alter_table("findings") as batch:
        batch.add_column(sa.Column("defect", sa.String(length=60), nullable=False, server_default=""))
        batch.add_column(sa.Column("after_remedy", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("evidence_kinds", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("ix_findings_defect", "findings", ["requirement_id", "defect"])
    # what was found before has its reason, and no label: that is what 'other' means
    op.execute("UPDATE findings SET defect = 'other' WHERE verdict IN ('remedy', 'fails')")
    op.execute(
        "UPDATE findings SET after_remedy = (1 = 1) WHERE EXISTS ("
        "SELECT 1 FROM remedy_items JOIN remedy_requests ON remedy_requests.id = remedy_items.remedy_id "
        "WHERE remedy_requests.review_id = findings.review_id AND remedy_requests.requested_at < findings.found_at "
        "AND remedy_items.requirement_id = findings.requirement_id "
        "AND coalesce(remedy_items.lot_id, '') = coalesce(findings.lot_id, '') "
        "AND coalesce(remedy_items.party_id, '') = coalesce(findings.party_id, ''))"
    )


def upgrade() -> None:
    _drafts()
    _defects()
    _explanations()


def _drafts() -> None:
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
    op.drop_table(KEPT)
    if _is_postgresql():
        for act in ("update", "delete"):
            op.execute(f"DROP FUNCTION {KEPT}_no_{act}()")
    op.drop_index("ix_findings_defect", "findings")
    with op.batch_alter_table("findings") as batch:
        for column in ("evidence_kinds", "after_remedy", "defect"):
            batch.drop_column(column)
    with op.batch_alter_table("remedy_requests") as batch:
        batch.drop_constraint(op.f("ck_remedy_requests_two_people"), type_="check")
        batch.drop_constraint(op.f("fk_remedy_requests_released_by_id"), type_="foreignkey")
        batch.drop_column("released_by_id")
    op.drop_table("remedy_drafts")
