"""On the way to a verdict: standard texts with fields, what is being written, and the documents that were seen."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from portal.defects import DEFECTS
from portal.domain import audit
from portal.domain.permissions import require_official
from portal.domain.requirement_types import TYPES
from portal.errors import Invalid, NotFound, Superseded
from portal.models import FindingDraft, ReasonText, Requirement, Review, User
from portal.reason_library import EVERY, LIBRARY
from portal.terms import N_, VERDICTS

if TYPE_CHECKING:
    from portal.domain.reviews import Item

FIELD = re.compile(r"\{(\w[\w /’'-]{0,40})\}")
SHORTEST, LONGEST = 10, 2000
KEEPERS = ("inkoper", "round_manager")
"""Who keeps the standard texts of an authority."""


@dataclass(frozen=True)
class Offered:
    """One standard text at one place, filled as far as the dossier goes. `verdict` '' fits every one but 'meets'."""

    key: str
    verdict: str
    text: str


def offered(requirement: Requirement, own: Iterable[ReasonText], facts: Mapping[str, str]) -> list[Offered]:
    """The texts to choose from: of the procedure (keys from 1), of the authority (its id), of the portal (d1, d2...).

    'equivalent' is left out where it was not published.
    """
    of_procedure = [(str(number), "", text) for number, text in enumerate(requirement.standard_reasons, start=1)]
    of_authority = [(one.id, one.verdict, one.text) for one in own if one.requirement_type in (EVERY, requirement.type)]
    of_portal = [
        (verdict, text)
        for kind in (requirement.type, EVERY)
        for verdict, texts in LIBRARY.get(kind, {}).items()
        for text in texts
    ]
    numbered = [(f"d{number}", verdict, text) for number, (verdict, text) in enumerate(of_portal, start=1)]
    return [
        Offered(key, verdict, filled(text, facts))
        for key, verdict, text in [*of_procedure, *of_authority, *numbered]
        if verdict != "equivalent" or requirement.equivalent_allowed
    ]


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with the fields that the dossier knows; what it does not know stays between braces."""
    return FIELD.sub(lambda field: facts.get(field[1].lower()) or field[0], text)


def open_fields(text: str) -> list[str]:
    """The fields that nobody filled yet, in order, each once."""
    return list(dict.fromkeys(FIELD.findall(text)))


def require_filled(reason: str) -> None:
    """Raises `Invalid` when a field of a standard text still stands in the reason."""
    left = open_fields(reason)
    if left:
        names = ", ".join(f"{{{one}}}" for one in left)
        text = N_("In uw motivering staat nog een veld van een standaardtekst. Typ daar wat u bedoelt: ")
        raise Invalid({"reason": text + names})


def keep_text(actor: User, authority_id: str, form: Mapping[str, str], now: datetime) -> ReasonText:
    """Add a standard text of the own authority; the caller puts it in the session.

    `form` has `requirement_type` ('' for every type), `verdict` and `text`. Raises `Invalid`.
    """
    kind, verdict, text = form.get("requirement_type", ""), form.get("verdict", ""), form.get("text", "").strip()
    problems = {}
    if kind and kind not in TYPES:
        problems["requirement_type"] = N_("Kies een soort eis uit de lijst.")
    if verdict not in VERDICTS:
        problems["verdict"] = N_("Kies bij welk oordeel deze tekst past.")
    if not SHORTEST <= len(text) <= LONGEST:
        problems["text"] = N_("Schrijf een tekst van 10 tot 2.000 tekens.")
    if problems:
        raise Invalid(problems)
    made = ReasonText(
        authority_id=authority_id,
        requirement_type=kind,
        verdict=verdict,
        text=text.replace("\r\n", "\n"),
        made_at=now,
        made_by_id=actor.id,
    )
    require_official(actor, made, *KEEPERS)
    audit.record(made, "keep_reason_text", actor, now, verdict=verdict, requirement_type=kind)
    return made


def retire_text(text: ReasonText, actor: User, now: datetime) -> None:
    """Take a standard text out of the lists. Findings that were written with it stay. Twice is once."""
    require_official(actor, text, *KEEPERS)
    if text.retired_at is None:
        text.retired_at, text.retired_by_id = now, actor.id
        audit.record(text, "retire_reason_text", actor, now)


def documents_at(review: Review, item: Item) -> list[str]:
    """Ids of the documents at one place: as submitted, and what came with each answered remedy."""
    place = (
        item.requirement.code,
        item.lot.code if item.lot else None,
        item.party.position if item.party else None,
    )
    submitted = [
        one["document_id"]
        for one in review.submission.content["files"]
        if (one["requirement"], one["lot"], one.get("party")) == place
    ]
    sent = [
        one.document_id
        for remedy in review.remedies
        if remedy.answered_at is not None
        for each in remedy.items
        if each.spot == item.spot
        for one in each.documents
    ]
    answered = [one.id for one in review.remedies if one.answered_at for each in one.items if each.spot == item.spot]
    return [*submitted, *sent, *answered]


def mark(review: Review, item: Item) -> str:
    """A short mark of what lies at one place, remedies included: it changes when something came."""
    return hashlib.sha256(" ".join(documents_at(review, item)).encode()).hexdigest()[:16]


def require_current(review: Review, item: Item, seen: str | None) -> None:
    """Raises `Superseded` when the form showed other documents than lie at this place now."""
    if seen is not None and seen != mark(review, item):
        raise Superseded(
            N_(
                "Bij eis %(key)s kwam een nieuw stuk of antwoord binnen nadat u deze pagina opende. Uw oordeel ging "
                "over het oude en is niet bewaard. Bekijk eerst wat er nu ligt."
            ),
            key=item.key,
        )


def keep_draft(
    review: Review,
    actor: User,
    found: FindingDraft | None,
    item: Item,
    now: datetime,
    *,
    verdict: str,
    reason: str,
    product_codes: Iterable[str],
    defect: str,
    based_on: int,
    seen: str,
) -> FindingDraft | None:
    """Keep what `actor` is writing at this place; returns a new row for the caller to add, else None.

    It is no finding: it counts nowhere, and nobody else reads it. Only its beginning is in the log, because each
    next save is the same act going on.
    """
    require_official(actor, review, "inkoper")
    if found is not None and found.user_id != actor.id:
        raise NotFound(N_("Dit bestaat niet."))
    given = item.finding
    if given is not None and (given.found_by.id, given.verdict, given.reason) == (actor.id, verdict, reason.strip()):
        return None  # what is kept here was saved as a verdict a moment ago
    made = found is None
    draft = found or FindingDraft(
        authority_id=review.authority_id, review_id=review.id, user_id=actor.id, place=item.key
    )
    draft.verdict = verdict if verdict in VERDICTS else ""
    draft.reason = reason.replace("\r\n", "\n")
    draft.product_codes = sorted(set(product_codes))
    draft.defect = defect if defect in DEFECTS else ""
    draft.based_on, draft.seen, draft.saved_at = based_on, seen[:60], now
    if not made:
        return None
    audit.record(draft, "begin_finding", actor, now, place=item.key)
    return draft
