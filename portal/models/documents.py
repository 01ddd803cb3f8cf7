"""The document vault of an organisation."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from portal.models.base import Base, Digest, Id, Key, Name, Reference
from portal.models.people import Organisation, User


class Document(Base):
    """One version of one document. The bytes are in place before the row; a new version supersedes this one.

    `sha256` is of the plain bytes, also where the stored bytes are sealed. `scan_state` is what the malware scanner
    said, a key of `terms.SCAN_STATES`; 'none' where no scanner is configured. `scan_finding` names the malware.
    Since `sealed_at` the document lies in the vault of a tender: the row no longer says anything about it, and its
    bytes are not in the store.
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
    )

    id: Mapped[Id]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[Key]
    filename: Mapped[Name]
    content_type: Mapped[Key]
    pages: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[Digest]
    storage_key: Mapped[Name] = mapped_column(unique=True)
    is_sealed: Mapped[bool]
    issuer: Mapped[Name] = mapped_column(default="")
    number: Mapped[Name] = mapped_column(default="")
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    version: Mapped[int]
    superseded_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("documents.id"))
    removed_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    scan_state: Mapped[Key] = mapped_column(default="none")
    scanned_at: Mapped[datetime | None]
    scan_finding: Mapped[Name] = mapped_column(default="")

    state: Mapped[str] = synonym("scan_state")  # the name under which the table of transitions knows it
    organisation: Mapped[Organisation] = relationship()
    uploaded_by: Mapped[User] = relationship()
    superseded_by: Mapped[Document | None] = relationship(remote_side="Document.id")

    @property
    def is_gone(self) -> bool:
        """It cannot be used: taken out of the list, or sealed in the vault of a tender."""
        return self.removed_at is not None or self.sealed_at is not None
