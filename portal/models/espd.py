"""What was taken over from an ESPD (UEA) in a draft."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Digest, Id, Name, OwnedByAuthority, Reference
from portal.models.people import User

if TYPE_CHECKING:
    from portal.models.applications import Application


class EspdImport(OwnedByAuthority, Base):
    """One file that was read once; only its SHA-256 is kept.

    `places` has the answers it filled, by the key of the place, with their version: while an answer still has that
    version, nobody looked at it. `kept` were filled already, `unknown` is what no requirement asks (code, name and
    answers), `doubts` what does not fit. All in Dutch, for people.
    """

    __tablename__ = "espd_imports"

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    filename: Mapped[Name]
    sha256: Mapped[Digest]
    operator_name: Mapped[Name]
    places: Mapped[dict[str, Any]]
    kept: Mapped[list[str]]
    unknown: Mapped[list[Any]]
    doubts: Mapped[list[str]]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship(back_populates="espd_imports")
    imported_by: Mapped[User] = relationship()
