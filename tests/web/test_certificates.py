"""The close certificate for everybody: what it says, its files, and the question whether a receipt is in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select

from portal.domain import proofs, receipts
from portal.models import CloseCertificate, Submission
from tests.conftest import Browser

FORGED = (
    b'{"kind": "ontvangstbewijs", "receipt_number": "OB-1", "digest": "ab", "authority": "%s", "procedure": "p",'
    b' "round": "r", "submitted_at": "%s"}'
)
PAGE = "/procedures/meierij/meierij-2020/rondes/2020-1/sluitingscertificaat"


@pytest.fixture
def world(closed):
    return closed.world


@pytest.fixture
def visitor(closed):
    return Browser(closed.app, closed.world)


@pytest.fixture
def receipt(closed):
    """Anna's receipt in the closed round: the application, its number, digest and PDF."""
    with closed.world.database.reading() as db:
        found = db.scalars(select(Submission).where(Submission.application_id == closed.application)).one()
        return {
            "application": closed.application,
            "id": found.id,
            "number": found.receipt_number,
            "digest": found.digest,
            "pdf": closed.world.services.files.read(found.receipt_key),
        }


def ask(browser: Browser, data: dict, page: str = PAGE):
    return browser.post(page, data, content_type="multipart/form-data")


def test_the_page_says_what_was_certified_and_by_whom(visitor, receipt):
    page = visitor.get(PAGE).get_data(as_text=True)

    assert "Dit certificaat is definitief" in page
    assert "dinsdag 1 oktober 2019, 12.00.00 uur" in page
    assert "VOORDEUR TEST TSA" in page
    assert PAGE in visitor.get("/procedures/meierij/meierij-2020").get_data(as_text=True)


def test_before_the_closing_there_is_no_certificate(visitor):
    answer = visitor.get(PAGE.replace("2020-1", "2020-2"))

    assert answer.status_code == 409
    assert "direct na het sluiten" in answer.text
    assert visitor.get(PAGE.replace("2020-1", "1999-1")).status_code == 404


def test_number_and_digest_get_yes_with_the_way_to_the_root(visitor, receipt):
    spaced = " ".join(receipt["digest"][at : at + 4].upper() for at in range(0, 64, 4))

    answer = ask(visitor, {"receipt_number": f" {receipt['number'].lower()} ", "digest": spaced})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Ja, uw ontvangstbewijs zit erin" in page
    assert "Telt mee" in page
    assert "Zo rekent u het na" in page


@pytest.mark.parametrize(
    "change", [{"digest": "0" * 64}, {"receipt_number": "OB-2020-1-AAAA-BBBB-CCCC"}], ids=["digest", "number"]
)
def test_another_number_or_digest_gets_a_clear_no(visitor, receipt, change):
    answer = ask(visitor, {"receipt_number": receipt["number"], "digest": receipt["digest"], **change})

    assert answer.status_code == 200
    assert "Nee, dit ontvangstbewijs zit er niet in" in answer.text
    assert "Ja, uw" not in answer.text


def test_the_pdf_of_the_receipt_is_enough(visitor, receipt):
    answer = ask(visitor, {"bestand": (BytesIO(receipt["pdf"]), "ontvangstbewijs.pdf")})

    assert answer.status_code == 200
    assert "Ja, uw ontvangstbewijs zit erin" in answer.text


def changed_pdf(pdf: bytes, name: str, content: bytes) -> bytes:
    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name)
        document.save(target)
    return target.getvalue()


def test_a_pdf_whose_content_was_changed_gets_no(visitor, receipt):
    forged = changed_pdf(receipt["pdf"], "manifest.json", b'{"organisation": "another"}')

    answer = ask(visitor, {"bestand": (BytesIO(forged), "ontvangstbewijs.pdf")})

    assert "Nee, dit ontvangstbewijs zit er niet in" in answer.text
    assert "past niet bij de inhoud" in answer.text


def test_a_receipt_of_another_round_is_sent_there(visitor, world, receipt):
    other = json.dumps(
        {
            "kind": "ontvangstbewijs", "receipt_number": "OB-2020-2-AAAA-BBBB-CCCC", "digest": "0" * 64,
            "submitted_at": "2019-12-01T10:00:00+00:00", "authority": "meierij", "procedure": "meierij-2020",
            "round": "2020-2",
        }
    ).encode()  # fmt: skip

    answer = ask(visitor, {"bestand": (BytesIO(changed_pdf(receipt["pdf"], "ontvangstbewijs.json", other)), "o.pdf")})

    assert "van een andere ronde" in answer.text
    assert PAGE.replace("2020-1", "2020-2") in answer.text


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, "64 tekens"),
        ({"receipt_number": "<script>", "digest": "x"}, "begint met OB"),
        ({"receipt_number": "OB-2020-1-AAAA-BBBB-CCCC", "digest": "é" * 64}, "64 tekens"),
        ({"bestand": (BytesIO(b"no pdf"), "x.pdf")}, "klopt niet met de naam"),
        ({"bestand": (BytesIO(b"%PDF-1.7 broken"), "x.pdf")}, "beschadigd"),
    ],
)
def test_nonsense_is_refused_with_the_way_out(visitor, receipt, data, why):
    answer = ask(visitor, data)

    assert answer.status_code == 422
    assert why in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "card",
    [
        b"[" * 200_000,
        b"[]",
        b"\xff",
        b'{"kind": "ontvangstbewijs"}',
        b'{"kind": "anders", "receipt_number": "OB-1"}',
        FORGED % (b"\\ud800", b"2020-01-01T00:00:00+00:00"),
        FORGED % (b"", b"2020-01-01T00:00:00+00:00"),
        FORGED % (b"meierij", b"2020-01-01T00:00:00"),
        FORGED % (b"meierij", b"0001-01-01T00:00:00+23:59"),
    ],
)
def test_a_card_that_somebody_made_up_is_no_receipt(card):
    with pytest.raises(ValueError, match="no receipt"):
        receipts.read_card({"ontvangstbewijs.json": card})


def test_a_pdf_with_a_made_up_card_is_refused(visitor, receipt):
    forged = changed_pdf(receipt["pdf"], "ontvangstbewijs.json", b"[" * 200_000)

    answer = ask(visitor, {"bestand": (BytesIO(forged), "ontvangstbewijs.pdf")})

    assert (answer.status_code, "geen ontvangstbewijs van dit portaal" in answer.text) == (422, True)


def test_a_pdf_that_is_no_receipt_and_a_file_that_is_too_large_are_refused(visitor, receipt):
    empty = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(empty)
    empty.seek(0)

    other = ask(visitor, {"bestand": (empty, "x.pdf")})
    large = visitor.client.post(PAGE, data=bytes(7_000_000), content_type="multipart/form-data; boundary=x")

    assert (other.status_code, "geen ontvangstbewijs van dit portaal" in other.text) == (422, True)
    assert large.status_code == 413


def test_the_files_are_what_the_page_says(visitor, world, receipt):
    with world.database.reading() as db:
        found = db.scalars(select(CloseCertificate).where(CloseCertificate.round_id == world.rounds["2020-1"])).one()

    files = {
        name: visitor.get(f"{PAGE}/{name}")
        for name in ("verklaring.json", "tijdstempel.tsr", "vingerafdrukken.json", "certificaten.pem")
    }

    assert {name: one.status_code for name, one in files.items()} == dict.fromkeys(files, 200)
    digest = hashlib.sha256(files["verklaring.json"].data)
    assert digest.hexdigest() == found.digest
    assert world.services.timestamps.verify(files["tijdstempel.tsr"].data, digest.digest()).at == found.stamped_at
    held = proofs.read_certificate(
        files["verklaring.json"].data, files["tijdstempel.tsr"].data, files["vingerafdrukken.json"].data
    )
    assert proofs.root_holds(held)
    assert not proofs.root_holds(replace(held, leaves=held.leaves[:-1]))
    assert visitor.get(f"{PAGE}/sluitingscertificaat.pdf").data.startswith(b"%PDF")
    assert visitor.get(f"{PAGE}/anders.json").status_code == 404


def test_the_leaves_name_nobody(visitor, world, receipt):
    text = visitor.get(f"{PAGE}/vingerafdrukken.json").text + visitor.get(f"{PAGE}/verklaring.json").text

    assert receipt["number"] not in text
    assert receipt["digest"] not in text
    assert "Linde" not in text


def test_the_certificates_pdf_carries_all_that_is_needed(visitor, world, receipt):
    pdf = visitor.get(f"{PAGE}/sluitingscertificaat.pdf").data

    names = ("verklaring.json", "tijdstempel.tsr", "vingerafdrukken.json")
    attached = world.services.inspector.attached(iter([pdf]), *names)

    assert set(attached) == set(names)
    assert all(attached[name] == visitor.get(f"{PAGE}/{name}").data for name in names)


@pytest.fixture
def unstamped(world, receipt):
    """The same round as if no authority of time had answered yet."""
    with world.database.transaction() as db:
        found = db.scalars(select(CloseCertificate).where(CloseCertificate.round_id == world.rounds["2020-1"])).one()
        found.token, found.stamped_at, found.pdf_key = None, None, None
        found.stamp_authority, found.next_try_at = "", world.clock() + timedelta(minutes=1)
    return receipt


def test_without_a_stamp_the_page_says_that_it_follows_and_gives_no_token(visitor, unstamped):
    page = visitor.get(PAGE).text

    assert "Tijdstempel volgt" in page
    assert "Dit certificaat is definitief" not in page
    assert visitor.get(f"{PAGE}/tijdstempel.tsr").status_code == 404
    assert visitor.get(f"{PAGE}/sluitingscertificaat.pdf").status_code == 404
    assert visitor.get(f"{PAGE}/verklaring.json").status_code == 200


def test_without_a_stamp_the_answer_is_yes_and_says_that_it_is_not_final(visitor, unstamped):
    page = ask(visitor, {"receipt_number": unstamped["number"], "digest": unstamped["digest"]}).text

    assert "Ja, uw ontvangstbewijs zit erin" in page
    assert "is dit certificaat niet definitief" in page


def test_the_applicants_receipt_shows_the_proof_and_gives_it_as_a_file(closed, world, receipt):
    anna = closed.browser("anna")
    address = f"/aanmeldingen/{receipt['application']}/ontvangst/{receipt['id']}"

    page = anna.get(address).text
    file = anna.get(f"{address}/bewijs.json")

    assert "Deze indiening zit in het sluitingscertificaat" in page
    proof, held = proofs.read_file(file.data)
    assert proof.holds
    assert proof.receipt.receipt_number == receipt["number"]
    assert world.services.timestamps.verify(held.token, held.digest)
    assert closed.browser("karim").get(f"{address}/bewijs.json").status_code == 404


def test_the_dashboard_of_a_round_leads_to_its_certificate(closed, official):
    assert PAGE in official("renske").get(f"/rondes/{closed.round}").text
