"""Five models of procurement

Revision: 0002
Before: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment, new_id

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTY = {"answers": "CASCADE", "evidence": "CASCADE", "findings": None, "remedy_items": None}
"""Tables whose rows can be about a party, and what becomes of a row when the party goes."""


def _added(table: str) -> list[sa.Column[object]]:
    """The columns that a table gets. Made anew each time: a column belongs to one table."""
    return ADDED_BY_TABLE[table]()


ADDED_BY_TABLE = {
    "procedures": lambda: [sa.Column("edition", sa.Integer(), nullable=False, server_default="1")],
    "lots": lambda: [
        sa.Column("details", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("from_edition", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("until_edition", sa.Integer(), nullable=True),
    ],
    "requirements": lambda: [
        sa.Column("product_codes", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("municipality_codes", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("from_edition", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("until_edition", sa.Integer(), nullable=True),
    ],
    "rounds": lambda: [
        sa.Column("kind", sa.String(length=60), nullable=False, server_default="regular"),
        sa.Column("scope", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("edition", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("held_by", sa.String(length=60), nullable=False, server_default=""),
    ],
    "products": lambda: [
        sa.Column("funding", sa.String(length=60), nullable=False, server_default="per_unit"),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False, server_default="{}"),
    ],
    "coverage": lambda: [
        sa.Column("ground", sa.String(length=60), nullable=False, server_default=""),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("reopens_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
    ],
    "decisions": lambda: [sa.Column("budget_cents", sa.BigInteger(), nullable=True)],
    "agreement_lines": lambda: [
        sa.Column("budget_cents", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
    ],
}
TERMS = ("standstill_days", "remedy_working_days", "decision_days")

REASONED = {
    "0001": "outcome = 'admitted' OR length(reason) >= 10",
    "0002": "outcome IN ('admitted', 'qualified') OR length(reason) >= 10",
}
PLACES = {"answers": ["requirement_id"], "evidence": ["requirement_id", "document_id"]}


def _index_places(party: bool) -> None:
    """One answer, and one use of a document, per place; 'no lot' and 'no party' are places too."""
    who = [sa.text("coalesce(party_id, '')")] if party else []
    lot = sa.text("coalesce(lot_id, '')")
    op.create_index("uq_answers_place", "answers", ["application_id", "requirement_id", lot, *who], unique=True)
    requirement = sa.text("coalesce(requirement_id, '')")
    evidence = ["application_id", requirement, lot, *who, "document_id"]
    op.create_index("uq_evidence_place", "evidence", evidence, unique=True)


def upgrade() -> None:
    _new_tables()
    for table in ("requirements", "rounds", "coverage"):
        for column in _added(table):
            op.add_column(table, column)
    for name in ("uq_answers_place", "uq_evidence_place"):
        op.execute(f"DROP INDEX {name}")
    for table, gone in PARTY.items():
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("party_id", sa.String(length=26), nullable=True))
            batch.create_foreign_key(op.f(f"fk_{table}_party_id"), "parties", ["party_id"], ["id"], ondelete=gone)
    _index_places(party=True)
    with op.batch_alter_table("procedures") as batch:
        _add(batch, "procedures")
        batch.alter_column("agreement_starts_on", existing_type=sa.Date(), nullable=True)
        batch.alter_column("agreement_ends_on", existing_type=sa.Date(), nullable=True)
        for name in TERMS:
            batch.drop_column(name)
    with op.batch_alter_table("lots") as batch:
        _add(batch, "lots")
        batch.drop_constraint("uq_lots_procedure_id_code", type_="unique")
        batch.create_unique_constraint(
            "uq_lots_procedure_id_code_from_edition", ["procedure_id", "code", "from_edition"]
        )
    with op.batch_alter_table("products") as batch:
        _add(batch, "products")
        batch.alter_column("tariff_cents", existing_type=sa.Integer(), nullable=True)
        batch.create_check_constraint(
            op.f("ck_products_tariff_per_unit"), "funding <> 'per_unit' OR tariff_cents IS NOT NULL"
        )
        batch.create_check_constraint(
            op.f("ck_products_period"), "starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on"
        )
    with op.batch_alter_table("decisions") as batch:
        _add(batch, "decisions")
        _reasoned(batch, "0002")
        batch.create_check_constraint(
            op.f("ck_decisions_told_after_award"), "told_at IS NULL OR outcome <> 'qualified'"
        )
    with op.batch_alter_table("agreement_lines") as batch:
        _add(batch, "agreement_lines")
        batch.alter_column("tariff_cents", existing_type=sa.Integer(), nullable=True)
        batch.create_check_constraint(
            op.f("ck_agreement_lines_tariff_or_budget"), "(tariff_cents IS NULL) <> (budget_cents IS NULL)"
        )
    _first_editions()


def _add(batch: op.BatchOperations, table: str) -> None:  # type: ignore[name-defined]
    for column in _added(table):
        batch.add_column(column)


def _remove(batch: op.BatchOperations, table: str, *checks: str) -> None:  # type: ignore[name-defined]
    for name in checks:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    for column in _added(table):
        batch.drop_column(column.name)


def _reasoned(batch: op.BatchOperations, version: str) -> None:  # type: ignore[name-defined]
    batch.drop_constraint(op.f("ck_decisions_refusal_reasoned"), type_="check")
    batch.create_check_constraint(op.f("ck_decisions_refusal_reasoned"), REASONED[version])


def _first_editions() -> None:
    """What was loaded before there were editions becomes the first one. Its file was not kept, only what it said."""
    procedures = sa.table(
        "procedures",
        *(sa.column(name) for name in ("id", "authority_id", "file_digest")),
        sa.column("settings", sa.JSON()),
        sa.column("loaded_at", Moment()),
    )
    editions = sa.table(
        "editions",
        *(sa.column(name) for name in ("id", "authority_id", "procedure_id", "number", "digest", "reason", "version")),
        *(sa.column(name, sa.JSON()) for name in ("data", "settings")),
        *(sa.column(name, Moment()) for name in ("drafted_at", "saved_at", "adopted_at")),
    )
    for one in op.get_bind().execute(sa.select(procedures)).mappings().all():
        op.get_bind().execute(
            editions.insert().values(
                id=new_id(),
                authority_id=one["authority_id"],
                procedure_id=one["id"],
                number=1,
                data={},
                settings=one["settings"],
                digest=one["file_digest"],
                reason="",
                version=1,
                drafted_at=one["loaded_at"],
                saved_at=one["loaded_at"],
                adopted_at=one["loaded_at"],
            )
        )


def downgrade() -> None:
    """Back to the first schema. What it has no place for (parties, editions, scores and so on) is gone."""
    with op.batch_alter_table("agreement_lines") as batch:
        _remove(batch, "agreement_lines", "tariff_or_budget")
    with op.batch_alter_table("decisions") as batch:
        _remove(batch, "decisions", "told_after_award")
        _reasoned(batch, "0001")
    with op.batch_alter_table("products") as batch:
        _remove(batch, "products", "tariff_per_unit", "period")
    with op.batch_alter_table("lots") as batch:
        batch.drop_constraint("uq_lots_procedure_id_code_from_edition", type_="unique")
        batch.create_unique_constraint("uq_lots_procedure_id_code", ["procedure_id", "code"])
        _remove(batch, "lots")
    with op.batch_alter_table("procedures") as batch:
        _remove(batch, "procedures")
        for name in TERMS:
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("uq_answers_place", "uq_evidence_place"):
        op.execute(f"DROP INDEX {name}")
    for table in PARTY:
        rows = sa.table(table, sa.column("party_id"))
        op.execute(rows.delete().where(rows.c.party_id.is_not(None)))
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"fk_{table}_party_id", type_="foreignkey")
            batch.drop_column("party_id")
    _index_places(party=False)
    for table in ("requirements", "rounds", "coverage"):
        for column in _added(table):
            op.drop_column(table, column.name)
    for table in reversed(NEW_TABLES):
        op.drop_table(table)


NEW_TABLES = (
    "added_meetings",
    "editions",
    "gate_decisions",
    "meeting_draws",
    "meeting_registrations",
    "minutes",
    "reaction_notes",
    "awards",
    "note_points",
    "panel_members",
    "signing_blocks",
    "consensus",
    "offer_documents",
    "offer_texts",
    "parties",
    "reactions",
    "replacements",
    "scores",
    "bridgings",
    "count_deliveries",
    "coverage_changes",
    "deviation_quotes",
    "directory_entries",
    "handovers",
    "indicator_figures",
    "outflow_cases",
    "rechecks",
    "risks",
    "suspensions",
    "talks",
    "action_points",
    "client_counts",
    "handover_items",
    "recheck_items",
    "risk_entries",
    "talk_addenda",
    "talk_notes",
    "recheck_documents",
    "recheck_verdicts",
)


def _new_tables() -> None:
    op.create_table(
        "added_meetings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("consultation_code", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("added_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_added_meetings_has_seats")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_added_meetings_period")),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_added_meetings_added_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_added_meetings_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_added_meetings_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_meetings")),
        sa.UniqueConstraint(
            "procedure_id",
            "consultation_code",
            "code",
            name=op.f("uq_added_meetings_procedure_id_consultation_code_code"),
        ),
    )
    with op.batch_alter_table("added_meetings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_added_meetings_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_added_meetings_procedure_id"), ["procedure_id"], unique=False)
    op.create_table(
        "editions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drafted_at", Moment(), nullable=False),
        sa.Column("drafted_by_id", sa.String(length=26), nullable=True),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=True),
        sa.Column("proposed_by_id", sa.String(length=26), nullable=True),
        sa.Column("adopted_at", Moment(), nullable=True),
        sa.Column("adopted_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("adopted_at IS NULL OR digest <> ''", name=op.f("ck_editions_adopted_is_whole")),
        sa.CheckConstraint(
            "adopted_by_id IS NULL OR adopted_by_id <> proposed_by_id", name=op.f("ck_editions_four_eyes")
        ),
        sa.ForeignKeyConstraint(["adopted_by_id"], ["users.id"], name=op.f("fk_editions_adopted_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_editions_authority_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["users.id"], name=op.f("fk_editions_drafted_by_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_editions_procedure_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_editions_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint("procedure_id", "number", name=op.f("uq_editions_procedure_id_number")),
    )
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_editions_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_editions_procedure_id"), ["procedure_id"], unique=False)
    op.create_table(
        "gate_decisions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("decided_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("outcome IN ('go', 'no_go')", name=op.f("ck_gate_decisions_outcome")),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_gate_decisions_reasoned")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_gate_decisions_authority_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_gate_decisions_decided_by_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_gate_decisions_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_decisions")),
        sa.UniqueConstraint("procedure_id", "sequence", name=op.f("uq_gate_decisions_procedure_id_sequence")),
    )
    with op.batch_alter_table("gate_decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gate_decisions_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gate_decisions_procedure_id"), ["procedure_id"], unique=False)
    op.create_table(
        "meeting_draws",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("consultation_code", sa.String(length=60), nullable=False),
        sa.Column("meeting_code", sa.String(length=60), nullable=False),
        sa.Column("seed", sa.String(length=60), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("drawn_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_meeting_draws_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_meeting_draws_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_draws")),
        sa.UniqueConstraint(
            "procedure_id",
            "consultation_code",
            "meeting_code",
            name=op.f("uq_meeting_draws_procedure_id_consultation_code_meeting_code"),
        ),
    )
    with op.batch_alter_table("meeting_draws", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_draws_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "meeting_registrations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("consultation_code", sa.String(length=60), nullable=False),
        sa.Column("meeting_code", sa.String(length=60), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("registered_at", Moment(), nullable=False),
        sa.Column("registered_by_id", sa.String(length=26), nullable=False),
        sa.Column("draws_at", Moment(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("present", sa.Integer(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("persons BETWEEN 1 AND 3", name=op.f("ck_meeting_registrations_persons")),
        sa.CheckConstraint(
            "present IS NULL OR present BETWEEN 0 AND persons", name=op.f("ck_meeting_registrations_present")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_meeting_registrations_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_meeting_registrations_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedures.id"], name=op.f("fk_meeting_registrations_procedure_id")
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["users.id"], name=op.f("fk_meeting_registrations_registered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_registrations")),
        sa.UniqueConstraint("number", name=op.f("uq_meeting_registrations_number")),
        sa.UniqueConstraint(
            "procedure_id",
            "consultation_code",
            "meeting_code",
            "organisation_id",
            name=op.f("uq_meeting_registrations_procedure_id_consultation_code_meeting_code_organisation_id"),
        ),
    )
    with op.batch_alter_table("meeting_registrations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_registrations_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_registrations_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_registrations_procedure_id"), ["procedure_id"], unique=False)
        batch_op.create_index("ix_meeting_registrations_waiting_for_draw", ["state", "draws_at"], unique=False)
    op.create_table(
        "minutes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("consultation_code", sa.String(length=60), nullable=False),
        sa.Column("meeting_code", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("saved_by_id", sa.String(length=26), nullable=False),
        sa.Column("published_at", Moment(), nullable=True),
        sa.Column("published_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(published_at IS NULL) = (published_by_id IS NULL)", name=op.f("ck_minutes_published_by_someone")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_minutes_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_minutes_procedure_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["users.id"], name=op.f("fk_minutes_published_by_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_minutes_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint(
            "procedure_id",
            "consultation_code",
            "meeting_code",
            "number",
            name=op.f("uq_minutes_procedure_id_consultation_code_meeting_code_number"),
        ),
    )
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minutes_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_minutes_procedure_id"), ["procedure_id"], unique=False)
    op.create_table(
        "reaction_notes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("consultation_code", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=True),
        sa.Column("proposed_by_id", sa.String(length=26), nullable=True),
        sa.Column("published_at", Moment(), nullable=True),
        sa.Column("published_by_id", sa.String(length=26), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)", name=op.f("ck_reaction_notes_published_at_some_time")
        ),
        sa.CheckConstraint(
            "published_by_id IS NULL OR published_by_id <> proposed_by_id", name=op.f("ck_reaction_notes_four_eyes")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_reaction_notes_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_reaction_notes_procedure_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_reaction_notes_proposed_by_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["users.id"], name=op.f("fk_reaction_notes_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaction_notes")),
        sa.UniqueConstraint(
            "procedure_id", "consultation_code", name=op.f("uq_reaction_notes_procedure_id_consultation_code")
        ),
    )
    with op.batch_alter_table("reaction_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reaction_notes_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reaction_notes_procedure_id"), ["procedure_id"], unique=False)
    op.create_table(
        "awards",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("contracts", sa.Integer(), nullable=False),
        sa.Column("justification", sa.Text(), nullable=False),
        sa.Column("tie_method", sa.String(length=60), nullable=False),
        sa.Column("tie_reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("proposed_by_id", sa.String(length=26), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("confirmed_by_id", sa.String(length=26), nullable=True),
        sa.Column("sent_back_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_at IS NOT NULL)", name=op.f("ck_awards_confirmed_state")
        ),
        sa.CheckConstraint("tie_method = '' OR length(tie_reason) >= 30", name=op.f("ck_awards_tie_justified")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name=op.f("ck_awards_confirmed_by_someone")
        ),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name=op.f("ck_awards_four_eyes")
        ),
        sa.CheckConstraint("contracts >= 1", name=op.f("ck_awards_contracts")),
        sa.CheckConstraint("length(justification) >= 30", name=op.f("ck_awards_justified")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_awards_authority_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name=op.f("fk_awards_confirmed_by_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_awards_lot_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_awards_proposed_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_awards_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("round_id", "lot_id", "sequence", name=op.f("uq_awards_round_id_lot_id_sequence")),
    )
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_awards_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "note_points",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("note_id", sa.String(length=26), nullable=False),
        sa.Column("document_code", sa.String(length=60), nullable=False),
        sa.Column("article_code", sa.String(length=60), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=60), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_note_points_authority_id")),
        sa.ForeignKeyConstraint(["note_id"], ["reaction_notes.id"], name=op.f("fk_note_points_note_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_points")),
    )
    with op.batch_alter_table("note_points", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_points_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_points_note_id"), ["note_id"], unique=False)
    op.create_table(
        "panel_members",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("named_at", Moment(), nullable=False),
        sa.Column("named_by_id", sa.String(length=26), nullable=False),
        sa.Column("handed_in_at", Moment(), nullable=True),
        sa.Column("left_at", Moment(), nullable=True),
        sa.Column("left_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_panel_members_authority_id")),
        sa.ForeignKeyConstraint(["named_by_id"], ["users.id"], name=op.f("fk_panel_members_named_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_panel_members_round_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_panel_members_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_members")),
        sa.UniqueConstraint("round_id", "user_id", name=op.f("uq_panel_members_round_id_user_id")),
    )
    with op.batch_alter_table("panel_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_members_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_members_user_id"), ["user_id"], unique=False)
    op.create_table(
        "signing_blocks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blocked_at", Moment(), nullable=False),
        sa.Column("blocked_by_id", sa.String(length=26), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.Column("lifted_by_id", sa.String(length=26), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL) AND (lifted_at IS NULL OR length(lift_reason) >= 10)",
            name=op.f("ck_signing_blocks_lifted_with_reason"),
        ),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_signing_blocks_reasoned")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_signing_blocks_authority_id")),
        sa.ForeignKeyConstraint(["blocked_by_id"], ["users.id"], name=op.f("fk_signing_blocks_blocked_by_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["users.id"], name=op.f("fk_signing_blocks_lifted_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_signing_blocks_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_blocks")),
    )
    with op.batch_alter_table("signing_blocks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signing_blocks_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signing_blocks_round_id"), ["round_id"], unique=False)
        batch_op.create_index(
            "uq_signing_blocks_active",
            ["round_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
    op.create_table(
        "consensus",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("criterion", sa.String(length=60), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("justification", sa.Text(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("recorded_by_id", sa.String(length=26), nullable=False),
        sa.Column("reopened_at", Moment(), nullable=True),
        sa.Column("reopened_by_id", sa.String(length=26), nullable=True),
        sa.Column("reopen_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(reopened_at IS NULL) = (reopened_by_id IS NULL) AND (reopened_at IS NULL OR length(reopen_reason) >= 10)",
            name=op.f("ck_consensus_reopened_with_reason"),
        ),
        sa.CheckConstraint("length(justification) >= 30", name=op.f("ck_consensus_justified")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_consensus_application_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_consensus_authority_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_consensus_lot_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_consensus_recorded_by_id")),
        sa.ForeignKeyConstraint(["reopened_by_id"], ["users.id"], name=op.f("fk_consensus_reopened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consensus")),
        sa.UniqueConstraint(
            "application_id",
            "criterion",
            "lot_id",
            "sequence",
            name=op.f("uq_consensus_application_id_criterion_lot_id_sequence"),
        ),
    )
    with op.batch_alter_table("consensus", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consensus_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(
            "uq_consensus_counts",
            ["application_id", "criterion", "lot_id"],
            unique=True,
            sqlite_where=sa.text("reopened_at IS NULL"),
            postgresql_where=sa.text("reopened_at IS NULL"),
        )
    op.create_table(
        "offer_documents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("criterion", sa.String(length=60), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("attached_at", Moment(), nullable=False),
        sa.Column("attached_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_offer_documents_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["attached_by_id"], ["users.id"], name=op.f("fk_offer_documents_attached_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_offer_documents_authority_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_offer_documents_document_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_offer_documents_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_documents")),
        sa.UniqueConstraint(
            "application_id",
            "criterion",
            "lot_id",
            "document_id",
            name=op.f("uq_offer_documents_application_id_criterion_lot_id_document_id"),
        ),
    )
    with op.batch_alter_table("offer_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_documents_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_documents_document_id"), ["document_id"], unique=False)
    op.create_table(
        "offer_texts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("criterion", sa.String(length=60), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("saved_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_offer_texts_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_offer_texts_authority_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_offer_texts_lot_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_offer_texts_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_texts")),
        sa.UniqueConstraint(
            "application_id", "criterion", "lot_id", name=op.f("uq_offer_texts_application_id_criterion_lot_id")
        ),
    )
    with op.batch_alter_table("offer_texts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_texts_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "parties",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kvk_number", sa.String(length=60), nullable=False),
        sa.Column("legal_form", sa.String(length=60), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_parties_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_parties_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("application_id", "position", name=op.f("uq_parties_application_id_position")),
    )
    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parties_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "reactions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("consultation_code", sa.String(length=60), nullable=False),
        sa.Column("document_code", sa.String(length=60), nullable=False),
        sa.Column("article_code", sa.String(length=60), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("saved_by_id", sa.String(length=26), nullable=False),
        sa.Column("sent_text", sa.Text(), nullable=False),
        sa.Column("sent_proposal", sa.Text(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("sent_by_id", sa.String(length=26), nullable=True),
        sa.Column("point_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "state <> 'sent' OR (sent_at IS NOT NULL AND sent_by_id IS NOT NULL)",
            name=op.f("ck_reactions_sent_by_someone"),
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_reactions_authority_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_reactions_organisation_id")),
        sa.ForeignKeyConstraint(
            ["point_id"], ["note_points.id"], name=op.f("fk_reactions_point_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_reactions_procedure_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_reactions_saved_by_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_reactions_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reactions")),
        sa.UniqueConstraint(
            "procedure_id",
            "consultation_code",
            "organisation_id",
            "document_code",
            "article_code",
            name=op.f("uq_reactions_procedure_id_consultation_code_organisation_id_document_code_article_code"),
        ),
    )
    with op.batch_alter_table("reactions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reactions_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reactions_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reactions_point_id"), ["point_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reactions_procedure_id"), ["procedure_id"], unique=False)
    op.create_table(
        "replacements",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("award_id", sa.String(length=26), nullable=False),
        sa.Column("leaver_id", sa.String(length=26), nullable=False),
        sa.Column("successor_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("activated_at", Moment(), nullable=False),
        sa.Column("activated_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("leaver_id <> successor_id", name=op.f("ck_replacements_another")),
        sa.CheckConstraint("length(reason) >= 30", name=op.f("ck_replacements_justified")),
        sa.ForeignKeyConstraint(["activated_by_id"], ["users.id"], name=op.f("fk_replacements_activated_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_replacements_authority_id")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_replacements_award_id")),
        sa.ForeignKeyConstraint(["leaver_id"], ["applications.id"], name=op.f("fk_replacements_leaver_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["applications.id"], name=op.f("fk_replacements_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replacements")),
        sa.UniqueConstraint("award_id", "leaver_id", name=op.f("uq_replacements_award_id_leaver_id")),
        sa.UniqueConstraint("award_id", "successor_id", name=op.f("uq_replacements_award_id_successor_id")),
    )
    with op.batch_alter_table("replacements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replacements_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "scores",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("criterion", sa.String(length=60), nullable=False),
        sa.Column("lot_id", sa.String(length=26), nullable=False),
        sa.Column("assessor_id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("justification", sa.Text(), nullable=False),
        sa.Column("scored_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("length(justification) >= 30", name=op.f("ck_scores_justified")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_scores_application_id")),
        sa.ForeignKeyConstraint(["assessor_id"], ["users.id"], name=op.f("fk_scores_assessor_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_scores_authority_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_scores_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scores")),
        sa.UniqueConstraint(
            "application_id",
            "criterion",
            "lot_id",
            "assessor_id",
            "sequence",
            name=op.f("uq_scores_application_id_criterion_lot_id_assessor_id_sequence"),
        ),
    )
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scores_assessor_id"), ["assessor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scores_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "bridgings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("facts_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by_id", sa.String(length=26), nullable=False),
        sa.Column("pdf_key", sa.String(length=200), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("provider_accepted_at", Moment(), nullable=True),
        sa.Column("provider_accepted_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_accepted_at", Moment(), nullable=True),
        sa.Column("authority_accepted_by_id", sa.String(length=26), nullable=True),
        sa.Column("declined_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("length(ground) >= 10", name=op.f("ck_bridgings_grounded")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_bridgings_period")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_bridgings_agreement_id")),
        sa.ForeignKeyConstraint(
            ["authority_accepted_by_id"], ["users.id"], name=op.f("fk_bridgings_authority_accepted_by_id")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_bridgings_authority_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_bridgings_made_by_id")),
        sa.ForeignKeyConstraint(
            ["provider_accepted_by_id"], ["users.id"], name=op.f("fk_bridgings_provider_accepted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridgings")),
        sa.UniqueConstraint("authority_id", "number", name=op.f("uq_bridgings_authority_id_number")),
    )
    with op.batch_alter_table("bridgings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bridgings_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bridgings_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "count_deliveries",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("delivered_at", Moment(), nullable=False),
        sa.Column("delivered_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_count_deliveries_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_count_deliveries_authority_id")),
        sa.ForeignKeyConstraint(["delivered_by_id"], ["users.id"], name=op.f("fk_count_deliveries_delivered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_deliveries")),
    )
    with op.batch_alter_table("count_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_count_deliveries_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_count_deliveries_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "coverage_changes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("coverage_id", sa.String(length=26), nullable=False),
        sa.Column("before", sa.String(length=60), nullable=False),
        sa.Column("after", sa.String(length=60), nullable=False),
        sa.Column("ground", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reopens_on", sa.Date(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "after <> 'closed' OR (ground <> '' AND length(reason) >= 10)",
            name=op.f("ck_coverage_changes_closing_grounded"),
        ),
        sa.CheckConstraint("before <> after", name=op.f("ck_coverage_changes_changes_something")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_coverage_changes_authority_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_coverage_changes_changed_by_id")),
        sa.ForeignKeyConstraint(["coverage_id"], ["coverage.id"], name=op.f("fk_coverage_changes_coverage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_changes")),
    )
    with op.batch_alter_table("coverage_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coverage_changes_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_coverage_changes_coverage_id"), ["coverage_id"], unique=False)
    op.create_table(
        "deviation_quotes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("municipality_id", sa.String(length=26), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("asked_by_id", sa.String(length=26), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("answered_by_id", sa.String(length=26), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decided_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("amount_cents IS NULL OR amount_cents >= 0", name=op.f("ck_deviation_quotes_amount")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_deviation_quotes_agreement_id")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_deviation_quotes_answered_by_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_deviation_quotes_asked_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_deviation_quotes_authority_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_deviation_quotes_decided_by_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_deviation_quotes_document_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_deviation_quotes_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation_quotes")),
        sa.UniqueConstraint("agreement_id", "reference", name=op.f("uq_deviation_quotes_agreement_id_reference")),
    )
    with op.batch_alter_table("deviation_quotes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deviation_quotes_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deviation_quotes_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "directory_entries",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_directory_entries_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_directory_entries_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_entries")),
        sa.UniqueConstraint("agreement_id", "code", "key", name=op.f("uq_directory_entries_agreement_id_code_key")),
    )
    with op.batch_alter_table("directory_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_entries_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_directory_entries_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_directory_entries_label"), ["label"], unique=False)
    op.create_table(
        "handovers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("handed_over_at", Moment(), nullable=True),
        sa.Column("handed_over_by_id", sa.String(length=26), nullable=True),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("accepted_by_id", sa.String(length=26), nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "accepted_by_id IS NULL OR accepted_by_id <> handed_over_by_id", name=op.f("ck_handovers_two_people")
        ),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["users.id"], name=op.f("fk_handovers_accepted_by_id")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_handovers_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_handovers_authority_id")),
        sa.ForeignKeyConstraint(["handed_over_by_id"], ["users.id"], name=op.f("fk_handovers_handed_over_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_handovers_agreement_id")),
    )
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handovers_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "indicator_figures",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("delivered_at", Moment(), nullable=False),
        sa.Column("delivered_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_indicator_figures_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_indicator_figures_authority_id")),
        sa.ForeignKeyConstraint(["delivered_by_id"], ["users.id"], name=op.f("fk_indicator_figures_delivered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_figures")),
        sa.UniqueConstraint(
            "agreement_id",
            "code",
            "period",
            "sequence",
            name=op.f("uq_indicator_figures_agreement_id_code_period_sequence"),
        ),
    )
    with op.batch_alter_table("indicator_figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_figures_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "outflow_cases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("municipality_id", sa.String(length=26), nullable=True),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("established", sa.Integer(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("opened_by_id", sa.String(length=26), nullable=False),
        sa.Column("warned_until", sa.Date(), nullable=False),
        sa.Column("heard_until", sa.Date(), nullable=True),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("viewed_at", Moment(), nullable=True),
        sa.Column("viewed_by_id", sa.String(length=26), nullable=True),
        sa.Column("claim", sa.String(length=60), nullable=False),
        sa.Column("claim_reason", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("continuity", sa.Text(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=True),
        sa.Column("proposed_by_id", sa.String(length=26), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("confirmed_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'end' OR ends_on IS NOT NULL", name=op.f("ck_outflow_cases_end_has_a_day")
        ),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name=op.f("ck_outflow_cases_four_eyes")
        ),
        sa.CheckConstraint("outcome IS NULL OR length(reason) >= 10", name=op.f("ck_outflow_cases_reasoned")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_outflow_cases_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_outflow_cases_authority_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name=op.f("fk_outflow_cases_confirmed_by_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_outflow_cases_municipality_id")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_outflow_cases_opened_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_outflow_cases_proposed_by_id")),
        sa.ForeignKeyConstraint(["viewed_by_id"], ["users.id"], name=op.f("fk_outflow_cases_viewed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outflow_cases")),
    )
    with op.batch_alter_table("outflow_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outflow_cases_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outflow_cases_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "rechecks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("asked_by_id", sa.String(length=26), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_rechecks_agreement_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_rechecks_asked_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_rechecks_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rechecks")),
        sa.UniqueConstraint("agreement_id", "year", name=op.f("uq_rechecks_agreement_id_year")),
    )
    with op.batch_alter_table("rechecks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rechecks_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rechecks_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "risks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_risks_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_risks_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_risks_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risks")),
    )
    with op.batch_alter_table("risks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risks_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_risks_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index("ix_risks_place", ["procedure_id", "agreement_id"], unique=False)
    op.create_table(
        "suspensions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suspended_at", Moment(), nullable=False),
        sa.Column("suspended_by_id", sa.String(length=26), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.Column("lifted_by_id", sa.String(length=26), nullable=True),
        sa.Column("lifted_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_suspensions_grounded")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_suspensions_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_suspensions_authority_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["users.id"], name=op.f("fk_suspensions_lifted_by_id")),
        sa.ForeignKeyConstraint(["suspended_by_id"], ["users.id"], name=op.f("fk_suspensions_suspended_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
    )
    with op.batch_alter_table("suspensions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suspensions_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suspensions_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(
            "ix_suspensions_running",
            ["agreement_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
    op.create_table(
        "talks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("began_by_id", sa.String(length=26), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("confirmed_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name=op.f("ck_talks_confirmed_by_somebody")
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_talks_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_talks_authority_id")),
        sa.ForeignKeyConstraint(["began_by_id"], ["users.id"], name=op.f("fk_talks_began_by_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name=op.f("fk_talks_confirmed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talks")),
    )
    with op.batch_alter_table("talks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_talks_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_talks_authority_id"), ["authority_id"], unique=False)
    op.create_table(
        "action_points",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("talk_id", sa.String(length=26), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by_id", sa.String(length=26), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("done_by_id", sa.String(length=26), nullable=True),
        sa.Column("done_note", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_action_points_authority_id")),
        sa.ForeignKeyConstraint(["done_by_id"], ["users.id"], name=op.f("fk_action_points_done_by_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_action_points_made_by_id")),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_action_points_talk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_points")),
    )
    with op.batch_alter_table("action_points", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_points_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_points_talk_id"), ["talk_id"], unique=False)
    op.create_table(
        "client_counts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agreement_id", sa.String(length=26), nullable=False),
        sa.Column("delivery_id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("municipality_id", sa.String(length=26), nullable=False),
        sa.Column("period", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("clients >= 0", name=op.f("ck_client_counts_number")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_client_counts_agreement_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_client_counts_authority_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["count_deliveries.id"], name=op.f("fk_client_counts_delivery_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_client_counts_municipality_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_client_counts_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_counts")),
        sa.UniqueConstraint(
            "agreement_id",
            "product_id",
            "municipality_id",
            "period",
            "sequence",
            name=op.f("uq_client_counts_agreement_id_product_id_municipality_id_period_sequence"),
        ),
    )
    with op.batch_alter_table("client_counts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_counts_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_counts_delivery_id"), ["delivery_id"], unique=False)
    op.create_table(
        "handover_items",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("handover_id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("done_by_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_handover_items_authority_id")),
        sa.ForeignKeyConstraint(["done_by_id"], ["users.id"], name=op.f("fk_handover_items_done_by_id")),
        sa.ForeignKeyConstraint(["handover_id"], ["handovers.id"], name=op.f("fk_handover_items_handover_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_items")),
        sa.UniqueConstraint("handover_id", "code", name=op.f("uq_handover_items_handover_id_code")),
    )
    with op.batch_alter_table("handover_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_items_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_items_handover_id"), ["handover_id"], unique=False)
    op.create_table(
        "recheck_items",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("recheck_id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_recheck_items_authority_id")),
        sa.ForeignKeyConstraint(["recheck_id"], ["rechecks.id"], name=op.f("fk_recheck_items_recheck_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck_items")),
        sa.UniqueConstraint("recheck_id", "code", name=op.f("uq_recheck_items_recheck_id_code")),
    )
    with op.batch_alter_table("recheck_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recheck_items_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recheck_items_recheck_id"), ["recheck_id"], unique=False)
    op.create_table(
        "risk_entries",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("risk_id", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("likelihood", sa.String(length=60), nullable=False),
        sa.Column("impact", sa.String(length=60), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.Column("entered_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_risk_entries_authority_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["users.id"], name=op.f("fk_risk_entries_entered_by_id")),
        sa.ForeignKeyConstraint(["risk_id"], ["risks.id"], name=op.f("fk_risk_entries_risk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_entries")),
        sa.UniqueConstraint("risk_id", "sequence", name=op.f("uq_risk_entries_risk_id_sequence")),
    )
    with op.batch_alter_table("risk_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_entries_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_risk_entries_risk_id"), ["risk_id"], unique=False)
    op.create_table(
        "talk_addenda",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("talk_id", sa.String(length=26), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("added_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_talk_addenda_added_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_talk_addenda_authority_id")),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_talk_addenda_talk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_addenda")),
    )
    with op.batch_alter_table("talk_addenda", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_talk_addenda_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_talk_addenda_talk_id"), ["talk_id"], unique=False)
    op.create_table(
        "talk_notes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("talk_id", sa.String(length=26), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("saved_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_talk_notes_authority_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_talk_notes_saved_by_id")),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_talk_notes_talk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_notes")),
        sa.UniqueConstraint("talk_id", "topic", name=op.f("uq_talk_notes_talk_id_topic")),
    )
    with op.batch_alter_table("talk_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_talk_notes_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_talk_notes_talk_id"), ["talk_id"], unique=False)
    op.create_table(
        "recheck_documents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("handed_in_at", Moment(), nullable=False),
        sa.Column("handed_in_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_recheck_documents_authority_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_recheck_documents_document_id")),
        sa.ForeignKeyConstraint(["handed_in_by_id"], ["users.id"], name=op.f("fk_recheck_documents_handed_in_by_id")),
        sa.ForeignKeyConstraint(["item_id"], ["recheck_items.id"], name=op.f("fk_recheck_documents_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck_documents")),
        sa.UniqueConstraint("item_id", "document_id", name=op.f("uq_recheck_documents_item_id_document_id")),
    )
    with op.batch_alter_table("recheck_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recheck_documents_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recheck_documents_item_id"), ["item_id"], unique=False)
    op.create_table(
        "recheck_verdicts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("verdict", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("found_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_recheck_verdicts_authority_id")),
        sa.ForeignKeyConstraint(["found_by_id"], ["users.id"], name=op.f("fk_recheck_verdicts_found_by_id")),
        sa.ForeignKeyConstraint(["item_id"], ["recheck_items.id"], name=op.f("fk_recheck_verdicts_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck_verdicts")),
    )
    with op.batch_alter_table("recheck_verdicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recheck_verdicts_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recheck_verdicts_item_id"), ["item_id"], unique=False)
