"""Parties that fill in their own part of an application: how they were invited, and how far they are."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Reference
from portal.models.people import Organisation, User

if TYPE_CHECKING:
    from portal.models.applications import Party


class PartyInvitation(OwnedByAuthority, Base):
    """One link by which a party may come and fill in its own part. Only the SHA-256 of its secret is stored.

    It is for who reads `email`. `other_kvk_number` is that of the organisation that wanted to take it up and is not
    the one the lead named.
    """

    __tablename__ = "party_invitations"
    __table_args__ = (
        Index(
            "uq_party_invitations_open",
            "party_id",
            unique=True,
            sqlite_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        ),
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
    )

    id: Mapped[Id]
    party_id: Mapped[Reference] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    email: Mapped[Name] = mapped_column(index=True)
    token_digest: Mapped[Digest] = mapped_column(unique=True)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    other_kvk_number: Mapped[Key] = mapped_column(default="")

    party: Mapped[Party] = relationship(back_populates="invitations")
    sent_by: Mapped[User] = relationship(foreign_keys=[sent_by_id])

    @property
    def is_pending(self) -> bool:
        """Neither taken up nor withdrawn; it may have expired."""
        return self.accepted_at is None and self.withdrawn_at is None


class OwnPart(OwnedByAuthority, Base):
    """The part of an application that one party fills in itself, from its own vault.

    `typed` is what the lead had typed where it differed from what the organisation is registered as (name, legal
    form). `sharing` says by id of a requirement what the lead may read of it: a key of `terms.SHARING`; what is not
    named is 'answer'. Once ended (the party left, or the lead took it over) the row stays, for the receipts.
    """

    __tablename__ = "own_parts"
    __table_args__ = (
        Index(
            "uq_own_parts_active",
            "party_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("state <> 'ready' OR (ready_at IS NOT NULL AND ready_by_id IS NOT NULL)", name="declared"),
        CheckConstraint("(state IN ('left', 'ended')) = (ended_at IS NOT NULL)", name="ended"),
    )

    id: Mapped[Id]
    party_id: Mapped[Reference] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[Key]
    typed: Mapped[dict[str, Any]]
    sharing: Mapped[dict[str, Any]]
    joined_at: Mapped[datetime]
    joined_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    ready_at: Mapped[datetime | None]
    ready_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]

    party: Mapped[Party] = relationship(back_populates="own_parts")
    organisation: Mapped[Organisation] = relationship()
    joined_by: Mapped[User] = relationship(foreign_keys=[joined_by_id])
    ready_by: Mapped[User | None] = relationship(foreign_keys=[ready_by_id])

    @property
    def is_ready(self) -> bool:
        """Its signatory declared it ready; what was added to it since is asked of `requirements.part_gaps`."""
        return self.state == "ready"
