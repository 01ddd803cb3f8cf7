"""Looks at certificates of conduct, and what is to be forgotten or destroyed after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from portal.models import (
    Application,
    Document,
    Evidence,
    RemedyDocument,
    RemedyItem,
    RemedyRequest,
    Review,
    SeenCertificate,
    User,
)
from portal.queries.work import BATCH


def of_application(db: Session, application_id: str) -> Mapping[str, SeenCertificate]:
    """What was looked at in one application, by id of the document."""
    found = db.scalars(
        select(SeenCertificate)
        .where(SeenCertificate.application_id == application_id)
        .options(joinedload(SeenCertificate.seen_by, innerjoin=True).lazyload(User.roles))
    )
    return {one.document_id: one for one in found}


def of_document(db: Session, document_id: str) -> Sequence[SeenCertificate]:
    return db.scalars(select(SeenCertificate).where(SeenCertificate.document_id == document_id)).all()


def using(db: Session, document_id: str) -> Sequence[Application]:
    """The applications in which a document is used, at a requirement or as remedy."""
    in_remedy = (
        select(Review.application_id)
        .join(RemedyRequest, RemedyRequest.review_id == Review.id)
        .join(RemedyItem, RemedyItem.remedy_id == RemedyRequest.id)
        .join(RemedyDocument, RemedyDocument.item_id == RemedyItem.id)
        .where(RemedyDocument.document_id == document_id)
    )
    in_evidence = select(Evidence.application_id).where(Evidence.document_id == document_id)
    return db.scalars(select(Application).where(Application.id.in_(in_evidence.union(in_remedy)))).all()


def certificates_to_forget(db: Session, _now: datetime) -> Sequence[str]:
    """Looks after which the pictures of the pages are still there."""
    return db.scalars(
        select(SeenCertificate.id)
        .where(SeenCertificate.forgotten_at.is_(None))
        .order_by(SeenCertificate.seen_at)
        .limit(BATCH)
    ).all()


def documents_to_erase(db: Session, _now: datetime) -> Sequence[str]:
    """Documents whose owner agreed, which were looked at, and that no running application needs any more."""
    looked = exists().where(SeenCertificate.document_id == Document.id, SeenCertificate.forgotten_at.is_not(None))
    needed = (
        exists()
        .where(
            Evidence.document_id == Document.id,
            Evidence.application_id == Application.id,
            Application.state.not_in(("decided", "lapsed", "withdrawn")),
            ~exists()
            .where(SeenCertificate.document_id == Document.id, SeenCertificate.application_id == Application.id)
            .correlate(Document, Application),
        )
        .correlate(Document)
    )
    return db.scalars(
        select(Document.id)
        .where(Document.may_erase_at.is_not(None), Document.erased_at.is_(None), looked, ~needed)
        .order_by(Document.may_erase_at)
        .limit(BATCH)
    ).all()
