"""Meetings of a consultation: planning one more, registering, and who gets a seat.

A seat is given by order of registration or by drawing lots, as published. Nothing about an organisation counts.
Who fits when it is their turn gets the seats; who does not fit stays on the list, in the same order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from portal.domain import audit, calendar, wording
from portal.domain.consultations import Consultation, Meeting, require_organisation
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotFound, Refused
from portal.models import AddedMeeting, MeetingDraw, MeetingRegistration, User, new_id
from portal.terms import N_

WRITERS = ("inkoper", "round_manager")
MOST_PERSONS = 3
NOTICE = timedelta(days=21)
"""How long before a meeting with a draw it must be announced: a week to register, two weeks' notice of the draw."""


def read_names(form: Mapping[str, str]) -> list[str]:
    """The persons of a form (name_1 to name_3). Raises `Invalid`."""
    names = {f"name_{number}": form.get(f"name_{number}", "").strip() for number in range(1, MOST_PERSONS + 1)}
    problems = {
        field: N_("Deze naam is te lang. Gebruik ten hoogste 100 tekens.")
        for field, name in names.items()
        if len(name) > 100
    }
    if not any(names.values()):
        problems["name_1"] = N_("Vul de naam in van wie er komt.")
    if problems:
        raise Invalid(problems)
    return [name for name in names.values() if name]


def register(
    consultation: Consultation,
    meeting: Meeting,
    everybody: Sequence[MeetingRegistration],
    actor: User,
    names: list[str],
    now: datetime,
    drawn: MeetingDraw | None = None,
) -> MeetingRegistration:
    """Register the actor's organisation, or change the names of a registration that stands.

    `everybody` are all registrations for this meeting; `drawn` is its draw, if that was done.
    """
    organisation = require_organisation(actor)
    _require_open(meeting, now)
    own = next((one for one in everybody if one.organisation_id == organisation.id), None)
    if own is not None and own.state != "withdrawn":
        _rename(own, actor, names, now)
        move_up(consultation, meeting, everybody, now)
        return own
    if own is None:
        own = MeetingRegistration(
            authority_id=consultation.procedure.authority_id,
            procedure=consultation.procedure,
            procedure_id=consultation.procedure.id,
            consultation_code=consultation.code,
            meeting_code=meeting.code,
            organisation=organisation,
            organisation_id=organisation.id,
            number=f"B-{new_id()[:8].upper()}",
            state="registered",
            version=0,
        )
        audit.record(own, "register_for_meeting", actor, now, meeting=meeting.code, persons=len(names))
    else:
        advance(own, "register_again", actor, now, persons=len(names))
    own.names, own.persons, own.version = names, len(names), own.version + 1
    own.registered_at, own.registered_by, own.registered_by_id = now, actor, actor.id
    own.turn, own.present, own.draws_at = None, None, meeting.draws_at
    if meeting.draws_at is None or drawn is not None:
        others = [one for one in everybody if one is not own]
        _seat(meeting, own, others, actor, now)
    _tell(consultation, meeting, own, now)
    return own


def _require_open(meeting: Meeting, now: datetime) -> None:
    if now < meeting.opens_at:
        raise Refused(
            N_("Aanmelden voor deze bijeenkomst kan vanaf %(moment)s."), moment=wording.moment(meeting.opens_at)
        )
    if not meeting.takes_registrations(now):
        raise Refused(
            N_("Deze bijeenkomst begon op %(moment)s. Aanmelden of afmelden kan niet meer."),
            moment=wording.moment(meeting.starts_at),
        )


def _rename(own: MeetingRegistration, actor: User, names: list[str], now: datetime) -> None:
    if names == own.names:
        return
    if len(names) > own.persons:
        raise Refused(N_("Met meer personen komen kan alleen als u zich eerst afmeldt en daarna opnieuw aanmeldt."))
    own.names, own.persons, own.version = names, len(names), own.version + 1
    audit.record(own, "change_names", actor, now, persons=len(names))


def seats_left(meeting: Meeting, everybody: Iterable[MeetingRegistration]) -> int:
    return meeting.seats - sum(one.persons for one in everybody if one.state == "invited")


def _seat(
    meeting: Meeting,
    one: MeetingRegistration,
    others: Iterable[MeetingRegistration],
    actor: User | None,
    now: datetime,
) -> None:
    fits = one.persons <= seats_left(meeting, others)
    advance(one, "invite" if fits else "put_on_list", actor, now)


def withdraw(
    consultation: Consultation,
    meeting: Meeting,
    everybody: Sequence[MeetingRegistration],
    actor: User,
    now: datetime,
) -> None:
    """The actor's organisation does not come; whoever is next on the list and fits gets the seats."""
    organisation = require_organisation(actor)
    _require_open(meeting, now)
    own = next((one for one in everybody if one.organisation_id == organisation.id), None)
    if own is None:
        raise NotFound(N_("Dit bestaat niet."))
    if own.state == "withdrawn":
        return
    advance(own, "withdraw", actor, now)
    own.version += 1
    move_up(consultation, meeting, everybody, now)


def line(everybody: Iterable[MeetingRegistration]) -> list[MeetingRegistration]:
    """Who waits, in order: as drawn, and behind them as registered."""
    waiting = [one for one in everybody if one.state == "waiting"]
    return sorted(waiting, key=lambda one: (one.turn is None, one.turn or 0, one.registered_at, one.number))


def move_up(
    consultation: Consultation, meeting: Meeting, everybody: Sequence[MeetingRegistration], now: datetime
) -> list[MeetingRegistration]:
    """Give free seats to who waits; gives who got them."""
    moved = []
    for one in line(everybody):
        if one.persons <= seats_left(meeting, everybody):
            advance(one, "invite", None, now)
            one.version += 1
            _tell(consultation, meeting, one, now)
            moved.append(one)
    return moved


def drawn_order(seed: str, numbers: Iterable[str]) -> list[str]:
    """The numbers in the order of the SHA-256 (hex) of 'seed:number': everybody who knows the seed can do it again."""
    return sorted(numbers, key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).hexdigest())


def draw(
    consultation: Consultation,
    meeting: Meeting,
    everybody: Sequence[MeetingRegistration],
    seed: str,
    now: datetime,
) -> MeetingDraw:
    """Draw lots among who registered in time, and give the seats in that order; who came later comes behind.

    `seed` is random and made by the portal at this moment; nobody chooses it.
    """
    draws_at = meeting.draws_at
    if draws_at is None or now < draws_at:
        raise Refused(N_("Voor deze bijeenkomst kan nu niet worden geloot."))
    inside = {one.number: one for one in everybody if one.state == "registered" and one.registered_at < draws_at}
    drawn = MeetingDraw(
        authority_id=consultation.procedure.authority_id,
        procedure=consultation.procedure,
        procedure_id=consultation.procedure.id,
        consultation_code=consultation.code,
        meeting_code=meeting.code,
        seed=seed,
        numbers=drawn_order(seed, inside),
        drawn_at=now,
    )
    late = sorted(
        (one for one in everybody if one.state == "registered" and one.number not in inside),
        key=lambda one: (one.registered_at, one.number),
    )
    for turn, number in enumerate(drawn.numbers, start=1):
        inside[number].turn = turn
    for one in [*(inside[number] for number in drawn.numbers), *late]:
        _seat(meeting, one, everybody, None, now)
        one.version += 1
        _tell(consultation, meeting, one, now)
    audit.record(drawn, "draw_lots", None, now, meeting=meeting.code, seed=seed, registrations=len(drawn.numbers))
    return drawn


def _tell(consultation: Consultation, meeting: Meeting, one: MeetingRegistration, now: datetime) -> None:
    audit.tell_organisation(
        one,
        one.organisation.users,
        f"meeting:{one.id}:{one.version}:{one.state}",
        "meeting_place",
        now,
        state=one.state,
        meeting=meeting.title,
        consultation=consultation.title,
        starts=wording.moment(meeting.starts_at),
        where=meeting.place,
        draws=wording.moment(meeting.draws_at) if meeting.draws_at else "",
        number=one.number,
        path=f"{consultation.path}/bijeenkomsten/{meeting.code}",
    )


# --- for officials ---


def add_meeting(consultation: Consultation, actor: User, form: Mapping[str, str], now: datetime) -> AddedMeeting:
    """Plan one more meeting, within the number that was published as the most."""
    require_official(actor, consultation.procedure, *WRITERS)
    if not consultation.may_add_meeting:
        raise Refused(
            N_("Er zijn ten hoogste %(count)d bijeenkomsten. Dat is zo gepubliceerd. U kunt er geen toevoegen."),
            count=consultation.most_meetings,
        )
    fields, problems = _read_meeting(form)
    starts_at = fields.get("starts_at")
    soonest = now + (NOTICE if consultation.rule == "draw" else timedelta(0))
    if starts_at is not None and starts_at <= soonest:
        problems["day"] = (
            N_("Kies een dag die ten minste drie weken verder is: aanbieders moeten zich voor de loting aanmelden.")
            if consultation.rule == "draw"
            else N_("Kies een dag en tijd in de toekomst.")
        )
    if problems:
        raise Invalid(problems)
    taken = {one.code for one in consultation.meetings}
    code = next(code for code in (f"E{number}" for number in range(1, 1000)) if code not in taken)
    added = AddedMeeting(
        authority_id=consultation.procedure.authority_id,
        procedure=consultation.procedure,
        procedure_id=consultation.procedure.id,
        consultation_code=consultation.code,
        code=code,
        added_at=now,
        added_by=actor,
        added_by_id=actor.id,
        **fields,
    )
    audit.record(added, "add_meeting", actor, now, consultation=consultation.code, meeting=code)
    return added


def _read_meeting(form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    problems: dict[str, str] = {}
    title, place = form.get("title", "").strip(), form.get("place", "").strip()
    if not 3 <= len(title) <= 200:
        problems["title"] = N_("Geef de bijeenkomst een naam van 3 tot 200 tekens.")
    if not 2 <= len(place) <= 200:
        problems["place"] = N_("Vul in waar de bijeenkomst is.")
    seats = form.get("seats", "").strip()
    if not seats.isdecimal() or not 1 <= int(seats) <= 1000:
        problems["seats"] = N_("Vul in hoeveel personen er kunnen komen: een getal van 1 tot 1.000.")
    moments = _read_times(form, problems)
    if problems:
        return moments, problems
    text = form.get("text", "").replace("\r\n", "\n").strip()[:2000]
    return {"title": title, "place": place, "seats": int(seats), "text": text, **moments}, problems


def _read_times(form: Mapping[str, str], problems: dict[str, str]) -> dict[str, Any]:
    day: date | None = None
    moments: dict[str, Any] = {}
    try:
        day = date.fromisoformat(form.get("day", ""))
    except ValueError:
        problems["day"] = N_("Vul de dag in, bijvoorbeeld 13-02-2025.")
    for field, name in (("from", "starts_at"), ("until", "ends_at")):
        try:
            at = time.fromisoformat(form.get(field, ""))
            if day is not None:
                moments[name] = calendar.local_instant(day, at)
        except Invalid as refusal:
            problems[field] = refusal.problems["at"]
        except ValueError:
            problems[field] = N_("Vul een tijd in, bijvoorbeeld 13:30.")
    if len(moments) == 2 and moments["ends_at"] <= moments["starts_at"]:
        problems["until"] = N_("De eindtijd ligt niet na de begintijd.")
    return moments
