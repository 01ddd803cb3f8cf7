"""Consultations: what organisations say about the concept documents, who comes to the meetings, and what we answer.

What is asked stands in the procedure's settings (`domain.consultations`); a row points to it with the code of the
consultation and, where it is about less, the code of the document, article or meeting.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Organisation, User
from portal.models.procedures import Procedure


class Reaction(OwnedByAuthority, Base):
    """What one organisation says about one article; empty document and article codes: about the whole.

    `text` and `proposal` are what is being written; `sent_text` and `sent_proposal` are what counts, until it is sent
    again or withdrawn. `edition` is the edition of the procedure that was reacted to.
    """

    __tablename__ = "reactions"
    __table_args__ = (
        UniqueConstraint("procedure_id", "consultation_code", "organisation_id", "document_code", "article_code"),
        CheckConstraint("state <> 'sent' OR (sent_at IS NOT NULL AND sent_by_id IS NOT NULL)", name="sent_by_someone"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    consultation_code: Mapped[Key]
    document_code: Mapped[Key]
    article_code: Mapped[Key]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[Key]
    edition: Mapped[int]
    text: Mapped[Prose] = mapped_column(default="")
    proposal: Mapped[Prose] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    sent_text: Mapped[Prose] = mapped_column(default="")
    sent_proposal: Mapped[Prose] = mapped_column(default="")
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    point_id: Mapped[Reference | None] = mapped_column(ForeignKey("note_points.id", ondelete="SET NULL"), index=True)

    procedure: Mapped[Procedure] = relationship()
    organisation: Mapped[Organisation] = relationship()
    saved_by: Mapped[User] = relationship(foreign_keys=[saved_by_id])
    sent_by: Mapped[User | None] = relationship(foreign_keys=[sent_by_id])
    point: Mapped[NotePoint | None] = relationship(back_populates="reactions")

    @property
    def spot(self) -> tuple[str, str]:
        return self.document_code, self.article_code

    @property
    def is_changed(self) -> bool:
        """What is being written is not what was sent."""
        return (self.text, self.proposal) != (self.sent_text, self.sent_proposal) or self.state != "sent"


class AddedMeeting(OwnedByAuthority, Base):
    """A meeting that was planned after the procedure was published, beside those of the file."""

    __tablename__ = "added_meetings"
    __table_args__ = (
        UniqueConstraint("procedure_id", "consultation_code", "code"),
        CheckConstraint("starts_at < ends_at", name="period"),
        CheckConstraint("seats > 0", name="has_seats"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    consultation_code: Mapped[Key]
    code: Mapped[Key]
    title: Mapped[Name]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[Name]
    seats: Mapped[int]
    text: Mapped[Prose]
    added_at: Mapped[datetime]
    added_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    procedure: Mapped[Procedure] = relationship()
    added_by: Mapped[User] = relationship()


class MeetingRegistration(OwnedByAuthority, Base):
    """The persons (one to three) that one organisation wants to bring to one meeting.

    `draws_at` is set where lots are drawn; `turn` is the place in the drawn order, None for who came later. `number`
    is the random reference under which it takes part in the draw. `present` counts who came.
    """

    __tablename__ = "meeting_registrations"
    __table_args__ = (
        UniqueConstraint("procedure_id", "consultation_code", "meeting_code", "organisation_id"),
        Index("ix_meeting_registrations_waiting_for_draw", "state", "draws_at"),
        CheckConstraint("present IS NULL OR present BETWEEN 0 AND persons", name="present"),
        CheckConstraint("persons BETWEEN 1 AND 3", name="persons"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    consultation_code: Mapped[Key]
    meeting_code: Mapped[Key]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[Key] = mapped_column(unique=True)
    names: Mapped[list[str]]
    persons: Mapped[int]
    state: Mapped[Key]
    version: Mapped[int] = mapped_column(default=1)
    registered_at: Mapped[datetime]
    registered_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    draws_at: Mapped[datetime | None]
    turn: Mapped[int | None]
    present: Mapped[int | None]

    procedure: Mapped[Procedure] = relationship()
    organisation: Mapped[Organisation] = relationship()
    registered_by: Mapped[User] = relationship()


class MeetingDraw(OwnedByAuthority, Base):
    """The lots of one meeting were drawn, once. Anybody can do it again: `seed` and the numbers are published.

    `numbers` has the numbers of the registrations in the drawn order.
    """

    __tablename__ = "meeting_draws"
    __table_args__ = (UniqueConstraint("procedure_id", "consultation_code", "meeting_code"),)

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"))
    consultation_code: Mapped[Key]
    meeting_code: Mapped[Key]
    seed: Mapped[Key]
    numbers: Mapped[list[str]]
    drawn_at: Mapped[datetime]

    procedure: Mapped[Procedure] = relationship()


class Minutes(OwnedByAuthority, Base):
    """One version of the report (verslag) of one meeting. A version never changes; the last published one counts."""

    __tablename__ = "minutes"
    __table_args__ = (
        UniqueConstraint("procedure_id", "consultation_code", "meeting_code", "number"),
        CheckConstraint("(published_at IS NULL) = (published_by_id IS NULL)", name="published_by_someone"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    consultation_code: Mapped[Key]
    meeting_code: Mapped[Key]
    number: Mapped[int]
    text: Mapped[Prose]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    procedure: Mapped[Procedure] = relationship()
    saved_by: Mapped[User] = relationship(foreign_keys=[saved_by_id])
    published_by: Mapped[User | None] = relationship(foreign_keys=[published_by_id])


class ReactionNote(OwnedByAuthority, Base):
    """The reactienota of one consultation: proposed by one official, published by another, then frozen.

    `facts` is canonical JSON, made at publication, without the names of organisations; page and PDF follow from it.
    `version` goes up with every change, so that what is published is what was read.
    """

    __tablename__ = "reaction_notes"
    __table_args__ = (
        UniqueConstraint("procedure_id", "consultation_code"),
        CheckConstraint("published_by_id IS NULL OR published_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published_at_some_time"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    consultation_code: Mapped[Key]
    state: Mapped[Key]
    introduction: Mapped[Prose] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    begun_at: Mapped[datetime]
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    facts: Mapped[Prose] = mapped_column(default="")
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))

    procedure: Mapped[Procedure] = relationship()
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    published_by: Mapped[User | None] = relationship(foreign_keys=[published_by_id])
    points: Mapped[list[NotePoint]] = relationship(
        back_populates="note", order_by="NotePoint.made_at, NotePoint.id", cascade="all, delete-orphan"
    )


class NotePoint(OwnedByAuthority, Base):
    """One point of the note: one reaction, or several about the same article that say the same, and our answer.

    `answer` is '' (not yet), 'adopted', 'partly' or 'not_adopted'.
    """

    __tablename__ = "note_points"

    id: Mapped[Id]
    note_id: Mapped[Reference] = mapped_column(ForeignKey("reaction_notes.id"), index=True)
    document_code: Mapped[Key]
    article_code: Mapped[Key]
    summary: Mapped[Prose] = mapped_column(default="")
    answer: Mapped[Key] = mapped_column(default="")
    explanation: Mapped[Prose] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]

    note: Mapped[ReactionNote] = relationship(back_populates="points")
    reactions: Mapped[list[Reaction]] = relationship(back_populates="point", order_by="Reaction.sent_at")

    @property
    def spot(self) -> tuple[str, str]:
        return self.document_code, self.article_code
