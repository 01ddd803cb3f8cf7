"""Screening: interest declarations, findings and remedy requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application, Party, Submission
from portal.models.base import Base, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.documents import Document
from portal.models.people import User
from portal.models.procedures import Lot, Requirement, Round

if TYPE_CHECKING:
    from portal.models.side_reviews import JointVerdict, SideReview
    from portal.models.site_visits import SiteVisit


class InterestDeclaration(OwnedByAuthority, Base):
    """What one official declared about one round before the first view."""

    __tablename__ = "interest_declarations"
    __table_args__ = (UniqueConstraint("round_id", "user_id"),)

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    declared_at: Mapped[datetime]

    round: Mapped[Round] = relationship()
    user: Mapped[User] = relationship()


class Conflict(OwnedByAuthority, Base):
    """An official has an interest in this applicant: the dossier is hidden at once.

    `grounds` are keys of `interest_words.GROUNDS` when the portal found it; empty when the official declared it.
    """

    __tablename__ = "conflicts"
    __table_args__ = (UniqueConstraint("application_id", "user_id"),)

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"), index=True)
    reason: Mapped[Prose]
    grounds: Mapped[list[str]] = mapped_column(default=list)
    declared_at: Mapped[datetime]

    application: Mapped[Application] = relationship()
    user: Mapped[User] = relationship()


class Review(OwnedByAuthority, Base):
    """The screening of one application as it was submitted."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("first_by_id IS NULL OR first_by_id <> second_by_id", name="four_eyes"),
        Index("ix_reviews_queue", "authority_id", "due_on", "id"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), unique=True)
    submission_id: Mapped[Reference] = mapped_column(ForeignKey("submissions.id"))
    state: Mapped[Key]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    first_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    second_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship(back_populates="review")
    submission: Mapped[Submission] = relationship()
    first_by: Mapped[User | None] = relationship(foreign_keys=[first_by_id])
    second_by: Mapped[User | None] = relationship(foreign_keys=[second_by_id])
    findings: Mapped[list[Finding]] = relationship(back_populates="review", order_by="Finding.sequence")
    remedies: Mapped[list[RemedyRequest]] = relationship(back_populates="review", order_by="RemedyRequest.requested_at")
    remedy_draft: Mapped[RemedyDraft | None] = relationship(back_populates="review", cascade="all, delete-orphan")
    sides: Mapped[list[SideReview]] = relationship(back_populates="review", order_by="SideReview.begun_at")
    joint_verdicts: Mapped[list[JointVerdict]] = relationship(
        back_populates="review", order_by="JointVerdict.proposed_at"
    )
    site_visits: Mapped[list[SiteVisit]] = relationship(back_populates="review", order_by="SiteVisit.starts_at")


class Finding(OwnedByAuthority, Base):
    """A verdict with its reason on one requirement (and lot, or party). Append-only: the last one counts.

    `sequence` counts the findings of one review from 1; together with the review it is unique, so that two
    inkopers who save at once cannot both be right without seeing each other. `product_codes` narrows a
    verdict to some products of the lot; empty means all of them. `defect` is a key of `defects.DEFECTS`, '' where
    nothing was wrong; `after_remedy` tells that remedy was asked here before; `evidence_kinds` what lay here then.
    `agreed_by` is the second reviewer when the two differed first and found this verdict together.
    """

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("review_id", "sequence"),
        CheckConstraint("verdict IN ('meets', 'equivalent') OR length(reason) >= 10", name="reasoned"),
        Index("ix_findings_defect", "requirement_id", "defect"),
        CheckConstraint("agreed_by_id IS NULL OR agreed_by_id <> found_by_id", name="agreed_by_another"),
    )

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"), index=True)
    requirement_id: Mapped[Reference] = mapped_column(ForeignKey("requirements.id"))
    lot_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id"))
    sequence: Mapped[int]
    verdict: Mapped[Key]
    reason: Mapped[Prose]
    product_codes: Mapped[list[str]]
    defect: Mapped[Key] = mapped_column(default="")
    after_remedy: Mapped[bool] = mapped_column(default=False)
    evidence_kinds: Mapped[list[str]] = mapped_column(default=list)
    found_at: Mapped[datetime]
    found_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    agreed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    review: Mapped[Review] = relationship(back_populates="findings")
    requirement: Mapped[Requirement] = relationship()
    lot: Mapped[Lot | None] = relationship()
    party: Mapped[Party | None] = relationship()
    found_by: Mapped[User] = relationship(foreign_keys=[found_by_id])
    agreed_by: Mapped[User | None] = relationship(foreign_keys=[agreed_by_id])

    @property
    def spot(self) -> tuple[str | None, str | None, str | None]:
        """Requirement, lot and party: the place this is about."""
        return (self.requirement_id, self.lot_id, self.party_id)


class RemedyDraft(OwnedByAuthority, Base):
    """A herstelverzoek that is prepared and not sent: the applicant sees nothing of it, and it may be taken back.

    `questions` maps the key of a place ('T03-1A') to {"text": what will be asked, "finding": the sequence of the
    verdict it rests on}. `version` goes up with each change; a change names the version it was based on.
    """

    __tablename__ = "remedy_drafts"

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"), unique=True)
    questions: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    prepared_at: Mapped[datetime]
    prepared_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    review: Mapped[Review] = relationship(back_populates="remedy_draft")
    prepared_by: Mapped[User] = relationship(foreign_keys=[prepared_by_id])
    changed_by: Mapped[User] = relationship(foreign_keys=[changed_by_id])


class RemedyRequest(OwnedByAuthority, Base):
    """A herstelverzoek: named requirements, one term, one answer.

    Prepared by one (`requested_by`) and sent by another (`released_by`; None in requests of before that was asked).
    What was sent together has the same `requested_at` and `due_at`.
    """

    __tablename__ = "remedy_requests"
    __table_args__ = (
        CheckConstraint("released_by_id IS NULL OR released_by_id <> requested_by_id", name="two_people"),
    )

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"), index=True)
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    expired_at: Mapped[datetime | None]
    released_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    review: Mapped[Review] = relationship(back_populates="remedies")
    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])
    released_by: Mapped[User | None] = relationship(foreign_keys=[released_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
    items: Mapped[list[RemedyItem]] = relationship(back_populates="remedy", cascade="all, delete-orphan")

    @property
    def is_pending(self) -> bool:
        return self.answered_at is None and self.expired_at is None


class RemedyItem(OwnedByAuthority, Base):
    """One requirement in a remedy request, with the applicant's explanation and new documents.

    `version` goes up with each save of the explanation; a save names the version it was based on.
    """

    __tablename__ = "remedy_items"

    id: Mapped[Id]
    remedy_id: Mapped[Reference] = mapped_column(ForeignKey("remedy_requests.id", ondelete="CASCADE"), index=True)
    requirement_id: Mapped[Reference] = mapped_column(ForeignKey("requirements.id"))
    lot_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id"))
    question: Mapped[Prose]
    explanation: Mapped[Prose] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=0)
    explained_at: Mapped[datetime | None]
    explained_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    explained_by: Mapped[User | None] = relationship()
    remedy: Mapped[RemedyRequest] = relationship(back_populates="items")
    requirement: Mapped[Requirement] = relationship()
    lot: Mapped[Lot | None] = relationship()
    party: Mapped[Party | None] = relationship()
    documents: Mapped[list[RemedyDocument]] = relationship(back_populates="item", cascade="all, delete-orphan")

    @property
    def spot(self) -> tuple[str | None, str | None, str | None]:
        """Requirement, lot and party: the place this is about."""
        return (self.requirement_id, self.lot_id, self.party_id)


class RemedyDocument(OwnedByAuthority, Base):
    """A document handed over as remedy: a new dated act, never a replacement of what was submitted."""

    __tablename__ = "remedy_documents"
    __table_args__ = (UniqueConstraint("item_id", "document_id"),)

    id: Mapped[Id]
    item_id: Mapped[Reference] = mapped_column(ForeignKey("remedy_items.id", ondelete="CASCADE"))
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"), index=True)
    attached_at: Mapped[datetime]

    item: Mapped[RemedyItem] = relationship(back_populates="documents")
    document: Mapped[Document] = relationship()
