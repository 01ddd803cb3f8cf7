"""What helps a reviewer on the way to a verdict: standard texts, and what is being written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.reviews import Review


class ReasonText(OwnedByAuthority, Base):
    """A standard text for a reason that an authority keeps beside those of the portal and of the procedure.

    `requirement_type` is a key of `requirement_types.TYPES`, or '' for every type. A text is never changed, because
    findings were written with it: it is retired, and another takes its place.
    """

    __tablename__ = "reason_texts"
    __table_args__ = (
        CheckConstraint("length(text) >= 10", name="says_something"),
        CheckConstraint("(retired_at IS NULL) = (retired_by_id IS NULL)", name="retired_by_someone"),
    )

    id: Mapped[Id]
    requirement_type: Mapped[Key] = mapped_column(default="")
    verdict: Mapped[Key]
    text: Mapped[Prose]
    made_at: Mapped[datetime]
    made_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    retired_at: Mapped[datetime | None]
    retired_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])


class FindingDraft(OwnedByAuthority, Base):
    """A verdict that one reviewer is still writing at one place. It counts nowhere and nobody else sees it.

    `place` is the key of the place in the checklist. `based_on` and `seen` are what the form stood on: the finding and
    the mark of the documents it showed.
    """

    __tablename__ = "finding_drafts"
    __table_args__ = (UniqueConstraint("review_id", "user_id", "place"),)

    id: Mapped[Id]
    review_id: Mapped[Reference] = mapped_column(ForeignKey("reviews.id"))
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    place: Mapped[Key]
    verdict: Mapped[Key] = mapped_column(default="")
    reason: Mapped[Prose] = mapped_column(default="")
    product_codes: Mapped[list[str]]
    defect: Mapped[Key] = mapped_column(default="")
    based_on: Mapped[int] = mapped_column(default=0)
    seen: Mapped[Key] = mapped_column(default="")
    saved_at: Mapped[datetime]

    review: Mapped[Review] = relationship()
    user: Mapped[User] = relationship()
