"""Files on their way to the vault of an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import Photo, Upload


def own(db: Session, upload_id: str, user_id: str) -> Upload | None:
    """An upload that this person began."""
    return db.scalar(select(Upload).where(Upload.id == upload_id, Upload.user_id == user_id))


def unfinished_bytes(db: Session, organisation_id: str) -> int:
    """What the organisation announced and did not finish."""
    query = select(func.coalesce(func.sum(Upload.size), 0)).where(
        Upload.organisation_id == organisation_id, Upload.document_id.is_(None)
    )
    return int(db.scalar(query) or 0)


def begun_before(db: Session, moment: datetime) -> Sequence[Upload]:
    return db.scalars(select(Upload).where(Upload.started_at < moment)).all()


def is_known(db: Session, upload_id: str) -> bool:
    """Whether an upload is there that may still take pieces."""
    return db.scalar(select(Upload.id).where(Upload.id == upload_id, Upload.document_id.is_(None))) is not None


def photos(db: Session, user_id: str, kind: str) -> Sequence[Photo]:
    """The photographs that this person has ready for one kind, in their order."""
    return db.scalars(
        select(Photo).where(Photo.user_id == user_id, Photo.kind == kind).order_by(Photo.position, Photo.id)
    ).all()


def photos_before(db: Session, moment: datetime) -> Sequence[Photo]:
    return db.scalars(select(Photo).where(Photo.received_at < moment)).all()
