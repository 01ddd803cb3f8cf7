"""Places of a checklist, as far as a story of a rehearsal needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain import reviews


@dataclass(frozen=True)
class Place:
    """A place of the checklist, as far as a story needs it."""

    key: str
    lot: str | None
    has_evidence: bool
    is_whole: bool
    """It counts for every choice of the lot, or of the application: no threshold, party, product or group."""


def place_of(item: reviews.Item, grouped: set[str]) -> Place:
    """One place of the checklist; `grouped` are the codes of requirements of which some may be lost."""
    wanted = item.requirement
    narrowed = wanted.municipality_codes or wanted.product_codes or (wanted.lot_codes and item.lot is None)
    return Place(
        key=item.key,
        lot=item.lot.code if item.lot else None,
        has_evidence=bool(wanted.evidence.get("kinds")),
        is_whole=not narrowed and item.party is None and wanted.code not in grouped,
    )


def sinking(places: Sequence[Place]) -> list[str]:
    """Where a failure refuses the whole application: one place of the organisation, or else every place.

    A place where a document is asked goes before others, because that is what remedy is about.
    """
    common = [place for place in places if place.lot is None and place.is_whole]
    common.sort(key=lambda place: not place.has_evidence)
    return [place.key for place in common[:1] or places]
