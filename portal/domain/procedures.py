"""Publishing a procedure; a round closes once, and an extra one is called on scarcity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portal.domain import audit, calendar, deadlines, planning, running_terms, wording
from portal.domain.kinds import KINDS, Kind
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotFound, Refused
from portal.models import Coverage, Organisation, Procedure, Round, User
from portal.terms import N_

__all__ = ["KINDS", "Kind"]


def publish(procedure: Procedure, now: datetime) -> None:
    """Make the procedure public. Twice is once."""
    if procedure.published_at is None:
        procedure.published_at = now
        audit.record(procedure, "publish", None, now)


def decided_by(round_: Round, submitted_at: datetime | None = None) -> date:
    """The last day for decisions: so many days after the closing of the round, by the procedure's own terms.

    In a continuous round each application has its own term: from the day it was submitted (`submitted_at`).
    """
    begins = submitted_at if round_.is_continuous and submitted_at is not None else round_.closes_at
    return running_terms.ends_on(round_, "decision", calendar.local_day(begins))


def close(round_: Round, now: datetime) -> bool:
    """Latch the closing. Level-triggered: whoever runs it, however often, the round closes once.

    Returns whether this call closed it. Refused before the instant itself.
    """
    if round_.closed_at is not None:
        return False
    if now < round_.closes_at:
        raise Refused(N_("Deze ronde sluit pas op %(moment)s."), moment=wording.moment(round_.closes_at))
    round_.closed_at = now
    audit.record(round_, "close", None, now, closes_at=round_.closes_at.isoformat())
    return True


def call_extra_round(
    procedure: Procedure,
    actor: User,
    cells: Sequence[Coverage],
    opens_at: datetime,
    closes_at: datetime,
    starts_on: date,
    reason: str,
    told: Sequence[Organisation],
    now: datetime,
) -> Round:
    """A round for scarce cells alone, as the procedure published beforehand. The same call again gives the same round.

    `told` are the organisations that applied before: they hear that it opens. Refused where no extra rounds were
    published, and while another round for one of these cells is open in that time.
    """
    require_official(actor, procedure, "round_manager")
    rules = (procedure.settings.get("rounds") or {}).get("extra_on_scarcity")
    if not KINDS[procedure.kind].extra_rounds or not rules:
        raise Refused(
            N_("Bij deze procedure zijn vooraf geen extra ronden aangekondigd. Een extra ronde kan dus niet.")
        )
    if any(one.product.lot.procedure_id != procedure.id for one in cells):
        raise NotFound(N_("Dit bestaat niet."))
    scope = sorted([one.product.code, one.municipality.code] for one in cells)
    period = (opens_at, closes_at, starts_on)
    for one in procedure.rounds:
        if (
            one.kind == "extra"
            and one.scope == scope
            and (one.opens_at, one.closes_at, one.agreements_start_on) == period
        ):
            return one
    _check_extra(procedure, cells, period, reason.strip(), int(rules["weeks"]), now)
    _refuse_overlap(procedure, scope, opens_at, closes_at)
    number = 1 + sum(one.kind == "extra" and one.label.startswith(f"{starts_on.year}-E") for one in procedure.rounds)
    round_ = Round(
        authority_id=procedure.authority_id,
        label=f"{starts_on.year}-E{number}",
        kind="extra",
        opens_at=opens_at,
        closes_at=closes_at,
        agreements_start_on=starts_on,
        remark=reason.strip(),
        scope=scope,
        edition=procedure.edition,
    )
    procedure.rounds.append(round_)
    planning.hold(procedure, [round_])
    audit.record(round_, "call_extra_round", actor, now, label=round_.label, cells=len(scope))
    for organisation in told:
        audit.tell_organisation(
            round_,
            organisation.users,
            f"extra_round:{round_.id}",
            "extra_round",
            now,
            round=round_.label,
            procedure=procedure.title,
            opens=wording.moment(opens_at),
            closes=wording.moment(closes_at),
            cells=sorted(f"{one.product.name} ({one.municipality.name})" for one in cells),
            why=round_.remark,
            path=f"/procedures/{procedure.authority.slug}/{procedure.slug}",
        )
    return round_


def _check_extra(
    procedure: Procedure,
    cells: Sequence[Coverage],
    period: tuple[datetime, datetime, date],
    reason: str,
    weeks: int,
    now: datetime,
) -> None:
    opens_at, closes_at, starts_on = period
    problems: dict[str, str] = {}
    if not cells:
        problems["cells"] = N_("Kies minstens één combinatie van product en gemeente.")
    elif any(one.state != "scarce" for one in cells):
        problems["cells"] = N_("Een extra ronde is er alleen voor combinaties die ‘schaars’ zijn.")
    if opens_at <= now:
        problems["opens_at"] = N_("Kies een moment dat nog komt.")
    if closes_at < opens_at + timedelta(weeks=weeks):
        problems["closes_at"] = N_("Gepubliceerd is hoe lang een extra ronde open is. Kies een later moment.")
    for field, moment in (("opens_at", opens_at), ("closes_at", closes_at)):
        if not calendar.is_working_day(calendar.local_day(moment)):
            problems.setdefault(field, N_("Deze dag is geen werkdag. Kies een andere dag."))
    problem = deadlines.closing_problem(procedure, closes_at)
    if problem:
        problems.setdefault("closes_at", problem)
    if starts_on <= calendar.local_day(closes_at):
        problems["starts_on"] = N_("De overeenkomsten gaan in na de sluiting van de ronde.")
    elif procedure.agreement_ends_on is not None and starts_on > procedure.agreement_ends_on:
        problems["starts_on"] = N_("Deze dag ligt na het einde van de overeenkomsten.")
    if len(reason) < planning.SHORTEST_REASON:
        problems["reason"] = N_("Schrijf in minstens 10 tekens waarom. Wij publiceren deze reden.")
    if problems:
        raise Invalid(problems)


def _refuse_overlap(procedure: Procedure, scope: list[list[str]], opens_at: datetime, closes_at: datetime) -> None:
    """Two ways in for the same cell at the same time would mean two decisions about one applicant."""
    for one in procedure.rounds:
        concerns = not one.scope or any(cell in one.scope for cell in scope)
        if concerns and one.opens_at < closes_at and opens_at < one.closes_at:
            raise Refused(
                N_("In die tijd is ronde %(label)s al open voor deze combinaties (%(opens)s tot %(closes)s)."),
                label=one.label,
                opens=wording.moment(one.opens_at),
                closes=wording.moment(one.closes_at),
            )
