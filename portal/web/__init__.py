"""The pages: blueprints, guards, and what every response carries."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect

from portal.web import (
    account,
    agreements,
    apply,
    development,
    guards,
    integrity,
    problems,
    register_pages,
    review,
    rounds,
    shell,
)
from portal.web.requests import PortalRequest

csrf = CSRFProtect()


def register(app: Flask) -> None:
    """Put every blueprint on `app`, then refuse to start when a route has no audience."""
    app.request_class = PortalRequest
    Babel(app)
    guards.register(app)
    csrf.init_app(app)  # after the guards: looking for the token reads the body, which not everybody may send
    shell.register(app)
    problems.register(app)
    for module in (register_pages, account, apply, review, integrity, rounds, agreements):
        app.register_blueprint(module.blueprint)
    if app.config["DEMO"]:
        app.register_blueprint(development.blueprint)
    guards.require_audiences(app)
