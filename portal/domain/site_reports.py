"""The report of a visit: sent to the applicant, who replies within a term; then the visitors establish the outcome.

The established report is evidence beside a requirement, and no verdict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from portal.domain import audit, calendar, wording
from portal.domain.lifecycle import advance
from portal.domain.manifests import canonical
from portal.domain.permissions import require_applicant
from portal.domain.requirement_types import place_key
from portal.domain.site_notes import LONGEST_NOTE
from portal.domain.site_visits import require_visitor, tell, tidy
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import Round, SitePoint, SiteVisit, User
from portal.services import StoredFile
from portal.site_visit_words import REPLY_DAYS, SEEN
from portal.terms import APPLICANT_ROLES, N_, REASON_LENGTH

SHORTEST_CONCLUSION = 10


def reply_days(round_: Round) -> int:
    """Working days to reply to a report."""
    return int(round_.terms.get("site_visit_reply_days", REPLY_DAYS))


def last_day(visit: SiteVisit) -> date | None:
    """The last day to reply; None before the report was sent."""
    return calendar.local_day(visit.due_at - timedelta(microseconds=1)) if visit.due_at is not None else None


def without_note(visit: SiteVisit) -> list[SitePoint]:
    return [one for one in visit.points if one.latest is None]


def send(visit: SiteVisit, actor: User, now: datetime) -> None:
    """A visitor sends the report: every point has a note. From now on nothing of it changes. Twice is once."""
    require_visitor(visit, actor)
    if visit.state == "sent":
        return
    left = without_note(visit)
    if visit.state == "recorded" and left:
        raise Refused(
            N_("Nog %(count)d punten zonder notitie. Leg bij elk punt vast wat u zag, ook als u het niet zag."),
            count=len(left),
        )
    ends_on = calendar.add_working_days(calendar.local_day(now), reply_days(visit.review.application.round))
    advance(visit, "send", actor, now)
    visit.sent_at, visit.sent_by, visit.sent_by_id = now, actor, actor.id
    visit.due_at = calendar.end_of_day(ends_on)
    tell(visit, "report", now)


# The applicant


def is_visible_to_applicant(visit: SiteVisit) -> bool:
    """Whether the applicant reads what was seen: once the report was sent."""
    return visit.sent_at is not None


def can_reply(visit: SiteVisit, now: datetime) -> bool:
    return visit.state == "sent" and visit.replied_at is None and visit.due_at is not None and now < visit.due_at


def _require_replying(visit: SiteVisit, actor: User, now: datetime) -> None:
    require_applicant(actor, visit.review.application, *APPLICANT_ROLES)
    if visit.replied_at is not None:
        raise Refused(N_("Uw reactie is al verstuurd."))
    if not can_reply(visit, now):
        raise Refused(N_("Reageren kan nu niet (meer): de termijn is voorbij, of de toetsing is afgerond."))


def save_reply(visit: SiteVisit, actor: User, texts: Mapping[str, str], now: datetime, *, based_on: int) -> None:
    """Keep what is typed, by point; officials see nothing of it before it is sent. Raises `Stale`."""
    _require_replying(visit, actor, now)
    by_id = {one.id: one for one in visit.points}
    if set(texts) - set(by_id):
        raise NotFound(N_("Dit bestaat niet."))
    typed = {key: tidy(text) for key, text in texts.items()}
    if any(len(text) > LONGEST_NOTE for text in typed.values()):
        text = N_("Gebruik hoogstens 4000 tekens per punt.")
        raise Invalid({f"reply-{key}": text for key, one in typed.items() if len(one) > LONGEST_NOTE})
    changed = {key: text for key, text in typed.items() if text != by_id[key].reply}
    if not changed:
        return
    if visit.reply_version != based_on:
        raise Stale(
            N_("%(name)s heeft deze reactie net ook gewijzigd. Vergelijk de teksten en bewaar opnieuw."),
            theirs=visit,
            name=visit.reply_saved_by.name if visit.reply_saved_by else N_("Uw collega"),
        )
    for key, text in changed.items():
        by_id[key].reply = text
    visit.reply_version += 1
    visit.reply_saved_at, visit.reply_saved_by, visit.reply_saved_by_id = now, actor, actor.id
    audit.record(visit, "save_reply", actor, now, version=visit.reply_version)


def reply(visit: SiteVisit, actor: User, now: datetime) -> None:
    """Send the reply as it is kept; after this nothing of it changes. Without any remark it says just that."""
    if visit.replied_at is not None and visit.replied_by_id == actor.id:
        return
    _require_replying(visit, actor, now)
    advance(visit, "reply", actor, now, points=sum(1 for one in visit.points if one.reply))
    visit.replied_at, visit.replied_by, visit.replied_by_id = now, actor, actor.id


def said(visit: SiteVisit, point: SitePoint) -> str:
    """The reply at one point as officials see it: only what was sent."""
    return point.reply if visit.replied_at is not None else ""


# The outcome


def can_establish(visit: SiteVisit, now: datetime) -> bool:
    return visit.state == "sent" and (
        visit.replied_at is not None or (visit.due_at is not None and visit.due_at <= now)
    )


def establish(
    visit: SiteVisit, actor: User, found: Mapping[str, tuple[str, str]], conclusion: str, now: datetime
) -> None:
    """One who visited establishes what holds at each point, beside the reply, and the conclusion of the whole.

    `found` maps a point's id to (a key of `SEEN`, text). The text is needed where the applicant replied, and where the
    outcome is another than what was noted. Frozen in `facts`; the report as PDF follows.
    """
    require_visitor(visit, actor)
    if visit.state == "established":
        return
    if not can_establish(visit, now):
        raise Refused(N_("De aanbieder kan nog reageren. Stel de uitkomst daarna vast."))
    problems: dict[str, str] = {}
    for point in visit.points:
        outcome, text = found.get(point.id, ("", ""))
        if outcome not in SEEN:
            problems[f"outcome-{point.id}"] = N_("Kies: klopt, klopt niet, of niet gezien.")
        noted = point.latest.verdict if point.latest is not None else ""
        if (said(visit, point) or outcome != noted) and len(tidy(text)) < REASON_LENGTH:
            problems[f"finding-{point.id}"] = N_(
                "Leg in minstens 10 tekens uit wat u met de reactie doet, of waarom u iets anders vaststelt."
            )
    if len(tidy(conclusion)) < SHORTEST_CONCLUSION:
        problems["conclusion"] = N_("Schrijf in minstens 10 tekens wat de toetsing laat zien.")
    if problems:
        raise Invalid(problems)
    for point in visit.points:
        point.outcome, point.finding = found[point.id][0], tidy(found[point.id][1])
    visit.conclusion = tidy(conclusion)
    facts = canonical(report_facts(visit, actor, now))
    advance(visit, "establish", actor, now)
    visit.established_at, visit.established_by, visit.established_by_id = now, actor, actor.id
    visit.facts = facts
    tell(visit, "established", now)


def key_of(point: SitePoint) -> str:
    """The place a point is about, as checklists call it; '' for a point by itself."""
    return place_key(point.requirement, point.lot, point.party) if point.requirement is not None else ""


def title_of(point: SitePoint) -> str:
    """What a point is called: the key and title of its requirement, or its own text."""
    if point.requirement is None:
        return point.text
    about = point.party.name if point.party else ""
    return f"{key_of(point)} {point.requirement.title}{f' ({about})' if about else ''}"


def report_facts(visit: SiteVisit, actor: User, now: datetime) -> dict[str, Any]:
    """Everything the report says, as it is frozen when `actor` establishes the outcome at `now`."""
    application, numbers = visit.review.application, _photo_numbers(visit)
    authority = application.authority
    return {
        "number": visit.number,
        "authority": {"name": authority.name, "mail": authority.mail, "phone": authority.phone},
        "organisation": application.organisation.name,
        "kvk_number": application.organisation.kvk_number,
        "application": application.number,
        "procedure": application.round.procedure.title,
        "round": application.round.label,
        "date": str(calendar.local_day(now)),
        "visited": wording.moment(visit.starts_at),
        "place": visit.place,
        "visitors": sorted(one.user.name for one in visit.visitors),
        "planned": wording.moment(visit.planned_at),
        "moves": [
            {"from": wording.moment(wording.instant_of(one["from"])), "place": one["place"], "reason": one["reason"]}
            for one in visit.moves
        ],
        "sent": wording.moment(visit.sent_at) if visit.sent_at else "",
        "sent_by": visit.sent_by.name if visit.sent_by else "",
        "reply_until": wording.day(last_day(visit) or calendar.local_day(visit.starts_at)),
        "replied": wording.moment(visit.replied_at) if visit.replied_at else "",
        "established": wording.moment(now, seconds=True),
        "established_by": actor.name,
        "conclusion": visit.conclusion,
        "points": [_point_facts(visit, one, numbers) for one in visit.points],
    }


def _photo_numbers(visit: SiteVisit) -> dict[str, int]:
    kept = [photo for point in visit.points for photo in point.kept_photos]
    return {one.id: number for number, one in enumerate(kept, 1)}


def _point_facts(visit: SiteVisit, point: SitePoint, numbers: Mapping[str, int]) -> dict[str, Any]:
    requirement, latest = point.requirement, point.latest
    return {
        "title": title_of(point),
        "code": requirement.code if requirement else "",
        "version": point.requirement_version,
        "published": requirement.text if requirement else "",
        "look_at": point.text if requirement else "",
        "verdict": latest.verdict if latest else "",
        "note": latest.note if latest else "",
        "noted": wording.moment(latest.noted_at) if latest else "",
        "noted_by": latest.noted_by.name if latest else "",
        "photos": [
            {"number": numbers[one.id], "id": one.id, "sha256": one.sha256, "taken": wording.moment(one.noted_at)}
            for one in point.kept_photos
        ],
        "reply": said(visit, point),
        "outcome": point.outcome,
        "finding": point.finding,
    }


def facts_digest(visit: SiteVisit) -> str:
    """SHA-256 of what was frozen: it stands in the report, and says which words were established."""
    return hashlib.sha256(visit.facts.encode()).hexdigest()


def draw_up(visit: SiteVisit, stored: StoredFile, now: datetime) -> bool:
    """The report lies in the store. Whether this call noted it."""
    if visit.pdf_key is not None:
        return False
    visit.pdf_key, visit.pdf_sha256 = stored.key, stored.sha256
    audit.record(visit, "draw_up_report", None, now, sha256=stored.sha256)
    return True
