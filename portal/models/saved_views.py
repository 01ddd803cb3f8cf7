"""Filters of the queue that somebody gave a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, OwnedByAuthority, Reference
from portal.models.people import User


class SavedView(OwnedByAuthority, Base):
    """A named set of filters of one official. `address` is what the address of the queue says: name to value.

    `is_shared`: colleagues of the same authority find it too. It holds no dossier, so each sees their own there.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("user_id", "name"),
        CheckConstraint("length(name) > 0", name="named"),
    )

    id: Mapped[Id]
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[Key]
    address: Mapped[dict[str, Any]]
    is_shared: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]

    user: Mapped[User] = relationship()
