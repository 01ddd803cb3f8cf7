"""Objections (bezwaren) to what was told: arguments per finding, a hearing, an advice, an outcome."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.decisions import DecisionLetter
from portal.models.people import User
from portal.models.reviews import Finding

STANDS = text("state <> 'withdrawn'")
_DECIDERS = ("proposer_id", "confirmer_id", "approver_id")
_NOT_WHO_DECIDED = " AND ".join(f"({one} IS NULL OR advised_by_id <> {one})" for one in _DECIDERS)


class Objection(OwnedByAuthority, Base):
    """One objection to the decision of one letter; not withdrawn there is one per letter.

    `proposer_id`, `confirmer_id` and `approver_id` are who decided what it is about: none of them advises, and neither
    does who decides on the objection. `received_on` is the Amsterdam day it came in; on paper that is before it was
    entered. `cells` is what the outcome revises, as {product_id, municipality_id, outcome, reason}, proposed until the
    objection is 'decided': then it stands in `decisions`.
    """

    __tablename__ = "objections"
    __table_args__ = (
        UniqueConstraint("authority_id", "number"),
        CheckConstraint(f"advised_by_id IS NULL OR ({_NOT_WHO_DECIDED})", name="advised_by_who_did_not_decide"),
        CheckConstraint("(advised_at IS NULL) = (advised_by_id IS NULL)", name="advised_by_someone"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint(
            "advised_by_id IS NULL OR ((proposed_by_id IS NULL OR advised_by_id <> proposed_by_id)"
            " AND (confirmed_by_id IS NULL OR advised_by_id <> confirmed_by_id))",
            name="adviser_does_not_decide",
        ),
        CheckConstraint("outcome = '' OR length(reason) >= 30", name="reasoned"),
        CheckConstraint(
            "(state = 'decided') = (confirmed_at IS NOT NULL) AND (confirmed_at IS NULL) = (confirmed_by_id IS NULL)"
            " AND (confirmed_at IS NULL) = (outcome_letter_id IS NULL)",
            name="decided_by_two_in_a_letter",
        ),
        CheckConstraint("(state <> 'proposed' AND state <> 'decided') OR advised_at IS NOT NULL", name="after_advice"),
        Index("uq_objections_stands", "letter_id", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), index=True)
    letter_id: Mapped[Reference] = mapped_column(ForeignKey("decision_letters.id"))
    number: Mapped[Key]
    state: Mapped[Key]
    grounds: Mapped[Prose]
    received_on: Mapped[date]
    is_on_paper: Mapped[bool] = mapped_column(default=False)
    is_late: Mapped[bool] = mapped_column(default=False)
    filed_at: Mapped[datetime]
    filed_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    proposer_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    confirmer_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    approver_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    hearing_at: Mapped[datetime | None]
    hearing_place: Mapped[Name] = mapped_column(default="")
    minutes: Mapped[Prose] = mapped_column(default="")
    heard_at: Mapped[datetime | None]
    advice: Mapped[Prose] = mapped_column(default="")
    advised_outcome: Mapped[Key] = mapped_column(default="")
    advised_at: Mapped[datetime | None]
    advised_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[Key] = mapped_column(default="")
    reason: Mapped[Prose] = mapped_column(default="")
    cells: Mapped[list[Any]] = mapped_column(default=list)
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    outcome_letter_id: Mapped[Reference | None] = mapped_column(ForeignKey("decision_letters.id"))

    application: Mapped[Application] = relationship(back_populates="objections")
    letter: Mapped[DecisionLetter] = relationship(foreign_keys=[letter_id])
    outcome_letter: Mapped[DecisionLetter | None] = relationship(foreign_keys=[outcome_letter_id])
    filed_by: Mapped[User] = relationship(foreign_keys=[filed_by_id])
    advised_by: Mapped[User | None] = relationship(foreign_keys=[advised_by_id])
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    points: Mapped[list[ObjectionPoint]] = relationship(back_populates="objection", order_by="ObjectionPoint.position")

    @property
    def is_pending(self) -> bool:
        return self.state not in {"decided", "withdrawn"}


class ObjectionPoint(OwnedByAuthority, Base):
    """Why the applicant thinks one finding is wrong."""

    __tablename__ = "objection_points"
    __table_args__ = (
        UniqueConstraint("objection_id", "finding_id"),
        CheckConstraint("length(argument) >= 10", name="argued"),
    )

    id: Mapped[Id]
    objection_id: Mapped[Reference] = mapped_column(ForeignKey("objections.id"))
    finding_id: Mapped[Reference] = mapped_column(ForeignKey("findings.id"))
    argument: Mapped[Prose]
    position: Mapped[int]

    objection: Mapped[Objection] = relationship(back_populates="points")
    finding: Mapped[Finding] = relationship()
