"""Telling what was released: each application in a transaction of its own, by the view that released it or after it."""

from __future__ import annotations

from portal.domain import calendar, decisions
from portal.extensions import Database
from portal.queries import releases, work
from portal.services import Services


def tell_application(database: Database, services: Services, application_id: str) -> bool:
    """Number the letter of one released decision, freeze it and tell the applicant.

    Whoever comes second finds it told.
    """
    with database.transaction() as db:
        application, moment = releases.untold(db, application_id), services.moment()
        if application is None:
            return False
        year = calendar.local_day(moment).year
        number = work.next_number(db, application.authority_id, f"letters-{year}")
        db.add(decisions.tell(application, f"B-{year}-{number:04d}", moment))
    return True
