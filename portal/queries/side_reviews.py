"""Reads around who screens beside the reviewer: whose verdicts one may read, shadows and their differences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.domain import reviewers
from portal.models import (
    Application,
    Edition,
    Finding,
    JointVerdict,
    Lot,
    Procedure,
    Review,
    Round,
    ShadowReviewer,
    SideReview,
    User,
    UserRole,
)
from portal.models.side_reviews import SHADOW
from portal.queries.reviews import visible


@cache
def _rounds_with_own_verdicts() -> Select[tuple[str]]:
    """The rounds of which the terms ask own verdicts of a second reviewer: `reviewers.mode`, read by the database."""
    round_, procedure, edition = aliased(Round), aliased(Procedure), aliased(Edition)
    asked = ("terms", "second_reviewer")
    current = case((round_.edition == procedure.edition, procedure.settings[asked].as_string()))
    earlier = case((round_.edition != procedure.edition, edition.settings[asked].as_string()))
    return (
        select(round_.id)
        .join(procedure, procedure.id == round_.procedure_id)
        .outerjoin(edition, and_(edition.procedure_id == procedure.id, edition.number == round_.edition))
        .where(func.coalesce(current, earlier, reviewers.CONFIRMS) != reviewers.CONFIRMS)
    )


def readable(user: User) -> ColumnElement[bool]:
    """For a statement about `Review` and `Application`: whose findings `user` may read now.

    Not those of dossiers in which the user screens beside the reviewer and has not finished: a shadow anywhere in its
    round, and whoever may still become the second where that one gives own verdicts first.
    """
    return readable_to(user.id, is_inkoper="inkoper" in user.role_names)


def readable_to(user_id: str | ColumnElement[str], *, is_inkoper: bool) -> ColumnElement[bool]:
    """The same, of whoever a statement that is built once is read for."""
    if not is_inkoper:
        return true()
    # Lists of rounds by themselves, read once, and not a question per row: the terms of a procedure are long.
    as_shadow = select(ShadowReviewer.round_id).where(
        ShadowReviewer.user_id == user_id, ShadowReviewer.ended_at.is_(None)
    )
    finished = exists().where(
        SideReview.review_id == Review.id,
        SideReview.user_id == user_id,
        SideReview.finished_at.is_not(None),
        SideReview.ended_at.is_(None),
    )
    own = aliased(Finding)  # the statement may be about findings too
    wrote = exists().where(own.review_id == Review.id, own.found_by_id == user_id, own.agreed_by_id.is_(None))
    others = and_(Review.first_by_id.is_not(None), Review.first_by_id != user_id, Review.state != "confirmed", ~wrote)
    closed = or_(
        Application.round_id.in_(as_shadow), and_(Application.round_id.in_(_rounds_with_own_verdicts()), others)
    )
    return ~and_(closed, ~finished)


def joint_verdict(db: Session, review_id: str, joint_id: str) -> JointVerdict | None:
    return db.scalar(select(JointVerdict).where(JointVerdict.id == joint_id, JointVerdict.review_id == review_id))


def round_with_shadows(db: Session, round_id: str) -> Round | None:
    return db.scalar(
        select(Round)
        .where(Round.id == round_id)
        .options(
            joinedload(Round.procedure, innerjoin=True),
            selectinload(Round.shadow_reviewers).joinedload(ShadowReviewer.user),
        )
    )


def inkoper(db: Session, authority_id: str, user_id: str) -> User | None:
    is_inkoper = exists().where(UserRole.user_id == User.id, UserRole.role == "inkoper")
    return db.scalar(select(User).where(User.id == user_id, User.authority_id == authority_id, is_inkoper))


def finished_shadows(db: Session, round_id: str, user_id: str) -> Sequence[SideReview]:
    """Every finished shadow review of one round, of dossiers that `user_id` may see, with what it is held against."""
    review = joinedload(SideReview.review, innerjoin=True)
    application = review.joinedload(Review.application, innerjoin=True)
    procedure = application.joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True)
    return (
        db.scalars(
            select(SideReview)
            .join(SideReview.review)
            .join(Review.application)
            .where(
                Application.round_id == round_id,
                SideReview.kind == SHADOW,
                SideReview.finished_at.is_not(None),
                SideReview.ended_at.is_(None),
                visible(user_id),
            )
            .options(
                selectinload(SideReview.verdicts),
                joinedload(SideReview.user),
                review.joinedload(Review.submission),
                review.selectinload(Review.findings).joinedload(Finding.found_by),
                application.selectinload(Application.every_party),
                procedure.selectinload(Procedure.requirements),
                procedure.selectinload(Procedure.lots).selectinload(Lot.products),
            )
            .order_by(Application.number, SideReview.id)
        )
        .unique()
        .all()
    )
