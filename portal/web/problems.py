"""Every error a person can meet, in one place: after a rollback, in plain Dutch, with the way out."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from portal.errors import (
    ChecksumMismatch,
    FileTooLarge,
    Invalid,
    NotAllowed,
    NotFound,
    PortalError,
    Refused,
    Unavailable,
)
from portal.extensions import is_away
from portal.terms import N_
from portal.web import typed
from portal.web.languages import sentence
from portal.web.requests import wants_text

log = structlog.get_logger("web")

TEMPLATES = {400, 403, 404, 409, 413, 422, 429}

RETRY_AFTER = 30
"""Seconds that a program should wait before it tries again what is unavailable."""

DATABASE_AWAY = N_(
    "Het portaal kan nu niets opzoeken of bewaren. Er is niets kwijt: wat u al bewaard had, staat er nog."
)


def translated(error: PortalError) -> str:
    """The message in the visitor's language."""
    return sentence(error.message, error.facts)


def by_field(refusal: Invalid | Mapping[str, str] | None, place: str = "") -> dict[str, str]:
    """What was wrong in each field, in the visitor's language; `place` tells fields apart that a page shows often."""
    problems = refusal.problems if isinstance(refusal, Invalid) else refusal or {}
    return {f"{name}-{place}" if place else name: gettext(text) for name, text in problems.items()}


def _answer(status: int, message: str = "") -> ResponseReturnValue:
    if status >= 500:
        return _standing_alone(status, message)
    if "db" in g:
        g.db.rollback()
    if wants_text():
        return message, status, {"Content-Type": "text/plain; charset=utf-8"}
    template = f"errors/{status if status in TEMPLATES else 400}.html"
    return render_template(template, message=message, typed=typed.texts_sent()), status


def _standing_alone(status: int, message: str) -> ResponseReturnValue:
    """A page that asks nothing of the database: that may be what is away."""
    session = g.pop("db", None)
    if session is not None:
        try:
            session.close()
        except SQLAlchemyError as error:
            log.warning("a session could not be closed", reason=type(error).__name__)
    headers = {"Retry-After": str(RETRY_AFTER)} if status == 503 else {}
    if wants_text():
        return message, status, {"Content-Type": "text/plain; charset=utf-8", **headers}
    template = current_app.jinja_env.get_template(f"errors/{503 if status == 503 else 500}.html")
    facts = {"message": message, "is_sent": request.method == "POST", "reference": g.get("request_id", "")}
    return template.render(**facts), status, headers


def register(app: Flask) -> None:
    kinds: list[tuple[type[PortalError], int]] = [
        (NotFound, 404),
        (NotAllowed, 403),
        (FileTooLarge, 413),
        (ChecksumMismatch, 460),
        (Refused, 409),
        (Unavailable, 503),
    ]
    for kind, status in kinds:
        app.register_error_handler(kind, lambda error, status=status: _answer(status, translated(error)))

    @app.errorhandler(Invalid)
    def _invalid(error: Invalid) -> ResponseReturnValue:
        return _answer(422, " ".join(gettext(text) for text in error.problems.values()))

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> ResponseReturnValue:
        text = gettext(
            "Deze pagina stond te lang open, u bent opnieuw ingelogd, of u koos intussen namens wie u werkt. "
            "Ga terug, ververs en probeer opnieuw."
        )
        return _answer(400, text)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        return _answer(error.code)

    @app.errorhandler(DataError)
    def _unfit(error: DataError) -> ResponseReturnValue:
        """A sign in an address, or a number, that no column can hold: nobody came to it by way of a page."""
        log.warning("a value that the database cannot hold", endpoint=request.endpoint)
        return _answer(400)

    @app.errorhandler(SQLAlchemyError)
    def _database(error: SQLAlchemyError) -> ResponseReturnValue:
        if not is_away(error):
            return _crash(error)
        # the words of the database may hold values of the row; the log gets its kind only
        log.error("the database is away", kind=type(getattr(error, "orig", error)).__name__, endpoint=request.endpoint)
        return _answer(503, gettext(DATABASE_AWAY))

    @app.errorhandler(Exception)
    def _crash(error: Exception) -> ResponseReturnValue:
        log.error("unexpected error", exc_info=error, endpoint=request.endpoint, method=request.method)
        if app.testing:
            raise error
        return _answer(500)
