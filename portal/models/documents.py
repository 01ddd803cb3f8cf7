"""The document vault of an organisation, and the addresses from which calendars read what expires in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from portal.models.base import Base, Digest, Id, Key, Name, Prose, Reference
from portal.models.people import Organisation, User

if TYPE_CHECKING:
    from portal.models.readings import DocumentReading
    from portal.models.seen import Erasure


class Document(Base):
    """One version of one document. The bytes are in place before the row; a new version supersedes this one.

    `sha256` is of the plain bytes, also where the stored bytes are sealed. `scan_state` is what the malware scanner
    said, a key of `terms.SCAN_STATES`; 'none' where no scanner is configured. `scan_finding` names the malware.
    `read_at`: when the portal read it (`DocumentReading`); None while it has yet to.
    Since `sealed_at` the document lies in the vault of a tender: the row no longer says anything about it, and its
    bytes are not in the store. `revision` goes up with each save of what the organisation tells about it; a save names
    the revision it was based on.

    `issuer` to `about_on` are what the organisation reads on the document. `scope`: what it is about, such as the
    activities of a certificate. `holder_name` and `holder_kvk_number`: in whose name it stands; '' where nobody wrote
    it down. `starts_on` and `expires_on` are the first and the last day on which it is valid, both included.
    `may_erase_at`: its owner agreed that it is destroyed once every authority that has it looked at it; since
    `erased_at` it is, and the row says no more of it than an `Erasure` does.
    `about_on` is the day some kinds are about (`terms.DocumentKind.about`): a first working day, the end of a year.
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("size > 0", name="not_empty"),
        CheckConstraint("kind <> 'bibob_form' OR is_sealed", name="integrity_is_sealed"),
        Index(
            "ix_documents_current",
            "organisation_id",
            "kind",
            sqlite_where=text("superseded_by_id IS NULL"),
            postgresql_where=text("superseded_by_id IS NULL"),
        ),
        CheckConstraint("scan_state <> 'infected' OR scanned_at IS NOT NULL", name="infected_was_scanned"),
        Index(
            "ix_documents_to_scan",
            "uploaded_at",
            sqlite_where=text("scan_state = 'waiting'"),
            postgresql_where=text("scan_state = 'waiting'"),
        ),
        Index(
            "ix_documents_to_read",
            "uploaded_at",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[Key]
    filename: Mapped[Name]
    content_type: Mapped[Key]
    pages: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[Digest] = mapped_column(index=True)
    storage_key: Mapped[Name] = mapped_column(unique=True)
    is_sealed: Mapped[bool]
    issuer: Mapped[Name] = mapped_column(default="")
    number: Mapped[Name] = mapped_column(default="")
    scope: Mapped[Prose] = mapped_column(default="")
    holder_name: Mapped[Name] = mapped_column(default="")
    holder_kvk_number: Mapped[Key] = mapped_column(default="")
    issued_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    about_on: Mapped[date | None]
    version: Mapped[int]
    superseded_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("documents.id"))
    removed_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    scan_state: Mapped[Key] = mapped_column(default="none")
    scanned_at: Mapped[datetime | None]
    scan_finding: Mapped[Name] = mapped_column(default="")
    read_at: Mapped[datetime | None]
    may_erase_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    described_at: Mapped[datetime | None]
    described_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    state: Mapped[str] = synonym("scan_state")  # the name under which the table of transitions knows it
    organisation: Mapped[Organisation] = relationship()
    uploaded_by: Mapped[User] = relationship(foreign_keys=uploaded_by_id)
    described_by: Mapped[User | None] = relationship(foreign_keys=described_by_id)
    superseded_by: Mapped[Document | None] = relationship(remote_side="Document.id")
    reading: Mapped[DocumentReading | None] = relationship(back_populates="document", cascade="all, delete-orphan")
    erasure: Mapped[Erasure | None] = relationship(back_populates="document")

    @property
    def is_gone(self) -> bool:
        """It cannot be used: taken out of the list, sealed in the vault of a tender, or destroyed."""
        return self.removed_at is not None or self.sealed_at is not None or self.erased_at is not None


class CalendarFeed(Base):
    """The secret address from which one colleague's calendar reads what expires in the vault.

    Of the secret itself only its SHA-256 is kept. It works until `revoked_at`, and as long as the colleague has access.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        Index(
            "uq_calendar_feeds_live",
            "user_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    token_digest: Mapped[Digest] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
