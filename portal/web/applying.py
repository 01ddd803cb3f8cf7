"""What the pages of an applicant share: their blueprint, the own dossier, and small pieces of view."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Protocol

from flask import Blueprint, url_for
from flask_babel import gettext

from portal.domain import applications, calendar, requirements, wording
from portal.domain.requirements import Place
from portal.errors import NotFound
from portal.models import Application, Round
from portal.queries import applications as queries
from portal.terms import DOCUMENT_KINDS, N_, SCAN_STATES
from portal.web import uploads
from portal.web.context import db, now, organisation_id
from portal.web.public import offset, time_left

blueprint = Blueprint("apply", __name__)
blueprint.teardown_request(uploads.abandon_all)

Badge = tuple[str, str, str]
"""Text, tone and icon."""
Crumb = tuple[str, str]

SOON_DAYS = 120
SCAN_ICONS = {"waiting": "clock", "infected": "alert-triangle"}
"""What the scanner said, as far as an applicant has to know."""


def own(application_id: str) -> Application:
    """An application of the own organisation. Anything else does not exist."""
    found = queries.application(db(), application_id, organisation_id())
    if found is None:
        raise NotFound(N_("Deze aanmelding bestaat niet."))
    return found


def place_at(application: Application, key: str) -> Place | None:
    """The place with a key such as 'T01-1A'; None is the integrity check. Raises `NotFound` for any other."""
    if key == uploads.INTEGRITY and application.round.procedure.asks_integrity_check:
        return None
    for place in requirements.places(application):
        if place.key == key:
            return place
    raise NotFound(N_("Deze eis hoort niet bij uw aanmelding. Kijk of u het perceel nog heeft gekozen."))


def answerable(application: Application, key: str) -> Place:
    """As `place_at`, for a requirement only."""
    place = place_at(application, key)
    if place is None:
        raise NotFound(N_("Deze eis hoort niet bij uw aanmelding. Kijk of u het perceel nog heeft gekozen."))
    return place


def place_url(application: Application, place: Place | None, **more: Any) -> str:
    """The page of a place."""
    if place is None:
        return url_for("apply.integrity", application_id=application.id, **more)
    return url_for("apply.requirement", application_id=application.id, place_key=place.key, **more)


def kinds_at(application: Application, place: Place | None) -> list[str]:
    """The kinds of document that can be used at a place, the first one first."""
    if place is None:
        return [str(application.round.procedure.settings.get("integrity", {}).get("document", "bibob_form"))]
    kinds = [str(one) for one in place.requirement.evidence.get("kinds", [])]
    answer = applications.answer_at(application, place)
    if not kinds or (answer is not None and answer.is_equivalent):
        kinds.append("other")
    return list(dict.fromkeys(kinds))


def chosen_kind(kinds: list[str], wanted: str | None) -> str:
    """The kind that the address names, if it fits here; none named is the first."""
    if wanted is not None and wanted not in kinds:
        raise NotFound(N_("Deze soort document past hier niet."))
    return wanted or kinds[0]


def closing(round_: Round) -> dict[str, object]:
    """What the deadline on a page shows."""
    return {
        "iso": offset(round_.closes_at),
        "text": wording.moment(round_.closes_at),
        "rest": time_left(round_.closes_at),
        "label": gettext("Indienen kan tot") if now() < round_.closes_at else gettext("De ronde is gesloten op"),
    }


def crumbs(application: Application | None = None, *more: Crumb) -> list[Crumb]:
    """The way to this page; the last one is the page itself."""
    path = [(gettext("Aanmeldingen"), url_for("apply.overview"))]
    if application is not None:
        label = gettext("Ronde %(label)s", label=application.round.label)
        path.append((label, url_for("apply.application", application_id=application.id)))
    return [*path, *more]


def last_day(due_at: datetime) -> str:
    """The last day of a term that ends at midnight: '8 oktober 2019', not 0.00 hours on the ninth."""
    return wording.day(calendar.local_day(due_at - timedelta(seconds=1)))


def today() -> date:
    """The calendar day in Amsterdam."""
    return calendar.local_day(now())


class Dated(Protocol):
    """A document, or a line about one."""

    @property
    def kind(self) -> str: ...
    @property
    def issued_on(self) -> date | None: ...
    @property
    def expires_on(self) -> date | None: ...
    @property
    def scan_state(self) -> str: ...


def term_badges(document: Dated, day: date) -> list[Badge]:
    """What the dates of a document say on `day`."""
    badges: list[Badge] = []
    if document.scan_state in SCAN_ICONS:
        term = SCAN_STATES[document.scan_state]
        badges.append((gettext(term.label), term.tone, SCAN_ICONS[document.scan_state]))
    if document.expires_on is not None:
        shown = wording.day(document.expires_on)
        if document.expires_on < day:
            badges.append((gettext("Verlopen op %(day)s", day=shown), "negative", "alert-triangle"))
        elif (document.expires_on - day).days < SOON_DAYS:
            badges.append((gettext("Geldig tot en met %(day)s", day=shown), "warning", "clock"))
        else:
            badges.append((gettext("Geldig tot en met %(day)s", day=shown), "positive", "check"))
    if document.issued_on is not None:
        text = gettext("Afgegeven op %(day)s", day=wording.day(document.issued_on))
        badges.append((text, "neutral", "calendar-event"))
    if DOCUMENT_KINDS[document.kind].is_integrity:
        badges.append((gettext("Versleuteld bewaard"), "info", "lock"))
    return badges
