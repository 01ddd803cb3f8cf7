"""Questions about a round, and how they are answered: in a numbered clarification notice that everybody reads.

Many questions may lead to one `Clarification` (one published question with one answer). Several clarifications go out
together in a `ClarificationNotice` (nota van inlichtingen).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Organisation, User
from portal.models.procedures import Round


class Question(OwnedByAuthority, Base):
    """What one organisation asks about one round. Only the asker and the authority read this text.

    `subject` is '' (the round as a whole), or 'requirement:', 'lot:' or 'product:' and a code. `attempt` is the key of
    the form that began it: the same form sent twice is one question. `text` is frozen while it is sent.
    """

    __tablename__ = "questions"
    __table_args__ = (
        CheckConstraint(
            "state NOT IN ('sent', 'published') OR (sent_at IS NOT NULL AND sent_by_id IS NOT NULL)",
            name="sent_by_someone",
        ),
        CheckConstraint("state <> 'published' OR clarification_id IS NOT NULL", name="published_with_answer"),
    )

    id: Mapped[Id]
    attempt: Mapped[Key] = mapped_column(unique=True)
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    subject: Mapped[Name] = mapped_column(default="")
    state: Mapped[Key]
    text: Mapped[Prose]
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    clarification_id: Mapped[Reference | None] = mapped_column(ForeignKey("clarifications.id"), index=True)

    round: Mapped[Round] = relationship()
    organisation: Mapped[Organisation] = relationship()
    saved_by: Mapped[User] = relationship(foreign_keys=[saved_by_id])
    sent_by: Mapped[User | None] = relationship(foreign_keys=[sent_by_id])
    clarification: Mapped[Clarification | None] = relationship(back_populates="questions")


class Clarification(OwnedByAuthority, Base):
    """One question in the words of the authority, with its answer. Published ones never change: triggers refuse it.

    `requirement_code` is the requirement that the answer is about; when the answer changes it, `edition` is the
    edition of the procedure in which it changed. `corrects` is an earlier published clarification that this one
    mends. `number` counts within the round and is given at publishing, so that it tells nothing of who asked first.
    """

    __tablename__ = "clarifications"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name="four_eyes"),
        CheckConstraint(
            "state NOT IN ('approved', 'published') OR (approved_by_id IS NOT NULL AND proposed_by_id IS NOT NULL)",
            name="approved_by_two",
        ),
        CheckConstraint(
            "(state = 'published' AND number IS NOT NULL AND notice_id IS NOT NULL) OR "
            "(state <> 'published' AND number IS NULL)",
            name="numbered_when_published",
        ),
        CheckConstraint("edition IS NULL OR requirement_code <> ''", name="changes_a_requirement"),
    )

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    state: Mapped[Key]
    subject: Mapped[Name] = mapped_column(default="")
    question: Mapped[Prose] = mapped_column(default="")
    answer: Mapped[Prose] = mapped_column(default="")
    requirement_code: Mapped[Key] = mapped_column(default="")
    edition: Mapped[int | None]
    corrects_id: Mapped[Reference | None] = mapped_column(ForeignKey("clarifications.id"))
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    notice_id: Mapped[Reference | None] = mapped_column(ForeignKey("clarification_notices.id"), index=True)
    number: Mapped[int | None]

    round: Mapped[Round] = relationship()
    corrects: Mapped[Clarification | None] = relationship(remote_side="Clarification.id")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    questions: Mapped[list[Question]] = relationship(back_populates="clarification", order_by="Question.sent_at")
    notice: Mapped[ClarificationNotice | None] = relationship(back_populates="clarifications")


class ClarificationNotice(OwnedByAuthority, Base):
    """A nota van inlichtingen: clarifications that are published together, at once or at `publish_at`.

    `number` counts within the round and is given at publishing. `facts` is canonical JSON, without the names of
    askers; page and PDF follow from it. Published is final (triggers); a correction is a new notice.
    """

    __tablename__ = "clarification_notices"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint(
            "(state = 'published' AND number IS NOT NULL AND published_at IS NOT NULL AND facts <> '') OR "
            "(state <> 'published' AND number IS NULL AND published_at IS NULL)",
            name="published_whole",
        ),
        CheckConstraint("published_at IS NULL OR published_at >= publish_at", name="not_before"),
        Index(
            "ix_clarification_notices_planned",
            "publish_at",
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
    )

    id: Mapped[Id]
    attempt: Mapped[Key] = mapped_column(unique=True)
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    state: Mapped[Key]
    publish_at: Mapped[datetime]
    planned_at: Mapped[datetime]
    planned_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    number: Mapped[int | None]
    published_at: Mapped[datetime | None]
    facts: Mapped[Prose] = mapped_column(default="")
    pdf_key: Mapped[Name | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))

    round: Mapped[Round] = relationship()
    planned_by: Mapped[User] = relationship()
    clarifications: Mapped[list[Clarification]] = relationship(
        back_populates="notice", order_by="Clarification.number, Clarification.id"
    )
