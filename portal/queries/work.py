"""Work to be done, found from the facts: each query gives ids, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.models import (
    Agreement,
    Application,
    Decision,
    DecisionLetter,
    Document,
    IntegrityForm,
    IntegrityPaper,
    Message,
    NumberSeries,
    Objection,
    Organisation,
    Photo,
    RemedyRequest,
    Review,
    Round,
    Signature,
    SigningBlock,
    SitePhoto,
    Submission,
    User,
)
from portal.queries import tender_vault
from portal.queries.recovery import mail_is_held
from portal.queries.standing_still import stands_still

BATCH = 200


def rounds_to_close(db: Session, now: datetime) -> Sequence[str]:
    """Rounds past their instant that are not latched."""
    return db.scalars(
        select(Round.id).where(Round.closed_at.is_(None), Round.closes_at <= now).order_by(Round.closes_at).limit(BATCH)
    ).all()


def applications_to_take_in(db: Session, now: datetime) -> Sequence[str]:
    """Applications of closed rounds that were neither taken into review nor lapsed, and whose vault is open; of
    continuous rounds what is submitted, open or closed.
    """
    return db.scalars(
        select(Application.id)
        .join(Round)
        .where(
            or_(
                and_(Round.closed_at.is_not(None), Application.state.in_(("draft", "withdrawn"))),
                and_(
                    or_(Round.closed_at.is_not(None), Round.kind == "continuous"),
                    Application.state == "submitted",
                    ~tender_vault.unreadable(),
                ),
            ),
        )
        .order_by(Application.id)
        .limit(BATCH)
    ).all()


_TAKING_IN = (
    select(Application)
    .where(Application.id == bindparam("application_id"))
    .options(
        joinedload(Application.round).joinedload(Round.procedure),
        joinedload(Application.organisation).joinedload(Organisation.users).joinedload(User.roles),
        joinedload(Application.review),
        joinedload(Application.integrity_check),
        joinedload(Application.submissions),
    )
)


def application_to_take_in(db: Session, application_id: str) -> Application:
    """One application with all that taking it in looks at, in one statement: a thousand wait at the same instant."""
    return db.scalars(_TAKING_IN, {"application_id": application_id}).unique().one()


def rounds_to_remind(db: Session, now: datetime) -> Sequence[str]:
    """Rounds that are open now."""
    return db.scalars(
        select(Round.id).where(
            Round.closed_at.is_(None), Round.held_by == "", Round.opens_at <= now, Round.closes_at > now
        )
    ).all()


UNSUBMITTED = ("draft", "withdrawn")


def unsubmitted(db: Session, round_id: str, begun_before: datetime) -> Sequence[str]:
    """Applications of one round that are not submitted, begun at or before that moment."""
    return db.scalars(
        select(Application.id)
        .where(
            Application.round_id == round_id,
            Application.state.in_(UNSUBMITTED),
            Application.created_at <= begun_before,
        )
        .order_by(Application.id)
    ).all()


def message_reasons(db: Session, prefix: str) -> set[str]:
    """The reasons of messages that start with `prefix`."""
    return set(db.scalars(select(Message.reason).where(Message.reason.startswith(prefix, autoescape=True))))


def message_causes(db: Session, party_id: str) -> set[str]:
    """The reminders that were sent about one party's own part, without to whom: 'part:<id>:<days>:<closing>'."""
    return {":".join(one.split(":")[:4]) for one in message_reasons(db, f"part:{party_id}:")}


def remedies_to_expire(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(RemedyRequest.id)
        .join(RemedyRequest.review)
        .where(
            RemedyRequest.answered_at.is_(None),
            RemedyRequest.expired_at.is_(None),
            RemedyRequest.due_at <= now,
            ~stands_still(Review.application_id, "remedy"),
        )
        .limit(BATCH)
    ).all()


def receipts_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(Submission.id).where(Submission.receipt_key.is_(None)).order_by(Submission.submitted_at).limit(BATCH)
    ).all()


def documents_to_scan(db: Session, now: datetime) -> Sequence[str]:
    """Documents that wait for the malware scanner."""
    return db.scalars(
        select(Document.id).where(Document.scan_state == "waiting").order_by(Document.uploaded_at).limit(BATCH)
    ).all()


def documents_to_read(db: Session, now: datetime) -> Sequence[str]:
    """Readable documents that were not read yet. Where there is a scanner, only after it found them clean."""
    return db.scalars(
        select(Document.id)
        .where(
            Document.read_at.is_(None),
            Document.is_sealed.is_(False),
            Document.sealed_at.is_(None),
            Document.removed_at.is_(None),
            Document.scan_state.in_(("none", "clean")),
        )
        .order_by(Document.uploaded_at)
        .limit(BATCH)
    ).all()


def letters_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(DecisionLetter.id).where(DecisionLetter.pdf_key.is_(None)).order_by(DecisionLetter.sent_at).limit(BATCH)
    ).all()


def agreements_to_make(db: Session, now: datetime) -> Sequence[str]:
    """Applications that were told an admission and have no agreement yet; the standstill is checked per one.

    Not those of a round about which a court case runs, nor of who waits for the outcome of an objection.
    """
    disputed = exists().where(
        Objection.application_id == Decision.application_id, Objection.state.not_in(("decided", "withdrawn"))
    )
    blocked = exists().where(SigningBlock.round_id == Application.round_id, SigningBlock.lifted_at.is_(None))
    return db.scalars(
        select(Decision.application_id)
        .join(Application, Application.id == Decision.application_id)
        .outerjoin(Agreement, Agreement.application_id == Decision.application_id)
        .where(
            Decision.outcome == "admitted",
            Decision.told_at.is_not(None),
            Decision.superseded_at.is_(None),
            Agreement.id.is_(None),
            ~blocked,
            ~disputed,
        )
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
    """Mails whose moment has come. None while they are held after a restore."""
    if mail_is_held(db):
        return []
    return db.scalars(
        select(Message.id)
        .where(Message.sent_at.is_(None), Message.refused_at.is_(None), Message.next_try_at <= now)
        .order_by(Message.created_at)
        .limit(BATCH)
    ).all()


def unsent_alarms(db: Session, now: datetime) -> Sequence[str]:
    """Mails about an alarm that wait."""
    return db.scalars(
        select(Message.id).where(
            Message.reason.startswith("alarm:"),
            Message.sent_at.is_(None),
            Message.refused_at.is_(None),
            Message.next_try_at <= now,
        )
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


def is_named(db: Session, key: str) -> bool:
    """Whether a stored object belongs to a document, of any version, is a photograph that waits for its PDF or was made
    on a visit, or is a paper or a form of the integrity compartment.
    """
    document, photo = (
        select(Document.id).where(Document.storage_key == key),
        select(Photo.id).where(Photo.stored_as == key),
    )
    paper = select(IntegrityPaper.id).where(IntegrityPaper.storage_key == key)
    form = select(IntegrityForm.id).where(IntegrityForm.storage_key == key)
    on_site = select(SitePhoto.id).where(SitePhoto.storage_key == key)
    return db.scalar(document.union(photo, paper, form, on_site)) is not None
