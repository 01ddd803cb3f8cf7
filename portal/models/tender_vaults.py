"""The vault of a tender: who holds it, how it was opened, and what lies sealed in it. Never a key that opens it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Organisation, User

if TYPE_CHECKING:
    from portal.models.applications import Submission
    from portal.models.documents import Document
    from portal.models.procedures import Round


class HolderKey(OwnedByAuthority, Base):
    """The personal key of an official: `wrapped` opens with that person's password only. Lost after a reset."""

    __tablename__ = "holder_keys"
    __table_args__ = (
        Index(
            "uq_holder_keys_live",
            "user_id",
            unique=True,
            sqlite_where=text("lost_at IS NULL"),
            postgresql_where=text("lost_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"), index=True)
    public_key: Mapped[Name]
    salt: Mapped[Name]
    wrapped: Mapped[Name]
    made_at: Mapped[datetime]
    lost_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
    held: Mapped[list[VaultHolder]] = relationship(back_populates="key")


class TenderVault(OwnedByAuthority, Base):
    """The vault of one round. `public_key` seals; the private key exists only as two shares (`VaultHolder.share`).

    `record` is the frozen text (JSON) of the report of opening, `pdf_key` that report as a document.
    """

    __tablename__ = "tender_vaults"
    __table_args__ = (
        CheckConstraint("(public_key IS NULL) = (set_up_at IS NULL)", name="set_up"),
        CheckConstraint("opened_at IS NULL OR set_up_at IS NOT NULL", name="opened_after_set_up"),
    )

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), unique=True)
    state: Mapped[Key]
    public_key: Mapped[Name | None]
    escrow_key: Mapped[Name | None]
    named_at: Mapped[datetime]
    set_up_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    record: Mapped[Prose] = mapped_column(default="")
    recorded_at: Mapped[datetime | None]
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[Digest | None]

    round: Mapped[Round] = relationship(back_populates="vault")
    holders: Mapped[list[VaultHolder]] = relationship(
        back_populates="vault", order_by="VaultHolder.position", cascade="all, delete-orphan"
    )
    openings: Mapped[list[VaultOpening]] = relationship(back_populates="vault", order_by="VaultOpening.asked_at")


class VaultHolder(OwnedByAuthority, Base):
    """One of the two holders. `share` opens with the own key; `escrow_share` with the other's and the escrow key."""

    __tablename__ = "vault_holders"
    __table_args__ = (
        UniqueConstraint("vault_id", "position"),
        UniqueConstraint("vault_id", "user_id"),
        CheckConstraint("position IN (1, 2)", name="two"),
    )

    id: Mapped[Id]
    vault_id: Mapped[Reference] = mapped_column(ForeignKey("tender_vaults.id"))
    position: Mapped[int]
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    named_at: Mapped[datetime]
    named_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    key_id: Mapped[Reference | None] = mapped_column(ForeignKey("holder_keys.id"))
    share: Mapped[Prose] = mapped_column(default="")
    escrow_share: Mapped[Prose] = mapped_column(default="")

    vault: Mapped[TenderVault] = relationship(back_populates="holders")
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    named_by: Mapped[User] = relationship(foreign_keys=[named_by_id])
    key: Mapped[HolderKey | None] = relationship(back_populates="held")


class VaultOpening(OwnedByAuthority, Base):
    """One attempt to open: begun by one person, completed by another on another login, or run out.

    `share` is the first holder's share, sealed for who completes; it is wiped when the attempt ends.
    """

    __tablename__ = "vault_openings"
    __table_args__ = (
        CheckConstraint("second_by_id <> first_by_id", name="two_people"),
        CheckConstraint("second_login_id <> first_login_id", name="two_logins"),
        CheckConstraint("completed_at < expires_at", name="in_time"),
        CheckConstraint("(completed_at IS NULL) = (second_by_id IS NULL)", name="completed_by_somebody"),
        Index(
            "uq_vault_openings_running",
            "vault_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    vault_id: Mapped[Reference] = mapped_column(ForeignKey("tender_vaults.id"), index=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    first_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    first_login_id: Mapped[Reference]
    by_escrow: Mapped[bool]
    share: Mapped[Prose]
    escrow_share: Mapped[Prose] = mapped_column(default="")
    reason: Mapped[Prose] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    second_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    second_login_id: Mapped[Reference | None]
    completed_at: Mapped[datetime | None]

    vault: Mapped[TenderVault] = relationship(back_populates="openings")
    first_by: Mapped[User] = relationship(foreign_keys=[first_by_id])
    second_by: Mapped[User | None] = relationship(foreign_keys=[second_by_id])


class SealedSubmission(OwnedByAuthority, Base):
    """What was submitted, encrypted. The data key is sealed twice: for the round, and under the applicant's code.

    `released_key` is the data key under the portal's own key, from the moment two people opened the vault until the
    worker has put everything back (`settled_at`). `problem` is empty when all was intact.
    """

    __tablename__ = "sealed_submissions"

    id: Mapped[Id]
    submission_id: Mapped[Reference] = mapped_column(ForeignKey("submissions.id"), unique=True)
    wrapped_key: Mapped[Prose]
    code_key: Mapped[Prose]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[Digest]
    released_key: Mapped[Prose] = mapped_column(default="")
    settled_at: Mapped[datetime | None]
    problem: Mapped[Prose] = mapped_column(default="")

    submission: Mapped[Submission] = relationship(back_populates="sealed")
    files: Mapped[list[SealedFile]] = relationship(back_populates="sealed", order_by="SealedFile.storage_key")
    parts: Mapped[list[SealedPart]] = relationship(back_populates="sealed", order_by="SealedPart.own_part_id")


class SealedFile(OwnedByAuthority, Base):
    """One sealed file of a submission; `sha256` and `size` are of the ciphertext.

    `plain_key` and `plain_sha256` name what must disappear from the store; wiped once it has (`plain_removed_at`).
    Empty from the start where the owner uses the document elsewhere and so keeps it.
    """

    __tablename__ = "sealed_files"

    id: Mapped[Id]
    sealed_id: Mapped[Reference] = mapped_column(ForeignKey("sealed_submissions.id"), index=True)
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"))
    storage_key: Mapped[Name] = mapped_column(unique=True)
    sha256: Mapped[Digest]
    size: Mapped[int]
    plain_key: Mapped[Name]
    plain_sha256: Mapped[Name]
    plain_removed_at: Mapped[datetime | None]

    sealed: Mapped[SealedSubmission] = relationship(back_populates="files")
    document: Mapped[Document] = relationship()


class SealedPart(OwnedByAuthority, Base):
    """That a party filled in its own part of what lies sealed, so that it finds its receipt. What it says, lies sealed.

    `own_part_id` names the `OwnPart`, whose row lies in the vault with the draft.
    """

    __tablename__ = "sealed_parts"
    __table_args__ = (UniqueConstraint("sealed_id", "own_part_id"),)

    id: Mapped[Id]
    sealed_id: Mapped[Reference] = mapped_column(ForeignKey("sealed_submissions.id"))
    own_part_id: Mapped[Reference]
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)

    sealed: Mapped[SealedSubmission] = relationship(back_populates="parts")
    organisation: Mapped[Organisation] = relationship()
