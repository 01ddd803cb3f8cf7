"""The reserve list of a tender: who is next when an offer with a contract falls away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.domain import audit, awards, calendar, ranking, scoring
from portal.domain.permissions import require_official
from portal.errors import Invalid, Refused
from portal.models import Agreement, Application, Award, Replacement, User
from portal.terms import N_


def waiting(award: Award) -> list[dict[str, Any]]:
    """The reserve list as it stands, best first."""
    gone = {one.successor_id for one in award.replacements}
    return [one for one in award.facts["offers"] if one["outcome"] == "reserve" and one["application_id"] not in gone]


def holders(award: Award) -> list[dict[str, Any]]:
    """Who has a contract now, or is about to get one."""
    left = {one.leaver_id for one in award.replacements}
    came = {one.successor_id for one in award.replacements}
    return [
        one
        for one in award.facts["offers"]
        if (one["outcome"] == "admitted" or one["application_id"] in came) and one["application_id"] not in left
    ]


def activate_reserve(
    award: Award,
    actor: User,
    leaver: Application,
    successor: Application,
    agreement: Agreement | None,
    reason: str,
    now: datetime,
) -> Replacement:
    """Who is next on the reserve list takes the place of an offer that does not sign, or whose agreement ends.

    `agreement` is the leaver's, if one was made: that one ends in contract management, and its decisions stand.
    The successor takes over the leaver's budgets where it delivers too, and its own standstill begins today.
    """
    require_official(actor, award, scoring.CHAIR)
    before = next((one for one in award.replacements if one.leaver_id == leaver.id), None)
    if before is not None and before.successor_id == successor.id:
        return before
    told = all(one.told_at is not None for one in successor.decisions)
    if award.state != "confirmed" or not told:
        raise Refused(N_("De reservelijst geldt pas als de gunning is vastgesteld en bekendgemaakt."))
    if leaver.id not in {one["application_id"] for one in holders(award)}:
        raise Refused(N_("Deze inschrijver heeft op dit perceel geen contract (meer)."))
    listed = waiting(award)
    if successor.id not in {one["application_id"] for one in listed if one["rank"] == listed[0]["rank"]}:
        raise Refused(N_("Deze inschrijver is niet de eerste op de reservelijst."))
    if len(reason.strip()) < scoring.JUSTIFICATION_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 30 tekens uit waarom de reserve aan de beurt is.")})
    freed = _freed(award, leaver)
    if agreement is None:
        for decision in ranking.decisions_in(leaver, award.lot):
            decision.outcome, decision.budget_cents = "not_awarded", None
            decision.reason = f"Uw plaats is op {calendar.local_day(now):%d-%m-%Y} vervallen. {reason.strip()}"
    for decision in ranking.decisions_in(successor, award.lot):
        decision.outcome, decision.told_at = "admitted", now
        decision.reason = f"U stond op de reservelijst en bent nu aan de beurt.\n{decision.reason}"
    for (lot_id, municipality_id), cents in freed.items():
        lot = next(one for one in awards.budget_lots(award) if one.id == lot_id)
        for carrier in awards.budget_decisions(successor, lot, municipality_id)[:1]:
            carrier.budget_cents = (carrier.budget_cents or 0) + cents
    added = Replacement(
        authority_id=award.authority_id,
        leaver=leaver,
        leaver_id=leaver.id,
        successor=successor,
        successor_id=successor.id,
        reason=reason.strip(),
        activated_at=now,
        activated_by=actor,
        activated_by_id=actor.id,
    )
    award.replacements.append(added)
    audit.record(
        award, "activate_reserve", actor, now, leaver=leaver.number, successor=successor.number, reason=reason.strip()
    )
    audit.tell_organisation(
        successor,
        successor.organisation.users,
        f"reserve:{added.id}",
        "reserve_activated",
        now,
        application=successor.number,
        procedure=successor.round.procedure.title,
        lot=f"{award.facts['lot']['code']} {award.facts['lot']['name']}",
        path=f"/aanmeldingen/{successor.id}",
    )
    return added


def _freed(award: Award, leaver: Application) -> dict[tuple[str, str], int]:
    """The budgets that the leaver carried, by lot and municipality."""
    freed: dict[tuple[str, str], int] = {}
    for lot in awards.budget_lots(award):
        for municipality in award.round.authority.municipalities:
            for carrier in awards.budget_decisions(leaver, lot, municipality.id)[:1]:
                if carrier.budget_cents:
                    freed[lot.id, municipality.id] = carrier.budget_cents
    return freed
