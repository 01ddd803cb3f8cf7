"""Reads for comparing offers. Who has an interest in an applicant does not see that offer (`reviews.visible`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from portal.domain.procedures import KINDS
from portal.models import (
    Agreement,
    Application,
    Award,
    Decision,
    Document,
    Lot,
    Organisation,
    PanelMember,
    Procedure,
    Product,
    Replacement,
    Review,
    Round,
    Score,
    User,
    UserRole,
)
from portal.queries.reviews import visible

COMPARING = tuple(key for key, kind in KINDS.items() if kind.has_award)


def rounds(db: Session) -> Sequence[Row[Any]]:
    """Every round in which offers are compared, with its title, how many are in review and how many may be scored."""
    return db.execute(
        select(
            Round,
            Procedure.title.label("title"),
            func.count(Review.id).label("reviews"),
            func.count(Review.id).filter(Review.state == "confirmed").label("confirmed"),
        )
        .join(Round.procedure)
        .outerjoin(Application, Application.round_id == Round.id)
        .outerjoin(Review, Review.application_id == Application.id)
        .where(Procedure.kind.in_(COMPARING))
        .group_by(Round.id, Procedure.title)
        .order_by(Procedure.title, Round.closes_at)
    ).all()


def closed_round(db: Session, round_id: str) -> Round | None:
    """A closed round in which offers are compared, with its panel, its lots and its awards."""
    procedure = joinedload(Round.procedure, innerjoin=True)
    return db.scalar(
        select(Round)
        .join(Round.procedure)
        .where(Round.id == round_id, Round.closed_at.is_not(None), Procedure.kind.in_(COMPARING))
        .options(
            procedure.selectinload(Procedure.lots).selectinload(Lot.products).selectinload(Product.coverage),
            selectinload(Round.panel).joinedload(PanelMember.user, innerjoin=True).options(lazyload(User.roles)),
            selectinload(Round.awards).options(
                joinedload(Award.proposed_by, innerjoin=True).options(lazyload(User.roles)),
                joinedload(Award.confirmed_by).options(lazyload(User.roles)),
                selectinload(Award.replacements).options(
                    joinedload(Replacement.activated_by, innerjoin=True).options(lazyload(User.roles))
                ),
            ),
        )
    )


def _offers(user_id: str) -> Select[tuple[Application]]:
    return (
        select(Application)
        .join(Application.review)
        .where(visible(user_id))
        .options(
            joinedload(Application.review).joinedload(Review.submission, innerjoin=True),
            joinedload(Application.organisation, innerjoin=True),
            selectinload(Application.decisions)
            .joinedload(Decision.product, innerjoin=True)
            .joinedload(Product.lot, innerjoin=True),
            selectinload(Application.scores).joinedload(Score.assessor, innerjoin=True).options(lazyload(User.roles)),
            selectinload(Application.consensus),
        )
        .order_by(Application.id)
    )


def offers(db: Session, round_id: str, user_id: str) -> Sequence[Application]:
    """The applications of a round in review with all that scoring looks at, in the order of their random ids."""
    return db.scalars(_offers(user_id).where(Application.round_id == round_id)).unique().all()


def all_offers(db: Session, round_id: str) -> Sequence[Application]:
    """As `offers`, whoever asks: for the award, which nobody's interest may change."""
    return db.scalars(_offers("").where(Application.round_id == round_id)).unique().all()


def offer(db: Session, application_id: str, user_id: str) -> Application | None:
    """One application in review; None when it is unknown, foreign or hidden by an interest."""
    return db.scalars(_offers(user_id).where(Application.id == application_id)).unique().one_or_none()


def ids_in_review(db: Session, round_id: str) -> Sequence[str]:
    """Every application of a round in review, in the order of their random ids."""
    return db.scalars(
        select(Application.id).join(Application.review).where(Application.round_id == round_id).order_by(Application.id)
    ).all()


def unreviewed(db: Session, round_id: str) -> int:
    """How many applications are not through the review yet."""
    return int(
        db.scalar(
            select(func.count(Application.id)).where(
                Application.round_id == round_id, Application.state == "under_review"
            )
        )
        or 0
    )


def without_decision(db: Session, round_id: str) -> int:
    """How many applications are not through the review yet, or wait for the award on some lot."""
    waits = exists().where(Decision.application_id == Application.id, Decision.outcome == "qualified")
    return int(
        db.scalar(
            select(func.count(Application.id)).where(
                Application.round_id == round_id,
                or_(Application.state == "under_review", and_(Application.state == "decided", waits)),
            )
        )
        or 0
    )


def assessors(db: Session, authority_id: str) -> Sequence[User]:
    """Who can be named as assessor."""
    return db.scalars(
        select(User)
        .join(User.roles)
        .where(User.authority_id == authority_id, UserRole.role == "assessor", User.disabled_at.is_(None))
        .order_by(User.name, User.id)
    ).all()


def colleague(db: Session, user_id: str, authority_id: str) -> User | None:
    return db.scalar(select(User).where(User.id == user_id, User.authority_id == authority_id))


def document(db: Session, application_id: str, document_id: str) -> Document | None:
    """A document of the applying organisation; the caller knows that it was submitted with the offer."""
    return db.scalar(
        select(Document)
        .join(Organisation, Organisation.id == Document.organisation_id)
        .join(Application, Application.organisation_id == Organisation.id)
        .where(Document.id == document_id, Application.id == application_id)
    )


def agreement(db: Session, application_id: str) -> Agreement | None:
    """The agreement of an application, in whatever state."""
    return db.scalar(select(Agreement).where(Agreement.application_id == application_id))
