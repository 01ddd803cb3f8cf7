"""Whether a shortcoming may be mended at all: what the published documents exclude, and what would change an offer."""

from __future__ import annotations

from portal.domain.kinds import KINDS
from portal.models import Requirement, Round
from portal.terms import N_

OFFERED_KINDS = frozenset({"minimum", "performance"})
OFFERED_TYPES = frozenset({"yes_no", "text", "number", "choice", "location", "smart"})
"""Answers that say what somebody will do. A paper that proves what was already so may come later, an answer may not."""


def why_not(requirement: Requirement, round_: Round) -> str:
    """Why no remedy may be asked at this requirement, as an applicant may read it; '' when it may.

    The published text of the procedure or of the requirement goes first: that is the reason a judge asks for. In a
    tender an answer that is part of the offer is never mended, whatever the file says.
    """
    terms = round_.terms
    if not int(terms["remedy_rounds"]):
        return str(terms.get("remedy_excluded") or N_("Deze procedure kent geen herstel."))
    published = str(requirement.settings.get("remedy_excluded") or "")
    if published:
        return published
    compares = KINDS[round_.procedure.kind].has_award
    if compares and requirement.kind in OFFERED_KINDS and requirement.type in OFFERED_TYPES:
        return N_("Dit antwoord is deel van het aanbod. Bij een aanbesteding verandert herstel het aanbod niet.")
    return ""
