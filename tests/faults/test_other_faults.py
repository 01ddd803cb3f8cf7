"""Servers that are killed, disks that are full, mail servers that lie: nothing acknowledged is lost, and it heals.

Beside these: a store in a bucket that is down, slow or cut off is tried in tests/adapters/test_s3_faults.py, a clock
that is set in tests/adapters/test_guarded_clock.py, a database that is locked, full or away in tests/web/test_away.py,
and fifty equal forms and eight machines around a closing instant in tests/domain/test_races.py.
"""

from __future__ import annotations

import http.client
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bench.running import Server
from portal.adapters import schema
from portal.adapters.mail import open_mail
from portal.cli import cast
from portal.domain import accounts, organisations
from portal.extensions import Database, open_engine
from portal.faults import Plan, arm
from portal.models import Document, Message, Organisation
from portal.worker import run_until_idle
from tests import servers
from tests.conftest import ROOT, Browser, World

pytestmark = pytest.mark.slow

Note = Callable[[str, dict[str, object]], None]


def _register(database: Database, number: int) -> str:
    """One real act: an organisation signs up, with its colleague, its event and its mail. Gives its KvK number."""
    form = cast.organisation_form(f"Stichting {number}", f"{number:08d}", "Vught", random.Random(number))
    person = {"name": "Noor Brink", "email": f"noor-{number}@proef.example", "function": "Bestuurder"}
    with database.transaction() as db:
        db.add_all(accounts.register(organisations.organisation_fields(form), person, "no hash", datetime.now(UTC)))
    return form["kvk_number"]


def _kept(database: Database) -> Counter[str]:
    with database.reading() as db:
        return Counter(db.scalars(select(Organisation.kvk_number)))


@contextmanager
def _open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL, which does not run as root, can reach."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_postgresql_killed_while_eight_write_loses_nothing_that_was_acknowledged(noted: Note) -> None:
    wanted, kills = 1000, 3
    with _open_folder() as folder, servers.postgres(folder / "server", durable=True) as server:
        database = Database(open_engine(server.url))
        schema.migrate(database.engine)
        acks: list[tuple[float, str]] = []
        numbers, stop = iter(range(10_000_000, 20_000_000)), threading.Event()
        lock = threading.Lock()

        def write() -> None:
            while not stop.is_set():
                with lock:
                    number = next(numbers)
                try:
                    kvk = _register(database, number)
                except SQLAlchemyError:
                    time.sleep(0.05)
                    continue
                with lock:
                    acks.append((time.monotonic(), kvk))

        threads = [threading.Thread(target=write, daemon=True) for _ in range(8)]
        for one in threads:
            one.start()
        waits = []
        for number in range(kills):
            _until(lambda number=number: len(acks) >= wanted * (number + 1) // (kills + 1))
            server.stop("immediate")
            server.start()
            back = time.monotonic()
            _until(lambda back=back: acks[-1][0] > back)
            waits.append(next(at for at, _ in acks if at > back) - back)
        _until(lambda: len(acks) >= wanted)
        stop.set()
        for one in threads:
            one.join()
        kept = _kept(database)
        lost = [kvk for _, kvk in acks if kept[kvk] != 1]
        database.engine.dispose()

    noted("fault", {
        "fault": "PostgreSQL stopped at once (immediate), started again",
        "done": f"{kills} times while 8 threads registered organisations; {len(acks)} acknowledged",
        "result": f"{len(lost)} lost; the first act after the start took at most {max(waits):.1f} s",
    })  # fmt: skip
    assert lost == []
    assert max(waits) < 10


def _until(is_so: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def test_sqlite_cut_off_at_any_moment_opens_again_with_everything_acknowledged(tmp_path: Path, noted: Note) -> None:
    """The process is frozen at a moment by chance, and what its files hold then is opened elsewhere."""
    url, cuts, chance = f"sqlite:///{tmp_path / 'portal.db'}", 25, random.Random(5)
    database = Database(open_engine(url))
    schema.migrate(database.engine)
    database.engine.dispose()
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            own = Database(open_engine(url))
            for number in range(10_000_000, 20_000_000):
                os.write(theirs, f"{_register(own, number)}\n".encode())
        finally:
            os._exit(1)
    os.close(theirs)
    heard = b""
    os.set_blocking(ours, False)
    seen, lost, broken = 0, [], []
    try:
        for cut in range(cuts):
            time.sleep(chance.uniform(0.05, 0.4))
            os.kill(child, signal.SIGSTOP)
            os.waitpid(child, os.WUNTRACED)
            heard += _read(ours)
            copy = tmp_path / f"cut-{cut}"
            copy.mkdir()
            for name in ("portal.db", "portal.db-wal"):
                if (tmp_path / name).exists():
                    shutil.copyfile(tmp_path / name, copy / name)
            os.kill(child, signal.SIGCONT)
            acked = heard.decode().split()
            seen = len(acked)
            with sqlite3.connect(copy / "portal.db") as opened:
                broken += [row for (row,) in opened.execute("PRAGMA integrity_check") if row != "ok"]
                there = {row for (row,) in opened.execute("SELECT kvk_number FROM organisations")}
            opened.close()
            lost += [kvk for kvk in acked if kvk not in there]
            shutil.rmtree(copy)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ours)

    noted("fault", {
        "fault": "SQLite frozen at a moment by chance, database and WAL copied and opened",
        "done": f"{cuts} cuts (seed 5) while organisations registered; {seen} acknowledged",
        "result": f"{len(lost)} lost, {len(broken)} complaints of the integrity check",
    })  # fmt: skip
    assert seen > cuts
    assert (lost, broken) == ([], [])


def _read(pipe: int) -> bytes:
    found = b""
    while True:
        try:
            piece = os.read(pipe, 65536)
        except BlockingIOError:
            return found
        if not piece:
            return found
        found += piece


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_store_on_a_full_disk_refuses_in_dutch_tears_nothing_and_heals(
    app: Any, world: World, browse: Callable[[str], Browser], small_disk: Path, noted: Note
) -> None:
    from portal.adapters.files import open_files
    from tests.faults.commands import pdf

    files = open_files(f"file:{small_disk / 'uploads'}", b"k" * 32)
    inspector = cast.OncePerKind(world.services.inspector)
    app.extensions["services"] = replace(world.services, files=files, inspector=inspector)
    anna, chance = browse("anna"), random.Random(2)
    token = anna.token("/documenten")

    def put(body: bytes) -> Any:
        headers = {"X-CSRFToken": token, "X-File-Name": "stuk-1.pdf", "Content-Type": "application/octet-stream"}
        return anna.client.put("/documenten/upload/other", data=body, headers=headers)

    answers = [put(pdf(chance)) for _ in range(40)]
    refused = [one for one in answers if one.status_code == 503]
    reading = anna.get("/documenten").status_code
    there = {key: files.read(key) for key in files.keys("documents/", datetime(2200, 1, 1, tzinfo=UTC))}
    with world.database.reading() as db:
        rows = {one.storage_key: one for one in db.scalars(select(Document).where(Document.kind == "other"))}
    for path in sorted(one for one in (small_disk / "uploads" / "documents").rglob("*") if one.is_file())[::2]:
        path.unlink()
    healed = put(pdf(random.Random(3))).status_code

    noted("fault", {
        "fault": "the disk of the store full (8 MB)",
        "done": f"{len(answers)} uploads: {len(there)} kept, {len(refused)} refused",
        "result": f"503 in Dutch, reading goes on ({reading}), no torn file, and room made again: {healed}",
    })  # fmt: skip
    assert {one.status_code for one in answers} == {201, 503}
    assert all("nu niet bewaren" in one.get_data(as_text=True) for one in refused)
    assert reading == 200
    assert there.keys() == {key for key in rows if key in there}
    assert sum(one.status_code == 201 for one in answers) == len(there)
    assert list((small_disk / "uploads" / ".partial").iterdir()) == []
    assert healed == 201


class Moody:
    """A mail server with moods: what it answers to the next mails, one by one; then it takes everything."""

    def __init__(self) -> None:
        self.moods: list[str] = []
        self.arrived: list[tuple[str, str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - its own name
        from email import message_from_bytes

        mood = self.moods.pop(0) if self.moods else "take"
        if mood.startswith(("4", "5")):
            return mood
        mail = message_from_bytes(envelope.content)
        self.arrived.append((mail["Message-ID"], str(mail.get_payload())))
        if mood == "vanish":  # taken, but the answer is lost on the way
            server.transport.abort()
        return "250 taken"


def test_a_mail_server_that_is_down_refuses_or_loses_its_answer_gets_every_mail_once_or_twice(
    world: World, noted: Note
) -> None:
    run_until_idle(world.database, world.services)
    server, port = Moody(), servers.free_port()
    sender = "Voordeur <voordeur@voordeur.example>"
    mail = open_mail(f"smtp://127.0.0.1:{port}", sender, ROOT / "templates")
    services = replace(world.services, mail=mail)
    for number in range(40_000_000, 40_000_006):
        _register(world.database, number)
    world.clock.set(datetime.now(UTC) + timedelta(seconds=1))

    run_until_idle(world.database, services)  # nobody listens: everything waits
    with world.database.reading() as db:
        waiting = db.scalar(select(func.count()).where(Message.sent_at.is_(None)))
    server.moods = ["451 later", "vanish", "554 never", "421 later", "vanish"]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        for _ in range(8):
            world.clock.advance(timedelta(hours=2))
            run_until_idle(world.database, services)
    finally:
        controller.stop()

    counts, texts = Counter(key for key, _ in server.arrived), dict(server.arrived)
    with world.database.reading() as db:
        new = list(
            db.scalars(select(Message).where(Message.template == "confirm_address", Message.to.contains("noor-")))
        )
    refused = [one for one in new if one.refused_at is not None]
    noted("fault", {
        "fault": "a mail server that is down, says 451, 421 or 554, or loses its answer",
        "done": f"{len(new)} mails, {waiting} waited while it was down",
        "result": f"{len(counts)} arrived, {sum(counts.values())} in all, at most {max(counts.values())} of one; "
        f"{len(refused)} refused for good and said so",
    })  # fmt: skip
    assert waiting == len(new) == 6
    assert len(refused) == 1
    assert all(one.sent_at is not None for one in new if one not in refused)
    assert len(counts) == 5
    assert max(counts.values()) == 2
    assert all(texts[key] == text for key, text in server.arrived)


def test_file_acts_that_fail_by_chance_leave_no_half(
    app: Any, world: World, browse: Callable[[str], Browser], noted: Note
) -> None:
    """One file act in six fails; the seed says which. Each upload is there whole, or not at all and said so."""
    from tests.faults.commands import pdf

    inspector = cast.OncePerKind(world.services.inspector)
    app.extensions["services"] = replace(world.services, inspector=inspector)
    anna, chance = browse("anna"), random.Random(8)
    token = anna.token("/documenten")
    inspector.inspect(iter([pdf(chance)]), "stuk-1.pdf")
    headers = {"X-CSRFToken": token, "X-File-Name": "stuk-1.pdf", "Content-Type": "application/octet-stream"}
    statuses = Counter[int]()
    arm(Plan(fail=1 / 6, only="files.", seed=8))
    try:
        for _ in range(40):
            statuses[anna.client.put("/documenten/upload/other", data=pdf(chance), headers=headers).status_code] += 1
    finally:
        arm(None)
    with world.database.reading() as db:
        rows = {one.storage_key: one for one in db.scalars(select(Document).where(Document.kind == "other"))}

    noted("fault", {
        "fault": "one file act in six fails (seed 8)",
        "done": "40 uploads",
        "result": f"{statuses[201]} kept, {statuses[503]} refused with 503, none torn",
    })  # fmt: skip
    assert set(statuses) == {201, 503}
    assert len(rows) == statuses[201]
    assert all(len(world.services.files.read(key)) == one.size for key, one in rows.items())


def test_a_web_process_that_dies_in_an_act_is_followed_by_another(tmp_path: Path, noted: Note) -> None:
    """gunicorn with a plan in its environment: each of its processes dies at the 60th site that it passes."""
    environment = {
        "INSTANCE": str(tmp_path),
        "STORAGE_URL": f"file:{tmp_path / 'uploads'}",
        "MAIL_URL": f"folder:{tmp_path / 'mail'}",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.db'}",
        "PORTAL_URL": "http://127.0.0.1",
        "FAULTS": "kill=60",
    }
    engine = open_engine(environment["DATABASE_URL"])
    schema.migrate(engine)
    engine.dispose()
    away, died, since, answered = 0.0, 0, 0.0, 0
    with Server("wsgi:app", environment) as server:
        first = set(server.workers())
        deadline = time.monotonic() + 240
        while (died < 2 or since) and time.monotonic() < deadline:
            try:
                is_answered = server.get("/")[0] == 200
            except (OSError, http.client.HTTPException):
                is_answered = False
            if is_answered:
                away, since, answered = max(away, time.monotonic() - since if since else 0.0), 0.0, answered + 1
            else:
                died, since = died + 1, since or time.monotonic()
                time.sleep(0.02)
        last = set(server.workers())

    noted("fault", {
        "fault": "a web process killed in an act, again and again",
        "done": f"{died} of {died + answered} requests met a process that died",
        "result": f"the next answer came within {away:.1f} s, with {os.getloadavg()[0]:.0f} processes at work",
    })  # fmt: skip
    assert died >= 2
    assert since == 0.0
    assert first != last
