"""Reads of published procedures: what everybody may see, before and after a round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.domain.procedures import decided_by
from portal.domain.requirements import SELECTABLE
from portal.models import Authority, ClarificationNotice, Coverage, Lot, Municipality, Procedure, Product, Round


@dataclass
class Listing:
    """One published procedure on the home page, with its rounds in order of closing."""

    id: str
    slug: str
    kind: str
    title: str
    summary: str
    authority_slug: str
    authority_name: str
    asks_integrity_check: bool
    rounds: list[Round] = field(default_factory=list)
    lots: list[str] = field(default_factory=list)
    municipalities: list[str] = field(default_factory=list)

    def round(self, now: datetime) -> Round | None:
        """The round to show; see `current_round`."""
        return current_round(self.rounds, now)

    def is_open(self, now: datetime) -> bool:
        """A round can be applied to now."""
        return any(one.is_open(now) for one in self.rounds)


@dataclass(frozen=True)
class Milestones:
    """The days and instants of one round that an applicant plans with."""

    opens_at: datetime
    closes_at: datetime
    decided_by: date
    agreements_start_on: date


def current_round(rounds: Sequence[Round], now: datetime) -> Round | None:
    """Of rounds in order of closing: the one that is open, else the next one, else the last one."""
    ahead = [one for one in rounds if now < one.closes_at]
    return next(iter(ahead or rounds[-1:]), None)


def milestones(round_: Round) -> Milestones:
    """What to plan with in one round."""
    return Milestones(round_.opens_at, round_.closes_at, decided_by(round_), round_.agreements_start_on)


# Built once: this is the page that everybody opens.
_PROCEDURES = (
    select(
        Procedure.id,
        Procedure.slug,
        Procedure.kind,
        Procedure.title,
        Procedure.summary,
        Authority.slug,
        Authority.name,
        Procedure.asks_integrity_check,
    )
    .join(Authority, Authority.id == Procedure.authority_id)
    .where(Procedure.published_at.is_not(None))
    .order_by(Authority.name, Procedure.title)
)
_ROUNDS = (
    select(Round)
    .join(Procedure, Procedure.id == Round.procedure_id)
    .where(Procedure.published_at.is_not(None))
    .options(contains_eager(Round.procedure), joinedload(Round.deadline_changes))
    .order_by(Round.closes_at)
)
_LOTS = (
    select(Lot.procedure_id, Lot.name)
    .join(Procedure, Procedure.id == Lot.procedure_id)
    .where(Procedure.published_at.is_not(None), Lot.until_edition.is_(None), Lot.id.in_(select(Product.lot_id)))
    .order_by(Lot.position)
)
_MUNICIPALITIES = (
    select(Lot.procedure_id, Municipality.name)
    .join(Product, Product.lot_id == Lot.id)
    .join(Coverage, Coverage.product_id == Product.id)
    .join(Municipality, Municipality.id == Coverage.municipality_id)
    .join(Procedure, Procedure.id == Lot.procedure_id)
    .where(Procedure.published_at.is_not(None), Lot.until_edition.is_(None), Coverage.state.in_(SELECTABLE))
    .distinct()
    .order_by(Municipality.name)
)


def listings(db: Session) -> Sequence[Listing]:
    """Every published procedure, in four statements however many there are."""
    found = {row[0]: Listing(*row) for row in db.execute(_PROCEDURES)}
    for round_ in db.scalars(_ROUNDS).unique():
        found[round_.procedure_id].rounds.append(round_)
    for procedure_id, name in db.execute(_LOTS):
        found[procedure_id].lots.append(name)
    for procedure_id, name in db.execute(_MUNICIPALITIES):
        found[procedure_id].municipalities.append(name)
    return list(found.values())


def next_closing(found: Sequence[Listing], now: datetime) -> tuple[Listing, Round] | None:
    """The open round that closes first; without an open one the round that opens first."""
    rounds = [(listing, round_) for listing in found for round_ in listing.rounds]
    is_open = [pair for pair in rounds if pair[1].is_open(now)]
    if is_open:
        return min(is_open, key=lambda pair: pair[1].closes_at)
    planned = [pair for pair in rounds if now < pair[1].opens_at]
    return min(planned, key=lambda pair: pair[1].opens_at, default=None)


_PUBLISHED = (
    select(Procedure)
    .join(Procedure.authority)
    .where(
        Authority.slug == bindparam("authority_slug"),
        Procedure.slug == bindparam("slug"),
        Procedure.published_at.is_not(None),
    )
    .options(
        contains_eager(Procedure.authority),
        selectinload(Procedure.rounds).options(
            joinedload(Round.deadline_changes),
            joinedload(Round.published_notices).load_only(
                ClarificationNotice.number, ClarificationNotice.published_at, ClarificationNotice.pdf_key
            ),
        ),
        selectinload(Procedure.requirements),
        selectinload(Procedure.lots)
        .joinedload(Lot.products)
        .joinedload(Product.coverage)
        .joinedload(Coverage.municipality),
    )
)


def published(db: Session, authority_slug: str, slug: str) -> Procedure | None:
    """A published procedure with everything an applicant may know beforehand, in four statements.

    Loaded: authority, rounds, requirements, and lots with products, coverage and municipalities.
    """
    return db.scalar(_PUBLISHED, {"authority_slug": authority_slug, "slug": slug})
