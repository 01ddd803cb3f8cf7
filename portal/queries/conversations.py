"""Reads of conversations: for an organisation, for officials (not about applicants in whom they have an interest)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload, selectinload

from portal.domain.conversations import POINTING_EVERY, WRITERS
from portal.models import (
    Application,
    Conflict,
    Conversation,
    InterestDeclaration,
    Organisation,
    Post,
    PostOpening,
    PostPointer,
    Procedure,
    Review,
    Round,
    User,
    UserRole,
)

BATCH = 200
PAGE = 100
"""Conversations on one page."""


def visible(user_id: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Not the conversations of an applicant in whom this official has an interest, in any round; and not about a
    dossier of which this official, as an inkoper, has still to declare that there is none.
    """
    return _is_free(user_id, Conversation.organisation_id, Conversation.application_id)


def _is_free(
    user_id: str | ColumnElement[str], organisation_id: ColumnElement[Any], application_id: ColumnElement[Any]
) -> ColumnElement[bool]:
    dossier, other = aliased(Application), aliased(Application)
    has_interest = exists().where(
        Conflict.user_id == user_id,
        Conflict.application_id == other.id,
        other.organisation_id == organisation_id,
    )
    is_judge = exists().where(UserRole.user_id == user_id, UserRole.role == "inkoper")
    declared = select(InterestDeclaration.round_id).where(InterestDeclaration.user_id == user_id).correlate(User)
    is_undeclared = exists().where(
        Review.application_id == application_id, dossier.id == application_id, dossier.round_id.not_in(declared)
    )
    return and_(~has_interest, or_(~is_judge, ~is_undeclared))


def _mine(user: User) -> ColumnElement[bool]:
    """The conversations this person may see."""
    if user.is_applicant:
        return Conversation.organisation_id == user.works_for_id
    return and_(Conversation.authority_id == user.authority_id, visible(user.id))


def _with_names(statement: Select[tuple[Conversation]]) -> Select[tuple[Conversation]]:
    return statement.options(
        joinedload(Conversation.procedure, innerjoin=True).joinedload(Procedure.authority, innerjoin=True),
        joinedload(Conversation.organisation, innerjoin=True),
        joinedload(Conversation.application).joinedload(Application.round),
    )


def conversations(
    db: Session, user: User, *, unread: bool = False, text: str = "", page: int = 1
) -> tuple[list[Conversation], bool]:
    """One page of them, the latest post first, and whether there are more."""
    statement = select(Conversation).where(_mine(user))
    if unread:
        waits = Conversation.applicant_waits_since if user.is_applicant else Conversation.authority_waits_since
        statement = statement.where(waits.is_not(None))
    if text:
        named = Conversation.organisation_id.in_(
            select(Organisation.id).where(Organisation.name.icontains(text, autoescape=True))
        )
        statement = statement.where(or_(Conversation.title.icontains(text, autoescape=True), named))
    found = db.scalars(
        _with_names(statement)
        .order_by(Conversation.last_at.desc(), Conversation.id)
        .offset(PAGE * (page - 1))
        .limit(PAGE + 1)
    ).all()
    return list(found[:PAGE]), len(found) > PAGE


def conversation(db: Session, conversation_id: str, user: User) -> Conversation | None:
    """One with its posts and who opened them; None when this person may not see it."""
    return db.scalar(
        _with_names(select(Conversation).where(Conversation.id == conversation_id, _mine(user))).options(
            selectinload(Conversation.posts).options(
                joinedload(Post.posted_by, innerjoin=True),
                selectinload(Post.openings).joinedload(PostOpening.opened_by, innerjoin=True),
            )
        )
    )


def posted_with(db: Session, attempt: str, user_id: str) -> Post | None:
    """What the form with this key posted already."""
    return db.scalar(select(Post).where(Post.attempt == attempt, Post.posted_by_id == user_id))


def waiting(db: Session, user: User) -> Sequence[Conversation]:
    """The conversations with a post that nobody of this person's side opened."""
    waits = Conversation.applicant_waits_since if user.is_applicant else Conversation.authority_waits_since
    return db.scalars(select(Conversation).where(_mine(user), waits.is_not(None)).order_by(waits)).all()


def own_applications(db: Session, organisation_id: str) -> Sequence[Application]:
    """The applications of one organisation, to write about, newest first."""
    return db.scalars(
        select(Application)
        .where(Application.organisation_id == organisation_id)
        .options(
            joinedload(Application.round, innerjoin=True).options(
                joinedload(Round.procedure, innerjoin=True).joinedload(Procedure.authority, innerjoin=True),
                joinedload(Round.vault),
            )
        )
        .order_by(Application.created_at.desc())
    ).all()


def open_procedures(db: Session) -> Sequence[Procedure]:
    """Every published procedure, to write about."""
    return db.scalars(
        select(Procedure)
        .where(Procedure.published_at.is_not(None))
        .options(joinedload(Procedure.authority, innerjoin=True))
        .order_by(Procedure.title)
    ).all()


def taken_in(db: Session, application_id: str, user: User) -> Application | None:
    """An application in review that this official may see and write about."""
    return db.scalar(
        select(Application)
        .join(Review, Review.application_id == Application.id)
        .where(
            Application.id == application_id,
            Application.authority_id == user.authority_id,
            _is_free(user.id, Application.organisation_id, Application.id),
        )
        .options(
            joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True),
            joinedload(Application.organisation, innerjoin=True),
        )
    )


def people_to_point(db: Session, now: datetime) -> Sequence[str]:
    """People to tell that posts wait: something came since their last mail, and that was an hour ago or more."""
    is_new = or_(PostPointer.user_id.is_(None), PostPointer.told_at <= now - POINTING_EVERY)
    active = (User.disabled_at.is_(None), User.verified_at.is_not(None), is_new)
    people = select(User.id).outerjoin(PostPointer, PostPointer.user_id == User.id)
    applicants = people.join(Conversation, Conversation.organisation_id == User.organisation_id).where(
        *active, _came_since(Conversation.applicant_waits_since)
    )
    officials = people.join(Conversation, Conversation.authority_id == User.authority_id).where(
        *active,
        _came_since(Conversation.authority_waits_since),
        exists().where(UserRole.user_id == User.id, UserRole.role.in_(WRITERS)),
        visible(User.id),
    )
    return db.scalars(applicants.union(officials).limit(BATCH)).all()


def _came_since(waits_since: InstrumentedAttribute[datetime | None]) -> ColumnElement[bool]:
    return and_(waits_since.is_not(None), or_(PostPointer.told_at.is_(None), waits_since > PostPointer.told_at))


def pointer(db: Session, user_id: str) -> PostPointer | None:
    return db.get(PostPointer, user_id)
