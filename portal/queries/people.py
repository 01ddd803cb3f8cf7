"""Reads of people, organisations and authorities."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.models import Authority, LoginSession, MailToken, Organisation, User


def login_by_digest(db: Session, token_digest: str) -> LoginSession | None:
    """A login with its user, roles, organisation and authority: two statements."""
    return db.scalar(
        select(LoginSession)
        .where(LoginSession.token_digest == token_digest)
        .options(
            joinedload(LoginSession.user).joinedload(User.organisation),
            joinedload(LoginSession.user).joinedload(User.authority),
        )
    )


def user_by_email(db: Session, email: str) -> User | None:
    return db.scalar(select(User).where(User.email == email.strip().lower()))


def organisation_by_kvk(db: Session, kvk_number: str) -> Organisation | None:
    return db.scalar(select(Organisation).where(Organisation.kvk_number == kvk_number))


def mail_token(db: Session, token_digest: str) -> MailToken | None:
    return db.scalar(
        select(MailToken).where(MailToken.token_digest == token_digest).options(joinedload(MailToken.user))
    )


def authorities(db: Session) -> Sequence[Authority]:
    return db.scalars(select(Authority).order_by(Authority.name)).all()


def authority_by_slug(db: Session, slug: str) -> Authority | None:
    return db.scalar(select(Authority).where(Authority.slug == slug))


def colleagues(db: Session, organisation_id: str) -> Sequence[User]:
    """Everybody of one organisation, active first, by name."""
    return db.scalars(
        select(User).where(User.organisation_id == organisation_id).order_by(User.disabled_at.is_not(None), User.name)
    ).all()
