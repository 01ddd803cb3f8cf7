"""Remedy as two people ask it: an inkoper puts it ready, the round manager sends it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import remedies
from portal.models import RemedyRequest, Review, User, UserRole


def manager(session: Session, authority_id: str) -> User:
    """The round manager of an authority."""
    managers = select(User).join(User.roles).where(UserRole.role == "round_manager")
    return session.scalars(managers.where(User.authority_id == authority_id).order_by(User.email)).first()


def ask(review: Review, actor: User, now: datetime) -> RemedyRequest:
    """Ask remedy wherever the last verdict says so; both acts at the same moment."""
    session = Session.object_session(review)
    draft = remedies.prepare(review, actor, now)
    return remedies.release(review.application.round, [draft], manager(session, review.authority_id), now)[0]
