"""Visits to an applicant's location (toetsing ter plaatse): the appointment, what was seen, the reply, the outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from portal.models.applications import Party
from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.procedures import Lot, Requirement
from portal.models.reviews import Review

TO_DRAW_UP = text("established_at IS NOT NULL AND pdf_key IS NULL")
TO_SCAN = text("scan_state = 'waiting'")


class SiteVisit(OwnedByAuthority, Base):
    """One visit about the application of one review.

    `moves` are the appointments that came before, oldest first, as {from, place, reason, at, by}. `have_ready` is what
    the applicant is asked to have at hand. `due_at` is when the term to reply ends. What the applicant typed is seen by
    nobody else before `replied_at`; `reply_version` goes up with each save, which names the version it was based on.
    `facts` is frozen canonical JSON: all that the established report says. `attempt` is the key of the form with which
    it was planned: the same form sent twice is one visit.
    """

    __tablename__ = "site_visits"
    __table_args__ = (
        UniqueConstraint("authority_id", "number"),
        CheckConstraint(
            "(sent_at IS NULL) = (due_at IS NULL) AND (sent_at IS NULL) = (sent_by_id IS NULL)", name="sent"
        ),
        CheckConstraint("state NOT IN ('sent', 'established') OR sent_at IS NOT NULL", name="sent_first"),
        CheckConstraint(
            "(state = 'established') = (established_at IS NOT NULL) AND (established_at IS NULL) = (facts = '')"
            " AND (established_at IS NULL) = (established_by_id IS NULL)",
            name="established_whole",
        ),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)"
            " AND (cancelled_at IS NULL OR length(cancel_reason) >= 10)",
            name="cancelled_with_reason",
        ),
        CheckConstraint("replied_at IS NULL OR (sent_at IS NOT NULL AND replied_at < due_at)", name="replied_in_time"),
        Index("ix_site_visits_to_draw_up", "established_at", sqlite_where=TO_DRAW_UP, postgresql_where=TO_DRAW_UP),
    )  # fmt: skip

    id: Mapped[Id]
    attempt: Mapped[Key] = mapped_column(unique=True)
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"), index=True)
    number: Mapped[Key]
    state: Mapped[Key]
    starts_at: Mapped[datetime]
    place: Mapped[Name]
    have_ready: Mapped[Prose]
    moves: Mapped[list[Any]] = mapped_column(default=list)
    planned_at: Mapped[datetime]
    planned_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime | None]
    reply_version: Mapped[int] = mapped_column(default=0)
    reply_saved_at: Mapped[datetime | None]
    reply_saved_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    replied_at: Mapped[datetime | None]
    replied_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    conclusion: Mapped[Prose] = mapped_column(default="")
    facts: Mapped[Prose] = mapped_column(default="")
    established_at: Mapped[datetime | None]
    established_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    cancel_reason: Mapped[Prose] = mapped_column(default="")

    review: Mapped[Review] = relationship(back_populates="site_visits")
    planned_by: Mapped[User] = relationship(foreign_keys=[planned_by_id])
    sent_by: Mapped[User | None] = relationship(foreign_keys=[sent_by_id])
    reply_saved_by: Mapped[User | None] = relationship(foreign_keys=[reply_saved_by_id])
    replied_by: Mapped[User | None] = relationship(foreign_keys=[replied_by_id])
    established_by: Mapped[User | None] = relationship(foreign_keys=[established_by_id])
    cancelled_by: Mapped[User | None] = relationship(foreign_keys=[cancelled_by_id])
    visitors: Mapped[list[SiteVisitor]] = relationship(back_populates="visit", cascade="all, delete-orphan")
    points: Mapped[list[SitePoint]] = relationship(back_populates="visit", order_by="SitePoint.position")

    @property
    def is_open(self) -> bool:
        """It has no outcome yet, and goes on."""
        return self.state not in {"established", "cancelled"}


class SiteVisitor(OwnedByAuthority, Base):
    """Who visits, or visited."""

    __tablename__ = "site_visitors"
    __table_args__ = (UniqueConstraint("visit_id", "user_id"),)

    id: Mapped[Id]
    visit_id: Mapped[Reference] = mapped_column(ForeignKey("site_visits.id", ondelete="CASCADE"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"), index=True)

    visit: Mapped[SiteVisit] = relationship(back_populates="visitors")
    user: Mapped[User] = relationship()


class SitePoint(OwnedByAuthority, Base):
    """One line of the checklist: a published requirement as it was submitted, a point about one, or a point by itself.

    `requirement_version` is that of the text in the manifest. `text` is what to look at; '' is the requirement as a
    whole. `outcome` and `finding` are what the visitors establish, beside the reply.
    """

    __tablename__ = "site_points"
    __table_args__ = (
        UniqueConstraint("visit_id", "position"),
        CheckConstraint("requirement_id IS NOT NULL OR length(text) >= 3", name="about_something"),
        CheckConstraint("(requirement_id IS NULL) = (requirement_version IS NULL)", name="version_of_a_requirement"),
    )

    id: Mapped[Id]
    visit_id: Mapped[Reference] = mapped_column(ForeignKey("site_visits.id"))
    position: Mapped[int]
    requirement_id: Mapped[Reference | None] = mapped_column(ForeignKey("requirements.id"))
    requirement_version: Mapped[int | None]
    lot_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id"))
    text: Mapped[Prose]
    reply: Mapped[Prose] = mapped_column(default="")
    outcome: Mapped[Key] = mapped_column(default="")
    finding: Mapped[Prose] = mapped_column(default="")

    visit: Mapped[SiteVisit] = relationship(back_populates="points")
    requirement: Mapped[Requirement | None] = relationship()
    lot: Mapped[Lot | None] = relationship()
    party: Mapped[Party | None] = relationship()
    notes: Mapped[list[SiteNote]] = relationship(
        back_populates="point", order_by="SiteNote.noted_at, SiteNote.sequence"
    )
    photos: Mapped[list[SitePhoto]] = relationship(
        back_populates="point", order_by="SitePhoto.noted_at, SitePhoto.received_at, SitePhoto.id"
    )

    @property
    def spot(self) -> tuple[str | None, str | None, str | None]:
        """Requirement, lot and party: the place this is about."""
        return (self.requirement_id, self.lot_id, self.party_id)

    @property
    def latest(self) -> SiteNote | None:
        """The note that counts: the one that was made last, whenever it came in."""
        return self.notes[-1] if self.notes else None

    @property
    def kept_photos(self) -> list[SitePhoto]:
        return [one for one in self.photos if one.removed_at is None and one.scan_state != "infected"]


class SiteNote(OwnedByAuthority, Base):
    """What one visitor saw at one point. Only added: triggers refuse UPDATE and DELETE.

    `attempt` is the key that the device gave it: sent again it is the same note. `noted_at` is reckoned by our clock
    from how long ago the device says it was; `received_at` is when it came in; `sequence` counts the notes of a visit
    in that order, from 1.
    """

    __tablename__ = "site_notes"
    __table_args__ = (
        UniqueConstraint("visit_id", "attempt"),
        UniqueConstraint("visit_id", "sequence"),
        CheckConstraint("verdict IN ('holds', 'does_not_hold', 'not_seen')", name="verdict"),
        CheckConstraint("verdict <> 'does_not_hold' OR length(note) >= 10", name="reasoned"),
        CheckConstraint("noted_at <= received_at", name="noted_before_it_came_in"),
    )

    id: Mapped[Id]
    visit_id: Mapped[Reference] = mapped_column(ForeignKey("site_visits.id"))
    point_id: Mapped[Reference] = mapped_column(ForeignKey("site_points.id"), index=True)
    attempt: Mapped[Key]
    sequence: Mapped[int]
    verdict: Mapped[Key]
    note: Mapped[Prose]
    noted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    noted_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    point: Mapped[SitePoint] = relationship(back_populates="notes")
    noted_by: Mapped[User] = relationship()


class SitePhoto(OwnedByAuthority, Base):
    """A photograph at one point: drawn anew by the confined child, so that nothing of the camera (its place) is in it.

    Since `removed_at` its bytes are gone, and `storage_key` with them. `attempt` as of a `SiteNote`.
    """

    __tablename__ = "site_photos"
    __table_args__ = (
        UniqueConstraint("visit_id", "attempt"),
        CheckConstraint("(removed_at IS NULL) = (storage_key IS NOT NULL)", name="there_or_removed"),
        Index("ix_site_photos_to_scan", "received_at", sqlite_where=TO_SCAN, postgresql_where=TO_SCAN),
    )

    id: Mapped[Id]
    visit_id: Mapped[Reference] = mapped_column(ForeignKey("site_visits.id"))
    point_id: Mapped[Reference] = mapped_column(ForeignKey("site_points.id"), index=True)
    attempt: Mapped[Key]
    size: Mapped[int]
    sha256: Mapped[Digest]
    storage_key: Mapped[Name | None] = mapped_column(unique=True)
    noted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    taken_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    scan_state: Mapped[Key] = mapped_column(default="none")
    scanned_at: Mapped[datetime | None]
    scan_finding: Mapped[Name] = mapped_column(default="")
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    state: Mapped[str] = synonym("scan_state")  # the name under which the table of transitions knows it
    point: Mapped[SitePoint] = relationship(back_populates="photos")
    taken_by: Mapped[User] = relationship(foreign_keys=[taken_by_id])
