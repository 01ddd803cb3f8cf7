"""Reads of case files: what is to be made and removed, what one is made of, and what is marked in a dossier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain.case_file_facts import Material
from portal.models import (
    AuditEvent,
    CaseFile,
    Clarification,
    Conversation,
    Decision,
    DecisionLetter,
    Document,
    LetterDraft,
    Objection,
    Post,
    Product,
    Redaction,
    RemedyRequest,
    Review,
    SiteVisit,
    Submission,
)
from portal.queries import dossiers, letters
from portal.queries import signals as signal_queries
from portal.queries.work import BATCH


def case_files_to_make(db: Session, now: datetime) -> Sequence[str]:
    """Case files that were asked and are not there yet, oldest first."""
    return db.scalars(
        select(CaseFile.id)
        .where(CaseFile.made_at.is_(None), CaseFile.removed_at.is_(None), CaseFile.expires_at > now)
        .order_by(CaseFile.asked_at)
        .limit(BATCH)
    ).all()


def case_files_to_remove(db: Session, now: datetime) -> Sequence[str]:
    """Case files whose time is over."""
    return db.scalars(
        select(CaseFile.id)
        .where(CaseFile.removed_at.is_(None), CaseFile.expires_at <= now)
        .order_by(CaseFile.expires_at)
        .limit(BATCH)
    ).all()


def documents(db: Session, ids: Sequence[str]) -> dict[str, Document]:
    return {one.id: one for one in db.scalars(select(Document).where(Document.id.in_(ids)))}


def of_review(db: Session, review_id: str) -> Sequence[CaseFile]:
    """The case files of a dossier, newest first."""
    return db.scalars(
        select(CaseFile)
        .where(CaseFile.review_id == review_id)
        .options(joinedload(CaseFile.asked_by))
        .order_by(CaseFile.asked_at.desc(), CaseFile.id)
    ).all()


def case_file(db: Session, review_id: str, case_file_id: str) -> CaseFile | None:
    return db.scalar(select(CaseFile).where(CaseFile.id == case_file_id, CaseFile.review_id == review_id))


def asked_with(db: Session, attempt: str) -> CaseFile | None:
    """What this form asked before."""
    return db.scalar(select(CaseFile).where(CaseFile.attempt == attempt))


def redactions(db: Session, review_id: str) -> Sequence[Redaction]:
    """What is to be unreadable now, by document and page."""
    return db.scalars(
        select(Redaction)
        .where(Redaction.review_id == review_id, Redaction.lifted_at.is_(None))
        .options(joinedload(Redaction.marked_by))
        .order_by(Redaction.document_id, Redaction.page, Redaction.top, Redaction.id)
    ).all()


def redaction(db: Session, review_id: str, redaction_id: str) -> Redaction | None:
    return db.scalar(select(Redaction).where(Redaction.id == redaction_id, Redaction.review_id == review_id))


def _events(db: Session, review: Review) -> Sequence[AuditEvent]:
    told = select(DecisionLetter.id).where(DecisionLetter.application_id == review.application_id)
    submissions = select(Submission.id).where(Submission.application_id == review.application_id)
    visits = select(SiteVisit.id).where(SiteVisit.review_id == review.id)
    drafts = select(LetterDraft.id).where(LetterDraft.application_id == review.application_id)
    objections = select(Objection.id).where(Objection.application_id == review.application_id)
    remedies = select(RemedyRequest.id).where(RemedyRequest.review_id == review.id)
    return db.scalars(
        select(AuditEvent)
        .where(
            or_(
                and_(AuditEvent.subject_type == "Application", AuditEvent.subject_id == review.application_id),
                and_(AuditEvent.subject_type == "Review", AuditEvent.subject_id == review.id),
                and_(AuditEvent.subject_type == "Submission", AuditEvent.subject_id.in_(submissions)),
                and_(AuditEvent.subject_type == "RemedyRequest", AuditEvent.subject_id.in_(remedies)),
                and_(AuditEvent.subject_type == "SiteVisit", AuditEvent.subject_id.in_(visits)),
                and_(AuditEvent.subject_type == "DecisionLetter", AuditEvent.subject_id.in_(told)),
                and_(AuditEvent.subject_type == "LetterDraft", AuditEvent.subject_id.in_(drafts)),
                and_(AuditEvent.subject_type == "Objection", AuditEvent.subject_id.in_(objections)),
            )
        )
        .order_by(AuditEvent.id)
    ).all()


def material(db: Session, review: Review, user_id: str) -> Material:
    """Everything a case file of this dossier is made of, as this official may see it."""
    return Material(
        review=review,
        documents=dossiers.documents(db, review),
        clarifications=db.scalars(
            select(Clarification)
            .where(Clarification.round_id == review.application.round_id, Clarification.state == "published")
            .options(joinedload(Clarification.notice))
            .order_by(Clarification.number)
        ).all(),
        conversations=db.scalars(
            select(Conversation)
            .where(Conversation.application_id == review.application_id)
            .options(selectinload(Conversation.posts).joinedload(Post.posted_by))
            .order_by(Conversation.begun_at)
        ).all(),
        decisions=db.scalars(
            select(Decision)
            .where(Decision.application_id == review.application_id)
            .options(joinedload(Decision.product).joinedload(Product.lot))
            .order_by(Decision.id)
        ).all(),
        letters=letters.told(db, review.application_id),
        events=_events(db, review),
        signals=signal_queries.of_review(db, review.id, user_id).signals,
        redactions=redactions(db, review.id),
    )
