"""A later closing of a round: proposed with a published reason, confirmed by another, never taken back.

The caller holds the round (`queries.deadlines.hold_round`) before it reads the clock: a change that races the closing
lands before it, or is refused. A deadline never moves forward in time: who planned with it would be worse off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from portal.domain import audit, calendar, wording
from portal.domain.free_days import free_day
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import DeadlineChange, Procedure, Round, User
from portal.terms import N_

DECIDERS = ("round_manager", "authority_signatory")
"""Who confirms or gives back a proposal; proposing is for a round manager."""
SHORTEST_REASON = 10


def confirmed(round_: Round) -> list[DeadlineChange]:
    """The changes of this deadline that hold, oldest first: what is published."""
    return [one for one in round_.deadline_changes if one.state == "confirmed" and one.kind == "extension"]


def pending(round_: Round) -> DeadlineChange | None:
    """The proposal that waits for a second person, if there is one."""
    return next((one for one in round_.deadline_changes if one.state in {"proposed", "agreed"}), None)


def require_changeable(round_: Round, now: datetime) -> None:
    """A deadline can be changed only while it is ahead: the round is open and not latched."""
    if round_.is_continuous:
        raise Refused(
            N_(
                "Bij deze ronde kunnen aanbieders zich doorlopend aanmelden. Zij sluit met de overeenkomst, dus "
                "hier is niets te verplaatsen."
            )
        )
    if now < round_.opens_at:
        raise Refused(
            N_("Deze ronde is nog niet open. Wijzig haar dagen in een nieuwe uitgave van de procedure, voor zij opent.")
        )
    if round_.closed_at is not None or now >= round_.closes_at:
        raise Refused(
            N_("Deze ronde is gesloten op %(moment)s. Een sluiting die voorbij is, verandert niet meer."),
            moment=wording.moment(round_.closes_at),
        )


def closing_problem(procedure: Procedure, instant: datetime) -> str:
    """Why a round may not close at this instant, in Dutch; empty when it may: a working day, in the published hours."""
    local = instant.astimezone(calendar.AMSTERDAM)
    free = free_day(local.date())
    if free is not None:
        return f"{wording.day(local.date())} is {free.why}. Kies een werkdag."
    earliest, latest = calendar.closing_hours(procedure.settings.get("rounds") or {})
    if not earliest <= local.time() <= latest:
        return f"Een ronde sluit tussen {earliest:%H.%M} en {latest:%H.%M} uur. Kies een andere tijd."
    return ""


def new_instant(day: date | None, at: time | None) -> datetime:
    """What was filled in as a wall time, as one instant. Raises `Invalid` by field: 'day' or 'time'."""
    problems = {}
    if day is None:
        problems["day"] = N_("Vul een bestaande dag in, als dag, maand en jaar.")
    if at is None:
        problems["time"] = N_("Vul een tijd in, zoals 12:00.")
    if day is None or at is None:
        raise Invalid(problems)
    try:
        return calendar.local_instant(day, at)
    except Invalid as error:
        raise Invalid({"time": error.problems["at"]}) from error


def check(round_: Round, closes_at: datetime) -> None:
    """Raises `Invalid` (field 'day') when the round may not close at this instant instead."""
    if closes_at < round_.closes_at:
        raise Invalid(
            {
                "day": N_(
                    "Vervroegen kan niet: wie met de gepubliceerde sluiting rekende, zou te laat zijn. "
                    "Dat is geen gelijke behandeling."
                )
            }
        )
    if closes_at == round_.closes_at:
        raise Invalid({"day": N_("Op dit moment sluit de ronde al. Kies een later moment.")})
    problem = closing_problem(round_.procedure, closes_at)
    if problem:
        raise Invalid({"day": problem})
    if round_.agreements_start_on <= calendar.local_day(closes_at):
        starts = wording.day(round_.agreements_start_on)
        raise Invalid({"day": f"De overeenkomsten van deze ronde gaan in op {starts}. Kies een eerdere dag."})
    for one in round_.procedure.rounds:
        apart = one.scope and round_.scope and not any(cell in one.scope for cell in round_.scope)
        if one is not round_ and not apart and one.opens_at >= round_.closes_at and one.opens_at < closes_at:
            opens = wording.moment(one.opens_at)
            raise Invalid({"day": f"Ronde {one.label} opent op {opens}. Twee rondes zijn nooit samen open."})


def propose(round_: Round, actor: User, closes_at: datetime, reason: str, now: datetime) -> DeadlineChange:
    """A round manager proposes a later instant. The same proposal again is the one that is there."""
    require_official(actor, round_, "round_manager")
    require_changeable(round_, now)
    reason, problems = reason.strip(), {}
    if len(reason) < SHORTEST_REASON:
        problems["reason"] = N_("Schrijf in minstens 10 tekens waarom. Wij publiceren deze reden.")
    try:
        check(round_, closes_at)
    except Invalid as error:
        problems.update(error.problems)
    if problems:
        raise Invalid(problems)
    waiting = pending(round_)
    if waiting is not None:
        if (waiting.proposed_by_id, waiting.new_closes_at, waiting.reason) == (actor.id, closes_at, reason):
            return waiting
        raise Refused(N_("Er ligt al een voorstel voor een andere sluiting. Bevestig dat eerst, of geef het terug."))
    return record(round_, actor, closes_at, reason, now)


def record(
    round_: Round,
    actor: User | None,
    closes_at: datetime,
    reason: str,
    now: datetime,
    *,
    kind: str = "extension",
    gap: tuple[datetime, datetime] | None = None,
) -> DeadlineChange:
    """The row of a proposal; actor None is the portal itself, after the outage `gap`."""
    change = DeadlineChange(
        authority_id=round_.authority_id,
        round_id=round_.id,
        sequence=1 + max((one.sequence for one in round_.deadline_changes), default=0),
        kind=kind,
        state="proposed",
        old_closes_at=round_.closes_at,
        new_closes_at=closes_at,
        reason=reason,
        gap_from=gap[0] if gap else None,
        gap_until=gap[1] if gap else None,
        proposed_by=actor,
        proposed_by_id=actor.id if actor else None,
        proposed_at=now,
    )
    round_.deadline_changes.append(change)
    audit.record(
        round_,
        "propose_deadline",
        actor,
        now,
        kind=kind,
        before=round_.closes_at.isoformat(),
        after=closes_at.isoformat(),
    )
    return change


def may_decide(change: DeadlineChange, actor: User) -> bool:
    """Whether this person is the next pair of eyes."""
    return (
        change.state in {"proposed", "agreed"}
        and bool(actor.role_names & set(DECIDERS))
        and actor.id not in {change.proposed_by_id, change.agreed_by_id}
    )


def agree(change: DeadlineChange, actor: User, now: datetime) -> bool:
    """The next person says yes; whether the change holds from now on. What the portal proposed needs two people."""
    round_ = change.round
    require_official(actor, round_, *DECIDERS)
    if change.state == "confirmed" and change.confirmed_by_id == actor.id:
        return False
    if change.kind == "extension":
        require_changeable(round_, now)
    if actor.id in {change.proposed_by_id, change.agreed_by_id}:
        raise NotAllowed(N_("U gaf al akkoord op dit voorstel. Een ander moet het bevestigen."))
    if change.kind == "extension" and change.old_closes_at != round_.closes_at:
        raise Refused(N_("De sluiting is intussen al gewijzigd. Geef dit voorstel terug."))
    if change.proposed_by_id is None and change.state == "proposed":
        advance(change, "agree", actor, now)
        change.agreed_by, change.agreed_by_id, change.agreed_at = actor, actor.id, now
        return False
    advance(change, "confirm", actor, now, kind=change.kind)
    change.confirmed_by, change.confirmed_by_id, change.confirmed_at = actor, actor.id, now
    return True


def extend(change: DeadlineChange, told: Sequence[User], now: datetime) -> None:
    """What a confirmed extension does: the instant of the round moves, and everybody hears it, each once."""
    round_ = change.round
    round_.closes_at = change.new_closes_at
    procedure = round_.procedure
    audit.record(
        round_,
        "extend_deadline",
        change.confirmed_by,
        now,
        before=change.old_closes_at.isoformat(),
        after=change.new_closes_at.isoformat(),
    )
    audit.tell_organisation(
        round_,
        list(told),
        f"deadline:{change.id}",
        "deadline_changed",
        now,
        round=round_.label,
        procedure=procedure.title,
        before=wording.moment(change.old_closes_at),
        after=wording.moment(change.new_closes_at),
        why=change.reason,
        path=f"/procedures/{procedure.authority.slug}/{procedure.slug}/planning",
    )


def send_back(change: DeadlineChange, actor: User, reason: str, now: datetime) -> None:
    """Somebody does not agree: the proposal stays on record with the reason, and the deadline as it was."""
    require_official(actor, change.round, *DECIDERS)
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom u het voorstel teruggeeft.")})
    if change.state == "sent_back" and change.sent_back_by_id == actor.id:
        return
    change.sent_back_by, change.sent_back_by_id, change.sent_back_at = actor, actor.id, now
    change.sent_back_reason = reason.strip()
    advance(change, "send_back", actor, now)


def tell_deciders(change: DeadlineChange, people: Sequence[User], now: datetime) -> None:
    """Who may decide hears that a proposal waits, and until when it can."""
    round_ = change.round
    audit.tell_organisation(
        round_,
        [one for one in people if one.id != change.proposed_by_id],
        f"deadline_proposed:{change.id}",
        "deadline_proposed",
        now,
        round=round_.label,
        procedure=round_.procedure.title,
        before=wording.moment(change.old_closes_at),
        after=wording.moment(change.new_closes_at),
        why=change.reason,
        proposer=change.proposed_by.name if change.proposed_by else "",
        kind=change.kind,
        path=f"/rondes/{round_.id}/sluiting",
    )


def later_working_day(closes_at: datetime, at_least: timedelta) -> datetime:
    """The instant after an outage of `at_least`: the same time on the next working day, or as far on as it takes."""
    local = closes_at.astimezone(calendar.AMSTERDAM)
    day = local.date()
    while True:
        day = calendar.next_working_day(day + timedelta(days=1))
        instant = calendar.local_instant(day, local.time())
        if instant - closes_at >= at_least:
            return instant
