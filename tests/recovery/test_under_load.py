"""A backup that is taken while people submit and upload, restored by another process on an empty machine."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.adapters import schema
from portal.adapters.assembly import build_services
from portal.adapters.clock import MovedClock
from portal.cli import cast
from portal.domain import recovery
from portal.extensions import Database, open_engine
from portal.models import AuditEvent, Document, Message, Submission
from portal.queries import work
from portal.worker.tasks import draw_up_receipt
from tests import backends
from tests.conftest import MORNING, ROOT, World, _config, _world

pytestmark = pytest.mark.slow


@dataclass
class Place:
    """Where a portal lives: its folder, database and store."""

    folder: Path
    database_url: str
    storage_url: str

    def run(self, *words: object) -> subprocess.Popen[str]:
        """A command of the portal in a process of its own."""
        environment = {
            **os.environ,
            "INSTANCE": str(self.folder),
            "DATABASE_URL": self.database_url,
            "STORAGE_URL": self.storage_url,
        }
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *(str(word) for word in words)]
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def json(self, *words: object, code: int = 0):
        process = self.run(*words, "--json")
        said, complained = process.communicate(timeout=300)
        assert process.returncode == code, said + complained
        return json.loads(said)

    def do(self, *words: object) -> None:
        process = self.run(*words)
        said, complained = process.communicate(timeout=300)
        assert process.returncode == 0, said + complained


@pytest.fixture
def places(tmp_path, request):
    """`places("embedded")` or `places("servers")`: an empty place of that kind."""

    def make(kind: str) -> Place:
        name = f"load{secrets.token_hex(6)}"
        folder = tmp_path / name
        folder.mkdir()
        if kind == "embedded":
            return Place(folder, f"sqlite:///{folder / 'portal.db'}", f"file:{folder / 'uploads'}")
        address = request.getfixturevalue("postgres_address")
        backends.execute(f"CREATE DATABASE {name}")
        return Place(folder, address.format(name), backends.s3_url(name))

    return make


@dataclass
class Rush:
    """People who submit and upload without a pause, and a worker beside them. `acked` are receipts in hand."""

    world: World
    drafts: dict[str, str]
    acked: list[str] = field(default_factory=list)
    uploads: int = 0
    errors: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._again, args=(act,)) for act in self._acts()]

    def _acts(self):
        for who, draft in self.drafts.items():
            yield lambda who=who, draft=draft: self._submit(who, draft)
        yield self._upload
        yield self._draw_up

    def _submit(self, who: str, draft: str) -> None:
        submission_id = cast.submit(self.world.stage, self.world.people[who], draft)
        with self.world.database.reading() as db:
            self.acked.append(db.get_one(Submission, submission_id).receipt_number)
        time.sleep(0.2)

    def _draw_up(self) -> None:
        """What the worker does, one receipt at a time."""
        with self.world.database.reading() as db:
            due = work.receipts_to_draw_up(db, self.world.services.now())
        for one in due[:1]:
            draw_up_receipt(self.world.database, self.world.services, one)
        time.sleep(0.1)

    def _upload(self) -> None:
        cast.sample(self.world.stage, self.world.people["anna"], "kvk_extract")
        self.uploads += 1

    def _again(self, act) -> None:
        while not self._over.is_set():
            try:
                act()
            except Exception as error:  # noqa: BLE001 - shown by the test
                self.errors.append(error)
                return

    def __enter__(self):
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for one in self._threads:
            one.join()


def _portal_at(place: Place, test_authority) -> World:
    from portal.adapters.signing import PadesSigner

    clock = MovedClock(MORNING)
    database = Database(open_engine(place.database_url))
    schema.migrate(database.engine)
    config = _config(place.folder) | {"DATABASE_URL": place.database_url, "STORAGE_URL": place.storage_url}
    services = build_services(config, now=clock, signer=PadesSigner(test_authority))
    return _world(cast.Stage(database, services), clock)


def _wait(until) -> None:
    deadline = time.monotonic() + 200
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("source", "target"), [("embedded", "embedded"), ("servers", "servers"), ("embedded", "servers")]
)
def test_a_backup_taken_under_load_restores_on_an_empty_machine_and_verifies(
    places, tmp_path, test_authority, source, target
):
    here, there = places(source), places(target)
    world = _portal_at(here, test_authority)
    drafts = {who: world.complete(who) for who in ("anna", "karim")}
    here.do("backup-key", tmp_path / "private.json")
    backups = backends.s3_url(f"backup{secrets.token_hex(4)}") if target == "servers" else tmp_path / "backups"

    with Rush(world, drafts) as rush:
        _wait(lambda: len(rush.acked) > 3)
        before = list(rush.acked)
        made = here.json("backup", backups)
        during = len(rush.acked) - len(before)
        again = here.json("backup", backups)
        _wait(lambda: len(rush.acked) > len(before) + during + 2)
    restored = there.json("restore", backups, "--key", tmp_path / "private.json", "--backup", made["run"])

    assert rush.errors == []
    assert during > 0, "nobody submitted while the backup was made"
    assert (made["gaps"], again["gaps"], restored["problems"], restored["is_whole"]) == ([], [], [], True)
    assert again["copied"] < again["files"]
    assert there.json("receipts", "check")["problems"] == []
    copy = Database(open_engine(there.database_url))
    with copy.reading() as db, world.database.reading() as original:
        receipts = {one.receipt_number: one.digest for one in db.scalars(select(Submission))}
        wanted = {one.receipt_number: one.digest for one in original.scalars(select(Submission))}
        assert set(before) <= set(receipts), "a receipt that somebody held before the backup began is gone"
        assert receipts.items() <= wanted.items()
        # those who got theirs after the snapshot hold a receipt that this database does not have: that shows
        assert set(rush.acked) - set(receipts)
        assert db.scalars(select(Document.id)).all()
        assert db.scalars(select(Message.id)).all()
    copy.engine.dispose()
    world.database.engine.dispose()


@pytest.mark.parametrize("back", ["embedded", "servers"])
def test_a_portal_moves_from_one_kind_of_database_to_the_other_and_back(places, tmp_path, test_authority, back):
    here, servers, home = places("embedded"), places("servers"), places(back)
    world = _portal_at(here, test_authority)
    world.submitted("anna")
    world.close_round()
    here.do("backup-key", tmp_path / "private.json")
    first = here.json("backup", tmp_path / "one")
    assert servers.json("restore", tmp_path / "one", "--key", tmp_path / "private.json")["is_whole"]

    servers.do("backup-key", tmp_path / "other.json")
    second = servers.json("backup", tmp_path / "two")
    assert home.json("restore", tmp_path / "two", "--key", tmp_path / "other.json")["is_whole"]

    # the mark of the restore is one row more; everything else is what it was
    assert second["rows"] == first["rows"] + 1
    copy = Database(open_engine(home.database_url))
    with copy.transaction() as db:
        # numbers go on behind those that came along
        highest = db.scalars(select(AuditEvent.id).order_by(AuditEvent.id.desc())).first()
        event = recovery.event("release_mail", MORNING)
        db.add(event)
        db.flush()
        assert event.id == highest + 1
    copy.engine.dispose()
    world.database.engine.dispose()
