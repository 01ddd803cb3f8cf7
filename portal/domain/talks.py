"""Talks with a provider: when they are due, what was said per topic, what was agreed, and the confirmed report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from portal.domain import audit, calendar, following
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, Refused, Stale
from portal.models import ActionPoint, Agreement, Talk, TalkAddendum, TalkNote, User
from portal.terms import N_, TALK_KINDS

EVERY = 3
"""Months between talks where the procedure does not say."""


def next_on(starts_on: date, every: int, last: date | None) -> date:
    """The day by which the next talk is planned: so many months after the start, counted from the first day each time.

    A talk counts for the planned day that is nearest: one a little early does not bring the same day up again.
    """
    held = starts_on if last is None else max(starts_on, last)
    beyond = held + timedelta(days=every * 15 if last is not None else 0)
    number = 1
    while calendar.add_months(starts_on, number * every) <= beyond:
        number += 1
    return calendar.add_months(starts_on, number * every)


def topics(agreement: Agreement, kind: str) -> list[dict[str, str]]:
    """The fixed topics of a talk: those of its kind, the pillars for an evaluation, and what the provider promised."""
    rules = following.rules(agreement)
    chosen = rules.get("quarterly_topics") or rules.get("evaluation_topics") or []
    pillars: list[dict[str, str]] = []
    if kind == "evaluation":
        chosen = rules.get("evaluation_topics") or rules.get("quarterly_topics") or []
        pillars = rules.get("pillars") or []
    found = [
        {"code": one["code"], "title": one["title"], "text": one.get("text", ""), "group": "topic"} for one in chosen
    ]
    found += [
        {"code": f"pijler-{one['code']}", "title": one["title"], "text": one.get("text", ""), "group": "pillar"}
        for one in pillars
    ]
    return [*found, *_promises(agreement)]


def _promises(agreement: Agreement) -> list[dict[str, str]]:
    facts: dict[str, Any] = json.loads(agreement.facts)
    found = []
    for number, one in enumerate(facts.get("promises", []), 1):
        smart = [f"{goal.get('title', '')}: {_smart(goal)}" for goal in one.get("goals", [])]
        text = "\n".join(part for part in (one.get("text", ""), *smart) if part)
        lot = f" ({one['lot']})" if one.get("lot") else ""
        found.append(
            {
                "code": f"belofte-{number}",
                "title": f"{one['code']} {one['title']}{lot}"[:200],
                "text": text,
                "group": "promise",
            }
        )
    return found


def _smart(goal: Mapping[str, Any]) -> str:
    return "; ".join(str(value) for name, value in goal.items() if name != "title" and value)


def begin(agreement: Agreement, actor: User, kind: str, held_on: date | None, present: str, now: datetime) -> Talk:
    """The report of a talk that was held, to be filled in."""
    following.require_manager(actor, agreement)
    talk = Talk(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        kind=kind,
        state="draft",
        topics=topics(agreement, kind) if kind in TALK_KINDS else [],
        began_at=now,
        began_by=actor,
        began_by_id=actor.id,
    )
    if kind not in TALK_KINDS:
        raise Invalid({"kind": N_("Kies welk gesprek het was.")})
    _describe(talk, held_on, present, now)
    audit.record(talk, "begin_talk", actor, now, agreement=agreement.number, kind=kind, held_on=str(held_on))
    return talk


def _describe(talk: Talk, held_on: date | None, present: str, now: datetime) -> None:
    problems: dict[str, str] = {}
    if held_on is None or not talk.agreement.starts_on <= held_on <= following.today(now):
        problems["held_on"] = N_(
            "Vul de dag van het gesprek in: na het begin van de overeenkomst, niet in de toekomst."
        )
    if len(present.strip()) < 3:
        problems["present"] = N_("Vul in wie er bij het gesprek waren.")
    if problems:
        raise Invalid(problems)
    following.refuse_personal_numbers(present, "present")
    talk.held_on, talk.present = held_on or talk.held_on, present.strip()


def _require_draft(talk: Talk, actor: User) -> None:
    require_official(actor, talk, following.MANAGER)
    if talk.state != "draft":
        raise Refused(N_("Dit verslag is vastgesteld. U kunt er nog wel iets aan toevoegen."))


def save(
    talk: Talk,
    actor: User,
    held_on: date | None,
    present: str,
    texts: Mapping[str, tuple[str, int]],
    now: datetime,
) -> None:
    """Save the report: per topic its text and the version it was based on. All of it, or nothing.

    Raises `Stale` (its `theirs`: topic to the note now stored) when a colleague saved one of these topics since.
    """
    _require_draft(talk, actor)
    known = {one["code"] for one in talk.topics}
    notes = {one.topic: one for one in talk.notes}
    changed = {
        topic: (text.strip(), based_on)
        for topic, (text, based_on) in texts.items()
        if topic in known and text.strip() != (notes[topic].text if topic in notes else "")
    }
    for topic, (text, _) in changed.items():
        following.refuse_personal_numbers(text, f"note-{topic}")
    theirs = {
        topic: notes[topic] for topic, (_, seen) in changed.items() if topic in notes and notes[topic].version != seen
    }
    if theirs:
        raise Stale(
            N_("Een collega heeft dit verslag net ook gewijzigd. Vergelijk de teksten en bewaar opnieuw."), theirs
        )
    _describe(talk, held_on, present, now)
    for topic, (text, _) in changed.items():
        note = notes.get(topic)
        if note is None:
            note = TalkNote(
                authority_id=talk.authority_id, topic=topic, text="", version=0, saved_at=now, saved_by_id=actor.id
            )
            talk.notes.append(note)
        note.text, note.saved_at, note.saved_by, note.saved_by_id = text, now, actor, actor.id
        note.version += 1
    if changed:
        audit.record(talk, "save_talk", actor, now, topics=sorted(changed))


def agree(talk: Talk, actor: User, text: str, owner: str, due_on: date | None, now: datetime) -> ActionPoint:
    """An action point: what, who, and by when."""
    _require_draft(talk, actor)
    problems: dict[str, str] = {}
    if len(text.strip()) < 5:
        problems["text"] = N_("Schrijf op wat er gebeurt.")
    if len(owner.strip()) < 2:
        problems["owner"] = N_("Vul in wie dit doet: een functie of organisatie.")
    if due_on is None or due_on < talk.held_on:
        problems["due_on"] = N_("Vul een dag in, op of na de dag van het gesprek.")
    if problems or due_on is None:
        raise Invalid(problems)
    following.refuse_personal_numbers(text, "text")
    point = ActionPoint(
        authority_id=talk.authority_id,
        text=text.strip(),
        owner=owner.strip()[:200],
        due_on=due_on,
        made_at=now,
        made_by_id=actor.id,
    )
    talk.points.append(point)
    audit.record(talk, "agree", actor, now, due_on=str(due_on))
    return point


def complete(point: ActionPoint, actor: User, note: str, now: datetime) -> None:
    """An action point is done; also after the report was confirmed. Twice is once."""
    require_official(actor, point, following.MANAGER)
    if point.done_at is not None:
        return
    following.refuse_personal_numbers(note, "note")
    point.done_at, point.done_by, point.done_by_id, point.done_note = now, actor, actor.id, note.strip()
    audit.record(point, "complete_action", actor, now, talk=point.talk_id)


def confirm(talk: Talk, actor: User, now: datetime) -> None:
    """The report is final: from now on there are only additions."""
    require_official(actor, talk, following.MANAGER)
    if talk.state == "confirmed":
        return
    if not any(one.text for one in talk.notes):
        raise Refused(N_("Dit verslag is nog leeg. Schrijf bij minstens een onderwerp op wat er is besproken."))
    advance(talk, "confirm", actor, now, agreement=talk.agreement.number)
    talk.confirmed_at, talk.confirmed_by, talk.confirmed_by_id = now, actor, actor.id


def add(talk: Talk, actor: User, text: str, now: datetime) -> TalkAddendum:
    """An addition to a confirmed report. It stands beside the report and changes nothing in it."""
    require_official(actor, talk, following.MANAGER)
    if talk.state != "confirmed":
        raise Refused(N_("Dit verslag is nog een concept: pas de tekst zelf aan."))
    addendum = TalkAddendum(
        authority_id=talk.authority_id,
        text=following.written(text, "addendum"),
        added_at=now,
        added_by=actor,
        added_by_id=actor.id,
    )
    talk.addenda.append(addendum)
    audit.record(talk, "add_to_talk", actor, now)
    return addendum
