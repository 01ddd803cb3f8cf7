"""Conversations inside the portal: an applicant and an authority about one application, or about a procedure.

Mail only points to them. What was posted, and when somebody of the other side opened it, is only ever added:
triggers refuse UPDATE and DELETE.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Organisation, User
from portal.models.procedures import Procedure

APPLICANT, AUTHORITY = "applicant", "authority"
"""The two sides of a conversation."""


class Conversation(OwnedByAuthority, Base):
    """One subject between one organisation and the authority of one procedure.

    `applicant_waits_since` is when the last post came that nobody at the applicant has opened, None when there is
    none; `authority_waits_since` the same for the authority.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        *(
            Index(
                f"ix_conversations_{side}_waits",
                f"{side}_waits_since",
                sqlite_where=text(f"{side}_waits_since IS NOT NULL"),
                postgresql_where=text(f"{side}_waits_since IS NOT NULL"),
            )
            for side in (APPLICANT, AUTHORITY)
        ),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    application_id: Mapped[Reference | None] = mapped_column(ForeignKey("applications.id"), index=True)
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    title: Mapped[Name]
    begun_at: Mapped[datetime]
    last_at: Mapped[datetime]
    applicant_waits_since: Mapped[datetime | None]
    authority_waits_since: Mapped[datetime | None]

    procedure: Mapped[Procedure] = relationship()
    application: Mapped[Application | None] = relationship()
    organisation: Mapped[Organisation] = relationship()
    posts: Mapped[list[Post]] = relationship(back_populates="conversation", order_by="Post.sequence")

    def waits_since(self, side: str) -> datetime | None:
        return self.applicant_waits_since if side == APPLICANT else self.authority_waits_since


class Post(OwnedByAuthority, Base):
    """What one person wrote, for one side. `attempt`: the same form sent twice is one post."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("conversation_id", "sequence"),
        CheckConstraint("side IN ('applicant', 'authority')", name="side"),
    )

    id: Mapped[Id]
    attempt: Mapped[Key] = mapped_column(unique=True)
    conversation_id: Mapped[Reference] = mapped_column(ForeignKey("conversations.id"))
    sequence: Mapped[int]
    side: Mapped[Key]
    text: Mapped[Prose]
    posted_at: Mapped[datetime]
    posted_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    conversation: Mapped[Conversation] = relationship(back_populates="posts")
    posted_by: Mapped[User] = relationship()
    openings: Mapped[list[PostOpening]] = relationship(back_populates="post", order_by="PostOpening.opened_at")


class PostOpening(OwnedByAuthority, Base):
    """The read receipt: one person of the other side opened one post, once."""

    __tablename__ = "post_openings"
    __table_args__ = (UniqueConstraint("post_id", "opened_by_id"),)

    id: Mapped[Id]
    post_id: Mapped[Reference] = mapped_column(ForeignKey("posts.id"))
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    post: Mapped[Post] = relationship(back_populates="openings")
    opened_by: Mapped[User] = relationship()


class PostPointer(Base):
    """When a person was last told by mail that posts wait. Belongs to the person, not to an authority."""

    __tablename__ = "post_pointers"

    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    told_at: Mapped[datetime]

    user: Mapped[User] = relationship()
