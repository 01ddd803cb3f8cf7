"""Whether the web server answers, asked from outside as a visitor would."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import urlopen

TIMEOUT = 5.0
"""Seconds after which no answer is no answer."""


def web_probe(portal_url: str) -> Callable[[], bool]:
    """A question to `<portal_url>/healthz`: True when it answers 200 in time."""
    address = f"{portal_url.rstrip('/')}/healthz"

    def answers() -> bool:
        try:
            with urlopen(address, timeout=TIMEOUT) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except (URLError, OSError, HTTPException, ValueError):
            return False

    return answers
