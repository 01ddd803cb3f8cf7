"""Following an agreement: the handover to the contract manager, and the talks with the provider."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.agreements import Agreement
from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import User


class Handover(OwnedByAuthority, Base):
    """The buyer hands one agreement over to the contract manager: two people, always."""

    __tablename__ = "handovers"
    __table_args__ = (
        CheckConstraint("accepted_by_id IS NULL OR accepted_by_id <> handed_over_by_id", name="two_people"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), unique=True)
    state: Mapped[Key]
    began_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]
    handed_over_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    returned_reason: Mapped[Prose] = mapped_column(default="")

    agreement: Mapped[Agreement] = relationship()
    handed_over_by: Mapped[User | None] = relationship(foreign_keys=[handed_over_by_id])
    accepted_by: Mapped[User | None] = relationship(foreign_keys=[accepted_by_id])
    items: Mapped[list[HandoverItem]] = relationship(back_populates="handover", order_by="HandoverItem.position")


class HandoverItem(OwnedByAuthority, Base):
    """One thing to hand over, as the procedure names it; done by somebody, with a note."""

    __tablename__ = "handover_items"
    __table_args__ = (UniqueConstraint("handover_id", "code"),)

    id: Mapped[Id]
    handover_id: Mapped[Reference] = mapped_column(ForeignKey("handovers.id"), index=True)
    code: Mapped[Key]
    title: Mapped[Name]
    text: Mapped[Prose] = mapped_column(default="")
    position: Mapped[int]
    note: Mapped[Prose] = mapped_column(default="")
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    handover: Mapped[Handover] = relationship(back_populates="items")
    done_by: Mapped[User | None] = relationship()


class Talk(OwnedByAuthority, Base):
    """A talk with one provider. `kind` is 'progress' or 'evaluation'; its topics are those of the day it began.

    `topics` is a list of {code, title, text, group}; group 'topic', 'pillar' or 'promise' (of the agreement).
    """

    __tablename__ = "talks"
    __table_args__ = (
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[Reference] = mapped_column(ForeignKey("agreements.id"), index=True)
    kind: Mapped[Key]
    state: Mapped[Key]
    held_on: Mapped[date]
    present: Mapped[Prose]
    topics: Mapped[list[Any]]
    began_at: Mapped[datetime]
    began_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    agreement: Mapped[Agreement] = relationship()
    began_by: Mapped[User] = relationship(foreign_keys=[began_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    notes: Mapped[list[TalkNote]] = relationship(back_populates="talk")
    points: Mapped[list[ActionPoint]] = relationship(back_populates="talk", order_by="ActionPoint.due_on")
    addenda: Mapped[list[TalkAddendum]] = relationship(back_populates="talk", order_by="TalkAddendum.added_at")


class TalkNote(OwnedByAuthority, Base):
    """What was said about one topic. `version` goes up with each save; a save names the version it was based on."""

    __tablename__ = "talk_notes"
    __table_args__ = (UniqueConstraint("talk_id", "topic"),)

    id: Mapped[Id]
    talk_id: Mapped[Reference] = mapped_column(ForeignKey("talks.id"), index=True)
    topic: Mapped[Key]
    text: Mapped[Prose]
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    talk: Mapped[Talk] = relationship(back_populates="notes")
    saved_by: Mapped[User] = relationship()


class ActionPoint(OwnedByAuthority, Base):
    """What was agreed in a talk: who does what, and by when."""

    __tablename__ = "action_points"

    id: Mapped[Id]
    talk_id: Mapped[Reference] = mapped_column(ForeignKey("talks.id"), index=True)
    text: Mapped[Prose]
    owner: Mapped[Name]
    due_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    done_note: Mapped[Prose] = mapped_column(default="")

    talk: Mapped[Talk] = relationship(back_populates="points")
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id])


class TalkAddendum(OwnedByAuthority, Base):
    """What was added to a confirmed report. Never changed, never taken away."""

    __tablename__ = "talk_addenda"

    id: Mapped[Id]
    talk_id: Mapped[Reference] = mapped_column(ForeignKey("talks.id"), index=True)
    text: Mapped[Prose]
    added_at: Mapped[datetime]
    added_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    talk: Mapped[Talk] = relationship(back_populates="addenda")
    added_by: Mapped[User] = relationship()
