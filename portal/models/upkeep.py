"""What may happen to an agreement while it runs: checked again, suspended, ended, bridged, deviated from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.agreements import Agreement
from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.documents import Document
from portal.models.people import Municipality, User


class Recheck(OwnedByAuthority, Base):
    """The yearly request for fresh evidence. `year` is the year of the agreement: 1 begins on its first birthday."""

    __tablename__ = "rechecks"
    __table_args__ = (UniqueConstraint("agreement_id", "year"),)

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    year: Mapped[int]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    due_on: Mapped[date]

    agreement: Mapped[Agreement] = relationship()
    asked_by: Mapped[User] = relationship()
    items: Mapped[list[RecheckItem]] = relationship(back_populates="recheck", order_by="RecheckItem.position")


class RecheckItem(OwnedByAuthority, Base):
    """One requirement in a yearly request; its state moves with what is handed in and what is found."""

    __tablename__ = "recheck_items"
    __table_args__ = (UniqueConstraint("recheck_id", "code"),)

    id: Mapped[Id]
    recheck_id: Mapped[Reference] = mapped_column(ForeignKey("rechecks.id"), index=True)
    code: Mapped[Key]
    title: Mapped[Name]
    text: Mapped[Prose]
    kinds: Mapped[list[str]]
    position: Mapped[int]
    state: Mapped[Key]
    due_on: Mapped[date]

    recheck: Mapped[Recheck] = relationship(back_populates="items")
    documents: Mapped[list[RecheckDocument]] = relationship(
        back_populates="item", order_by="RecheckDocument.handed_in_at"
    )
    verdicts: Mapped[list[RecheckVerdict]] = relationship(back_populates="item", order_by="RecheckVerdict.found_at")


class RecheckDocument(OwnedByAuthority, Base):
    """A document from the provider's vault, handed in for one requirement."""

    __tablename__ = "recheck_documents"
    __table_args__ = (UniqueConstraint("item_id", "document_id"),)

    id: Mapped[Id]
    item_id: Mapped[Reference] = mapped_column(ForeignKey("recheck_items.id"), index=True)
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"))
    note: Mapped[Prose] = mapped_column(default="")
    handed_in_at: Mapped[datetime]
    handed_in_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    item: Mapped[RecheckItem] = relationship(back_populates="documents")
    document: Mapped[Document] = relationship()
    handed_in_by: Mapped[User] = relationship()


class RecheckVerdict(OwnedByAuthority, Base):
    """What the contract manager found, with the reason. Never changed; the last one counts."""

    __tablename__ = "recheck_verdicts"

    id: Mapped[Id]
    item_id: Mapped[Reference] = mapped_column(ForeignKey("recheck_items.id"), index=True)
    verdict: Mapped[Key]
    reason: Mapped[Prose]
    found_at: Mapped[datetime]
    found_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    item: Mapped[RecheckItem] = relationship(back_populates="verdicts")
    found_by: Mapped[User] = relationship()


class Suspension(OwnedByAuthority, Base):
    """No new clients go to the provider under this agreement, until it is lifted. Care that runs goes on."""

    __tablename__ = "suspensions"
    __table_args__ = (
        CheckConstraint("length(reason) >= 10", name="grounded"),
        Index(
            "ix_suspensions_running",
            "agreement_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    reason: Mapped[Prose]
    suspended_at: Mapped[datetime]
    suspended_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    lifted_reason: Mapped[Prose] = mapped_column(default="")

    agreement: Mapped[Agreement] = relationship()
    suspended_by: Mapped[User] = relationship(foreign_keys=[suspended_by_id])
    lifted_by: Mapped[User | None] = relationship(foreign_keys=[lifted_by_id])


class OutflowCase(OwnedByAuthority, Base):
    """What followed on a signal of the published outflow rule, up to a decision by two officials.

    `municipality_id` is None where the rule counts for the whole region. `facts` is the signal as it was: the rule,
    the months that count and the numbers. `established` is how many different clients there were, as checked.
    """

    __tablename__ = "outflow_cases"
    __table_args__ = (
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint("outcome IS NULL OR length(reason) >= 10", name="reasoned"),
        CheckConstraint("outcome IS NULL OR outcome <> 'end' OR ends_on IS NOT NULL", name="end_has_a_day"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    municipality_id: Mapped[Reference | None] = mapped_column(ForeignKey("municipalities.id"))
    state: Mapped[Key]
    facts: Mapped[dict[str, Any]]
    established: Mapped[int]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    warned_until: Mapped[date]
    heard_until: Mapped[date | None]
    view: Mapped[Prose] = mapped_column(default="")
    viewed_at: Mapped[datetime | None]
    viewed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    claim: Mapped[Key] = mapped_column(default="")
    claim_reason: Mapped[Prose] = mapped_column(default="")
    outcome: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[Prose] = mapped_column(default="")
    ends_on: Mapped[date | None]
    continuity: Mapped[Prose] = mapped_column(default="")
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    agreement: Mapped[Agreement] = relationship()
    municipality: Mapped[Municipality | None] = relationship()
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])
    viewed_by: Mapped[User | None] = relationship(foreign_keys=[viewed_by_id])
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])


class Bridging(OwnedByAuthority, Base):
    """A short agreement for the clients of a provider whose agreement ends (overbruggingsovereenkomst).

    Both parties accept the same bytes: each acceptance names the SHA-256 of the document that was shown.
    """

    __tablename__ = "bridgings"
    __table_args__ = (
        UniqueConstraint("authority_id", "number"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("length(ground) >= 10", name="grounded"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    number: Mapped[Key]
    state: Mapped[Key]
    template: Mapped[Key]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ground: Mapped[Prose]
    facts: Mapped[Prose]
    facts_digest: Mapped[Digest]
    made_at: Mapped[datetime]
    made_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    provider_accepted_at: Mapped[datetime | None]
    provider_accepted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    authority_accepted_at: Mapped[datetime | None]
    authority_accepted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    declined_reason: Mapped[Prose] = mapped_column(default="")

    agreement: Mapped[Agreement] = relationship()
    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])
    provider_accepted_by: Mapped[User | None] = relationship(foreign_keys=[provider_accepted_by_id])
    authority_accepted_by: Mapped[User | None] = relationship(foreign_keys=[authority_accepted_by_id])


class DeviationQuote(OwnedByAuthority, Base):
    """A plan and a price for one client, on request of a municipality. `reference` is its own, never a name or BSN."""

    __tablename__ = "deviation_quotes"
    __table_args__ = (
        UniqueConstraint("agreement_id", "reference"),
        CheckConstraint("amount_cents IS NULL OR amount_cents >= 0", name="amount"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    municipality_id: Mapped[Reference] = mapped_column(ForeignKey("municipalities.id"))
    reference: Mapped[Key]
    question: Mapped[Prose]
    state: Mapped[Key]
    due_on: Mapped[date]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    plan: Mapped[Prose] = mapped_column(default="")
    amount_cents: Mapped[int | None]
    unit: Mapped[Key] = mapped_column(default="")
    document_id: Mapped[Reference | None] = mapped_column(ForeignKey("documents.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[Prose] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    agreement: Mapped[Agreement] = relationship()
    municipality: Mapped[Municipality] = relationship()
    document: Mapped[Document | None] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
