"""Consultations for everybody: what is asked, the meetings with their minutes, and the reaction note."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.domain import consultations as domain
from portal.domain import wording
from portal.domain.consultations import Article, Consultation, Meeting
from portal.errors import NotFound, Refused
from portal.models import MeetingRegistration, Procedure, Reaction
from portal.queries import consultations as queries
from portal.terms import N_
from portal.web import languages
from portal.web.context import db, now, release, services
from portal.web.downloads import attachment
from portal.web.guards import audience
from portal.web.icalendar import appointment

blueprint = Blueprint("consultations", __name__)

PLACE = "/procedures/<authority_slug>/<slug>/consultaties/<code>"
"""Where everybody reads a consultation; what an applicant does is below it."""


@blueprint.app_template_filter("consultations")
def consultations_of(procedure: Procedure) -> list[Consultation]:
    """The consultations of a procedure, without the meetings that were added in the portal."""
    return domain.of(procedure)


@blueprint.app_template_filter("about")
def about(article: Article) -> str:
    """'artikel 2 Op- en afschalen', or the whole."""
    if not article.code:
        return gettext("het geheel")
    return gettext("onderdeel %(code)s %(heading)s", code=article.code, heading=article.heading).strip()


@blueprint.app_template_filter("hours")
def hours(meeting: Meeting) -> str:
    """'donderdag 13 februari 2025, 13.30 tot 16.30 uur'."""
    starts = languages.moment(meeting.starts_at).removesuffix(" uur")
    return gettext("%(starts)s tot %(ends)s", starts=starts, ends=languages.moment(meeting.ends_at).rpartition(", ")[2])


def found(authority_slug: str, slug: str, code: str) -> Consultation:
    """The consultation at an address. Raises `NotFound`."""
    procedure = queries.published(db(), authority_slug, slug)
    if procedure is None:
        raise NotFound(N_("Deze procedure bestaat niet of is nog niet gepubliceerd."))
    return domain.find(procedure, code, queries.added_meetings(db(), procedure.id))


def address(endpoint: str, consultation: Consultation, **more: Any) -> str:
    """The URL of one of the endpoints below `PLACE`."""
    procedure = consultation.procedure
    where = {"authority_slug": procedure.authority.slug, "slug": procedure.slug, "code": consultation.code}
    return url_for(f"consultations.{endpoint}", **where, **more)


blueprint.add_app_template_global(address, "consultation_url")


def crumbs(consultation: Consultation, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """From the procedures to here."""
    procedure = consultation.procedure
    above = url_for("public.procedure", authority_slug=procedure.authority.slug, slug=procedure.slug)
    return [
        (gettext("Procedures"), url_for("public.home")),
        (procedure.title, above),
        (consultation.title, address("consultation", consultation)),
        *more,
    ]


def _own(consultation: Consultation) -> tuple[Sequence[Reaction], dict[str, MeetingRegistration]]:
    organisation_id = current_user.person.works_for_id if current_user.is_authenticated else None
    if organisation_id is None:
        return (), {}
    asked = db(), consultation.procedure.id, consultation.code, organisation_id
    return queries.own_reactions(*asked), queries.own_registrations(*asked)


@blueprint.get(PLACE)
@audience("public")
def consultation(authority_slug: str, slug: str, code: str) -> ResponseReturnValue:
    """What is asked, until when, the meetings, and what came of it."""
    asked = found(authority_slug, slug, code)
    reactions, registrations = _own(asked)
    return render_template(
        "consultations/consultation.html",
        consultation=asked,
        state=asked.state(now()),
        standing=queries.standing(db(), asked.procedure.id, code, asked.closes_at),
        reactions=reactions,
        registrations=registrations,
        crumbs=[*crumbs(asked)[:-1], (asked.title, "")],
    )


@blueprint.get(f"{PLACE}/bijeenkomsten/<meeting_code>")
@audience("public")
def meeting(authority_slug: str, slug: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """One meeting: when and where, how the seats are given, the draw, and the minutes once published."""
    asked = found(authority_slug, slug, code)
    shown = asked.meeting(meeting_code)
    where = db(), asked.procedure.id, code
    return render_template(
        "consultations/meeting.html",
        consultation=asked,
        meeting=shown,
        standing=queries.standing(*where, asked.closes_at),
        own=_own(asked)[1].get(meeting_code),
        drawn=queries.draw(*where, meeting_code),
        minutes=queries.published_minutes(*where, meeting_code),
        crumbs=crumbs(asked, (shown.title, "")),
    )


@blueprint.get(f"{PLACE}/bijeenkomsten/<meeting_code>.ics")
@audience("public")
def calendar(authority_slug: str, slug: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """The meeting for a calendar."""
    asked = found(authority_slug, slug, code)
    shown = asked.meeting(meeting_code)
    portal_url = services().settings.get("portal_url", "")
    page = f"{portal_url}{address('meeting', asked, meeting_code=meeting_code)}"
    content = appointment(
        f"{asked.procedure.id}-{code}-{meeting_code}@voordeur",
        f"{shown.title} ({asked.procedure.authority.name})",
        shown.starts_at,
        shown.ends_at,
        shown.place,
        shown.text or asked.title,
        page,
        now(),
    )
    return attachment([content], f"bijeenkomst-{meeting_code}.ics", "text/calendar; charset=utf-8", len(content))


@blueprint.get(f"{PLACE}/reactienota")
@audience("public")
def note(authority_slug: str, slug: str, code: str) -> ResponseReturnValue:
    """What we do with the reactions, without the names of who reacted."""
    asked = found(authority_slug, slug, code)
    text, pdf_key = _published(asked)
    facts = json.loads(text)
    return render_template(
        "consultations/note.html",
        consultation=asked,
        facts=facts,
        published_at=wording.instant_of(facts["published_at"]),
        has_pdf=pdf_key is not None,
        crumbs=crumbs(asked, (gettext("Reactienota"), "")),
    )


def _published(asked: Consultation) -> tuple[str, str | None]:
    published = queries.published_note(db(), asked.procedure.id, asked.code)
    if published is None:
        raise NotFound(N_("Er is nog geen reactienota. Kijk op de pagina van de consultatie hoe het staat."))
    return published.facts, published.pdf_key


@blueprint.get(f"{PLACE}/reactienota.pdf")
@audience("public")
def note_file(authority_slug: str, slug: str, code: str) -> ResponseReturnValue:
    """The reaction note as PDF."""
    asked = found(authority_slug, slug, code)
    facts, key = _published(asked)
    release()
    if key is None:
        raise Refused(N_("De PDF wordt gemaakt. Probeer het over een minuut opnieuw."))
    name = f"{json.loads(facts)['number']}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(services().files.chunks(key), content_type="application/pdf", headers=headers)
