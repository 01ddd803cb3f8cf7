"""Mandates and sign-off, and what public registers say about an organisation

Revision: 0009
Before: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ONE_SIDE = {
    "0001": "(organisation_id IS NULL) <> (authority_id IS NULL)",
    "0009": "organisation_id IS NULL OR authority_id IS NULL",
}
OPEN = sa.text("state = 'asked'")


def upgrade() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("may_submit", sa.Boolean(), nullable=False),
        sa.Column("all_rounds", sa.Boolean(), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("granted_at", Moment(), nullable=False),
        sa.Column("granted_by_id", sa.String(length=26), nullable=False),
        sa.Column("link_digest", sa.String(length=200), nullable=False),
        sa.Column("link_sent_at", Moment(), nullable=False),
        sa.Column("link_ends_at", Moment(), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=True),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by_id", sa.String(length=26), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_mandates_ends_after_start")),
        sa.CheckConstraint("(holder_id IS NULL) = (accepted_at IS NULL)", name=op.f("ck_mandates_accepted_by_holder")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_mandates_organisation_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["users.id"], name=op.f("fk_mandates_granted_by_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["users.id"], name=op.f("fk_mandates_holder_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_mandates_ended_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_mandates_link_digest")),
    )
    for column in ("email", "holder_id", "organisation_id"):
        op.create_index(op.f(f"ix_mandates_{column}"), "mandates", [column])
    op.create_table(
        "mandate_rounds",
        sa.Column("mandate_id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_rounds_mandate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_mandate_rounds_round_id")),
        sa.PrimaryKeyConstraint("mandate_id", "round_id", name=op.f("pk_mandate_rounds")),
    )
    op.create_table(
        "sign_offs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("asked_by_id", sa.String(length=26), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("settled_by_id", sa.String(length=26), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_sign_offs_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_sign_offs_asked_by_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["users.id"], name=op.f("fk_sign_offs_settled_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_sign_offs_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_offs")),
    )
    for column in ("application_id", "authority_id"):
        op.create_index(op.f(f"ix_sign_offs_{column}"), "sign_offs", [column])
    op.create_index(
        "uq_sign_offs_open", "sign_offs", ["application_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    with op.batch_alter_table("login_sessions") as batch:
        batch.add_column(sa.Column("mandate_id", sa.String(length=26), nullable=True))
        batch.create_foreign_key(op.f("fk_login_sessions_mandate_id"), "mandates", ["mandate_id"], ["id"])
    op.add_column("organisations", sa.Column("branch_number", sa.String(length=60), nullable=True))
    op.add_column("organisations", sa.Column("register_facts", sa.JSON(), nullable=True))
    op.add_column("organisations", sa.Column("registers_asked_at", Moment(), nullable=True))
    op.add_column("audit_events", sa.Column("on_behalf_of", sa.String(length=200), nullable=True))
    op.add_column("audit_events", sa.Column("mandate_id", sa.String(length=26), nullable=True))
    _one_side("0009")


def _one_side(version: str) -> None:
    """Somebody who only has mandates works for no organisation and no authority."""
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint(op.f("ck_users_one_side"), type_="check")
        batch.create_check_constraint(op.f("ck_users_one_side"), ONE_SIDE[version])


def downgrade() -> None:
    _one_side("0001")
    op.drop_column("audit_events", "mandate_id")
    op.drop_column("audit_events", "on_behalf_of")
    for name in ("registers_asked_at", "register_facts", "branch_number"):
        op.drop_column("organisations", name)
    with op.batch_alter_table("login_sessions") as batch:
        batch.drop_constraint(op.f("fk_login_sessions_mandate_id"), type_="foreignkey")
        batch.drop_column("mandate_id")
    for table in ("sign_offs", "mandate_rounds", "mandates"):
        op.drop_table(table)
