"""What shadows saw otherwise than the reviewers of a round: per requirement, so that an unclear one shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from portal.domain import reviews, side_reviews
from portal.domain.reviews import Item
from portal.models import Finding, Requirement, SideReview, SideVerdict


@dataclass(frozen=True)
class Pair:
    """One place that both judged: the finding that counts and the verdict of the shadow."""

    side: SideReview
    item: Item
    finding: Finding
    own: SideVerdict

    @property
    def differs(self) -> bool:
        return side_reviews.differs(self.finding, self.own)


@dataclass
class Line:
    """One requirement: the places that both judged, and how they differed, by (finding, shadow)."""

    requirement: Requirement
    pairs: list[Pair] = field(default_factory=list)

    @property
    def different(self) -> list[Pair]:
        return [one for one in self.pairs if one.differs]

    @property
    def percent(self) -> int:
        """Of a hundred places, in how many the two differed."""
        return round(100 * len(self.different) / len(self.pairs))

    @property
    def kinds(self) -> list[tuple[tuple[str, str], int]]:
        """The pairs of verdicts that differed, the most frequent first."""
        return Counter((one.finding.verdict, one.own.verdict) for one in self.different).most_common()


def pairs(sides: Iterable[SideReview]) -> list[Pair]:
    """Every place that a shadow and the reviewer both judged, in the order of the dossiers and of the requirements."""
    found = []
    for side in sides:
        own = side_reviews.latest(side)
        for item in reviews.items(side.review):
            if item.finding is not None and item.spot in own:
                found.append(Pair(side, item, item.finding, own[item.spot]))
    return found


def lines(found: Iterable[Pair]) -> list[Line]:
    """Per requirement, what differs most first; the same share in published order."""
    by_code: dict[str, Line] = {}
    for pair in found:
        by_code.setdefault(pair.item.requirement.code, Line(pair.item.requirement)).pairs.append(pair)
    return sorted(by_code.values(), key=lambda one: (-one.percent, one.requirement.position))
