"""The archive that is written while it is sent, and names that every system can unpack."""

from __future__ import annotations

import io
import subprocess
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from portal.adapters.archive import Entry, stream
from portal.domain.archive_names import LONGEST, Names, safe
from portal.errors import FileMissing

AT = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def test_what_was_sent_unpacks_with_another_program_and_the_sums_hold(tmp_path):
    entries = [
        Entry("index.html", lambda: [b"<h1>", b"Alles</h1>"], is_packed=True),
        Entry("documenten/ervaring é.pdf", lambda: [b"%PDF-"] * 10),
        Entry("leeg.txt", list),
    ]
    (tmp_path / "a.zip").write_bytes(b"".join(stream(entries, AT)))

    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        kinds = {one.filename: one.compress_type for one in archive.infolist()}
        archive.extractall(tmp_path)
    checked = subprocess.run(["sha256sum", "-c", "sha256sums.txt"], cwd=tmp_path, capture_output=True, check=False)

    assert checked.returncode == 0, checked.stderr
    assert kinds["documenten/ervaring é.pdf"] == zipfile.ZIP_STORED
    assert kinds["index.html"] == zipfile.ZIP_DEFLATED


def test_a_file_that_cannot_be_read_becomes_a_note():
    def gone():
        yield b"half of it"
        raise FileMissing("weg")

    archive = zipfile.ZipFile(io.BytesIO(b"".join(stream([Entry("a.pdf", gone), Entry("b.pdf", lambda: [b"b"])], AT))))

    assert archive.namelist() == ["a.pdf - ONTBREEKT.txt", "b.pdf", "sha256sums.txt"]
    assert b"half of it" not in archive.read("a.pdf - ONTBREEKT.txt")


def test_memory_stays_flat_however_much_is_sent():
    piece = bytes(64 * 1024)
    entries = [Entry(f"{number}.pdf", lambda: (piece for _ in range(160))) for number in range(10)]  # 100 MiB

    tracemalloc.start()
    sent = sum(len(one) for one in stream(entries, AT))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent > 100 * 2**20
    assert peak < 2 * 2**20


@pytest.mark.parametrize(
    ("written", "unpacked"),
    [
        ("verklaring.pdf", "verklaring.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("a:b*c?.pdf", "a_b_c_.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("lpt1", "_lpt1"),
        ("naam. ", "naam"),
        ("factuur\u202egpj.exe", "factuurgpj.exe"),
        ("regel\r\neen.pdf", "regeleen.pdf"),
        ("", "naamloos"),
        ("...", "naamloos"),
        ("文件.pdf", "文件.pdf"),
        ("x" * 300 + ".pdf", "x" * (LONGEST - 4) + ".pdf"),
    ],
)
def test_a_name_becomes_one_that_can_be_unpacked(written, unpacked):
    assert safe(written) == unpacked


def test_two_of_one_name_get_a_number_in_any_case():
    names = Names()

    given_out = [names.path("documenten", one) for one in ("a.pdf", "A.PDF", "a.pdf", "b")]

    assert given_out == ["documenten/a.pdf", "documenten/A (2).PDF", "documenten/a (3).pdf", "documenten/b"]


@given(some.lists(some.text(max_size=200), min_size=1, max_size=5))
@example(["0\xa00", "regel\u2028einde"])
def test_any_names_give_safe_and_unique_paths(written):
    names = Names()

    paths = [names.path("map", one) for one in written]

    assert len({one.casefold() for one in paths}) == len(paths)
    for one in paths:
        folder, _, name = one.partition("/")
        assert (folder, "/" in name, "\\" in name) == ("map", False, False)
        assert name.strip(" .")
        assert name == name.rstrip(" .")
        assert name.isprintable()
