"""What somebody typed in a form that could not be handled: carried past signing in, or shown to be copied.

A form that is sent after the session ended is sealed with the portal's key and travels in the sign-in form. Only the
same person gets it back, for a while, and nothing is done with it before that person presses the button
(docs/decisions/0041-what-was-typed.md).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app, request, session
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import HTTPException
from wtforms.validators import ValidationError

from portal.domain import accounts
from portal.models import LoginSession
from portal.queries import people
from portal.web.context import db, now, release

LIFETIME = timedelta(hours=12)
FORM = "application/x-www-form-urlencoded"
TOKEN = "login"  # noqa: S105 - the name of the cookie's field, not a secret
CSRF_SECRET = "csrf_token"  # noqa: S105 - where Flask-WTF keeps its own in the session
SECRETS = frozenset({"password", "current"})
"""Fields with a password. A form that has one is not carried: it would stand in a page."""

HIDDEN = SECRETS | {"csrf_token", "based_on", "version", "attempt", "typed"}
"""Fields that nobody typed, or that must not be shown."""

MADE = re.compile(r"[a-z2-7]{26}(:[a-z2-7]{26})*")
"""A box that was ticked: its value is an id, or a pair of them, which says nothing to a person."""

SHORTEST = 15
"""What is shorter is a choice or a code: easily made again, and not worth showing without its question."""


@dataclass(frozen=True)
class Typed:
    """A form as it was sent: where to (`action`), the page it stood on, and its names and values."""

    user_id: str
    action: str
    page: str
    pairs: list[tuple[str, str]]

    @property
    def texts(self) -> list[str]:
        return texts_of(self.pairs)

    @property
    def choices(self) -> int:
        """How many filled fields are not among the texts."""
        return sum(1 for name, value in self.pairs if name not in HIDDEN and value.strip()) - len(self.texts)


def texts_of(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """What a person wrote, without what only the page put in the form."""
    return [
        value
        for name, value in pairs
        if name not in HIDDEN and len(value.strip()) >= SHORTEST and not MADE.fullmatch(value)
    ]


def texts_sent() -> list[str]:
    """What was written in the form of this request, to show beside the reason why it was not handled.

    Nothing of what another site made the browser send: that is not the visitor's text.
    """
    origin = request.headers.get("Origin", "")
    if request.method != "POST" or request.mimetype != FORM or (origin and not _is_here(origin)):
        return []
    try:
        return texts_of(request.form.items(multi=True))
    except HTTPException:  # it was refused for its size
        return []


def _cipher() -> Fernet:
    key = current_app.secret_key
    secret = key if isinstance(key, bytes) else str(key).encode()
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"voordeur typed" + secret).digest()))


def carried() -> str:
    """The form of this request, sealed for whoever was signed in until a moment ago; '' when there is nothing to carry.

    Only a form of our own pages, which its CSRF token proves: what another site sent is nobody's text.
    """
    if request.method != "POST" or request.mimetype != FORM:
        return ""
    login = people.login_by_digest(db(), accounts.digest(session.get(TOKEN, "")))
    user_id = login.user_id if login else None
    release()  # the body may come in slowly
    if user_id is None or not _is_ours() or not SECRETS.isdisjoint(request.form):
        return ""
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return sealed(Typed(user_id, _address(request.full_path), page_before(), pairs), now())


def _is_ours() -> bool:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _is_here(address: str) -> bool:
    """Whether it is of this portal; a proxy may leave the port out of what we are called."""
    return urlsplit(address).hostname == request.host.partition(":")[0]


def page_before() -> str:
    """The page on which the form stood, as far as the browser says; else where it was sent."""
    came_from = urlsplit(request.referrer or "")
    if _is_here(request.referrer or ""):
        return _address(f"{came_from.path}?{came_from.query}")
    return _address(request.full_path)


def _address(path: str) -> str:
    return path.removesuffix("?")


def sealed(what: Typed, moment: datetime) -> str:
    content = zlib.compress(json.dumps([what.user_id, what.action, what.page, what.pairs]).encode())
    return _cipher().encrypt_at_time(content, int(moment.timestamp())).decode()


def opened(token: str, user_id: str) -> Typed | None:
    """What was sealed for this person; None for somebody else's, for what is too old, and for anything else."""
    try:
        content = _cipher().decrypt_at_time(token.encode(), int(LIFETIME.total_seconds()), int(now().timestamp()))
    except (InvalidToken, ValueError):
        return None
    whose, action, page, pairs = json.loads(zlib.decompress(content))
    if whose != user_id:
        return None
    return Typed(whose, action, page, [(name, value) for name, value in pairs])


def begin_anew(login: LoginSession, secret: str) -> None:
    """A session with nothing of the one before it, so that nothing planted in it survives.

    Except, for whoever signs in again, the secret behind the CSRF tokens: forms that stood open go on working. Its
    cookie holds a token that was given to this very person, so nobody else can have put it there.
    """
    before = people.login_by_digest(db(), accounts.digest(session.get(TOKEN, "")))
    kept = session.get(CSRF_SECRET) if before is not None and before.user_id == login.user_id else None
    session.clear()
    session[TOKEN] = secret
    if kept is not None:
        session[CSRF_SECRET] = kept
