"""The whole of what is submitted, as one frozen text: what reviewers see later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from portal.domain import offers, requirements
from portal.domain.kinds import KINDS
from portal.domain.requirements import Place
from portal.models import Application, Evidence


def evidence_at(application: Application, place: Place | None) -> list[Evidence]:
    """The documents used at a place; `None` is the integrity check."""
    spot = place.spot if place else (None, None, None)
    return [one for one in application.evidence if one.spot == spot]


def manifest(application: Application) -> dict[str, Any]:
    """What would be submitted now: organisation, choices, answers, and every file with its SHA-256.

    This is the whole of what reviewers see later, so it holds the ids of what it names.
    """
    organisation, round_ = application.organisation, application.round
    everywhere = requirements.places(application)
    answers = {one.spot: one for one in application.answers}
    # Only a tender has award criteria, so that only there a submission holds an offer.
    offered = {"offers": offers.manifest(application)} if KINDS[round_.procedure.kind].has_award else {}
    return {
        **offered,
        "application": application.number,
        "procedure": {
            "slug": round_.procedure.slug,
            "title": round_.procedure.title,
            "file_sha256": round_.procedure.file_digest,
        },
        "round": round_.label,
        "organisation": {
            "id": organisation.id,
            "kvk_number": organisation.kvk_number,
            "name": organisation.name,
            "legal_form": organisation.legal_form,
            "city": organisation.city,
        },
        "selections": sorted(
            (
                {
                    "lot": one.product.lot.code,
                    "product": one.product.code,
                    "product_id": one.product_id,
                    "municipality": one.municipality.code,
                    "municipality_id": one.municipality_id,
                }
                for one in application.selections
            ),
            key=lambda one: (one["lot"], one["product"], one["municipality"]),
        ),
        "parties": [
            {
                "position": one.position,
                "party_id": one.id,
                "role": one.role,
                "name": one.name,
                "kvk_number": one.kvk_number,
                "legal_form": one.legal_form,
                "city": one.city,
                "part": one.part,
            }
            for one in application.parties
        ],
        "answers": [
            {
                "requirement": place.requirement.code,
                "requirement_id": place.requirement.id,
                "requirement_version": place.requirement.version,
                "lot": place.lot.code if place.lot else None,
                "lot_id": place.lot_id,
                "party": place.party.position if place.party else None,
                "party_id": place.party.id if place.party else None,
                "value": found.value if found else {},
                "is_equivalent": bool(found and found.is_equivalent),
                "argument": found.argument if found else "",
            }
            for place in everywhere
            for found in [answers.get(place.spot)]
        ],
        "files": [
            {
                "requirement": place.requirement.code if place else None,
                "lot": place.lot.code if place and place.lot else None,
                "party": place.party.position if place and place.party else None,
                "document_id": one.document_id,
                "kind": one.document.kind,
                "filename": one.document.filename,
                "size": one.document.size,
                "sha256": one.document.sha256,
                "issued_on": str(one.document.issued_on or ""),
                "expires_on": str(one.document.expires_on or ""),
            }
            for place in [*everywhere, None]
            for one in sorted(evidence_at(application, place), key=lambda one: one.document.sha256)
        ],
    }


def canonical(value: Mapping[str, Any]) -> str:
    """One text for one value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
