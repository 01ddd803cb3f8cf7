"""Work to be done, found from the facts: each query gives ids, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models import (
    Agreement,
    Application,
    Decision,
    DecisionLetter,
    Document,
    Message,
    NumberSeries,
    RemedyRequest,
    Round,
    Signature,
    SigningBlock,
    Submission,
)

BATCH = 200


def rounds_to_close(db: Session, now: datetime) -> Sequence[str]:
    """Rounds past their instant that are not latched."""
    return db.scalars(
        select(Round.id).where(Round.closed_at.is_(None), Round.closes_at <= now).order_by(Round.closes_at).limit(BATCH)
    ).all()


def applications_to_take_in(db: Session, now: datetime) -> Sequence[str]:
    """Applications of closed rounds that were neither taken into review nor lapsed."""
    return db.scalars(
        select(Application.id)
        .join(Round)
        .where(Round.closed_at.is_not(None), Application.state.in_(("draft", "submitted", "withdrawn")))
        .order_by(Application.id)
        .limit(BATCH)
    ).all()


def rounds_to_remind(db: Session, now: datetime) -> Sequence[str]:
    """Rounds that are open now."""
    return db.scalars(
        select(Round.id).where(
            Round.closed_at.is_(None), Round.held_by == "", Round.opens_at <= now, Round.closes_at > now
        )
    ).all()


def unsubmitted(db: Session, round_id: str) -> Sequence[Application]:
    """Applications of one round that are not submitted, with what completeness needs."""
    return db.scalars(
        select(Application)
        .where(Application.round_id == round_id, Application.state.in_(("draft", "withdrawn")))
        .options(selectinload(Application.selections), selectinload(Application.answers))
    ).all()


def message_reasons(db: Session, prefix: str) -> set[str]:
    """The reasons of messages that start with `prefix`."""
    return set(db.scalars(select(Message.reason).where(Message.reason.startswith(prefix, autoescape=True))))


def remedies_to_expire(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(RemedyRequest.id)
        .where(RemedyRequest.answered_at.is_(None), RemedyRequest.expired_at.is_(None), RemedyRequest.due_at <= now)
        .limit(BATCH)
    ).all()


def receipts_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(Submission.id).where(Submission.receipt_key.is_(None)).order_by(Submission.submitted_at).limit(BATCH)
    ).all()


def letters_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(DecisionLetter.id).where(DecisionLetter.pdf_key.is_(None)).order_by(DecisionLetter.sent_at).limit(BATCH)
    ).all()


def agreements_to_make(db: Session, now: datetime) -> Sequence[str]:
    """Applications that were told an admission and have no agreement yet; the standstill is checked per one.

    Not those of a round about which a court case runs.
    """
    blocked = exists().where(SigningBlock.round_id == Application.round_id, SigningBlock.lifted_at.is_(None))
    return db.scalars(
        select(Decision.application_id)
        .join(Application, Application.id == Decision.application_id)
        .outerjoin(Agreement, Agreement.application_id == Decision.application_id)
        .where(Decision.outcome == "admitted", Decision.told_at.is_not(None), Agreement.id.is_(None), ~blocked)
        .group_by(Decision.application_id)
        .order_by(func.min(Decision.told_at))
        .limit(BATCH)
    ).all()


def agreements_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(Agreement.id).where(Agreement.state == "due").order_by(Agreement.made_at).limit(BATCH)
    ).all()


def signatures_to_place(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(Signature.id).where(Signature.placed_at.is_(None)).order_by(Signature.wanted_at).limit(BATCH)
    ).all()


def messages_to_send(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(Message.id)
        .where(Message.sent_at.is_(None), Message.refused_at.is_(None), Message.next_try_at <= now)
        .order_by(Message.created_at)
        .limit(BATCH)
    ).all()


def signature(db: Session, signature_id: str) -> Signature | None:
    return db.get(
        Signature,
        signature_id,
        options=[joinedload(Signature.signed_by), joinedload(Signature.agreement).joinedload(Agreement.organisation)],
    )


def next_number(db: Session, authority_id: str, series: str) -> int:
    """The next number of a series, under the writing transaction: no gaps, no doubles."""
    row = db.scalar(
        select(NumberSeries)
        .where(NumberSeries.authority_id == authority_id, NumberSeries.name == series)
        .with_for_update()
    )
    if row is None:
        row = NumberSeries(authority_id=authority_id, name=series, last=0)
        db.add(row)
    row.last += 1
    db.flush()
    return row.last


def has_agreement(db: Session, application_id: str) -> bool:
    return db.scalar(select(Agreement.id).where(Agreement.application_id == application_id)) is not None


def is_document(db: Session, storage_key: str) -> bool:
    """Whether a stored object belongs to a document, of any version."""
    return db.scalar(select(Document.id).where(Document.storage_key == storage_key)) is not None
