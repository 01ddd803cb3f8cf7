"""PAdES signatures: two parties, one after the other, and every way to tamper with what they signed."""

from __future__ import annotations

import asyncio
import re
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from portal import errors
from portal.adapters.signing import PadesSigner, TestAuthority
from portal.services import Signatory, SignatureReport

PROVIDER = Signatory("J. de Vries", "bestuurder", "Stichting Het Anker")
MUNICIPALITY = Signatory("A. Bakker", "wethouder", "Gemeente Proefpolder")
MORNING = datetime(2026, 12, 1, 9, 30, 15, tzinfo=UTC)
AFTERNOON = datetime(2026, 12, 3, 14, 0, 0, tzinfo=UTC)


@pytest.fixture
def signed_once(signer: PadesSigner, letter: bytes) -> bytes:
    return signer.sign(letter, field="Opdrachtnemer", signatory=PROVIDER, at=MORNING, final=False)


@pytest.fixture
def signed_twice(signer: PadesSigner, signed_once: bytes) -> bytes:
    return signer.sign(signed_once, field="Gemeente", signatory=MUNICIPALITY, at=AFTERNOON, final=True)


def good(field: str, signatory: Signatory, at: datetime) -> SignatureReport:
    return SignatureReport(field, signatory.name, signatory.organisation, at, True, True, True)


def test_both_signatures_verify_with_name_organisation_and_time(signer: PadesSigner, signed_twice: bytes) -> None:
    assert list(signer.verify(signed_twice)) == [
        good("Opdrachtnemer", PROVIDER, MORNING),
        good("Gemeente", MUNICIPALITY, AFTERNOON),
    ]


def test_a_document_without_signatures_has_no_reports(signer: PadesSigner, letter: bytes) -> None:
    assert list(signer.verify(letter)) == []


def test_a_signature_only_adds_bytes(letter: bytes, signed_once: bytes, signed_twice: bytes) -> None:
    assert signed_once.startswith(letter)
    assert signed_twice.startswith(signed_once)


def test_an_independent_reader_calls_both_signatures_valid(signed_twice: bytes, tmp_path: Path) -> None:
    path = tmp_path / "overeenkomst.pdf"
    path.write_bytes(signed_twice)

    report = subprocess.run(
        ["pdfsig", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    ).stdout

    assert re.findall(r"Signature Validation: (.*)", report) == ["Signature is Valid."] * 2
    assert re.findall(r"Common Name: (.*)", report) == ["J. de Vries", "A. Bakker"]
    assert re.findall(r"Signing Time: (.*)", report) == ["Dec 01 2026 09:30:15", "Dec 03 2026 14:00:00"]
    assert re.findall(r"Signature Type: (.*)", report) == ["ETSI.CAdES.detached"] * 2
    assert report.count("GEEN RECHTSKRACHT") == 2


def test_signing_keeps_a_document_archival_and_accessible(
    signed_twice: bytes, faults: Callable[[bytes], list[str]]
) -> None:
    assert faults(signed_twice) == []


def test_a_changed_byte_breaks_the_signatures_over_it(signer: PadesSigner, signed_twice: bytes) -> None:
    at = 12  # in the comment on the second line, which every reader skips
    changed = signed_twice[:at] + bytes([signed_twice[at] ^ 1]) + signed_twice[at + 1 :]

    assert [report.is_intact for report in signer.verify(changed)] == [False, False]


def test_a_revision_added_afterwards_is_noticed(signer: PadesSigner, signed_twice: bytes) -> None:
    target = BytesIO()
    writer = IncrementalPdfFileWriter(BytesIO(signed_twice))
    writer.root["/Lang"] = writer.root["/Lang"].__class__("de")
    writer.update_root()
    writer.write(target)

    reports = signer.verify(target.getvalue())

    assert [(report.is_intact, report.covers_rest) for report in reports] == [(True, False), (True, False)]


def test_a_document_written_again_is_noticed(signer: PadesSigner, signed_twice: bytes) -> None:
    target = BytesIO()
    with pikepdf.open(BytesIO(signed_twice)) as document:
        document.save(target)

    assert [report.is_intact for report in signer.verify(target.getvalue())] == [False, False]


def test_a_signature_of_another_authority_is_intact_but_not_trusted(signed_twice: bytes, tmp_path: Path) -> None:
    stranger = PadesSigner(TestAuthority(tmp_path / "other"))

    reports = stranger.verify(signed_twice)

    assert [(report.is_intact, report.is_trusted) for report in reports] == [(True, False), (True, False)]


def test_a_field_is_signed_once(signer: PadesSigner, signed_once: bytes) -> None:
    with pytest.raises(errors.Refused, match="al ondertekend"):
        signer.sign(signed_once, field="Opdrachtnemer", signatory=PROVIDER, at=AFTERNOON, final=False)


def test_more_than_one_provider_can_sign_before_the_municipality(signer: PadesSigner, signed_once: bytes) -> None:
    partner = Signatory("C. Jansen", "voorzitter", "Coöperatie De Brug U.A.")

    pdf = signer.sign(signed_once, field="Combinant", signatory=partner, at=AFTERNOON, final=False)
    pdf = signer.sign(pdf, field="Gemeente", signatory=MUNICIPALITY, at=AFTERNOON, final=True)

    assert list(signer.verify(pdf)) == [
        good("Opdrachtnemer", PROVIDER, MORNING),
        good("Combinant", partner, AFTERNOON),
        good("Gemeente", MUNICIPALITY, AFTERNOON),
    ]


def test_nobody_signs_after_the_final_signature(signer: PadesSigner, signed_twice: bytes) -> None:
    with pytest.raises(errors.Refused, match="definitief"):
        signer.sign(signed_twice, field="Derde", signatory=PROVIDER, at=AFTERNOON, final=False)


@pytest.mark.parametrize("data", [b"", b"geen pdf", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_refused(signer: PadesSigner, data: bytes) -> None:
    with pytest.raises(errors.FileRefused):
        signer.verify(data)
    with pytest.raises(errors.FileRefused):
        signer.sign(data, field="X", signatory=PROVIDER, at=MORNING, final=False)


def test_long_names_and_an_empty_function_fit_in_a_certificate(signer: PadesSigner, letter: bytes) -> None:
    long = Signatory("É" * 40, "", "Stichting " + "x" * 100)

    (report,) = signer.verify(signer.sign(letter, field="A", signatory=long, at=MORNING, final=True))

    assert report.name == "É" * 32
    assert report.is_trusted


def test_the_authority_is_made_once_and_says_that_it_is_a_test(tmp_path: Path) -> None:
    folder = tmp_path / "instance" / "ca"

    with ThreadPoolExecutor(4) as pool:
        authorities = list(pool.map(TestAuthority, [folder] * 4))

    assert len({authority.root for authority in authorities}) == 1
    assert "GEEN RECHTSKRACHT" in authorities[0].issuing.subject.rfc4514_string()
    assert TestAuthority(folder).root == authorities[0].root
    assert [path.name for path in folder.parent.iterdir()] == ["ca"]


def test_the_keys_of_the_authority_are_for_the_owner_only(tmp_path: Path) -> None:
    TestAuthority(tmp_path / "ca")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "ca").glob("*.key")}

    assert modes == {"issuing.key": 0o600, "tsa.key": 0o600}
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")

    with pytest.raises(ValueError, match="test authority"):
        TestAuthority(tmp_path)


def test_signing_works_inside_an_event_loop_too(signer: PadesSigner, letter: bytes) -> None:
    async def inside() -> int:
        signed = signer.sign(letter, field="Zorgaanbieder", signatory=PROVIDER, at=MORNING, final=False)
        return len(signer.verify(signed))

    # in a thread, because a browser test before this one may have left its own loop in this one
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(inside())).result() == 1
