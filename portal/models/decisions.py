"""Decisions per product and municipality, and the letters that tell them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Municipality, User
from portal.models.procedures import Product, Round


class Decision(OwnedByAuthority, Base):
    """The outcome for one product in one municipality. Proposed, confirmed by another, approved where that is asked by
    a third, released, then told.

    `outcome` is 'admitted' or 'refused'. In a tender an offer that meets the minimum is 'qualified' until the award
    makes it 'admitted', 'reserve' or 'not_awarded', with `budget_cents` per year where the lot has a budget.

    What an objection revises is a row of its own, with a higher `sequence`; since `superseded_at` the one before counts
    no more, and stays as it was told.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("application_id", "product_id", "municipality_id", "sequence"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_someone"),
        CheckConstraint("(approved_at IS NULL) = (approved_by_id IS NULL)", name="approved_by_someone"),
        CheckConstraint(
            "approved_by_id IS NULL OR (approved_by_id <> proposed_by_id AND approved_by_id <> confirmed_by_id)",
            name="six_eyes",
        ),
        CheckConstraint("approved_at IS NULL OR confirmed_at IS NOT NULL", name="approved_after_confirmed"),
        CheckConstraint("released_at IS NULL OR confirmed_at IS NOT NULL", name="released_after_confirmed"),
        CheckConstraint("told_at IS NULL OR released_at IS NOT NULL", name="told_after_released"),
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
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    released_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=1)
    objection_id: Mapped[Reference | None] = mapped_column(ForeignKey("objections.id"))
    superseded_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="decisions")
    product: Mapped[Product] = relationship()
    municipality: Mapped[Municipality] = relationship()
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])


class DecisionRelease(OwnedByAuthority, Base):
    """One act of the round manager: these decisions may go out. Each is told in a transaction of its own after it."""

    __tablename__ = "decision_releases"

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    released_at: Mapped[datetime]
    released_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    round: Mapped[Round] = relationship()
    released_by: Mapped[User] = relationship()
    drafts: Mapped[list[LetterDraft]] = relationship(back_populates="release")


class LetterDraft(OwnedByAuthority, Base):
    """A confirmed decision on its way to the applicant, with its letter as it is now. The applicant sees none of it.

    `passages` holds the passages that somebody changed, by key; the others are as they are composed. `version` goes up
    with each change; a save names the version it was based on.
    """

    __tablename__ = "letter_drafts"
    __table_args__ = (
        CheckConstraint("(state IN ('released', 'told')) = (release_id IS NOT NULL)", name="released_by_someone"),
        CheckConstraint("agreed_by_id IS NULL OR agreed_by_id <> edited_by_id", name="four_eyes"),
        CheckConstraint("edited_by_id IS NULL OR state = 'edited' OR agreed_by_id IS NOT NULL", name="changed_by_two"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), unique=True)
    state: Mapped[Key] = mapped_column(index=True)
    passages: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=0)
    edited_at: Mapped[datetime | None]
    edited_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    agreed_at: Mapped[datetime | None]
    agreed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    release_id: Mapped[Reference | None] = mapped_column(ForeignKey("decision_releases.id"), index=True)

    application: Mapped[Application] = relationship(back_populates="letter_draft")
    release: Mapped[DecisionRelease | None] = relationship(back_populates="drafts")
    edited_by: Mapped[User | None] = relationship(foreign_keys=[edited_by_id])
    agreed_by: Mapped[User | None] = relationship(foreign_keys=[agreed_by_id])


class DecisionLetter(OwnedByAuthority, Base):
    """A letter to one applicant. `facts` is frozen canonical JSON; the PDF follows from it.

    `kind` is 'decision' (the first, `sequence` 1) or 'objection': the outcome of an objection to it.
    """

    __tablename__ = "decision_letters"
    __table_args__ = (
        UniqueConstraint("authority_id", "number"),
        UniqueConstraint("application_id", "sequence"),
        CheckConstraint("(kind = 'decision') = (sequence = 1)", name="decision_first"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), index=True)
    kind: Mapped[Key] = mapped_column(default="decision")
    sequence: Mapped[int] = mapped_column(default=1)
    number: Mapped[Key]
    facts: Mapped[Prose]
    sent_at: Mapped[datetime]
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
