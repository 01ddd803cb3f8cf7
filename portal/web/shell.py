"""The frame of every page: menu, site, headers, filters, and the end of the request's session."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, current_app, g, request, url_for
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup

from portal import terms
from portal.domain import identifiers, logins, mandates, wording
from portal.faults import fault
from portal.models import User
from portal.queries import pending
from portal.queries.pending import Pending
from portal.web import texts
from portal.web.context import db, now, services
from portal.web.guards import AUDIENCES, ONLY_READING, TOUCH, audience_of

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True)
class Site:
    """Whose portal this page is: the authority of the official, else the portal itself."""

    name: str
    subtitle: str
    theme: str
    phone: str
    mail: str


@dataclass(frozen=True)
class Link:
    """One entry of the main menu."""

    label: str
    href: str
    current: bool
    count: int = 0


PORTAL = Site(
    "Voordeur",
    terms.N_("Toetreden en contracteren in het sociaal domein"),
    "meierij",
    "088 123 45 67",
    "hulp@voordeur.example",
)

APPLYING = frozenset({*terms.APPLICANT_ROLES, "reader"})

MENUS: dict[str, tuple[tuple[str, str, frozenset[str]], ...]] = {
    "public": (
        (terms.N_("Procedures"), "public.home", frozenset()),
        (terms.N_("Register"), "public.register", frozenset()),
    ),
    "applicant": (
        (terms.N_("Aanmeldingen"), "apply.overview", APPLYING),
        (terms.N_("Documenten"), "apply.documents", APPLYING),
        (terms.N_("Berichten"), "conversations.overview", frozenset({"editor", "signatory"})),
        (terms.N_("Overeenkomsten"), "agreements.overview", frozenset(terms.COLLEAGUE_ROLES)),
        (terms.N_("Organisatie"), "account.organisation", APPLYING),
        (terms.N_("Machtigingen"), "mandates.overview", frozenset()),
        (terms.N_("Procedures"), "public.home", frozenset()),
    ),
    "authority": (
        (terms.N_("Beoordelen"), "review.queue", frozenset({"inkoper", "inspector"})),
        (terms.N_("Rondes"), "rounds.overview", frozenset({"inkoper", "round_manager"})),
        (terms.N_("Besluiten"), "releases.overview", frozenset({"authority_signatory"})),
        (terms.N_("Vragen"), "clarifications.overview", frozenset({"inkoper", "round_manager"})),
        (terms.N_("Berichten"), "conversations.overview", frozenset({"inkoper", "round_manager"})),
        (terms.N_("Procedures"), "editor.overview", frozenset({"inkoper", "round_manager"})),
        (terms.N_("Gunning"), "scoring.overview", frozenset({"assessor", "authority_signatory"})),
        (terms.N_("Consultaties"), "consultations.overview", frozenset({"inkoper", "round_manager"})),
        (terms.N_("Dekking"), "coverage.overview", frozenset({"round_manager"})),
        (terms.N_("Integriteit"), "integrity.queue", frozenset({"integrity_officer", "integrity_decider"})),
        (terms.N_("Overeenkomsten"), "agreements.overview", frozenset({"authority_signatory", "round_manager"})),
        (terms.N_("Contractbeheer"), "management.overview", frozenset({"contract_manager"})),
        (terms.N_("Overdracht"), "management.handovers", frozenset({"inkoper"})),
        (terms.N_("Uitstroom"), "management.outflow_cases", frozenset({"contract_manager", "round_manager"})),
        (terms.N_("Taken"), "work.overview", frozenset({"administrator"})),
        (terms.N_("Register"), "public.register", frozenset()),
    ),
}
"""Label, endpoint, and the roles that see it (empty: everybody in that area)."""


def static_url(name: str) -> str:
    """Address of a built file, with a version that changes when the file does (the portal then starts anew)."""
    return _address(current_app.static_folder or "", name)


@lru_cache(maxsize=64)
def _address(folder: str, name: str) -> str:
    version = hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()[:8]
    return url_for("static", filename=name, v=version)


def icon(name: str, cls: str = "") -> Markup:
    """An icon of the sprite, hidden from screen readers: it never says more than the text beside it."""
    return Markup(
        '<svg class="portal-icon{}" aria-hidden="true" focusable="false" width="24" height="24">'
        '<use href="{}#{}"></use></svg>'
    ).format(f" {cls}" if cls else "", static_url("icons.svg"), name)


def area_of(person: User | None) -> str:
    """'public', 'applicant' or 'authority'."""
    if person is None:
        return "public"
    return "applicant" if person.is_applicant else "authority"


def _menu(area: str, roles: frozenset[str]) -> list[Link]:
    shown = [
        (gettext(label), url_for(endpoint))
        for label, endpoint, allowed in MENUS[area]
        if not allowed or allowed & roles
    ]
    return [Link(label, href, _is_within(href)) for label, href in shown]


def _is_within(href: str) -> bool:
    return request.path == href or (href != "/" and request.path.startswith(f"{href}/"))


def not_submitted() -> Pending | None:
    """The draft that every page of an applicant reminds of; asked once per request, by a page that shows it."""
    if "not_submitted" not in g:
        person = current_user.person if current_user.is_authenticated else None
        owner = person.organisation_id if person else None
        g.not_submitted = pending.nearest(db(), owner, now()) if owner else None
    return cast(Pending | None, g.not_submitted)


def _page_context() -> Mapping[str, Any]:
    person = current_user.person if current_user and current_user.is_authenticated else None
    site = replace(PORTAL, subtitle=gettext(PORTAL.subtitle))
    if person is not None and person.authority is not None:
        own = person.authority
        site = Site(own.name, own.subtitle, own.theme, own.phone, own.mail)
    area = area_of(person)
    return {
        "site": site,
        "area": area,
        "nav": _menu(area, person.role_names if person else frozenset()),
        "now": now(),
        "acting": acting(person),
        "reads_along": reads_along(person),
        "signed_in_until": _signed_in_until(),
        "not_submitted": not_submitted,
        "demo": services().settings.get("demo", False),
    }


@dataclass(frozen=True)
class Acting:
    """On whose behalf somebody works, for the banner of every page. `holds` False: no longer, or not yet."""

    organisation: str
    last_day: date
    may_submit: bool
    holds: bool


def acting(person: User | None) -> Acting | None:
    """None: for oneself."""
    mandate = person.mandate if person else None
    if person is None or mandate is None:
        return None
    holds = person.works_for_id is not None
    return Acting(mandate.organisation.name, mandates.last_day(mandate), mandate.may_submit, holds)


def reads_along(person: User | None) -> bool:
    """Whether this page is one on which this person may change nothing: its forms are shown, and cannot be sent."""
    declared = audience_of(current_app, request.endpoint or "static")
    if person is None or declared not in ("applicant", "provider"):
        return False
    mine = person.role_names & (AUDIENCES[declared] or frozenset())
    return bool(mine) and mine <= ONLY_READING


def _signed_in_until() -> datetime | None:
    """When who looks at this page is signed out, if nothing more is done. Looking at it is a visit by itself."""
    if not (current_user and current_user.is_authenticated):
        return None
    login, moment = current_user.login, now()
    noted = login.seen_at if moment - login.seen_at <= TOUCH else moment
    return logins.lives_until(login, noted)


def _secure(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static":
        response.cache_control.max_age = 31536000 if "v" in request.args else 300
        response.cache_control.public = True
    else:
        headers.setdefault("Cache-Control", "no-store")
    fault("web.answer")
    return response


def _close_session(_error: BaseException | None) -> None:
    session = g.pop("db", None)
    if session is not None:
        session.close()


def register(app: Flask) -> None:
    app.context_processor(_page_context)
    app.before_request(lambda: fault("web.received"))
    app.after_request(_secure)
    app.teardown_request(_close_session)
    app.add_template_filter(wording.euro, "euro")
    app.add_template_filter(file_size, "file_size")
    app.add_template_filter(identifiers.registration_label, "registration")
    app.add_template_filter(identifiers.is_foreign, "is_foreign")
    app.jinja_options = {**app.jinja_options, "auto_reload": app.debug}
    # Globals and not per page, so that macros need no page to be imported from, and are made once per process.
    app.jinja_env.globals.update(static_url=static_url, terms=terms, icon_of=lru_cache(maxsize=256)(icon))
    texts.register(app)


def file_size(size: int) -> str:
    """'214 kB' or '4,1 MB'."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")
