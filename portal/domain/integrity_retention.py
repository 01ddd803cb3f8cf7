"""How long the papers of an integrity file are kept, and that they are destroyed afterwards (Wet Bibob art. 28, Avg).

Where the officer set no day: a year after what was decided cannot be fought any more; after an objection five years, in
which the finding may be used for another decision (art. 29). Never longer than five years.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from portal.domain import audit, calendar, objections, running_terms, signing_blocks
from portal.domain.integrity import require_opened
from portal.errors import Invalid, Refused
from portal.models import Application, IntegrityFile, IntegrityForm, User
from portal.terms import N_

AFTERWARDS, LONGEST = 12, 60
"""Months."""


def is_held(application: Application) -> bool:
    """Whether an objection of this applicant or a court case about the round still needs what was found."""
    return objections.pending(application) is not None or signing_blocks.active(application.round) is not None


def settled_on(application: Application) -> date | None:
    """The last day on which what was told can be fought; None while it was not told, or is being fought."""
    told = [one.told_at for one in application.decisions]
    moments = [one for one in (*told, *(each.confirmed_at for each in application.objections)) if one is not None]
    if not told or None in told or is_held(application):
        return None
    return running_terms.after_telling(application, "objection", max(moments))


def latest(file: IntegrityFile) -> date | None:
    """The last day that any paper of a decided file may be kept; None while it is not decided."""
    return calendar.add_months(calendar.local_day(file.decided_at), LONGEST) if file.decided_at is not None else None


def last_day(file: IntegrityFile) -> date | None:
    """The last day the papers are kept. None: not known yet, or held by an objection or a court case."""
    furthest, application = latest(file), file.check.application
    if furthest is None or is_held(application):
        return None
    if file.keep_until is not None:
        return file.keep_until
    if file.result == "objection":
        return furthest
    settled = settled_on(application)
    return min(calendar.add_months(settled, AFTERWARDS), furthest) if settled is not None else None


def keep(file: IntegrityFile, actor: User, until: date | None, now: datetime) -> None:
    """The officer sets the last day; None goes back to what follows of itself. The same day twice is one act."""
    require_opened(file, actor, now, "integrity_officer")
    furthest = latest(file)
    if furthest is None:
        raise Refused(N_("Dit dossier is nog niet afgerond. Kies daarna hoe lang u de stukken bewaart."))
    if until is not None and not calendar.local_day(now) <= until <= furthest:
        raise Invalid({"until": N_("Kies een dag van vandaag tot en met vijf jaar na het besluit.")})
    if until == file.keep_until:
        return
    file.keep_until = until
    audit.record(file, "keep", actor, now, until=str(until) if until else "")


def destroy(file: IntegrityFile, forms: Iterable[IntegrityForm], objects: int, now: datetime) -> None:
    """What the papers and `forms` said is gone from the store (`objects` of them); the rows stay."""
    file.destroyed_at = now
    for paper in file.papers:
        paper.destroyed_at = now
    for form in forms:
        form.destroyed_at = now
    audit.record(file, "destroy", None, now, objects=objects)
