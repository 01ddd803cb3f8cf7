"""Reads of visits to an applicant's location. An interest hides them from an official, like the dossier itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from portal.domain.site_notes import RECORDING
from portal.domain.site_visits import VISITORS
from portal.models import (
    Application,
    Conflict,
    InterestDeclaration,
    Review,
    Round,
    SiteNote,
    SitePhoto,
    SitePoint,
    SiteVisit,
    SiteVisitor,
    User,
    UserRole,
)
from portal.queries.reviews import visible

BATCH = 200
SHOWN = 200
"""Visits in a list at most: the newest."""


class Found(NamedTuple):
    """A visit, and whether the official who asks declared interests for its round."""

    visit: SiteVisit
    is_declared: bool


@cache
def _whole() -> Sequence[ORMOption]:
    """Everything that a page about one visit shows."""
    name_only = lazyload(User.roles)
    points = selectinload(SiteVisit.points)
    application = joinedload(SiteVisit.review, innerjoin=True).joinedload(Review.application, innerjoin=True)
    return (
        application.joinedload(Application.organisation, innerjoin=True),
        application.joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True),
        selectinload(SiteVisit.visitors).joinedload(SiteVisitor.user, innerjoin=True).options(name_only),
        points.joinedload(SitePoint.requirement),
        points.joinedload(SitePoint.lot),
        points.joinedload(SitePoint.party),
        points.selectinload(SitePoint.notes).joinedload(SiteNote.noted_by, innerjoin=True).options(name_only),
        points.selectinload(SitePoint.photos),
    )


def one(db: Session, visit_id: str, user_id: str) -> Found | None:
    """One visit for an official; None when it is unknown, foreign or hidden by an interest."""
    declared = exists().where(
        InterestDeclaration.round_id == Application.round_id, InterestDeclaration.user_id == user_id
    )
    row = db.execute(
        select(SiteVisit, declared)
        .join(SiteVisit.review)
        .join(Application, Application.id == Review.application_id)
        .where(SiteVisit.id == visit_id, visible(user_id))
        .options(*_whole())
    ).one_or_none()
    return Found(row[0], bool(row[1])) if row else None


def planned_with(db: Session, attempt: str) -> SiteVisit | None:
    """What this form planned before."""
    return db.scalar(select(SiteVisit).where(SiteVisit.attempt == attempt))


@cache
def _of_review() -> Select[tuple[SiteVisit]]:
    of_it = SiteVisit.review_id == bindparam("review_id")
    return select(SiteVisit).where(of_it).options(*_whole()).order_by(SiteVisit.starts_at)


def of_review(db: Session, review_id: str) -> Sequence[SiteVisit]:
    """The visits about one dossier, by day: five statements at most, and one when there are none."""
    return db.scalars(_of_review(), {"review_id": review_id}).all()


def visible_to(db: Session, user_id: str) -> Sequence[SiteVisit]:
    """The visits that this official may know of, the newest first; of rounds in which interests were declared."""
    declared = exists().where(
        InterestDeclaration.round_id == Application.round_id, InterestDeclaration.user_id == user_id
    )
    return db.scalars(
        select(SiteVisit)
        .join(SiteVisit.review)
        .join(Application, Application.id == Review.application_id)
        .where(visible(user_id), declared)
        .options(*_whole()[:2], selectinload(SiteVisit.visitors).joinedload(SiteVisitor.user, innerjoin=True))
        .order_by(SiteVisit.starts_at.desc())
        .limit(SHOWN)
    ).all()


def to_record(db: Session, user_id: str) -> Sequence[SiteVisit]:
    """The visits that this official goes on, or whose notes are not sent yet, by day."""
    goes = exists().where(SiteVisitor.visit_id == SiteVisit.id, SiteVisitor.user_id == user_id)
    declared = exists().where(
        InterestDeclaration.round_id == Application.round_id, InterestDeclaration.user_id == user_id
    )
    return db.scalars(
        select(SiteVisit)
        .join(SiteVisit.review)
        .join(Application, Application.id == Review.application_id)
        .where(goes, declared, visible(user_id), SiteVisit.state.in_(RECORDING))
        .options(*_whole()[:2])
        .order_by(SiteVisit.starts_at)
        .limit(SHOWN)
    ).all()


def candidates(db: Session, review: Review) -> Sequence[User]:
    """Colleagues with a role that visits, and no interest in this applicant, by name."""
    has_role = exists().where(UserRole.user_id == User.id, UserRole.role.in_(VISITORS))
    hidden = exists().where(Conflict.application_id == review.application_id, Conflict.user_id == User.id)
    return db.scalars(
        select(User)
        .where(User.authority_id == review.authority_id, User.disabled_at.is_(None), has_role, ~hidden)
        .order_by(User.name)
    ).all()


# Of the applicant


def own(db: Session, application_id: str) -> Sequence[SiteVisit]:
    """The visits about one application, by day."""
    return db.scalars(
        select(SiteVisit)
        .join(SiteVisit.review)
        .where(Review.application_id == application_id)
        .options(*_whole())
        .order_by(SiteVisit.starts_at)
    ).all()


# Of the worker


def reports_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    """Established visits without their report as PDF, of which no photograph waits for the scanner."""
    waits = exists().where(
        SitePhoto.visit_id == SiteVisit.id, SitePhoto.scan_state == "waiting", SitePhoto.removed_at.is_(None)
    )
    return db.scalars(
        select(SiteVisit.id)
        .where(SiteVisit.established_at.is_not(None), SiteVisit.pdf_key.is_(None), ~waits)
        .order_by(SiteVisit.established_at)
        .limit(BATCH)
    ).all()


def photos_to_scan(db: Session, now: datetime) -> Sequence[str]:
    """Photographs that wait for the malware scanner."""
    return db.scalars(
        select(SitePhoto.id)
        .where(SitePhoto.scan_state == "waiting", SitePhoto.removed_at.is_(None))
        .order_by(SitePhoto.received_at)
        .limit(BATCH)
    ).all()


def report(db: Session, visit_id: str) -> SiteVisit:
    """One visit with its photographs."""
    return db.get_one(SiteVisit, visit_id, options=[selectinload(SiteVisit.points).selectinload(SitePoint.photos)])


def established(db: Session, organisation_id: str) -> Sequence[SiteVisit]:
    """The established visits about applications of one organisation, oldest first."""
    return db.scalars(
        select(SiteVisit)
        .join(SiteVisit.review)
        .join(Application, Application.id == Review.application_id)
        .where(Application.organisation_id == organisation_id, SiteVisit.established_at.is_not(None))
        .options(joinedload(SiteVisit.review, innerjoin=True).joinedload(Review.application, innerjoin=True))
        .order_by(SiteVisit.established_at)
    ).all()
