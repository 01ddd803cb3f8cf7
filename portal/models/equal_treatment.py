"""How like cases were treated: the explanations of differences, and the verdicts they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, and_, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from portal.models.applications import Application
from portal.models.base import Base, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.procedures import Requirement, Round
from portal.models.reviews import Finding, Review


class TreatmentExplanation(OwnedByAuthority, Base):
    """Why the same defect at the same requirement was not handled alike. Only ever added.

    `finding_ids` are the verdicts it is about; a verdict that comes later asks for another explanation. `words` is the
    reason that stands for the defect where that is 'other'.
    """

    __tablename__ = "treatment_explanations"
    __table_args__ = (CheckConstraint("length(reason) >= 10", name="reasoned"),)

    id: Mapped[Id]
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    requirement_id: Mapped[Reference] = mapped_column(ForeignKey("requirements.id"))
    defect: Mapped[Key]
    words: Mapped[Prose]
    after_remedy: Mapped[bool]
    finding_ids: Mapped[list[str]]
    reason: Mapped[Prose]
    explained_at: Mapped[datetime]
    explained_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    round: Mapped[Round] = relationship()
    requirement: Mapped[Requirement] = relationship()
    explained_by: Mapped[User] = relationship()


class Handled(NamedTuple):
    """A verdict that counts and names a defect, in this round or an earlier one of the procedure."""

    id: str
    round_id: str
    requirement_id: str
    defect: str
    reason: str
    after_remedy: bool
    verdict: str


# Tables instead of classes: the round was narrowed to its authority already.
_FINDINGS, _REVIEWS, _APPLICATIONS, _ROUNDS = (one.__table__ for one in (Finding, Review, Application, Round))


def handled_differently(round_: Round) -> list[Handled]:
    """The verdicts of every requirement and defect that got more than one kind of verdict: one statement.

    Up to and including this round; of a place only the last verdict before remedy, and the last one after it.
    """
    session = Session.object_session(round_)
    if session is None:
        return []
    later = _FINDINGS.alias().c
    seen = (
        select(*_FINDINGS.c, _ROUNDS.c.id.label("round_id"))
        .join(_REVIEWS, _REVIEWS.c.id == _FINDINGS.c.review_id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == _REVIEWS.c.application_id)
        .join(_ROUNDS, _ROUNDS.c.id == _APPLICATIONS.c.round_id)
        .where(
            _ROUNDS.c.procedure_id == round_.procedure_id,
            _ROUNDS.c.opens_at <= round_.opens_at,
            _FINDINGS.c.defect != "",
        )
        .cte("seen")
    )
    mixed = (
        select(seen.c.requirement_id, seen.c.defect, seen.c.after_remedy)
        .group_by(seen.c.requirement_id, seen.c.defect, seen.c.after_remedy)
        .having(func.count(seen.c.verdict.distinct()) > 1)
        .subquery()
    )
    superseded = exists().where(
        later.review_id == seen.c.review_id,
        later.requirement_id == seen.c.requirement_id,
        func.coalesce(later.lot_id, "") == func.coalesce(seen.c.lot_id, ""),
        func.coalesce(later.party_id, "") == func.coalesce(seen.c.party_id, ""),
        later.after_remedy == seen.c.after_remedy,
        later.sequence > seen.c.sequence,
    )
    same = and_(
        mixed.c.requirement_id == seen.c.requirement_id,
        mixed.c.defect == seen.c.defect,
        mixed.c.after_remedy == seen.c.after_remedy,
    )
    rows = session.execute(
        select(
            seen.c.id, seen.c.round_id, seen.c.requirement_id, seen.c.defect, seen.c.reason, seen.c.after_remedy,
            seen.c.verdict,
        )
        .join(mixed, same)
        .where(~superseded)
        .order_by(seen.c.found_at, seen.c.id)
    )  # fmt: skip
    return [Handled(*row) for row in rows]


def explanations_of(round_: Round) -> Sequence[TreatmentExplanation]:
    """Everything that was explained about this round, oldest first: one statement."""
    session = Session.object_session(round_)
    if session is None:
        return []
    wanted = select(TreatmentExplanation).where(TreatmentExplanation.round_id == round_.id)
    return session.scalars(wanted.order_by(TreatmentExplanation.explained_at, TreatmentExplanation.id)).all()
