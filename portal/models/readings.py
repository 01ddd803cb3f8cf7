"""What the portal read in documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, Reference
from portal.models.documents import Document


class DocumentReading(Base):
    """What was read in one version of one document: advice with its source. Never the text itself.

    `outcome` is a key of `terms.READING_OUTCOMES`. `found` is a list of values, each `{"field", "value", "words",
    "page"}`: a field of the document, its value as text (a day in ISO form), and the words it was read from.
    `signatures` is a list of what `services.ReadSignature` holds. `bsn_pages`: pages on which a burgerservicenummer
    seems to stand, `{"page", "is_likely"}`; the number itself is nowhere. `health_pages`: numbers of pages that seem to
    tell of somebody's health. `pages_read` of `pages_there`. `properties` is what `services.ReadContent` holds; empty
    for what was read before that was kept.

    It goes when the document is sealed in the vault of a tender.
    """

    __tablename__ = "document_readings"
    __table_args__ = (CheckConstraint("pages_read <= pages_there", name="no_more_than_there_are"),)

    id: Mapped[Id]
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), unique=True)
    outcome: Mapped[Key]
    found: Mapped[list[Any]]
    signatures: Mapped[list[Any]]
    is_signed_unread: Mapped[bool]
    bsn_pages: Mapped[list[Any]]
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    health_pages: Mapped[list[Any]] = mapped_column(default=list)
    pages_read: Mapped[int]
    pages_there: Mapped[int]
    read_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="reading")
