"""One line in the log and one count per request, and the reference by which a person and the log find each other."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request

from portal.adapters import metrics

log = structlog.get_logger("web")

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9-]{8,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
    g.began = time.monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _end(response: Response) -> Response:
    took = time.monotonic() - g.get("began", time.monotonic())
    response.headers[HEADER] = g.get("request_id", "")
    # No address and no query: they can hold a token, a name or a search term. The endpoint says which page it was.
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    metrics.count(endpoint, method, response.status_code, took)
    log.info("request", method=method, endpoint=endpoint, status=response.status_code, ms=round(took * 1000, 1))
    return response


def register(app: Flask) -> None:
    """Before everything else: what comes later may refuse the request, and that line must be there too."""
    app.before_request(_begin)
    app.after_request(_end)
    app.context_processor(lambda: {"reference": g.get("request_id", "")})
