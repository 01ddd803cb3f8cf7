"""Reads of what hangs on one agreement: its handover, talks, risks, yearly checks, suspensions and figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.models import (
    ActionPoint,
    Agreement,
    Bridging,
    CountDelivery,
    DeviationQuote,
    Document,
    Handover,
    HandoverItem,
    IndicatorFigure,
    Organisation,
    Procedure,
    Recheck,
    RecheckDocument,
    RecheckItem,
    RecheckVerdict,
    Risk,
    RiskEntry,
    Suspension,
    Talk,
    TalkAddendum,
    TalkNote,
)
from portal.queries.interests import not_hidden


def handovers(db: Session, official_id: str) -> Sequence[Row[Any]]:
    """Agreements in force whose procedure has a handover: what is not accepted first, then by name."""
    done = select(func.count(HandoverItem.id)).where(
        HandoverItem.handover_id == Handover.id, HandoverItem.done_at.is_not(None)
    )
    return db.execute(
        select(
            Agreement.id,
            Agreement.number,
            Organisation.name.label("organisation"),
            Procedure.title.label("procedure"),
            Procedure.settings,
            Handover.state,
            done.correlate(Handover).scalar_subquery().label("done"),
        )
        .join(Agreement.organisation)
        .join(Agreement.procedure)
        .outerjoin(Handover, Handover.agreement_id == Agreement.id)
        .where(Agreement.state == "in_force", not_hidden(Agreement.application_id, official_id))
        .order_by(func.coalesce(Handover.state, "") == "accepted", func.lower(Organisation.name), Agreement.number)
    ).all()


def handover(db: Session, agreement_id: str) -> Handover | None:
    return db.scalar(
        select(Handover)
        .where(Handover.agreement_id == agreement_id)
        .options(
            selectinload(Handover.items).joinedload(HandoverItem.done_by),
            joinedload(Handover.handed_over_by),
            joinedload(Handover.accepted_by),
        )
    )


def talks_of(db: Session, agreement_id: str) -> Sequence[Talk]:
    """The talks of one agreement, latest first, with their points."""
    return db.scalars(
        select(Talk)
        .where(Talk.agreement_id == agreement_id)
        .options(selectinload(Talk.points), joinedload(Talk.began_by))
        .order_by(Talk.held_on.desc(), Talk.began_at.desc())
    ).all()


def _whole_talk() -> tuple[Any, ...]:
    return (
        selectinload(Talk.notes).joinedload(TalkNote.saved_by),
        selectinload(Talk.points).joinedload(ActionPoint.done_by),
        selectinload(Talk.addenda).joinedload(TalkAddendum.added_by),
        joinedload(Talk.confirmed_by),
        joinedload(Talk.began_by),
    )


def talk(db: Session, talk_id: str) -> Talk | None:
    """One talk with its notes, points and additions; its agreement is loaded apart."""
    return db.scalar(select(Talk).where(Talk.id == talk_id).options(*_whole_talk()))


def full_talks(db: Session, agreement_id: str) -> Sequence[Talk]:
    """Every talk of one agreement with all that is in it, oldest first."""
    return db.scalars(
        select(Talk).where(Talk.agreement_id == agreement_id).options(*_whole_talk()).order_by(Talk.held_on)
    ).all()


def risks_of(db: Session, procedure_id: str, agreement_id: str | None) -> Sequence[Risk]:
    """The register of a procedure (None), or of one agreement: open first, then by code."""
    here = Risk.agreement_id == agreement_id if agreement_id else Risk.agreement_id.is_(None)
    return db.scalars(
        select(Risk)
        .where(Risk.procedure_id == procedure_id, here)
        .options(selectinload(Risk.entries).joinedload(RiskEntry.entered_by))
        .order_by(Risk.state == "closed", Risk.code, Risk.added_at)
    ).all()


def risk(db: Session, risk_id: str) -> Risk | None:
    return db.scalar(
        select(Risk).where(Risk.id == risk_id).options(selectinload(Risk.entries), joinedload(Risk.procedure))
    )


def procedure(db: Session, procedure_id: str) -> Procedure | None:
    return db.scalar(select(Procedure).where(Procedure.id == procedure_id))


def rechecks_of(db: Session, agreement_id: str) -> Sequence[Recheck]:
    """Every yearly request of one agreement, latest first, with documents and verdicts."""
    item = selectinload(Recheck.items)
    return db.scalars(
        select(Recheck)
        .where(Recheck.agreement_id == agreement_id)
        .options(
            joinedload(Recheck.asked_by),
            item.selectinload(RecheckItem.documents).joinedload(RecheckDocument.document),
            item.selectinload(RecheckItem.verdicts).joinedload(RecheckVerdict.found_by),
        )
        .order_by(Recheck.year.desc())
    ).all()


def suspensions_of(db: Session, agreement_id: str) -> Sequence[Suspension]:
    return db.scalars(
        select(Suspension)
        .where(Suspension.agreement_id == agreement_id)
        .options(joinedload(Suspension.suspended_by), joinedload(Suspension.lifted_by))
        .order_by(Suspension.suspended_at.desc())
    ).all()


def handed_in(db: Session, agreement_id: str, document_id: str) -> Document | None:
    """A document that the provider handed in for this agreement."""
    return db.scalar(
        select(Document)
        .join(RecheckDocument, RecheckDocument.document_id == Document.id)
        .join(RecheckDocument.item)
        .join(RecheckItem.recheck)
        .where(Document.id == document_id, Recheck.agreement_id == agreement_id)
        .limit(1)
    )


def indicators_of(db: Session, agreement_id: str) -> Sequence[IndicatorFigure]:
    """The figures that count now, latest quarter first."""
    later = aliased(IndicatorFigure)
    last = (
        select(func.max(later.sequence))
        .where(
            later.agreement_id == IndicatorFigure.agreement_id,
            later.code == IndicatorFigure.code,
            later.period == IndicatorFigure.period,
        )
        .correlate(IndicatorFigure)
        .scalar_subquery()
    )
    return db.scalars(
        select(IndicatorFigure)
        .where(IndicatorFigure.agreement_id == agreement_id, IndicatorFigure.sequence == last)
        .options(joinedload(IndicatorFigure.delivered_by))
        .order_by(IndicatorFigure.period.desc(), IndicatorFigure.code)
    ).all()


def vault_of(db: Session, organisation_id: str) -> Sequence[Document]:
    """The current documents of an organisation that an authority may see."""
    return db.scalars(
        select(Document)
        .where(
            Document.organisation_id == organisation_id,
            Document.superseded_by_id.is_(None),
            Document.removed_at.is_(None),
            Document.is_sealed.is_(False),
        )
        .order_by(Document.kind, Document.filename)
    ).all()


def deliveries_of(db: Session, agreement_id: str) -> Sequence[CountDelivery]:
    """The latest deliveries of counts."""
    return db.scalars(
        select(CountDelivery)
        .where(CountDelivery.agreement_id == agreement_id)
        .options(joinedload(CountDelivery.delivered_by))
        .order_by(CountDelivery.delivered_at.desc())
        .limit(12)
    ).all()


def quotes_of(db: Session, agreement_id: str) -> Sequence[DeviationQuote]:
    """Quotes for one client under this agreement, latest request first."""
    return db.scalars(
        select(DeviationQuote)
        .where(DeviationQuote.agreement_id == agreement_id)
        .options(joinedload(DeviationQuote.municipality), joinedload(DeviationQuote.document))
        .order_by(DeviationQuote.asked_at.desc())
    ).all()


def bridgings_of(db: Session, agreement_id: str) -> Sequence[Bridging]:
    """Bridging agreements after this agreement, latest first."""
    return db.scalars(
        select(Bridging)
        .where(Bridging.agreement_id == agreement_id)
        .options(joinedload(Bridging.provider_accepted_by), joinedload(Bridging.authority_accepted_by))
        .order_by(Bridging.made_at.desc())
    ).all()
