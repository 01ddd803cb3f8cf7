"""What is written beside an act: audit events, messages to send, and number series."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, Key, Name, Prose, Reference


class AuditEvent(Base):
    """Who did what to which object, when. Append-only: triggers refuse UPDATE and DELETE.

    `on_behalf_of` is the name of the organisation that the actor acted for under the mandate `mandate_id`.
    `details` holds names and numbers, never answers, file content, passwords or Bibob text.
    """

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject", "subject_type", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    authority_id: Mapped[Reference | None] = mapped_column(index=True)
    actor_id: Mapped[Reference | None]
    actor_name: Mapped[Name]
    act: Mapped[Key]
    subject_type: Mapped[Key]
    subject_id: Mapped[Reference]
    on_behalf_of: Mapped[Name | None]
    mandate_id: Mapped[Reference | None]
    details: Mapped[dict[str, Any]]


class Message(Base):
    """A mail to send, written in the transaction of its cause. `reason` is unique: told once."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "ix_messages_waiting",
            "created_at",
            sqlite_where=text("sent_at IS NULL AND refused_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND refused_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    reason: Mapped[Name] = mapped_column(unique=True)
    authority_id: Mapped[Reference | None] = mapped_column(index=True)
    to: Mapped[Name]
    template: Mapped[Key]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    last_error: Mapped[Prose] = mapped_column(default="")


class NumberSeries(Base):
    """The last number given out in one series of one authority."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("authority_id", "name"),)

    id: Mapped[Id]
    authority_id: Mapped[Reference] = mapped_column(ForeignKey("authorities.id"))
    name: Mapped[Key]
    last: Mapped[int] = mapped_column(default=0)
