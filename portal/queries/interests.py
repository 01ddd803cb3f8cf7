"""Reads around interests: whose ties are known, what could be hidden from whom, and who can take a review over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.models import (
    Application,
    Conflict,
    FormerEmployer,
    InterestDeclaration,
    LiftedConflict,
    Organisation,
    Review,
    ShadowReviewer,
    User,
    UserRole,
)
from portal.terms import CONTENT_ROLES


def not_hidden(application_id: Any, official_id: str) -> ColumnElement[bool]:
    """For a statement about applications: none in which this official has an interest."""
    return ~exists().where(Conflict.application_id == application_id, Conflict.user_id == official_id)


def officials(db: Session, authority_id: str) -> Sequence[User]:
    """Everybody who may see dossiers of this authority, and still has access."""
    has_role = exists().where(UserRole.user_id == User.id, UserRole.role.in_(CONTENT_ROLES))
    return db.scalars(
        select(User).where(User.authority_id == authority_id, User.disabled_at.is_(None), has_role).order_by(User.id)
    ).all()


def employers(db: Session, user_ids: Sequence[str]) -> Mapping[str, list[FormerEmployer]]:
    """What these officials entered, by official, in the order of entering."""
    found: dict[str, list[FormerEmployer]] = defaultdict(list)
    chosen = select(FormerEmployer).where(FormerEmployer.user_id.in_(user_ids)).order_by(FormerEmployer.entered_at)
    for one in db.scalars(chosen):
        found[one.user_id].append(one)
    return found


def hidden(db: Session, application_ids: Sequence[str]) -> set[tuple[str, str]]:
    """(application, official) of every interest that hides a dossier."""
    chosen = select(Conflict.application_id, Conflict.user_id).where(Conflict.application_id.in_(application_ids))
    return {(one.application_id, one.user_id) for one in db.execute(chosen)}


def lifted(db: Session, application_ids: Sequence[str]) -> Mapping[tuple[str, str], set[str]]:
    """The grounds that were called none, by (application, official)."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in db.scalars(select(LiftedConflict).where(LiftedConflict.application_id.in_(application_ids))):
        found[one.application_id, one.user_id] |= set(one.grounds)
    return found


def _in_review() -> ColumnElement[bool]:
    return exists().where(Review.application_id == Application.id)


def applications_of(db: Session, authority_id: str, round_id: str = "") -> Sequence[Application]:
    """Everything in review at this authority, or in one of its rounds, with the organisation and its people."""
    chosen = select(Application).where(Application.authority_id == authority_id, _in_review())
    if round_id:
        chosen = chosen.where(Application.round_id == round_id)
    return db.scalars(chosen.options(joinedload(Application.organisation).selectinload(Organisation.users))).all()


def applications_by(db: Session, organisation_id: str) -> Sequence[Application]:
    """Everything in review of one applicant, at any authority."""
    return db.scalars(select(Application).where(Application.organisation_id == organisation_id, _in_review())).all()


def colleague_for(db: Session, application: Application, official_id: str) -> User | None:
    """Who can take the review over: an inkoper who declared and has no interest, with the least to do."""
    unfinished = (
        select(func.count())
        .select_from(Review)
        .where(Review.first_by_id == User.id, Review.state != "confirmed")
        .correlate(User)
        .scalar_subquery()
    )
    return db.scalar(
        select(User)
        .join(User.roles)
        .where(
            User.authority_id == application.authority_id,
            User.id != official_id,
            User.disabled_at.is_(None),
            UserRole.role == "inkoper",
            exists().where(
                InterestDeclaration.round_id == application.round_id, InterestDeclaration.user_id == User.id
            ),
            ~exists().where(Conflict.application_id == application.id, Conflict.user_id == User.id),
            ~exists().where(
                ShadowReviewer.round_id == application.round_id,
                ShadowReviewer.user_id == User.id,
                ShadowReviewer.ended_at.is_(None),
            ),
        )
        .order_by(unfinished, User.name, User.id)
        .limit(1)
    )


def own_grounds(db: Session, user_id: str) -> list[str]:
    """On which grounds the portal hid anything from this official: the keys, each once, in no order of dossiers."""
    rows = db.scalars(select(Conflict.grounds).where(Conflict.user_id == user_id))
    return sorted({ground for grounds in rows for ground in grounds})


def own_employers(db: Session, user_id: str) -> Sequence[FormerEmployer]:
    return employers(db, [user_id])[user_id]


def found_in_round(db: Session, round_id: str, manager_id: str) -> Sequence[Row[Any]]:
    """Every interest in one round that `manager_id` may see: not about oneself, and not of a hidden dossier."""
    own = aliased(Conflict)
    return db.execute(
        select(
            Conflict.id,
            Conflict.grounds,
            Conflict.declared_at,
            User.name.label("official"),
            Application.number,
            Organisation.name.label("organisation"),
        )
        .join(Conflict.user)
        .join(Conflict.application)
        .join(Application.organisation)
        .where(
            Application.round_id == round_id,
            ~exists().where(own.application_id == Conflict.application_id, own.user_id == manager_id),
        )
        .order_by(Conflict.declared_at, Conflict.id)
    ).all()


def lifted_in_round(db: Session, round_id: str, manager_id: str) -> Sequence[LiftedConflict]:
    """What was lifted in one round, the newest first, without dossiers that are hidden from `manager_id`."""
    return db.scalars(
        select(LiftedConflict)
        .join(LiftedConflict.application)
        .where(
            Application.round_id == round_id,
            ~exists().where(Conflict.application_id == Application.id, Conflict.user_id == manager_id),
        )
        .options(
            joinedload(LiftedConflict.user),
            joinedload(LiftedConflict.lifted_by),
            joinedload(LiftedConflict.application).joinedload(Application.organisation),
        )
        .order_by(LiftedConflict.lifted_at.desc())
    ).all()


def conflict(db: Session, round_id: str, conflict_id: str, manager_id: str) -> Conflict | None:
    own = aliased(Conflict)
    return db.scalar(
        select(Conflict)
        .join(Conflict.application)
        .where(
            Conflict.id == conflict_id,
            Application.round_id == round_id,
            ~exists().where(
                own.application_id == Conflict.application_id, own.user_id == manager_id, own.id != Conflict.id
            ),
        )
    )
