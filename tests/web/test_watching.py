"""What machines ask the portal: does it live, can it work, how is it going; and the log it leaves."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal.adapters import schema
from portal.cli import cast
from portal.extensions import Database, open_engine
from portal.worker import run_until_idle
from portal.worker.reporting import Report
from tests import backends
from tests.conftest import Browser, World
from tests.worker.test_failures import broken_mail


def reported(world: World) -> None:
    report = Report(world.database, world.services)
    run_until_idle(world.database, world.services, report=report)
    report.write()


def elsewhere(app: Flask, url: str) -> Database:
    """Give the portal another database; returns the one it had."""
    whole: Database = app.extensions["database"]
    app.extensions["database"] = Database(open_engine(url))
    return whole


def at_present(world: World) -> None:
    """A database server has a clock of its own, with which the portal compares its own."""
    world.clock.set(datetime.now(UTC))


def test_the_portal_lives_also_without_its_database_but_is_not_ready_then(app, visitor, world):
    at_present(world)
    assert (visitor.get("/healthz").status_code, visitor.get("/readyz").status_code) == (200, 200)
    assert set(visitor.get("/readyz").json.values()) == {"ok"}

    whole = elsewhere(app, "sqlite:////nergens/portal.db")
    health, ready = visitor.get("/healthz"), visitor.get("/readyz")
    app.extensions["database"] = whole

    assert (health.status_code, health.json) == (200, {"status": "ok"})
    assert ready.status_code == 503
    assert (ready.json["database"], ready.json["store"]) == ("fails", "ok")


def test_a_database_of_another_version_is_not_ready(app, visitor, world):
    schema.take_back(world.database.engine, "0002")

    answer = visitor.get("/readyz")

    assert (answer.status_code, answer.json["database"], answer.json["schema"]) == (503, "ok", "fails")
    schema.migrate(world.database.engine)
    at_present(world)
    assert visitor.get("/readyz").status_code == 200


def test_a_clock_that_was_set_back_is_not_ready(visitor, world):
    reported(world)
    world.clock.advance(timedelta(minutes=-5))

    answer = visitor.get("/readyz")

    assert (answer.status_code, answer.json["clock"]) == (503, "fails")


def figures(browser: Browser) -> dict[str, float]:
    found = re.findall(r"^(voordeur_\S+) (\S+)$", browser.get("/metrics").get_data(as_text=True), re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_the_figures_count_requests_and_say_what_waits_and_since_when(visitor, world):
    world.work()
    reported(world)
    world.submitted()
    broken_mail_waits = figures(visitor)["voordeur_mails_waiting"]
    world.clock.advance(timedelta(minutes=7))
    visitor.get("/")
    before = figures(visitor)['voordeur_requests_total{endpoint="public.home",method="GET",status="200"}']
    visitor.get("/")

    now = figures(visitor)

    assert now['voordeur_requests_total{endpoint="public.home",method="GET",status="200"}'] == before + 1
    assert now['voordeur_tasks_waiting{task="receipts_to_draw_up"}'] == 1
    assert now['voordeur_oldest_due_seconds{task="receipts_to_draw_up"}'] == 420
    assert now["voordeur_worker_tick_seconds"] == 420
    assert (now["voordeur_mails_waiting"], now["voordeur_database_up"]) == (broken_mail_waits, 1)
    assert now['voordeur_oldest_due_seconds{task="rounds_to_close"}'] == 0
    assert 'voordeur_tasks_waiting{task="rounds_to_remind"}' not in now, "those are no queue"


def test_the_figures_name_what_was_given_up(visitor, world):
    broken_mail(world)
    for _ in range(6):
        reported(world)
        world.clock.advance(timedelta(minutes=20))

    now = figures(visitor)

    assert now['voordeur_tasks_stuck{task="messages_to_send"}'] == 1
    assert now['voordeur_tasks_failed{task="messages_to_send"}'] == 5


def test_without_a_database_the_figures_say_so(app, visitor):
    whole = elsewhere(app, "sqlite:////nergens/portal.db")
    now = figures(visitor)
    app.extensions["database"] = whole

    assert now["voordeur_database_up"] == 0


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "10.1.2.3"}, 404),
        ("127.0.0.1", {"Forwarded": "for=10.1.2.3"}, 404),
        ("10.1.2.3", {"Authorization": "Bearer lang-en-geheim"}, 200),
        ("10.1.2.3", {"Authorization": "Bearer geraden"}, 404),
    ],
)
def test_the_figures_are_for_this_machine_or_for_who_has_the_token(app, address, headers, status):
    app.config["METRICS_TOKEN"] = "lang-en-geheim"

    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert answer.status_code == status


def test_without_a_token_no_token_opens_the_figures(app):
    app.config["METRICS_FROM"] = "10.0.0.0/8"

    def ask(address: str, **headers: str) -> int:
        return app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address}).status_code

    assert [ask("10.9.9.9"), ask("127.0.0.1"), ask("127.0.0.1", Authorization="Bearer ")] == [200, 404, 404]


# --- the log ---


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_request_has_one_line_with_the_reference_that_its_error_page_shows(visitor, capsys):
    capsys.readouterr()

    answer = visitor.get("/bestaat-niet?geheim=canarie-1")

    (line,) = lines(capsys.readouterr().err)
    reference = answer.headers["X-Request-ID"]
    assert reference in answer.get_data(as_text=True)
    assert {name: line[name] for name in ("event", "method", "endpoint", "status", "request")} == {
        "event": "request", "method": "GET", "endpoint": "none", "status": 404, "request": reference
    }  # fmt: skip
    assert "ms" in line


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("a1b2c3d4-e5f6", True),
        ("kort", False),
        ("met spatie en meer", False),
        ('"}{"event": "x', False),
        ("a" * 65, False),
    ],
)
def test_a_reference_from_outside_is_kept_only_when_it_is_well_formed(visitor, given, is_kept):
    answer = visitor.get("/", headers={"X-Request-ID": given})

    assert (answer.headers["X-Request-ID"] == given) is is_kept


def test_nothing_that_somebody_filled_in_comes_into_the_log(browse, visitor, world, capsys):
    capsys.readouterr()
    anna = browse("anna")
    visitor.post("/inloggen", {"email": "canarie-adres@x.example", "password": "canarie-wachtwoord-lang"})
    visitor.get("/wachtwoord/canarie-token-0123456789?q=canarie-zoek")
    visitor.get("/procedures?zoek=canarie-zoek\r\nvalse-regel")
    application = world.draft("anna")
    anna.post(f"/aanmeldingen/{application}/keuzes", {"canarie-veld": "canarie-antwoord"})
    broken_mail(world)
    reported(world)

    said = capsys.readouterr().err

    assert len(lines(said)) > 10
    assert "canarie" not in said
    assert "het-antwoord-van-de-aanbieder" not in said
    assert cast.PASSWORD not in said
    assert world.emails["anna"] not in said


def test_an_error_in_the_portal_leaves_its_place_in_the_log_and_not_its_words(app, visitor, world, capsys):
    def breaks() -> str:
        raise ValueError("canarie-uit-een-formulier")

    app.view_functions["public.privacy"] = breaks
    breaks.audience = "public"
    app.testing = False
    capsys.readouterr()

    answer = visitor.get("/privacy")

    said = capsys.readouterr().err
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.get_data(as_text=True)
    assert "canarie" not in said
    assert "ValueError in tests/web/test_watching.py" in said


def test_a_database_error_does_not_show_the_values_it_was_about(world, capsys):
    from sqlalchemy.exc import IntegrityError

    from portal.logs import reason_of
    from portal.models import Message

    def add() -> None:
        with world.database.transaction() as db:
            db.add(
                Message(
                    reason="twice",
                    to="canarie@x.example",
                    template="x",
                    facts={"a": "canarie"},
                    created_at=world.clock(),
                    next_try_at=world.clock(),
                )
            )

    add()
    with pytest.raises(IntegrityError) as error:
        add()

    assert "canarie" not in str(error.value)
    said = "UniqueViolation 23505" if backends.ON_SERVERS else "IntegrityError SQLITE_CONSTRAINT_UNIQUE"
    assert reason_of(error.value) == f"IntegrityError: {said}"


# --- flask doctor, flask tasks ---


def test_the_doctor_says_what_is_wrong_and_what_to_do(app, world):
    at_present(world)
    reported(world)
    at_present(world)
    healthy = app.test_cli_runner().invoke(args=["doctor"])
    world.clock.advance(timedelta(minutes=3))

    ill = app.test_cli_runner().invoke(args=["doctor"])

    assert (healthy.exit_code, "FOUT" in healthy.output) == (0, False), healthy.output
    assert ill.exit_code == 1
    assert "flask worker" in ill.output


def test_the_tasks_command_lists_what_fails_and_makes_the_worker_try_again(app, world):
    (message,) = broken_mail(world)
    reported(world)
    runner = app.test_cli_runner()

    listed = runner.invoke(args=["tasks", "list"])
    again = runner.invoke(args=["tasks", "retry", message])
    unknown = runner.invoke(args=["tasks", "retry", "nooit-gezien"])

    assert f"! messages_to_send {message}: 1 pogingen" in listed.output
    assert (again.exit_code, again.output) == (0, "opnieuw: 1\n")
    assert unknown.exit_code == 1


def test_two_processes_count_as_one(tmp_path):
    counting = (
        "from portal.adapters import metrics; metrics.count('a.b', 'GET', 200, 0.2); "
        "print(metrics.exposition([]).decode())"
    )

    said = [
        subprocess.run(
            [sys.executable, "-c", counting], capture_output=True, text=True, check=True,
            cwd=Path(__file__).resolve().parents[2], env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        ).stdout
        for _ in range(2)
    ]  # fmt: skip

    line = 'voordeur_requests_total{endpoint="a.b",method="GET",status="200"}'
    assert [f"{line} {count}" in text for count, text in zip(("1.0", "2.0"), said, strict=True)] == [True, True]
