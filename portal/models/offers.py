"""The offer in a tender: what the applicant writes for each award criterion."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.documents import Document
from portal.models.people import User
from portal.models.procedures import Lot


class OfferText(OwnedByAuthority, Base):
    """The text on one award criterion (its code in the procedure) for one lot.

    `version` goes up with each save; a save names the version it was based on.
    """

    __tablename__ = "offer_texts"
    __table_args__ = (UniqueConstraint("application_id", "criterion", "lot_id"),)

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    criterion: Mapped[Key]
    lot_id: Mapped[Reference] = mapped_column(ForeignKey("lots.id"))
    text: Mapped[Prose]
    version: Mapped[int]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship(back_populates="offer_texts")
    lot: Mapped[Lot] = relationship()
    saved_by: Mapped[User] = relationship()


class OfferDocument(OwnedByAuthority, Base):
    """A document that goes with the text on one award criterion for one lot."""

    __tablename__ = "offer_documents"
    __table_args__ = (UniqueConstraint("application_id", "criterion", "lot_id", "document_id"),)

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    criterion: Mapped[Key]
    lot_id: Mapped[Reference] = mapped_column(ForeignKey("lots.id"))
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"), index=True)
    attached_at: Mapped[datetime]
    attached_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship(back_populates="offer_documents")
    lot: Mapped[Lot] = relationship()
    document: Mapped[Document] = relationship()
    attached_by: Mapped[User] = relationship()
