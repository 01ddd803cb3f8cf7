"""What officials see of the letter of a decision on its way: its passages, what differs, and whether it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from portal.deciding_words import PASSAGES
from portal.domain import decisions, letters, releases
from portal.models import DecisionLetter, LetterDraft
from portal.queries import letters as queries
from portal.queries.letters import Delivery
from portal.web.context import db, now, person


@dataclass(frozen=True)
class Passage:
    """One passage of a letter: as composed, as it stands, and the words that differ."""

    key: str
    label: str
    composed: str
    text: str
    difference: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Arrived:
    """One letter that was told, the mails about it, and who opened it first."""

    letter: DecisionLetter
    deliveries: list[Delivery]
    opened_by: str


def passages(draft: LetterDraft, typed: Mapping[str, str] | None = None) -> list[Passage]:
    """Every passage of the letter; `typed` in the place of what is stored, after a refusal."""
    facts = decisions.letter_facts(draft.application, "", now())
    composed, stands = letters.compose(facts), letters.passages(draft, facts)
    return [
        Passage(
            key,
            gettext(PASSAGES[key].label),
            composed[key],
            (typed or {}).get(key, text),
            letters.difference(composed[key], text) if key in draft.passages else [],
        )
        for key, text in stands.items()
    ]


def shown(draft: LetterDraft, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the page of a decision shows of its letter."""
    me = person()
    is_awarded = releases.waits_for(draft) != "award"
    return {
        "passages": passages(draft, typed) if is_awarded else [],
        "may_edit": is_awarded
        and draft.state not in releases.ON_ITS_WAY
        and bool(me.role_names & set(letters.EDITORS)),
        "may_agree": draft.state == "edited"
        and draft.edited_by_id != me.id
        and bool(me.role_names & set(letters.EDITORS)),
        "arrived": [
            Arrived(one, queries.deliveries(db(), one), queries.opened_by(db(), one))
            for one in queries.told(db(), draft.application_id)
        ],
    }
