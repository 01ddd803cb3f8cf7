"""Visits to an applicant's location: appointments, what was noted and photographed, replies, established reports

Revision: 0024
Before: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

KEPT = "site_notes"
"""The table of which no row is changed or taken away."""


def upgrade() -> None:
    _visits()
    _points()
    _keep(KEPT)


def downgrade() -> None:
    _let_go(KEPT)
    for table in ("site_photos", "site_notes", "site_visitors", "site_points", "site_visits"):
        op.drop_table(table)


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


def _visits() -> None:
    op.create_table(
        "site_visits",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("have_ready", sa.Text(), nullable=False),
        sa.Column("moves", sa.JSON(), nullable=False),
        sa.Column("planned_at", Moment(), nullable=False),
        sa.Column("planned_by_id", sa.String(length=26), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("sent_by_id", sa.String(length=26), nullable=True),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("reply_version", sa.Integer(), nullable=False),
        sa.Column("reply_saved_at", Moment(), nullable=True),
        sa.Column("reply_saved_by_id", sa.String(length=26), nullable=True),
        sa.Column("replied_at", Moment(), nullable=True),
        sa.Column("replied_by_id", sa.String(length=26), nullable=True),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("established_at", Moment(), nullable=True),
        sa.Column("established_by_id", sa.String(length=26), nullable=True),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("cancelled_by_id", sa.String(length=26), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)"
            " AND (cancelled_at IS NULL OR length(cancel_reason) >= 10)",
            name=op.f("ck_site_visits_cancelled_with_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'established') = (established_at IS NOT NULL) AND (established_at IS NULL) = (facts = '')"
            " AND (established_at IS NULL) = (established_by_id IS NULL)",
            name=op.f("ck_site_visits_established_whole"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'established') OR sent_at IS NOT NULL",
            name=op.f("ck_site_visits_sent_first"),
        ),
        sa.CheckConstraint(
            "(sent_at IS NULL) = (due_at IS NULL) AND (sent_at IS NULL) = (sent_by_id IS NULL)",
            name=op.f("ck_site_visits_sent"),
        ),
        sa.CheckConstraint(
            "replied_at IS NULL OR (sent_at IS NOT NULL AND replied_at < due_at)",
            name=op.f("ck_site_visits_replied_in_time"),
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_site_visits_authority_id")),
        sa.ForeignKeyConstraint(["cancelled_by_id"], ["users.id"], name=op.f("fk_site_visits_cancelled_by_id")),
        sa.ForeignKeyConstraint(["established_by_id"], ["users.id"], name=op.f("fk_site_visits_established_by_id")),
        sa.ForeignKeyConstraint(["planned_by_id"], ["users.id"], name=op.f("fk_site_visits_planned_by_id")),
        sa.ForeignKeyConstraint(["replied_by_id"], ["users.id"], name=op.f("fk_site_visits_replied_by_id")),
        sa.ForeignKeyConstraint(["reply_saved_by_id"], ["users.id"], name=op.f("fk_site_visits_reply_saved_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_site_visits_review_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_site_visits_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_visits")),
        sa.UniqueConstraint("attempt", name=op.f("uq_site_visits_attempt")),
        sa.UniqueConstraint("authority_id", "number", name=op.f("uq_site_visits_authority_id_number")),
    )
    with op.batch_alter_table("site_visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_visits_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_visits_review_id"), ["review_id"], unique=False)
        batch_op.create_index(
            "ix_site_visits_to_draw_up",
            ["established_at"],
            unique=False,
            sqlite_where=sa.text("established_at IS NOT NULL AND pdf_key IS NULL"),
            postgresql_where=sa.text("established_at IS NOT NULL AND pdf_key IS NULL"),
        )


def _points() -> None:
    op.create_table(
        "site_points",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("visit_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("requirement_id", sa.String(length=26), nullable=True),
        sa.Column("requirement_version", sa.Integer(), nullable=True),
        sa.Column("lot_id", sa.String(length=26), nullable=True),
        sa.Column("party_id", sa.String(length=26), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(requirement_id IS NULL) = (requirement_version IS NULL)",
            name=op.f("ck_site_points_version_of_a_requirement"),
        ),
        sa.CheckConstraint(
            "requirement_id IS NOT NULL OR length(text) >= 3", name=op.f("ck_site_points_about_something")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_site_points_authority_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_site_points_lot_id")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_site_points_party_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_site_points_requirement_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["site_visits.id"], name=op.f("fk_site_points_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_points")),
        sa.UniqueConstraint("visit_id", "position", name=op.f("uq_site_points_visit_id_position")),
    )
    with op.batch_alter_table("site_points", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_points_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "site_visitors",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("visit_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_site_visitors_authority_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_site_visitors_user_id")),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["site_visits.id"], name=op.f("fk_site_visitors_visit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_visitors")),
        sa.UniqueConstraint("visit_id", "user_id", name=op.f("uq_site_visitors_visit_id_user_id")),
    )
    with op.batch_alter_table("site_visitors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_visitors_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_visitors_user_id"), ["user_id"], unique=False)

    op.create_table(
        "site_notes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("visit_id", sa.String(length=26), nullable=False),
        sa.Column("point_id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("noted_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("verdict <> 'does_not_hold' OR length(note) >= 10", name=op.f("ck_site_notes_reasoned")),
        sa.CheckConstraint("verdict IN ('holds', 'does_not_hold', 'not_seen')", name=op.f("ck_site_notes_verdict")),
        sa.CheckConstraint("noted_at <= received_at", name=op.f("ck_site_notes_noted_before_it_came_in")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_site_notes_authority_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["users.id"], name=op.f("fk_site_notes_noted_by_id")),
        sa.ForeignKeyConstraint(["point_id"], ["site_points.id"], name=op.f("fk_site_notes_point_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["site_visits.id"], name=op.f("fk_site_notes_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_notes")),
        sa.UniqueConstraint("visit_id", "attempt", name=op.f("uq_site_notes_visit_id_attempt")),
        sa.UniqueConstraint("visit_id", "sequence", name=op.f("uq_site_notes_visit_id_sequence")),
    )
    with op.batch_alter_table("site_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_notes_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_notes_point_id"), ["point_id"], unique=False)

    op.create_table(
        "site_photos",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("visit_id", sa.String(length=26), nullable=False),
        sa.Column("point_id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("storage_key", sa.String(length=200), nullable=True),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("taken_by_id", sa.String(length=26), nullable=False),
        sa.Column("scan_state", sa.String(length=60), nullable=False),
        sa.Column("scanned_at", Moment(), nullable=True),
        sa.Column("scan_finding", sa.String(length=200), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("removed_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (storage_key IS NOT NULL)", name=op.f("ck_site_photos_there_or_removed")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_site_photos_authority_id")),
        sa.ForeignKeyConstraint(["point_id"], ["site_points.id"], name=op.f("fk_site_photos_point_id")),
        sa.ForeignKeyConstraint(["removed_by_id"], ["users.id"], name=op.f("fk_site_photos_removed_by_id")),
        sa.ForeignKeyConstraint(["taken_by_id"], ["users.id"], name=op.f("fk_site_photos_taken_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["site_visits.id"], name=op.f("fk_site_photos_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_photos")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_site_photos_storage_key")),
        sa.UniqueConstraint("visit_id", "attempt", name=op.f("uq_site_photos_visit_id_attempt")),
    )
    with op.batch_alter_table("site_photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_photos_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_photos_point_id"), ["point_id"], unique=False)
        batch_op.create_index(
            "ix_site_photos_to_scan",
            ["received_at"],
            unique=False,
            sqlite_where=sa.text("scan_state = 'waiting'"),
            postgresql_where=sa.text("scan_state = 'waiting'"),
        )
