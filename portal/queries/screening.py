"""Reads beside a verdict: standard texts, own drafts, the same document elsewhere, older requirements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, exists, func, or_, select, union_all
from sqlalchemy.orm import Session

from portal.models import (
    Application,
    Document,
    Evidence,
    Finding,
    FindingDraft,
    Lot,
    Organisation,
    Party,
    ReasonText,
    RemedyDocument,
    RemedyItem,
    RemedyRequest,
    Requirement,
    Review,
    Round,
    User,
)
from portal.queries.reviews import visible
from portal.queries.side_reviews import readable_to

MOST = 200
"""Earlier verdicts that one dossier shows; a form that everybody uses may lie at hundreds of places."""


def reason_texts(db: Session) -> Sequence[ReasonText]:
    """The standard texts of the own authority that are in use, oldest first."""
    return db.scalars(select(ReasonText).where(ReasonText.retired_at.is_(None)).order_by(ReasonText.made_at)).all()


def drafts(db: Session, review_id: str, user_id: str) -> Mapping[str, FindingDraft]:
    """What this reviewer is writing in one dossier, by the key of the place."""
    found = db.scalars(select(FindingDraft).where(FindingDraft.review_id == review_id, FindingDraft.user_id == user_id))
    return {one.place: one for one in found}


def draft(db: Session, review_id: str, user_id: str, place: str) -> FindingDraft | None:
    return db.scalar(
        select(FindingDraft).where(
            FindingDraft.review_id == review_id, FindingDraft.user_id == user_id, FindingDraft.place == place
        )
    )


@cache
def _same_documents(*, is_inkoper: bool) -> Select[Any]:
    """Built once: building it takes longer than reading."""
    user_id, wanted = bindparam("user_id", type_=User.id.type), bindparam("digests", expanding=True)
    may_read = readable_to(user_id, is_inkoper=is_inkoper)
    # Tables instead of classes: the application they hang on is narrowed to the authority below, and a second condition
    # on them makes SQLite walk everything of the authority.
    documents, evidence, findings = Document.__table__.c, Evidence.__table__.c, Finding.__table__.c
    items, sent, remedies = RemedyItem.__table__.c, RemedyDocument.__table__.c, RemedyRequest.__table__.c
    reviews, newer = Review.__table__.c, Finding.__table__.alias().c
    used = union_all(
        select(evidence.application_id, evidence.requirement_id, evidence.lot_id, evidence.party_id, documents.sha256)
        .join(Document.__table__, documents.id == evidence.document_id)
        .where(documents.sha256.in_(wanted), evidence.requirement_id.is_not(None)),
        select(reviews.application_id, items.requirement_id, items.lot_id, items.party_id, documents.sha256)
        .select_from(RemedyDocument.__table__)
        .join(Document.__table__, documents.id == sent.document_id)
        .join(RemedyItem.__table__, items.id == sent.item_id)
        .join(RemedyRequest.__table__, remedies.id == items.remedy_id)
        .join(Review.__table__, reviews.id == remedies.review_id)
        .where(documents.sha256.in_(wanted), remedies.answered_at.is_not(None)),
    ).cte("used")
    counts_no_more = exists().where(
        newer.review_id == findings.review_id,
        newer.requirement_id == findings.requirement_id,
        func.coalesce(newer.lot_id, "") == func.coalesce(findings.lot_id, ""),
        func.coalesce(newer.party_id, "") == func.coalesce(findings.party_id, ""),
        newer.sequence > findings.sequence,
    )
    at_the_place = and_(
        findings.review_id == Review.id,
        # no bare column, so that nobody looks here first: of one requirement there is a verdict in every dossier
        func.coalesce(findings.requirement_id, "") == used.c.requirement_id,
        func.coalesce(findings.lot_id, "") == func.coalesce(used.c.lot_id, ""),
        func.coalesce(findings.party_id, "") == func.coalesce(used.c.party_id, ""),
    )
    return (
        select(
            used.c.sha256,
            Review.id.label("review_id"),
            Application.number,
            Organisation.name.label("organisation"),
            Round.label.label("round"),
            Requirement.code,
            Lot.code.label("lot"),
            Party.position.label("party"),
            findings.id.label("finding_id"),
            findings.verdict,
            findings.reason,
            findings.found_at,
            User.name.label("found_by"),
        )
        .select_from(used)
        .join(Application, Application.id == used.c.application_id)
        .join(Review, Review.application_id == Application.id)
        .join(Finding.__table__, at_the_place)
        .join(Requirement, Requirement.id == findings.requirement_id)
        .join(Application.organisation)
        .join(Application.round)
        .join(User, User.id == findings.found_by_id)
        .outerjoin(Lot, Lot.id == findings.lot_id)
        .outerjoin(Party, Party.id == findings.party_id)
        .where(Application.id.in_(select(used.c.application_id)), visible(user_id), may_read, ~counts_no_more)
        .order_by(findings.found_at.desc(), findings.id)
        .limit(MOST)
    )


def same_documents(db: Session, user: User, digests: Iterable[str]) -> Sequence[Row[Any]]:
    """The verdicts that count at every place where one of these documents (by SHA-256) was used, the newest first.

    Of the own authority, in dossiers that this official may see and whose findings this official may read.
    """
    wanted = sorted(set(digests))
    if not wanted:
        return []
    statement = _same_documents(is_inkoper="inkoper" in user.role_names)
    return db.execute(statement, {"user_id": user.id, "digests": wanted}).all()


def earlier_requirements(db: Session, round_: Round) -> Mapping[str, tuple[str, Requirement]]:
    """By code: how a requirement read in the last earlier round in which it read otherwise, with that round's label.

    No statement for a round of the first edition: nothing can have been before it.
    """
    if round_.edition == 1:
        return {}
    rows = db.execute(
        select(Requirement, Round.label)
        .join(
            Round,
            and_(
                Round.procedure_id == Requirement.procedure_id,
                Round.edition >= Requirement.from_edition,
                Round.edition < Requirement.until_edition,
            ),
        )
        .where(
            Requirement.procedure_id == round_.procedure_id,
            Requirement.until_edition <= round_.edition,
            or_(Round.closes_at < round_.closes_at, Round.opens_at < round_.opens_at),
        )
        .order_by(Round.closes_at.desc())
    )
    found: dict[str, tuple[str, Requirement]] = {}
    for requirement, label in rows:
        found.setdefault(requirement.code, (label, requirement))
    return found
