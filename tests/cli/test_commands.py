"""Commands, as somebody types them."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

LONG = "een lang wachtwoord"


@pytest.fixture
def run(app, world):
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=[str(word) for word in words])


def test_an_official_is_appointed_and_can_sign_in(run, world, browse):
    answer = run(
        "officials", "appoint", "meierij", "Nina@Meierij.example", "Nina Post", "--role", "inkoper", "--password", LONG
    )

    assert (answer.exit_code, answer.output) == (0, "nina@meierij.example: inkoper\n")
    assert "Nina Post" in run("officials", "list", "meierij").output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nergens", "n@x.example", "Nina", "--role", "inkoper", "--password", LONG], "geen regio"),
        (
            ["meierij", "ineke@meierij.example", "Ineke", "--role", "inkoper", "--password", LONG],
            "heeft al een account",
        ),
        (["meierij", "n@x.example", "Nina", "--role", "inkoper", "--password", "kort"], "minstens 15 tekens"),
        (
            ["meierij", "n@x.example", "N", "--role", "inkoper", "--role", "integrity_officer", "--password", LONG],
            "geen andere rol",
        ),
    ],
)
def test_an_appointment_that_breaks_a_rule_is_refused(run, words, why):
    answer = run("officials", "appoint", *words)

    assert answer.exit_code == 1
    assert why in answer.output


def test_a_good_procedure_file_is_in_order_and_loads_once(run, world):
    from tests.conftest import MEIERIJ

    assert run("procedures", "check", MEIERIJ).exit_code == 0
    again = run("procedures", "load", MEIERIJ)
    assert (again.exit_code, "al geladen" in again.output) == (1, True)


def test_a_procedure_file_with_errors_names_each_line_and_loads_nothing(run, world, tmp_path):
    from portal.models import Procedure
    from tests.conftest import MEIERIJ

    text = (
        MEIERIJ.read_text().replace("kind: open_house", "kind: opne_house").replace("slug: meierij-2020", "slug: twee")
    )
    (tmp_path / "fout.yaml").write_text(text)
    with world.database.reading() as db:
        before = db.query(Procedure).count()

    answer = run("procedures", "load", tmp_path / "fout.yaml")

    line = next(number for number, one in enumerate(text.splitlines(), 1) if "opne_house" in one)
    assert answer.exit_code == 1
    assert f"fout.yaml:{line}: " in answer.output
    with world.database.reading() as db:
        assert db.query(Procedure).count() == before


def test_dates_move_together_when_a_procedure_is_loaded_for_another_year(run, world):
    from datetime import date

    from portal.models import Authority, Procedure
    from tests.conftest import MEIERIJ

    with world.database.transaction() as db:
        db.add(Authority(slug="derde", name="Derde regio", subtitle="", theme="de-waarden", phone="", mail=""))

    answer = run("procedures", "load", MEIERIJ, "--start", "2027-01-01", "--authority", "derde")

    assert answer.exit_code == 0
    with world.database.reading() as db:
        procedure = db.query(Procedure).filter(Procedure.agreement_starts_on == date(2027, 1, 1)).one()
        assert [one.label for one in procedure.rounds][:2] == ["2027-1", "2027-2"]


def test_the_worker_does_what_is_due_and_stops(run, world):
    answer = run("worker", "--once")

    assert (answer.exit_code, "messages_to_send: " in answer.output) == (0, True)


def test_a_worker_that_runs_on_leaves_the_processor_to_who_waits_for_a_page(tmp_path):
    environment = {**os.environ, "INSTANCE": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.db'}"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi"]
    subprocess.run([*command, "migrate"], cwd=ROOT, env=environment, check=True, capture_output=True)
    log = tmp_path / "worker.log"

    with log.open("wb") as said:
        worker = subprocess.Popen([*command, "worker"], cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        until = time.monotonic() + 60
        while b"worker started" not in log.read_bytes() and time.monotonic() < until:
            time.sleep(0.1)
        ours, its = (os.getpriority(os.PRIO_PROCESS, pid) for pid in (os.getpid(), worker.pid))
    finally:
        worker.terminate()
        worker.wait(30)

    assert its == min(19, ours + 10)
