"""A procedure as rows: lots, products, coverage, requirements and rounds."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Municipality

if TYPE_CHECKING:
    from portal.models.applications import Application


class Procedure(OwnedByAuthority, Base):
    """One way of buying care, as published. What varies between procedures is in these rows, not in code."""

    __tablename__ = "procedures"
    __table_args__ = (
        UniqueConstraint("authority_id", "slug"),
        CheckConstraint("agreement_starts_on < agreement_ends_on", name="agreement_period"),
    )

    id: Mapped[Id]
    slug: Mapped[Key]
    kind: Mapped[Key]
    title: Mapped[Name]
    summary: Mapped[Prose]
    laws: Mapped[list[str]]
    published_at: Mapped[datetime | None]
    agreement_starts_on: Mapped[date]
    agreement_ends_on: Mapped[date]
    renewal_months: Mapped[int]
    notice_months: Mapped[int]
    standstill_days: Mapped[int]
    remedy_working_days: Mapped[int]
    decision_days: Mapped[int]
    asks_integrity_check: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    file_digest: Mapped[Digest]
    loaded_at: Mapped[datetime]

    @property
    def holidays_apply(self) -> bool:
        """Whether the terms follow the Algemene termijnenwet, as the documents say."""
        return bool(self.settings.get("terms", {}).get("holidays_apply", True))

    lots: Mapped[list[Lot]] = relationship(back_populates="procedure", order_by="Lot.position")
    requirements: Mapped[list[Requirement]] = relationship(back_populates="procedure", order_by="Requirement.position")
    rounds: Mapped[list[Round]] = relationship(back_populates="procedure", order_by="Round.closes_at")


class Lot(OwnedByAuthority, Base):
    """A perceel: a node of a tree of any depth. Products hang on its leaves."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("procedure_id", "code"),)

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    parent_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    code: Mapped[Key]
    name: Mapped[Name]
    description: Mapped[Prose]
    position: Mapped[int]

    procedure: Mapped[Procedure] = relationship(back_populates="lots")
    parent: Mapped[Lot | None] = relationship(remote_side="Lot.id")
    products: Mapped[list[Product]] = relationship(back_populates="lot", order_by="Product.position")


class Product(OwnedByAuthority, Base):
    """A prestatie in one category, with its uniform tariff in euro cents per unit."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("lot_id", "code"),
        CheckConstraint("tariff_cents >= 0", name="tariff"),
    )

    id: Mapped[Id]
    lot_id: Mapped[Reference] = mapped_column(ForeignKey("lots.id"), index=True)
    code: Mapped[Key]
    name: Mapped[Name]
    category: Mapped[Name]
    description: Mapped[Prose]
    unit: Mapped[Key]
    tariff_cents: Mapped[int]
    tariff_is_fictitious: Mapped[bool]
    position: Mapped[int]

    lot: Mapped[Lot] = relationship(back_populates="products")
    coverage: Mapped[list[Coverage]] = relationship(back_populates="product")


class Coverage(OwnedByAuthority, Base):
    """Whether one municipality buys one product, and with what remark."""

    __tablename__ = "coverage"
    __table_args__ = (UniqueConstraint("product_id", "municipality_id"),)

    id: Mapped[Id]
    product_id: Mapped[Reference] = mapped_column(ForeignKey("products.id"), index=True)
    municipality_id: Mapped[Reference] = mapped_column(ForeignKey("municipalities.id"))
    state: Mapped[Key]
    remark: Mapped[Prose]

    product: Mapped[Product] = relationship(back_populates="coverage")
    municipality: Mapped[Municipality] = relationship()


class Requirement(OwnedByAuthority, Base):
    """An eis as published. `settings` holds what its type needs; `lot_codes` empty means every lot.

    `applies_to` is 'organisation' (answered once) or 'lot' (answered for each chosen lot).
    """

    __tablename__ = "requirements"
    __table_args__ = (UniqueConstraint("procedure_id", "code", "version"),)

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    code: Mapped[Key]
    version: Mapped[int]
    title: Mapped[Name]
    text: Mapped[Prose]
    kind: Mapped[Key]
    type: Mapped[Key]
    applies_to: Mapped[Key]
    lot_codes: Mapped[list[str]]
    evidence: Mapped[dict[str, Any]]
    equivalent_allowed: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    standard_reasons: Mapped[list[str]]
    source: Mapped[Name]
    position: Mapped[int]

    procedure: Mapped[Procedure] = relationship(back_populates="requirements")


class Round(OwnedByAuthority, Base):
    """A toelatingsronde. Open or not follows from the clock; `closed_at` is the latch of the closing task."""

    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("procedure_id", "label"),
        CheckConstraint("opens_at < closes_at", name="period"),
        CheckConstraint("closed_at IS NULL OR closed_at >= closes_at", name="closed_after_deadline"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    label: Mapped[Key]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    agreements_start_on: Mapped[date]
    remark: Mapped[Prose] = mapped_column(default="")

    procedure: Mapped[Procedure] = relationship(back_populates="rounds")
    applications: WriteOnlyMapped[Application] = relationship(back_populates="round")

    def is_open(self, now: datetime) -> bool:
        """Strict on both sides of the law: from the opening instant, and before the closing instant."""
        return self.closed_at is None and self.opens_at <= now < self.closes_at

    def state(self, now: datetime) -> str:
        """A key of `terms.ROUND_STATES`, never stored."""
        if now < self.opens_at:
            return "planned"
        return "open" if self.is_open(now) else "closed"
