"""What is known of an official's own ties, and interests that were lifted because they were no interests."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import User


class FormerEmployer(OwnedByAuthority, Base):
    """For whom an official works or worked beside or before this authority, as the official entered it.

    `kvk_number` may be ''. `left_on`: the last day; None as long as it goes on.
    """

    __tablename__ = "former_employers"

    id: Mapped[Id]
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[Name]
    kvk_number: Mapped[Key] = mapped_column(default="")
    left_on: Mapped[date | None]
    entered_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class LiftedConflict(OwnedByAuthority, Base):
    """An interest that the portal found and that a round manager, never the official, called none. Only added.

    `grounds` are those of the conflict it took away: on these the portal does not hide this dossier again.
    """

    __tablename__ = "lifted_conflicts"
    __table_args__ = (
        CheckConstraint("lifted_by_id <> user_id", name="not_by_oneself"),
        CheckConstraint("length(reason) >= 10", name="reasoned"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), index=True)
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    grounds: Mapped[list[str]]
    found_at: Mapped[datetime]
    reason: Mapped[Prose]
    lifted_at: Mapped[datetime]
    lifted_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    lifted_by: Mapped[User] = relationship(foreign_keys=[lifted_by_id])
