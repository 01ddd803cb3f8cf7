"""Reads for working through the queue: what waits for whom, the dossiers one act is about, and saved views."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, lazyload, load_only, selectinload

from portal.models import (
    Application,
    Conflict,
    Message,
    Review,
    Round,
    SavedView,
    ShadowReviewer,
    SideReview,
    User,
)
from portal.models.side_reviews import SECOND
from portal.queries.reviews import visible


def _shadowed(user_id: str) -> ColumnElement[bool]:
    """In a round that this official screens without effect."""
    rounds = select(ShadowReviewer.round_id).where(ShadowReviewer.user_id == user_id, ShadowReviewer.ended_at.is_(None))
    return Review.application_id.in_(select(Application.id).where(Application.round_id.in_(rounds)))


def waits_for(user_id: str) -> ColumnElement[bool]:
    """Dossiers that cannot go on without this inkoper, or only with somebody else who does not know it yet.

    Own work; a proposal of somebody else that no other second reviewer began on; as a shadow what is not finished.
    """
    beside = [SideReview.review_id == Review.id, SideReview.ended_at.is_(None)]
    taken = exists().where(*beside, SideReview.kind == SECOND, SideReview.user_id != user_id)
    finished = exists().where(*beside, SideReview.user_id == user_id, SideReview.finished_at.is_not(None))
    own = and_(Review.state.in_(("open", "started")), Review.first_by_id == user_id)
    second = and_(Review.state == "proposed", Review.first_by_id != user_id, ~taken)
    as_shadow = and_(Review.state != "confirmed", ~finished)
    is_shadow = _shadowed(user_id)
    return or_(and_(is_shadow, as_shadow), and_(~is_shadow, or_(own, second)))


def next_for(db: Session, user_id: str, after: str = "") -> str | None:
    """The dossier that this inkoper best goes on with: what waits for this one, oldest term first; else a free one.

    `after`: the id of the dossier one comes from. Then the next by term, and from the end on to the beginning; never
    that dossier itself.
    """
    waits = waits_for(user_id)
    free = and_(Review.state == "open", Review.first_by_id.is_(None), ~_shadowed(user_id))
    last = aliased(Review)
    due_on = select(last.due_on).where(last.id == after).scalar_subquery()
    is_before = or_(Review.due_on < due_on, and_(Review.due_on == due_on, Review.id < after))
    return db.scalar(
        select(Review.id)
        .where(visible(user_id), or_(waits, free), Review.id != after)
        .order_by(case((waits, 0), else_=1), case((is_before, 1), else_=0), Review.due_on, Review.id)
        .limit(1)
    )


def chosen(db: Session, ids: Sequence[str], user_id: str) -> Sequence[Review]:
    """Of these dossiers the ones this official may see, by number, with all that assigning and reminding ask of them.

    The same statements for one and for two hundred.
    """
    application = joinedload(Review.application, innerjoin=True)
    round_ = application.joinedload(Application.round, innerjoin=True)
    person = (load_only(User.name, User.email, User.disabled_at, User.authority_id), lazyload(User.roles))
    found = db.scalars(
        select(Review)
        .where(Review.id.in_(ids), visible(user_id))
        .options(
            application,
            round_.selectinload(Round.shadow_reviewers),
            joinedload(Review.first_by).options(*person),
            selectinload(Review.sides).joinedload(SideReview.user).options(*person),
        )
    )
    return sorted(found, key=lambda one: one.application.number)


def hidden_from(db: Session, user_id: str, reviews: Sequence[Review]) -> set[str]:
    """The ids of the applications among these in which this official has an interest."""
    ids = [one.application_id for one in reviews]
    return set(
        db.scalars(select(Conflict.application_id).where(Conflict.user_id == user_id, Conflict.application_id.in_(ids)))
    )


def told(db: Session, reasons: Sequence[str]) -> set[str]:
    """Which of these mails lie in the outbox or were sent, by their reason."""
    return set(db.scalars(select(Message.reason).where(Message.reason.in_(reasons))))


# --- saved views ---


def saved_views(db: Session, user_id: str) -> Sequence[SavedView]:
    """The own views and those that colleagues share, by name."""
    return db.scalars(
        select(SavedView)
        .where(or_(SavedView.user_id == user_id, SavedView.is_shared))
        .options(joinedload(SavedView.user, innerjoin=True).options(load_only(User.name), lazyload(User.roles)))
        .order_by(SavedView.name, SavedView.id)
    ).all()


def own_view(db: Session, view_id: str, user_id: str) -> SavedView | None:
    return db.scalar(select(SavedView).where(SavedView.id == view_id, SavedView.user_id == user_id))
