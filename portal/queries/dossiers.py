"""Reads of one dossier in screening: the review with all that its page shows, and the files that may be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ScalarSelect, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, lazyload, load_only, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from portal.domain import reviews
from portal.models import (
    Application,
    AuditEvent,
    Conflict,
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
    round_ = application.joinedload(Application.round, innerjoin=True)
    procedure = round_.joinedload(Round.procedure, innerjoin=True)
    return (
        *_file_options(),
        application.joinedload(Application.organisation, innerjoin=True),
        application.joinedload(Application.integrity_check),
        application.selectinload(Application.decisions),
        # Joined, because there are none or a few: most rounds have no shadow, most dossiers one reviewer and no pause.
        application.joinedload(Application.term_suspensions),
        round_.joinedload(Round.shadow_reviewers),
        joinedload(Review.sides),
        procedure.selectinload(Procedure.requirements),
        procedure.selectinload(Procedure.lots).joinedload(Lot.products),
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


class Around(NamedTuple):
    """What stands around a review: the visible, unfinished ones before and after it by term, and `returned`.

    That is the last time the second inkoper gave the proposal back, with the reason in `details`.
    """

    previous: str | None
    following: str | None
    returned: AuditEvent | None


def _neighbour(*, is_later: bool) -> ScalarSelect[str]:
    other = aliased(Review)
    hidden = exists().where(Conflict.application_id == other.application_id, Conflict.user_id == bindparam("user_id"))
    if is_later:
        beyond = or_(other.due_on > Review.due_on, and_(other.due_on == Review.due_on, other.id > Review.id))
        order = [other.due_on, other.id]
    else:
        beyond = or_(other.due_on < Review.due_on, and_(other.due_on == Review.due_on, other.id < Review.id))
        order = [other.due_on.desc(), other.id.desc()]
    found = select(other.id).where(~hidden, other.state != "confirmed", beyond).order_by(*order).limit(1)
    return found.correlate(Review).scalar_subquery()


def _last_return() -> ScalarSelect[int]:
    given_back = AuditEvent.subject_id == Review.id, AuditEvent.subject_type == "Review", AuditEvent.act == "send_back"
    return select(func.max(AuditEvent.id)).where(*given_back).correlate(Review).scalar_subquery()


_AROUND = (
    select(_neighbour(is_later=False), _neighbour(is_later=True), AuditEvent)
    .select_from(Review)
    .outerjoin(AuditEvent, AuditEvent.id == _last_return())
    .where(Review.id == bindparam("review_id"))
)


def around(db: Session, review: Review, user_id: str) -> Around:
    """Its neighbours in the queue of this official, and whether it was given back."""
    return Around(*db.execute(_AROUND, {"review_id": review.id, "user_id": user_id}).one())
