"""Reads for screening: the rounds in review, who takes part in them, and what an official declared.

Whoever has an interest in an applicant does not see that dossier anywhere: `visible` is part of every query.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.models import (
    Application,
    Conflict,
    InterestDeclaration,
    Lot,
    Organisation,
    Procedure,
    Review,
    Round,
    User,
    UserRole,
)


def visible(user_id: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Not the reviews of applicants in whom this official has an interest."""
    return ~exists().where(Conflict.application_id == Review.application_id, Conflict.user_id == user_id)


def _is_taken_in() -> ColumnElement[bool]:
    """Closed, or continuous: there each application is taken in by itself."""
    return or_(Round.closed_at.is_not(None), Round.kind == "continuous")


def rounds_in_review(db: Session, user_id: str) -> Sequence[Row[tuple[str, str, str, bool]]]:
    """(id, label, procedure title, whether this official declared) of every round with reviews, newest first."""
    declared = exists().where(InterestDeclaration.round_id == Round.id, InterestDeclaration.user_id == user_id)
    in_review = exists().where(Application.round_id == Round.id, Review.application_id == Application.id)
    return db.execute(
        select(Round.id, Round.label, Procedure.title, declared.label("is_declared"))
        .join(Round.procedure)
        .where(_is_taken_in(), in_review)
        .order_by(Round.closes_at.desc())
    ).all()


def applicants(db: Session, round_id: str, user_id: str) -> Sequence[Row[tuple[str, str, str, str]]]:
    """(application id, organisation, KvK number, city) of what is in review in one closed round and not hidden."""
    return db.execute(
        select(Application.id, Organisation.name, Organisation.kvk_number, Organisation.city)
        .join(Application.organisation)
        .join(Application.review)
        .where(Application.round_id == round_id, visible(user_id))
        .order_by(Organisation.name)
    ).all()


def applications_in_review(db: Session, round_id: str, ids: Sequence[str], user_id: str) -> Sequence[Application]:
    """Of these applications, the ones in review in this round and not hidden."""
    wanted = (Application.round_id == round_id, Application.id.in_(ids), visible(user_id))
    return db.scalars(select(Application).join(Application.review).where(*wanted)).all()


def round_in_review(db: Session, round_id: str) -> Round | None:
    return db.scalar(select(Round).where(Round.id == round_id, _is_taken_in()))


def has_declared(db: Session, round_id: str, user_id: str) -> bool:
    return bool(
        db.scalar(
            select(
                exists().where(InterestDeclaration.round_id == round_id, InterestDeclaration.user_id == user_id)
            ).where(literal(1) == 1)
        )
    )


def inkopers(db: Session, authority_id: str) -> Sequence[Row[tuple[str, str, bool]]]:
    """(id, name, whether there is access still) of who can screen for this authority, or once could."""
    return db.execute(
        select(User.id, User.name, User.disabled_at.is_(None).label("has_access"))
        .join(User.roles)
        .where(User.authority_id == authority_id, UserRole.role == "inkoper")
        .order_by(User.name)
    ).all()


def lots(db: Session) -> Sequence[Row[tuple[str, str]]]:
    """(code, name) of every lot that has products, once per code."""
    return db.execute(
        select(Lot.code, func.min(Lot.name)).where(Lot.products.any()).group_by(Lot.code).order_by(Lot.code)
    ).all()
