"""Decisions per product and municipality, and the letters that tell them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Municipality, User
from portal.models.procedures import Product


class Decision(OwnedByAuthority, Base):
    """The outcome for one product in one municipality. Proposed, confirmed by another, then told.

    `outcome` is 'admitted' or 'refused'. In a tender an offer that meets the minimum is 'qualified' until the award
    makes it 'admitted', 'reserve' or 'not_awarded', with `budget_cents` per year where the lot has a budget.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("application_id", "product_id", "municipality_id"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_someone"),
        CheckConstraint("told_at IS NULL OR confirmed_at IS NOT NULL", name="told_after_confirmed"),
        CheckConstraint("told_at IS NULL OR outcome <> 'qualified'", name="told_after_award"),
        CheckConstraint("outcome IN ('admitted', 'qualified') OR length(reason) >= 10", name="refusal_reasoned"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), index=True)
    product_id: Mapped[Reference] = mapped_column(ForeignKey("products.id"))
    municipality_id: Mapped[Reference] = mapped_column(ForeignKey("municipalities.id"))
    outcome: Mapped[Key]
    reason: Mapped[Prose]
    budget_cents: Mapped[int | None] = mapped_column(BigInteger)
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    told_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="decisions")
    product: Mapped[Product] = relationship()
    municipality: Mapped[Municipality] = relationship()
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])


class DecisionLetter(OwnedByAuthority, Base):
    """The letter of one application. `facts` is frozen canonical JSON; the PDF follows from it."""

    __tablename__ = "decision_letters"
    __table_args__ = (UniqueConstraint("authority_id", "number"),)

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), unique=True)
    number: Mapped[Key]
    facts: Mapped[Prose]
    sent_at: Mapped[datetime]
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
