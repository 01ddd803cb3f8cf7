"""What exists in a kind of procedure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What exists in a kind of procedure. An open house can never rank or score: there are no such fields.

    `has_award`: offers are scored and compared. `has_vault`: what is submitted is sealed until two people open it.
    `extra_rounds`: scarcity may be answered with an extra round.
    """

    has_admission: bool
    has_award: bool = False
    has_vault: bool = False
    extra_rounds: bool = False


KINDS: dict[str, Kind] = {
    "open_house": Kind(has_admission=True, extra_rounds=True),
    "framework": Kind(has_admission=True, extra_rounds=True),
    "tender": Kind(has_admission=True, has_award=True, has_vault=True),
    "consultation": Kind(has_admission=False),
}
