"""Reads for taking over an ESPD."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Document


def documents_with(db: Session, organisation_id: str, digests: Sequence[str]) -> Sequence[Document]:
    """The current documents of the vault with one of these SHA-256 sums, as far as they can be used."""
    return db.scalars(
        select(Document).where(
            Document.organisation_id == organisation_id,
            Document.sha256.in_(digests[:1000]),
            Document.superseded_by_id.is_(None),
            Document.removed_at.is_(None),
            Document.sealed_at.is_(None),
            Document.is_sealed.is_(False),
            Document.scan_state != "infected",
        )
    ).all()
