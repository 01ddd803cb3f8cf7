"""A document that got a newer version, and the drafts that still use the older one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from portal.domain import applications, offering, offers
from portal.domain.requirements import Place
from portal.errors import NotFound
from portal.models import Application, Document, Evidence, OfferDocument, User
from portal.terms import N_

Use = Evidence | OfferDocument
"""A document at a requirement or at the integrity check, or with the text on an award criterion."""

OPEN_STATES = ("draft", "withdrawn")
"""Drafts of which nothing counts yet. What was submitted stays as it is until somebody submits again."""


def uses(application: Application) -> list[Use]:
    """Every use of a document in one draft. A plan at a criterion of a lot that is not chosen now is none."""
    asked = {one.spot for one in offers.criteria_at(application)}
    plans = [one for one in application.offer_documents if (one.criterion, one.lot_id) in asked]
    return [*application.evidence, *plans]


def place_of(evidence: Evidence) -> Place | None:
    """The place at which a document is used; None is the integrity check."""
    if evidence.requirement is None:
        return None
    return Place(evidence.requirement, evidence.lot, (), evidence.party)


def outdated(application: Application, organisation_id: str, newest: Mapping[str, Document]) -> list[Use]:
    """Where this organisation uses an older version of its own; `newest` gives the current one by the id of an older.

    In a part that was declared ready nothing changes until that is taken back.
    """
    return [
        one
        for one in uses(application)
        if one.document_id in newest and one.document.organisation_id == organisation_id and not _is_locked(one)
    ]


def _is_locked(use: Use) -> bool:
    part = use.party.own_part if isinstance(use, Evidence) and use.party is not None else None
    return part is not None and part.is_ready


def criterion_of(application: Application, use: OfferDocument) -> offers.CriterionAt:
    """The award criterion whose text a plan goes with."""
    for place in offers.criteria_at(application):
        if place.spot == (use.criterion, use.lot_id):
            return place
    raise NotFound(N_("Dit gunningscriterium hoort niet bij uw aanmelding."))


def take_over(application: Application, actor: User, newest: Mapping[str, Document], now: datetime) -> int:
    """Use the current versions instead of the older ones, at every place of one draft; gives how many uses changed.

    An earlier submission keeps what it was made with. Raises what changing a draft raises: closed, sealed, not one's
    own. Done twice, the second time finds nothing.
    """
    found = outdated(application, actor.works_for_id or "", newest)
    for one in found:
        if isinstance(one, OfferDocument):
            place = criterion_of(application, one)
            offering.attach(application, actor, place, newest[one.document_id], now)
            offering.detach(application, actor, one, now)
            continue
        applications.attach_document(application, actor, place_of(one), newest[one.document_id], now, one.party)
        applications.detach_document(application, actor, one, now)
    return len(found)


def take_over_everywhere(
    drafts: Iterable[Application], actor: User, newest: Mapping[str, Document], now: datetime
) -> int:
    """The same in several drafts that were not submitted; gives in how many something changed."""
    return sum(
        take_over(one, actor, newest, now) > 0 for one in drafts if one.state in OPEN_STATES and one.is_open(now)
    )
