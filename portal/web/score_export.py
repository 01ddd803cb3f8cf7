"""Every score of a round as a table and as JSON: from it alone the totals and ranks can be computed again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from portal.domain import offers, ranking, scoring
from portal.domain.offers import CriterionAt
from portal.domain.ranking import Standing
from portal.models import Application, Round

HEADER = (
    "Perceel", "Aanmelding", "Zorgaanbieder", "Criterium", "Gewicht", "Hoogste punten", "Schaal", "Decimalen",
    "Afronding", "Soort", "Beoordelaar", "Volgnummer", "Telt", "Punten", "Motivering", "Vastgelegd", "Heropend omdat",
    "Totaal", "Rang",
)  # fmt: skip
INDIVIDUAL, JOINT = "individueel", "gezamenlijk"


def _scores(application: Application, place: CriterionAt) -> Iterator[dict[str, Any]]:
    """Every score at a place, also what no longer counts."""
    counting = {one.id for one in scoring.scores_at(application, place)}
    for score in application.scores:
        if (score.criterion, score.lot_id) == place.spot:
            yield {
                "kind": INDIVIDUAL,
                "by": score.assessor.name,
                "sequence": score.sequence,
                "counts": score.id in counting,
                "points": score.points,
                "justification": score.justification,
                "at": score.scored_at.isoformat(),
                "reopened": "",
            }
    for joint in scoring.history_at(application, place):
        yield {
            "kind": JOINT,
            "by": joint.recorded_by.name,
            "sequence": joint.sequence,
            "counts": joint.reopened_at is None,
            "points": joint.points,
            "justification": joint.justification,
            "at": joint.recorded_at.isoformat(),
            "reopened": joint.reopen_reason,
        }


def as_values(round_: Round, applications: Sequence[Application]) -> dict[str, Any]:
    """The whole comparison as plain values; weights and totals as text with a point."""
    rules, lots = scoring.rules(round_), []
    for segment in offers.segments(round_):
        ranked: dict[str, Standing] = {
            one.application.id: one for one in ranking.standings(round_, segment, applications)
        }
        criteria = offers.criteria_of(round_, segment)
        lots.append(
            {
                "lot": segment.code,
                "criteria": [{"code": one.code, "title": one.title, "weight": str(one.weight)} for one in criteria],
                "offers": [
                    {
                        "application": one.number,
                        "organisation": one.organisation.name,
                        "total": str(ranked[one.id].total) if one.id in ranked else None,
                        "rank": ranked[one.id].rank if one.id in ranked else None,
                        "scores": {place.code: list(_scores(one, place)) for place in criteria},
                    }
                    for one in ranking.offers_on(applications, segment)
                ],
            }
        )
    return {
        "round": round_.label,
        "procedure": round_.procedure.title,
        "scale": [{"points": one.points, "label": one.label} for one in rules.scale],
        "rounding": {"decimals": rules.decimals, "rule": rules.rule},
        "lots": lots,
    }


def as_json(round_: Round, applications: Sequence[Application]) -> bytes:
    return json.dumps(as_values(round_, applications), ensure_ascii=False, indent=1).encode()


def _comma(number: str | None) -> str:
    return (number or "").replace(".", ",")


def rows(round_: Round, applications: Sequence[Application]) -> Iterator[tuple[Any, ...]]:
    """One row per score, for `HEADER`; decimals with a comma, as Dutch spreadsheets read them."""
    values = as_values(round_, applications)
    points = [one["points"] for one in values["scale"]]
    scale, rounding = " ".join(str(one) for one in points), values["rounding"]
    for lot in values["lots"]:
        for offer in lot["offers"]:
            for criterion in lot["criteria"]:
                for one in offer["scores"][criterion["code"]]:
                    yield (
                        lot["lot"], offer["application"], offer["organisation"], criterion["code"],
                        _comma(criterion["weight"]), max(points), scale, rounding["decimals"], rounding["rule"],
                        one["kind"], one["by"], one["sequence"], "ja" if one["counts"] else "nee", one["points"],
                        one["justification"], one["at"], one["reopened"], _comma(offer["total"]), offer["rank"],
                    )  # fmt: skip
