"""A file per person concerned in the integrity compartment; certificates that are looked at and forgotten

An outcome that was recorded becomes a decided file of whom it was about, and its note a paper in that file. The key of
the note stays what it was: a sealed file is bound to it.

Revision: 0018
Before: 0017
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment, new_id

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=26), nullable=nullable)


def _key(name: str, length: int = 60) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, Moment(), nullable=nullable)


def _day(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _foreign(table: str, column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), **more)


def _primary(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    _make_files()
    _make_forms()
    _make_seen()
    with op.batch_alter_table("integrity_reads") as batch:
        batch.alter_column("document_id", existing_type=sa.String(length=26), nullable=True)
        for column, other in (("form_id", "forms"), ("file_id", "files"), ("paper_id", "papers")):
            batch.add_column(_id(column, nullable=True))
            batch.create_foreign_key(op.f(f"fk_integrity_reads_{column}"), f"integrity_{other}", [column], ["id"])
    op.add_column("documents", _moment("may_erase_at", nullable=True))
    op.add_column("documents", _moment("erased_at", nullable=True))
    op.add_column(
        "document_readings", sa.Column("health_pages", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    _carry_over()
    op.drop_column("integrity_checks", "note_key")


def _make_files() -> None:
    table = "integrity_files"
    op.create_table(
        table,
        _id(),
        _id("check_id"),
        _id("party_id", nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        _id("organisation_id", nullable=True),
        _key("state"),
        _key("result"),
        _day("hearing_until"),
        _moment("heard_at", nullable=True),
        _moment("proposed_at", nullable=True),
        _id("proposed_by_id", nullable=True),
        _moment("decided_at", nullable=True),
        _id("decided_by_id", nullable=True),
        _id("authority_id"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name=op.f(f"ck_{table}_four_eyes")
        ),
        sa.CheckConstraint(
            "(state = 'decided') = (decided_at IS NOT NULL)", name=op.f(f"ck_{table}_decided_by_someone")
        ),
        sa.CheckConstraint("(state = 'decided') = (result <> '')", name=op.f(f"ck_{table}_decided_is_known")),
        _foreign(table, "authority_id", "authorities"),
        _foreign(table, "check_id", "integrity_checks"),
        _foreign(table, "decided_by_id", "users"),
        _foreign(table, "organisation_id", "organisations"),
        _foreign(table, "party_id", "parties"),
        _foreign(table, "proposed_by_id", "users"),
        _primary(table),
        sa.UniqueConstraint("check_id", "position", name=op.f(f"uq_{table}_check_id_position")),
    )
    _indexes(table, "authority_id", "check_id", "organisation_id")
    table = "integrity_advices"
    op.create_table(
        table,
        _id(),
        _id("file_id"),
        _day("asked_on", nullable=False),
        _day("due_on", nullable=False),
        _day("extended_on"),
        _day("paused_on"),
        _day("received_on"),
        _day("ended_on"),
        _id("authority_id"),
        _foreign(table, "authority_id", "authorities"),
        _foreign(table, "file_id", "integrity_files"),
        _primary(table),
    )
    _indexes(table, "authority_id", "file_id")
    running = sa.text("received_on IS NULL")
    op.create_index(
        "uq_integrity_advices_running", table, ["file_id"], unique=True, sqlite_where=running, postgresql_where=running
    )
    table = "integrity_papers"
    op.create_table(
        table,
        _id(),
        _id("file_id"),
        _key("kind"),
        _key("attempt"),
        _key("storage_key", 200),
        _moment("made_at"),
        _id("made_by_id"),
        _moment("opened_at", nullable=True),
        _id("authority_id"),
        _foreign(table, "authority_id", "authorities"),
        _foreign(table, "file_id", "integrity_files"),
        _foreign(table, "made_by_id", "users"),
        _primary(table),
        sa.UniqueConstraint("file_id", "attempt", name=op.f(f"uq_{table}_file_id_attempt")),
        sa.UniqueConstraint("storage_key", name=op.f(f"uq_{table}_storage_key")),
    )
    _indexes(table, "authority_id", "file_id")


def _make_forms() -> None:
    table = "integrity_forms"
    op.create_table(
        table,
        _id(),
        _id("application_id"),
        _id("party_id", nullable=True),
        _id("organisation_id"),
        _key("model"),
        _key("storage_key", 200),
        _key("sha256", 64),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        _moment("saved_at"),
        _id("saved_by_id"),
        _moment("submitted_at", nullable=True),
        _id("authority_id"),
        _foreign(table, "application_id", "applications", ondelete="CASCADE"),
        _foreign(table, "authority_id", "authorities"),
        _foreign(table, "organisation_id", "organisations"),
        _foreign(table, "party_id", "parties", ondelete="CASCADE"),
        _foreign(table, "saved_by_id", "users"),
        _primary(table),
        sa.UniqueConstraint("storage_key", name=op.f(f"uq_{table}_storage_key")),
    )
    _indexes(table, "application_id", "authority_id")
    draft = sa.text("submitted_at IS NULL")
    op.create_index(
        "uq_integrity_forms_draft",
        table,
        ["application_id", sa.text("coalesce(party_id, '')"), "organisation_id"],
        unique=True,
        sqlite_where=draft,
        postgresql_where=draft,
    )


def _make_seen() -> None:
    table = "seen_certificates"
    op.create_table(
        table,
        _id(),
        _id("application_id"),
        _id("document_id"),
        _day("issued_on", nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        _moment("seen_at"),
        _id("seen_by_id"),
        _moment("forgotten_at", nullable=True),
        _id("authority_id"),
        sa.CheckConstraint("people BETWEEN 1 AND 9999", name=op.f(f"ck_{table}_somebody")),
        _foreign(table, "application_id", "applications"),
        _foreign(table, "authority_id", "authorities"),
        _foreign(table, "document_id", "documents"),
        _foreign(table, "seen_by_id", "users"),
        _primary(table),
        sa.UniqueConstraint("application_id", "document_id", name=op.f(f"uq_{table}_application_id_document_id")),
    )
    _indexes(table, "authority_id", "document_id")
    table = "erasures"
    op.create_table(
        table,
        _id(),
        _id("document_id"),
        _key("kind"),
        _key("sha256", 64),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        _moment("agreed_at"),
        _moment("erased_at"),
        _foreign(table, "document_id", "documents"),
        _primary(table),
        sa.UniqueConstraint("document_id", name=op.f(f"uq_{table}_document_id")),
    )


CHECKS = """
SELECT c.id, c.authority_id, c.application_id, c.outcome, c.recorded_at, c.recorded_by_id, c.note_key,
  a.organisation_id FROM integrity_checks c JOIN applications a ON a.id = c.application_id
"""
MANIFEST = """
SELECT manifest FROM submissions WHERE application_id = :id AND withdrawn_at IS NULL AND manifest <> ''
ORDER BY sequence DESC
"""


def _carry_over() -> None:
    """A file for whom a form was handed in about, open or decided as the check was; the applicant's gets the note."""
    connection = op.get_bind()
    for check in connection.execute(sa.text(CHECKS)).mappings().all():
        text = connection.execute(sa.text(MANIFEST), {"id": check["application_id"]}).scalar()
        content = json.loads(text) if text else {"files": [], "parties": []}
        asked = {one.get("party") for one in content["files"] if one["requirement"] is None} - {None}
        named = {one["position"]: one for one in content.get("parties", [])}
        people = [(0, None, check["organisation_id"])]
        people += [(at, named[at]["party_id"], named[at].get("organisation_id")) for at in sorted(asked & named.keys())]
        is_known = check["outcome"] != "pending"
        for position, party_id, organisation_id in people:
            row = {
                "id": new_id(),
                "check_id": check["id"],
                "party_id": party_id,
                "position": position,
                "organisation_id": organisation_id,
                "state": "decided" if is_known else "open",
                "result": check["outcome"] if is_known else "",
                "decided_at": check["recorded_at"],
                "decided_by_id": check["recorded_by_id"],
                "authority_id": check["authority_id"],
            }
            _insert(connection, "integrity_files", row)
            if position == 0 and check["note_key"]:
                paper = {
                    "id": new_id(),
                    "file_id": row["id"],
                    "kind": "note",
                    "attempt": "recorded",
                    "storage_key": check["note_key"],
                    "made_at": check["recorded_at"],
                    "made_by_id": check["recorded_by_id"],
                    "authority_id": check["authority_id"],
                }
                _insert(connection, "integrity_papers", paper)


def _insert(connection: sa.Connection, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 - own names


def downgrade() -> None:
    op.add_column("integrity_checks", sa.Column("note_key", sa.String(length=200), nullable=True))
    connection = op.get_bind()
    notes = (
        "SELECT f.check_id, p.storage_key FROM integrity_papers p JOIN integrity_files f ON f.id = p.file_id"
        " WHERE p.kind IN ('note', 'proposal') AND f.position = 0 ORDER BY p.made_at"
    )
    for check_id, key in connection.execute(sa.text(notes)).all():
        connection.execute(
            sa.text("UPDATE integrity_checks SET note_key = :key WHERE id = :id AND recorded_at IS NOT NULL"),
            {"key": key, "id": check_id},
        )
    op.drop_column("document_readings", "health_pages")
    op.drop_column("documents", "erased_at")
    op.drop_column("documents", "may_erase_at")
    connection.execute(sa.text("DELETE FROM integrity_reads WHERE document_id IS NULL"))
    op.drop_index("uq_integrity_forms_draft", "integrity_forms")  # an index over an expression is not reflected
    with op.batch_alter_table("integrity_reads") as batch:
        for column in ("form_id", "file_id", "paper_id"):
            batch.drop_constraint(op.f(f"fk_integrity_reads_{column}"), type_="foreignkey")
            batch.drop_column(column)
        batch.alter_column("document_id", existing_type=sa.String(length=26), nullable=False)
    for table in ("erasures", "seen_certificates", "integrity_forms", "integrity_papers", "integrity_advices"):
        op.drop_table(table)
    op.drop_table("integrity_files")
