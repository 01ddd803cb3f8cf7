"""Telling who screens and who manages a round that decision terms end: seven, two and no days before, once each."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain import audit, calendar, wording
from portal.extensions import Database
from portal.models import Round
from portal.queries import running_terms, work
from portal.services import Services

ALARM_DAYS = (7, 2, 0)
"""Days before the last day of a term, the furthest first. After that day the lists say that it is late."""


def rounds_to_alarm(db: Session, now: datetime) -> list[str]:
    """Rounds in which a decision term ends within so many days."""
    return list(running_terms.rounds_to_alarm(db, calendar.local_day(now) + timedelta(days=max(ALARM_DAYS))))


def alarm_round(database: Database, services: Services, round_id: str) -> bool:
    """One mail per official, last day and number of days, with how many decisions are still to be told."""
    with database.reading() as db:
        if not _due(db, round_id, services.now()):
            return False
    with database.transaction() as db:
        round_, moment = db.get_one(Round, round_id), services.now()
        due = _due(db, round_id, moment)
        for due_on, days in due:
            for user, number in running_terms.to_alarm(db, round_, due_on):
                audit.tell(
                    round_,
                    _reason(round_id, due_on, days),
                    user.email,
                    "decision_term_ends",
                    moment,
                    name=user.name,
                    round=round_.label,
                    procedure=round_.procedure.title,
                    number=number,
                    due=wording.day(due_on),
                    path=f"/rondes/{round_.id}/termijnen",
                )
    return bool(due)


def _due(db: Session, round_id: str, moment: datetime) -> list[tuple[date, int]]:
    """(last day, days before it) of what is to be told now and was not."""
    today = calendar.local_day(moment)
    found = []
    for due_on, _ in running_terms.ending(db, round_id, today + timedelta(days=max(ALARM_DAYS))):
        days = next((one for one in sorted(ALARM_DAYS) if 0 <= (due_on - today).days <= one), None)
        if days is not None and not work.message_reasons(db, _reason(round_id, due_on, days)):
            found.append((due_on, days))
    return found


def _reason(round_id: str, due_on: date, days: int) -> str:
    return f"decision_term:{round_id}:{due_on}:{days}"
