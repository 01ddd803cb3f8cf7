"""Every error a person can meet, in one place: after a rollback, in plain Dutch, with the way out."""

from __future__ import annotations

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from portal.errors import FileTooLarge, Invalid, NotAllowed, NotFound, PortalError, Refused, Unavailable

log = structlog.get_logger("web")

TEMPLATES = {400, 403, 404, 409, 413, 422, 429, 500, 503}


def translated(error: PortalError) -> str:
    """The message in the visitor's language."""
    text = gettext(error.message) if error.message else ""
    return text % error.facts if error.facts else text


def _answer(status: int, message: str = "") -> ResponseReturnValue:
    if "db" in g:
        g.db.rollback()
    if "text/plain" in request.headers.get("Accept", "") or request.method == "PUT":
        return message, status, {"Content-Type": "text/plain; charset=utf-8"}
    page = status if status in TEMPLATES else 500 if status >= 500 else 400
    return render_template(f"errors/{page}.html", message=message), status


def register(app: Flask) -> None:
    kinds: list[tuple[type[PortalError], int]] = [
        (NotFound, 404),
        (NotAllowed, 403),
        (FileTooLarge, 413),
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
            "Deze pagina stond te lang open of u bent opnieuw ingelogd. Ga terug, ververs en probeer opnieuw."
        )
        return _answer(400, text)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        return _answer(error.code)

    @app.errorhandler(Exception)
    def _crash(error: Exception) -> ResponseReturnValue:
        log.error("unexpected error", exc_info=error, endpoint=request.endpoint, method=request.method)
        if app.testing:
            raise error
        return _answer(500)
