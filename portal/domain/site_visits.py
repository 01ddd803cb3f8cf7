"""A visit to the applicant's location (toetsing ter plaatse): who goes, planned, moved, cancelled.

What is seen there is kept by `site_notes`; the report, the reply to it and the outcome are `site_reports`. A visit
gives no verdict: the reviewer does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain import audit, calendar, reviewers
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.domain.reviews import Item
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Review, Round, SitePoint, SiteVisit, SiteVisitor, User
from portal.site_visit_words import NOTICE_DAYS
from portal.terms import N_, REASON_LENGTH

VISITORS = ("inkoper", "inspector")
"""Roles of who may visit."""
MOST_POINTS, LONGEST_POINT = 80, 500
PLANNING = frozenset({"open", "started", "remedy"})
"""States of a review in which a visit is planned."""


@dataclass(frozen=True)
class Appointment:
    """When, where and by whom, and what the applicant is asked to have at hand."""

    starts_at: datetime | None
    place: str
    have_ready: str
    visitors: tuple[User, ...]

    @property
    def plain(self) -> Appointment:
        return Appointment(self.starts_at, tidy(self.place)[:200], tidy(self.have_ready), self.visitors)


def tidy(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


# Who


def is_visitor(visit: SiteVisit, actor: User) -> bool:
    return any(one.user_id == actor.id for one in visit.visitors)


def may_read(visit: SiteVisit, actor: User) -> bool:
    """Whether this official, from whom the dossier is not hidden, sees the visit: a blind one only its outcome."""
    return visit.state == "established" or is_visitor(visit, actor) or not reviewers.is_blind(visit.review, actor)


def may_arrange(review: Review, actor: User) -> bool:
    """Whether this official plans, moves and cancels visits about this dossier."""
    return (
        "inkoper" in actor.role_names
        and not reviewers.is_blind(review, actor)
        and not reviewers.is_shadow(review.application.round, actor)
    )


def may_visit(review: Review, user: User) -> bool:
    """Whether this colleague can be sent: an inkoper or inspector with access, who does not screen as a shadow."""
    return (
        user.authority_id == review.authority_id
        and user.disabled_at is None
        and bool(user.role_names & set(VISITORS))
        and not reviewers.is_shadow(review.application.round, user)
    )


def require_arranger(review: Review, actor: User) -> None:
    require_official(actor, review, "inkoper")
    reviewers.require_no_shadow(review, actor)
    if reviewers.is_blind(review, actor):
        raise NotAllowed(N_("U geeft eerst uw eigen oordelen. De eerste inkoper regelt de toetsing ter plaatse."))


def require_visitor(visit: SiteVisit, actor: User) -> None:
    """The actor is one of the visitors, and still may be (else `NotAllowed`)."""
    require_official(actor, visit, *VISITORS)
    if not is_visitor(visit, actor):
        raise NotAllowed(N_("Alleen wie op bezoek gaat of ging, legt dit vast."))


# Planning


def notice_days(round_: Round) -> int:
    """Working days that lie at least between planning and the visit."""
    return int(round_.terms.get("site_visit_notice_days", NOTICE_DAYS))


def first_day(round_: Round, now: datetime) -> date:
    """The first day on which a visit that is planned now can be."""
    return calendar.next_working_day(calendar.add_working_days(calendar.local_day(now), notice_days(round_)))


def _problems(review: Review, wanted: Appointment, now: datetime) -> dict[str, str]:
    problems: dict[str, str] = {}
    first = first_day(review.application.round, now)
    if wanted.starts_at is None:
        problems["starts_on"] = N_("Vul een dag en een tijd in.")
    elif wanted.starts_at <= now or calendar.local_day(wanted.starts_at) < first:
        text = N_("Kies een latere dag. De aanbieder krijgt ten minste de aangekondigde werkdagen de tijd.")
        problems["starts_on"] = text
    elif not calendar.is_working_day(calendar.local_day(wanted.starts_at)):
        problems["starts_on"] = N_("Kies een werkdag: geen zaterdag, zondag of feestdag.")
    if len(wanted.place) < 5:
        problems["place"] = N_("Vul het adres van de locatie in.")
    if not wanted.visitors or not all(may_visit(review, one) for one in wanted.visitors):
        problems["visitors"] = N_("Kies wie er op bezoek gaat.")
    return problems


def points_of(items: Sequence[Item], chosen: Collection[str], own: str) -> list[tuple[Item | None, str]]:
    """The checklist that a form asks for: each chosen place, and each line of `own`.

    A line that begins with the key of a place and a colon, such as 'T06: staat de regeling in de hal?', is about that
    place; a place with lines of its own needs no line for the whole. Raises `NotFound` for an unknown place.
    """
    by_key = {item.key: item for item in items}
    if set(chosen) - set(by_key):
        raise NotFound(N_("Dit bestaat niet."))
    lines: dict[str, list[str]] = {}
    general: list[str] = []
    for line in filter(None, (one.strip() for one in own.splitlines())):
        key, colon, text = line.partition(":")
        if colon and key.strip() in by_key and text.strip():
            lines.setdefault(key.strip(), []).append(text.strip())
        else:
            general.append(line)
    found: list[tuple[Item | None, str]] = []
    for key, item in by_key.items():
        if key in lines:
            found += [(item, text) for text in lines[key]]
        elif key in chosen:
            found.append((item, ""))
    return found + [(None, text) for text in general]


def plan(
    review: Review,
    actor: User,
    attempt: str,
    number: str,
    wanted: Appointment,
    points: Sequence[tuple[Item | None, str]],
    now: datetime,
) -> SiteVisit:
    """Plan a visit and tell the applicant that there is an appointment. Raises `Invalid` with every problem."""
    require_arranger(review, actor)
    if review.state not in PLANNING:
        raise Refused(N_("Deze aanmelding is niet in beoordeling. Een toetsing ter plaatse kan nu niet."))
    wanted = wanted.plain
    problems = _problems(review, wanted, now)
    if not any(item is not None for item, _ in points):
        problems["place-key"] = N_("Kies de gepubliceerde eisen waar de toetsing over gaat.")
    if len(points) > MOST_POINTS or any(len(text) > LONGEST_POINT or 0 < len(text) < 3 for _, text in points):
        problems["own"] = N_("Hoogstens 80 punten, elk van 3 tot 500 tekens.")
    if problems or wanted.starts_at is None:
        raise Invalid(problems)
    visit = SiteVisit(
        authority_id=review.authority_id,
        attempt=attempt,
        number=number,
        state="planned",
        starts_at=wanted.starts_at,
        place=wanted.place,
        have_ready=wanted.have_ready,
        moves=[],
        planned_at=now,
        planned_by=actor,
        planned_by_id=actor.id,
    )
    review.site_visits.append(visit)
    _send_out(visit, wanted.visitors)
    for position, (item, text) in enumerate(points, 1):
        visit.points.append(_point(visit, position, item, text))
    audit.record(visit, "plan_visit", actor, now, number=number, points=len(points))
    tell(visit, "planned", now)
    return visit


def _send_out(visit: SiteVisit, users: Iterable[User]) -> None:
    visit.visitors = [SiteVisitor(authority_id=visit.authority_id, user=one, user_id=one.id) for one in users]


def _point(visit: SiteVisit, position: int, item: Item | None, text: str) -> SitePoint:
    return SitePoint(
        authority_id=visit.authority_id,
        visit_id=visit.id,
        position=position,
        requirement=item.requirement if item else None,
        requirement_id=item.requirement.id if item else None,
        requirement_version=item.answer.get("requirement_version", item.requirement.version) if item else None,
        lot=item.lot if item else None,
        lot_id=item.lot_id if item else None,
        party=item.party if item else None,
        party_id=item.party.id if item and item.party else None,
        text=text,
    )


def tell(visit: SiteVisit, what: str, now: datetime, *, again: int = 0) -> None:
    """A mail that says that there is something to read, and where; never what."""
    application = visit.review.application
    audit.tell_organisation(
        visit,
        application.organisation.users,
        f"visit:{visit.id}:{what}{again or ''}",
        "site_visit",
        now,
        what=what,
        application=application.number,
        procedure=application.round.procedure.title,
        path=f"/aanmeldingen/{application.id}/toetsingen/{visit.id}",
    )


def move(visit: SiteVisit, actor: User, wanted: Appointment, reason: str, now: datetime) -> None:
    """Another day, place or visitor, with the reason, which the applicant reads. The same form twice is once."""
    require_arranger(visit.review, actor)
    wanted = wanted.plain
    before = (visit.starts_at, visit.place, visit.have_ready, {one.user_id for one in visit.visitors})
    if before == (wanted.starts_at, wanted.place, wanted.have_ready, {one.id for one in wanted.visitors}):
        return
    problems = _problems(visit.review, wanted, now) if visit.state == "planned" else {}
    if wanted.starts_at == visit.starts_at:
        problems.pop("starts_on", None)
    if len(reason.strip()) < REASON_LENGTH:
        problems["reason"] = N_("Leg in minstens 10 tekens uit waarom de afspraak verandert. De aanbieder leest dit.")
    if problems or wanted.starts_at is None:
        raise Invalid(problems)
    advance(visit, "move", actor, now)
    moved = {
        "from": visit.starts_at.isoformat(), "place": visit.place, "reason": tidy(reason), "at": now.isoformat(),
        "by": actor.name,
    }  # fmt: skip
    visit.moves = [*visit.moves, moved]
    visit.starts_at, visit.place, visit.have_ready = wanted.starts_at, wanted.place, wanted.have_ready
    kept = [one for one in visit.visitors if one.user_id in {each.id for each in wanted.visitors}]
    known = {one.user_id for one in kept}
    fresh = [one for one in wanted.visitors if one.id not in known]
    visit.visitors = [*kept, *(SiteVisitor(authority_id=visit.authority_id, user=one, user_id=one.id) for one in fresh)]
    tell(visit, "moved", now, again=len(visit.moves))


def cancel(visit: SiteVisit, actor: User, reason: str, now: datetime) -> None:
    """It does not go on, or ends without an outcome; the applicant reads why. What was noted stays."""
    require_arranger(visit.review, actor)
    if visit.state == "cancelled":
        return
    if len(reason.strip()) < REASON_LENGTH:
        text = N_("Leg in minstens 10 tekens uit waarom de toetsing niet doorgaat. De aanbieder leest dit.")
        raise Invalid({"cancel-reason": text})
    advance(visit, "cancel", actor, now)
    visit.cancelled_at, visit.cancelled_by, visit.cancelled_by_id = now, actor, actor.id
    visit.cancel_reason = tidy(reason)
    tell(visit, "cancelled", now)


def require_none_open(review: Review) -> None:
    """No decision is proposed while a visit is planned, or waits for its outcome. Raises `Refused`."""
    found = next((one for one in review.site_visits if one.is_open), None)
    if found is not None:
        raise Refused(
            N_("Er loopt een toetsing ter plaatse (%(number)s). Stel haar uitkomst vast, of laat haar niet doorgaan."),
            number=found.number,
        )


def by_spot(visits: Iterable[SiteVisit]) -> Mapping[tuple[str | None, str | None, str | None], list[SitePoint]]:
    """The points of visits at each place of the checklist."""
    found: dict[tuple[str | None, str | None, str | None], list[SitePoint]] = {}
    for point in (one for visit in visits for one in visit.points if one.requirement_id is not None):
        found.setdefault(point.spot, []).append(point)
    return found
