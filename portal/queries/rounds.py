"""Reads for the round manager: how the rounds stand, in counts; names only where one must act on them.

Before a round is closed an official learns how many applied, nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.models import (
    Agreement,
    Application,
    Conflict,
    Coverage,
    Decision,
    Finding,
    IntegrityCheck,
    Lot,
    Municipality,
    Organisation,
    Procedure,
    Product,
    RemedyRequest,
    Review,
    Round,
    Selection,
    Submission,
    User,
)
from portal.queries.standing_still import stands_still

# Tables instead of classes in what hangs on an application: that one was narrowed to the authority already, and a
# second condition on it makes SQLite walk all decisions of the authority for each application.
DECISIONS = Decision.__table__
AGREEMENTS = Agreement.__table__
FINDINGS = Finding.__table__


def _visible(user_id: str) -> ColumnElement[bool]:
    return ~exists().where(Conflict.application_id == Application.id, Conflict.user_id == user_id)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _is_told() -> ColumnElement[bool]:
    return exists().where(DECISIONS.c.application_id == Application.id, DECISIONS.c.told_at.is_not(None))


def overview(db: Session, user_id: str) -> Sequence[Row[Any]]:
    """Every round, newest closing first, with how many were submitted, confirmed and told that one may see."""
    return db.execute(
        select(
            Round,
            Procedure.title.label("title"),
            Procedure.kind.label("kind"),
            _number(Application.state.in_(("submitted", "under_review", "decided"))).label("submitted"),
            _number(Application.state == "decided").label("confirmed"),
            _number(and_(Application.state == "decided", _is_told())).label("told"),
        )
        .join(Round.procedure)
        .outerjoin(Application, and_(Application.round_id == Round.id, _visible(user_id)))
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


def figures(db: Session, round_id: str, user_id: str, today: date) -> Sequence[Row[Any]]:
    """The counts of one closed round, per first inkoper (name None: nobody yet), in one statement."""
    unfinished, still = Review.state != "confirmed", stands_still(Review.application_id, "decision")
    asked = exists().where(
        RemedyRequest.review_id == Review.id, RemedyRequest.answered_at.is_(None), RemedyRequest.expired_at.is_(None)
    )
    agreed = exists().where(AGREEMENTS.c.application_id == Application.id)
    signed = exists().where(AGREEMENTS.c.application_id == Application.id, AGREEMENTS.c.state == "in_force")
    admitted = exists().where(
        DECISIONS.c.application_id == Application.id,
        DECISIONS.c.outcome == "admitted",
        DECISIONS.c.superseded_at.is_(None),
    )
    return db.execute(
        select(
            User.name,
            func.count(Application.id).label("begun"),
            func.count(Review.id).label("submitted"),
            _number(Review.state.in_(("open", "started", "remedy"))).label("open"),
            _number(Review.state.in_(("started", "remedy", "proposed", "confirmed"))).label("started"),
            _number(asked).label("remedy"),
            _number(Review.state == "proposed").label("proposed"),
            _number(Review.state == "confirmed").label("confirmed"),
            _number(and_(Review.state == "confirmed", admitted)).label("admitted"),
            _number(and_(Review.state == "confirmed", _is_told())).label("told"),
            _number(agreed).label("agreements"),
            _number(signed).label("signed"),
            _number(and_(unfinished, Review.due_on < today, ~still)).label("late"),
            _number(and_(Review.first_by_id.is_(None), Review.state == "open")).label("unassigned"),
            _number(and_(unfinished, IntegrityCheck.outcome == "pending")).label("integrity_pending"),
        )
        .select_from(Application)
        .outerjoin(Review, Review.application_id == Application.id)
        .outerjoin(User, User.id == Review.first_by_id)
        .outerjoin(IntegrityCheck, IntegrityCheck.application_id == Application.id)
        .where(Application.round_id == round_id, _visible(user_id))
        .group_by(Review.first_by_id, User.name)
        .order_by(User.name)
    ).all()


def submissions_per_hour(db: Session, round_id: str, user_id: str) -> Sequence[Row[tuple[str, int]]]:
    """(hour in UTC as '2019-09-30 21', number) of the submissions that count."""
    hour = func.substr(cast(Submission.submitted_at, String), 1, 13)
    return db.execute(
        select(hour, func.count())
        .select_from(Review)
        .join(Review.application)
        .join(Review.submission)
        .where(Application.round_id == round_id, _visible(user_id))
        .group_by(hour)
        .order_by(hour)
    ).all()


def coverage(db: Session, procedure_id: str, round_id: str, user_id: str) -> Sequence[Row[Any]]:
    """Per product and municipality: whether it is bought, and how many are admitted or may still be admitted.

    Counts the applications of this round in review, and what was decided as admitted in it.
    """
    edition = select(Round.edition).where(Round.id == round_id).scalar_subquery()
    refused = exists().where(
        DECISIONS.c.application_id == Application.id,
        DECISIONS.c.product_id == Selection.product_id,
        DECISIONS.c.municipality_id == Selection.municipality_id,
        DECISIONS.c.outcome == "refused",
        DECISIONS.c.superseded_at.is_(None),
    )
    hopeful = (
        select(Selection.product_id, Selection.municipality_id, func.count().label("number"))
        .join(Selection.application)
        .where(
            Application.round_id == round_id,
            Application.state.in_(("under_review", "decided")),
            ~refused,
            _visible(user_id),
        )
        .group_by(Selection.product_id, Selection.municipality_id)
        .subquery()
    )
    return db.execute(
        select(
            Lot.code.label("lot"),
            Product.id.label("product_id"),
            Product.name.label("product"),
            Municipality.name.label("municipality"),
            Coverage.state,
            func.coalesce(hopeful.c.number, 0).label("number"),
        )
        .join(Coverage.product)
        .join(Product.lot)
        .join(Coverage.municipality)
        .outerjoin(
            hopeful,
            and_(hopeful.c.product_id == Coverage.product_id, hopeful.c.municipality_id == Coverage.municipality_id),
        )
        .where(
            Lot.procedure_id == procedure_id,
            Lot.from_edition <= edition,
            or_(Lot.until_edition.is_(None), Lot.until_edition > edition),
        )
        .order_by(Lot.position, Product.position, Municipality.name)
    ).all()


def _untold(round_id: str) -> Select[Any]:
    """Applications whose decisions were all confirmed and not told."""
    own, in_the_way = DECISIONS.alias().c, DECISIONS.alias().c
    return select(Application).where(
        Application.round_id == round_id,
        Application.state == "decided",
        exists().where(own.application_id == Application.id),
        ~exists().where(
            in_the_way.application_id == Application.id,
            or_(in_the_way.confirmed_at.is_(None), in_the_way.told_at.is_not(None)),
        ),
    )


def to_tell(db: Session, round_id: str, user_id: str) -> Sequence[Row[Any]]:
    """(id, number, organisation, cells admitted, cells refused) of what can be told now."""
    admitted = _number(Decision.outcome == "admitted")
    return db.execute(
        _untold(round_id)
        .with_only_columns(
            Application.id,
            Application.number,
            Organisation.name.label("organisation"),
            admitted.label("admitted"),
            _number(Decision.outcome == "refused").label("refused"),
        )
        .join(Application.organisation)
        .join(Application.decisions)
        .where(_visible(user_id))
        .group_by(Application.id, Application.number, Organisation.name)
        .order_by(Organisation.name)
    ).all()


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
        .where(Application.round_id == round_id, _visible(user_id))
        .order_by(Organisation.name)
        .execution_options(yield_per=500)
    )
