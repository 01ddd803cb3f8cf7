"""Sign-off inside the applicant's own organisation: who filled in offers it to who may submit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.people import User


class SignOff(OwnedByAuthority, Base):
    """One application offered to the signatories (state 'asked'), until it is submitted, sent back or taken back.

    `note` is of who asked, `remark` of who sent it back. Both are between people of one organisation: no official
    reads them, and where submissions are sealed they are emptied with the draft.
    """

    __tablename__ = "sign_offs"
    __table_args__ = (
        Index(
            "uq_sign_offs_open",
            "application_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    state: Mapped[Key]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", name="fk_sign_offs_asked_by_id"))
    note: Mapped[Prose] = mapped_column(default="")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id", name="fk_sign_offs_settled_by_id"))
    remark: Mapped[Prose] = mapped_column(default="")

    application: Mapped[Application] = relationship(back_populates="sign_offs")
    asked_by: Mapped[User] = relationship(foreign_keys=asked_by_id)
    settled_by: Mapped[User | None] = relationship(foreign_keys=settled_by_id)
