"""What visitors see at each point of a visit, with photographs: kept on the spot, or later from a phone.

The device gives each note and photograph a key (`attempt`): sent again it is the same one. Nothing is overwritten.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from portal.domain import audit, calendar, wording
from portal.domain.lifecycle import advance
from portal.domain.site_visits import require_visitor, tidy
from portal.errors import FileRefused, Invalid, NotFound, Refused
from portal.models import SiteNote, SitePhoto, SitePoint, SiteVisit, User
from portal.services import StoredFile
from portal.site_visit_words import SEEN
from portal.terms import N_, REASON_LENGTH

LONGEST_NOTE = 4000
MOST_PHOTOS, PHOTO_WIDTH = 60, 1280
"""Photographs of one visit, and how many pixels wide one is kept."""
ATTEMPT = re.compile(r"[A-Za-z0-9-]{8,60}")
RECORDING = frozenset({"planned", "recorded"})
"""States in which something is still noted."""


def point_of(visit: SiteVisit, point_id: str) -> SitePoint:
    for one in visit.points:
        if one.id == point_id:
            return one
    raise NotFound(N_("Dit bestaat niet."))


def _require_recording(visit: SiteVisit, actor: User, attempt: str, now: datetime) -> None:
    require_visitor(visit, actor)
    if not ATTEMPT.fullmatch(attempt):
        raise Refused(N_("Dit is niet goed verstuurd. Ververs de pagina en probeer het opnieuw."))
    if visit.state not in RECORDING:
        raise Refused(N_("Het verslag van deze toetsing is al verstuurd, of zij gaat niet door. Dit is niet bewaard."))
    if calendar.local_day(now) < calendar.local_day(visit.starts_at):
        raise Refused(
            N_("De toetsing is op %(moment)s. Vastleggen kan vanaf die dag."), moment=wording.moment(visit.starts_at)
        )


def _moment(visit: SiteVisit, age: timedelta, now: datetime) -> datetime:
    """When it was noted, by our clock; never before the day of the visit, nor after now."""
    begins = calendar.end_of_day(calendar.local_day(visit.starts_at) - timedelta(days=1))
    return min(max(now - max(age, timedelta()), begins), now)


def note(
    visit: SiteVisit,
    point: SitePoint,
    actor: User,
    attempt: str,
    verdict: str,
    text: str,
    age: timedelta,
    now: datetime,
) -> SiteNote:
    """Keep what was seen at one point. Sent again with the same `attempt` it is the same note, whatever it says now.

    `age` is how long ago it was noted. Notes are only added; the one noted last is shown first.
    """
    require_visitor(visit, actor)
    for one in (each for other in visit.points for each in other.notes):
        if one.attempt == attempt:
            return one
    _require_recording(visit, actor, attempt, now)
    text = tidy(text)
    if verdict not in SEEN:
        raise Invalid({f"verdict-{point.id}": N_("Kies: klopt, klopt niet, of niet gezien.")})
    if (verdict == "does_not_hold" and len(text) < REASON_LENGTH) or len(text) > LONGEST_NOTE:
        problem = N_("Schrijf in 10 tot 4000 tekens op wat er niet klopt. De aanbieder leest dit.")
        raise Invalid({f"note-{point.id}": problem})
    made = SiteNote(
        authority_id=visit.authority_id,
        visit_id=visit.id,
        attempt=attempt,
        sequence=1 + sum(len(one.notes) for one in visit.points),
        verdict=verdict,
        note=text,
        noted_at=_moment(visit, age, now),
        received_at=now,
        noted_by=actor,
        noted_by_id=actor.id,
    )
    # in the order of noting, also when an older one comes in late
    place = next((at for at, one in enumerate(point.notes) if one.noted_at > made.noted_at), len(point.notes))
    point.notes.insert(place, made)
    _go_on(visit, actor, now, "note", point)
    return made


def _go_on(visit: SiteVisit, actor: User, now: datetime, act: str, point: SitePoint) -> None:
    if visit.state == "planned":
        advance(visit, "record", actor, now)
    audit.record(visit, act, actor, now, point=point.position)


def photo_with(visit: SiteVisit, attempt: str) -> SitePhoto | None:
    """The photograph that came in with this key before."""
    return next((one for point in visit.points for one in point.photos if one.attempt == attempt), None)


def require_photo(visit: SiteVisit, actor: User, attempt: str, now: datetime) -> None:
    """Whether one more photograph can be taken in, before its bytes are."""
    _require_recording(visit, actor, attempt, now)
    if sum(len(point.photos) for point in visit.points) >= MOST_PHOTOS:
        raise FileRefused("photos", N_("Bij één toetsing passen %(most)s foto’s."), most=MOST_PHOTOS)


def add_photo(
    visit: SiteVisit,
    point: SitePoint,
    actor: User,
    attempt: str,
    stored: StoredFile,
    age: timedelta,
    now: datetime,
    *,
    has_scanner: bool,
) -> SitePhoto:
    """Keep a photograph that lies in the store."""
    require_photo(visit, actor, attempt, now)
    made = SitePhoto(
        authority_id=visit.authority_id,
        visit_id=visit.id,
        attempt=attempt,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        noted_at=_moment(visit, age, now),
        received_at=now,
        taken_by=actor,
        taken_by_id=actor.id,
        scan_state="waiting" if has_scanner else "none",
    )
    point.photos.append(made)
    _go_on(visit, actor, now, "photograph", point)
    return made


def remove_photo(visit: SiteVisit, photo: SitePhoto, actor: User, now: datetime) -> str | None:
    """Take a photograph away, such as one with a client on it; gives the key of the bytes that must go."""
    require_visitor(visit, actor)
    if photo.removed_at is not None:
        return None
    if visit.state not in RECORDING:
        raise Refused(N_("Het verslag is al verstuurd. Een foto weghalen kan niet meer."))
    key, photo.storage_key = photo.storage_key, None
    photo.removed_at, photo.removed_by_id = now, actor.id
    audit.record(visit, "remove_photo", actor, now, sha256=photo.sha256)
    return key


def require_servable(photo: SitePhoto, *, has_scanner: bool) -> None:
    """Refuse to show what was taken away, what the scanner stopped and, where there is one, has yet to look at."""
    if photo.storage_key is None:
        raise NotFound(N_("Deze foto is er niet meer."))
    if photo.scan_state == "infected":
        raise Refused(N_("Deze foto is tegengehouden door de virusscanner."))
    if has_scanner and photo.scan_state != "clean":
        raise Refused(N_("Deze foto wordt nog gecontroleerd op virussen. Probeer het over een paar minuten opnieuw."))


def judge_photo(photo: SitePhoto, finding: str, now: datetime) -> bool:
    """Keep what the scanner said; '' is clean. Whether this call did it."""
    if photo.scan_state != "waiting":
        return False
    photo.scanned_at, photo.scan_finding = now, finding[:200]
    advance(photo, "find_infected" if finding else "find_clean", None, now, finding=photo.scan_finding)
    return True
