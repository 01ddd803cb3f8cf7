"""The file store: whole or not at all, never overwritten, sealed so that every change shows."""

from __future__ import annotations

import gc
import hashlib
import os
import re
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal import errors
from portal.adapters.files import PIECE, LocalFiles, open_files
from portal.services import Files, StoredFile

KEY = b"k" * 32
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture(params=["local", "s3"])
def files(request: pytest.FixtureRequest, root: Path) -> Files:
    """Every implementation of the store; the contract below holds for each."""
    if request.param == "local":
        return open_files(f"file:{root}", KEY)
    return open_files(request.getfixturevalue("s3_address"), KEY)


def store(files: Files, key: str, data: bytes, *, sealed: bool = False, piece: int = 10_000) -> StoredFile:
    sink = files.sink(key, limit=len(data), sealed=sealed)
    for start in range(0, len(data), piece):
        assert sink.write(data[start : start + piece]) == len(data[start : start + piece])
    return sink.finish()


def leftovers(root: Path) -> list[Path]:
    folder = root / ".partial"  # the store in a bucket uses files that have no name
    return list(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_stored_comes_back_with_its_digest_and_size(files: Files, size: int, sealed: bool) -> None:
    data = os.urandom(size)

    stored = store(files, "a/b.bin", data, sealed=sealed)

    assert stored == StoredFile("a/b.bin", hashlib.sha256(data).hexdigest(), size)
    assert b"".join(files.unseal("a/b.bin") if sealed else files.chunks("a/b.bin")) == data


@pytest.mark.parametrize("sealed", [False, True])
def test_pieces_are_no_larger_than_64_kib(files: Files, sealed: bool) -> None:
    store(files, "a", os.urandom(5 * PIECE + 3), sealed=sealed)

    pieces = [len(piece) for piece in (files.unseal("a") if sealed else files.chunks("a"))]

    assert pieces == [PIECE] * 5 + [3]


@pytest.mark.parametrize("read", [0, 1])
def test_who_stops_reading_leaves_nothing_open(files: Files, read: int) -> None:
    files.put("a", os.urandom(40 * PIECE))

    for _ in range(3):
        pieces = files.chunks("a")
        for _ in range(read):
            next(pieces)
        del pieces
        gc.collect()  # a connection that was left open is an error here

    assert len(files.read("a")) == 40 * PIECE


def test_nothing_is_there_before_the_sink_is_finished(files: Files) -> None:
    sink = files.sink("a", limit=10)
    sink.write(b"half")

    assert not files.exists("a")
    sink.finish()
    assert files.exists("a")


def test_an_abandoned_file_leaves_nothing(files: Files, root: Path) -> None:
    sink = files.sink("a", limit=10)
    sink.write(b"half")

    sink.abandon()
    sink.abandon()

    assert not files.exists("a")
    assert leftovers(root) == []


def test_abandoning_after_finishing_keeps_the_file(files: Files) -> None:
    sink = files.sink("a", limit=10)
    sink.write(b"whole")
    sink.finish()

    sink.abandon()

    assert files.read("a") == b"whole"


def test_a_finished_sink_takes_no_more(files: Files) -> None:
    sink = files.sink("a", limit=10)
    sink.finish()

    with pytest.raises(ValueError, match="finished"):
        sink.write(b"more")
    with pytest.raises(ValueError, match="finished"):
        sink.finish()


@pytest.mark.parametrize("sealed", [False, True])
def test_a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_refused(
    files: Files, root: Path, sealed: bool
) -> None:
    fits, too_large = (files.sink(key, limit=1_500_000, sealed=sealed) for key in ("fits", "large"))
    fits.write(bytes(1_500_000))
    assert fits.finish().size == 1_500_000
    too_large.write(bytes(1_500_000))

    with pytest.raises(errors.FileTooLarge) as refusal:
        too_large.write(b"x")

    assert refusal.value.rule == "too_large"
    assert "groter dan 1,5 MB" in str(refusal.value)
    assert not files.exists("large")
    assert leftovers(root) == []


def test_putting_the_same_key_again_keeps_what_is_there(files: Files) -> None:
    first = files.put("a", b"first")

    second = files.put("a", b"the second, longer")

    assert second == first == StoredFile("a", hashlib.sha256(b"first").hexdigest(), 5)
    assert files.read("a") == b"first"


def test_of_many_that_put_one_key_at_once_one_wins_and_all_hear_which(files: Files, root: Path) -> None:
    datas = [os.urandom(50_000) for _ in range(16)]

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda data: files.put("a/b/c", data), datas))

    assert len(set(stored)) == 1
    assert hashlib.sha256(files.read("a/b/c")).hexdigest() == stored[0].sha256
    assert leftovers(root) == []


def test_a_sink_never_overwrites(files: Files, root: Path) -> None:
    late = files.sink("a", limit=10)
    late.write(b"late")
    files.put("a", b"first")

    with pytest.raises(FileExistsError):
        late.finish()

    assert files.read("a") == b"first"
    assert leftovers(root) == []


def test_a_deleted_file_is_gone_and_deleting_again_is_harmless(files: Files) -> None:
    files.put("a", b"x")

    files.delete("a")
    files.delete("a")

    assert not files.exists("a")


@pytest.mark.parametrize("read", ["read", "chunks", "unseal"])
def test_a_missing_file_is_reported_at_the_call(files: Files, read: str) -> None:
    with pytest.raises(errors.FileMissing):
        getattr(files, read)("not/there")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        ".",
        "..",
        ".partial/x",
        "a/.b",
        "A",
        "a b",
        "a\n",
        "a\\b",
        "é",
        "a\x00b",
        "x" * 201,
    ],
)
def test_a_key_is_no_path_to_elsewhere(files: Files, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        files.put(key, b"x")
    with pytest.raises(ValueError, match="not a storage key"):
        files.chunks(key)


def test_ordinary_keys_are_taken(files: Files) -> None:
    for key in ("a", "documents/2026/0f-3_a.pdf", "x" * 200):
        assert files.put(key, b"x").key == key


# What only the local store promises.


def test_a_link_in_the_folder_leads_nowhere(root: Path, tmp_path: Path) -> None:
    files = LocalFiles(root, KEY)
    (tmp_path / "secret").write_text("secret")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)

    for key in ("link", "folder/secret"):
        with pytest.raises(errors.FileMissing):
            files.read(key)


def test_files_are_for_the_owner_only(root: Path) -> None:
    LocalFiles(root, KEY).put("a/b", b"x")

    assert (root / "a/b").stat().st_mode & 0o777 == 0o600
    assert (root / "a").stat().st_mode & 0o777 == 0o700


def test_a_killed_upload_is_swept_when_it_is_old_enough(root: Path) -> None:
    files = LocalFiles(root, KEY)
    program = (
        "import os, sys; from pathlib import Path; from portal.adapters.files import LocalFiles;"
        "LocalFiles(Path(sys.argv[1]), b'k' * 32).sink('a', limit=9).write(b'half'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, str(root)], cwd=Path(__file__).resolve().parents[2], check=False)
    files.put("kept", b"x")
    assert len(leftovers(root)) == 1

    now = datetime.now(UTC)
    assert files.sweep(now - timedelta(hours=1)) == 0
    assert files.sweep(now + timedelta(hours=1)) == 1

    assert leftovers(root) == []
    assert files.read("kept") == b"x"


def test_a_full_disk_is_said_in_words_and_leaves_nothing(root: Path) -> None:
    LocalFiles(root, KEY)
    program = """
import resource, signal, sys
from pathlib import Path
from portal import errors
from portal.adapters.files import LocalFiles
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
files = LocalFiles(Path(sys.argv[1]), b"k" * 32)
files.put("small", b"x" * 50_000)
try:
    files.put("large", b"x" * 200_000)
except errors.Unavailable as refusal:
    sys.exit(0 if "niet bewaren" in str(refusal) and not files.exists("large") else 2)
sys.exit(1)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(root)], cwd=Path(__file__).resolve().parents[2], check=False
    )

    assert done.returncode == 0
    assert leftovers(root) == []
    assert (root / "small").stat().st_size == 50_000


def test_a_large_file_does_not_fill_the_memory(root: Path) -> None:
    files = LocalFiles(root, KEY)
    piece = os.urandom(PIECE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    sink = files.sink("large", limit=64_000_000, sealed=True)
    for _ in range(800):
        sink.write(piece)
    sink.finish()
    total = sum(len(part) for part in files.unseal("large"))

    assert total == 800 * PIECE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 15_000  # kB


# Sealing.


@pytest.fixture
def sealed(root: Path) -> tuple[LocalFiles, Path, bytes]:
    files, data = LocalFiles(root, KEY), os.urandom(2 * PIECE + 100)
    store(files, "sealed", data, sealed=True)
    return files, root / "sealed", data


def test_a_sealed_file_shows_nothing_of_its_text(root: Path) -> None:
    files = LocalFiles(root, KEY)
    text = b"strafblad van de bestuurder " * 5000
    store(files, "a", text, sealed=True)
    store(files, "b", text, sealed=True)

    on_disk = [(root / key).read_bytes() for key in ("a", "b")]

    assert not re.search(b"bestuurder", on_disk[0])
    assert on_disk[0][16:] != on_disk[1][16:]
    assert len(on_disk[0]) < len(text) + 200


def test_a_flipped_bit_is_noticed_wherever_it_is(sealed: tuple[LocalFiles, Path, bytes]) -> None:
    files, path, _ = sealed
    whole = path.read_bytes()

    for at in [*range(64), 64 + 5, 64 + PIECE + 3, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(errors.FileDamaged):
            list(files.unseal("sealed"))


def test_a_damaged_segment_is_not_released(sealed: tuple[LocalFiles, Path, bytes]) -> None:
    files, path, data = sealed
    whole = bytearray(path.read_bytes())
    whole[63 + PIECE + 16 + 10] ^= 1
    path.write_bytes(whole)
    released = files.unseal("sealed")

    assert next(released) == data[:PIECE]
    with pytest.raises(errors.FileDamaged):
        next(released)


def test_a_sealed_file_cut_off_anywhere_is_noticed(sealed: tuple[LocalFiles, Path, bytes]) -> None:
    files, path, _ = sealed
    whole = path.read_bytes()

    for length in (0, 10, 63, 64, 63 + PIECE + 16, 63 + 2 * (PIECE + 16), len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(errors.FileDamaged):
            list(files.unseal("sealed"))


def test_bytes_or_segments_added_or_swapped_are_noticed(sealed: tuple[LocalFiles, Path, bytes]) -> None:
    files, path, _ = sealed
    whole = path.read_bytes()
    header, one, two, rest = (
        whole[:63],
        whole[63 : 63 + PIECE + 16],
        whole[63 + PIECE + 16 : 63 + 2 * (PIECE + 16)],
        whole[63 + 2 * (PIECE + 16) :],
    )

    for changed in (whole + b"x", whole + rest, header + two + one + rest, header + one + rest):
        path.write_bytes(changed)
        with pytest.raises(errors.FileDamaged):
            list(files.unseal("sealed"))


def test_a_sealed_file_put_in_the_place_of_another_is_noticed(root: Path) -> None:
    files = LocalFiles(root, KEY)
    store(files, "a", b"of a", sealed=True)
    store(files, "b", b"of b", sealed=True)
    (root / "a").write_bytes((root / "b").read_bytes())

    with pytest.raises(errors.FileDamaged):
        list(files.unseal("a"))
    assert b"".join(files.unseal("b")) == b"of b"


def test_another_integrity_key_opens_nothing(sealed: tuple[LocalFiles, Path, bytes], root: Path) -> None:
    with pytest.raises(errors.FileDamaged):
        list(LocalFiles(root, b"l" * 32).unseal("sealed"))


def test_a_file_that_is_not_sealed_is_not_unsealed(root: Path) -> None:
    files = LocalFiles(root, KEY)
    files.put("plain", b"x" * 500)

    with pytest.raises(errors.FileDamaged):
        list(files.unseal("plain"))


# Choosing a store.


@pytest.mark.parametrize("form", ["{}", "file:{}", "file://{}", "file://localhost{}"])
def test_a_folder_is_named_by_a_path_or_a_file_url(form: str) -> None:
    with tempfile.TemporaryDirectory(prefix="opslag ") as folder:
        name = folder if form == "{}" else folder.replace(" ", "%20")
        open_files(form.format(name), KEY).put("a", b"x")

        assert (Path(folder) / "a").read_bytes() == b"x"


@pytest.mark.parametrize("url", ["http://host/x", "file://elders/x", "s3:///prefix", "s3://bucket?endpoint=http://x"])
def test_a_store_that_is_not_available_is_refused_in_clear_words(url: str) -> None:
    with pytest.raises(ValueError, match="STORAGE_URL"):
        open_files(url, KEY)


def test_a_short_integrity_key_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        LocalFiles(root, b"short")
