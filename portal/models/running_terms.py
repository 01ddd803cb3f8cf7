"""Terms that stand still, and the secret addresses from which officials' calendars read the terms of a round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Digest, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.procedures import Round

RUNNING = text("ended_at IS NULL")


class TermSuspension(OwnedByAuthority, Base):
    """One term of one application stands still from `begun_at` to `ended_at`. Kept, also when it is over.

    `term` is a key of `deciding_words.TERMS`, `kind` one of `.SUSPENSIONS`. Of an integrity suspension no reason is
    kept here.
    """

    __tablename__ = "term_suspensions"
    __table_args__ = (
        # an integrity suspension also ends by itself, with the term of the Bureau
        CheckConstraint(
            "(ended_by_id IS NULL OR ended_at IS NOT NULL) AND "
            "(ended_at IS NULL OR ended_by_id IS NOT NULL OR kind = 'integrity')",
            name="ended_by_someone",
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= begun_at", name="period"),
        CheckConstraint(
            "(kind = 'integrity') = (reason = '') AND (reason = '' OR length(reason) >= 10)",
            name="reasoned",
        ),
        Index(
            "uq_term_suspensions_running",
            "application_id",
            "term",
            "kind",
            unique=True,
            sqlite_where=RUNNING,
            postgresql_where=RUNNING,
        ),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), index=True)
    term: Mapped[Key]
    kind: Mapped[Key]
    reason: Mapped[Prose] = mapped_column(default="")
    begun_at: Mapped[datetime]
    begun_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    end_reason: Mapped[Prose] = mapped_column(default="")

    application: Mapped[Application] = relationship(back_populates="term_suspensions")
    begun_by: Mapped[User] = relationship(foreign_keys=[begun_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])

    @property
    def is_running(self) -> bool:
        return self.ended_at is None


class TermFeed(OwnedByAuthority, Base):
    """The secret address from which one official's calendar reads the terms of one round; only its SHA-256 is kept."""

    __tablename__ = "term_feeds"
    __table_args__ = (
        Index(
            "uq_term_feeds_live",
            "user_id",
            "round_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    token_digest: Mapped[Digest] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    user: Mapped[User] = relationship()
