"""Looks for interests that nobody declared, in the transaction of whatever could bring one to light."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session, object_session

from portal.domain import calendar, interests
from portal.models import Application, Decision, Review, Round, User
from portal.queries import interests as queries


def detect_in(applications: Sequence[Application], now: datetime, only: User | None = None) -> int:
    """Hide each of these dossiers from every official (or only one) who seems to have an interest; says how many.

    The applications are in a session and of one authority. What is hidden already, or was lifted on the same ground,
    is left alone.
    """
    db = object_session(applications[0]) if applications else None
    if db is None:
        return 0
    ids, day = [one.id for one in applications], calendar.local_day(now)
    people = [only] if only is not None else queries.officials(db, applications[0].authority_id)
    ties = queries.employers(db, [one.id for one in people])
    hidden, lifted = queries.hidden(db, ids), queries.lifted(db, ids)
    found = 0
    for application in applications:
        for official in people:
            pair = (application.id, official.id)
            if pair in hidden:
                continue
            grounds = interests.found_grounds(official, ties.get(official.id, []), application, day)
            grounds = [one for one in grounds if one not in lifted.get(pair, ())]
            if grounds:
                proposed = interests.taken_back(application, official)
                colleague = queries.colleague_for(db, application, official.id)
                interests.detect(application, official, grounds, now, colleague=colleague)
                _delete(db, application, proposed)
                found += 1
    return found


def _delete(db: Session, application: Application, proposed: Sequence[Decision]) -> None:
    for one in proposed:
        application.decisions.remove(one)
        db.delete(one)


def recuse(db: Session, application: Application, official: User, reason: str, now: datetime) -> None:
    """An official found an interest: the dossier is hidden, and a colleague takes the review over."""
    proposed = interests.taken_back(application, official)
    colleague = queries.colleague_for(db, application, official.id)
    interests.recuse(application, official, reason, now, colleague=colleague)
    _delete(db, application, proposed)


def leave_on(db: Session, review: Review, now: datetime) -> None:
    """A dossier came back to who screened it first: to a colleague, when that one has an interest by now."""
    first = review.first_by_id
    if first is not None and (review.application_id, first) in queries.hidden(db, [review.application_id]):
        interests.leave_to(review, queries.colleague_for(db, review.application, first), now)


def declare(
    db: Session, round_: Round, official: User, conflicts: Sequence[tuple[Application, str]], now: datetime
) -> None:
    """An official declares interests for a round; what the official did not think of is looked for at once."""
    proposed = [(one, interests.taken_back(one, official)) for one, _ in conflicts]
    db.add(interests.declare_interest(round_, official, conflicts, now))
    for application, decisions in proposed:
        _delete(db, application, decisions)
    db.flush()
    detect_for(official, now, round_.id)


def detect_for(official: User, now: datetime, round_id: str = "") -> int:
    """Look through everything in review at the own authority, or in one round, for one official."""
    db = object_session(official)
    if db is None or official.authority_id is None:
        return 0
    return detect_in(queries.applications_of(db, official.authority_id, round_id), now, official)


def detect_for_colleague(colleague: User, now: datetime) -> None:
    """Somebody new works at an applicant: who shares the mail domain does not see its dossiers any more."""
    db = object_session(colleague)
    if db is None or colleague.organisation_id is None:
        return
    by_authority: dict[str, list[Application]] = {}
    for one in queries.applications_by(db, colleague.organisation_id):
        by_authority.setdefault(one.authority_id, []).append(one)
    for applications in by_authority.values():
        detect_in(applications, now)
