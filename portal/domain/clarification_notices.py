"""The clarification notice (nota van inlichtingen): approved answers, published together under one number, and final.

Published at once or at a planned instant. A notice that comes late gives everybody more time: the portal proposes a
later closing, and two people decide (`domain.deadlines`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.domain import audit, deadlines, questions, wording
from portal.domain.clarifications import ANSWERERS
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotFound, Refused
from portal.models import Clarification, ClarificationNotice, DeadlineChange, Round, User
from portal.terms import N_


@dataclass(frozen=True)
class Audience:
    """Who hears of a notice: `people` applied, asked or follow; `deciders` may decide about another closing."""

    people: Sequence[User]
    deciders: Sequence[User]


def plan(
    round_: Round,
    chosen: Sequence[Clarification],
    actor: User,
    attempt: str,
    publish_at: datetime | None,
    now: datetime,
) -> ClarificationNotice:
    """A notice of these approved answers, to be published at an instant; None is now. The caller looks for `attempt`
    first.
    """
    require_official(actor, round_, *ANSWERERS)
    require_open(round_, now)
    problems = {}
    if not chosen:
        problems["clarification"] = N_("Kies ten minste één antwoord.")
    if publish_at is not None and publish_at <= now:
        problems["day"] = N_("Dit moment is voorbij. Kies een later moment, of publiceer nu.")
    elif publish_at is not None and publish_at >= round_.closes_at:
        problems["day"] = N_("De ronde is dan al gesloten. Kies een moment vóór de sluiting.")
    if problems:
        raise Invalid(problems)
    for one in chosen:
        if one.round_id != round_.id:
            raise NotFound(N_("Dit bestaat niet."))
        if one.state != "approved" or one.notice is not None:
            raise Refused(N_("Een van deze antwoorden is veranderd of staat al in een nota. Ververs de pagina."))
    notice = ClarificationNotice(
        authority_id=round_.authority_id,
        attempt=attempt,
        round=round_,
        round_id=round_.id,
        state="planned",
        publish_at=publish_at or now,
        planned_at=now,
        planned_by=actor,
        planned_by_id=actor.id,
    )
    for one in chosen:
        one.notice = notice
    audit.record(notice, "plan_notice", actor, now, at=notice.publish_at.isoformat(), answers=len(chosen))
    return notice


def require_open(round_: Round, now: datetime) -> None:
    if now < round_.opens_at:
        raise Refused(N_("Deze ronde is nog niet open. Een nota van inlichtingen komt in een open ronde."))
    if round_.closed_at is not None or now >= round_.closes_at:
        raise Refused(
            N_("Deze ronde is gesloten op %(moment)s. Een nota van inlichtingen heeft dan geen zin meer."),
            moment=wording.moment(round_.closes_at),
        )


def cancel(notice: ClarificationNotice, actor: User, now: datetime) -> None:
    """A planned notice does not go out; its answers wait for another one. Twice is once."""
    require_official(actor, notice, *ANSWERERS)
    if notice.state == "cancelled":
        return
    if notice.state == "published":
        raise Refused(N_("Deze nota is gepubliceerd. Er verandert niets meer aan; schrijf zo nodig een correctie."))
    _cancel(notice, actor, now)


def _cancel(notice: ClarificationNotice, actor: User | None, now: datetime) -> None:
    advance(notice, "cancel", actor, now)
    for one in list(notice.clarifications):
        one.notice = None


def publish(
    notice: ClarificationNotice, last_notice: int, last_number: int, told: Audience, now: datetime
) -> DeadlineChange | None:
    """Number it, freeze it, and tell everybody; gives the later closing that the portal proposes when it is late.

    `last_notice` and `last_number` are the last numbers of notices and of clarifications in this round. Doing it
    again does nothing. A notice whose every question was withdrawn is cancelled.
    """
    if notice.state != "planned" or now < notice.publish_at:
        return None
    if not notice.clarifications:
        _cancel(notice, None, now)
        return None
    round_ = notice.round
    order = {one.key: place for place, one in enumerate(questions.subjects(round_))}
    # by what they are about, then by a random id: the numbers tell nothing of who asked first
    chosen = sorted(notice.clarifications, key=lambda one: (order.get(one.subject, len(order)), one.id))
    planner, number = notice.planned_by, last_notice + 1
    for place, one in enumerate(chosen, last_number + 1):
        asked = list(one.questions)
        one.number = place
        advance(one, "publish", planner, now, number=place)
        for question in asked:
            advance(question, "publish", None, now, number=place)
    facts = json.dumps(_facts(round_, number, chosen, now), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    notice.number, notice.published_at, notice.facts = number, now, facts
    advance(notice, "publish", planner, now, number=number)
    _tell(notice, chosen, told.people, now)
    change = propose_extension(notice, now)
    if change is not None:
        deadlines.tell_deciders(change, told.deciders, now)
    return change


def is_late(notice: ClarificationNotice) -> bool:
    """Published with fewer days before the closing than the procedure promises."""
    days = questions.rule(notice.round).notice_days
    is_out = notice.published_at is not None
    return is_out and days > 0 and notice.published_at > questions.days_before(notice.round.closes_at, days)  # type: ignore[operator]


def propose_extension(notice: ClarificationNotice, now: datetime) -> DeadlineChange | None:
    """What the portal itself proposes about a late notice: as many days as promised, on a working day.

    None where it is in time, where somebody else's proposal waits, or where there is no room for a later closing:
    then people decide what is fair.
    """
    round_ = notice.round
    if not is_late(notice) or notice.published_at is None or deadlines.pending(round_) is not None:
        return None
    days = questions.rule(round_).notice_days
    wanted = questions.days_before(notice.published_at, -days)
    closes_at = deadlines.later_working_day(round_.closes_at, max(wanted - round_.closes_at, timedelta()))
    try:
        deadlines.require_changeable(round_, now)
        deadlines.check(round_, closes_at)
    except (Invalid, Refused):
        return None
    reason = (
        f"Nota van inlichtingen {notice.number} is gepubliceerd op {wording.moment(notice.published_at)}. "
        f"Dat is minder dan {days} dagen voor de sluiting."
    )
    return deadlines.record(round_, None, closes_at, reason, now)


def path(notice: ClarificationNotice) -> str:
    """Where everybody reads it."""
    procedure = notice.round.procedure
    place = f"/procedures/{procedure.authority.slug}/{procedure.slug}/inlichtingen"
    return f"{place}/{notice.round.label}/{notice.number}"


def _tell(notice: ClarificationNotice, chosen: Sequence[Clarification], people: Sequence[User], now: datetime) -> None:
    """Who asked hears under which number; everybody else that there is a notice. Nobody gets two mails."""
    round_ = notice.round
    numbers: dict[str, list[int]] = {}
    for one in chosen:
        for question in one.questions:
            numbers.setdefault(question.organisation_id, []).append(number_of(one))
    facts = {"number": notice.number, "round": round_.label, "procedure": round_.procedure.title, "path": path(notice)}
    others = [one for one in people if one.organisation_id not in numbers]
    audit.tell_organisation(notice, others, f"clarification_notice:{notice.id}", "clarification_notice", now, **facts)
    for organisation_id, answered in numbers.items():
        askers = [one for one in people if one.organisation_id == organisation_id]
        audit.tell_organisation(
            notice,
            askers,
            f"clarification_notice:{notice.id}",
            "question_answered",
            now,
            **facts,
            answered=sorted(set(answered)),
        )


def number_of(clarification: Clarification) -> int:
    """The number of a published clarification."""
    if clarification.number is None:
        raise ValueError("a clarification has its number from publishing on")
    return clarification.number


def _facts(round_: Round, number: int, chosen: Sequence[Clarification], now: datetime) -> dict[str, Any]:
    """All that the notice says. Nothing of who asked, when, or with how many."""
    authority, procedure = round_.authority, round_.procedure
    titles = {one.code: one.title for one in procedure.every_requirement}
    return {
        "authority": {
            "name": authority.name,
            "subtitle": authority.subtitle,
            "phone": authority.phone,
            "mail": authority.mail,
        },
        "procedure": procedure.title,
        "round": round_.label,
        "reference": f"NVI-{procedure.slug}-{round_.label}-{number}",
        "number": number,
        "published_at": now.isoformat(),
        "closes_at": round_.closes_at.isoformat(),
        "clarifications": [
            {
                "number": one.number,
                "subject": _named(questions.subject(round_, one.subject)),
                "question": one.question,
                "answer": one.answer,
                "requirement": one.requirement_code,
                "requirement_title": titles.get(one.requirement_code, ""),
                "edition": one.edition,
                "corrects": one.corrects.number if one.corrects else None,
                "corrects_notice": one.corrects.notice.number if one.corrects and one.corrects.notice else None,
            }
            for one in chosen
        ],
    }


def _named(subject: questions.Subject) -> dict[str, str]:
    return {"kind": subject.kind, "code": subject.code, "name": subject.name}
