"""The pages: blueprints, guards, and what every response carries."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect

from portal.web import (
    account,
    agreements,
    apply,
    awards,
    coverage,
    development,
    editor,
    editor_adopt,
    editor_matrix,
    editor_new,
    editor_parts,
    extras,
    figures,
    guards,
    integrity,
    management,
    outflow,
    performance,
    planning,
    problems,
    public_editions,
    reactions,
    rechecks,
    register_pages,
    review,
    risks,
    rounds,
    scoring,
    shell,
    signing_blocks,
    talks,
)
from portal.web.requests import PortalRequest

csrf = CSRFProtect()

GUESTS = (editor_adopt, editor_matrix, editor_new, editor_parts, public_editions)
"""Modules that put their pages on the blueprint of another."""


def register(app: Flask) -> None:
    """Put every blueprint on `app`, then refuse to start when a route has no audience."""
    app.request_class = PortalRequest
    Babel(app)
    guards.register(app)
    csrf.init_app(app)  # after the guards: looking for the token reads the body, which not everybody may send
    shell.register(app)
    problems.register(app)
    modules = (
        register_pages, account, apply, review, integrity, rounds, agreements, editor, reactions, coverage,
        planning, scoring, awards, signing_blocks, performance,
    )  # fmt: skip
    for module in modules:
        app.register_blueprint(module.blueprint)
    # These modules share the blueprint of a running agreement.
    for blueprint in {one.blueprint for one in (management, talks, figures, risks, rechecks, outflow, extras)}:
        app.register_blueprint(blueprint)
    if app.config["DEMO"]:
        app.register_blueprint(development.blueprint)
    guards.require_audiences(app)
