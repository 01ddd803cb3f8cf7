"""Reads of the document vault of one organisation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload, lazyload

from portal.models import (
    Application,
    Authority,
    Document,
    Evidence,
    Lot,
    OwnPart,
    Procedure,
    RemedyDocument,
    RemedyItem,
    RemedyRequest,
    Requirement,
    Review,
    Round,
    Submission,
    User,
)


@dataclass(frozen=True)
class VaultLine:
    """One current document in the vault, with the number of its uses in applications and remedies."""

    id: str
    kind: str
    filename: str
    size: int
    sha256: str
    version: int
    issuer: str
    issued_on: date | None
    expires_on: date | None
    uploaded_at: datetime
    removed_at: datetime | None
    scan_state: str
    uploaded_by: str
    uses: int


def documents(db: Session, organisation_id: str) -> list[VaultLine]:
    """The latest versions of an organisation's documents, also the removed ones: one statement.

    Not what lies in the vault of a tender: of that there is nothing to show.
    """
    used = select(func.count(Evidence.id)).where(Evidence.document_id == Document.id).scalar_subquery()
    mended = select(func.count(RemedyDocument.id)).where(RemedyDocument.document_id == Document.id).scalar_subquery()
    rows = db.execute(
        select(
            Document.id,
            Document.kind,
            Document.filename,
            Document.size,
            Document.sha256,
            Document.version,
            Document.issuer,
            Document.issued_on,
            Document.expires_on,
            Document.uploaded_at,
            Document.removed_at,
            Document.scan_state,
            User.name,
            used + mended,
        )
        .join(User, User.id == Document.uploaded_by_id)
        .where(
            Document.organisation_id == organisation_id,
            Document.superseded_by_id.is_(None),
            Document.sealed_at.is_(None),
        )
        .order_by(Document.uploaded_at.desc(), Document.id)
    )
    return [VaultLine(*row) for row in rows]


def document(db: Session, document_id: str, organisation_id: str) -> Document | None:
    """One own document, any version, removed or not."""
    return db.scalar(
        select(Document)
        .where(Document.id == document_id, Document.organisation_id == organisation_id)
        .options(
            joinedload(Document.organisation, innerjoin=True),
            joinedload(Document.uploaded_by, innerjoin=True).options(lazyload(User.roles)),
        )
    )


def earlier_versions(db: Session, found: Document) -> list[Document]:
    """What this document replaced, latest first: one statement for the whole chain."""
    kind = db.scalars(
        select(Document).where(
            Document.organisation_id == found.organisation_id,
            Document.kind == found.kind,
            Document.superseded_by_id.is_not(None),
        )
    )
    by_successor = {one.superseded_by_id: one for one in kind}
    chain: list[Document] = []
    current: Document | None = by_successor.get(found.id)
    while current is not None:
        chain.append(current)
        current = by_successor.get(current.id)
    return chain


@dataclass(frozen=True)
class Use:
    """Where a document is used: in an application, at a requirement (none: the integrity check)."""

    application_id: str
    application: str
    label: str
    procedure: str
    authority: str
    requirement: str | None
    title: str | None
    lot: str | None
    part_id: str | None = None
    """The own part in which it is used, when the application is that of another organisation."""


@dataclass(frozen=True)
class SubmittedUse:
    """One submission that holds a document: what the authority has, whatever happens in the vault."""

    application_id: str
    submission_id: str
    receipt_number: str
    submitted_at: datetime
    withdrawn_at: datetime | None
    label: str
    procedure: str
    authority: str


def submitted_uses(db: Session, found: Document) -> list[SubmittedUse]:
    """The submissions of its organisation in which this very version was handed in, the last one first.

    What lies sealed in the vault of a tender does not say what is in it.
    """
    rows = db.execute(
        select(
            Application.id,
            Submission.id,
            Submission.receipt_number,
            Submission.submitted_at,
            Submission.withdrawn_at,
            Round.label,
            Procedure.title,
            Authority.name,
        )
        .join(Application, Application.id == Submission.application_id)
        .join(Round, Round.id == Application.round_id)
        .join(Procedure, Procedure.id == Round.procedure_id)
        .join(Authority, Authority.id == Application.authority_id)
        .where(Application.organisation_id == found.organisation_id, Submission.manifest.contains(found.id))
        .order_by(Submission.submitted_at.desc())
    )
    return [SubmittedUse(*row) for row in rows]


def uses(db: Session, document_id: str) -> list[Use]:
    """The uses of one document in applications and in remedies: two statements."""
    columns = (
        Application.id, Application.number, Round.label, Procedure.title, Authority.name, Requirement.code,
        Requirement.title, Lot.name,
    )  # fmt: skip
    answered = db.execute(
        select(*columns, OwnPart.id)
        .select_from(Evidence)
        .join(Document, Document.id == Evidence.document_id)
        .join(Application, Application.id == Evidence.application_id)
        .join(Round, Round.id == Application.round_id)
        .join(Procedure, Procedure.id == Round.procedure_id)
        .join(Authority, Authority.id == Application.authority_id)
        .outerjoin(
            OwnPart,
            and_(
                OwnPart.party_id == Evidence.party_id,
                OwnPart.organisation_id == Document.organisation_id,
                OwnPart.ended_at.is_(None),
            ),
        )
        .outerjoin(Requirement, Requirement.id == Evidence.requirement_id)
        .outerjoin(Lot, Lot.id == Evidence.lot_id)
        .where(Evidence.document_id == document_id)
        .order_by(Round.closes_at.desc(), Requirement.position)
    )
    mended = db.execute(
        select(*columns)
        .select_from(RemedyDocument)
        .join(RemedyItem, RemedyItem.id == RemedyDocument.item_id)
        .join(Requirement, Requirement.id == RemedyItem.requirement_id)
        .join(RemedyRequest, RemedyRequest.id == RemedyItem.remedy_id)
        .join(Review, Review.id == RemedyRequest.review_id)
        .join(Application, Application.id == Review.application_id)
        .join(Round, Round.id == Application.round_id)
        .join(Procedure, Procedure.id == Round.procedure_id)
        .join(Authority, Authority.id == Application.authority_id)
        .outerjoin(Lot, Lot.id == RemedyItem.lot_id)
        .where(RemedyDocument.document_id == document_id)
    )
    return [Use(*row) for row in [*answered, *mended]]


def usable(db: Session, organisation_id: str, kinds: Iterable[str]) -> Sequence[Document]:
    """Current documents of some kinds, newest first: what can be chosen at a requirement."""
    return db.scalars(
        select(Document)
        .where(
            Document.organisation_id == organisation_id,
            Document.kind.in_(list(kinds)),
            Document.superseded_by_id.is_(None),
            Document.removed_at.is_(None),
            Document.sealed_at.is_(None),
        )
        .order_by(Document.uploaded_at.desc(), Document.id)
    ).all()


def same_bytes(db: Session, organisation_id: str, kind: str, sha256: str) -> tuple[Document | None, Document | None]:
    """The current documents with exactly these bytes: of this kind, also when it was taken out of the list, and of
    another kind, when it is in the list.
    """
    found = db.scalars(
        select(Document)
        .where(
            Document.organisation_id == organisation_id,
            Document.sha256 == sha256,
            Document.superseded_by_id.is_(None),
            Document.sealed_at.is_(None),
            Document.erased_at.is_(None),
        )
        .order_by(Document.uploaded_at, Document.id)
    ).all()
    same = next((one for one in found if one.kind == kind), None)
    return same, next((one for one in found if one.kind != kind and one.removed_at is None), None)
