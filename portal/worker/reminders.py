"""Reminding of a closing who has not submitted: each application in a transaction of its own, so that nobody who is
saving an answer in those busy days waits for a whole round.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain import audit, calendar, deadlines, requirements, wording
from portal.extensions import Database
from portal.models import Application, Round
from portal.queries import work
from portal.services import Services

REMINDER_DAYS = (14, 7, 2, 1)


@dataclass(frozen=True)
class _Reminder:
    """`reason` begins the reason of every message of this reminder; `days_left` is what the mail says."""

    reason: str
    days_left: int


def remind_round(database: Database, services: Services, round_id: str) -> bool:
    """Tell who has not submitted, 14, 7, 2 and 1 days before; each of these once for each instant of closing."""
    with database.reading() as db:
        reminder = _due(db.get_one(Round, round_id), services.now())
        waiting = _not_told(db, round_id, reminder, services.now()) if reminder else []
    reminded = [_remind(database, services, one, reminder) for one in waiting if reminder]
    return any(reminded)


def _due(round_: Round, moment: datetime) -> _Reminder | None:
    """Whoever was told of another instant on the day of a reminder, or after it, is not reminded of the same."""
    days_left = (calendar.local_day(round_.closes_at) - calendar.local_day(moment)).days
    days = next((one for one in sorted(REMINDER_DAYS) if days_left <= one), None)
    if days is None or not round_.is_open(moment):
        return None
    changes = deadlines.confirmed(round_)
    reminder_on = calendar.local_day(round_.closes_at) - timedelta(days=days)
    if any(one.confirmed_at and reminder_on <= calendar.local_day(one.confirmed_at) for one in changes):
        return None
    return _Reminder(f"remind:{round_.id}:{days}{f'.{len(changes)}' if changes else ''}:", days_left)


def _not_told(db: Session, round_id: str, reminder: _Reminder, moment: datetime) -> list[str]:
    told = {one.removeprefix(reminder.reason).split(":")[0] for one in work.message_reasons(db, reminder.reason)}
    # Whoever began today knows when the round closes.
    begun = work.unsubmitted(db, round_id, moment - timedelta(days=1))
    return [one for one in begun if one not in told]


def _remind(database: Database, services: Services, application_id: str, reminder: _Reminder) -> bool:
    with database.transaction() as db:
        application, moment = db.get_one(Application, application_id), services.now()
        round_, reason = application.round, f"{reminder.reason}{application_id}"
        if (
            application.state not in work.UNSUBMITTED
            or _due(round_, moment) != reminder
            or work.message_reasons(db, reason)
        ):
            return False
        audit.tell_organisation(
            application,
            application.organisation.users,
            reason,
            "round_closing_soon",
            moment,
            round=round_.label,
            procedure=round_.procedure.title,
            moment=wording.moment(round_.closes_at),
            days=reminder.days_left,
            is_complete=not any(gap.blocks for gap in requirements.gaps(application, moment)),
            path=f"/aanmeldingen/{application.id}",
        )
    return True
