"""`flask files copy`: every stored file at another place, compared, and as often as one likes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.adapters.files import open_files
from portal.cli.files import EVER
from portal.services import Files
from tests.conftest import World


@pytest.fixture
def copy(app: Flask, world: World) -> Any:
    return lambda url: app.test_cli_runner().invoke(args=["files", "copy", url])


def everything(files: Files) -> dict[str, bytes]:
    return {key: files.read(key) for key in files.keys("", EVER)}


def integrity_key(app: Flask) -> bytes:
    return (Path(app.config["INSTANCE"]) / "keys" / "integrity.key").read_bytes()


def test_every_file_is_copied_to_a_bucket_and_sealed_files_open_there(
    app: Flask, world: World, copy: Any, s3_address: str
) -> None:
    files = world.services.files
    sink = files.sink("integrity/notes/a", limit=100, sealed=True)
    sink.write(b"geheim")
    sink.finish()

    answer = copy(s3_address)

    target = open_files(s3_address, integrity_key(app))
    held = everything(files)
    assert answer.exit_code == 0, answer.output
    assert f"{len(held)} bestanden gekopieerd, 0 stonden er al" in answer.output
    assert everything(target) == held
    assert b"".join(target.unseal("integrity/notes/a")) == b"geheim"


def test_copying_again_adds_what_is_new_and_compares_the_rest(world: World, copy: Any, tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert copy(str(there)).exit_code == 0
    held = len(everything(world.services.files))

    world.services.files.put("receipts/new", b"new")
    again = copy(str(there))

    assert f"1 bestanden gekopieerd, {held} stonden er al" in again.output


def test_a_copy_that_differs_is_named_and_the_command_fails(world: World, copy: Any, tmp_path: Path) -> None:
    world.services.files.put("receipts/one", b"one")
    (tmp_path / "there" / "receipts").mkdir(parents=True)
    (tmp_path / "there" / "receipts" / "one").write_bytes(b"two")

    answer = copy(str(tmp_path / "there"))

    assert answer.exit_code == 1
    assert "receipts/one: de kopie is niet gelijk" in answer.output


def test_a_target_that_is_no_store_is_refused_in_words(copy: Any) -> None:
    answer = copy("ftp://elders/map")

    assert answer.exit_code == 1
    assert "TARGET_URL: the store 'ftp' is not available" in answer.output
