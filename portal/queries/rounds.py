"""Reads for the round manager: how the rounds stand, in counts; names only where one must act on them.

Before a round is closed an official learns how many applied, nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.models import (
    Agreement,
    Application,
    Finding,
    Organisation,
    Procedure,
    Review,
    Round,
    Submission,
    User,
)
from portal.queries.round_figures import DECISIONS, is_told, number_of, visible
from portal.queries.standing_still import stands_still

FINDINGS = Finding.__table__  # a table: what hangs on a review was narrowed to the authority already


def overview(db: Session, user_id: str) -> Sequence[Row[Any]]:
    """Every round, newest closing first, with how many were submitted, confirmed and told that one may see."""
    return db.execute(
        select(
            Round,
            Procedure.title.label("title"),
            Procedure.kind.label("kind"),
            number_of(Application.state.in_(("submitted", "under_review", "decided"))).label("submitted"),
            number_of(Application.state == "decided").label("confirmed"),
            number_of(and_(Application.state == "decided", is_told())).label("told"),
        )
        .join(Round.procedure)
        .outerjoin(Application, and_(Application.round_id == Round.id, visible(user_id)))
        .group_by(Round.id, Procedure.title, Procedure.kind)
        .order_by(Procedure.title, Round.closes_at)
    ).all()


def round_with_procedure(db: Session, round_id: str) -> Round | None:
    return db.scalar(select(Round).where(Round.id == round_id).options(joinedload(Round.procedure, innerjoin=True)))


def number_submitted(db: Session, round_id: str) -> int:
    """How many applications stand as submitted: all that may be known before closing."""
    return int(
        db.scalar(
            select(func.count(Application.id)).where(Application.round_id == round_id, Application.state == "submitted")
        )
        or 0
    )


def rows_for_export(db: Session, round_id: str, user_id: str) -> Iterator[Row[Any]]:
    """One row per application in review in a closed round."""
    first, second = aliased(User), aliased(User)
    cells = {
        outcome: select(func.count())
        .where(
            DECISIONS.c.application_id == Application.id,
            DECISIONS.c.outcome == outcome,
            DECISIONS.c.superseded_at.is_(None),
        )
        .correlate(Application)
        .scalar_subquery()
        for outcome in ("admitted", "refused")
    }
    told_at = (
        select(func.min(DECISIONS.c.told_at))
        .where(DECISIONS.c.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    findings = select(func.count()).where(FINDINGS.c.review_id == Review.id).correlate(Review).scalar_subquery()
    yield from db.execute(
        select(
            Application.number,
            Organisation.name.label("organisation"),
            Organisation.kvk_number,
            Submission.receipt_number,
            Submission.submitted_at,
            Review.state,
            Review.due_on,
            stands_still(Review.application_id, "decision").label("is_suspended"),
            first.name.label("first_by"),
            second.name.label("second_by"),
            findings.label("findings"),
            cells["admitted"].label("admitted"),
            cells["refused"].label("refused"),
            told_at.label("told_at"),
            Agreement.number.label("agreement"),
        )
        .select_from(Review)
        .join(Review.application)
        .join(Application.organisation)
        .join(Review.submission)
        .outerjoin(first, first.id == Review.first_by_id)
        .outerjoin(second, second.id == Review.second_by_id)
        .outerjoin(Agreement, Agreement.application_id == Application.id)
        .where(Application.round_id == round_id, visible(user_id))
        .order_by(Organisation.name)
        .execution_options(yield_per=500)
    )
