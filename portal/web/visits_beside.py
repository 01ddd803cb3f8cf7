"""Visits to the applicant's location beside a checklist: what was established at each place, and what is planned."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from portal.domain import site_reports, site_visits
from portal.models import Review, User
from portal.queries import site_visits as queries
from portal.site_visit_words import SEEN, VISIT_STATES


def of(db: Session, review: Review, me: User) -> dict[str, Any]:
    """What the page of a dossier needs: one statement when there are no visits.

    Beside a requirement only what was established stands: until then it is not what the applicant could reply to.
    """
    visits = [one for one in queries.of_review(db, review.id) if site_visits.may_read(one, me)]
    established = [one for one in visits if one.state == "established"]
    return {
        "visits": visits,
        "visited": site_visits.by_spot(established),
        "visit_states": VISIT_STATES,
        "seen_words": SEEN,
        "visit_said": site_reports.said,
        "visit_last_day": site_reports.last_day,
        "may_plan_visit": site_visits.may_arrange(review, me) and review.state in site_visits.PLANNING,
    }
