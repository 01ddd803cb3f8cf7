"""Reads of terms: those that run in one round, whose decision term ends soon, and who reads them in a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Row, and_, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models import (
    Application,
    Conflict,
    Decision,
    Review,
    Round,
    TermFeed,
    User,
    UserRole,
)
from portal.queries.reviews import visible
from portal.queries.standing_still import stands_still


def _is_told() -> ColumnElement[bool]:
    return exists().where(Decision.application_id == Review.application_id, Decision.told_at.is_not(None))


def in_round(db: Session, round_id: str, user_id: str) -> Sequence[Review]:
    """Every review of one round that this official may see, with what its terms follow from."""
    application = joinedload(Review.application, innerjoin=True)
    return db.scalars(
        select(Review)
        .join(Review.application)
        .where(Application.round_id == round_id, visible(user_id))
        .options(
            application.joinedload(Application.organisation, innerjoin=True),
            application.selectinload(Application.term_suspensions),
            application.selectinload(Application.decisions),
            application.selectinload(Application.submissions),
            selectinload(Review.remedies),
        )
        .order_by(Review.due_on, Application.number)
    ).all()


def review(db: Session, review_id: str, user_id: str) -> Review | None:
    """One review that this official may see; None when it is unknown, foreign or hidden by an interest."""
    return db.scalar(select(Review).where(Review.id == review_id, visible(user_id)))


def rounds_to_alarm(db: Session, until: date) -> Sequence[str]:
    """Rounds with an untold application of which the decision term ends on or before that day, and does not stand
    still.
    """
    return db.scalars(
        select(Application.round_id)
        .join(Review, Review.application_id == Application.id)
        .where(Review.due_on <= until, ~_is_told(), ~stands_still(Review.application_id, "decision"))
        .distinct()
        .order_by(Application.round_id)
    ).all()


def ending(db: Session, round_id: str, until: date) -> Sequence[Row[tuple[date, int]]]:
    """(last day, how many) of the untold applications of a round, by day, up to and including `until`."""
    return db.execute(
        select(Review.due_on, func.count())
        .join(Application, Application.id == Review.application_id)
        .where(
            Application.round_id == round_id,
            Review.due_on <= until,
            ~_is_told(),
            ~stands_still(Review.application_id, "decision"),
        )
        .group_by(Review.due_on)
        .order_by(Review.due_on)
    ).all()


def to_alarm(db: Session, round_: Round, due_on: date) -> Sequence[Row[tuple[User, int]]]:
    """(official, how many of these they may see): who screens or manages, of what ends on that day."""
    hidden = exists().where(Conflict.application_id == Review.application_id, Conflict.user_id == User.id)
    acts = exists().where(UserRole.user_id == User.id, UserRole.role.in_(("inkoper", "round_manager")))
    return db.execute(
        select(User, func.count(Review.id))
        .join(Review, and_(Review.authority_id == User.authority_id, Review.due_on == due_on))
        .join(Application, Application.id == Review.application_id)
        .where(
            User.authority_id == round_.authority_id,
            User.disabled_at.is_(None),
            acts,
            Application.round_id == round_.id,
            ~hidden,
            ~_is_told(),
            ~stands_still(Review.application_id, "decision"),
        )
        .group_by(User.id)
        .order_by(User.email)
    ).all()


def feed(db: Session, round_id: str, user_id: str) -> TermFeed | None:
    """The address that works of one official for one round."""
    return db.scalar(
        select(TermFeed).where(
            TermFeed.round_id == round_id, TermFeed.user_id == user_id, TermFeed.revoked_at.is_(None)
        )
    )


def feed_by_digest(db: Session, digest: str) -> TermFeed | None:
    """The address with this secret, also one that was taken back."""
    return db.scalar(
        select(TermFeed)
        .where(TermFeed.token_digest == digest)
        .options(joinedload(TermFeed.user, innerjoin=True).selectinload(User.roles), joinedload(TermFeed.round))
    )
