"""Reads for taking over: the own applications from which something may come, and the round a self-check was about."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models import Answer, Application, Evidence, Lot, Procedure, Product, Round, Selection

MOST = 8


def sources(db: Session, target: Application) -> Sequence[Application]:
    """Other applications of the same organisation, also with other authorities, last saved first; at most `MOST`.

    Loaded: what is looked at to see what would come along.
    """
    return db.scalars(
        select(Application)
        .where(Application.organisation_id == target.organisation_id, Application.id != target.id)
        .order_by(Application.saved_at.desc(), Application.id)
        .limit(MOST)
        .options(
            joinedload(Application.round, innerjoin=True)
            .joinedload(Round.procedure, innerjoin=True)
            .joinedload(Procedure.authority, innerjoin=True),
            selectinload(Application.answers).options(
                joinedload(Answer.requirement, innerjoin=True), joinedload(Answer.lot)
            ),
            selectinload(Application.evidence).options(
                joinedload(Evidence.requirement),
                joinedload(Evidence.lot),
                joinedload(Evidence.document, innerjoin=True),
            ),
            selectinload(Application.selections).options(
                joinedload(Selection.product, innerjoin=True)
                .joinedload(Product.lot, innerjoin=True)
                .selectinload(Lot.parent, recursion_depth=-1),
                joinedload(Selection.municipality, innerjoin=True),
            ),
            selectinload(Application.every_party),
            selectinload(Application.offer_texts),
            selectinload(Application.submissions),
            selectinload(Application.decisions),
        )
    ).all()


def has_sources(db: Session, target: Application) -> bool:
    """Whether the organisation filled in something before, anywhere."""
    earlier = select(Application.id).where(
        Application.organisation_id == target.organisation_id, Application.id != target.id
    )
    return bool(db.scalar(select(exists().where(Answer.application_id.in_(earlier)))))
