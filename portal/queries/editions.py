"""Reads of procedures as their makers see them: concepts, editions, and what a next one would meet."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from portal.models import (
    Agreement,
    Application,
    Authority,
    Edition,
    Organisation,
    Procedure,
    Review,
    Round,
    Submission,
    User,
)
from portal.queries.reviews import visible


def procedures(db: Session) -> Sequence[Procedure]:
    """Every procedure of the authority, with its editions, by title."""
    return db.scalars(select(Procedure).options(selectinload(Procedure.editions)).order_by(Procedure.title)).all()


def procedure(db: Session, procedure_id: str) -> Procedure | None:
    """One procedure with its editions (texts included), who made them, and its rounds."""
    people = (joinedload(Edition.drafted_by), joinedload(Edition.proposed_by), joinedload(Edition.adopted_by))
    return db.scalar(
        select(Procedure)
        .where(Procedure.id == procedure_id)
        .options(
            joinedload(Procedure.authority),
            selectinload(Procedure.editions).options(
                undefer(Edition.data), *(one.lazyload(User.roles) for one in people)
            ),
            selectinload(Procedure.rounds),
        )
    )


def with_slug(db: Session, authority_id: str, slug: str) -> str | None:
    """The id of the procedure with this name in its address."""
    return db.scalar(select(Procedure.id).where(Procedure.authority_id == authority_id, Procedure.slug == slug))


def last_closed(db: Session, procedure_id: str) -> Round | None:
    """The round that closed last."""
    return db.scalar(
        select(Round)
        .where(Round.procedure_id == procedure_id, Round.closed_at.is_not(None))
        .order_by(Round.closes_at.desc())
        .limit(1)
    )


def published(db: Session, authority_slug: str, slug: str) -> Procedure | None:
    """A published procedure with its editions (texts included), for everybody."""
    return db.scalar(
        select(Procedure)
        .join(Procedure.authority)
        .where(Authority.slug == authority_slug, Procedure.slug == slug, Procedure.published_at.is_not(None))
        .options(joinedload(Procedure.authority), selectinload(Procedure.editions).undefer(Edition.data))
    )


def concerned(db: Session, procedure_id: str) -> Sequence[Organisation]:
    """The organisations that applied in this procedure before, or have an agreement in it, with their people."""
    applied = (
        select(Application.organisation_id)
        .join(Round, Round.id == Application.round_id)
        .join(Submission, Submission.application_id == Application.id)
        .where(Round.procedure_id == procedure_id)
    )
    agreed = select(Agreement.organisation_id).where(Agreement.procedure_id == procedure_id)
    return db.scalars(
        select(Organisation)
        .where(Organisation.id.in_(applied) | Organisation.id.in_(agreed))
        .options(selectinload(Organisation.users))
        .order_by(Organisation.name)
    ).all()


def judged(db: Session, round_id: str, user_id: str) -> Sequence[Submission]:
    """The submissions of a closed round that were taken into review, without those this official may not see."""
    return db.scalars(
        select(Submission)
        .join(Review, Review.submission_id == Submission.id)
        .join(Application, Application.id == Review.application_id)
        .where(Application.round_id == round_id, visible(user_id))
        .order_by(Application.number)
    ).all()
