"""Reads around accounts that `people` does not have."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import Message, User


def reminded_at(db: Session, email: str) -> datetime | None:
    """When this address was last told that it has an account."""
    return db.scalar(
        select(func.max(Message.created_at)).where(Message.to == email, Message.template == "already_registered")
    )


def colleague(db: Session, organisation_id: str, user_id: str) -> User | None:
    """One person of this organisation."""
    return db.scalar(select(User).where(User.id == user_id, User.organisation_id == organisation_id))
