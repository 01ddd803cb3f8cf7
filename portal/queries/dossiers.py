"""Reads of one dossier in screening: the review with all that its page shows, and the files that may be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload, load_only, selectinload
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
    RemedyDraft,
    RemedyItem,
    RemedyRequest,
    Review,
    Round,
    SeenCertificate,
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
    name_only = (load_only(User.name), lazyload(User.roles))
    procedure = application.joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True)
    return (
        *_file_options(),
        application.joinedload(Application.organisation, innerjoin=True),
        application.joinedload(Application.integrity_check),
        application.selectinload(Application.submissions),
        application.selectinload(Application.decisions),
        application.selectinload(Application.every_party),
        procedure.selectinload(Procedure.requirements),
        procedure.selectinload(Procedure.lots).selectinload(Lot.products),
        joinedload(Review.remedy_draft).joinedload(RemedyDraft.changed_by).options(*name_only),
        joinedload(Review.first_by).options(*name_only),
        joinedload(Review.second_by).options(*name_only),
        selectinload(Review.findings).joinedload(Finding.found_by).options(*name_only),
    )


def _statement(options: Sequence[ORMOption]) -> Select[tuple[Review, bool]]:
    declared = exists().where(
        InterestDeclaration.round_id == Application.round_id, InterestDeclaration.user_id == bindparam("user_id")
    )
    return (
        select(Review, declared)
        .join(Application, Application.id == Review.application_id)
        .where(Review.id == bindparam("review_id"), visible(bindparam("user_id")))
        .options(*options)
    )


# Built once: with so many options, building takes as long as reading.
_PAGE = _statement(_page_options())
_FILES = _statement((*_file_options(), joinedload(Review.application, innerjoin=True)))


def _find(db: Session, statement: Select[tuple[Review, bool]], review_id: str, user_id: str) -> Dossier | None:
    row = db.execute(statement, {"review_id": review_id, "user_id": user_id}).unique().one_or_none()
    return Dossier(row[0], bool(row[1])) if row else None


def dossier(db: Session, review_id: str, user_id: str) -> Dossier | None:
    """A review with everything its page shows; None when it is unknown, foreign or hidden by an interest."""
    return _find(db, _PAGE, review_id, user_id)


def review_with_files(db: Session, review_id: str, user_id: str) -> Dossier | None:
    """A review with what decides which files may be opened."""
    return _find(db, _FILES, review_id, user_id)


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
    """The files a reviewer may open, by id: not a certificate that was looked at already, nor what was destroyed."""
    forgotten = exists().where(
        SeenCertificate.document_id == Document.id, SeenCertificate.application_id == review.application_id
    )
    found = db.scalars(
        select(Document)
        .where(
            Document.id.in_(document_ids(review)),
            Document.is_sealed.is_(False),
            Document.erased_at.is_(None),
            ~forgotten,
        )
        .options(joinedload(Document.reading))
    )
    return {one.id: one for one in found}


_RETURNED = (
    select(AuditEvent)
    .where(
        AuditEvent.subject_type == "Review",
        AuditEvent.subject_id == bindparam("review_id"),
        AuditEvent.act == "send_back",
    )
    .order_by(AuditEvent.id.desc())
    .limit(1)
)


def returned(db: Session, review: Review) -> AuditEvent | None:
    """The last time the second inkoper gave the proposal back, with the reason in `details`."""
    return db.scalar(_RETURNED, {"review_id": review.id})


def _neighbours() -> Select[tuple[str | None, str | None]]:
    user_id: BindParameter[str] = bindparam("user_id")
    due_on, review_id = bindparam("due_on", type_=Review.due_on.type), bindparam("review_id")
    unfinished = select(Review.id).where(visible(user_id), Review.state != "confirmed").limit(1)
    earlier = or_(Review.due_on < due_on, and_(Review.due_on == due_on, Review.id < review_id))
    later = or_(Review.due_on > due_on, and_(Review.due_on == due_on, Review.id > review_id))
    return select(
        unfinished.where(earlier).order_by(Review.due_on.desc(), Review.id.desc()).scalar_subquery(),
        unfinished.where(later).order_by(Review.due_on, Review.id).scalar_subquery(),
    )


_NEIGHBOURS = _neighbours()


def neighbours(db: Session, user_id: str, due_on: date, review_id: str) -> tuple[str | None, str | None]:
    """The visible, unfinished reviews before and after this one, by term."""
    row = db.execute(_NEIGHBOURS, {"user_id": user_id, "due_on": due_on, "review_id": review_id}).one()
    return row[0], row[1]
