"""Files on their way to the vault: one that comes in pieces, and photographs that become one PDF. They live a day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Digest, Id, Key, Name, Reference

UNFINISHED = text("document_id IS NULL")


class Upload(Base):
    """A file that one person sends in pieces. What has come in lies in the store; no row counts it.

    `size` (bytes) is what was announced. Since `document_id` it is that document, and its pieces are gone.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint("size > 0", name="not_empty"),
        Index(
            "ix_uploads_unfinished", "organisation_id", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
        ),
    )  # fmt: skip

    id: Mapped[Id]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[Key]
    filename: Mapped[Name]
    size: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(index=True)
    document_id: Mapped[Reference | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))


class Photo(Base):
    """A photograph of a page, received and inspected, that waits to become a page of one PDF of this kind.

    `stored_as` is its key in the store. No backup takes it along: after the PDF, or after a day, it is gone.
    """

    __tablename__ = "photos"
    __table_args__ = (Index("ix_photos_user_id_kind", "user_id", "kind"),)

    id: Mapped[Id]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[Key]
    filename: Mapped[Name]
    size: Mapped[int]
    sha256: Mapped[Digest]
    stored_as: Mapped[Name] = mapped_column(unique=True)
    position: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(index=True)
