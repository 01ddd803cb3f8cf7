"""Reads of questions and clarification notices: for askers, for officials, and for everybody.

Nothing here gives an official the name of who asked; the organisation is loaded only to look for its traces in a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain import deadlines
from portal.domain.clarification_notices import Audience
from portal.models import (
    Application,
    Authority,
    Clarification,
    ClarificationNotice,
    Follower,
    Organisation,
    Procedure,
    Question,
    Round,
    User,
)
from portal.queries.deadlines import deciders, hold_round

BATCH = 200
PAGE = 100
"""Questions on one page of the list."""

_ROUND = joinedload(Question.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True)
_OWN = (
    _ROUND.joinedload(Procedure.authority, innerjoin=True),
    joinedload(Question.organisation, innerjoin=True).selectinload(Organisation.users),
    joinedload(Question.saved_by, innerjoin=True),
    joinedload(Question.sent_by),
    joinedload(Question.clarification).joinedload(Clarification.notice),
)


# --- the asker ---


def own(db: Session, organisation_id: str) -> Sequence[Question]:
    """Every question of one organisation, newest first."""
    return db.scalars(
        select(Question)
        .where(Question.organisation_id == organisation_id)
        .options(*_OWN)
        .order_by(Question.saved_at.desc(), Question.id)
    ).all()


def own_question(db: Session, question_id: str, organisation_id: str) -> Question | None:
    return db.scalar(
        select(Question).where(Question.id == question_id, Question.organisation_id == organisation_id).options(*_OWN)
    )


def begun_with(db: Session, attempt: str, organisation_id: str) -> Question | None:
    """What the form with this key began already."""
    return db.scalar(select(Question).where(Question.attempt == attempt, Question.organisation_id == organisation_id))


def published_rounds(db: Session, authority_slug: str, slug: str) -> Procedure | None:
    """A published procedure with its rounds."""
    return db.scalar(
        select(Procedure)
        .join(Procedure.authority)
        .where(Authority.slug == authority_slug, Procedure.slug == slug, Procedure.published_at.is_not(None))
        .options(
            joinedload(Procedure.authority, innerjoin=True),
            selectinload(Procedure.rounds).selectinload(Round.published_notices),
        )
    )


# --- officials ---


@dataclass(frozen=True)
class Wanted:
    """The filters of the list, as they stand in the address. `page` counts from 1."""

    round_id: str = ""
    state: str = ""
    subject: str = ""
    text: str = ""
    page: int = 1

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Wanted:
        page = arguments.get("pagina", "1")
        return cls(
            round_id=arguments.get("ronde", ""),
            state=arguments.get("stand", ""),
            subject=arguments.get("onderwerp", ""),
            text=arguments.get("q", "").strip(),
            page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1,
        )


def rounds(db: Session) -> Sequence[Round]:
    """The rounds of the authority that have opened, with their procedure, newest first."""
    return db.scalars(
        select(Round)
        .join(Round.procedure)
        .where(Procedure.published_at.is_not(None))
        .options(joinedload(Round.procedure, innerjoin=True))
        .order_by(Round.opens_at.desc(), Procedure.title)
    ).all()


def round_(db: Session, round_id: str) -> Round | None:
    return db.scalar(
        select(Round)
        .where(Round.id == round_id)
        .options(joinedload(Round.procedure, innerjoin=True).joinedload(Procedure.authority, innerjoin=True))
    )


def _standing(state: str) -> ColumnElement[bool]:
    """Questions by how far their answer is: a key of `terms.CLARIFICATION_STATES`, or 'new' for none."""
    if state == "new":
        return Question.clarification_id.is_(None)
    return Question.clarification_id.in_(select(Clarification.id).where(Clarification.state == state))


def asked(db: Session, wanted: Wanted) -> tuple[list[Question], bool]:
    """One page of the questions that were sent, the waiting ones first, then by age; and whether there are more."""
    conditions = [Question.state.in_(("sent", "published"))]
    if wanted.round_id:
        conditions.append(Question.round_id == wanted.round_id)
    if wanted.state:
        conditions.append(_standing(wanted.state))
    if wanted.subject:
        conditions.append(Question.subject == wanted.subject)
    if wanted.text:
        conditions.append(Question.text.icontains(wanted.text, autoescape=True))
    found = db.scalars(
        select(Question)
        .where(*conditions)
        .options(_ROUND, joinedload(Question.clarification))
        .order_by(Question.state.desc(), Question.sent_at, Question.id)
        .offset(PAGE * (wanted.page - 1))
        .limit(PAGE + 1)
    ).all()
    return list(found[:PAGE]), len(found) > PAGE


def chosen(db: Session, ids: Sequence[str]) -> Sequence[Question]:
    """These questions that were sent, oldest first; drafts stay with who writes them."""
    return db.scalars(
        select(Question)
        .where(Question.id.in_(ids[:BATCH]), Question.state.in_(("sent", "published")))
        .options(joinedload(Question.clarification).selectinload(Clarification.questions))
        .order_by(Question.sent_at, Question.id)
    ).all()


_ANSWER = (
    joinedload(Clarification.round, innerjoin=True)
    .joinedload(Round.procedure, innerjoin=True)
    .joinedload(Procedure.authority, innerjoin=True),
    selectinload(Clarification.questions).joinedload(Question.organisation).selectinload(Organisation.users),
    joinedload(Clarification.proposed_by),
    joinedload(Clarification.approved_by),
    joinedload(Clarification.notice),
    joinedload(Clarification.corrects).joinedload(Clarification.notice),
)


def clarification(db: Session, clarification_id: str) -> Clarification | None:
    return db.scalar(select(Clarification).where(Clarification.id == clarification_id).options(*_ANSWER))


def clarifications(db: Session, round_id: str) -> Sequence[Clarification]:
    """Every answer of one round, published ones by number, then the others oldest first."""
    return db.scalars(
        select(Clarification)
        .where(Clarification.round_id == round_id)
        .options(
            selectinload(Clarification.questions),
            joinedload(Clarification.corrects),
            joinedload(Clarification.notice),
            joinedload(Clarification.proposed_by),
        )
        .order_by(Clarification.number.is_(None), Clarification.number, Clarification.made_at, Clarification.id)
    ).all()


def notices(db: Session, round_id: str) -> Sequence[ClarificationNotice]:
    """The planned and published notices of one round, newest first."""
    return db.scalars(
        select(ClarificationNotice)
        .where(ClarificationNotice.round_id == round_id, ClarificationNotice.state != "cancelled")
        .options(selectinload(ClarificationNotice.clarifications), joinedload(ClarificationNotice.planned_by))
        .order_by(ClarificationNotice.publish_at.desc())
    ).all()


def notice(db: Session, notice_id: str) -> ClarificationNotice | None:
    return db.get(ClarificationNotice, notice_id)


def planned_with(db: Session, attempt: str) -> ClarificationNotice | None:
    """What the form with this key planned already."""
    return db.scalar(select(ClarificationNotice).where(ClarificationNotice.attempt == attempt))


# --- publishing ---


def held(db: Session, round_id: str) -> Round | None:
    """The round, held against submitting, closing and publishing another notice; the clock is read after this."""
    return hold_round(db, round_id)


def last_numbers(db: Session, round_id: str) -> tuple[int, int]:
    """The last numbers that were given in one round: of notices and of clarifications. The round is held."""
    last_notice = db.scalar(
        select(func.max(ClarificationNotice.number)).where(ClarificationNotice.round_id == round_id)
    )
    last_number = db.scalar(select(func.max(Clarification.number)).where(Clarification.round_id == round_id))
    return last_notice or 0, last_number or 0


def audience(db: Session, round_: Round) -> Audience:
    """Everybody who applied (drafts too), asked, or follows the procedure; and who may move the closing."""
    applied = exists().where(Application.round_id == round_.id, Application.organisation_id == User.organisation_id)
    has_asked = exists().where(
        Question.round_id == round_.id,
        Question.organisation_id == User.organisation_id,
        Question.state.in_(("sent", "published")),
    )
    follows = exists().where(Follower.procedure_id == round_.procedure_id, Follower.user_id == User.id)
    people = db.scalars(
        select(User).where(User.disabled_at.is_(None), or_(applied, has_asked, follows)).order_by(User.id)
    ).all()
    return Audience(people, deciders(db, round_.authority_id, deadlines.DECIDERS))


def notices_to_publish(db: Session, now: datetime) -> Sequence[str]:
    """Planned notices whose instant has come."""
    return db.scalars(
        select(ClarificationNotice.id)
        .where(ClarificationNotice.state == "planned", ClarificationNotice.publish_at <= now)
        .order_by(ClarificationNotice.publish_at, ClarificationNotice.id)
        .limit(BATCH)
    ).all()


def notices_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(ClarificationNotice.id)
        .where(ClarificationNotice.state == "published", ClarificationNotice.pdf_key.is_(None))
        .order_by(ClarificationNotice.published_at)
        .limit(BATCH)
    ).all()


# --- everybody ---


@dataclass(frozen=True)
class PublishedNotice:
    """One line about a published notice."""

    round_label: str
    number: int
    published_at: datetime
    has_pdf: bool


def published(procedure: Procedure) -> list[PublishedNotice]:
    """Every published notice of a procedure, newest first; its rounds are loaded with them."""
    found = [
        PublishedNotice(round_.label, one.number, one.published_at, one.pdf_key is not None)
        for round_ in procedure.rounds
        for one in round_.published_notices
        if one.number is not None and one.published_at is not None
    ]
    return sorted(found, key=lambda one: (one.published_at, one.number), reverse=True)


def published_facts(
    db: Session, authority_slug: str, slug: str, label: str, number: int
) -> Row[tuple[str, str | None, str]] | None:
    """(facts, PDF key, procedure id) of one published notice."""
    return db.execute(
        select(ClarificationNotice.facts, ClarificationNotice.pdf_key, Round.procedure_id)
        .join(ClarificationNotice.round)
        .join(Round.procedure)
        .join(Procedure.authority)
        .where(
            Authority.slug == authority_slug,
            Procedure.slug == slug,
            Procedure.published_at.is_not(None),
            Round.label == label,
            ClarificationNotice.number == number,
            ClarificationNotice.state == "published",
        )
    ).one_or_none()
