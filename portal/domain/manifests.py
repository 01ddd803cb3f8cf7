"""The whole of what is submitted, as one frozen text: what reviewers see later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from portal.domain import offers, requirements, validity
from portal.domain.integrity_forms import form_of
from portal.domain.kinds import KINDS
from portal.domain.requirements import Place
from portal.models import Application, Document, Evidence, Party
from portal.terms import DOCUMENT_KINDS


def evidence_at(application: Application, place: Place | None, party: Party | None = None) -> list[Evidence]:
    """The documents used at a place; `None` is the integrity check of the applicant, or of `party`."""
    spot = place.spot if place else (None, None, party.id if party else None)
    return [one for one in application.evidence if one.spot == spot]


def _questionnaires(application: Application) -> dict[str, Any]:
    """What was filled in here for the integrity check: that it is there, with a digest that tells nothing of it."""
    found = [(party, form_of(application, party)) for party in requirements.integrity_parties(application)]
    named = [
        {
            "party": party.position if party else None,
            "form_id": form.id,
            "model": form.model,
            "version": form.version,
            "sha256": form.sha256,
        }
        for party, form in found
        if form is not None and form.is_complete
    ]
    return {"questionnaires": named} if named else {}


def manifest(application: Application, now: datetime | None = None) -> dict[str, Any]:
    """What would be submitted now: organisation, choices, answers, and every file with its SHA-256.

    This is the whole of what reviewers see later, so it holds the ids of what it names. With `now` every file at a
    requirement also says what its validity was at that instant (`validity.Judgement.frozen`).
    """
    organisation, round_ = application.organisation, application.round
    everywhere = requirements.places(application)
    answers = {one.spot: one for one in application.answers}
    # Only a tender has award criteria, so that only there a submission holds an offer.
    offered = {"offers": offers.manifest(application)} if KINDS[round_.procedure.kind].has_award else {}
    return {
        **offered,
        **_questionnaires(application),
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
                **_filled_in_by(one),
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
            _file(place, party, one, now)
            for place, party in [
                *((place, place.party) for place in everywhere),
                *((None, party) for party in requirements.integrity_parties(application) or [None]),
            ]
            for one in sorted(evidence_at(application, place, party), key=lambda one: one.document.sha256)
        ],
    }


def _filled_in_by(party: Party) -> dict[str, Any]:
    """Who filled in what this party says; a party that did so itself, with who declared it ready, and when.

    `sharing` is by code of a requirement what it let the lead read, where that is not 'answer' (`terms.SHARING`).
    """
    part = party.own_part
    if part is None:
        return {"filled_in_by": "lead"}
    codes = {one.id: one.code for one in party.application.round.requirements}
    return {
        "filled_in_by": "party",
        "own_part_id": part.id,
        "organisation_id": part.organisation_id,
        "ready_by": part.ready_by.name if part.ready_by else None,
        "ready_at": part.ready_at.isoformat() if part.ready_at else None,
        "sharing": {codes[key]: value for key, value in part.sharing.items() if key in codes},
    }


READABLE = ("requirement", "lot", "party", "kind", "size", "sha256")
"""What the lead may always read of a party's file."""


def for_lead(content: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest as the lead may read it: of what a party keeps to itself only the kind and the SHA-256 of a file.

    The same as `content` where nothing is kept. What reviewers see is always the whole.
    """
    own = {one["position"]: one for one in content.get("parties", []) if one.get("filled_in_by") == "party"}

    def sharing(one: Mapping[str, Any]) -> str:
        party = own.get(one.get("party"))
        return "all" if party is None else str(party["sharing"].get(one["requirement"], "answer"))

    return {
        **content,
        "answers": [
            {**one, "value": {}, "argument": ""} if sharing(one) == "nothing" else one for one in content["answers"]
        ],
        "files": [
            one
            if sharing(one) == "all" and (one["requirement"] or one.get("party") not in own)
            else {
                **dict.fromkeys(one, ""),
                **{name: one[name] for name in READABLE},
                "filename": DOCUMENT_KINDS[one["kind"]].label,
                "is_kept": True,
            }
            for one in content["files"]
        ],
    }


def _file(place: Place | None, party: Party | None, evidence: Evidence, now: datetime | None) -> dict[str, Any]:
    """One file as it is handed in. The keys after `expires_on` came later: older manifests do not have them."""
    document = evidence.document
    entry: dict[str, Any] = {
        "requirement": place.requirement.code if place else None,
        "lot": place.lot.code if place and place.lot else None,
        "party": party.position if party else None,
        "document_id": evidence.document_id,
        "kind": document.kind,
        "filename": document.filename,
        "size": document.size,
        "sha256": document.sha256,
        "issued_on": str(document.issued_on or ""),
        "expires_on": str(document.expires_on or ""),
        "version": document.version,
        "issuer": document.issuer,
        "number": document.number,
        "scope": document.scope,
        "holder_name": document.holder_name,
        "holder_kvk_number": document.holder_kvk_number,
        "starts_on": str(document.starts_on or ""),
        "about_on": str(document.about_on or ""),
    }
    if now is not None and place is not None:
        entry["validity"] = validity.judge(document, place, evidence.application, now).frozen()
    return entry


def document_of(file: Mapping[str, Any]) -> Document:
    """A document in memory with what the entry of a file in a manifest, also an old one, says of it."""
    days = ("issued_on", "starts_on", "expires_on", "about_on")
    texts = ("issuer", "number", "scope", "holder_name", "holder_kvk_number")
    return Document(
        kind=file["kind"],
        filename=file["filename"],
        **{name: file.get(name, "") for name in texts},
        **{name: date.fromisoformat(file[name]) if file.get(name) else None for name in days},
    )


def is_as_submitted(text: str, application: Application) -> bool:
    """Whether the draft says what a manifest says. What only came with the passing of time does not count."""
    was, present = json.loads(text), manifest(application)
    for part in ("files", "parties"):
        if len(was[part]) != len(present[part]):
            return False
        for before, after in zip(was[part], present[part], strict=True):
            before.pop("validity", None)
            for name in after.keys() - before.keys():  # keys that are younger than that submission
                del after[name]
    return canonical(was) == canonical(present)


def canonical(value: Mapping[str, Any]) -> str:
    """One text for one value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
