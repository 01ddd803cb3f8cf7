"""The integrity compartment (Wet Bibob): outcome, sealed note and read log. Nothing else is kept here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Reference
from portal.models.documents import Document
from portal.models.people import User


class IntegrityCheck(OwnedByAuthority, Base):
    """The check of one application. `note_key` names a sealed file; the note itself is never in the database."""

    __tablename__ = "integrity_checks"
    __table_args__ = (CheckConstraint("(outcome = 'pending') = (recorded_at IS NULL)", name="recorded_once_known"),)

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), unique=True)
    outcome: Mapped[Key]
    recorded_at: Mapped[datetime | None]
    recorded_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    note_key: Mapped[Name | None]

    application: Mapped[Application] = relationship(back_populates="integrity_check")
    recorded_by: Mapped[User | None] = relationship()
    reads: Mapped[list[IntegrityRead]] = relationship(back_populates="check", order_by="IntegrityRead.read_at")


class IntegrityRead(OwnedByAuthority, Base):
    """One opening of one sealed document, with its purpose."""

    __tablename__ = "integrity_reads"

    id: Mapped[Id]
    check_id: Mapped[Reference] = mapped_column(ForeignKey("integrity_checks.id"), index=True)
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"))
    read_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    read_at: Mapped[datetime]
    purpose: Mapped[Name]

    check: Mapped[IntegrityCheck] = relationship(back_populates="reads")
    document: Mapped[Document] = relationship()
    read_by: Mapped[User] = relationship()
