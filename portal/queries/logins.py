"""Reads around logins: those that run, the links that were mailed, and who invited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, LoginSession, MailToken, User


def open_ends(db: Session, user_id: str, now: datetime) -> list[LoginSession | MailToken]:
    """What still lets somebody in as this person: logins that nobody ended, and links that can be used."""
    running = select(LoginSession).where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
    links = select(MailToken).where(
        MailToken.user_id == user_id, MailToken.used_at.is_(None), MailToken.expires_at > now
    )
    return [*db.scalars(running), *db.scalars(links)]


def mail_tokens(db: Session, user: User | None, now: datetime) -> Sequence[MailToken]:
    """The links this person got in the last 24 hours, and older ones that ended since then."""
    if user is None:
        return ()
    return db.scalars(
        select(MailToken).where(MailToken.user_id == user.id, MailToken.expires_at > now - timedelta(days=1))
    ).all()


def inviter(db: Session, user: User | None) -> User | None:
    """The colleague who invited this person last, also when that colleague has left since."""
    if user is None or user.organisation_id is None:
        return None
    return db.scalar(
        select(User)
        .join(AuditEvent, AuditEvent.actor_id == User.id)
        .where(
            AuditEvent.subject_type == "Organisation",
            AuditEvent.subject_id == user.organisation_id,
            AuditEvent.act == "invite",
            AuditEvent.details["invited"].as_string() == user.id,
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
