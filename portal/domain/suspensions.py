"""A term of one application is set aside and goes on again: by whom, when, and with a reason.

An integrity suspension keeps no reason, and who reads the rest of the portal sees only that the term stands still.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.deciding_words import SUSPENSIONS, TERMS, UNEXPLAINED
from portal.domain import audit, calendar, running_terms
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import Application, RemedyRequest, TermSuspension, User
from portal.terms import N_, REASON_LENGTH

SCREENERS = ("inkoper", "round_manager")
BY: dict[str, tuple[str, ...]] = dict.fromkeys(SUSPENSIONS, SCREENERS) | {UNEXPLAINED: ("integrity_officer",)}
"""Who may suspend and resume, by kind."""


def running(application: Application, term: str | None = None) -> list[TermSuspension]:
    """What stands still now: of one term, or of all."""
    return [one for one in application.term_suspensions if one.is_running and term in (None, one.term)]


def require_running(application: Application) -> None:
    """Nothing is decided while a remedy runs or the decision term stands still. Raises `Refused`."""
    if application.review is not None and any(one.is_pending for one in application.review.remedies):
        raise Refused(
            N_("Er loopt nog een herstelverzoek. Besluiten kan na het antwoord, of als de termijn voorbij is.")
        )
    if running(application, "decision"):
        raise Refused(N_("De beslistermijn staat stil. Besluiten kan weer zodra de termijn loopt."))


def runs(application: Application, term: str, now: datetime) -> bool:
    """Whether there is such a term now, standing still or not."""
    told = [one.told_at for one in application.decisions if one.told_at is not None]
    if term == "decision":  # what was released is on its way: telling only follows
        is_released = any(one.released_at is not None for one in application.decisions)
        return application.review is not None and not is_released
    if term == "remedy":
        return application.review is not None and any(one.is_pending for one in application.review.remedies)
    if not told:
        return False
    return calendar.local_day(now) <= running_terms.after_telling(application, term, max(told))


def suspend(
    application: Application, kind: str, actor: User, reason: str, now: datetime, *, term: str = "decision"
) -> TermSuspension:
    """Let a term of one application stand still from now on. Twice is once: the one that runs is returned.

    `kind` is a key of `SUSPENSIONS`, `term` one of `TERMS`. Of kind 'integrity' the reason is not kept; of the others
    it has ten characters or more and the applicant reads it. Raises `Refused` when that term does not run.
    """
    if kind not in SUSPENSIONS:
        raise Invalid({"kind": N_("Kies waarom de termijn stilstaat.")})
    if term not in TERMS:
        raise Invalid({"term": N_("Kies welke termijn stilstaat.")})
    require_official(actor, application, *BY[kind])
    current = _current(application, kind, term)
    if current is not None:
        return current
    if not runs(application, term, now):
        raise Refused(N_("Deze termijn loopt nu niet. Hij kan dus niet stilstaan."))
    made = TermSuspension(
        authority_id=application.authority_id,
        term=term,
        kind=kind,
        reason=_reasoned(kind, reason),
        begun_at=now,
        begun_by=actor,
        begun_by_id=actor.id,
    )
    application.term_suspensions.append(made)
    _record(made, "suspend", actor, now)
    return made


def resume(
    application: Application, kind: str, actor: User | None, reason: str, now: datetime, *, term: str = "decision"
) -> TermSuspension | None:
    """Let the term run again; what was to end moves by the days it stood still. Gives what was ended.

    None when no such suspension runs: twice is once. An integrity suspension also ends by itself, without an actor.
    """
    if kind not in SUSPENSIONS:
        raise Invalid({"kind": N_("Kies waarom de termijn stilstaat.")})
    if actor is None and kind != UNEXPLAINED:
        raise NotAllowed(N_("Alleen wie de termijn mag stilzetten, kan hem weer laten lopen."))
    if actor is not None:
        require_official(actor, application, *BY[kind])
    current = _current(application, kind, term)
    if current is None:
        return None
    current.end_reason = _reasoned(kind, reason)
    current.ended_at, current.ended_by, current.ended_by_id = now, actor, actor.id if actor else None
    if term == "remedy":
        _move_remedy(application)
    move_due(application)
    _record(current, "resume", actor, now)
    return current


def move_due(application: Application) -> None:
    """The review's last day follows from the facts: the term of the round, and the days it stood still."""
    if application.review is not None:
        application.review.due_on = running_terms.decision_ends_on(application)


def _current(application: Application, kind: str, term: str) -> TermSuspension | None:
    return next((one for one in running(application, term) if one.kind == kind), None)


def _move_remedy(application: Application) -> None:
    """The day to answer moves by the working days that the term stood still, unless another suspension still runs."""
    if application.review is None or running(application, "remedy"):
        return
    for remedy in application.review.remedies:
        if remedy.is_pending:
            asked = calendar.local_day(remedy.requested_at)
            still = running_terms.stood_still(application, "remedy")
            last = running_terms.ends_on(application.round, "remedy", asked, still)
            remedy.due_at = max(remedy.due_at, calendar.end_of_day(last))


def remedy_is_over(remedy: RemedyRequest, now: datetime) -> bool:
    """The term to remedy is over: not while it stands still."""
    return now >= remedy.due_at and not stands_still(remedy.review.application, "remedy")


def stands_still(application: Application, term: str) -> bool:
    """Whether this term stands still now."""
    return bool(running(application, term))


def _reasoned(kind: str, reason: str) -> str:
    if kind == UNEXPLAINED:
        return ""
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom. De aanbieder leest deze tekst ook.")})
    return reason.strip()


def _record(one: TermSuspension, act: str, actor: User | None, now: datetime) -> None:
    """The log names the term. That it is an integrity suspension it does not say; nor who did it, which says so too."""
    if one.kind == UNEXPLAINED:
        audit.record(one.application, f"{act}_term", None, now, term=one.term)
    else:
        audit.record(one.application, f"{act}_term", actor, now, term=one.term, kind=one.kind)


def days_still(one: TermSuspension, now: datetime) -> int:
    """How many days it stands or stood still."""
    until = calendar.local_day(one.ended_at or now)
    return max((until - calendar.local_day(one.begun_at)) // timedelta(days=1), 0)
