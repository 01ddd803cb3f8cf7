"""The public page that says whether a receipt holds, and whether a file is part of it."""

from __future__ import annotations

import json
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select

from portal.models import Document, Submission
from tests.conftest import Browser

PAGE = "/ontvangstbewijs-controleren"


@pytest.fixture
def world(closed):
    return closed.world


@pytest.fixture
def visitor(closed):
    """Somebody without an account."""
    return Browser(closed.app, closed.world)


@pytest.fixture
def receipt(closed):
    """Anna's receipt: number, digest, PDF, and the bytes of one file that it names."""
    with closed.world.database.reading() as db:
        found = db.scalars(select(Submission).where(Submission.application_id == closed.application)).one()
        named = next(one for one in found.content["files"] if one["requirement"])
        document = db.get_one(Document, named["document_id"])
        files = closed.world.services.files
        return {
            "number": found.receipt_number,
            "digest": found.digest,
            "pdf": files.read(found.receipt_key),
            "file": files.read(document.storage_key),
            "filename": document.filename,
            "sha256": document.sha256,
        }


def ask(browser: Browser, **data):
    files = {name: (BytesIO(one), f"{name}.pdf") if isinstance(one, bytes) else one for name, one in data.items()}
    return browser.post(PAGE, files, content_type="multipart/form-data")


def changed(pdf: bytes, name: str, content: bytes) -> bytes:
    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name)
        document.save(target)
    return target.getvalue()


def test_the_pdf_alone_is_enough_and_shows_every_check(visitor, receipt):
    answer = ask(visitor, bestand=receipt["pdf"])

    assert answer.status_code == 200
    assert "Ja, dit klopt" in answer.text
    for question in (
        "Het controlegetal past bij de inhoud:</b> ja",
        "Het portaal bewaarde dezelfde indiening:</b> ja",
        "Wat het portaal bewaart, geeft hetzelfde controlegetal:</b> ja",
        "Het ontvangstbewijs zit in het sluitingscertificaat:</b> ja",
        "Het tijdstempel klopt:</b> ja",
    ):
        assert question in answer.text
    assert receipt["filename"] in answer.text


def test_number_and_digest_are_enough_too_and_give_no_list_of_files(visitor, receipt):
    answer = ask(visitor, receipt_number=receipt["number"].lower(), digest=receipt["digest"].upper())

    assert "Ja, dit klopt" in answer.text
    assert "Het ontvangstbewijs zit in het sluitingscertificaat:</b> ja" in answer.text
    assert receipt["filename"] not in answer.text


def test_a_wrong_digest_and_an_unknown_number_get_the_same_answer(visitor, receipt):
    wrong = ask(visitor, receipt_number=receipt["number"], digest="0" * 64).text
    unknown = ask(visitor, receipt_number="OB-2020-1-AAAA-BBBB-CCCC", digest="0" * 64).text

    for page in (wrong, unknown):
        assert "Nee, dit klopt niet" in page
        assert "Het portaal kent dit ontvangstbewijs:</b> nee" in page


def test_a_file_that_was_handed_in_is_part_of_the_receipt_and_another_is_not(visitor, receipt):
    ours = ask(visitor, bestand=receipt["pdf"], stuk=receipt["file"])
    by_number = ask(visitor, receipt_number=receipt["number"], digest=receipt["digest"], stuk=receipt["file"])
    other = ask(visitor, bestand=receipt["pdf"], stuk=receipt["file"] + b" ")

    for answer in (ours, by_number):
        assert "Het bestand stuk.pdf hoort bij dit ontvangstbewijs:</b> ja" in answer.text
        assert "Ja, dit klopt" in answer.text
    assert "Het bestand stuk.pdf hoort bij dit ontvangstbewijs:</b> nee" in other.text
    assert "Het ontvangstbewijs klopt, maar dit bestand hoort er niet bij" in other.text


def test_the_checksum_of_a_file_can_be_typed_instead(visitor, receipt):
    yes = ask(visitor, bestand=receipt["pdf"], file_digest=receipt["sha256"].upper())
    nonsense = ask(visitor, bestand=receipt["pdf"], file_digest="abc")

    assert "hoort bij dit ontvangstbewijs:</b> ja" in yes.text
    assert nonsense.status_code == 422
    assert "64 cijfers" in nonsense.text


def test_nothing_of_what_came_in_is_kept(visitor, receipt, world):
    before = sorted(world.services.files.keys("", world.clock().replace(year=2099)))

    ask(visitor, bestand=receipt["pdf"], stuk=b"iets geheims")

    assert sorted(world.services.files.keys("", world.clock().replace(year=2099))) == before


def test_a_file_larger_than_what_is_held_is_still_compared(visitor, receipt):
    answer = ask(visitor, bestand=receipt["pdf"], stuk=b"%PDF-" + bytes(7_000_000))

    assert answer.status_code == 200
    assert "hoort bij dit ontvangstbewijs:</b> nee" in answer.text


def test_a_changed_pdf_and_what_is_no_receipt_say_so(visitor, receipt):
    forged = ask(visitor, bestand=changed(receipt["pdf"], "manifest.json", b'{"files": []}'))
    nothing = ask(visitor, bestand=b"%PDF-nonsense")

    assert "Het controlegetal past bij de inhoud:</b> nee" in forged.text
    assert nothing.status_code == 422


def test_a_receipt_with_a_changed_moment_does_not_hold(visitor, receipt):
    with pikepdf.open(BytesIO(receipt["pdf"])) as document:
        card = json.loads(document.attachments["ontvangstbewijs.json"].get_file().read_bytes())
    card["submitted_at"] = "2019-07-01T08:00:00.000000+00:00"

    answer = ask(visitor, bestand=changed(receipt["pdf"], "ontvangstbewijs.json", json.dumps(card).encode()))

    assert "Nee, dit klopt niet" in answer.text


def test_an_empty_form_asks_for_a_receipt(visitor):
    answer = ask(visitor)

    assert answer.status_code == 422
    assert "Vul het kenmerk in" in answer.text


def test_the_mail_names_the_checksum_of_every_file_but_never_the_bibob_form(world, receipt):
    from portal.models import Message

    with world.database.reading() as db:
        facts = db.scalars(select(Message).where(Message.template == "receipt")).first().facts
        text = world.services.mail.render("receipt", {**facts, "portal_url": "https://voordeur.example"})[1]
        names = [
            one for sub in db.scalars(select(Submission)) if sub.receipt_number == facts["receipt"]
            for one in sub.content["files"]
        ]  # fmt: skip

    assert len(facts["files"]) > 5
    assert all(one["sha256"] in text for one in names if one["requirement"])
    assert not any(one["sha256"] in text for one in names if not one["requirement"])
    assert "bij 'Ontvangstbewijs controleren'" in text
