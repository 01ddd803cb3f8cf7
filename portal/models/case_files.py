"""Case files (procesdossiers): one dossier as ZIP and as one PDF, and what is made unreadable in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.documents import Document
from portal.models.people import User
from portal.models.reviews import Review


class CaseFile(OwnedByAuthority, Base):
    """One dossier as it was asked for, and how far the worker is with it.

    `purpose` is a key of `case_file_words.PURPOSES`. `facts` is frozen canonical JSON: everything that is in it, in
    order. `units_done` of `units` says how far it is. What was made is kept until `expires_at`; since `removed_at` its
    files are gone. `attempt` is the key of the form: the same form sent twice is one case file.
    """

    __tablename__ = "case_files"
    __table_args__ = (
        CheckConstraint("NOT has_annex OR purpose = 'own'", name="annex_stays_inside"),
        CheckConstraint(
            "made_at IS NULL OR removed_at IS NOT NULL OR (pdf_key IS NOT NULL AND zip_key IS NOT NULL)",
            name="made_whole",
        ),
        Index(
            "ix_case_files_to_make",
            "asked_at",
            sqlite_where=text("made_at IS NULL AND removed_at IS NULL"),
            postgresql_where=text("made_at IS NULL AND removed_at IS NULL"),
        ),
        Index(
            "ix_case_files_to_remove",
            "expires_at",
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    attempt: Mapped[Key] = mapped_column(unique=True)
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"), index=True)
    purpose: Mapped[Key]
    is_redacted: Mapped[bool]
    has_annex: Mapped[bool]
    facts: Mapped[Prose]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    units: Mapped[int]
    units_done: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int | None]
    made_at: Mapped[datetime | None]
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    pdf_size: Mapped[int | None] = mapped_column(BigInteger)
    zip_key: Mapped[Name | None]
    zip_sha256: Mapped[str | None] = mapped_column(String(64))
    zip_size: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    review: Mapped[Review] = relationship()
    asked_by: Mapped[User] = relationship()


class Redaction(OwnedByAuthority, Base):
    """A part of a dossier that must be unreadable in a redacted case file, with its ground.

    Of a document: a page and a box on it in ten-thousandths of the page (`services.Box`). Of a text of the dossier
    itself: `section`, such as 'answer:T03'. It holds until it is lifted.
    """

    __tablename__ = "redactions"
    __table_args__ = (
        CheckConstraint("(document_id IS NULL) = (section <> '')", name="document_or_section"),
        CheckConstraint("document_id IS NULL OR page >= 1", name="on_a_page"),
    )

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"), index=True)
    document_id: Mapped[Reference | None] = mapped_column(ForeignKey("documents.id"))
    section: Mapped[Key] = mapped_column(default="")
    page: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(default=0)
    top: Mapped[int] = mapped_column(default=0)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    ground: Mapped[Key]
    marked_at: Mapped[datetime]
    marked_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    review: Mapped[Review] = relationship()
    document: Mapped[Document | None] = relationship()
    marked_by: Mapped[User] = relationship(foreign_keys=[marked_by_id])
