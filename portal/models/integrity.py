"""The integrity compartment (Wet Bibob): who is checked, how far that is, and who read what.

Content is never here: a paper and a form name a sealed file, and the file holds what they say.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.applications import Application, Party
from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Reference
from portal.models.documents import Document
from portal.models.people import Organisation, User


class IntegrityCheck(OwnedByAuthority, Base):
    """The check of one application: all that others may know. `outcome` follows from its files."""

    __tablename__ = "integrity_checks"
    __table_args__ = (CheckConstraint("(outcome = 'pending') = (recorded_at IS NULL)", name="recorded_once_known"),)

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"), unique=True)
    outcome: Mapped[Key]
    recorded_at: Mapped[datetime | None]
    recorded_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship(back_populates="integrity_check")
    recorded_by: Mapped[User | None] = relationship()
    files: Mapped[list[IntegrityFile]] = relationship(back_populates="check", order_by="IntegrityFile.position")
    reads: Mapped[list[IntegrityRead]] = relationship(back_populates="check", order_by="IntegrityRead.read_at")


class IntegrityFile(OwnedByAuthority, Base):
    """The file of one person concerned (betrokkene): the applicant (position 0, no party) or one party.

    `organisation_id` is who reads its own side of it in the portal; none where the lead filled in for a party, which
    is then written to by letter. `result` is what this file contributes to the outcome of the check, once decided.
    `hearing_until` is the last day for a view; `heard_at` when one came in. `keep_until` is the last day its papers are
    kept, where the officer chose one; `destroyed_at` is when they went.
    """

    __tablename__ = "integrity_files"
    __table_args__ = (
        UniqueConstraint("check_id", "position"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint("(state = 'decided') = (decided_at IS NOT NULL)", name="decided_by_someone"),
        CheckConstraint("(state = 'decided') = (result <> '')", name="decided_is_known"),
        CheckConstraint(
            "state = 'decided' OR (keep_until IS NULL AND destroyed_at IS NULL)", name="destroyed_once_decided"
        ),
    )

    id: Mapped[Id]
    check_id: Mapped[Reference] = mapped_column(ForeignKey("integrity_checks.id"), index=True)
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id"))
    position: Mapped[int]
    organisation_id: Mapped[Reference | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[Key]
    result: Mapped[Key] = mapped_column(default="")
    hearing_until: Mapped[date | None]
    heard_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    keep_until: Mapped[date | None]
    destroyed_at: Mapped[datetime | None]

    check: Mapped[IntegrityCheck] = relationship(back_populates="files")
    party: Mapped[Party | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    papers: Mapped[list[IntegrityPaper]] = relationship(back_populates="file", order_by="IntegrityPaper.made_at")
    advices: Mapped[list[IntegrityAdvice]] = relationship(back_populates="file", order_by="IntegrityAdvice.asked_on")

    def last(self, kind: str) -> IntegrityPaper | None:
        """The newest paper of a kind: the one that counts."""
        return next((one for one in reversed(self.papers) if one.kind == kind), None)

    @property
    def advice(self) -> IntegrityAdvice | None:
        """The last advice that was asked about this person."""
        return self.advices[-1] if self.advices else None

    @property
    def name(self) -> str:
        return self.party.name if self.party is not None else self.check.application.organisation.name


class IntegrityAdvice(OwnedByAuthority, Base):
    """Advice asked of the Landelijk Bureau Bibob. Days are local; the term of the decision stands still meanwhile.

    `due_on` is the last day of the term, moved once by `extended_on` and by every day that the Bureau waited for an
    answer of the person concerned (`paused_on`: it waits now). `ended_on` is when the suspension ended: the day the
    advice came in, or the last day of the term.
    """

    __tablename__ = "integrity_advices"
    __table_args__ = (
        Index(
            "uq_integrity_advices_running",
            "file_id",
            unique=True,
            sqlite_where=text("received_on IS NULL"),
            postgresql_where=text("received_on IS NULL"),
        ),
    )

    id: Mapped[Id]
    file_id: Mapped[Reference] = mapped_column(ForeignKey("integrity_files.id"), index=True)
    asked_on: Mapped[date]
    due_on: Mapped[date]
    extended_on: Mapped[date | None]
    paused_on: Mapped[date | None]
    received_on: Mapped[date | None]
    ended_on: Mapped[date | None]

    file: Mapped[IntegrityFile] = relationship(back_populates="advices")


class IntegrityPaper(OwnedByAuthority, Base):
    """One paper in a file, sealed and never changed. `attempt` is the key of the form that made it: twice is once.

    A paper is JSON, except a 'note' of before (plain text) and an 'advice_copy' (a PDF). `opened_at` is when the
    person concerned first opened it. After `destroyed_at` there is nothing under its key.
    """

    __tablename__ = "integrity_papers"
    __table_args__ = (UniqueConstraint("file_id", "attempt"),)

    id: Mapped[Id]
    file_id: Mapped[Reference] = mapped_column(ForeignKey("integrity_files.id"), index=True)
    kind: Mapped[Key]
    attempt: Mapped[Key]
    storage_key: Mapped[Name] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]

    file: Mapped[IntegrityFile] = relationship(back_populates="papers")
    made_by: Mapped[User] = relationship()


class IntegrityRead(OwnedByAuthority, Base):
    """One opening, with its purpose: of a sealed document, of a form that was filled in, or of a whole file."""

    __tablename__ = "integrity_reads"

    id: Mapped[Id]
    check_id: Mapped[Reference] = mapped_column(ForeignKey("integrity_checks.id"), index=True)
    document_id: Mapped[Reference | None] = mapped_column(ForeignKey("documents.id"))
    form_id: Mapped[Reference | None] = mapped_column(ForeignKey("integrity_forms.id"))
    file_id: Mapped[Reference | None] = mapped_column(ForeignKey("integrity_files.id"))
    paper_id: Mapped[Reference | None] = mapped_column(ForeignKey("integrity_papers.id"))
    read_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    read_at: Mapped[datetime]
    purpose: Mapped[Name]

    check: Mapped[IntegrityCheck] = relationship(back_populates="reads")
    document: Mapped[Document | None] = relationship()
    form: Mapped[IntegrityForm | None] = relationship()
    file: Mapped[IntegrityFile | None] = relationship()
    paper: Mapped[IntegrityPaper | None] = relationship()
    read_by: Mapped[User] = relationship()


class IntegrityForm(OwnedByAuthority, Base):
    """The Bibob questionnaire as filled in here, about the applicant or one party. The answers lie sealed.

    `organisation_id` is who fills it in; nobody else's counts, and nobody else may read it. `sha256` is of the plain
    bytes, which hold a random number, so it tells nothing of the answers. Once submitted (`submitted_at`) a row never
    changes: what is filled in afterwards is a new one.
    """

    __tablename__ = "integrity_forms"

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"))
    model: Mapped[Key]
    storage_key: Mapped[Name] = mapped_column(unique=True)
    sha256: Mapped[Digest]
    version: Mapped[int]
    is_complete: Mapped[bool]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="integrity_forms")
    party: Mapped[Party | None] = relationship()
    saved_by: Mapped[User] = relationship()


Index(
    "uq_integrity_forms_draft",
    IntegrityForm.application_id,
    func.coalesce(IntegrityForm.party_id, ""),
    IntegrityForm.organisation_id,
    unique=True,
    sqlite_where=text("submitted_at IS NULL"),
    postgresql_where=text("submitted_at IS NULL"),
)
