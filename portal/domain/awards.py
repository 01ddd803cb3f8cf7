"""The award of a tender: proposed per lot with its reasons, confirmed by a second official, told in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain import audit, offers, ranking, scoring
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.domain.ranking import Standing
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Application, Award, Decision, Lot, Round, User
from portal.terms import N_, REASON_LENGTH

CONFIRMERS = ("round_manager", "authority_signatory")
TIE_METHODS = frozenset({"choice", "drawn"})


@dataclass(frozen=True)
class Tie:
    """How equal totals at the edge were told apart: which of them get a contract, by choice or by drawing lots."""

    application_ids: frozenset[str]
    method: str
    reason: str


NO_TIE = Tie(frozenset(), "", "")


def current(round_: Round, segment: Lot) -> Award | None:
    """The award that is proposed or confirmed on a segment."""
    return next((one for one in round_.awards if one.lot_id == segment.id and one.state != "sent_back"), None)


def at_edge(ranked: Sequence[Standing], contracts: int) -> list[Standing]:
    """The offers with an equal total of which some would get one of so many contracts and others would not."""
    if contracts >= len(ranked) or ranked[contracts - 1].total != ranked[contracts].total:
        return []
    return [one for one in ranked if one.total == ranked[contracts].total]


def _winners(ranked: Sequence[Standing], contracts: int, tie: Tie) -> list[Standing]:
    """Who gets the contracts, best first. Raises `Invalid` for a tie that was not, or wrongly, told apart."""
    equal = at_edge(ranked, contracts)
    if not equal:
        return list(ranked[:contracts])
    above = [one for one in ranked if one.rank < equal[0].rank]
    chosen = [one for one in equal if one.application.id in tie.application_ids]
    problems: dict[str, str] = {}
    if len(chosen) != contracts - len(above):
        problems["tie"] = N_("Kies precies zoveel van de gelijk geëindigde inschrijvingen als er contracten over zijn.")
    if tie.method not in TIE_METHODS:
        problems["tie_method"] = N_("Kies of er is geloot of dat u een gemotiveerde keuze maakt.")
    if len(tie.reason.strip()) < scoring.JUSTIFICATION_LENGTH:
        problems["tie_reason"] = N_("Leg in minstens 30 tekens vast hoe de keuze of de loting ging.")
    if problems:
        raise Invalid(problems)
    return above + chosen


def _facts(round_: Round, segment: Lot, ranked: Sequence[Standing], winners: Sequence[Standing]) -> dict[str, Any]:
    """The whole comparison, frozen."""
    rules, won = scoring.rules(round_), {one.application.id for one in winners}
    others = "reserve" if rules.reserve else "not_awarded"
    codes = {one.id: one.code for one in round_.authority.municipalities}
    return {
        "lot": {"code": segment.code, "name": segment.name},
        "criteria": [
            {"code": one.code, "title": one.title, "weight": str(one.weight)}
            for one in offers.criteria_of(round_, segment)
        ],
        "scale": [{"points": one.points, "label": one.label} for one in rules.scale],
        "rounding": {"decimals": rules.decimals, "rule": rules.rule},
        "offers": [
            {
                "application_id": one.application.id,
                "application": one.application.number,
                "organisation": one.application.organisation.name,
                "total": str(one.total),
                "rank": one.rank,
                "outcome": "admitted" if one.application.id in won else others,
                "municipalities": sorted(codes[key] for key in one.municipality_ids),
                "points": {
                    code: {"points": joint.points, "justification": joint.justification}
                    for code, joint in one.joint.items()
                },
            }
            for one in ranked
        ],
    }


def propose(
    round_: Round,
    segment: Lot,
    actor: User,
    applications: Sequence[Application],
    contracts: int | None,
    justification: str,
    now: datetime,
    *,
    tie: Tie = NO_TIE,
) -> Award:
    """The chair proposes how many contracts a lot gets; the offers with the highest totals get them.

    `applications` are all those of the round in review. Refused while one of them is not through the review or has no
    joint score, and for a number that breaks what was published (fewest contracts, fewest per municipality).
    """
    require_official(actor, round_, scoring.CHAIR)
    rules = scoring.rules(round_)
    if any(one.state != "decided" for one in applications):
        raise Refused(N_("Nog niet van elke inschrijving is vastgesteld of ze aan het minimum voldoet."))
    if current(round_, segment) is not None:
        raise Refused(N_("Voor dit perceel ligt al een gunning voor."))
    if ranking.undecided(applications, segment):
        raise Refused(N_("Nog niet elk aanbod op dit perceel heeft een gezamenlijke score."))
    ranked = ranking.standings(round_, segment, applications)
    if not ranked:
        raise Refused(N_("Op dit perceel is geen aanbod dat aan het minimum voldoet."))
    options = ranking.reach(ranked, ranking.municipality_ids(round_, segment), rules)
    fewest = ranking.fewest(options, rules)
    problems: dict[str, str] = {}
    if contracts is None or not fewest <= contracts <= len(ranked):
        problems["contracts"] = N_("Kies een aantal dat past bij de gepubliceerde regel en het aantal inschrijvingen.")
    if len(justification.strip()) < scoring.JUSTIFICATION_LENGTH:
        problems["justification"] = N_("Motiveer het aantal contracten in minstens 30 tekens.")
    if problems or contracts is None:
        raise Invalid(problems)
    winners = _winners(ranked, contracts, tie)
    is_tied = bool(at_edge(ranked, contracts))
    award = Award(
        authority_id=round_.authority_id,
        lot=segment,
        lot_id=segment.id,
        sequence=len(round_.awards) + 1,
        state="proposed",
        contracts=contracts,
        justification=justification.strip(),
        tie_method=tie.method if is_tied else "",
        tie_reason=tie.reason.strip() if is_tied else "",
        facts=_facts(round_, segment, ranked, winners),
        proposed_at=now,
        proposed_by=actor,
        proposed_by_id=actor.id,
    )
    round_.awards.append(award)
    audit.record(award, "propose_award", actor, now, round=round_.label, lot=segment.code, contracts=contracts)
    return award


def send_back(award: Award, actor: User, reason: str, now: datetime) -> None:
    """A second official does not agree: the proposal stays on record with the reason, and a new one can be made."""
    require_official(actor, award, *CONFIRMERS)
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom u het voorstel teruggeeft.")})
    advance(award, "send_back", actor, now, reason=reason.strip())
    award.sent_back_reason = reason.strip()


def confirm(award: Award, actor: User, applications: Sequence[Application], now: datetime) -> None:
    """A second official confirms: what was 'qualified' becomes admitted, reserve or not awarded, with its reasons."""
    require_official(actor, award, *CONFIRMERS)
    if award.proposed_by_id == actor.id:
        raise NotAllowed(N_("U stelde deze gunning zelf voor. Een collega moet haar vaststellen."))
    advance(award, "confirm", actor, now, contracts=award.contracts)
    award.confirmed_at, award.confirmed_by, award.confirmed_by_id = now, actor, actor.id
    by_id = {one.id: one for one in applications}
    for entry in award.facts["offers"]:
        for decision in ranking.decisions_in(by_id[entry["application_id"]], award.lot):
            decision.outcome, decision.reason = entry["outcome"], reason(award.facts, entry)
    divide_budgets(award, [by_id[one["application_id"]] for one in award.facts["offers"] if _has_won(one)])


def _has_won(entry: Mapping[str, Any]) -> bool:
    return bool(entry["outcome"] == "admitted")


def _number(text: str) -> str:
    return text.replace(".", ",")


def last_winner(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The offer with the lowest total that got a contract: what others are compared with."""
    found: dict[str, Any] = [one for one in facts["offers"] if _has_won(one)][-1]
    return found


def reason(facts: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """Why an offer got a contract or not: rank, own points with their reasons, and the last one that got a contract.

    Of another offer only its name, rank and points are told, not why it got them: that may be confidential.
    """
    labels = {one["points"]: one["label"] for one in facts["scale"]}
    most, winner = max(labels), last_winner(facts)
    won = [one["organisation"] for one in facts["offers"] if _has_won(one)]
    place = f"rang {entry['rank']} van {len(facts['offers'])}"
    lines = [f"Uw aanbod op perceel {facts['lot']['code']}: {place}, totaal {_number(entry['total'])} van 100."]
    if not _has_won(entry):
        contracts = "Er is 1 contract gegund, aan" if len(won) == 1 else f"Er zijn {len(won)} contracten gegund, aan"
        lines.append(
            f"{contracts} {' en '.join([', '.join(won[:-1]), won[-1]] if won[1:] else won)}; "
            f"van hen heeft {winner['organisation']} het laagste totaal: {_number(winner['total'])} "
            f"(rang {winner['rank']})."
        )
    for one in facts["criteria"]:
        own, best = entry["points"][one["code"]], winner["points"][one["code"]]["points"]
        beside = "" if _has_won(entry) else f" {winner['organisation']} kreeg {best} punten ({labels[best]})."
        lines.append(
            f"{one['code']} {one['title']} (weegt {_number(one['weight'])}%): u kreeg {own['points']} van de {most} "
            f"punten ({labels[own['points']]}). {' '.join(own['justification'].split())}{beside}"
        )
    return "\n".join(lines)


def _under(lot: Lot, top: Lot) -> bool:
    found: Lot | None = lot
    while found is not None and found.id != top.id:
        found = found.parent
    return found is not None


def budget_decisions(application: Application, top: Lot, municipality_id: str) -> list[Decision]:
    """What this provider delivers from the budget of a lot in one municipality, in published order."""
    return sorted(
        (
            one
            for one in application.decisions
            if one.outcome == "admitted"
            and one.municipality_id == municipality_id
            and one.product.funding != "per_unit"
            and _under(one.product.lot, top)
        ),
        key=lambda one: (one.product.lot.position, one.product.position),
    )


def budget_lots(award: Award) -> list[Lot]:
    """The lots within the awarded one that have a budget per municipality."""
    return [lot for lot in award.round.lots if lot.details.get("budgets") and _under(lot, award.lot)]


def divide_budgets(award: Award, winners: Sequence[Application]) -> None:
    """Equal parts in whole cents, per lot and municipality, among who delivers there; what is left to the highest.

    The first product of the budget in that municipality carries the amount.
    """
    ids = {one.code: one.id for one in award.round.authority.municipalities}
    for lot in budget_lots(award):
        for budget in lot.details["budgets"]:
            carriers = [
                found[0]
                for one in winners
                for found in [budget_decisions(one, lot, ids[budget["municipality"]])]
                if found
            ]
            if not carriers:
                continue
            share, rest = divmod(int(budget["amount_cents"]), len(carriers))
            for index, decision in enumerate(carriers):
                decision.budget_cents = (decision.budget_cents or 0) + share + (rest if index == 0 else 0)


def letter_facts(application: Application) -> list[dict[str, Any]]:
    """What the letter of a tender says beside the outcomes, per lot; of another offer no more than `reason` tells."""
    result = []
    for award in application.round.awards:
        entry = next((one for one in award.facts["offers"] if one["application_id"] == application.id), None)
        if award.state != "confirmed" or entry is None:
            continue
        labels = {one["points"]: one["label"] for one in award.facts["scale"]}
        winner = last_winner(award.facts)
        result.append(
            {
                "lot": award.facts["lot"],
                "outcome": entry["outcome"],
                "rank": entry["rank"],
                "offers": len(award.facts["offers"]),
                "total": entry["total"],
                "contracts": award.contracts,
                "justification": award.justification,
                "tie_method": award.tie_method,
                "tie_reason": award.tie_reason,
                "winners": [one["organisation"] for one in award.facts["offers"] if _has_won(one)],
                "last_winner": {name: winner[name] for name in ("organisation", "rank", "total")},
                "most_points": max(labels),
                "criteria": [
                    {
                        **one,
                        **entry["points"][one["code"]],
                        "label": labels[entry["points"][one["code"]]["points"]],
                        "winner_points": winner["points"][one["code"]]["points"],
                        "winner_label": labels[winner["points"][one["code"]]["points"]],
                    }
                    for one in award.facts["criteria"]
                ],
            }
        )
    return result


def require_whole(waiting: int) -> None:
    """A tender tells everybody in one go: `waiting` applications have no decision yet, or wait for the award."""
    if waiting:
        raise Refused(
            N_("%(count)d inschrijvingen hebben nog geen besluit. Stel eerst elke gunning vast."), count=waiting
        )


def find(round_: Round, code: str) -> Lot:
    """The segment with this code. Raises `NotFound`."""
    scoring.require_award(round_)
    for one in offers.segments(round_):
        if one.code == code:
            return one
    raise NotFound(N_("Dit bestaat niet."))
