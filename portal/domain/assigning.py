"""Whose work a dossier is: assigning it to a colleague, and reminding who it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.domain import audit, calendar, reviewers
from portal.domain.permissions import require_official
from portal.errors import Invalid
from portal.models import Review, User
from portal.models.side_reviews import SECOND
from portal.terms import N_

REFUSALS: dict[str, str] = {
    "confirmed": N_("het besluit is al vastgesteld"),
    "proposed": N_("er ligt al een voorstel bij de tweede inkoper"),
    "interest": N_("deze collega heeft een belang bij de aanbieder"),
    "shadow": N_("deze collega beoordeelt de ronde als schaduw"),
    "own_shadow": N_("u beoordeelt de ronde zelf als schaduw"),
    "second": N_("deze collega geeft hier als tweede inkoper eigen oordelen"),
    "taken": N_("een andere collega heeft deze aanmelding al"),
    "same": N_("dat was al zo"),
}
"""Why a dossier is not assigned to somebody."""

SILENCES: dict[str, str] = {
    "confirmed": N_("het besluit is al vastgesteld"),
    "remedy": N_("de aanbieder is aan zet: het herstel loopt"),
    "unassigned": N_("nog niet toegewezen"),
    "no_second": N_("wacht op een tweede inkoper, en nog niemand begon"),
    "no_access": N_("deze collega heeft geen toegang meer"),
    "self": N_("wacht op u zelf"),
    "today": N_("deze collega kreeg vandaag al een herinnering"),
}
"""Why nobody is reminded of a dossier."""


def assign(
    review: Review,
    actor: User,
    colleague: User | None,
    now: datetime,
    *,
    has_interest: bool = False,
    take_over: bool = False,
) -> str:
    """Put a dossier in the name of an inkoper, or of nobody (None). Says '' when done, else why not (`REFUSALS`).

    Findings that are there stay, with the name of who gave them. `has_interest`: of the colleague, in this applicant.
    `take_over`: also when the dossier is in the name of somebody else than the actor; without it nobody takes what a
    colleague took a moment ago. Raises `Invalid` for a colleague who cannot screen here.
    """
    require_official(actor, review, "inkoper")
    if colleague is not None:
        _require_can_screen(review, colleague)
    if refused := _refusal(review, actor, colleague, has_interest, take_over):
        return refused
    before = review.first_by.name if review.first_by is not None else ""
    review.first_by, review.first_by_id = colleague, colleague.id if colleague is not None else None
    audit.record(review, "assign", actor, now, to=colleague.name if colleague is not None else "", before=before)
    return ""


def _require_can_screen(review: Review, colleague: User) -> None:
    is_here = colleague.authority_id == review.authority_id and colleague.disabled_at is None
    if not is_here or "inkoper" not in colleague.role_names:
        raise Invalid({"collega": N_("Kies een inkoper van uw regio.")})


def _refusal(review: Review, actor: User, colleague: User | None, has_interest: bool, take_over: bool) -> str:
    held = {
        "same": review.first_by_id == (colleague.id if colleague is not None else None),
        "confirmed": review.state == "confirmed",
        "proposed": review.state == "proposed",
        "interest": colleague is not None and has_interest,
        "shadow": colleague is not None and reviewers.is_shadow(review.application.round, colleague),
        "own_shadow": reviewers.is_shadow(review.application.round, actor),
        "second": colleague is not None and reviewers.side_of(review, colleague, SECOND) is not None,
        "taken": review.first_by_id not in (None, actor.id) and not take_over,
    }
    return next((why for why, holds in held.items() if holds), "")


def announce(assigned: Sequence[Review], actor: User, colleague: User | None, now: datetime) -> None:
    """One mail to who got these dossiers in one act, with how many; nobody is told of their own act."""
    if assigned and colleague is not None and colleague.id != actor.id:
        audit.tell(
            assigned[0],
            f"assigned:{assigned[0].id}:{now.isoformat()}",
            colleague.email,
            "reviews_assigned",
            now,
            name=colleague.name,
            by=actor.name,
            number=len(assigned),
            path="/beoordelen?bak=mij",
        )


def awaited(review: Review, actor: User) -> User | str:
    """Who this dossier waits for; or why nobody is to be reminded of it (a key of `SILENCES`)."""
    if review.state in {"confirmed", "remedy"}:
        return review.state
    side = reviewers.second(review)
    who = review.first_by if review.state != "proposed" else side.user if side is not None else None
    if who is None:
        return "unassigned" if review.state != "proposed" else "no_second"
    if who.disabled_at is not None:
        return "no_access"
    return "self" if who.id == actor.id else who


def reminder(colleague: User, now: datetime) -> str:
    """The reason of the mail that reminds this colleague on the day of `now`, as kept: one a day, whoever asks."""
    return audit.reason_of(f"reminded:{colleague.id}:{calendar.local_day(now)}", colleague.email)


def remind(reviews: Sequence[Review], actor: User, colleague: User, now: datetime) -> None:
    """One mail to who these dossiers wait for, with how many and where; it names none of them.

    The caller looked whether `reminder` was told today.
    """
    for one in reviews:
        require_official(actor, one, "inkoper")
    audit.record(colleague, "remind", actor, now, dossiers=[one.application.number for one in reviews])
    audit.tell(
        reviews[0],
        f"reminded:{colleague.id}:{calendar.local_day(now)}",
        colleague.email,
        "reviews_waiting",
        now,
        name=colleague.name,
        by=actor.name,
        number=len(reviews),
        path="/beoordelen/volgende",
    )
