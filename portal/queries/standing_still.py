"""Whether a term of an application stands still, as a condition of other reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists

from portal.models import TermSuspension


def stands_still(application_id: Any, term: str) -> ColumnElement[bool]:
    """Whether a term of this application (a column) stands still."""
    return exists().where(
        TermSuspension.application_id == application_id,
        TermSuspension.term == term,
        TermSuspension.ended_at.is_(None),
    )
