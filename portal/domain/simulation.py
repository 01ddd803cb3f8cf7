"""What a next edition would do to an earlier round: its submissions held against the new requirements.

Nothing is stored. A submission is rebuilt from its manifest, so what is judged is what was handed in, and the same
rules are asked that an applicant meets (`domain.requirements.gaps`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.domain import editions, manifests, requirements
from portal.models import (
    Answer,
    Application,
    Evidence,
    Organisation,
    Party,
    Procedure,
    Round,
    Selection,
    Submission,
)


@dataclass(frozen=True)
class Newly:
    """One submission that would fall short where it did not before, and why: (place, what is missing)."""

    application: str
    organisation: str
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Outcome:
    """`dropped` names choices ('product, gemeente') that the next edition no longer offers."""

    submissions: int
    newly: tuple[Newly, ...]
    dropped: tuple[str, ...]


def sketch(data: Mapping[str, Any]) -> Procedure:
    """The procedure that a file describes, in memory only: for previews and simulations."""
    return editions.load(editions.found_authority(data), data, "", datetime.min.replace(tzinfo=UTC))


def simulate(
    round_: Round, submissions: Iterable[Submission], current: Mapping[str, Any], proposed: Mapping[str, Any]
) -> Outcome:
    """Hold the submissions of `round_` against the file it followed and a next one (both checked and converted)."""
    present, procedure = sketch(current), sketch(proposed)
    newly, dropped, count = [], set(), 0
    for submission in submissions:
        count += 1
        before = _gaps(submission, present, round_)
        after = _gaps(submission, procedure, round_)
        dropped |= {
            f"{one['product']}, {one['municipality']}"
            for one in submission.content["selections"]
            if (one["product"], one["municipality"]) not in _cells(procedure)
        }
        reasons = tuple(sorted(after - before))
        if reasons:
            content = submission.content
            newly.append(Newly(content["application"], content["organisation"]["name"], reasons))
    return Outcome(count, tuple(sorted(newly, key=lambda one: one.application)), tuple(sorted(dropped)))


def _cells(procedure: Procedure) -> set[tuple[str, str]]:
    return {
        (product.code, cell.municipality.code)
        for lot in procedure.lots
        for product in lot.products
        for cell in product.coverage
        if cell.state in requirements.SELECTABLE
    }


def _gaps(submission: Submission, procedure: Procedure, round_: Round) -> set[tuple[str, str]]:
    application = _rebuilt(submission.content, procedure, round_)
    return {
        (gap.place.key if gap.place else "", gap.text)
        for gap in requirements.gaps(application, submission.submitted_at)
        if gap.step == "requirement"
    }


def _rebuilt(content: Mapping[str, Any], procedure: Procedure, round_: Round) -> Application:
    """The application as it was handed in, under another edition. Not in any session."""
    organisation = content["organisation"]
    application = Application(
        number=content["application"],
        state="under_review",
        round=Round(
            procedure=procedure,
            edition=procedure.edition,
            kind=round_.kind,
            label=round_.label,
            opens_at=round_.opens_at,
            closes_at=round_.closes_at,
            agreements_start_on=round_.agreements_start_on,
        ),
        organisation=Organisation(name=organisation["name"], legal_form=organisation["legal_form"]),
    )
    products = {product.code: product for lot in procedure.lots for product in lot.products}
    municipalities = {one.code: one for one in procedure.authority.municipalities}
    lots = {one.code: one for one in procedure.lots}
    wanted = {one.code: one for one in procedure.requirements}
    parties = {
        one["position"]: Party(**{name: one[name] for name in ("position", "role", "name", "kvk_number", "legal_form")})
        for one in content.get("parties", [])
    }
    application.every_party = list(parties.values())
    application.selections = [
        Selection(product=products[one["product"]], municipality=municipalities[one["municipality"]])
        for one in content["selections"]
        if one["product"] in products and one["municipality"] in municipalities
    ]

    def at(one: Mapping[str, Any]) -> dict[str, Any]:
        requirement, lot, party = wanted[one["requirement"]], lots.get(one["lot"] or ""), parties.get(one.get("party"))
        return {
            "requirement": requirement, "requirement_id": requirement.id, "lot": lot, "lot_id": lot.id if lot else None,
            "party": party, "party_id": party.id if party else None,
        }  # fmt: skip

    application.answers = [
        Answer(**at(one), value=one["value"], is_equivalent=one["is_equivalent"], argument=one["argument"])
        for one in content["answers"]
        if one["requirement"] in wanted
    ]
    application.evidence = [
        Evidence(
            **at(one),
            document=manifests.document_of(one),
        )
        for one in content["files"]
        if one["requirement"] in wanted
    ]
    return application
