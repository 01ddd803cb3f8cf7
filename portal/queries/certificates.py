"""Reads of close certificates: what is to be made, what is public, and one receipt of a round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, contains_eager

from portal.domain import certificates
from portal.domain.certificates import Handed, Receipt
from portal.models import Application, Authority, CloseCertificate, Procedure, Round, Submission

BATCH = 200


def rounds_to_certify(db: Session, now: datetime) -> Sequence[str]:
    """Closed rounds without a certificate, oldest first."""
    made = exists().where(CloseCertificate.round_id == Round.id)
    return db.scalars(
        select(Round.id).where(Round.closed_at.is_not(None), ~made).order_by(Round.closed_at).limit(BATCH)
    ).all()


def certificates_to_stamp(db: Session, now: datetime) -> Sequence[str]:
    """Certificates without trusted time, as far as it is time to try."""
    return db.scalars(
        select(CloseCertificate.id)
        .where(CloseCertificate.token.is_(None), CloseCertificate.next_try_at <= now)
        .order_by(CloseCertificate.next_try_at)
        .limit(BATCH)
    ).all()


def certificates_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    """Final certificates that have no PDF yet."""
    return db.scalars(
        select(CloseCertificate.id)
        .where(CloseCertificate.token.is_not(None), CloseCertificate.pdf_key.is_(None))
        .order_by(CloseCertificate.made_at)
        .limit(BATCH)
    ).all()


def has_certificate(db: Session, round_id: str) -> bool:
    return db.scalar(select(CloseCertificate.id).where(CloseCertificate.round_id == round_id)) is not None


def _handed(round_id: str) -> Select[tuple[str, int, str, str, datetime, datetime | None]]:
    # Columns only: a manifest can be a hundred kilobytes, and nothing of it is needed here.
    return (
        select(
            Submission.application_id,
            Submission.sequence,
            Submission.receipt_number,
            Submission.digest,
            Submission.submitted_at,
            Submission.withdrawn_at,
        )
        .join(Application, Application.id == Submission.application_id)
        .where(Application.round_id == round_id)
    )


def receipts(db: Session, round_id: str) -> list[Receipt]:
    """Every receipt of a round with what it was at the closing: one statement."""
    return certificates.receipts(Handed(*row) for row in db.execute(_handed(round_id)))


def receipt(db: Session, round_id: str, number: str) -> Receipt | None:
    """One receipt of a round, with what it was at the closing."""
    return next((one for one in receipts(db, round_id) if one.receipt_number == number), None)


def of_round(db: Session, round_id: str) -> CloseCertificate | None:
    return db.scalar(select(CloseCertificate).where(CloseCertificate.round_id == round_id))


def published_round(db: Session, authority_slug: str, slug: str, label: str) -> Round | None:
    """A round of a published procedure, by the names in its address."""
    return db.scalar(
        select(Round)
        .join(Round.procedure)
        .join(Procedure.authority)
        .where(
            Authority.slug == authority_slug,
            Procedure.slug == slug,
            Round.label == label,
            Procedure.published_at.is_not(None),
        )
        .options(contains_eager(Round.procedure).contains_eager(Procedure.authority))
    )
