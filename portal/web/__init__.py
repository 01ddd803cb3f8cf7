"""The pages: blueprints, guards, and what every response carries."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from portal.web import (
    account,
    agreements,
    apply,
    awards,
    case_files,
    certificates,
    clarifications,
    confidential,
    conversations,
    coverage,
    deadlines,
    development,
    editor,
    editor_adopt,
    editor_matrix,
    editor_new,
    editor_parts,
    equal_treatment,
    extras,
    field,
    figures,
    finding_drafts,
    guards,
    integrity,
    integrity_files,
    interests,
    languages,
    letter_batches,
    letters,
    management,
    mandates,
    my_data,
    objection_cases,
    objections,
    organisation_pages,
    outflow,
    password_pages,
    performance,
    planning,
    preparation,
    problems,
    public_editions,
    questions,
    queue,
    reactions,
    reason_texts,
    receipt_checks,
    rechecks,
    register_pages,
    releases,
    remedy_drafts,
    remedy_register,
    request_log,
    review,
    risks,
    rounds,
    running_terms,
    scoring,
    self_check,
    shadows,
    shell,
    side_reviews,
    signals,
    signing_blocks,
    site_replies,
    site_visits,
    status,
    talks,
    tender_vault,
    watching,
    work,
    worklist,
)
from portal.web.requests import PortalRequest

csrf = CSRFProtect()

GUESTS = (
    certificates, editor_adopt, editor_matrix, editor_new, editor_parts, finding_drafts, integrity_files,
    letter_batches, letters, objections, organisation_pages, password_pages, preparation, public_editions, queue,
    receipt_checks, remedy_drafts, self_check, site_replies, status,
)  # fmt: skip
"""Modules that put their pages on the blueprint of another."""


def register(app: Flask) -> None:
    """Put every blueprint on `app`, then refuse to start when a route has no audience."""
    app.request_class = PortalRequest
    request_log.register(app)  # first, so that what is refused has its line too
    languages.register(app)
    guards.register(app)
    csrf.init_app(app)  # after the guards: looking for the token reads the body, which not everybody may send
    shell.register(app)
    problems.register(app)
    modules = (
        register_pages, account, apply, review, signals, case_files, integrity, rounds, agreements, editor, reactions,
        coverage,
        planning, deadlines, scoring, awards, signing_blocks, performance, tender_vault, mandates,
        questions, clarifications, conversations, confidential, my_data, reason_texts, interests,
        remedy_register, equal_treatment,
        running_terms, releases, objection_cases,
        side_reviews, shadows, worklist, site_visits, field,
    )  # fmt: skip
    for module in modules:
        app.register_blueprint(module.blueprint)
    # These modules share the blueprint of a running agreement.
    for blueprint in {one.blueprint for one in (management, talks, figures, risks, rechecks, outflow, extras)}:
        app.register_blueprint(blueprint)
    for module in (watching, work):
        app.register_blueprint(module.blueprint)
    if app.config["DEMO"]:
        app.register_blueprint(development.blueprint)
    guards.require_audiences(app)
