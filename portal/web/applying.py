"""What the pages of an applicant share: their blueprint, the own dossier, and small pieces of view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from flask import Blueprint, url_for
from flask_babel import gettext

from portal.domain import applications, calendar, requirements
from portal.domain.permissions import filler_id
from portal.domain.requirement_types import Spot, integrity_key
from portal.domain.requirements import Place
from portal.errors import NotFound
from portal.models import Application, Document, Evidence, OwnPart, Party, Round
from portal.queries import applications as queries
from portal.queries import own_parts, vault
from portal.terms import DOCUMENT_KINDS, N_, SCAN_STATES
from portal.web import languages, uploads
from portal.web.context import db, now, organisation_id, person
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
    """An application of the organisation one acts for, as far as a mandate reaches. Anything else does not exist."""
    found = queries.application(db(), application_id, organisation_id())
    if found is None or not person().covers(found.round_id):
        raise NotFound(N_("Deze aanmelding bestaat niet."))
    return found


def own_document(document_id: str) -> Document:
    """A document of the own vault, any version. Anything else does not exist."""
    found = vault.document(db(), document_id, organisation_id())
    if found is None:
        raise NotFound(N_("Dit document bestaat niet."))
    if found.sealed_at is not None:
        raise NotFound(N_("Dit document ligt met uw inschrijving verzegeld in de kluis."))
    return found


def fillable(application_id: str, *, whole: bool = True) -> Application:
    """An application of the organisation one acts for, or one in which it fills in its own part."""
    mine = organisation_id()
    found = queries.application(db(), application_id, mine, whole=whole)
    found = found or own_parts.application(db(), application_id, mine)
    if found is None or not person().covers(found.round_id):
        raise NotFound(N_("Deze aanmelding bestaat niet."))
    return found


@dataclass(frozen=True)
class Desk:
    """Where somebody fills something in: one place of an application, or (no place) an integrity check. `party` is
    whom it is about; a party that fills in its own part sits at the desks of that part, and nobody else does.
    """

    application: Application
    place: Place | None
    party: Party | None

    @property
    def part(self) -> OwnPart | None:
        return self.party.own_part if self.party else None

    @property
    def key(self) -> str:
        """Its name in an address: that of the place, 'integriteit' or 'integriteit-P2'."""
        if self.place is not None:
            return self.place.key
        return f"{uploads.INTEGRITY}-P{self.party.position}" if self.party else uploads.INTEGRITY

    @property
    def carried_key(self) -> str:
        """Its name in what came along from an earlier round."""
        return self.place.key if self.place is not None else integrity_key(self.party)

    @property
    def spot(self) -> Spot:
        return self.place.spot if self.place is not None else (None, None, self.party.id if self.party else None)

    @property
    def evidence(self) -> list[Evidence]:
        return applications.evidence_at(self.application, self.place, self.party)

    @property
    def is_open(self) -> bool:
        """Whether something can be changed here."""
        return self.application.is_open(now()) and not (self.part and self.part.is_ready)

    @property
    def places(self) -> list[Place]:
        """The places at which the same organisation fills in."""
        return places_of(self.application, self.party if self.part else None)

    def url(self, **more: Any) -> str:
        return place_url(self.application, self.place, self.party, **more)

    def home(self, back: str) -> tuple[str, str]:
        """Where one goes from here, and what the link to it says."""
        key, checks = self.application.id, back == "indienen"
        if self.part is not None:
            endpoint = "apply.declare_part" if checks else "apply.part"
            text = gettext("Terug naar controleren") if checks else gettext("Naar uw deel")
            return url_for(endpoint, part_id=self.part.id), text
        endpoint = "apply.submit" if checks else "apply.application"
        text = gettext("Terug naar indienen") if checks else gettext("Naar de takenlijst")
        return url_for(endpoint, application_id=key), text

    def crumbs(self, title: str) -> list[Crumb]:
        """The way to this desk."""
        if self.part is None:
            return crumbs(self.application, (title, ""))
        return part_crumbs(self.part, (title, ""))


def places_of(application: Application, party: Party | None) -> list[Place]:
    """The places of a party that fills in its own part; for None those that the applicant fills in."""
    everywhere = requirements.places(application)
    if party is not None:
        return [one for one in everywhere if one.party is party]
    return [one for one in everywhere if one.party is None or one.party.own_part is None]


def desks(application: Application) -> Iterator[Desk]:
    for place in requirements.places(application):
        yield Desk(application, place, place.party)
    for party in requirements.integrity_parties(application):
        yield Desk(application, None, party)


def desk_at(application_id: str, key: str, *, whole: bool = True) -> Desk:
    """The desk with a key such as 'T01-1A', if it is for the own organisation. Raises `NotFound` for any other."""
    application, mine = fillable(application_id, whole=whole), organisation_id()
    for one in desks(application):
        if one.key == key and filler_id(application, one.party) == mine:
            return one
    raise NotFound(N_("Deze eis hoort niet bij wat u invult. Kijk of u het perceel nog heeft gekozen."))


def place_url(application: Application, place: Place | None, party: Party | None = None, **more: Any) -> str:
    """The page of a place; of the integrity check of the applicant or of `party` when there is no place."""
    if place is None:
        number = party.position if party else None
        return url_for("apply.integrity", application_id=application.id, position=number, **more)
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
        "text": languages.moment(round_.closes_at),
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


def part_crumbs(part: OwnPart, *more: Crumb) -> list[Crumb]:
    """The way to a page of the own part; the last one is the page itself."""
    name = gettext("Uw deel bij %(name)s", name=part.party.application.organisation.name)
    return [(gettext("Aanmeldingen"), url_for("apply.overview")), (name, url_for("apply.part", part_id=part.id)), *more]


def last_day(due_at: datetime) -> str:
    """The last day of a term that ends at midnight: '8 oktober 2019', not 0.00 hours on the ninth."""
    return languages.day(calendar.local_day(due_at - timedelta(seconds=1)))


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
        shown = languages.day(document.expires_on)
        if document.expires_on < day:
            badges.append((gettext("Verlopen op %(day)s", day=shown), "negative", "alert-triangle"))
        elif (document.expires_on - day).days < SOON_DAYS:
            badges.append((gettext("Geldig tot en met %(day)s", day=shown), "warning", "clock"))
        else:
            badges.append((gettext("Geldig tot en met %(day)s", day=shown), "positive", "check"))
    if document.issued_on is not None:
        text = gettext("Afgegeven op %(day)s", day=languages.day(document.issued_on))
        badges.append((text, "neutral", "calendar-event"))
    if DOCUMENT_KINDS[document.kind].is_integrity:
        badges.append((gettext("Versleuteld bewaard"), "info", "lock"))
    return badges
