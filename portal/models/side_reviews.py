"""Who screens beside the reviewer: the second one, blind at first, and the shadow, whose verdicts count nowhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Party
from portal.models.base import Base, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.procedures import Lot, Requirement, Round
from portal.models.reviews import Finding, Review

SECOND, SHADOW = "second", "shadow"


class SideReview(OwnedByAuthority, Base):
    """One official's own verdicts on one dossier, beside the findings. A dossier has one 'second' at a time.

    Until `finished_at` its writer sees nobody else's verdicts. `ended_at`: given up, because of an interest.
    """

    __tablename__ = "side_reviews"
    __table_args__ = (
        UniqueConstraint("review_id", "user_id", "kind"),
        CheckConstraint("kind IN ('second', 'shadow')", name="kind"),
        Index(
            "uq_side_reviews_second",
            "review_id",
            unique=True,
            sqlite_where=text("kind = 'second' AND ended_at IS NULL"),
            postgresql_where=text("kind = 'second' AND ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"), index=True)
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[Key]
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    review: Mapped[Review] = relationship(back_populates="sides")
    user: Mapped[User] = relationship()
    verdicts: Mapped[list[SideVerdict]] = relationship(back_populates="side", order_by="SideVerdict.sequence")


class SideVerdict(OwnedByAuthority, Base):
    """A verdict with its reason that is no finding: it reaches no decision, letter or count. Only added."""

    __tablename__ = "side_verdicts"
    __table_args__ = (
        UniqueConstraint("side_id", "sequence"),
        CheckConstraint("verdict IN ('meets', 'equivalent') OR length(reason) >= 10", name="reasoned"),
    )

    id: Mapped[Id]
    side_id: Mapped[Reference] = mapped_column(ForeignKey("side_reviews.id"))
    requirement_id: Mapped[Reference] = mapped_column(ForeignKey("requirements.id"))
    lot_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id"))
    sequence: Mapped[int]
    verdict: Mapped[Key]
    reason: Mapped[Prose]
    product_codes: Mapped[list[str]]
    given_at: Mapped[datetime]

    side: Mapped[SideReview] = relationship(back_populates="verdicts")

    @property
    def spot(self) -> tuple[str | None, str | None, str | None]:
        """Requirement, lot and party: the place this is about."""
        return (self.requirement_id, self.lot_id, self.party_id)

    @property
    def found_by(self) -> User:
        """As a finding calls it, so that a checklist shows either."""
        return self.side.user

    @property
    def found_at(self) -> datetime:
        return self.given_at


class JointVerdict(OwnedByAuthority, Base):
    """What one of two reviewers proposes as their verdict where they differed; when the other agrees, a finding.

    `withdrawn_at`: another proposal took its place before anybody agreed.
    """

    __tablename__ = "joint_verdicts"
    __table_args__ = (
        CheckConstraint("agreed_by_id IS NULL OR agreed_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint("(agreed_at IS NULL) = (agreed_by_id IS NULL)", name="agreed_by_someone"),
        CheckConstraint("length(reason) >= 10", name="reasoned"),
    )

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"), index=True)
    requirement_id: Mapped[Reference] = mapped_column(ForeignKey("requirements.id"))
    lot_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id"))
    verdict: Mapped[Key]
    reason: Mapped[Prose]
    product_codes: Mapped[list[str]]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    agreed_at: Mapped[datetime | None]
    agreed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    finding_id: Mapped[Reference | None] = mapped_column(ForeignKey("findings.id"))

    review: Mapped[Review] = relationship(back_populates="joint_verdicts")
    requirement: Mapped[Requirement] = relationship()
    lot: Mapped[Lot | None] = relationship()
    party: Mapped[Party | None] = relationship()
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    finding: Mapped[Finding | None] = relationship()

    @property
    def spot(self) -> tuple[str | None, str | None, str | None]:
        """Requirement, lot and party: the place this is about."""
        return (self.requirement_id, self.lot_id, self.party_id)

    @property
    def is_open(self) -> bool:
        return self.agreed_at is None and self.withdrawn_at is None


class ShadowReviewer(OwnedByAuthority, Base):
    """Somebody new who screens a round without effect, until `ended_at`."""

    __tablename__ = "shadow_reviewers"
    __table_args__ = (UniqueConstraint("round_id", "user_id"),)

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"), index=True)
    named_at: Mapped[datetime]
    named_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(back_populates="shadow_reviewers")
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    named_by: Mapped[User] = relationship(foreign_keys=[named_by_id])
