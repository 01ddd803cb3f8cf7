"""The planning of a procedure: its steps, and the go/no-go gates that rounds wait for.

A gate lies before a round when its step begins on or before the day the round opens. Until the last decision of every
such gate is 'go' the round is held (`Round.held_by`). That is written when an edition is laid out and when a gate is
decided, so that whether a round is open stays a matter of the clock and of what its own row says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain import audit, calendar
from portal.domain.free_days import COVERED_UNTIL
from portal.domain.kinds import KINDS
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotFound
from portal.models import GateDecision, Procedure, Round, User
from portal.terms import GATE_OUTCOMES, N_

HELD = N_(
    "Deze ronde wacht op het besluit ‘%(title)s’. Zodra dat ‘go’ is, kunt u zich aanmelden. "
    "Op de pagina met de planning leest u hoe het ermee staat."
)
VAULT = "tender-vault"
"""Stands in `Round.held_by` as long as a round that needs a vault has none: what comes in could not be sealed."""
VAULT_TITLE = N_("Kluis voor inschrijvingen")
VAULT_HELD = N_(
    "Deze ronde wacht tot de kluis is ingericht waarin inschrijvingen verzegeld worden. Probeer het later opnieuw."
)
BEFORE_THE_PORTAL = N_("Dit besluit viel voordat de procedure in dit portaal werd geladen.")
SHORTEST_REASON = 10


@dataclass(frozen=True)
class Step:
    """One step as published. With a gate it has a `code`, a `question` and what happens with a no-go (`fallback`)."""

    code: str
    title: str
    text: str
    starts_on: date
    ends_on: date | None
    source: str
    is_own_addition: bool
    question: str
    fallback: str

    @property
    def is_gate(self) -> bool:
        return bool(self.question)

    @property
    def last_day(self) -> date:
        return self.ends_on or self.starts_on


def steps(procedure: Procedure) -> list[Step]:
    """The published steps, by their first day."""
    found = [
        Step(
            code=one.get("code") or "",
            title=one["title"],
            text=one.get("text") or "",
            starts_on=date.fromisoformat(one["starts_on"]),
            ends_on=date.fromisoformat(one["ends_on"]) if one.get("ends_on") else None,
            source=one.get("source") or "",
            is_own_addition=bool(one.get("own_addition")),
            question=(one.get("gate") or {}).get("question", ""),
            fallback=(one.get("gate") or {}).get("fallback", ""),
        )
        for one in procedure.settings.get("planning") or []
    ]
    return sorted(found, key=lambda one: (one.starts_on, one.last_day))


def title_of(procedure: Procedure, code: str) -> str:
    """What a step is called; its code when the planning no longer has it."""
    if code == VAULT:
        return VAULT_TITLE
    return next((one.title for one in steps(procedure) if one.code == code), code)


def last_decisions(procedure: Procedure) -> dict[str, GateDecision]:
    """By the code of the step: the decision that counts."""
    return {one.step: one for one in procedure.gate_decisions}


def gates_before(procedure: Procedure, round_: Round) -> list[Step]:
    """The gates that lie before the opening of a round."""
    opens_on = calendar.local_day(round_.opens_at)
    return [one for one in steps(procedure) if one.is_gate and one.starts_on <= opens_on]


def hold(procedure: Procedure, rounds: Iterable[Round]) -> None:
    """Write on each of `rounds` the first gate that is in its way, else a missing vault, or that there is nothing."""
    decided = last_decisions(procedure)
    for round_ in rounds:
        in_the_way = [
            one.code
            for one in gates_before(procedure, round_)
            if one.code not in decided or decided[one.code].outcome != "go"
        ]
        if not in_the_way and lacks_vault(procedure, round_):
            in_the_way = [VAULT]
        round_.held_by = in_the_way[0] if in_the_way else ""


def beyond_decrees(procedure: Procedure, now: datetime) -> date | None:
    """The last day about which a decree is known, when what is ahead of this procedure runs past it; else None.

    A later decree may put a day on a par with a holiday, and a closing or a term then moves.
    """
    ahead = [
        last
        for one in procedure.rounds
        if one.closed_at is None
        for last in (calendar.local_day(one.closes_at), one.agreements_start_on)
    ]
    return COVERED_UNTIL if ahead and calendar.local_day(now) <= max(ahead) > COVERED_UNTIL else None


def lacks_vault(procedure: Procedure, round_: Round) -> bool:
    """What is submitted must be sealed, and there is no vault yet to seal it for."""
    return KINDS[procedure.kind].has_vault and (round_.vault is None or round_.vault.public_key is None)


def decide_gate(
    procedure: Procedure, actor: User, code: str, outcome: str, reason: str, now: datetime
) -> GateDecision | None:
    """Go or no-go at a gate; the same again is nothing new (None).

    A round that opened already goes on: what was opened is not taken back by a planning. A round that was held and is
    let go is open from now on, until its own closing.
    """
    require_official(actor, procedure, "round_manager")
    if code not in {one.code for one in steps(procedure) if one.is_gate}:
        raise NotFound(N_("Dit bestaat niet."))
    reason, problems = reason.strip(), {}
    if outcome not in GATE_OUTCOMES:
        problems["outcome"] = N_("Kies ‘go’ of ‘no-go’.")
    if len(reason) < SHORTEST_REASON:
        problems["reason"] = N_("Schrijf in minstens 10 tekens waarom. Wij publiceren deze reden.")
    if problems:
        raise Invalid(problems)
    last = last_decisions(procedure).get(code)
    if last is not None and (last.outcome, last.reason) == (outcome, reason):
        return None
    decision = _record(procedure, actor, code, outcome, reason, now)
    hold(procedure, [one for one in procedure.rounds if _may_still_be_held(one, now)])
    return decision


def _may_still_be_held(round_: Round, now: datetime) -> bool:
    return round_.closed_at is None and (now < round_.opens_at or bool(round_.held_by))


def take_over(procedure: Procedure, now: datetime, before: date | None = None) -> None:
    """Gates whose day is over when a procedure comes into the portal count as decided: go, by the portal itself.

    `before` is today unless it is given. A gate that is still to come is decided here, by a person.
    """
    before = before or calendar.local_day(now)
    decided = last_decisions(procedure)
    for one in steps(procedure):
        if one.is_gate and one.starts_on < before and one.code not in decided:
            _record(procedure, None, one.code, "go", BEFORE_THE_PORTAL, now)
    hold(procedure, [one for one in procedure.rounds if one.closed_at is None])


def _record(
    procedure: Procedure, actor: User | None, code: str, outcome: str, reason: str, now: datetime
) -> GateDecision:
    decision = GateDecision(
        authority_id=procedure.authority_id,
        procedure_id=procedure.id,
        sequence=len(procedure.gate_decisions) + 1,
        step=code,
        outcome=outcome,
        reason=reason,
        decided_at=now,
        decided_by=actor,
        decided_by_id=actor.id if actor else None,
    )
    procedure.gate_decisions.append(decision)
    audit.record(procedure, "decide_gate", actor, now, step=code, outcome=outcome)
    return decision
