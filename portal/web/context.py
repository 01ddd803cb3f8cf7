"""What a view has at hand: the database session of this request, the services, and who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import current_app, g, request
from flask_login import UserMixin, current_user
from sqlalchemy.orm import Session

from portal.errors import NotAllowed
from portal.extensions import Database
from portal.models import LoginSession, User
from portal.queries.tenancy import narrow
from portal.services import Services
from portal.terms import N_

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Visitor(UserMixin):
    """Who is signed in, for Flask-Login and the templates. The domain gets `person`."""

    def __init__(self, login: LoginSession) -> None:
        self.login = login
        self.person: User = login.user

    @property
    def name(self) -> str:
        return self.person.name

    def get_id(self) -> str:
        """What Flask-Login puts in the cookie; who it is follows from the login's own token."""
        return self.person.id


def database() -> Database:
    return cast(Database, current_app.extensions["database"])


def services() -> Services:
    return cast(Services, current_app.extensions["services"])


def now() -> datetime:
    """The time, aware UTC, from the clock of the services."""
    return services().now()


def moment() -> datetime:
    """The time for an act that the moment decides; read it after the lock. Raises Unavailable: clock in doubt."""
    return services().moment()


def db() -> Session:
    """The session of this request: reading for GET, writing for everything else.

    An official's session is narrowed to the own authority.
    """
    if "db" not in g:
        g.db = database().reading() if request.method in READING else database().writing()
        if "authority_id" in g and g.authority_id is not None:
            narrow(g.db, g.authority_id)
    return cast(Session, g.db)


def read_only() -> None:
    """Nothing is changed until the session is released: no lock is taken, though something was sent."""
    release()
    g.db = database().reading()
    if g.get("authority_id") is not None:
        narrow(g.db, g.authority_id)


def release() -> None:
    """Give up the session of this request, so that a slow body or a render holds no lock. `db()` opens anew."""
    session = g.pop("db", None)
    if session is not None:
        session.close()
    g.pop("_login_user", None)


def person() -> User:
    """The signed-in person, attached to this request's session."""
    if not current_user.is_authenticated:
        raise NotAllowed(N_("Log eerst in."))
    return cast(User, current_user.person)


def authority_id() -> str:
    """The authority of the signed-in official."""
    found = person().authority_id
    if found is None:
        raise NotAllowed(N_("Deze pagina is voor medewerkers van de regio."))
    return found


def organisation_id() -> str:
    """The organisation that the signed-in person acts for now: the own one, or that of the chosen mandate.

    The one place where the web asks it. `User.act_under` decides, when the login is loaded (`guards.load_visitor`).
    """
    found = person().works_for_id
    if found is None:
        raise NotAllowed(N_("Deze pagina is voor zorgaanbieders."))
    return found
