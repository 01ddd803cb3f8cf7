"""Reads about remedy in a round: what is ready to be sent, and the register of everything that was asked.

Whoever has an interest in an applicant sees nothing of it here either; and who gives own verdicts first reads no
verdict of another: not what is prepared, nor what became of what was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, case, func, select, true
from sqlalchemy.orm import Session, aliased, joinedload, lazyload

from portal.models import (
    Application,
    Finding,
    Lot,
    Organisation,
    Party,
    Procedure,
    RemedyDraft,
    RemedyItem,
    RemedyRequest,
    Requirement,
    Review,
    Round,
    User,
)
from portal.queries.reviews import visible
from portal.queries.side_reviews import readable


def prepared(db: Session, round_id: str, user: User) -> Sequence[RemedyDraft]:
    """The requests that wait to be sent, by name of the applicant, with what decides whether they still may be.

    The same number of statements, however many there are. A round manager sends them, and so reads all.
    """
    may_read = true() if "round_manager" in user.role_names else readable(user)
    application = joinedload(RemedyDraft.review, innerjoin=True).joinedload(Review.application, innerjoin=True)
    procedure = application.joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True)
    review = joinedload(RemedyDraft.review, innerjoin=True)
    return (
        db.scalars(
            select(RemedyDraft)
            .join(RemedyDraft.review)
            .join(Review.application)
            .join(Application.organisation)
            .where(Application.round_id == round_id, visible(user.id), may_read)
            .order_by(Organisation.name, RemedyDraft.id)
            .options(
                application.joinedload(Application.organisation, innerjoin=True).selectinload(Organisation.users),
                application.selectinload(Application.every_party),
                procedure.selectinload(Procedure.requirements),
                procedure.selectinload(Procedure.lots),
                review.joinedload(Review.submission, innerjoin=True),
                review.selectinload(Review.findings),
                review.selectinload(Review.remedies),
                joinedload(RemedyDraft.prepared_by, innerjoin=True).options(lazyload(User.roles)),
            )
        )
        .unique()
        .all()
    )


def register(db: Session, round_id: str, user: User) -> Sequence[Row[Any]]:
    """One row per requirement that was asked, in the order of asking, with the verdict that stands now.

    None where there is none yet, or where this official may not read it.
    """
    last = aliased(Finding)
    verdict = (
        select(last.verdict)
        .where(
            last.review_id == Review.id,
            last.requirement_id == RemedyItem.requirement_id,
            func.coalesce(last.lot_id, "") == func.coalesce(RemedyItem.lot_id, ""),
            func.coalesce(last.party_id, "") == func.coalesce(RemedyItem.party_id, ""),
        )
        .order_by(last.sequence.desc())
        .limit(1)
        .correlate(Review, RemedyItem)
        .scalar_subquery()
    )
    asked_by, sent_by = aliased(User), aliased(User)
    return db.execute(
        select(
            Review.id.label("review_id"),
            Application.number,
            Organisation.name.label("organisation"),
            Organisation.kvk_number,
            Requirement.code,
            Requirement.version,
            Requirement.title,
            Lot.code.label("lot"),
            Party.name.label("party"),
            RemedyItem.question,
            RemedyRequest.requested_at,
            asked_by.name.label("asked_by"),
            sent_by.name.label("sent_by"),
            RemedyRequest.due_at,
            RemedyRequest.answered_at,
            RemedyRequest.expired_at,
            case((readable(user), verdict)).label("verdict"),
        )
        .select_from(RemedyItem)
        .join(RemedyItem.remedy)
        .join(RemedyRequest.review)
        .join(Review.application)
        .join(Application.organisation)
        .join(RemedyItem.requirement)
        .outerjoin(RemedyItem.lot)
        .outerjoin(RemedyItem.party)
        .join(asked_by, asked_by.id == RemedyRequest.requested_by_id)
        .outerjoin(sent_by, sent_by.id == RemedyRequest.released_by_id)
        .where(Application.round_id == round_id, visible(user.id))
        .order_by(RemedyRequest.requested_at, Organisation.name, RemedyRequest.id, Requirement.position, Lot.position)
    ).all()
