"""Totals, ranks and coverage of the offers on one lot of a tender: computed from joint points, never stored apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from portal.domain import offers, requirements, scoring
from portal.domain.scoring import Rules
from portal.models import Application, Consensus, Decision, Lot, Round


@dataclass(frozen=True)
class Standing:
    """One offer among the others on a lot. Equal totals have an equal rank; the next rank counts on (1, 2, 2, 4)."""

    application: Application
    total: Decimal
    rank: int
    joint: dict[str, Consensus]
    municipality_ids: frozenset[str]


@dataclass(frozen=True)
class Reach:
    """What so many contracts in rank order mean: how many providers each municipality gets, and where too few."""

    contracts: int
    providers: dict[str, int]
    gaps: frozenset[str]


def rounded(value: Fraction, decimals: int, rule: str) -> Decimal:
    """An exact number of zero or more, rounded to so many decimals: halves up, or to the even neighbour.

    In whole numbers all the way: a third is never cut off before it is rounded.
    """
    scaled = value * 10**decimals
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    if twice > scaled.denominator or (twice == scaled.denominator and (rule == "half_up" or whole % 2)):
        whole += 1
    return Decimal(whole).scaleb(-decimals)


def total(parts: Iterable[tuple[int, Decimal]], most_points: int, decimals: int, rule: str) -> Decimal:
    """The weighted total of (points, weight): the sum of points / most points x weight, rounded once, at the end."""
    exact = sum((Fraction(weight) * points / most_points for points, weight in parts), Fraction(0))
    return rounded(exact, decimals, rule)


def decisions_in(application: Application, segment: Lot) -> list[Decision]:
    """What is decided about this offer on a segment, without what does not meet the minimum."""
    return [
        one
        for one in application.decisions
        if one.outcome != "refused" and offers.segment_of(application.round, one.product.lot).id == segment.id
    ]


def offers_on(applications: Iterable[Application], segment: Lot) -> list[Application]:
    """The offers that are compared on a segment."""
    return [one for one in applications if any(place.lot.id == segment.id for place in scoring.places(one))]


def undecided(applications: Iterable[Application], segment: Lot) -> int:
    """How many joint scores are still to be made on a segment."""
    return sum(
        scoring.consensus_at(one, place) is None
        for one in applications
        for place in scoring.places(one)
        if place.lot.id == segment.id
    )


def standings(round_: Round, segment: Lot, applications: Sequence[Application]) -> list[Standing]:
    """The offers with all their joint scores, best first; among equals in the order of their random ids."""
    rules, found = scoring.rules(round_), []
    for application in offers_on(applications, segment):
        wanted = offers.criteria_of(round_, segment)
        joint = {one.code: scoring.consensus_at(application, one) for one in wanted}
        scored = {code: one for code, one in joint.items() if one is not None}
        if len(scored) == len(wanted):
            parts = [(scored[one.code].points, one.weight) for one in wanted]
            found.append((total(parts, rules.most_points, rules.decimals, rules.rule), application, scored))
    found.sort(key=lambda one: (-one[0], one[1].id))
    return [
        Standing(
            application=application,
            total=sum_,
            rank=1 + sum(other > sum_ for other, _, _ in found),
            joint=scored,
            municipality_ids=frozenset(one.municipality_id for one in decisions_in(application, segment)),
        )
        for sum_, application, scored in found
    ]


def municipality_ids(round_: Round, segment: Lot) -> set[str]:
    """The municipalities where something of a segment could be chosen. What nobody could offer is no gap."""
    return {
        cell.municipality_id
        for lot in round_.lots
        if lot.products and offers.segment_of(round_, lot).id == segment.id
        for product in lot.products
        for cell in product.coverage
        if requirements.is_offered(round_, product, cell)
    }


def reach(ranked: Sequence[Standing], wanted: Iterable[str], rules: Rules) -> list[Reach]:
    """For one contract, two, and so on: how many providers in rank order serve each wanted municipality."""
    places, result = sorted(wanted), []
    for contracts in range(1, len(ranked) + 1):
        providers = {place: sum(place in one.municipality_ids for one in ranked[:contracts]) for place in places}
        gaps = frozenset(place for place, number in providers.items() if number < rules.per_municipality)
        result.append(Reach(contracts, providers, gaps))
    return result


def fewest(options: Sequence[Reach], rules: Rules) -> int:
    """The smallest number of contracts that keeps the published promise; all offers when no number does."""
    kept = (one.contracts for one in options if one.contracts >= rules.least and not one.gaps)
    return next(kept, len(options))
