"""An agreement that lay ready when an objection was founded: what is admitted after all comes into it."""

from __future__ import annotations

from datetime import datetime

from portal.domain import agreements, calendar, running_terms
from portal.domain.lifecycle import advance, can
from portal.models import Agreement


def may_revise(agreement: Agreement) -> bool:
    """Nobody signed it, or wants to: what it says can still become what was decided."""
    return not agreement.signatures and can(agreement, "revise")


def revise(agreement: Agreement, now: datetime) -> bool:
    """Make the agreement say all that is admitted now. It is drawn up and told anew after the standstill.

    Whether anything changed: not where it is signed, nor where it holds everything already.
    """
    application = agreement.application
    admitted = [one for one in application.decisions if one.outcome == "admitted"]
    held = {(one.product_id, one.municipality_id): one for one in agreement.lines}
    added = sum((one.product_id, one.municipality_id) not in held for one in admitted)
    if not added or not may_revise(agreement):
        return False
    told_at = max(one.told_at for one in admitted if one.told_at is not None)
    starts_on, ends_on = agreements.period(application, calendar.local_day(told_at))
    standstill = running_terms.length(application.round, "standstill").number
    last_day = agreements.standstill_day(application, told_at)
    agreement.standstill_ends_at = calendar.end_of_day(last_day) if standstill else told_at
    agreement.starts_on, agreement.ends_on, agreement.made_at = starts_on, ends_on, now
    for one in admitted:
        terms = agreements.line_terms(one, admitted, starts_on, ends_on)
        line = held.get((one.product_id, one.municipality_id))
        if line is None:
            agreement.lines.append(agreements.line(one, terms))
        for name, value in terms.items() if line is not None else ():
            setattr(line, name, value)
    agreement.drawn_up_at = agreement.pdf_key = agreement.pdf_sha256 = None
    agreements.freeze(agreement)
    advance(
        agreement, "revise", None, now,
        number=agreement.number, added=added, facts_sha256=agreement.facts_digest,
    )  # fmt: skip
    return True
