"""The offer in a tender: at which lot each award criterion is answered, and what was written there.

An offer is compared per segment: the lot that a criterion names, else the lot at the root. All criteria that hold for
a segment are answered and scored there, so that its weights are 100.00 together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.domain.procedures import KINDS
from portal.models import Application, Lot, OfferDocument, OfferText, Round

KIND = "plan_of_approach"
"""The kind of document that can go with an answer."""

OfferSpot = tuple[str, str]
"""The code of a criterion and the id of a lot."""


@dataclass(frozen=True)
class CriterionAt:
    """One award criterion at one lot, as published. `weight` is a percentage."""

    code: str
    title: str
    text: str
    weight: Decimal
    guidance: tuple[str, ...]
    max_length: int
    source: str
    lot: Lot

    @property
    def key(self) -> str:
        """'G1-1': the name of this place in pages and links."""
        return f"{self.code}-{self.lot.code}"

    @property
    def spot(self) -> OfferSpot:
        return (self.code, self.lot.id)


def _upwards(lot: Lot) -> list[Lot]:
    """A lot and the lots above it, the root last."""
    line = [lot]
    while line[-1].parent is not None:
        line.append(line[-1].parent)
    return line


def _criteria(round_: Round) -> list[dict[str, Any]]:
    if not KINDS[round_.procedure.kind].has_award:
        return []
    return list(round_.settings["award"]["criteria"])


def segment_of(round_: Round, lot: Lot) -> Lot:
    """The lot at which offers on `lot` are compared: the nearest one that a criterion names, else the root."""
    line = _upwards(lot)
    named = {code for one in _criteria(round_) for code in one.get("lots") or []}
    return next((one for one in line if one.code in named), line[-1])


def criteria_of(round_: Round, segment: Lot) -> list[CriterionAt]:
    """The criteria that hold for a segment, in published order."""
    codes = {one.code for one in _upwards(segment)}
    return [
        CriterionAt(
            code=one["code"],
            title=one["title"],
            text=one["text"],
            weight=Decimal(str(one["weight"])),
            guidance=tuple(one.get("guidance") or ()),
            max_length=int(one.get("max_length") or 10_000),
            source=one.get("source") or "",
            lot=segment,
        )
        for one in _criteria(round_)
        if not one.get("lots") or not codes.isdisjoint(one["lots"])
    ]


def segments(round_: Round) -> list[Lot]:
    """Every segment of a round, in published order."""
    found = {one.id: one for one in (segment_of(round_, lot) for lot in round_.lots if lot.products)}
    return sorted(found.values(), key=lambda one: one.position)


def criteria_at(application: Application) -> list[CriterionAt]:
    """Where this application writes its offer: every criterion of every segment it chose, in published order."""
    if not _criteria(application.round):
        return []
    chosen = {one.product.lot_id: one.product.lot for one in application.selections}
    found = {one.id: one for one in (segment_of(application.round, lot) for lot in chosen.values())}
    return [
        place
        for segment in sorted(found.values(), key=lambda one: one.position)
        for place in criteria_of(application.round, segment)
    ]


def text_at(application: Application, place: CriterionAt) -> OfferText | None:
    return next((one for one in application.offer_texts if (one.criterion, one.lot_id) == place.spot), None)


def documents_at(application: Application, place: CriterionAt) -> list[OfferDocument]:
    return [one for one in application.offer_documents if (one.criterion, one.lot_id) == place.spot]


def missing(application: Application) -> list[CriterionAt]:
    """The places without a text: with these one cannot submit."""
    if not _criteria(application.round):
        return []
    written = {(one.criterion, one.lot_id) for one in application.offer_texts if one.text}
    return [place for place in criteria_at(application) if place.spot not in written]


def manifest(application: Application) -> list[dict[str, Any]]:
    """The offer as it is submitted now, with every file and its SHA-256."""
    return [
        {
            "criterion": place.code,
            "lot": place.lot.code,
            "lot_id": place.lot.id,
            "text": written.text if written else "",
            "files": [
                {
                    "document_id": one.document_id,
                    "filename": one.document.filename,
                    "size": one.document.size,
                    "sha256": one.document.sha256,
                }
                for one in sorted(documents_at(application, place), key=lambda one: one.document.sha256)
            ],
        }
        for place in criteria_at(application)
        for written in [text_at(application, place)]
    ]


def submitted(content: Mapping[str, Any]) -> dict[OfferSpot, dict[str, Any]]:
    """The offer in the manifest of a submission, by place."""
    offers: Iterable[dict[str, Any]] = content.get("offers", [])
    return {(one["criterion"], one["lot_id"]): one for one in offers}
