"""Terms that stand still, decisions on their way out, letters that are edited, objections and lawsuits

Revision: 0019
Before: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment, new_id

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


PLAIN = "uq_decisions_application_id_product_id_municipality_id"
SEQUENCED = f"{PLAIN}_sequence"
_NOT_WHO_DECIDED = " AND ".join(
    f"({one} IS NULL OR advised_by_id <> {one})" for one in ("proposer_id", "confirmer_id", "approver_id")
)
RULES = {
    "advised_by_who_did_not_decide": f"advised_by_id IS NULL OR ({_NOT_WHO_DECIDED})",
    "advised_by_someone": "(advised_at IS NULL) = (advised_by_id IS NULL)",
    "four_eyes": "confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id",
    "adviser_does_not_decide": (
        "advised_by_id IS NULL OR ((proposed_by_id IS NULL OR advised_by_id <> proposed_by_id)"
        " AND (confirmed_by_id IS NULL OR advised_by_id <> confirmed_by_id))"
    ),
    "reasoned": "outcome = '' OR length(reason) >= 30",
    "decided_by_two_in_a_letter": (
        "(state = 'decided') = (confirmed_at IS NOT NULL) AND (confirmed_at IS NULL) = (confirmed_by_id IS NULL)"
        " AND (confirmed_at IS NULL) = (outcome_letter_id IS NULL)"
    ),
    "after_advice": "(state <> 'proposed' AND state <> 'decided') OR advised_at IS NOT NULL",
}
RELEASED = ("released_after_confirmed", "told_after_released")


def upgrade() -> None:
    _terms()
    _decisions()
    _objections()
    with op.batch_alter_table("signing_blocks") as batch:
        batch.add_column(sa.Column("stage", sa.String(length=60), nullable=False, server_default="announced"))
        batch.add_column(sa.Column("court", sa.String(length=200), nullable=False, server_default=""))
        batch.add_column(sa.Column("dated_on", sa.Date(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_signing_blocks_served_by_a_court"),
            "stage = 'announced' OR (court <> '' AND dated_on IS NOT NULL)",
        )


def downgrade() -> None:
    with op.batch_alter_table("signing_blocks") as batch:
        batch.drop_constraint(op.f("ck_signing_blocks_served_by_a_court"), type_="check")
        for name in ("dated_on", "court", "stage"):
            batch.drop_column(name)
    # what an objection revised counts no more: what was told first stands again
    op.execute("DELETE FROM decisions WHERE sequence > 1")
    with op.batch_alter_table("decisions") as batch:
        batch.drop_constraint(op.f("fk_decisions_objection_id"), type_="foreignkey")
        batch.drop_constraint(SEQUENCED, type_="unique")
        batch.create_unique_constraint(op.f(PLAIN), ["application_id", "product_id", "municipality_id"])
        for name in ("superseded_at", "objection_id", "sequence"):
            batch.drop_column(name)
    op.drop_table("objection_points")
    op.drop_table("objections")
    op.execute("DELETE FROM decision_letters WHERE sequence > 1")
    with op.batch_alter_table("decision_letters") as batch:
        batch.drop_constraint(op.f("ck_decision_letters_decision_first"), type_="check")
        batch.drop_constraint("uq_decision_letters_application_id_sequence", type_="unique")
        batch.drop_index("ix_decision_letters_application_id")
        batch.create_unique_constraint("uq_decision_letters_application_id", ["application_id"])
        for name in ("sequence", "kind"):
            batch.drop_column(name)
    with op.batch_alter_table("decisions") as batch:
        for name in ("approved_by_someone", "six_eyes", "approved_after_confirmed", *RELEASED):
            batch.drop_constraint(op.f(f"ck_decisions_{name}"), type_="check")
        batch.create_check_constraint(
            op.f("ck_decisions_told_after_confirmed"), "told_at IS NULL OR confirmed_at IS NOT NULL"
        )
        batch.drop_constraint(op.f("fk_decisions_approved_by_id"), type_="foreignkey")
        for name in ("released_at", "approved_by_id", "approved_at"):
            batch.drop_column(name)
    op.drop_table("letter_drafts")
    op.drop_table("decision_releases")
    op.drop_table("term_feeds")
    op.drop_table("term_suspensions")


def _terms() -> None:
    op.create_table(
        "term_suspensions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("term", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("begun_by_id", sa.String(length=26), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by_id", sa.String(length=26), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(ended_by_id IS NULL OR ended_at IS NOT NULL) AND "
            "(ended_at IS NULL OR ended_by_id IS NOT NULL OR kind = 'integrity')",
            name=op.f("ck_term_suspensions_ended_by_someone"),
        ),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= begun_at", name=op.f("ck_term_suspensions_period")),
        sa.CheckConstraint(
            "(kind = 'integrity') = (reason = '') AND (reason = '' OR length(reason) >= 10)",
            name=op.f("ck_term_suspensions_reasoned"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_term_suspensions_application_id")
        ),
        sa.ForeignKeyConstraint(["begun_by_id"], ["users.id"], name=op.f("fk_term_suspensions_begun_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_term_suspensions_ended_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_term_suspensions_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_suspensions")),
    )
    op.create_index("ix_term_suspensions_application_id", "term_suspensions", ["application_id"])
    op.create_index("ix_term_suspensions_authority_id", "term_suspensions", ["authority_id"])
    _unique("term_suspensions", "running", ["application_id", "term", "kind"], "ended_at IS NULL")

    op.create_table(
        "term_feeds",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_term_feeds_round_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_term_feeds_user_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_term_feeds_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_feeds")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_term_feeds_token_digest")),
    )
    op.create_index("ix_term_feeds_round_id", "term_feeds", ["round_id"])
    op.create_index("ix_term_feeds_authority_id", "term_feeds", ["authority_id"])
    _unique("term_feeds", "live", ["user_id", "round_id"], "revoked_at IS NULL")


def _decisions() -> None:
    with op.batch_alter_table("decisions") as batch:
        batch.add_column(sa.Column("approved_at", Moment(), nullable=True))
        batch.add_column(sa.Column("approved_by_id", sa.String(length=26), nullable=True))
        batch.add_column(sa.Column("released_at", Moment(), nullable=True))
        batch.create_foreign_key(op.f("fk_decisions_approved_by_id"), "users", ["approved_by_id"], ["id"])
    # what was told before releasing was an act of its own, was released by telling it
    op.execute("UPDATE decisions SET released_at = told_at WHERE told_at IS NOT NULL")
    with op.batch_alter_table("decisions") as batch:
        batch.drop_constraint(op.f("ck_decisions_told_after_confirmed"), type_="check")
        batch.create_check_constraint(
            op.f("ck_decisions_approved_by_someone"), "(approved_at IS NULL) = (approved_by_id IS NULL)"
        )
        batch.create_check_constraint(
            op.f("ck_decisions_six_eyes"),
            "approved_by_id IS NULL OR (approved_by_id <> proposed_by_id AND approved_by_id <> confirmed_by_id)",
        )
        batch.create_check_constraint(
            op.f("ck_decisions_approved_after_confirmed"), "approved_at IS NULL OR confirmed_at IS NOT NULL"
        )
        batch.create_check_constraint(
            op.f("ck_decisions_released_after_confirmed"), "released_at IS NULL OR confirmed_at IS NOT NULL"
        )
        batch.create_check_constraint(
            op.f("ck_decisions_told_after_released"), "told_at IS NULL OR released_at IS NOT NULL"
        )
    op.create_table(
        "decision_releases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("round_id", sa.String(length=26), nullable=False),
        sa.Column("released_at", Moment(), nullable=False),
        sa.Column("released_by_id", sa.String(length=26), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_decision_releases_round_id")),
        sa.ForeignKeyConstraint(["released_by_id"], ["users.id"], name=op.f("fk_decision_releases_released_by_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_decision_releases_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_releases")),
    )
    op.create_index("ix_decision_releases_round_id", "decision_releases", ["round_id"])
    op.create_index("ix_decision_releases_authority_id", "decision_releases", ["authority_id"])
    op.create_table(
        "letter_drafts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("passages", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_at", Moment(), nullable=True),
        sa.Column("edited_by_id", sa.String(length=26), nullable=True),
        sa.Column("agreed_at", Moment(), nullable=True),
        sa.Column("agreed_by_id", sa.String(length=26), nullable=True),
        sa.Column("release_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(state IN ('released', 'told')) = (release_id IS NOT NULL)",
            name=op.f("ck_letter_drafts_released_by_someone"),
        ),
        sa.CheckConstraint(
            "agreed_by_id IS NULL OR agreed_by_id <> edited_by_id", name=op.f("ck_letter_drafts_four_eyes")
        ),
        sa.CheckConstraint(
            "edited_by_id IS NULL OR state = 'edited' OR agreed_by_id IS NOT NULL",
            name=op.f("ck_letter_drafts_changed_by_two"),
        ),
        sa.ForeignKeyConstraint(["edited_by_id"], ["users.id"], name=op.f("fk_letter_drafts_edited_by_id")),
        sa.ForeignKeyConstraint(["agreed_by_id"], ["users.id"], name=op.f("fk_letter_drafts_agreed_by_id")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_letter_drafts_application_id")),
        sa.ForeignKeyConstraint(["release_id"], ["decision_releases.id"], name=op.f("fk_letter_drafts_release_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_letter_drafts_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_drafts")),
        sa.UniqueConstraint("application_id", name=op.f("uq_letter_drafts_application_id")),
    )
    op.create_index("ix_letter_drafts_state", "letter_drafts", ["state"])
    op.create_index("ix_letter_drafts_release_id", "letter_drafts", ["release_id"])
    op.create_index("ix_letter_drafts_authority_id", "letter_drafts", ["authority_id"])
    _drafts_of_before()


def _drafts_of_before() -> None:
    """What was confirmed and not told when the portal was renewed gets its letter on the way like any other."""
    bind = op.get_bind()
    waiting = bind.execute(
        sa.text(
            "SELECT id, authority_id FROM applications WHERE state = 'decided' AND EXISTS (SELECT 1 FROM decisions"
            " WHERE decisions.application_id = applications.id AND decisions.told_at IS NULL)"
        )
    ).all()
    drafts = sa.table(
        "letter_drafts",
        *(sa.column(name) for name in ("id", "application_id", "state", "version", "authority_id")),
        sa.column("passages", sa.JSON()),
    )
    for application_id, authority_id in waiting:
        bind.execute(
            drafts.insert().values(
                id=new_id(),
                application_id=application_id,
                state="composed",
                version=0,
                authority_id=authority_id,
                passages={},
            )
        )


def _objections() -> None:
    with op.batch_alter_table("decision_letters") as batch:
        batch.add_column(sa.Column("kind", sa.String(length=60), nullable=False, server_default="decision"))
        batch.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint("uq_decision_letters_application_id", type_="unique")
        batch.create_unique_constraint("uq_decision_letters_application_id_sequence", ["application_id", "sequence"])
        batch.create_index("ix_decision_letters_application_id", ["application_id"])
        batch.create_check_constraint(
            op.f("ck_decision_letters_decision_first"), "(kind = 'decision') = (sequence = 1)"
        )
    people = (
        "filed_by_id",
        "proposer_id",
        "confirmer_id",
        "approver_id",
        "advised_by_id",
        "proposed_by_id",
        "confirmed_by_id",
    )
    op.create_table(
        "objections",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("application_id", sa.String(length=26), nullable=False),
        sa.Column("letter_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("is_on_paper", sa.Boolean(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("filed_at", Moment(), nullable=False),
        sa.Column("filed_by_id", sa.String(length=26), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("proposer_id", sa.String(length=26), nullable=False),
        sa.Column("confirmer_id", sa.String(length=26), nullable=False),
        sa.Column("approver_id", sa.String(length=26), nullable=True),
        sa.Column("hearing_at", Moment(), nullable=True),
        sa.Column("hearing_place", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("heard_at", Moment(), nullable=True),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("advised_outcome", sa.String(length=60), nullable=False),
        sa.Column("advised_at", Moment(), nullable=True),
        sa.Column("advised_by_id", sa.String(length=26), nullable=True),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=True),
        sa.Column("proposed_by_id", sa.String(length=26), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("confirmed_by_id", sa.String(length=26), nullable=True),
        sa.Column("outcome_letter_id", sa.String(length=26), nullable=True),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_objections_{name}")) for name, rule in RULES.items()),
        *(sa.ForeignKeyConstraint([one], ["users.id"], name=op.f(f"fk_objections_{one}")) for one in people),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_objections_application_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["decision_letters.id"], name=op.f("fk_objections_letter_id")),
        sa.ForeignKeyConstraint(
            ["outcome_letter_id"], ["decision_letters.id"], name=op.f("fk_objections_outcome_letter_id")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_objections_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("authority_id", "number", name=op.f("uq_objections_authority_id_number")),
    )
    op.create_index("ix_objections_application_id", "objections", ["application_id"])
    op.create_index("ix_objections_authority_id", "objections", ["authority_id"])
    _unique("objections", "stands", ["letter_id"], "state <> 'withdrawn'")
    op.create_table(
        "objection_points",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("objection_id", sa.String(length=26), nullable=False),
        sa.Column("finding_id", sa.String(length=26), nullable=False),
        sa.Column("argument", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("length(argument) >= 10", name=op.f("ck_objection_points_argued")),
        sa.ForeignKeyConstraint(["objection_id"], ["objections.id"], name=op.f("fk_objection_points_objection_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_objection_points_finding_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_objection_points_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection_points")),
        sa.UniqueConstraint("objection_id", "finding_id", name=op.f("uq_objection_points_objection_id_finding_id")),
    )
    op.create_index("ix_objection_points_authority_id", "objection_points", ["authority_id"])
    with op.batch_alter_table("decisions") as batch:
        batch.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("objection_id", sa.String(length=26), nullable=True))
        batch.add_column(sa.Column("superseded_at", Moment(), nullable=True))
        batch.create_foreign_key(op.f("fk_decisions_objection_id"), "objections", ["objection_id"], ["id"])
        batch.drop_constraint(PLAIN, type_="unique")
        batch.create_unique_constraint(op.f(SEQUENCED), ["application_id", "product_id", "municipality_id", "sequence"])


def _unique(table: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(
        f"uq_{table}_{name}",
        table,
        columns,
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
