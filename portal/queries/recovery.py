"""Whether mail is held after a restore, and what waits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import recovery
from portal.models import AuditEvent, Message


def mail_is_held(db: Session) -> bool:
    """The portal was restored and nobody has said since that it may send mail."""
    last = (
        select(AuditEvent.act)
        .where(
            AuditEvent.subject_type == "Portal",
            AuditEvent.subject_id == recovery.PORTAL,
            AuditEvent.act.in_([recovery.RESTORED, recovery.RELEASED]),
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return recovery.is_held(db.scalar(last))


def waiting_mail(db: Session) -> Sequence[Message]:
    """Every mail that was not sent and not refused, oldest first."""
    return db.scalars(
        select(Message).where(Message.sent_at.is_(None), Message.refused_at.is_(None)).order_by(Message.created_at)
    ).all()
