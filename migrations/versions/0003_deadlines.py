"""Deadlines: changes by two people, late attempts, drafts that go on, followers, and what the portal measures

Revision: 0003
Before: 0002
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = (
    "round_id", "sequence", "kind", "old_closes_at", "new_closes_at", "reason", "gap_from", "gap_until",
    "proposed_by_id", "proposed_at",
)  # fmt: skip
"""Columns of a change of a deadline that stand as they were written."""

LATCHED = (
    "OLD.closed_at IS NOT NULL AND (NEW.closed_at IS {other} OLD.closed_at OR NEW.closes_at IS {other} OLD.closes_at)"
)
DECIDED = "OLD.state IN ('confirmed', 'sent_back') OR " + " OR ".join(
    f"NEW.{name} IS {{other}} OLD.{name}" for name in KEPT
)
TWO_PEOPLE = (
    "state <> 'confirmed' OR (confirmed_at IS NOT NULL AND confirmed_by_id IS NOT NULL AND "
    "((proposed_by_id IS NOT NULL AND proposed_by_id <> confirmed_by_id) OR "
    "(proposed_by_id IS NULL AND agreed_by_id IS NOT NULL AND agreed_by_id <> confirmed_by_id)))"
)
GUARDS = {
    "rounds_latched": ("rounds", "UPDATE", LATCHED, "a closed round stays closed, with its deadline"),
    "deadline_changes_kept": ("deadline_changes", "UPDATE", DECIDED, "what was decided about a deadline stays"),
    "deadline_changes_stay": ("deadline_changes", "DELETE", "", "what was decided about a deadline stays"),
    "late_attempts_kept": ("late_attempts", "UPDATE", "", "a late attempt is kept as it was"),
    "late_attempts_stay": ("late_attempts", "DELETE", "", "a late attempt is kept as it was"),
}
"""Triggers: name, then the table, the act, the condition (none: always) and what is told."""


def upgrade() -> None:
    _tables()
    with op.batch_alter_table("applications") as batch:
        batch.add_column(sa.Column("instalment", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint("uq_applications_round_id_organisation_id", type_="unique")
        batch.create_unique_constraint(
            "uq_applications_round_id_organisation_id_instalment", ["round_id", "organisation_id", "instalment"]
        )
    op.add_column("rounds", sa.Column("announced_at", Moment(), nullable=True))
    # Whoever follows a procedure hears of rounds that open from now on.
    op.execute("UPDATE rounds SET announced_at = opens_at")
    _continuous_rounds()
    for name in GUARDS:
        _guard(name)


def downgrade() -> None:
    for name, (table, *_) in GUARDS.items():
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if _is_postgresql() else ""))
        if _is_postgresql():
            op.execute(f"DROP FUNCTION {name}()")
    op.execute("UPDATE rounds SET kind = 'regular' WHERE kind = 'continuous'")
    op.execute("UPDATE rounds SET kind = 'extra' WHERE kind = 'repair'")
    op.drop_column("rounds", "announced_at")
    with op.batch_alter_table("applications") as batch:
        batch.drop_constraint("uq_applications_round_id_organisation_id_instalment", type_="unique")
        batch.create_unique_constraint("uq_applications_round_id_organisation_id", ["round_id", "organisation_id"])
        batch.drop_column("instalment")
    for table in ("carried_places", "carry_overs", "late_attempts", "deadline_changes", "followers", "probes"):
        op.drop_table(table)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _continuous_rounds() -> None:
    """The rounds of a procedure that takes in continuously say so themselves."""
    connection = op.get_bind()
    for procedure_id, settings in connection.execute(sa.text("SELECT id, settings FROM procedures")).all():
        known = json.loads(settings) if isinstance(settings, str) else settings
        if ((known or {}).get("rounds") or {}).get("cadence") == "continuous":
            connection.execute(
                sa.text("UPDATE rounds SET kind = 'continuous' WHERE procedure_id = :id AND kind = 'regular'"),
                {"id": procedure_id},
            )


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
        "probes",
        sa.Column("minute", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_up", sa.Boolean(), nullable=False),
        sa.Column("database_ms", sa.Integer(), nullable=True),
        sa.Column("files_ms", sa.Integer(), nullable=True),
        sa.Column("web_ms", sa.Integer(), nullable=True),
        sa.Column("failed", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("minute", name=op.f("pk_probes")),
    )
    op.create_table(
        "followers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_followers_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_followers_procedure_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_followers_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followers")),
        sa.UniqueConstraint("procedure_id", "user_id", name=op.f("uq_followers_procedure_id_user_id")),
    )
    with op.batch_alter_table("followers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followers_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_followers_user_id"), ["user_id"], unique=False)

    op.create_table(
        "deadline_changes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("old_closes_at", Moment(), nullable=False),
        sa.Column("new_closes_at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gap_from", Moment(), nullable=True),
        sa.Column("gap_until", Moment(), nullable=True),
        sa.Column("proposed_by_id", sa.String(length=26), nullable=True),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("agreed_by_id", sa.String(length=26), nullable=True),
        sa.Column("agreed_at", Moment(), nullable=True),
        sa.Column("confirmed_by_id", sa.String(length=26), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("sent_back_by_id", sa.String(length=26), nullable=True),
        sa.Column("sent_back_at", Moment(), nullable=True),
        sa.Column("sent_back_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "kind <> 'extension' OR confirmed_at IS NULL OR confirmed_at < old_closes_at",
            name=op.f("ck_deadline_changes_in_time"),
        ),
        sa.CheckConstraint("kind IN ('extension', 'repair')", name=op.f("ck_deadline_changes_kind")),
        sa.CheckConstraint(
            TWO_PEOPLE,
            name=op.f("ck_deadline_changes_two_people"),
        ),
        sa.CheckConstraint(
            "state <> 'sent_back' OR length(sent_back_reason) >= 10",
            name=op.f("ck_deadline_changes_sent_back_reasoned"),
        ),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_deadline_changes_reasoned")),
        sa.CheckConstraint("new_closes_at > old_closes_at", name=op.f("ck_deadline_changes_only_later")),
        sa.ForeignKeyConstraint(["agreed_by_id"], ["users.id"], name=op.f("fk_deadline_changes_agreed_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_deadline_changes_authority_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name=op.f("fk_deadline_changes_confirmed_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_deadline_changes_proposed_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_deadline_changes_round_id")),
        sa.ForeignKeyConstraint(["sent_back_by_id"], ["users.id"], name=op.f("fk_deadline_changes_sent_back_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_changes")),
        sa.UniqueConstraint("round_id", "sequence", name=op.f("uq_deadline_changes_round_id_sequence")),
    )
    with op.batch_alter_table("deadline_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deadline_changes_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deadline_changes_round_id"), ["round_id"], unique=False)
        batch_op.create_index(
            "uq_deadline_changes_pending",
            ["round_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('proposed', 'agreed')"),
            postgresql_where=sa.text("state IN ('proposed', 'agreed')"),
        )

    op.create_table(
        "carry_overs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("source_id", sa.String(length=26), nullable=False),
        sa.Column("left_behind", sa.JSON(), nullable=False),
        sa.Column("carried_at", Moment(), nullable=False),
        sa.Column("carried_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("application_id <> source_id", name=op.f("ck_carry_overs_another")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_carry_overs_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_carry_overs_authority_id")),
        sa.ForeignKeyConstraint(["carried_by_id"], ["users.id"], name=op.f("fk_carry_overs_carried_by_id")),
        sa.ForeignKeyConstraint(["source_id"], ["applications.id"], name=op.f("fk_carry_overs_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carry_overs")),
        sa.UniqueConstraint("application_id", name=op.f("uq_carry_overs_application_id")),
    )
    with op.batch_alter_table("carry_overs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carry_overs_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_carry_overs_source_id"), ["source_id"], unique=False)

    op.create_table(
        "late_attempts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("attempt", sa.String(length=60), nullable=False),
        sa.Column("tried_at", Moment(), nullable=False),
        sa.Column("tried_by_id", sa.String(length=26), nullable=False),
        sa.Column("closes_at", Moment(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("tried_at >= closes_at", name=op.f("ck_late_attempts_late")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_late_attempts_application_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_late_attempts_authority_id")),
        sa.ForeignKeyConstraint(["tried_by_id"], ["users.id"], name=op.f("fk_late_attempts_tried_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_attempts")),
        sa.UniqueConstraint("application_id", "attempt", name=op.f("uq_late_attempts_application_id_attempt")),
        sa.UniqueConstraint("number", name=op.f("uq_late_attempts_number")),
    )
    with op.batch_alter_table("late_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_late_attempts_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "carried_places",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("carry_over_id", sa.String(length=26), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("checked_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_carried_places_authority_id")),
        sa.ForeignKeyConstraint(
            ["carry_over_id"], ["carry_overs.id"], name=op.f("fk_carried_places_carry_over_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["checked_by_id"], ["users.id"], name=op.f("fk_carried_places_checked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_places")),
        sa.UniqueConstraint("carry_over_id", "place", name=op.f("uq_carried_places_carry_over_id_place")),
    )
    with op.batch_alter_table("carried_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carried_places_authority_id"), ["authority_id"], unique=False)
