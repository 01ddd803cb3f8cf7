"""The words of visits to an applicant's location (toetsing ter plaatse). Leaf module, plain values only."""

from __future__ import annotations

from portal.terms import N_, Term

VISIT_STATES: dict[str, Term] = {
    "planned": Term(N_("Gepland"), "info"),
    "recorded": Term(N_("Bezocht, verslag nog niet verstuurd"), "warning"),
    "sent": Term(N_("Verslag verstuurd, reactie loopt"), "warning"),
    "established": Term(N_("Vastgesteld"), "positive"),
    "cancelled": Term(N_("Gaat niet door"), "neutral"),
}

SEEN: dict[str, Term] = {
    "holds": Term(N_("Klopt"), "positive"),
    "does_not_hold": Term(N_("Klopt niet"), "negative"),
    "not_seen": Term(N_("Niet gezien"), "neutral"),
}
"""What a visitor saw at one point: whether what was declared is so. No verdict: that is the reviewer's."""

NOTICE_DAYS, REPLY_DAYS = 5, 10
"""Working days between planning and the visit, and to reply to the report, where the procedure does not say."""
