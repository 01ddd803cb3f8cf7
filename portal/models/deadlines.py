"""What became of a deadline: changes by two people, attempts that came too late, drafts that went on, who follows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Digest, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.procedures import Procedure, Round

TWO_PEOPLE = (
    "state <> 'confirmed' OR (confirmed_at IS NOT NULL AND confirmed_by_id IS NOT NULL AND "
    "((proposed_by_id IS NOT NULL AND proposed_by_id <> confirmed_by_id) OR "
    "(proposed_by_id IS NULL AND agreed_by_id IS NOT NULL AND agreed_by_id <> confirmed_by_id)))"
)
"""Nobody moves a deadline alone: the proposer and another, or two people where the portal itself proposed."""


class DeadlineChange(OwnedByAuthority, Base):
    """A later closing of one round ('extension'), or another round after it for everybody ('repair'). Never changed
    once confirmed or sent back, never deleted: triggers refuse both.

    `new_closes_at` is the new instant of the round, or the closing of the repair round. `proposed_by` None is the
    portal itself, after an outage from `gap_from` to `gap_until`; then two people agree one after the other.
    An extension is confirmed before the instant it replaces, or not at all.
    """

    __tablename__ = "deadline_changes"
    __table_args__ = (
        UniqueConstraint("round_id", "sequence"),
        CheckConstraint("kind IN ('extension', 'repair')", name="kind"),
        CheckConstraint("new_closes_at > old_closes_at", name="only_later"),
        CheckConstraint("length(reason) >= 10", name="reasoned"),
        CheckConstraint(TWO_PEOPLE, name="two_people"),
        CheckConstraint("kind <> 'extension' OR confirmed_at IS NULL OR confirmed_at < old_closes_at", name="in_time"),
        CheckConstraint("state <> 'sent_back' OR length(sent_back_reason) >= 10", name="sent_back_reasoned"),
        Index(
            "uq_deadline_changes_pending",
            "round_id",
            unique=True,
            sqlite_where=text("state IN ('proposed', 'agreed')"),
            postgresql_where=text("state IN ('proposed', 'agreed')"),
        ),
    )

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    sequence: Mapped[int]
    kind: Mapped[Key] = mapped_column(default="extension")
    state: Mapped[Key] = mapped_column(default="proposed")
    old_closes_at: Mapped[datetime]
    new_closes_at: Mapped[datetime]
    reason: Mapped[Prose]
    gap_from: Mapped[datetime | None]
    gap_until: Mapped[datetime | None]
    proposed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime]
    agreed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    agreed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    sent_back_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    sent_back_at: Mapped[datetime | None]
    sent_back_reason: Mapped[Prose] = mapped_column(default="")

    round: Mapped[Round] = relationship(back_populates="deadline_changes")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    agreed_by: Mapped[User | None] = relationship(foreign_keys=[agreed_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    sent_back_by: Mapped[User | None] = relationship(foreign_keys=[sent_back_by_id])


class Follower(OwnedByAuthority, Base):
    """Somebody who asked to hear about the rounds of a procedure: openings, other deadlines."""

    __tablename__ = "followers"
    __table_args__ = (UniqueConstraint("procedure_id", "user_id"),)

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"), index=True)
    since: Mapped[datetime]

    procedure: Mapped[Procedure] = relationship()
    user: Mapped[User] = relationship()


class LateAttempt(OwnedByAuthority, Base):
    """Submitting at or after the instant: refused, with a number and the digest of what was offered. Never changed.

    `attempt` is the key of the form that was sent: the same form sent twice is one attempt. `closes_at` is the
    instant as it stood.
    """

    __tablename__ = "late_attempts"
    __table_args__ = (
        UniqueConstraint("application_id", "attempt"),
        CheckConstraint("tried_at >= closes_at", name="late"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"))
    number: Mapped[Key] = mapped_column(unique=True)
    attempt: Mapped[Key]
    tried_at: Mapped[datetime]
    tried_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    closes_at: Mapped[datetime]
    digest: Mapped[Digest]

    application: Mapped[Application] = relationship()
    tried_by: Mapped[User] = relationship()


class CarryOver(OwnedByAuthority, Base):
    """What a draft took over: from a draft of an earlier round that went on in it, from another application of the
    same organisation, or (no `source`) from the self-check.

    `left_behind` has what did not come along: name and why, in Dutch. It stays empty when the source is of another
    authority: the row belongs to the authority of the draft, and authorities see nothing of each other.
    """

    __tablename__ = "carry_overs"
    __table_args__ = (
        UniqueConstraint("application_id", "source_id"),
        CheckConstraint("application_id <> source_id", name="another"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    source_id: Mapped[Reference | None] = mapped_column(ForeignKey("applications.id"), index=True)
    left_behind: Mapped[list[Any]]
    carried_at: Mapped[datetime]
    carried_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship(foreign_keys=[application_id], back_populates="carry_overs")
    source: Mapped[Application | None] = relationship(foreign_keys=[source_id])
    carried_by: Mapped[User] = relationship()
    places: Mapped[list[CarriedPlace]] = relationship(back_populates="carry_over", order_by="CarriedPlace.place")


class CarriedPlace(OwnedByAuthority, Base):
    """One place with what was taken over: marked 'controleer' until somebody saves it or says that it still holds.

    `place` is the key of the place ('T01-1A'), 'integrity', or 'offer:' and the key of an award criterion.
    """

    __tablename__ = "carried_places"
    __table_args__ = (UniqueConstraint("carry_over_id", "place"),)

    id: Mapped[Id]
    carry_over_id: Mapped[Reference] = mapped_column(ForeignKey("carry_overs.id", ondelete="CASCADE"))
    place: Mapped[Key]
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    carry_over: Mapped[CarryOver] = relationship(back_populates="places")
