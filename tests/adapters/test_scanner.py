"""The malware scanner: only an explicit OK is clean, and one that is away never counts as one that found nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.adapters.scanner import ClamdScanner, open_scanner
from portal.errors import Unavailable
from portal.services import Verdict
from tests.clamd import EICAR, MARK, RealClamd, Wire, find_clamd

CLAMD = find_clamd()


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealClamd]:
    assert CLAMD is not None
    real = RealClamd(CLAMD, tmp_path_factory.mktemp("clamd"))
    yield real
    real.stop()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire().start()
    yield made
    made.stop()


@pytest.mark.skipif(CLAMD is None, reason="no clamd here; install the Debian package clamav-daemon to run this")
class TestTheRealOne:
    def test_a_clean_file_is_clean_and_the_test_virus_is_not(self, clamd: RealClamd) -> None:
        scanner = open_scanner(f"clamd+unix:{clamd.socket}")
        assert scanner is not None

        assert scanner.scan(iter([b"%PDF-1.7 an ordinary file"])).is_clean
        assert "Eicar-Test-Signature" in scanner.scan(iter([EICAR])).finding

    def test_a_virus_that_is_cut_into_pieces_is_found(self, clamd: RealClamd) -> None:
        scanner = ClamdScanner(str(clamd.socket))

        found = scanner.scan(iter([b"x" * 200_000 + MARK[:7], MARK[7:] + b"y" * 200_000]))

        assert "Voordeur.Proefvirus" in found.finding

    def test_the_largest_file_that_may_be_uploaded_fits_and_a_larger_one_gets_no_verdict(
        self, clamd: RealClamd
    ) -> None:
        scanner = ClamdScanner(str(clamd.socket))

        assert scanner.scan(iter([bytes(1_000_000)] * 25)).is_clean
        with pytest.raises(Unavailable, match="geen oordeel"):
            scanner.scan(iter([bytes(1_000_000)] * 30))


def test_what_is_streamed_is_the_file_in_its_order(wire: Wire) -> None:
    content = [bytes([number]) * 100_000 for number in range(5)]

    verdict = ClamdScanner(wire.address).scan(iter(content))

    assert verdict == Verdict("")
    assert wire.heard == [b"".join(content)]


def test_an_empty_stream_is_judged_too(wire: Wire) -> None:
    assert ClamdScanner(wire.address).scan(iter([])).is_clean
    assert wire.heard == [b""]


def test_what_was_found_is_named(wire: Wire) -> None:
    wire.answer = b"stream: Win.Test.EICAR_HDB-1 FOUND\0"

    verdict = ClamdScanner(wire.address).scan(iter([b"x"]))

    assert (verdict.is_clean, verdict.finding) == (False, "Win.Test.EICAR_HDB-1")


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"stream: OK",
        b"OK\0",
        b"stream: OK ERROR\0",
        b"stream: ok\0",
        b"UNKNOWN COMMAND\0",
        b"\xff\xfe garbage \0",
        b"\0",
        b"",
        b"x" * 10_000,
    ],
)
def test_any_other_answer_is_no_verdict(wire: Wire, answer: bytes) -> None:
    wire.answer = answer

    with pytest.raises(Unavailable):
        ClamdScanner(wire.address, timeout=5).scan(iter([b"x"]))


def test_a_scanner_that_stops_listening_says_why(wire: Wire) -> None:
    wire.mode, wire.answer = "stops listening", b"INSTREAM size limit exceeded. ERROR\0"

    with pytest.raises(Unavailable):
        ClamdScanner(wire.address).scan(iter([bytes(60_000)] * 200))


def test_a_scanner_that_hangs_is_unavailable(wire: Wire) -> None:
    wire.mode = "hangs"

    with pytest.raises(Unavailable, match="antwoordt niet"):
        ClamdScanner(wire.address, timeout=0.3).scan(iter([b"x"]))


@pytest.mark.parametrize("address", ["/nowhere/clamd.sock", ("127.0.0.1", 1)])
def test_a_scanner_that_is_not_there_is_unavailable(address: str | tuple[str, int]) -> None:
    with pytest.raises(Unavailable, match="antwoordt niet"):
        ClamdScanner(address).scan(iter([b"x"]))


def test_after_silence_it_is_left_alone_for_a_while_and_then_asked_again(wire: Wire) -> None:
    wire.mode = "hangs"
    scanner = ClamdScanner(wire.address, timeout=0.2, pause=1000)
    impatient = ClamdScanner(wire.address, timeout=0.2, pause=0)
    for one in (scanner, impatient):
        with pytest.raises(Unavailable):
            one.scan(iter([b"first"]))
    wire.mode = ""

    with pytest.raises(Unavailable):
        scanner.scan(iter([b"second"]))

    assert impatient.scan(iter([b"third"])).is_clean
    assert wire.heard[-1] == b"third"
    assert b"second" not in wire.heard


def test_without_the_setting_there_is_no_scanner_and_a_wrong_one_stops_the_start(tmp_path: Path) -> None:
    assert open_scanner("") is None
    for url in ("clamd:", "http://scanner:3310", "clamd+unix:relative.sock", "clamd+unix://host/x"):
        with pytest.raises(ValueError, match="SCANNER_URL"):
            open_scanner(url)
