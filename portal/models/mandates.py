"""Mandates: an organisation lets somebody from outside fill in for it, from one day until another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Name, Reference
from portal.models.people import Organisation, User
from portal.models.procedures import Round


class Mandate(Base):
    """What `organisation` lets the holder of `email` do for it, and when. Owned by the organisation, as its documents.

    `starts_at` and `ends_at` are instants: from the first, up to but not including the second. Whether it holds is
    asked of the clock (`holds`), never stored. `all_rounds` is every application; otherwise only those in `rounds`.
    `link_digest` is the SHA-256 of the secret in the mailed link, which works until `link_ends_at`.
    """

    __tablename__ = "mandates"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        CheckConstraint("(holder_id IS NULL) = (accepted_at IS NULL)", name="accepted_by_holder"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[Name] = mapped_column(index=True)
    name: Mapped[Name]
    may_submit: Mapped[bool]
    all_rounds: Mapped[bool]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", name="fk_mandates_granted_by_id"))
    link_digest: Mapped[Name] = mapped_column(unique=True)
    link_sent_at: Mapped[datetime]
    link_ends_at: Mapped[datetime]
    holder_id: Mapped[Reference | None] = mapped_column(
        ForeignKey("users.id", name="fk_mandates_holder_id"), index=True
    )
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id", name="fk_mandates_ended_by_id"))

    organisation: Mapped[Organisation] = relationship()
    granted_by: Mapped[User] = relationship(foreign_keys=granted_by_id)
    holder: Mapped[User | None] = relationship(foreign_keys=holder_id)
    rounds: Mapped[list[MandateRound]] = relationship(
        back_populates="mandate", cascade="all, delete-orphan", lazy="selectin"
    )

    def holds(self, now: datetime) -> bool:
        """Whether its holder may act at `now`: accepted, begun, not past its end, not taken back."""
        return self.accepted_at is not None and self.ended_at is None and self.starts_at <= now < self.ends_at

    def is_over(self, now: datetime) -> bool:
        """Taken back, or past its end: it will not hold any more."""
        return self.ended_at is not None or now >= self.ends_at

    def covers(self, round_id: str) -> bool:
        """Whether an application in this round falls under it."""
        return self.all_rounds or any(one.round_id == round_id for one in self.rounds)


class MandateRound(Base):
    """One of the rounds that a limited mandate is for."""

    __tablename__ = "mandate_rounds"

    mandate_id: Mapped[Reference] = mapped_column(ForeignKey("mandates.id", ondelete="CASCADE"), primary_key=True)
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), primary_key=True)

    mandate: Mapped[Mandate] = relationship(back_populates="rounds")
    round: Mapped[Round] = relationship()
