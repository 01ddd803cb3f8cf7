"""Backup and restore, as somebody types them: from one portal to an empty one."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal import create_app
from portal.adapters.clock import MovedClock
from portal.models import AuditEvent, Document, LoginSession, Message, Organisation, Submission
from portal.worker import run_until_idle
from tests.conftest import _config


class Command:
    """Types commands at one portal."""

    def __init__(self, app) -> None:
        self.app, self._runner = app, app.test_cli_runner()

    def __call__(self, *words, code: int = 0):
        answer = self._runner.invoke(args=[str(one) for one in words])
        assert answer.exit_code == code, answer.output
        return answer.output

    def json(self, *words, code: int = 0):
        answer = self._runner.invoke(args=[*(str(one) for one in words), "--json"])
        assert answer.exit_code == code, answer.output
        return json.loads(answer.stdout)


@pytest.fixture
def run(app, world):
    return Command(app)


@pytest.fixture
def place(tmp_path, run):
    """Where backups go, and the private key that opens them."""
    run("backup-key", tmp_path / "private.json")
    return tmp_path / "backups"


@pytest.fixture
def elsewhere(tmp_path, clock):
    """`elsewhere()`: another portal, empty, with its own keys."""
    made = []

    def make(name: str = "elsewhere") -> Command:
        folder = tmp_path / name
        config = _config(folder) | {"DATABASE_URL": f"sqlite:///{folder / 'portal.db'}"}
        folder.mkdir()
        other = create_app(config, now=MovedClock(clock()))
        made.append(other)
        return Command(other)

    yield make
    for one in made:
        one.extensions["database"].engine.dispose()


def rows_of(command: Command, statement):
    with command.app.extensions["database"].reading() as db:
        return db.scalars(statement).all()


def stored(place: Path, needle: bytes) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file() and needle in path.read_bytes()]


def test_a_backup_puts_everything_back_in_an_empty_portal(run, world, place, elsewhere, tmp_path):
    world.submitted("anna")
    world.close_round()
    made = run.json("backup", place)

    other = elsewhere()
    restored = other.json("restore", place, "--key", tmp_path / "private.json")

    assert (made["gaps"], restored["problems"], restored["is_whole"]) == ([], [], True)
    assert restored["files"] == made["files"] == made["copied"] > 10
    assert restored["check"]["receipts"] == 1
    for model in (Submission, Document):
        columns = select(model.id).order_by(model.id)
        assert rows_of(other, columns) == rows_of(run, columns)
    sealed = rows_of(other, select(Document).where(Document.is_sealed))[0]
    reopened = create_app(dict(other.app.config)).extensions["services"].files
    assert b"".join(reopened.unseal(sealed.storage_key)).startswith(b"%PDF")


def test_what_lies_in_the_target_tells_nothing_without_the_private_key(run, world, place):
    world.submitted("anna")
    run("backup", place)

    names = [str(path.relative_to(place)) for path in place.rglob("*")]

    assert stored(place, b"De Linde") == stored(place, b"%PDF") == stored(place, b"anna@") == []
    with world.database.reading() as db:
        assert not [key for key in db.scalars(select(Document.storage_key)) if any(key in name for name in names)]
    # the same words do stand readable in what is backed up, so the search can find them
    assert rows_of(run, select(Organisation).where(Organisation.name.contains("De Linde")))
    files = world.services.files
    assert any(b"%PDF" in files.read(one.storage_key) for one in rows_of(run, select(Document)) if not one.is_sealed)
    (place / "readable").write_bytes(b"Stichting De Linde")
    assert stored(place, b"De Linde") == [place / "readable"]


def test_a_second_backup_copies_only_what_is_new(run, world, place):
    first = run.json("backup", place)
    world.submitted("anna")
    world.work()

    world.clock.advance(timedelta(seconds=1))
    second = run.json("backup", place)
    world.clock.advance(timedelta(seconds=1))
    third = run.json("backup", place)

    assert (first["copied"], second["copied"], third["copied"]) == (first["files"], 1, 0)
    assert second["files"] == first["files"] + 1


def test_after_a_restore_nobody_is_signed_in_and_no_mail_goes_out_before_it_is_released(
    run, world, place, elsewhere, tmp_path, browse
):
    browse("anna")
    world.submitted("anna")
    run("backup", place)
    other = elsewhere()
    other("restore", place, "--key", tmp_path / "private.json")
    database, services = other.app.extensions["database"], other.app.extensions["services"]

    held = run_until_idle(database, services)
    waiting = other("mail", "waiting")
    other("mail", "release")
    sent = run_until_idle(database, services)

    assert rows_of(run, select(LoginSession))
    assert not rows_of(other, select(LoginSession))
    assert (held["messages_to_send"], "mail wordt vastgehouden" in waiting) == (0, True)
    assert sent["messages_to_send"] > 0
    events = [one.act for one in rows_of(other, select(AuditEvent).where(AuditEvent.subject_type == "Portal"))]
    assert events == ["restore", "release_mail"]
    assert "Mail wordt niet vastgehouden" in other("mail", "release", code=1)


def test_mail_that_waits_after_a_restore_can_be_thrown_away(run, world, place, elsewhere, tmp_path):
    world.submitted("anna")
    run("backup", place)
    other = elsewhere()
    other("restore", place, "--key", tmp_path / "private.json")

    other("mail", "release", "--discard")
    sent = run_until_idle(other.app.extensions["database"], other.app.extensions["services"])

    assert sent["messages_to_send"] == 0
    assert all(
        "teruggezet" in one.last_error for one in rows_of(other, select(Message).where(Message.sent_at.is_(None)))
    )


def test_a_restore_wants_an_empty_database_and_the_right_key(run, world, place, elsewhere, tmp_path):
    run("backup", place)
    other = elsewhere()
    other("backup-key", tmp_path / "another.json")

    wrong_key = other("restore", place, "--key", tmp_path / "another.json", code=1)
    in_use = run("restore", place, "--key", tmp_path / "private.json", code=1)
    nothing = other("restore", tmp_path / "nothing", "--key", tmp_path / "private.json", code=1)

    assert "past niet" in wrong_key
    assert "niet leeg" in in_use
    assert "geen reservekopie" in nothing
    other("restore", place, "--key", tmp_path / "private.json")


def test_a_backup_without_keys_asks_the_integrity_key_that_was_kept_apart(run, world, place, elsewhere, tmp_path):
    run("backup", place, "--without-keys")
    other = elsewhere()

    # its manifest does not know which key it needs, so what cannot be opened is found by the check
    told = other("restore", place, "--key", tmp_path / "private.json", code=1)

    assert "de inhoud is niet meer wat zij was" in told
    right = elsewhere("right")
    shutil.copyfile(tmp_path / "keys" / "integrity.key", tmp_path / "right" / "keys" / "integrity.key")
    right("restore", place, "--key", tmp_path / "private.json")


@pytest.mark.parametrize("what", ["rows", "objects", "manifest"])
def test_a_changed_byte_in_a_backup_is_found(run, world, place, tmp_path, what):
    run("backup", place)
    assert "in orde" in run("backup", place, "--verify")
    victim = next(path for path in sorted(place.rglob("*")) if path.is_file() and f"/{what}" in str(path))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)

    told = run("backup", place, "--verify", "--key", tmp_path / "private.json", code=1)

    assert "zoals het is bewaard" in told or "andere bytes" in told
    if what != "manifest":  # of the manifest the portal reads its own copy
        assert "andere bytes" in run("backup", place, "--verify", code=1)


def test_a_backup_by_somebody_else_with_the_same_public_key_is_refused(run, world, place, elsewhere, tmp_path):
    other = elsewhere()
    other("backup-key", tmp_path / "another.json")
    mine = json.loads((tmp_path / "keys" / "backup.key").read_text())
    theirs = json.loads((tmp_path / "elsewhere" / "keys" / "backup.key").read_text())
    (tmp_path / "elsewhere" / "keys" / "backup.key").write_text(json.dumps({**theirs, "public": mine["public"]}))
    other("migrate")
    other("backup", place)

    told = elsewhere("third")("restore", place, "--key", tmp_path / "private.json", code=1)

    assert "niet door dit portaal ondertekend" in told


def test_old_backups_go_and_what_newer_ones_need_stays(run, world, place, elsewhere, tmp_path):
    run("backup", place)
    world.clock.advance(timedelta(days=40))
    first = run.json("backup", place, "--list")[0]["run"]

    made = run.json("backup", place, "--keep", 35)

    assert made["removed"] == [first]
    assert [one["run"] for one in run.json("backup", place, "--list")] == [made["run"]]
    # of the old one nothing stays that shows who there were, only files and the secret that opens those
    assert not (place / "runs" / first / "rows").exists()
    assert (place / "runs" / first / "secret").exists()
    assert elsewhere().json("restore", place, "--key", tmp_path / "private.json")["is_whole"]


def test_the_last_backup_stays_however_old_it_is(run, world, place):
    run("backup", place)
    world.clock.advance(timedelta(days=400))

    made = run.json("backup", place, "--keep", 35)

    assert len(run.json("backup", place, "--list")) == 1
    assert made["copied"] == 0


def test_a_file_that_is_gone_is_named_by_the_backup_and_by_the_restore(run, world, place, elsewhere, tmp_path):
    gone, changed = rows_of(run, select(Document).where(~Document.is_sealed).order_by(Document.id))[:2]
    files = world.services.files
    content = files.read(changed.storage_key)
    files.delete(gone.storage_key)
    files.delete(changed.storage_key)
    files.put(changed.storage_key, content + b" ")

    made = run.json("backup", place, code=1)
    restored = elsewhere().json("restore", place, "--key", tmp_path / "private.json", code=1)

    assert {(one["table"], one["row_id"]) for one in made["gaps"]} == {
        ("documents", gone.id),
        ("documents", changed.id),
    }
    assert {one["subject"] for one in restored["check"]["problems"]} == {gone.storage_key, changed.storage_key}
    assert len(restored["problems"]) == 2


def test_making_a_second_key_over_the_first_is_refused(run, place, tmp_path):
    assert "bestaat al" in run("backup-key", tmp_path / "private.json", code=1)
    assert "bestaat al" in run("backup-key", tmp_path / "second.json", code=1)
    assert not (tmp_path / "second.json").exists()


def test_without_a_key_there_is_no_backup(run, tmp_path):
    assert "flask backup-key" in run("backup", tmp_path / "backups", code=1)


def test_old_backups_of_another_key_stay_and_are_named_while_the_new_one_is_made(run, world, place, tmp_path):
    run("backup", place)
    (tmp_path / "keys" / "backup.key").unlink()
    run("backup-key", tmp_path / "second.json")
    world.clock.advance(timedelta(days=40))

    told = run.json("backup", place, "--keep", 35, code=1)

    assert "niet opgeruimd" in told["trouble"]
    assert (told["removed"], told["copied"]) == ([], told["files"])
    assert "in orde" in run("backup", place, "--verify", "--key", tmp_path / "second.json")
