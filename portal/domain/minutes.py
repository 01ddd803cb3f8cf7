"""After a meeting of a consultation: who came, and the minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from portal.domain import audit
from portal.domain.consultations import Consultation, Meeting
from portal.domain.meetings import WRITERS
from portal.domain.permissions import require_official
from portal.errors import Invalid, Refused, Stale
from portal.models import MeetingRegistration, Minutes, User
from portal.terms import N_


def record_attendance(
    consultation: Consultation,
    meeting: Meeting,
    registrations: Sequence[MeetingRegistration],
    actor: User,
    present: Mapping[str, str],
    now: datetime,
) -> None:
    """How many persons of each invited organisation came; `present` is by id of the registration, '' is not known."""
    require_official(actor, consultation.procedure, *WRITERS)
    if now < meeting.starts_at:
        raise Refused(N_("Wie er was, vult u in nadat de bijeenkomst is begonnen."))
    problems: dict[str, str] = {}
    counted: dict[str, int | None] = {}
    for one in registrations:
        typed = present.get(one.id, "").strip()
        if typed and (not typed.isdecimal() or int(typed) > one.persons):
            problems[f"present-{one.id}"] = N_("Vul een getal in, niet hoger dan het aantal aangemelde personen.")
        counted[one.id] = int(typed) if typed and not problems else None
    if problems:
        raise Invalid(problems)
    for one in registrations:
        if one.state == "invited" and one.present != counted[one.id]:
            one.present = counted[one.id]
            audit.record(one, "record_attendance", actor, now, present=one.present)


def save_minutes(
    consultation: Consultation,
    meeting: Meeting,
    versions: Sequence[Minutes],
    actor: User,
    text: str,
    now: datetime,
    *,
    based_on: int,
) -> Minutes:
    """A next version of the minutes; the same text again is the same version. `versions` are oldest first.

    Raises `Stale` when a colleague saved after version `based_on`.
    """
    require_official(actor, consultation.procedure, *WRITERS)
    if now < meeting.starts_at:
        raise Refused(N_("Een verslag maakt u nadat de bijeenkomst is begonnen."))
    typed = text.replace("\r\n", "\n").strip()
    if not 20 <= len(typed) <= 50_000:
        raise Invalid({"text": N_("Schrijf een verslag van ten minste 20 tekens.")})
    last = versions[-1] if versions else None
    if last is not None and last.text == typed:
        return last
    number = last.number if last else 0
    if number != based_on:
        raise Stale(N_("Een collega heeft het verslag net bewaard. Lees dat eerst en bewaar daarna opnieuw."), last)
    saved = Minutes(
        authority_id=consultation.procedure.authority_id,
        procedure=consultation.procedure,
        procedure_id=consultation.procedure.id,
        consultation_code=consultation.code,
        meeting_code=meeting.code,
        number=number + 1,
        text=typed,
        saved_at=now,
        saved_by=actor,
        saved_by_id=actor.id,
    )
    audit.record(saved, "save_minutes", actor, now, meeting=meeting.code, number=saved.number)
    return saved


def publish_minutes(
    consultation: Consultation,
    meeting: Meeting,
    versions: Sequence[Minutes],
    number: int,
    registrations: Iterable[MeetingRegistration],
    actor: User,
    now: datetime,
) -> None:
    """Make the last version public and tell who had a seat. Twice is once."""
    require_official(actor, consultation.procedure, *WRITERS)
    if not versions:
        raise Refused(N_("Er is nog geen verslag. Schrijf en bewaar het eerst."))
    last = versions[-1]
    if last.number != number:
        raise Stale(N_("Het verslag is veranderd nadat u het opende. Lees het opnieuw."), last)
    if last.published_at is not None:
        return
    last.published_at, last.published_by, last.published_by_id = now, actor, actor.id
    audit.record(last, "publish_minutes", actor, now, meeting=meeting.code, number=number)
    for one in registrations:
        if one.state == "invited":
            audit.tell_organisation(
                one,
                one.organisation.users,
                f"minutes:{last.id}:{one.id}",
                "minutes_published",
                now,
                meeting=meeting.title,
                consultation=consultation.title,
                path=f"{consultation.path}/bijeenkomsten/{meeting.code}",
            )
