"""Figures and risks of agreements: client counts, indicators, and the risk register."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.agreements import Agreement
from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Municipality, User
from portal.models.procedures import Procedure, Product


class CountDelivery(OwnedByAuthority, Base):
    """One delivery of client counts, a file or a form; `digest` is of its content."""

    __tablename__ = "count_deliveries"

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    filename: Mapped[Name]
    digest: Mapped[Digest]
    delivered_at: Mapped[datetime]
    delivered_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    agreement: Mapped[Agreement] = relationship()
    delivered_by: Mapped[User] = relationship()
    counts: Mapped[list[ClientCount]] = relationship(back_populates="delivery")


class ClientCount(OwnedByAuthority, Base):
    """Different clients of one product in one municipality in one month ('2026-03'). Never who they are.

    A correction is a later row; the highest `sequence` of a place and month counts.
    """

    __tablename__ = "client_counts"
    __table_args__ = (
        UniqueConstraint("agreement_id", "product_id", "municipality_id", "period", "sequence"),
        CheckConstraint("clients >= 0", name="number"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"))
    delivery_id: Mapped[Reference] = mapped_column(ForeignKey("count_deliveries.id"), index=True)
    product_id: Mapped[Reference] = mapped_column(ForeignKey("products.id"))
    municipality_id: Mapped[Reference] = mapped_column(ForeignKey("municipalities.id"))
    period: Mapped[Key]
    sequence: Mapped[int]
    clients: Mapped[int]

    delivery: Mapped[CountDelivery] = relationship(back_populates="counts")
    product: Mapped[Product] = relationship()
    municipality: Mapped[Municipality] = relationship()


class IndicatorFigure(OwnedByAuthority, Base):
    """One figure (kengetal) of a quarter, '2026-Q1'. A correction is a later row; the highest `sequence` counts.

    `value` is a decimal number as text with a point, in the unit of the procedure file.
    """

    __tablename__ = "indicator_figures"
    __table_args__ = (UniqueConstraint("agreement_id", "code", "period", "sequence"),)

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"))
    code: Mapped[Key]
    period: Mapped[Key]
    sequence: Mapped[int]
    value: Mapped[Key]
    remark: Mapped[Prose] = mapped_column(default="")
    delivered_at: Mapped[datetime]
    delivered_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    agreement: Mapped[Agreement] = relationship()
    delivered_by: Mapped[User] = relationship()


class Risk(OwnedByAuthority, Base):
    """A risk of a procedure or (with `agreement_id`) of one agreement. How it is judged is in its entries."""

    __tablename__ = "risks"
    __table_args__ = (Index("ix_risks_place", "procedure_id", "agreement_id"),)

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"))
    agreement_id: Mapped[Reference | None] = mapped_column(ForeignKey("agreements.id"), index=True)
    code: Mapped[Key]
    title: Mapped[Name]
    text: Mapped[Prose] = mapped_column(default="")
    state: Mapped[Key]
    added_at: Mapped[datetime]

    procedure: Mapped[Procedure] = relationship()
    agreement: Mapped[Agreement | None] = relationship()
    entries: Mapped[list[RiskEntry]] = relationship(back_populates="risk", order_by="RiskEntry.sequence")


class RiskEntry(OwnedByAuthority, Base):
    """How a risk was judged at one moment: likelihood and impact as words, a measure, who watches it. Never changed."""

    __tablename__ = "risk_entries"
    __table_args__ = (UniqueConstraint("risk_id", "sequence"),)

    id: Mapped[Id]
    risk_id: Mapped[Reference] = mapped_column(ForeignKey("risks.id"), index=True)
    sequence: Mapped[int]
    likelihood: Mapped[Key]
    impact: Mapped[Key]
    measure: Mapped[Prose]
    owner: Mapped[Name] = mapped_column(default="")
    review_on: Mapped[date | None]
    reason: Mapped[Prose] = mapped_column(default="")
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    risk: Mapped[Risk] = relationship(back_populates="entries")
    entered_by: Mapped[User] = relationship()
