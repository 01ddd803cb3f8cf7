"""Reads about equal treatment: how others were handled, with names only for who may see them.

Whoever has an interest in an applicant learns nothing of that dossier here: not a row, not a count. Nor does who has to
give own verdicts first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, not_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.equal_treatment import Difference
from portal.models import (
    Application,
    Finding,
    InterestDeclaration,
    Lot,
    Organisation,
    Party,
    Requirement,
    Review,
    Round,
    User,
)
from portal.queries.reviews import visible
from portal.queries.side_reviews import readable, readable_to

ENOUGH = 200
"""Most rows of earlier cases beside one dossier: the newest."""


def _rows(user_id: str | ColumnElement[str]) -> Select[Any]:
    declared = exists().where(InterestDeclaration.round_id == Round.id, InterestDeclaration.user_id == user_id)
    return (
        select(
            Finding.id,
            Finding.requirement_id,
            Finding.defect,
            Finding.after_remedy,
            Finding.verdict,
            Finding.reason,
            Finding.evidence_kinds,
            Finding.found_at,
            User.name.label("found_by"),
            Review.id.label("review_id"),
            Application.number,
            Organisation.name.label("organisation"),
            Round.id.label("round_id"),
            Round.label.label("round"),
            Requirement.code,
            Requirement.version,
            Requirement.title,
            Lot.code.label("lot"),
            Party.name.label("party"),
            declared.label("is_declared"),
        )
        .select_from(Finding)
        .join(Finding.review)
        .join(Review.application)
        .join(Application.organisation)
        .join(Application.round)
        .join(Finding.requirement)
        .join(User, User.id == Finding.found_by_id)
        .outerjoin(Finding.lot)
        .outerjoin(Finding.party)
    )


def _superseded() -> ColumnElement[bool]:
    later = aliased(Finding)
    return exists().where(
        later.review_id == Finding.review_id,
        later.requirement_id == Finding.requirement_id,
        func.coalesce(later.lot_id, "") == func.coalesce(Finding.lot_id, ""),
        func.coalesce(later.party_id, "") == func.coalesce(Finding.party_id, ""),
        later.after_remedy == Finding.after_remedy,
        later.sequence > Finding.sequence,
    )


@cache
def _at_others(*, is_inkoper: bool) -> Select[Any]:
    """Built once: building it takes longer than reading."""
    user_id = bindparam("user_id", type_=User.id.type)
    return (
        _rows(user_id)
        .where(
            Finding.requirement_id.in_(bindparam("requirement_ids", expanding=True)),
            Finding.defect != "",
            Finding.review_id != bindparam("review_id"),
            Round.opens_at <= bindparam("opened_until", type_=Round.opens_at.type),
            not_(_superseded()),
            visible(user_id),
            readable_to(user_id, is_inkoper=is_inkoper),
        )
        .order_by(Finding.found_at.desc(), Finding.id)
        .limit(ENOUGH)
    )


def at_others(
    db: Session, review: Review, requirement_ids: Collection[str], user: User, *, opened_until: Any
) -> Sequence[Row[Any]]:
    """The verdicts that name a defect at these requirements in other dossiers, newest first: one statement.

    Of this round and the earlier ones; `opened_until` is when this round opened.
    """
    if not requirement_ids:
        return []
    facts = {
        "user_id": user.id,
        "requirement_ids": list(requirement_ids),
        "review_id": review.id,
        "opened_until": opened_until,
    }
    return db.execute(_at_others(is_inkoper="inkoper" in user.role_names), facts).all()


def in_differences(db: Session, differences: Sequence[Difference], user: User) -> dict[str, list[Row[Any]]]:
    """The verdicts of each difference by its key, oldest first. A difference with a hidden dossier is left out whole.

    Who may not see one side cannot weigh the other; a colleague explains it.
    """
    ids = [one for each in differences for one in each.finding_ids]
    if not ids:
        return {}
    seen = _rows(user.id).where(Finding.id.in_(ids), visible(user.id), readable(user))
    rows = {row.id: row for row in db.execute(seen.order_by(Finding.found_at))}
    return {
        each.key: [rows[one.id] for one in each.handled]
        for each in differences
        if all(one.id in rows for one in each.handled)
    }


def number_to_explain(db: Session, differences: Sequence[Difference], user: User) -> int:
    """How many differences this official sees that nobody explained yet."""
    return len(in_differences(db, [one for one in differences if not one.is_explained], user))
