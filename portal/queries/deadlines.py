"""Reads about deadlines: a round held for a change, who must hear of it, and what came too late."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models import (
    Application,
    DeadlineChange,
    Follower,
    LateAttempt,
    Procedure,
    Round,
    User,
    UserRole,
)

_WITH_CHANGES = (
    joinedload(Round.procedure, innerjoin=True).selectinload(Procedure.rounds),
    selectinload(Round.deadline_changes).options(
        joinedload(DeadlineChange.proposed_by),
        joinedload(DeadlineChange.agreed_by),
        joinedload(DeadlineChange.confirmed_by),
        joinedload(DeadlineChange.sent_back_by),
    ),
)


def with_changes(db: Session, round_id: str) -> Round | None:
    """A round with its procedure and every proposal about its deadline."""
    return db.scalar(select(Round).where(Round.id == round_id).options(*_WITH_CHANGES))


def hold_round(db: Session, round_id: str) -> Round | None:
    """The round, held against submitting and closing and read anew; the clock is read after this.

    PostgreSQL locks the row for this transaction alone (submitters share it). On SQLite the `BEGIN IMMEDIATE` of a
    writing session is the lock already.
    """
    return db.scalar(
        select(Round).where(Round.id == round_id).with_for_update(of=Round).execution_options(populate_existing=True)
    )


def change(db: Session, round_id: str, change_id: str) -> DeadlineChange | None:
    return db.scalar(select(DeadlineChange).where(DeadlineChange.id == change_id, DeadlineChange.round_id == round_id))


def _active() -> ColumnElement[bool]:
    return User.disabled_at.is_(None)


def people_of_round(db: Session, round_: Round) -> Sequence[User]:
    """Everybody of an organisation with an application in this round, drafts too, and who follows the procedure."""
    applied = exists().where(Application.round_id == round_.id, Application.organisation_id == User.organisation_id)
    follows = exists().where(Follower.procedure_id == round_.procedure_id, Follower.user_id == User.id)
    return db.scalars(select(User).where(_active(), or_(applied, follows)).order_by(User.id)).all()


def followers(db: Session, procedure_id: str) -> Sequence[User]:
    """Who follows a procedure."""
    follows = exists().where(Follower.procedure_id == procedure_id, Follower.user_id == User.id)
    return db.scalars(select(User).where(_active(), follows).order_by(User.id)).all()


def deciders(db: Session, authority_id: str, roles: Sequence[str]) -> Sequence[User]:
    """The officials of an authority with one of these roles."""
    has_role = exists().where(UserRole.user_id == User.id, UserRole.role.in_(roles))
    return db.scalars(select(User).where(_active(), User.authority_id == authority_id, has_role)).all()


def following(db: Session, procedure_id: str, user_id: str) -> Follower | None:
    """What says that somebody follows a procedure."""
    return db.scalar(select(Follower).where(Follower.procedure_id == procedure_id, Follower.user_id == user_id))


def late_attempts(db: Session, round_id: str) -> Sequence[LateAttempt]:
    """What came too late in one round, oldest first."""
    return db.scalars(
        select(LateAttempt)
        .join(LateAttempt.application)
        .where(Application.round_id == round_id)
        .order_by(LateAttempt.tried_at)
        .options(joinedload(LateAttempt.application).joinedload(Application.organisation))
    ).all()


def own_late_attempts(db: Session, application_id: str) -> Sequence[LateAttempt]:
    """What came too late of one application, oldest first."""
    return db.scalars(
        select(LateAttempt)
        .where(LateAttempt.application_id == application_id)
        .order_by(LateAttempt.tried_at)
        .options(joinedload(LateAttempt.tried_by))
    ).all()
