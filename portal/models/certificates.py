"""The close certificate of a round: one root over every receipt, with trusted time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Digest, Id, Name, OwnedByAuthority, Prose, Reference
from portal.models.procedures import Round


class CloseCertificate(OwnedByAuthority, Base):
    """What stood when the round closed. Made once; only the time-stamp and the PDF come later.

    `statement` is canonical JSON with the root; `digest` its SHA-256, and `token` the RFC 3161 response over that.
    `leaves` has the leaf hashes (64 hex digits) in the order of the tree. Without `token` it is not final.
    """

    __tablename__ = "close_certificates"
    __table_args__ = (
        CheckConstraint("(token IS NULL) = (stamped_at IS NULL)", name="stamped_with_token"),
        CheckConstraint("pdf_key IS NULL OR token IS NOT NULL", name="drawn_up_when_final"),
        Index(
            "ix_close_certificates_to_stamp",
            "next_try_at",
            sqlite_where=text("token IS NULL"),
            postgresql_where=text("token IS NULL"),
        ),
    )

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), unique=True)
    made_at: Mapped[datetime]
    statement: Mapped[Prose]
    digest: Mapped[Digest]
    root: Mapped[Digest]
    leaves: Mapped[list[str]]
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    stamped_at: Mapped[datetime | None]
    stamp_authority: Mapped[Name] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    last_error: Mapped[Prose] = mapped_column(default="")
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))

    round: Mapped[Round] = relationship()

    @property
    def is_final(self) -> bool:
        """Its time is vouched for by somebody else."""
        return self.token is not None
