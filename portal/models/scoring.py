"""Comparing offers in a tender: who assesses, the points, the award, and what holds signing back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.procedures import Lot, Round


class PanelMember(OwnedByAuthority, Base):
    """An assessor who was named for one round. After handing in, the own scores are fixed."""

    __tablename__ = "panel_members"
    __table_args__ = (UniqueConstraint("round_id", "user_id"),)

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"), index=True)
    named_at: Mapped[datetime]
    named_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    handed_in_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    left_reason: Mapped[Prose] = mapped_column(default="")

    round: Mapped[Round] = relationship(back_populates="panel")
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    named_by: Mapped[User] = relationship(foreign_keys=[named_by_id])


class Score(OwnedByAuthority, Base):
    """The points of one assessor on one criterion of one offer for one lot. Append-only: the last one counts."""

    __tablename__ = "scores"
    __table_args__ = (
        UniqueConstraint("application_id", "criterion", "lot_id", "assessor_id", "sequence"),
        CheckConstraint("length(justification) >= 30", name="justified"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"))
    criterion: Mapped[Key]
    lot_id: Mapped[Reference] = mapped_column(ForeignKey("lots.id"))
    assessor_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"), index=True)
    sequence: Mapped[int]
    points: Mapped[int]
    justification: Mapped[Prose]
    scored_at: Mapped[datetime]

    application: Mapped[Application] = relationship(back_populates="scores")
    lot: Mapped[Lot] = relationship()
    assessor: Mapped[User] = relationship()


class Consensus(OwnedByAuthority, Base):
    """The joint points of the panel on one criterion of one offer for one lot, as the chair recorded them.

    Reopened with a reason it no longer counts, and stays; the next one has the next `sequence`.
    """

    __tablename__ = "consensus"
    __table_args__ = (
        UniqueConstraint("application_id", "criterion", "lot_id", "sequence"),
        CheckConstraint("length(justification) >= 30", name="justified"),
        CheckConstraint(
            "(reopened_at IS NULL) = (reopened_by_id IS NULL) AND (reopened_at IS NULL OR length(reopen_reason) >= 10)",
            name="reopened_with_reason",
        ),
        Index(
            "uq_consensus_counts",
            "application_id",
            "criterion",
            "lot_id",
            unique=True,
            sqlite_where=text("reopened_at IS NULL"),
            postgresql_where=text("reopened_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"))
    criterion: Mapped[Key]
    lot_id: Mapped[Reference] = mapped_column(ForeignKey("lots.id"))
    sequence: Mapped[int]
    points: Mapped[int]
    justification: Mapped[Prose]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    reopened_at: Mapped[datetime | None]
    reopened_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    reopen_reason: Mapped[Prose] = mapped_column(default="")

    application: Mapped[Application] = relationship(back_populates="consensus")
    lot: Mapped[Lot] = relationship()
    recorded_by: Mapped[User] = relationship(foreign_keys=[recorded_by_id])
    reopened_by: Mapped[User | None] = relationship(foreign_keys=[reopened_by_id])


class Award(OwnedByAuthority, Base):
    """The proposal to award one lot of one round to so many offers; a second official confirms it.

    `facts` is the whole comparison at the moment of proposing: criteria, scale, rounding, and every offer with its
    points, total, rank and outcome. `tie_method` is 'choice' or 'drawn' where equal totals had to be told apart.
    """

    __tablename__ = "awards"
    __table_args__ = (
        UniqueConstraint("round_id", "lot_id", "sequence"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_someone"),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed_state"),
        CheckConstraint("length(justification) >= 30", name="justified"),
        CheckConstraint("tie_method = '' OR length(tie_reason) >= 30", name="tie_justified"),
        CheckConstraint("contracts >= 1", name="contracts"),
    )

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"))
    lot_id: Mapped[Reference] = mapped_column(ForeignKey("lots.id"))
    sequence: Mapped[int]
    state: Mapped[Key]
    contracts: Mapped[int]
    justification: Mapped[Prose]
    tie_method: Mapped[Key] = mapped_column(default="")
    tie_reason: Mapped[Prose] = mapped_column(default="")
    facts: Mapped[dict[str, Any]]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    sent_back_reason: Mapped[Prose] = mapped_column(default="")

    round: Mapped[Round] = relationship(back_populates="awards")
    lot: Mapped[Lot] = relationship()
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    replacements: Mapped[list[Replacement]] = relationship(back_populates="award", order_by="Replacement.activated_at")


class Replacement(OwnedByAuthority, Base):
    """An offer of the reserve list takes the place of one that got a contract, with the reason."""

    __tablename__ = "replacements"
    __table_args__ = (
        UniqueConstraint("award_id", "leaver_id"),
        UniqueConstraint("award_id", "successor_id"),
        CheckConstraint("leaver_id <> successor_id", name="another"),
        CheckConstraint("length(reason) >= 30", name="justified"),
    )

    id: Mapped[Id]
    award_id: Mapped[Reference] = mapped_column(ForeignKey("awards.id"))
    leaver_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"))
    successor_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"))
    reason: Mapped[Prose]
    activated_at: Mapped[datetime]
    activated_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    award: Mapped[Award] = relationship(back_populates="replacements")
    leaver: Mapped[Application] = relationship(foreign_keys=[leaver_id])
    successor: Mapped[Application] = relationship(foreign_keys=[successor_id])
    activated_by: Mapped[User] = relationship()


class SigningBlock(OwnedByAuthority, Base):
    """While a court case is announced or runs, no agreement of the round is made or signed.

    `stage` is 'announced' or 'served' (dagvaarding ontvangen): then with the court and the day of the hearing or, as
    long as that is not known, of the summons. Lifted with a reason; both are kept.
    """

    __tablename__ = "signing_blocks"
    __table_args__ = (
        CheckConstraint("length(reason) >= 10", name="reasoned"),
        CheckConstraint("stage = 'announced' OR (court <> '' AND dated_on IS NOT NULL)", name="served_by_a_court"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL) AND (lifted_at IS NULL OR length(lift_reason) >= 10)",
            name="lifted_with_reason",
        ),
        Index(
            "uq_signing_blocks_active",
            "round_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    stage: Mapped[Key] = mapped_column(default="announced")
    court: Mapped[Name] = mapped_column(default="")
    dated_on: Mapped[date | None]
    reason: Mapped[Prose]
    blocked_at: Mapped[datetime]
    blocked_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    lift_reason: Mapped[Prose] = mapped_column(default="")

    round: Mapped[Round] = relationship(back_populates="signing_blocks")
    blocked_by: Mapped[User] = relationship(foreign_keys=[blocked_by_id])
    lifted_by: Mapped[User | None] = relationship(foreign_keys=[lifted_by_id])
