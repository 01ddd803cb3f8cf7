"""What was decided at a gate of the planning: go or no-go."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, OwnedByAuthority, Prose, Reference
from portal.models.people import User
from portal.models.procedures import Procedure


class GateDecision(OwnedByAuthority, Base):
    """The outcome of a go/no-go step: 'go' or 'no_go'. Append-only: the last one of a step counts.

    `step` is the code of the step in the planning; `sequence` counts the decisions of one procedure from 1.
    `decided_by` is None where the decision fell before the procedure came into this portal.
    """

    __tablename__ = "gate_decisions"
    __table_args__ = (
        UniqueConstraint("procedure_id", "sequence"),
        CheckConstraint("outcome IN ('go', 'no_go')", name="outcome"),
        CheckConstraint("length(reason) >= 10", name="reasoned"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    sequence: Mapped[int]
    step: Mapped[Key]
    outcome: Mapped[Key]
    reason: Mapped[Prose]
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    procedure: Mapped[Procedure] = relationship(back_populates="gate_decisions")
    decided_by: Mapped[User | None] = relationship()
