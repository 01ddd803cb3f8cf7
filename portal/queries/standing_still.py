"""Whether a term of an application stands still, as a condition of other reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists

from portal.models import TermSuspension


def stands_still(application_id: Any, term: str) -> ColumnElement[bool]:
    """Whether a term of this application (a column) stands still."""
    # a table, not the class: the application was narrowed to the authority already
    found = TermSuspension.__table__.c
    return exists().where(found.application_id == application_id, found.term == term, found.ended_at.is_(None))
