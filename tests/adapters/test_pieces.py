"""A file that comes in pieces, in either store: what is there counts, and nothing else."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal import errors
from portal.adapters import pieces
from portal.adapters.files import open_files
from portal.services import Files

KEY = bytes(range(32))
DATA = bytes(range(256)) * 40
UPLOAD = "aaaabbbbccccddddeeeeffff22"


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    url = str(tmp_path / "store") if request.param == "folder" else request.getfixturevalue("s3_address")
    return open_files(url, KEY)


@pytest.fixture
def keep(files: Files) -> Callable[..., int]:
    def kept(offset: int, data: bytes, *, announced: int | None = None, sealed: bool = False, says: str = "") -> int:
        length = len(data) if announced is None else announced
        source = io.BytesIO(data)
        return pieces.keep(files, UPLOAD, offset, source, length, sealed=sealed, says=pieces.checksum(says))

    return kept


def test_pieces_that_follow_each_other_are_the_file(files: Files, keep: Callable[..., int]) -> None:
    assert keep(0, DATA[:1000]) == 1000
    assert keep(1000, DATA[1000:]) == len(DATA)

    assert pieces.received(files, UPLOAD) == len(DATA)
    assert b"".join(pieces.joined(files, UPLOAD, sealed=False)) == DATA


def test_a_sealed_piece_is_sealed_from_its_first_byte(files: Files, keep: Callable[..., int]) -> None:
    keep(0, b"GEHEIM" * 100, sealed=True)
    keep(600, b"VERVOLG" * 100, sealed=True)

    stored = b"".join(b"".join(files.chunks(key)) for key in pieces.keys(files, UPLOAD))
    assert b"GEHEIM" not in stored
    assert b"".join(pieces.joined(files, UPLOAD, sealed=True)) == b"GEHEIM" * 100 + b"VERVOLG" * 100


def test_what_broke_off_costs_one_piece_and_no_more(
    files: Files, keep: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LARGEST", 1000)

    with pytest.raises(EOFError):
        keep(0, DATA[:3500], announced=5000)

    assert pieces.received(files, UPLOAD) == 3000


def test_a_piece_that_is_not_what_its_sender_says_is_not_kept(files: Files, keep: Callable[..., int]) -> None:
    says = "sha256 " + pieces.base64.b64encode(hashlib.sha256(DATA).digest()).decode()

    with pytest.raises(errors.ChecksumMismatch):
        keep(0, DATA[:-1] + b"x", says=says)

    assert pieces.keys(files, UPLOAD) == []
    assert keep(0, DATA, says=says) == len(DATA)


def test_the_same_piece_twice_and_one_of_another_length_do_no_harm(files: Files, keep: Callable[..., int]) -> None:
    keep(0, DATA[:1000])
    keep(0, DATA[:1000])
    keep(0, DATA[:400])
    keep(5000, DATA[5000:6000])

    assert pieces.received(files, UPLOAD) == 1000
    assert b"".join(pieces.joined(files, UPLOAD, sealed=False)) == DATA[:1000]


def test_an_upload_is_idle_only_when_its_last_piece_is_old(files: Files, keep: Callable[..., int]) -> None:
    keep(0, DATA)
    present = datetime.now(UTC)

    assert pieces.is_idle(files, UPLOAD, present + timedelta(hours=1))
    assert not pieces.is_idle(files, UPLOAD, present - timedelta(hours=1))


@pytest.mark.parametrize("header", ["md5 AAAA", "sha256 AAAA", "sha256", "sha256 ***"])
def test_a_checksum_that_cannot_be_one_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="Upload-Checksum"):
        pieces.checksum(header)
