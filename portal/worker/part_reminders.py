"""Reminding a party, and its lead, that its own part is not ready: seven and two days before the closing."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain import audit, calendar, own_parts, wording
from portal.extensions import Database
from portal.models import Party, Round
from portal.queries import work
from portal.services import Services

REMINDER_DAYS = (7, 2)


def remind_party(database: Database, services: Services, party_id: str) -> bool:
    """Remind one party once for each of these days of one closing, and tell its lead what happens without it."""
    with database.reading() as db:
        if _reason(db.get_one(Party, party_id), services.now()) in (None, *work.message_causes(db, party_id)):
            return False
    with database.transaction() as db:
        party, moment = db.get_one(Party, party_id), services.now()
        application, reason = party.application, _reason(party, moment)
        if reason is None or reason in work.message_causes(db, party_id):
            return False
        if not own_parts.needs_reminding(application, party, moment):
            return False
        own_parts.tell_party(application, party, reason, moment)
        audit.tell_organisation(
            application,
            application.organisation.users,
            f"{reason}:lead",
            "part_missing",
            moment,
            party=party.name,
            round=application.round.label,
            closes=wording.moment(application.round.closes_at),
            path=f"/aanmeldingen/{application.id}/samenwerking/{party.id}/deel",
        )
    return True


def _reason(party: Party, moment: datetime) -> str | None:
    """What a reminder that is due now is called; None when none is. Who came in today knows when the round closes."""
    round_, part, invitation = party.application.round, party.own_part, party.invitation
    began = part.joined_at if part is not None else invitation.sent_at if invitation is not None else None
    days = _days(round_, moment)
    if party.removed_at is not None or began is None or days is None or moment - began < timedelta(days=1):
        return None
    return f"part:{party.id}:{days}:{calendar.local_day(round_.closes_at)}"


def _days(round_: Round, moment: datetime) -> int | None:
    left = (calendar.local_day(round_.closes_at) - calendar.local_day(moment)).days
    return next((one for one in sorted(REMINDER_DAYS) if left <= one), None) if round_.is_open(moment) else None
