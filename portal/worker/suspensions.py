"""What follows from the calendar in the integrity compartment."""

from __future__ import annotations

from portal.domain import calendar, integrity_files
from portal.extensions import Database
from portal.models import IntegrityAdvice
from portal.services import Services


def end_suspension(database: Database, services: Services, advice_id: str) -> bool:
    """The term of the Bureau is over: the term of the decision runs on, with or without advice."""
    with database.transaction() as db:
        advice, now = db.get_one(IntegrityAdvice, advice_id, with_for_update=True), services.now()
        return advice.due_on < calendar.local_day(now) and integrity_files.end_suspension(advice, now)
