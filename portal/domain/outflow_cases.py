"""From a signal to a decision: a warning, the provider's view, a proposal, and a second official who confirms."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from portal.domain import audit, calendar, following, wording
from portal.domain.lifecycle import advance
from portal.domain.outflow import Signal
from portal.domain.permissions import require_official, require_provider
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import Agreement, Municipality, OutflowCase, User
from portal.terms import N_, OUTFLOW_OUTCOMES

SECOND = ("contract_manager", "round_manager")
"""Who may confirm; never the person who proposed."""


def rule_of(agreement: Agreement) -> dict[str, Any]:
    """The outflow rule published with the edition of this agreement; empty when there is none."""
    return following.settings(agreement).get("outflow") or {}


def warn(
    agreement: Agreement,
    actor: User,
    signal: Signal,
    municipality: Municipality | None,
    established: int | None,
    running: OutflowCase | None,
    now: datetime,
) -> OutflowCase:
    """Warn the provider with the facts and the published rule. `established` is the number as checked.

    A case that runs for this place is given back.
    """
    following.require_manager(actor, agreement)
    if running is not None:
        return running
    rule = rule_of(agreement)
    if not rule or not signal.is_signal:
        raise Refused(N_("De gepubliceerde regel geeft hier geen aanleiding om te waarschuwen."))
    if established is None or not signal.least <= established <= signal.most:
        text = N_("Vul in hoeveel verschillende cliënten er waren: een getal tussen de twee grenzen.")
        raise Invalid({"established": text})
    if established >= signal.limit:
        raise Refused(N_("Met dit aantal voldoet de zorgaanbieder aan de regel. U hoeft niets te doen."))
    until = _term(agreement, rule["warning_days"], now)
    case = OutflowCase(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        municipality=municipality,
        municipality_id=municipality.id if municipality else None,
        state="warned",
        facts={
            "rule": rule["text"],
            "source": rule.get("source", ""),
            "limit": signal.limit,
            "months": signal.months,
            "skipped": signal.skipped,
            "least": signal.least,
            "most": signal.most,
            "products": sorted(rule.get("products") or []),
        },
        established=established,
        opened_at=now,
        opened_by=actor,
        opened_by_id=actor.id,
        warned_until=until,
    )
    audit.record(case, "warn_outflow", actor, now, agreement=agreement.number, place=place(case), clients=established)
    _tell(case, "outflow_warning", now, until=wording.day(until), rule=rule["text"], months=len(signal.months))
    return case


def _term(agreement: Agreement, days: int, now: datetime) -> date:
    holidays_apply = following.settings(agreement)["terms"]["holidays_apply"]
    return calendar.term_ends_on(following.today(now), days, holidays_apply=holidays_apply)


def place(case: OutflowCase) -> str:
    """The municipality, or the region."""
    return case.municipality.name if case.municipality else "de hele regio"


def _tell(case: OutflowCase, template: str, now: datetime, **facts: Any) -> None:
    following.tell_provider(
        case,
        case.agreement,
        f"{template}:{case.id}",
        template,
        now,
        place=place(case),
        clients=case.established,
        limit=case.facts["limit"],
        **facts,
    )


def hear(case: OutflowCase, actor: User, now: datetime) -> None:
    """The warning term is over and nothing changed: ask the provider for its view."""
    require_official(actor, case, following.MANAGER)
    if case.state == "hearing":
        return
    if now < calendar.end_of_day(case.warned_until):
        raise Refused(N_("De waarschuwing loopt nog, tot en met %(day)s."), day=wording.day(case.warned_until))
    advance(case, "hear", actor, now)
    case.heard_until = _term(case.agreement, rule_of(case.agreement)["hearing_days"], now)
    _tell(case, "outflow_hearing", now, until=wording.day(case.heard_until))


def give_view(case: OutflowCase, actor: User, view: str, claim: str, claim_reason: str, now: datetime) -> None:
    """The provider's view, and the exception it claims, with why. Until the term is over it may be changed."""
    require_provider(actor, case.agreement)
    if case.state != "hearing" or case.heard_until is None or now >= calendar.end_of_day(case.heard_until):
        raise Refused(N_("U kunt nu geen zienswijze geven: de termijn is nog niet begonnen of is voorbij."))
    view = following.written(view, "view")
    if claim and claim not in rule_of(case.agreement).get("exceptions", []):
        raise Invalid({"claim": N_("Deze uitzondering staat niet in de gepubliceerde regel.")})
    claim_reason = following.written(claim_reason, "claim_reason") if claim else ""
    case.view, case.claim, case.claim_reason = view, claim, claim_reason
    case.viewed_at, case.viewed_by, case.viewed_by_id = now, actor, actor.id
    audit.record(case, "give_view", actor, now, claim=claim)


def earliest_end(case: OutflowCase, now: datetime) -> date:
    """The first day that may be the last one: the published notice counts, from tomorrow."""
    notice = case.agreement.procedure.notice_months
    return calendar.add_months(following.today(now) + timedelta(days=1), notice)


def propose(
    case: OutflowCase,
    actor: User,
    outcome: str,
    reason: str,
    ends_on: date | None,
    continuity: str,
    now: datetime,
) -> None:
    """End or keep, with the reason. Ending needs the view (or its term to be over), a day, and how care goes on."""
    require_official(actor, case, following.MANAGER)
    if outcome not in OUTFLOW_OUTCOMES:
        raise Invalid({"outcome": N_("Kies wat u voorstelt.")})
    reason = following.written(reason)
    if outcome == "end":
        _require_heard(case, now)
        first = earliest_end(case, now)
        if ends_on is None or ends_on < first:
            raise Invalid({"ends_on": f"Kies een laatste dag op of na {wording.day(first)}: de opzegtermijn geldt."})
        continuity = following.written(
            continuity, "continuity", N_("Schrijf op hoe cliënten hun ondersteuning houden tot die is overgedragen.")
        )
    advance(case, "propose", actor, now, outcome=outcome)
    case.outcome, case.reason = outcome, reason
    case.ends_on, case.continuity = (ends_on, continuity) if outcome == "end" else (None, "")
    case.proposed_at, case.proposed_by, case.proposed_by_id = now, actor, actor.id


def _require_heard(case: OutflowCase, now: datetime) -> None:
    if case.heard_until is None:
        raise Refused(N_("Vraag eerst de zienswijze van de zorgaanbieder."))
    if now < calendar.end_of_day(case.heard_until):
        raise Refused(N_("De zorgaanbieder kan nog reageren, tot en met %(day)s."), day=wording.day(case.heard_until))


def may_confirm(case: OutflowCase, actor: User) -> bool:
    """Whether to show the button; `confirm` judges."""
    return case.state == "proposed" and case.proposed_by_id != actor.id and bool(actor.role_names & set(SECOND))


def _require_second(case: OutflowCase, actor: User) -> None:
    require_official(actor, case, *SECOND)
    if case.proposed_by_id == actor.id:
        raise NotAllowed(N_("U stelde dit zelf voor. Een ander moet het bevestigen."))


def send_back(case: OutflowCase, actor: User, reason: str, now: datetime) -> None:
    """The second official does not agree; the case stands again where it was."""
    _require_second(case, actor)
    reason = following.written(reason)
    advance(case, "send_back" if case.heard_until else "send_back_warned", actor, now, reason=reason)
    case.outcome, case.proposed_at, case.proposed_by, case.proposed_by_id = None, None, None, None


def confirm(case: OutflowCase, actor: User, now: datetime) -> None:
    """The decision of two. Ending gives the lines of this place their last day; what was signed stays as it is."""
    if case.state in ("ended", "kept"):
        return
    _require_second(case, actor)
    advance(case, f"confirm_{case.outcome}", actor, now, agreement=case.agreement.number, ends_on=str(case.ends_on))
    case.confirmed_at, case.confirmed_by, case.confirmed_by_id = now, actor, actor.id
    if case.ends_on is not None:
        _end(case, case.ends_on)
        _tell(case, "outflow_ended", now, why=case.reason, until=wording.day(case.ends_on), continuity=case.continuity)
    else:
        _tell(case, "outflow_kept", now, why=case.reason)


def _end(case: OutflowCase, day: date) -> None:
    agreement, codes = case.agreement, set(case.facts["products"])
    for line in agreement.lines:
        concerned = case.municipality_id in (None, line.municipality_id)
        if concerned and (not codes or line.product.code in codes) and (line.ends_on is None or line.ends_on > day):
            line.ends_on = day
    last = [one.ends_on for one in agreement.lines]
    if all(last) and agreement.starts_on < day < agreement.ends_on:
        agreement.ends_on = max(one for one in last if one)
