"""Reads of confirmed decisions on their way out: per round, one with its letter, and those that are to be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from portal.models import (
    Application,
    Conflict,
    Decision,
    DecisionLetter,
    DecisionRelease,
    LetterDraft,
    Organisation,
    Procedure,
    Product,
    Review,
    Round,
    User,
)

BATCH = 200


def _visible(user_id: str) -> Any:
    return ~exists().where(Conflict.application_id == LetterDraft.application_id, Conflict.user_id == user_id)


def rounds(db: Session, user_id: str) -> Sequence[Row[Any]]:
    """Every round with decisions on their way or told: (round, title, how many, how many are told), newest first."""
    told = func.coalesce(func.sum(case((LetterDraft.state == "told", 1), else_=0)), 0)
    return db.execute(
        select(Round, Procedure.title.label("title"), func.count().label("number"), told.label("told"))
        .join(Application, Application.round_id == Round.id)
        .join(LetterDraft, LetterDraft.application_id == Application.id)
        .join(Procedure, Procedure.id == Round.procedure_id)
        .where(_visible(user_id))
        .group_by(Round.id, Procedure.title)
        .order_by(Round.closes_at.desc())
    ).all()


def in_round(db: Session, round_id: str, user_id: str) -> Sequence[LetterDraft]:
    """The confirmed decisions of one round that this official may see, by name."""
    application = joinedload(LetterDraft.application, innerjoin=True)
    return db.scalars(
        select(LetterDraft)
        .join(LetterDraft.application)
        .join(Application.organisation)
        .where(Application.round_id == round_id, _visible(user_id))
        .options(
            application.joinedload(Application.organisation, innerjoin=True),
            application.selectinload(Application.decisions),
            application.selectinload(Application.term_suspensions),
        )
        .order_by(Organisation.name)
    ).all()


def whole(db: Session, round_id: str) -> Sequence[LetterDraft]:
    """Every confirmed decision of one round that did not go out yet: what the round manager can release.

    Whoever releases all of them does not choose, so an interest hides none.
    """
    application = joinedload(LetterDraft.application, innerjoin=True)
    return db.scalars(
        select(LetterDraft)
        .join(LetterDraft.application)
        .where(Application.round_id == round_id, LetterDraft.state.not_in(("released", "told")))
        .options(
            application.selectinload(Application.decisions), application.selectinload(Application.term_suspensions)
        )
        .order_by(Application.id)
    ).all()


def one(db: Session, application_id: str, user_id: str) -> LetterDraft | None:
    """The decision of one application on its way; None when there is none, or an interest hides it."""
    return db.scalar(
        select(LetterDraft)
        .where(LetterDraft.application_id == application_id, _visible(user_id))
        .options(joinedload(LetterDraft.application, innerjoin=True).options(*_letter_options()))
    )


def _letter_options() -> Sequence[ORMOption]:
    """What a letter says, from an application."""
    procedure = joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True)
    return (
        joinedload(Application.organisation, innerjoin=True).selectinload(Organisation.users),
        joinedload(Application.review).joinedload(Review.submission),
        joinedload(Application.review).selectinload(Review.findings),
        selectinload(Application.decisions).joinedload(Decision.product).joinedload(Product.lot),
        selectinload(Application.term_suspensions),
        procedure.selectinload(Procedure.requirements),
        procedure.selectinload(Procedure.lots),
    )


def to_tell(db: Session, now: datetime) -> Sequence[str]:
    """Applications whose decisions were released and not told."""
    return db.scalars(
        select(LetterDraft.application_id)
        .where(LetterDraft.state == "released")
        .order_by(LetterDraft.application_id)
        .limit(BATCH)
    ).all()


def to_tell_in(db: Session, round_id: str) -> Sequence[str]:
    """The same of one round; found from the facts, so that a second try goes on where the first one stopped."""
    return db.scalars(
        select(LetterDraft.application_id)
        .join(LetterDraft.application)
        .where(LetterDraft.state == "released", Application.round_id == round_id)
        .order_by(LetterDraft.application_id)
    ).all()


def untold(db: Session, application_id: str) -> Application | None:
    """One of them with everything its letter says; None when somebody told it in between."""
    return db.scalar(
        select(Application)
        .join(Application.letter_draft)
        .where(Application.id == application_id, LetterDraft.state == "released")
        .options(joinedload(Application.letter_draft).joinedload(LetterDraft.release), *_letter_options())
        .execution_options(populate_existing=True)
    )


def batches(db: Session, round_id: str, user_id: str) -> Sequence[Row[Any]]:
    """What was released together in one round, newest first: when, by whom, how many letters of it one may see."""
    return db.execute(
        select(
            DecisionRelease.id,
            DecisionRelease.released_at,
            User.name.label("released_by"),
            func.count(DecisionLetter.id).label("letters"),
            func.count(DecisionLetter.pdf_key).label("drawn_up"),
        )
        .join(DecisionRelease.released_by)
        .join(LetterDraft, LetterDraft.release_id == DecisionRelease.id)
        .join(DecisionLetter, _tells())
        .where(DecisionRelease.round_id == round_id, _visible(user_id))
        .group_by(DecisionRelease.id, DecisionRelease.released_at, User.name)
        .order_by(DecisionRelease.released_at.desc(), DecisionRelease.id)
    ).all()


def _tells() -> Any:
    return and_(DecisionLetter.application_id == LetterDraft.application_id, DecisionLetter.kind == "decision")


def letters_of(db: Session, round_id: str, release_id: str, user_id: str) -> Sequence[Row[Any]]:
    """The letters of one batch that this official may see, by number; `pdf_key` is None while one is drawn up."""
    return db.execute(
        select(
            DecisionLetter.number,
            DecisionLetter.sent_at,
            DecisionLetter.opened_at,
            DecisionLetter.pdf_key,
            Application.number.label("application"),
            Organisation.name.label("organisation"),
        )
        .select_from(LetterDraft)
        .join(LetterDraft.release)
        .join(LetterDraft.application)
        .join(Application.organisation)
        .join(DecisionLetter, _tells())
        .where(DecisionRelease.id == release_id, DecisionRelease.round_id == round_id, _visible(user_id))
        .order_by(DecisionLetter.number)
    ).all()
