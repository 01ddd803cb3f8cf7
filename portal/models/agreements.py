"""The raamovereenkomst: frozen facts, drawn up as PDF, signed by both."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Municipality, Organisation, User
from portal.models.procedures import Procedure, Product


class Agreement(OwnedByAuthority, Base):
    """One raamovereenkomst between one authority and one provider."""

    __tablename__ = "agreements"
    __table_args__ = (
        UniqueConstraint("authority_id", "number"),
        CheckConstraint("starts_on < ends_on", name="period"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), unique=True)
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"))
    number: Mapped[Key]
    state: Mapped[Key]
    template: Mapped[Key]
    facts: Mapped[Prose]
    facts_digest: Mapped[Digest]
    made_at: Mapped[datetime]
    standstill_ends_at: Mapped[datetime]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    drawn_up_at: Mapped[datetime | None]
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))

    application: Mapped[Application] = relationship()
    organisation: Mapped[Organisation] = relationship()
    procedure: Mapped[Procedure] = relationship()
    lines: Mapped[list[AgreementLine]] = relationship(back_populates="agreement")
    signatures: Mapped[list[Signature]] = relationship(back_populates="agreement", order_by="Signature.wanted_at")
    directory: Mapped[list[DirectoryEntry]] = relationship(
        back_populates="agreement", order_by="DirectoryEntry.position"
    )


class AgreementLine(OwnedByAuthority, Base):
    """One product in one municipality: a line of the public register.

    `tariff_cents` is euro cents per unit; a line with a budget has `budget_cents` per year instead. The days are those
    of the line where a product or a municipality starts later or ends earlier than the agreement.
    """

    __tablename__ = "agreement_lines"
    __table_args__ = (
        UniqueConstraint("agreement_id", "product_id", "municipality_id"),
        CheckConstraint("(tariff_cents IS NULL) <> (budget_cents IS NULL)", name="tariff_or_budget"),
        Index("ix_agreement_lines_place", "product_id", "municipality_id"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    product_id: Mapped[Reference] = mapped_column(ForeignKey("products.id"))
    municipality_id: Mapped[Reference] = mapped_column(ForeignKey("municipalities.id"))
    tariff_cents: Mapped[int | None]
    budget_cents: Mapped[int | None] = mapped_column(BigInteger)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    agreement: Mapped[Agreement] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    municipality: Mapped[Municipality] = relationship()


class DirectoryEntry(OwnedByAuthority, Base):
    """What a provider chose at a question that is a filter in the public register, as it was decided on.

    `question` and `label` are the words the applicant read; `key` is the option's. Frozen with the agreement.
    """

    __tablename__ = "directory_entries"
    __table_args__ = (UniqueConstraint("agreement_id", "code", "key"),)

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    code: Mapped[Key]
    question: Mapped[Name]
    key: Mapped[Key]
    label: Mapped[Name] = mapped_column(index=True)
    position: Mapped[int]

    agreement: Mapped[Agreement] = relationship(back_populates="directory")


class Signature(OwnedByAuthority, Base):
    """A person signed. The act is this row; the worker places the signature in the bytes, once."""

    __tablename__ = "signatures"
    __table_args__ = (UniqueConstraint("agreement_id", "party"),)

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    party: Mapped[Key]
    signed_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    signed_document_sha256: Mapped[Digest]
    signatory_name: Mapped[Name]
    signatory_function: Mapped[Name]
    wanted_at: Mapped[datetime]
    placed_at: Mapped[datetime | None]
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))

    agreement: Mapped[Agreement] = relationship(back_populates="signatures")
    signed_by: Mapped[User] = relationship()
