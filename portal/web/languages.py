"""The visitor's language: Dutch, unless somebody chose English. Pages only; letters, agreements and mails are Dutch.

The law asks Dutch of the authorities (Awb 2:6), so what is decided, signed or sent is made from the source texts
(`domain.wording`, the templates of documents and mails), never through a translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, format_date, format_datetime, get_locale, gettext
from werkzeug.exceptions import HTTPException

from portal.domain import wording
from portal.domain.calendar import AMSTERDAM
from portal.errors import NotFound
from portal.terms import N_
from portal.web.guards import audience
from portal.web.typed import page_before

SOURCE = "nl"
NAMES = {"nl": "Nederlands", "en": "English"}
"""Each by its own name: who looks for a language reads no other."""

FILES = (".csv", ".xlsx", ".zip", ".ics", ".json", ".pdf", ".xml")
"""How the address of a file ends."""

COOKIE = "taal"
KEPT = 365 * 24 * 60 * 60
"""Seconds that the choice is kept. It says nothing of who chose, and outlives signing out."""

blueprint = Blueprint("languages", __name__)


def chosen() -> str:
    """The language of this request; Dutch outside one, and for a file: that goes on to others."""
    if not has_request_context() or (request.method == "GET" and request.path.endswith(FILES)):
        return SOURCE
    asked = request.cookies.get(COOKIE, SOURCE)
    return asked if asked in NAMES else SOURCE


@blueprint.post("/taal/<language>")
@audience("public")
def choose(language: str) -> ResponseReturnValue:
    """Go on in this language, on the page where one was."""
    if language not in NAMES:
        raise NotFound(N_("Dit bestaat niet."))
    answer = redirect(_page(), 303)
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    answer.set_cookie(COOKIE, language, max_age=KEPT, samesite="Lax", httponly=True, secure=secure)
    return answer


def _page() -> str:
    """Where one was, unless that only takes what is sent: a form that came back with what was wrong has no page."""
    before = page_before()
    try:
        current_app.url_map.bind("").match(urlsplit(before).path, method="GET")
    except HTTPException:
        return url_for("public.home")
    return before


def sentence(message: str, facts: Mapping[str, Any] | None = None) -> str:
    """A marked text with its facts, in the visitor's language. Without facts a '%' in it is only a percent sign."""
    text = gettext(message) if message else ""
    return text % {name: said(fact) for name, fact in facts.items()} if facts else text


def said(text: Any) -> Any:
    """Words for a day or an instant, in the visitor's language; any other text as it is."""
    if not isinstance(text, wording.Worded) or str(get_locale() or SOURCE) == SOURCE:
        return text
    if isinstance(text.value, datetime):
        return format_datetime(text.value.astimezone(AMSTERDAM), ENGLISH[text.form], rebase=False)
    return format_date(text.value, ENGLISH[text.form], rebase=False)


def day(value: date | datetime) -> str:
    """'16 december 2026', '16 December 2026'."""
    return said(wording.day(value))


def short_day(value: date) -> str:
    """'16 dec', '16 Dec'."""
    return said(wording.short_day(value))


def month(value: date) -> str:
    """'december 2026', 'December 2026'."""
    return said(wording.month(value))


def moment(value: datetime, *, seconds: bool = False) -> str:
    """'woensdag 16 december 2026, 12.00 uur', 'Wednesday 16 December 2026, 12:00'."""
    return said(wording.moment(value, seconds=seconds))


def second(value: datetime) -> str:
    """As `moment`, with seconds."""
    return said(wording.second(value))


def clock(value: datetime) -> str:
    """'12.00', '12:00'."""
    return said(wording.clock(value))


def short_moment(value: datetime) -> str:
    """'16 dec 12.00 uur', '16 Dec 12:00'."""
    return said(wording.short_moment(value))


ENGLISH = {
    "day": "d MMMM y",
    "short_day": "d MMM",
    "month": "MMMM y",
    "moment": "EEEE d MMMM y, HH:mm",
    "second": "EEEE d MMMM y, HH:mm:ss",
    "clock": "HH:mm",
    "short_moment": "d MMM HH:mm",
}
"""How each form of `wording` is written in English: patterns of Unicode's CLDR."""


def register(app: Flask) -> None:
    """Choose the language, and word days and instants in it on pages."""
    Babel(app, default_locale=SOURCE, locale_selector=chosen)
    app.register_blueprint(blueprint)
    for filter_ in (day, moment, second, clock):
        app.add_template_filter(filter_)
    app.context_processor(lambda: {"language": chosen(), "languages": NAMES})
