"""What in the vault expires when: a timeline, and a secret address for the organisation's own calendars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.adapters.ical import Event, feed
from portal.domain import accounts, calendar_feeds, expiries
from portal.domain.expiries import Expiry
from portal.errors import NotFound
from portal.queries import calendar_feeds as feed_queries
from portal.queries import vault
from portal.terms import DOCUMENT_KINDS, N_
from portal.web import languages
from portal.web.applying import blueprint, today
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience

MONTHS_AFTER = 60
"""From so many days on, the distance is told in months."""


@dataclass(frozen=True)
class Line:
    """One day of one document, in words."""

    expiry: Expiry
    day: str
    kind: str
    what: str
    distance: str


@dataclass(frozen=True)
class Month:
    """The days in one month; the first group can be what is past."""

    title: str
    is_past: bool
    lines: list[Line] = field(default_factory=list)


def distance(day: date, today: date) -> str:
    """'over 12 dagen', 'vandaag', '3 dagen geleden'; further away in months."""
    days = (day - today).days
    if days == 0:
        return gettext("vandaag")
    months = round(abs(days) / 30.44)
    if days < 0:
        if -days < MONTHS_AFTER:
            return ngettext("%(num)s dag geleden", "%(num)s dagen geleden", -days)
        return ngettext("%(num)s maand geleden", "%(num)s maanden geleden", months)
    if days < MONTHS_AFTER:
        return ngettext("over %(num)s dag", "over %(num)s dagen", days)
    return ngettext("over %(num)s maand", "over %(num)s maanden", months)


def _timeline(organisation: str) -> list[Expiry]:
    return expiries.timeline(one for one in vault.documents(db(), organisation) if one.removed_at is None)


def _months(found: list[Expiry], today: date) -> Iterator[Month]:
    def title(one: Expiry) -> tuple[bool, str]:
        if one.day < today:
            return True, gettext("Al voorbij")
        return False, languages.month(one.day)

    for (is_past, name), lines in groupby(found, key=title):
        yield Month(name, is_past, [_line(one, today) for one in lines])


def _line(one: Expiry, today: date) -> Line:
    kind = gettext(DOCUMENT_KINDS[one.document.kind].label)
    return Line(one, languages.day(one.day), kind, gettext(expiries.WORDS[one.what]), distance(one.day, today))


@blueprint.get("/documenten/agenda")
@audience("applicant")
def agenda() -> ResponseReturnValue:
    """The timeline, nearest first, and the addresses for calendars."""
    return _page("")


def _page(secret: str) -> str:
    day = today()
    return render_template(
        "apply/agenda.html",
        months=list(_months(_timeline(organisation_id()), day)),
        feeds=feed_queries.live(db(), organisation_id()),
        address=url_for("apply.agenda_feed", secret=secret, _external=True) if secret else "",
        me=person().id,
        crumbs=[(gettext("Documenten"), url_for("apply.documents")), (gettext("Wat verloopt wanneer"), "")],
    )


@blueprint.post("/documenten/agenda/adres")
@audience("applicant")
def make_feed() -> ResponseReturnValue:
    """A new address; the answer is the only page that ever shows it."""
    current = next((one for one in feed_queries.live(db(), organisation_id()) if one.user_id == person().id), None)
    made, secret = calendar_feeds.make(person(), current, now())
    db().flush()  # the old address gives way before the new one comes: one person has one
    db().add(made)
    db().commit()
    return _page(secret)


@blueprint.post("/documenten/agenda/adres/<feed_id>/intrekken")
@audience("applicant")
def revoke_feed(feed_id: str) -> ResponseReturnValue:
    """Stop an address; the calendars that read it get nothing more."""
    found = feed_queries.own(db(), feed_id, organisation_id())
    if found is None:
        raise NotFound(N_("Dit adres bestaat niet."))
    calendar_feeds.revoke(found, person(), now())
    db().commit()
    flash(gettext("Het agenda-adres werkt niet meer."), "ok")
    return redirect(url_for("apply.agenda", _anchor="agenda-adres"), 303)


@blueprint.get("/agenda/<secret>.ics")
@audience("public")
def agenda_feed(secret: str) -> ResponseReturnValue:
    """The timeline for a calendar, which cannot sign in: who holds the address may read it (RFC 5545)."""
    found = feed_queries.by_digest(db(), accounts.digest(secret))
    if found is None or not calendar_feeds.is_live(found):
        raise NotFound(N_("Dit agenda-adres bestaat niet of is ingetrokken."))
    response = Response(
        feed(gettext("Documenten: wat verloopt"), _events(found.organisation_id), now()),
        content_type="text/calendar; charset=utf-8",
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = 'inline; filename="documenten.ics"'
    return response


def _events(organisation: str) -> Iterator[Event]:
    for one in _timeline(organisation):
        kind, what = gettext(DOCUMENT_KINDS[one.document.kind].label), gettext(expiries.WORDS[one.what])
        address = url_for("apply.document", document_id=one.document.id, _external=True)
        yield Event(f"{one.uid}@voordeur", f"{kind}: {what}", one.day, description=one.document.filename, url=address)
