"""Reads about documents that were renewed: the drafts and the running agreements that rest on an older version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from portal.models import (
    Agreement,
    Application,
    Document,
    Evidence,
    OfferDocument,
    OwnPart,
    Party,
    Recheck,
    Review,
    Round,
    Submission,
)
from portal.models.applications import TAKEN_IN


def newest(db: Session, documents: Iterable[Document]) -> dict[str, Document]:
    """The current version by the id of an older one, of these documents: no statement when nothing was replaced.

    A current version that was taken out of the vault, or that the scanner stopped, proposes itself to nobody.
    """
    old = [one for one in documents if one.superseded_by_id is not None]
    if not old:
        return {}
    kinds, organisations = {one.kind for one in old}, {one.organisation_id for one in old}
    rows = db.scalars(select(Document).where(Document.organisation_id.in_(organisations), Document.kind.in_(kinds)))
    by_id = {one.id: one for one in rows}
    found = {}
    for one in old:
        current: Document | None = one
        while current is not None and current.superseded_by_id is not None:
            current = by_id.get(current.superseded_by_id)
        if current is not None and not current.is_gone and current.scan_state != "infected":
            found[one.id] = current
    return found


def open_applications(db: Session, organisation_id: str, document_ids: Collection[str], now: datetime) -> list[str]:
    """The applications that can still be changed and use one of these documents; by closing of their round."""
    used = or_(
        exists().where(Evidence.application_id == Application.id, Evidence.document_id.in_(document_ids)),
        exists().where(OfferDocument.application_id == Application.id, OfferDocument.document_id.in_(document_ids)),
    )
    fills_in = exists().where(
        Party.id == OwnPart.party_id,
        Party.application_id == Application.id,
        OwnPart.organisation_id == organisation_id,
        OwnPart.ended_at.is_(None),
    )
    rows = db.scalars(
        select(Application.id)
        .join(Round, Round.id == Application.round_id)
        .where(
            or_(Application.organisation_id == organisation_id, fills_in),
            Application.state.not_in(TAKEN_IN),
            Application.sealed_at.is_(None),
            Round.closed_at.is_(None),
            Round.held_by == "",
            Round.opens_at <= now,
            Round.closes_at > now,
            used,
        )
        .order_by(Round.closes_at, Application.number)
    )
    return list(rows)


# What contract managers see: that something was renewed, of which the authority has the older version.


@dataclass(frozen=True)
class Renewed:
    """A file that was handed in, as the manifest says, and when its owner put a newer version in the vault."""

    file: Mapping[str, str]
    renewed_at: datetime


_NEWER = aliased(Document)


def _rests_on() -> ColumnElement[bool]:
    return and_(
        Document.organisation_id == Agreement.organisation_id,
        Document.is_sealed.is_(False),
        Document.superseded_by_id == _NEWER.id,
        _NEWER.uploaded_at > Submission.submitted_at,
        Submission.manifest.contains(Document.id),
    )


def _unasked() -> ColumnElement[bool]:
    """Since the renewal no fresh evidence was asked: that is how the newer version reaches the authority."""
    return ~exists().where(Recheck.agreement_id == Agreement.id, Recheck.asked_at > _NEWER.uploaded_at)


def _renewed(*columns: object) -> Select[tuple[object, ...]]:
    return (
        select(*columns)  # type: ignore[call-overload, no-any-return]
        .select_from(Agreement)
        .join(Review, Review.application_id == Agreement.application_id)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Document, Document.organisation_id == Agreement.organisation_id)
        .join(_NEWER, _NEWER.id == Document.superseded_by_id)
        .where(Agreement.state == "in_force", _rests_on(), _unasked())
    )


def renewed_agreements(db: Session) -> set[str]:
    """The agreements in force that rest on a document with a newer version: one statement."""
    return {str(one) for one in db.scalars(_renewed(Agreement.id).distinct())}


def renewed_at_agreement(db: Session, found: Agreement) -> list[Renewed]:
    """The same for one agreement, in the words of what was handed in: nothing of the newer version itself."""
    rows = db.execute(_renewed(Document.id, _NEWER.uploaded_at, Submission).where(Agreement.id == found.id)).all()
    result = []
    for document_id, renewed_at, submission in rows:
        files = [one for one in submission.content["files"] if one["document_id"] == document_id]
        result += [Renewed(one, renewed_at) for one in files[:1]]
    return sorted(result, key=lambda one: one.file["filename"])
