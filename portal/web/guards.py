"""Default deny: every route declares its audience; a route without one stops the portal from starting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask, Response, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import LoginManager, current_user
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from portal.domain import accounts
from portal.domain.permissions import MANDATE_OVER
from portal.errors import NotAllowed
from portal.extensions import is_away
from portal.models import LoginSession, User
from portal.queries import people
from portal.terms import APPLICANT_ROLES, COLLEAGUE_ROLES, CONTENT_ROLES, N_, SUBMIT_ROLES
from portal.web import typed
from portal.web.context import READING, Visitor, database, db, now, read_only
from portal.web.requests import FILES, wants_text
from portal.web.typed import TOKEN as TOKEN

View = TypeVar("View", bound=Callable[..., Any])

AUDIENCES: dict[str, frozenset[str] | None] = {
    "public": None,
    "signed_in": frozenset(),
    "applicant": frozenset({*APPLICANT_ROLES, "reader"}),
    "provider": frozenset(COLLEAGUE_ROLES),
    "signatory": frozenset({"signatory"}),
    "submitter": frozenset(SUBMIT_ROLES),
    "official": frozenset(CONTENT_ROLES),
    "administrator": frozenset({"administrator"}),
    "watcher": None,  # a machine: the view itself looks where it comes from
    "inkoper": frozenset({"inkoper"}),
    "reading_along": frozenset({"inkoper", "inspector"}),
    "integrity": frozenset({"integrity_officer", "integrity_decider"}),
    "integrity_officer": frozenset({"integrity_officer"}),
    "integrity_decider": frozenset({"integrity_decider"}),
    "round_manager": frozenset({"round_manager"}),
    "editing": frozenset({"inkoper", "round_manager"}),
    "screening": frozenset({"inkoper", "round_manager"}),
    "deciding": frozenset({"inkoper", "round_manager", "authority_signatory"}),
    "objecting": frozenset({"inkoper", "round_manager", "inspector", "authority_signatory"}),
    "declaring": frozenset({"inkoper", "inspector", "authority_signatory"}),
    "conversing": frozenset({"editor", "signatory", "inkoper", "round_manager"}),
    "assessor": frozenset({"assessor"}),
    "scoring": frozenset({"assessor", "round_manager"}),
    "authority_signatory": frozenset({"authority_signatory"}),
    "awarding": frozenset({"round_manager", "authority_signatory"}),
    "deadline": frozenset({"round_manager", "authority_signatory"}),
    "comparing": frozenset({"assessor", "round_manager", "authority_signatory"}),
    "agreement_party": frozenset({*COLLEAGUE_ROLES, "authority_signatory", "round_manager", "contract_manager"}),
    "contract_manager": frozenset({"contract_manager"}),
    "handover": frozenset({"inkoper", "contract_manager"}),
    "outflow": frozenset({"contract_manager", "round_manager"}),
    "bridging": frozenset({"contract_manager", "authority_signatory"}),
}
"""Who may come in: None is everybody, no roles everybody who is signed in, else one of these roles."""

ONLY_READING = frozenset({"reader"})
"""Roles that only read: what is sent by somebody with no other role of the audience is refused, in every view."""

TOUCH = timedelta(minutes=1)
UNTOUCHED = frozenset({"account.signed_in_until"})
"""Asking how long one stays signed in is no visit."""


def audience(name: str) -> Callable[[View], View]:
    """Declare who a view is for; a key of `AUDIENCES`."""
    if name not in AUDIENCES:
        raise ValueError(f"unknown audience {name!r}")

    def declare(view: View) -> View:
        view.audience = name  # type: ignore[attr-defined]
        return view

    return declare


def audience_of(app: Flask, endpoint: str) -> str | None:
    """The declared audience of an endpoint; static files are public."""
    if endpoint == "static":
        return "public"
    return getattr(app.view_functions[endpoint], "audience", None)


def require_audiences(app: Flask) -> None:
    """Refuse to start with a route that declares no audience."""
    silent = sorted({rule.endpoint for rule in app.url_map.iter_rules() if not audience_of(app, rule.endpoint)})
    if silent:
        raise RuntimeError(f"these routes declare no audience: {', '.join(silent)}")


def load_visitor(_user_id: str) -> Visitor | None:
    """The login behind the cookie's token, if it still lives. Flask-Login asks once per request."""
    login = people.login_by_digest(db(), accounts.digest(session.get(TOKEN, "")))
    if login is None or not accounts.is_alive(login, now()):
        return None
    login.user.act_under(login.mandate, now())  # every request asks the clock anew whether the mandate holds
    return Visitor(login)


def _settle_authority() -> None:
    # Who is signed in decides what the session may see, so this comes before any other query.
    if request.endpoint is None or request.endpoint == "static":
        return
    g.authority_id = None
    if request.endpoint in FILES:
        read_only()
    if session.get("_user_id") and current_user.is_authenticated and current_user.person.authority_id:
        from portal.queries.tenancy import narrow

        g.authority_id = current_user.person.authority_id
        narrow(db(), g.authority_id)


def _admit() -> Response | None:
    if request.endpoint is None:
        return None
    roles = AUDIENCES[audience_of(current_app, request.endpoint) or "signed_in"]
    if roles is not None:
        if not current_user.is_authenticated:
            return _ask_to_sign_in()
        _require_role(current_user.person, roles)
    if request.endpoint in FILES:
        # A body may come in slowly: no transaction waits for it, and who may send it at all is asked without the lock.
        # When all of it is here the view gives this session up (`uploads.take`), and looks again under the lock.
        read_only()
    return None


def _require_role(who: User, roles: frozenset[str]) -> None:
    if not roles:
        return
    if who.mandate is not None and who.works_for_id is None:
        raise NotAllowed(MANDATE_OVER, organisation=who.mandate.organisation.name)
    if not who.role_names and who.is_applicant:
        raise NotAllowed(N_("Kies eerst bij Machtigingen namens wie u werkt."))
    if not who.role_names & roles:
        raise NotAllowed(N_("Deze pagina is niet voor uw rol. Ga terug of log in met een ander account."))
    if request.method not in READING and not who.role_names & (roles - ONLY_READING):
        raise NotAllowed(N_("U leest mee en kunt hier niets wijzigen. Vraag een collega om de rol invuller."))


def _ask_to_sign_in() -> Response:
    """Sign in first. What a form held comes along, sealed; a script only hears that the session ended."""
    if wants_text():
        text = gettext("U bent niet meer ingelogd. Log in een nieuw tabblad in en ga daarna hier verder.")
        return Response(text, 401, mimetype="text/plain")
    if token := typed.carried():
        page = render_template("account/sign_in.html", email="", errors={}, typed=token)
        return Response(page, 401, mimetype="text/html")
    text = gettext("Log in om verder te gaan. Wat u al bewaarde, staat er nog.")
    if request.mimetype == "multipart/form-data":
        text = gettext("U bent niet meer ingelogd. Log in en kies daarna het bestand opnieuw: het kwam niet mee.")
    flash(text, "info")
    session["next"] = request.full_path if request.method == "GET" else typed.page_before()
    return redirect(url_for("account.sign_in"))  # type: ignore[return-value]


def _touch(response: Response) -> Response:
    # An idle limit needs to know the last visit; at most once a minute, outside the request's own session.
    if response.status_code >= 500 or request.endpoint in UNTOUCHED or not session.get("_user_id"):
        return response
    if "_login_user" not in g:
        read_only()  # the view gave its session up, and when the last visit was is asked without the lock
    try:
        if current_user and current_user.is_authenticated:
            _note_visit(current_user.login, now())
    except SQLAlchemyError as error:
        if not is_away(error):
            raise
        # what the visitor asked for is done; a visit that is not noted only ends the login sooner
    return response


def _note_visit(login: LoginSession, moment: datetime) -> None:
    """Keep when this login was last used. After a refusal the login itself is read again, which may fail too."""
    if moment - login.seen_at <= TOUCH:
        return
    seen = update(LoginSession).where(LoginSession.id == login.id).values(seen_at=moment)
    if request.method not in READING and "db" in g:
        g.db.rollback()  # a refused form still holds the write lock; what was accepted is committed
    with database().transaction() as writing:
        writing.execute(seen)


def register(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # the token itself is checked on the server, on every request
    manager.user_loader(load_visitor)
    app.before_request(_settle_authority)
    app.before_request(_admit)
    app.after_request(_touch)
