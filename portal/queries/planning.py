"""Reads of the planning of a procedure: its rounds, and what was decided at its gates."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.models import Authority, GateDecision, Procedure, Round

_WHOLE = (
    selectinload(Procedure.rounds).joinedload(Round.deadline_changes),
    selectinload(Procedure.editions),
    selectinload(Procedure.gate_decisions).joinedload(GateDecision.decided_by),
)


def published(db: Session, authority_slug: str, slug: str) -> Procedure | None:
    """A published procedure with its rounds and their deadlines, editions and gate decisions: four statements."""
    return db.scalar(
        select(Procedure)
        .join(Procedure.authority)
        .where(Authority.slug == authority_slug, Procedure.slug == slug, Procedure.published_at.is_not(None))
        .options(contains_eager(Procedure.authority), *_WHOLE)
    )


def own(db: Session, procedure_id: str) -> Procedure | None:
    """The same for an official, published or not."""
    return db.scalar(
        select(Procedure).where(Procedure.id == procedure_id).options(joinedload(Procedure.authority), *_WHOLE)
    )
