"""Reads of findings over many dossiers: the export of the queue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.models import (
    Application,
    Finding,
    Lot,
    Organisation,
    Party,
    Requirement,
    Review,
    Round,
    Submission,
    User,
)
from portal.queries.queue import Wanted, ordered
from portal.queries.side_reviews import readable
from portal.queries.standing_still import stands_still


def of_many(db: Session, wanted: Wanted, user: User, today: date) -> Iterator[Row[Any]]:
    """For the export: every review the queue shows, with all its findings that this official may read, in order.

    One row per finding, those that a later one replaced too (`counts` tells which is the last at its place); one row
    without a finding for a dossier that has none.
    """
    chosen, _ = ordered(wanted, user.id, today)
    ids = chosen.with_only_columns(Review.id)
    newer, other = aliased(Finding), aliased(User)
    is_replaced = exists().where(
        newer.review_id == Finding.review_id,
        newer.requirement_id == Finding.requirement_id,
        func.coalesce(newer.lot_id, "") == func.coalesce(Finding.lot_id, ""),
        func.coalesce(newer.party_id, "") == func.coalesce(Finding.party_id, ""),
        newer.sequence > Finding.sequence,
    )
    yield from db.execute(
        select(
            Application.number,
            Organisation.name.label("organisation"),
            Organisation.kvk_number,
            Round.label.label("round"),
            Review.state,
            Review.due_on,
            stands_still(Review.application_id, "decision").label("is_suspended"),
            Submission.submitted_at,
            Requirement.code,
            Requirement.version,
            Requirement.title,
            Lot.code.label("lot"),
            Party.name.label("party"),
            Party.role,
            Finding.sequence,
            (~is_replaced).label("counts"),
            Finding.verdict,
            Finding.defect,
            Finding.reason,
            Finding.after_remedy,
            Finding.product_codes,
            User.name.label("found_by"),
            other.name.label("agreed_by"),
            Finding.found_at,
        )
        .select_from(Review)
        .join(Review.application)
        .join(Application.organisation)
        .join(Application.round)
        .join(Review.submission)
        .outerjoin(Finding, and_(Finding.review_id == Review.id, readable(user)))
        .outerjoin(Finding.requirement)
        .outerjoin(Finding.lot)
        .outerjoin(Finding.party)
        .outerjoin(User, User.id == Finding.found_by_id)
        .outerjoin(other, other.id == Finding.agreed_by_id)
        .where(Review.id.in_(ids))
        .order_by(Review.due_on, Review.id, Requirement.position, Lot.position, Party.position, Finding.sequence)
        .execution_options(yield_per=500)
    )
