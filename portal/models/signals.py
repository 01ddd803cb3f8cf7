"""Signals: what stands out in the documents of a dossier. Advice to who screens, never a verdict."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.documents import Document
from portal.models.people import User
from portal.models.reviews import Review


class SignalRun(OwnedByAuthority, Base):
    """The documents of one dossier were held against the rules, once per occasion.

    `occasion` is 'taken_in', or the id of the remedy request that was answered.
    """

    __tablename__ = "signal_runs"
    __table_args__ = (UniqueConstraint("review_id", "occasion"),)

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"))
    occasion: Mapped[Key]
    documents: Mapped[int]
    computed_at: Mapped[datetime]

    review: Mapped[Review] = relationship()


class ScreenedDocument(OwnedByAuthority, Base):
    """By what one document of one dossier is recognised in another dossier of the same authority.

    `owner_id` is the organisation whose vault it came from. `number` is the number on it as typed, `read_number` as
    read, both without spaces and punctuation; '' where there is none that tells documents apart.
    """

    __tablename__ = "screened_documents"
    __table_args__ = (
        UniqueConstraint("review_id", "document_id"),
        Index("ix_screened_documents_file", "authority_id", "sha256"),
        Index("ix_screened_documents_number", "authority_id", "number"),
        Index("ix_screened_documents_read_number", "authority_id", "read_number"),
    )

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"))
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"), index=True)
    owner_id: Mapped[Reference]
    kind: Mapped[Key]
    sha256: Mapped[Digest]
    number: Mapped[Name]
    read_number: Mapped[Name]
    seen_at: Mapped[datetime]

    review: Mapped[Review] = relationship()


class Signal(OwnedByAuthority, Base):
    """One thing that stands out, by a rule of `domain.signal_rules`. Only ever added: triggers refuse anything else.

    `document_id` is None when it is about the applicant itself. Requirement, lot and party say at which place; without
    a requirement it holds wherever the document is used. `facts` are names and numbers for the text of the rule.
    `fingerprint` names rule, document, place and dossier on the other side: the same thing is found once.
    `other_application_id`: the application in which the same file or number stands. Who may not see that one does
    not see the signal.
    """

    __tablename__ = "signals"
    __table_args__ = (UniqueConstraint("review_id", "fingerprint"),)

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"))
    document_id: Mapped[Reference | None] = mapped_column(ForeignKey("documents.id"))
    requirement_id: Mapped[Reference | None] = mapped_column(ForeignKey("requirements.id"))
    lot_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id"))
    rule: Mapped[Key]
    facts: Mapped[dict[str, Any]]
    page: Mapped[int | None]
    fingerprint: Mapped[Name]
    other_application_id: Mapped[Reference | None] = mapped_column(ForeignKey("applications.id"))
    found_at: Mapped[datetime]

    review: Mapped[Review] = relationship()
    document: Mapped[Document | None] = relationship()
    other: Mapped[Application | None] = relationship()
    looks: Mapped[list[SignalLook]] = relationship(back_populates="signal", order_by="SignalLook.looked_at")

    @property
    def spot(self) -> tuple[str | None, str | None, str | None]:
        """Requirement, lot and party: the place this is about; three times None: wherever the document is used."""
        return (self.requirement_id, self.lot_id, self.party_id)


class SignalLook(OwnedByAuthority, Base):
    """A person looked at a signal. Only ever added: triggers refuse anything else."""

    __tablename__ = "signal_looks"

    id: Mapped[Id]
    signal_id: Mapped[Reference] = mapped_column(ForeignKey("signals.id"), index=True)
    looked_at: Mapped[datetime]
    looked_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    note: Mapped[Prose]

    signal: Mapped[Signal] = relationship(back_populates="looks")
    looked_by: Mapped[User] = relationship()
