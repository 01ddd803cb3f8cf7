"""Certificates of conduct that are looked at and forgotten: what an official noted, and what was destroyed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Digest, Id, Key, OwnedByAuthority, Reference
from portal.models.documents import Document
from portal.models.people import User


class SeenCertificate(OwnedByAuthority, Base):
    """One look at one certificate in one application: that it was there, not what it said.

    `people` is about how many people the document speaks. `forgotten_at` is when what the portal made of it for
    officials (pictures and text of its pages) was gone.
    """

    __tablename__ = "seen_certificates"
    __table_args__ = (
        UniqueConstraint("application_id", "document_id"),
        CheckConstraint("people BETWEEN 1 AND 9999", name="somebody"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"))
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"), index=True)
    issued_on: Mapped[date]
    people: Mapped[int]
    seen_at: Mapped[datetime]
    seen_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    forgotten_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
    document: Mapped[Document] = relationship()
    seen_by: Mapped[User] = relationship()


class Erasure(Base):
    """The certificate of destruction of one document: that these bytes were here, its owner agreed, and they are gone.

    `objects` counts what was removed from the store: the file, and what the portal had made of its pages.
    """

    __tablename__ = "erasures"

    id: Mapped[Id]
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"), unique=True)
    kind: Mapped[Key]
    sha256: Mapped[Digest]
    size: Mapped[int]
    objects: Mapped[int]
    agreed_at: Mapped[datetime]
    erased_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="erasure")
