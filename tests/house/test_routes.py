"""Every route and its audience, compared with a written table both ways; and no GET that writes."""

from __future__ import annotations

import re

import pytest

from portal.web import guards

PUBLIC_ROUTES = {
    "static",
    "languages.choose",
    "public.home",
    "public.procedure",
    "public.coverage_matrix",
    "public.coverage_history",
    "public.coverage_csv",
    "public.coverage_json",
    "public.old_codes",
    "public.planning_page",
    "public.planning_feed",
    "public.editions",
    "public.preparation",
    "public.self_check_page",
    "public.self_check_result",
    "public.keep_self_check",
    "public.certificate",
    "public.certificate_check",
    "public.certificate_file",
    "public.receipt_check",
    "public.receipt_answer",
    "public.register",
    "public.register_csv",
    "public.register_json",
    "public.accessibility",
    "public.privacy",
    "public.status",
    "watching.health",
    "watching.ready",
    "apply.agenda_feed",
    "running_terms.read_feed",
    "consultations.consultation",
    "consultations.meeting",
    "consultations.calendar",
    "consultations.note",
    "consultations.note_file",
    "questions.notices",
    "questions.notice",
    "questions.notice_file",
    "account.sign_up",
    "account.register",
    "account.look_up_new",
    "account.resend",
    "account.confirm_address",
    "account.start_session",
    "account.accept",
    "account.sign_out",
    "account.check_mail",
    "account.confirm",
    "account.sign_in",
    "account.join",
    "account.forgot",
    "account.ask_reset",
    "account.forgot_sent",
    "account.reset",
    "account.reset_password",
    "mandates.link",
    "mandates.follow_link",
    "apply.invitation",
    "field.manifest",
    "field.worker",
    "development.mail",
    "development.letter",
}

WATCHERS_ROUTES = {"watching.metrics"}
"""For machines; they sign in nowhere, and the page itself looks where they come from (`web/test_watching.py`)."""


def test_what_machines_read_is_exactly_what_was_meant_for_them(app):
    found = {rule.endpoint for rule in app.url_map.iter_rules() if guards.audience_of(app, rule.endpoint) == "watcher"}

    assert found == WATCHERS_ROUTES


def test_what_is_public_is_exactly_what_was_meant_to_be(app):
    public = {rule.endpoint for rule in app.url_map.iter_rules() if guards.audience_of(app, rule.endpoint) == "public"}

    assert public == PUBLIC_ROUTES


def test_a_route_without_an_audience_stops_the_portal_from_starting(app):
    app.view_functions["public.home"] = lambda: "open to all by accident"

    with pytest.raises(RuntimeError, match=r"public\.home"):
        guards.require_audiences(app)


def test_an_unknown_audience_is_a_mistake_at_import():
    with pytest.raises(ValueError, match="everybody"):
        guards.audience("everybody")


def _address(rule):
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "nothing", rule.rule)


def test_who_is_not_signed_in_gets_no_page_that_is_not_public(app, visitor):
    open_ = PUBLIC_ROUTES | WATCHERS_ROUTES
    closed = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in open_ and "GET" in rule.methods]

    answers = {rule.endpoint: visitor.get(_address(rule)).status_code for rule in closed}

    assert {name: code for name, code in answers.items() if code != 302} == {}


@pytest.mark.parametrize("who", ["anna", "ineke", "bram", "renske", "wil", "bas"])
def test_a_role_outside_the_audience_is_refused(app, browse, world, who):
    browser = browse(who)
    with world.database.reading() as db:
        from portal.models import User

        roles = db.get_one(User, world.people[who]).role_names
    wrong = {}
    for rule in app.url_map.iter_rules():
        wanted = guards.AUDIENCES[guards.audience_of(app, rule.endpoint)]
        if not wanted or wanted & roles or "GET" not in rule.methods:
            continue
        code = browser.get(_address(rule)).status_code
        if code != 403:
            wrong[rule.endpoint] = code

    assert wrong == {}


def test_a_post_without_the_pages_token_is_refused(visitor, world):
    answer = visitor.client.post("/inloggen", data={"email": world.emails["anna"], "password": "x"})

    assert answer.status_code == 400


def test_no_get_writes(app, browse, world, monkeypatch):
    from sqlalchemy import event

    application_id = world.submitted()
    browsers = [browse(who) for who in ("anna", "ineke", "bram", "renske", "wil", "bas")]
    written = []

    @event.listens_for(world.database.engine, "before_cursor_execute")
    def _watch(connection, cursor, statement, parameters, context, executemany):
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    for browser in browsers:
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and not rule.arguments and rule.endpoint != "static":
                browser.get(rule.rule)
    browsers[0].get(f"/aanmeldingen/{application_id}")
    browsers[0].get(f"/aanmeldingen/{application_id}/indienen")

    assert written == []


def test_every_page_carries_the_strict_policy(visitor):
    headers = visitor.get("/").headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
