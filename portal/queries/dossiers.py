"""Reads of one dossier in screening: the review with all that its page shows, and the files that may be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from portal.domain import reviews
from portal.models import (
    Application,
    AuditEvent,
    Document,
    Finding,
    InterestDeclaration,
    Lot,
    Procedure,
    RemedyDocument,
    RemedyItem,
    RemedyRequest,
    Review,
    Round,
    User,
)
from portal.queries.reviews import visible


class Dossier(NamedTuple):
    """A review, and whether the official who asks declared interests for its round."""

    review: Review
    is_declared: bool


def _file_options() -> Sequence[ORMOption]:
    remedies = selectinload(Review.remedies).joinedload(RemedyRequest.items)
    return (
        joinedload(Review.submission),
        remedies.joinedload(RemedyItem.documents).joinedload(RemedyDocument.document),
    )


def _page_options() -> Sequence[ORMOption]:
    application = joinedload(Review.application, innerjoin=True)
    procedure = application.joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True)
    return (
        *_file_options(),
        application.joinedload(Application.organisation, innerjoin=True),
        application.joinedload(Application.integrity_check),
        application.selectinload(Application.submissions),
        application.selectinload(Application.decisions),
        procedure.selectinload(Procedure.requirements),
        procedure.selectinload(Procedure.lots).selectinload(Lot.products),
        joinedload(Review.first_by).lazyload(User.roles),
        joinedload(Review.second_by).lazyload(User.roles),
        selectinload(Review.findings).joinedload(Finding.found_by).lazyload(User.roles),
    )


def _find(db: Session, review_id: str, user_id: str, options: Sequence[ORMOption]) -> Dossier | None:
    declared = exists().where(
        InterestDeclaration.round_id == Application.round_id, InterestDeclaration.user_id == user_id
    )
    row = (
        db.execute(
            select(Review, declared)
            .join(Application, Application.id == Review.application_id)
            .where(Review.id == review_id, visible(user_id))
            .options(*options)
        )
        .unique()
        .one_or_none()
    )
    return Dossier(row[0], bool(row[1])) if row else None


def dossier(db: Session, review_id: str, user_id: str) -> Dossier | None:
    """A review with everything its page shows; None when it is unknown, foreign or hidden by an interest."""
    return _find(db, review_id, user_id, _page_options())


def review_with_files(db: Session, review_id: str, user_id: str) -> Dossier | None:
    """A review with what decides which files may be opened."""
    return _find(db, review_id, user_id, (*_file_options(), joinedload(Review.application, innerjoin=True)))


def document_ids(review: Review) -> set[str]:
    """What was submitted for requirements, or sent as remedy. Never what is for the integrity check."""
    named = {one["document_id"] for one in reviews.submitted(review.submission)["files"] if one["requirement"]}
    sent = {
        one.document_id
        for remedy in review.remedies
        if remedy.answered_at is not None
        for item in remedy.items
        for one in item.documents
    }
    return named | sent


def documents(db: Session, review: Review) -> Mapping[str, Document]:
    """The files a reviewer may open, by id."""
    found = db.scalars(select(Document).where(Document.id.in_(document_ids(review)), Document.is_sealed.is_(False)))
    return {one.id: one for one in found}


def returned(db: Session, review: Review) -> AuditEvent | None:
    """The last time the second inkoper gave the proposal back, with the reason in `details`."""
    return db.scalar(
        select(AuditEvent)
        .where(AuditEvent.subject_type == "Review", AuditEvent.subject_id == review.id, AuditEvent.act == "send_back")
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
