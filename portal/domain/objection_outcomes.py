"""The outcome of an objection: confirmed by a second official, with revised decisions and a letter of its own.

What was decided first stays as it was told; what the outcome revises are new rows, which stand in their place.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.domain import agreement_revisions, audit, calendar, objections, running_terms, wording
from portal.domain.applications import canonical
from portal.domain.lifecycle import advance, can
from portal.errors import Refused
from portal.models import Agreement, Application, Decision, DecisionLetter, Objection, User, succeed
from portal.terms import N_


def confirm(one: Objection, actor: User, number: str, now: datetime, *, agreement: Agreement | None) -> DecisionLetter:
    """A second official confirms: the decisions are revised, the letter is frozen and the applicant is told.

    All in one transaction: there is no outcome without its letter. `number` is the letter's. What is admitted after all
    stands in the agreement that is made after this; `agreement` is the one that lies ready already, if any: where
    nobody signed it, it comes in there too.
    """
    objections.require_second(one, actor)
    if not can(one, "confirm"):
        raise Refused(N_("Dit kan niet meer: de stand is veranderd. Ververs de pagina en kijk wat nu kan."))
    application = one.application
    revised = _revised(one, actor, now)
    letter = DecisionLetter(
        authority_id=application.authority_id,
        application_id=application.id,
        kind="objection",
        sequence=2 + sum(each.outcome_letter_id is not None for each in application.objections),
        number=number,
        facts=canonical(letter_facts(one, revised, number, now)),
        sent_at=now,
    )
    # nothing is asked of the database from here on: an objection is decided with its letter, or not at all
    advance(one, "confirm", actor, now, outcome=one.outcome)
    one.confirmed_at, one.confirmed_by, one.confirmed_by_id = now, actor, actor.id
    one.outcome_letter, one.outcome_letter_id = letter, letter.id
    _supersede(application, revised, now)
    audit.record(one, "tell", actor, now, letter=number, revised=len(revised))
    objections.tell(one, "decided", "objection_decided", now)
    if revised and agreement is not None:
        agreement_revisions.revise(agreement, now)
    return letter


def _revised(one: Objection, actor: User, now: datetime) -> list[Decision]:
    """The decisions that come in the place of the cells that the outcome admits after all."""
    wanted = {(each["product_id"], each["municipality_id"]) for each in one.cells}
    return [
        Decision(
            authority_id=one.authority_id,
            application_id=one.application_id,
            product=before.product,
            product_id=before.product_id,
            municipality=before.municipality,
            municipality_id=before.municipality_id,
            sequence=before.sequence + 1,
            objection_id=one.id,
            outcome="admitted",
            reason=one.reason,
            proposed_at=one.proposed_at,
            proposed_by_id=one.proposed_by_id,
            confirmed_at=now,
            confirmed_by_id=actor.id,
            released_at=now,
            told_at=now,
        )
        for before in one.application.decisions
        if (before.product_id, before.municipality_id) in wanted
    ]


def _supersede(application: Application, revised: list[Decision], now: datetime) -> None:
    """The new rows stand; the ones before are superseded, and not changed."""
    cells = {(each.product_id, each.municipality_id) for each in revised}
    for before in application.decisions:
        if (before.product_id, before.municipality_id) in cells:
            before.superseded_at = now
    standing = [each for each in application.decisions if each.superseded_at is None]
    succeed(application, "decisions", [*standing, *revised])


def letter_facts(one: Objection, revised: list[Decision], number: str, now: datetime) -> dict[str, Any]:
    """Everything the letter on an objection says, frozen at the moment of telling."""
    application = one.application
    procedure, standstill = application.round.procedure, running_terms.length(application.round, "standstill")
    return {
        "number": number,
        "date": str(calendar.local_day(now)),
        "authority": _named(application.authority, "name", "mail", "phone"),
        "organisation": _named(application.organisation, "name", "kvk_number", "street", "postal_code", "city"),
        "kind": procedure.kind,
        "procedure": procedure.title,
        "round": application.round.label,
        "application": application.number,
        "first_letter": one.letter.number,
        "first_date": str(calendar.local_day(one.letter.sent_at)),
        "objection": one.number,
        "received_on": str(one.received_on),
        "is_late": one.is_late,
        "grounds": one.grounds,
        "points": [
            {
                "code": each.finding.requirement.code,
                "title": each.finding.requirement.title,
                "text": each.finding.requirement.text,
                "version": each.finding.requirement.version,
                "finding": each.finding.reason,
                "argument": each.argument,
            }
            for each in one.points
        ],
        "hearing": wording.moment(one.hearing_at) if one.hearing_at else "",
        "advice": one.advice,
        "advised_outcome": one.advised_outcome,
        "outcome": one.outcome,
        "reason": one.reason,
        "revised": [
            {
                "lot": each.product.lot.code,
                "product": each.product.name,
                "municipality": each.municipality.name,
            }
            for each in revised
        ],
        "remedy_clause": application.round.settings["letters"]["remedy_clause"],
        "standstill_days": standstill.number,
        "standstill_until": str(running_terms.after_telling(application, "standstill", now)),
    }


def _named(thing: Any, *names: str) -> dict[str, str]:
    return {name: getattr(thing, name) or "" for name in names}
