"""Reads of people, organisations and authorities."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from portal.models import Authority, LoginSession, MailToken, Mandate, Organisation, User

# Built once: every page of somebody who is signed in begins with it.
_LOGIN = (
    select(LoginSession)
    .where(LoginSession.token_digest == bindparam("token_digest"))
    .options(
        joinedload(LoginSession.user, innerjoin=True).options(
            joinedload(User.organisation), joinedload(User.authority), joinedload(User.roles)
        ),
        joinedload(LoginSession.mandate).options(
            joinedload(Mandate.organisation, innerjoin=True), joinedload(Mandate.rounds)
        ),
    )
)


def login_by_digest(db: Session, token_digest: str) -> LoginSession | None:
    """A login with its user, roles, organisation, authority and mandate: one statement."""
    return db.scalars(_LOGIN, {"token_digest": token_digest}).unique().one_or_none()


def user_by_email(db: Session, email: str) -> User | None:
    return db.scalar(select(User).where(User.email == email.strip().lower()))


def organisation_by_kvk(db: Session, kvk_number: str) -> Organisation | None:
    return db.scalar(select(Organisation).where(Organisation.kvk_number == kvk_number))


def mail_token(db: Session, token_digest: str) -> MailToken | None:
    return db.scalar(
        select(MailToken).where(MailToken.token_digest == token_digest).options(joinedload(MailToken.user))
    )


def authority_by_slug(db: Session, slug: str) -> Authority | None:
    return db.scalar(select(Authority).where(Authority.slug == slug))


def colleagues(db: Session, organisation_id: str) -> Sequence[User]:
    """Everybody of one organisation, active first, by name."""
    return db.scalars(
        select(User).where(User.organisation_id == organisation_id).order_by(User.disabled_at.is_not(None), User.name)
    ).all()


def signatories(db: Session, organisation_id: str) -> list[str]:
    """Who may submit for an organisation, by name."""
    people = db.scalars(
        select(User).where(User.organisation_id == organisation_id, User.disabled_at.is_(None)).order_by(User.name)
    )
    return [one.name for one in people if "signatory" in one.role_names]
