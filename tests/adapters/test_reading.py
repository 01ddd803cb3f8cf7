"""The words and signatures of documents: read in a confined process, and never more than a document can bear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO

import pikepdf
import pytest
from cryptography.hazmat.primitives import serialization

from portal.adapters.assembly import build_services
from portal.adapters.reading import SandboxedReader
from portal.adapters.signing import PadesSigner, TestAuthority
from portal.cli import sample_documents
from portal.errors import FileRefused
from portal.services import ReadContent, Signatory
from tests import readable
from tests.adapters.test_inspection import pdf_with, picture

NOW = datetime(2019, 7, 15, 8, 0, tzinfo=UTC)
SIGNED_AT = datetime(2019, 6, 12, 11, 37, tzinfo=UTC)
ISSUER = Signatory("J. de Griffier", "Waarmerk", "Register van Voorbeelden")


def root_of(authority: TestAuthority) -> bytes:
    return authority.root.public_bytes(serialization.Encoding.PEM)


def read(data: bytes, certificates: bytes = b"", **limits: float) -> ReadContent:
    return SandboxedReader(certificates, **limits).read(_pieces(data), NOW)


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 65_536):
        yield data[start : start + 65_536]


@pytest.fixture(scope="module")
def extract() -> bytes:
    return readable.pdf(readable.kvk_extract())


@pytest.fixture(scope="module")
def signed(extract, test_authority) -> bytes:
    """The extract, signed by its issuer and stamped by a time-stamp authority."""
    return PadesSigner(test_authority).sign(extract, field="Waarmerk", signatory=ISSUER, at=SIGNED_AT, final=False)


# --- the words ---


def test_the_text_layer_is_read_page_by_page():
    content = read(readable.pdf("<p>Eén: € 5 – «ja»</p><p style='break-before: page'>Twee</p>"))

    assert [one.strip() for one in content.pages] == ["Eén: € 5 – «ja»", "Twee"]
    assert (content.total, content.signatures, content.is_signed_unread) == (2, (), False)


def test_a_sample_of_the_demonstration_reads_as_it_says_it_does():
    says = ("hkz_certificate", "Stichting De Linde", "12345678", date(2019, 5, 1), date(2021, 5, 1), "VB-1")

    content = read(sample_documents.make(*says))

    assert "\n".join(content.pages).split() == sample_documents.text(*says).split()


def test_a_scan_and_a_photograph_have_no_text():
    assert read(pdf_with(pages=3)).pages == ("", "", "")
    assert read(picture("JPEG")) == ReadContent((), 1)


def test_emoji_and_letters_of_every_script_come_through_without_control_characters():
    content = read(readable.pdf("<p>מזהה 👩‍🦽 لقب \u202egnal\u202c</p><p>Łódź</p>"))

    text = content.pages[0]
    assert "Łódź" in text
    assert "\u202e" not in text
    text.encode()


def test_of_a_text_of_a_million_characters_the_beginning_is_read():
    content = read(readable.long_text())

    assert 100_000 < sum(len(one) for one in content.pages) <= 200_100


def test_of_two_thousand_pages_the_first_sixty_are_read():
    content = read(pdf_with(pages=2000))

    assert (len(content.pages), content.total) == (60, 2000)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"%PDF-1.7 and then nothing that is a PDF", "unreadable"),
        (pdf_with(encryption=pikepdf.Encryption(user="geheim", owner="geheim")), "password"),
    ],
)
def test_what_cannot_be_read_is_refused_and_never_a_crash(data, rule):
    with pytest.raises(FileRefused) as refused:
        read(data)

    assert refused.value.rule == rule


def test_a_reader_that_takes_too_long_is_stopped():
    with pytest.raises(FileRefused) as refused:
        read(readable.long_text(), wall=0.01)

    assert refused.value.rule == "heavy"


# --- the signatures ---


def test_a_signature_of_a_trusted_issuer_is_recognised_with_its_signer_and_its_time(signed, test_authority):
    content = read(signed, root_of(test_authority))

    (found,) = content.signatures
    assert (found.signer, found.organisation) == ("J. de Griffier", "Register van Voorbeelden")
    assert found.signed_at == SIGNED_AT
    assert (found.is_trusted, found.is_time_vouched, found.is_whole) == (True, True, True)
    assert "Uittreksel" in content.pages[0]


def test_a_signature_of_an_issuer_that_nobody_named_is_whole_but_not_trusted(signed, tmp_path):
    for roots in (b"", root_of(TestAuthority(tmp_path / "another"))):
        (found,) = read(signed, roots).signatures

        assert (found.is_trusted, found.is_time_vouched, found.is_whole) == (False, False, True)
        assert found.organisation == "Register van Voorbeelden"


def test_a_document_that_was_written_in_after_signing_is_not_whole(signed, test_authority):
    (found,) = read(readable.edited(signed), root_of(test_authority)).signatures

    assert (found.is_trusted, found.is_whole) == (True, False)


def test_a_document_of_which_one_signed_byte_was_changed_is_not_whole(signed, test_authority):
    at = signed.index(b"/MediaBox")
    changed = signed[:at] + signed[at:].replace(b"595", b"594", 1)
    assert changed != signed

    content = read(changed, root_of(test_authority))

    assert [one.is_whole for one in content.signatures] == [False]


def test_a_second_signature_does_not_break_the_first(signed, test_authority):
    both = PadesSigner(test_authority).sign(
        signed, field="Tweede", signatory=Signatory("T. Tweede", "", "Notariskantoor"), at=SIGNED_AT, final=False
    )

    found = read(both, root_of(test_authority)).signatures

    assert [(one.organisation, one.is_whole) for one in found] == [
        ("Register van Voorbeelden", True),
        ("Notariskantoor", True),
    ]


def test_a_signature_that_cannot_be_judged_leaves_the_words(signed, extract):
    at = signed.index(b"/Contents <") + len(b"/Contents <")
    broken = signed[:at] + b"00" * 400 + signed[at + 800 :]

    content = read(broken)

    assert content.is_signed_unread
    assert content.signatures == ()
    assert "Uittreksel" in content.pages[0]
    assert not read(extract).is_signed_unread


def test_a_file_that_only_claims_to_be_signed_is_no_crash():
    def claim(pdf: pikepdf.Pdf) -> None:
        made = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 99999999], Contents=pikepdf.String("x"))
        field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String("A"), V=pdf.make_indirect(made))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[pdf.make_indirect(field)], SigFlags=3)

    content = read(pdf_with(claim))

    assert (content.pages, content.signatures) == (("",), ())


def test_a_setting_without_certificates_stops_the_start(tmp_path):
    path = tmp_path / "issuers.pem"
    path.write_text("no certificate")
    config = {
        "INSTANCE": tmp_path, "PORTAL_URL": "http://portaal.test", "DEMO": False, "MAIL_URL": f"folder:{tmp_path}",
        "MAIL_SENDER": "v@v.example", "STORAGE_URL": f"file:{tmp_path / 'files'}",
    }  # fmt: skip

    for wrong in (str(path), str(tmp_path / "missing.pem")):
        with pytest.raises(ValueError, match="SIGNATURE_CERTIFICATES"):
            build_services({**config, "SIGNATURE_CERTIFICATES": wrong})


def test_what_is_written_in_a_certificate_is_cut_and_cleaned(extract, test_authority):
    name = Signatory("A\u202eB" + "x" * 300, "", "Bedrijf")
    signed = PadesSigner(test_authority).sign(extract, field="Een", signatory=name, at=SIGNED_AT, final=False)

    (found,) = read(signed).signatures

    assert found.signer.startswith("ABx")
    assert len(found.signer) <= 200


# --- what a file says of itself ---


def made_by(producer: str, made: str, changed: str = "", *, edits: int = 0, linearize: bool = False) -> bytes:
    """The extract with these properties, written to `edits` times more."""
    out = BytesIO()
    with pikepdf.open(BytesIO(readable.pdf(readable.kvk_extract()))) as pdf:
        pdf.docinfo["/Producer"], pdf.docinfo["/CreationDate"] = producer, made
        if changed:
            pdf.docinfo["/ModDate"] = changed
        pdf.save(out, linearize=linearize)
    data = out.getvalue()
    for _ in range(edits):
        data = readable.edited(data)
    return data


def test_a_file_says_with_what_and_when_it_was_made():
    content = read(made_by("GIMP 2.10", "D:20190612133700+02'00'", "D:20190701080000Z"))

    assert content.properties == {
        "producer": "GIMP 2.10",
        "creator": "",
        "made_at": "2019-06-12T11:37:00+00:00",
        "changed_at": "2019-07-01T08:00:00+00:00",
        "revisions": 1,
    }


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("D:2019", "2019-01-01T00:00:00+00:00"), ("D:20191399", ""), ("12 juni 2019", ""), ("D:9999123112-23'00'", "")],
)
def test_a_date_that_is_none_is_left_out(written, read_as):
    assert read(made_by("x", written)).properties["made_at"] == read_as


def test_each_time_that_a_file_was_written_to_counts_and_one_made_for_the_web_counts_once():
    assert read(made_by("x", "D:2019", edits=2)).properties["revisions"] == 3
    assert read(made_by("x", "D:2019", linearize=True)).properties["revisions"] == 1
