"""Reads of the integrity compartment, for the integrity officer, the decider, and the person concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain import calendar, integrity, integrity_retention
from portal.models import (
    Application,
    Conflict,
    Decision,
    Document,
    IntegrityAdvice,
    IntegrityCheck,
    IntegrityFile,
    IntegrityForm,
    IntegrityPaper,
    IntegrityRead,
    Objection,
    Organisation,
    Review,
    Round,
    SigningBlock,
    User,
)
from portal.queries.standing_still import stands_still
from portal.queries.work import BATCH

PAGE = 50


def _without_conflict(user_id: str) -> Any:
    return ~exists().where(Conflict.application_id == IntegrityCheck.application_id, Conflict.user_id == user_id)


def counts(db: Session, user_id: str) -> Mapping[str, int]:
    """How many checks have each outcome."""
    rows = db.execute(
        select(IntegrityCheck.outcome, func.count()).where(_without_conflict(user_id)).group_by(IntegrityCheck.outcome)
    )
    return {one[0]: one[1] for one in rows}


def page(db: Session, user_id: str, outcome: str, text: str, after: str) -> tuple[Sequence[Row[Any]], str | None]:
    """Fifty checks after a mark, by term, and the mark of the next page (None: there is none)."""
    # The table, not the class: the check was narrowed to the authority already.
    opened = IntegrityRead.__table__.c
    reads = select(func.count()).where(opened.check_id == IntegrityCheck.id).correlate(IntegrityCheck).scalar_subquery()
    file = IntegrityFile.__table__.c
    waiting = (file.check_id == IntegrityCheck.id) & (file.state == "proposed")
    proposed = select(func.count()).where(waiting).correlate(IntegrityCheck).scalar_subquery()
    statement = (
        select(
            IntegrityCheck.id,
            IntegrityCheck.outcome,
            IntegrityCheck.recorded_at,
            Application.number,
            Organisation.name.label("organisation"),
            Organisation.kvk_number,
            Round.label.label("round"),
            Review.due_on,
            stands_still(Application.id, "decision").label("is_suspended"),
            reads.label("reads"),
            proposed.label("proposed"),
        )
        .join(IntegrityCheck.application)
        .join(Application.organisation)
        .join(Application.round)
        .join(Application.review)
        .where(_without_conflict(user_id))
    )
    if outcome:
        statement = statement.where(IntegrityCheck.outcome == outcome)
    if text:
        statement = statement.where(
            Organisation.name.icontains(text, autoescape=True) | Application.number.icontains(text, autoescape=True)
        )
    place = _unmark(after)
    if place is not None:
        statement = statement.where(tuple_(Review.due_on, IntegrityCheck.id) > tuple_(*place))
    rows = db.execute(statement.order_by(Review.due_on, IntegrityCheck.id).limit(PAGE + 1)).all()
    more = len(rows) > PAGE
    return rows[:PAGE], f"{rows[PAGE - 1].id}~{rows[PAGE - 1].due_on}" if more else None


def _unmark(mark: str) -> tuple[date, str] | None:
    check_id, _, day = mark.partition("~")
    try:
        return date.fromisoformat(day), check_id
    except ValueError:
        return None


_PEOPLE = selectinload(IntegrityCheck.files).options(
    joinedload(IntegrityFile.party),
    joinedload(IntegrityFile.organisation),
    joinedload(IntegrityFile.proposed_by).lazyload(User.roles),
    joinedload(IntegrityFile.decided_by).lazyload(User.roles),
    selectinload(IntegrityFile.papers).joinedload(IntegrityPaper.made_by, innerjoin=True).lazyload(User.roles),
    selectinload(IntegrityFile.advices),
)


def check(db: Session, check_id: str, user_id: str) -> IntegrityCheck | None:
    """One check with its application, its files, what was submitted, and the log of reads."""
    application = joinedload(IntegrityCheck.application, innerjoin=True)
    return db.scalar(
        select(IntegrityCheck)
        .where(IntegrityCheck.id == check_id, _without_conflict(user_id))
        .options(
            application.joinedload(Application.organisation, innerjoin=True),
            application.joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True),
            application.selectinload(Application.submissions),
            application.joinedload(Application.review),
            joinedload(IntegrityCheck.recorded_by).lazyload(User.roles),
            selectinload(IntegrityCheck.reads).options(
                joinedload(IntegrityRead.read_by).lazyload(User.roles), joinedload(IntegrityRead.document)
            ),
            _PEOPLE,
        )
    )


def sealed_documents(db: Session, found: IntegrityCheck) -> Sequence[Document]:
    """The sealed documents of one check, as submitted."""
    return db.scalars(
        select(Document)
        .where(Document.id.in_(integrity.sealed_document_ids(found)), Document.is_sealed.is_(True))
        .order_by(Document.uploaded_at)
    ).all()


def submitted_forms(db: Session, found: IntegrityCheck) -> Sequence[IntegrityForm]:
    """The questionnaires of one check that were filled in here, as submitted."""
    return db.scalars(
        select(IntegrityForm)
        .where(IntegrityForm.id.in_(integrity.submitted_form_ids(found)))
        .order_by(IntegrityForm.saved_at)
        .options(joinedload(IntegrityForm.party))
    ).all()


_CONCERNED = (
    joinedload(IntegrityFile.party),
    selectinload(IntegrityFile.papers),
    selectinload(IntegrityFile.advices),
    joinedload(IntegrityFile.check, innerjoin=True)
    .joinedload(IntegrityCheck.application, innerjoin=True)
    .options(
        selectinload(Application.decisions),
        joinedload(Application.authority, innerjoin=True),
        joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True),
    ),
)


def own_files(db: Session, organisation_id: str) -> Sequence[IntegrityFile]:
    """The files about this organisation in which there is something for it to know.

    Not that one was decided: before the decision is told an applicant sees the same as before.
    """
    told = (
        exists()
        .where(IntegrityCheck.id == IntegrityFile.check_id, Decision.application_id == IntegrityCheck.application_id)
        .where(Decision.told_at.is_not(None))
    )
    proposed = exists().where(IntegrityPaper.file_id == IntegrityFile.id, IntegrityPaper.kind == "proposal")
    something = (
        exists().where(IntegrityAdvice.file_id == IntegrityFile.id)
        | IntegrityFile.hearing_until.is_not(None)
        | and_(IntegrityFile.state == "decided", proposed, told)
    )
    found = select(IntegrityFile).where(IntegrityFile.organisation_id == organisation_id, something)
    return db.scalars(found.order_by(IntegrityFile.id).options(*_CONCERNED)).all()


def own_file(db: Session, file_id: str, organisation_id: str) -> IntegrityFile | None:
    """One file about this organisation."""
    found = select(IntegrityFile).where(IntegrityFile.id == file_id, IntegrityFile.organisation_id == organisation_id)
    return db.scalar(found.options(*_CONCERNED))


def forms_about(db: Session, file: IntegrityFile) -> Sequence[IntegrityForm]:
    """Every version of the questionnaire about the person of this file, whoever filled it in."""
    return db.scalars(
        select(IntegrityForm).where(
            IntegrityForm.application_id == file.check.application_id, IntegrityForm.party_id == file.party_id
        )
    ).all()


def files_to_destroy(db: Session, now: datetime) -> Sequence[str]:
    """Decided files of which the papers may be kept no longer, oldest first.

    A few days too many may be among them: what follows of itself begins after the term to object, which handling knows.
    """
    today = calendar.local_day(now)
    settled, furthest = (
        calendar.end_of_day(calendar.add_months(today, -months))
        for months in (integrity_retention.AFTERWARDS, integrity_retention.LONGEST)
    )
    application = IntegrityCheck.application_id
    contested = exists().where(
        Objection.application_id == application, Objection.state.not_in(("decided", "withdrawn"))
    )
    in_court = exists().where(SigningBlock.round_id == Application.round_id, SigningBlock.lifted_at.is_(None))
    told = exists().where(Decision.application_id == application, Decision.told_at.is_not(None))
    late = exists().where(
        Decision.application_id == application, or_(Decision.told_at.is_(None), Decision.told_at > settled)
    )
    by_itself = and_(IntegrityFile.result == "no_objection", told, ~late)
    return db.scalars(
        select(IntegrityFile.id)
        .join(IntegrityFile.check)
        .join(IntegrityCheck.application)
        .where(IntegrityFile.state == "decided", IntegrityFile.destroyed_at.is_(None), ~contested, ~in_court)
        .where(
            or_(
                IntegrityFile.keep_until < today,
                and_(IntegrityFile.keep_until.is_(None), or_(IntegrityFile.decided_at < furthest, by_itself)),
            )
        )
        .order_by(IntegrityFile.decided_at)
        .limit(BATCH)
    ).all()
