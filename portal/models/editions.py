"""The editions of a procedure: what its file said, who wrote it, who adopted it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Digest, Id, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.procedures import Procedure


class Edition(OwnedByAuthority, Base):
    """One whole procedure file inside the portal. A concept until it is adopted; after that it never changes.

    `data` has the shape of the file (days and amounts as text); `settings` is the part that is not laid out in rows.
    `version` goes up with each save of the concept; a save names the version it was based on.
    """

    __tablename__ = "editions"
    __table_args__ = (
        UniqueConstraint("procedure_id", "number"),
        CheckConstraint("adopted_by_id IS NULL OR adopted_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint("adopted_at IS NULL OR digest <> ''", name="adopted_is_whole"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    number: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[Digest] = mapped_column(default="")
    reason: Mapped[Prose] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime]
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    adopted_at: Mapped[datetime | None]
    adopted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    procedure: Mapped[Procedure] = relationship(back_populates="editions")
    drafted_by: Mapped[User | None] = relationship(foreign_keys=[drafted_by_id])
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    adopted_by: Mapped[User | None] = relationship(foreign_keys=[adopted_by_id])

    @property
    def is_concept(self) -> bool:
        return self.adopted_at is None
