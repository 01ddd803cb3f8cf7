"""What follows from the calendar in the integrity compartment."""

from __future__ import annotations

from portal.domain import calendar, integrity_files, integrity_retention
from portal.extensions import Database
from portal.faults import fault
from portal.models import IntegrityAdvice, IntegrityFile
from portal.queries import integrity as queries
from portal.services import Services


def end_suspension(database: Database, services: Services, advice_id: str) -> bool:
    """The term of the Bureau is over: the term of the decision runs on, with or without advice."""
    with database.transaction() as db:
        advice, now = db.get_one(IntegrityAdvice, advice_id, with_for_update=True), services.now()
        return advice.due_on < calendar.local_day(now) and integrity_files.end_suspension(advice, now)


def destroy_file(database: Database, services: Services, file_id: str) -> bool:
    """The papers and forms of a file go once they may be kept no longer. Half done is done again."""
    with database.transaction() as db:
        file, now = db.get_one(IntegrityFile, file_id, with_for_update=True), services.now()
        last = integrity_retention.last_day(file)
        if file.destroyed_at is not None or last is None or calendar.local_day(now) <= last:
            return False
        forms = queries.forms_about(db, file)
        keys = [one.storage_key for one in (*file.papers, *forms)]
        for key in keys:
            services.files.delete(key)
        fault("integrity.destroyed")
        integrity_retention.destroy(file, forms, len(keys), now)
        return True
