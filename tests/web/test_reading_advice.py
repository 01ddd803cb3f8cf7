"""What the portal read in a file that was handed in, beside that file in the dossier: advice, never a verdict."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.cli import cast
from portal.models import Document, DocumentReading, Evidence, Finding

KIND = "hkz_certificate"


def read(closed, document_id, found, **more):
    """The portal read this in a document."""
    fields = {"outcome": "text", "found": found, "signatures": [], "is_signed_unread": False, "bsn_pages": []}
    with closed.world.database.transaction() as db:
        document = db.get_one(Document, document_id)
        moment = closed.world.clock()
        document.reading, document.read_at = None, moment
        db.flush()
        numbers = {"pages_read": 1, "pages_there": 1, "read_at": moment}
        db.add(DocumentReading(document_id=document_id, **{**fields, **numbers, **more}))


def value(field, text, words):
    return {"field": field, "value": text, "words": words, "page": 2}


@pytest.fixture
def handed_in(closed):
    """The certificate that Anna handed in."""
    with closed.world.database.reading() as db:
        found = select(Document).join(Evidence, Evidence.document_id == Document.id)
        return db.scalars(found.where(Evidence.application_id == closed.application, Document.kind == KIND)).first()


@pytest.fixture
def ineke(official):
    return official("ineke")


def page(browser, closed):
    text = browser.get(f"/beoordelen/{closed.review}").text
    return re.sub(r"\s+", " ", text)


def test_what_differs_from_what_was_filled_in_is_advice_with_its_words_and_page(closed, ineke, handed_in):
    words = "Certificaatnummer: HKZ-777"
    read(closed, handed_in.id, [value("number", "HKZ-777", words), value("issuer", handed_in.issuer, "Afgegeven door")])

    shown = page(ineke, closed)

    advice = re.search(r'<p class="portal-advice">((?:(?!</p>).)*HKZ-777.*?)</p>', shown)[1]
    assert f"de aanbieder vulde ‘{handed_in.number}’ in" in advice
    assert f"Bron: bladzijde 2 van het stuk: ‘{words}’." in advice
    assert "Automatische controle:" in advice
    assert "Advies van het portaal, geen oordeel" in shown
    assert f"Afgegeven door: <b>{handed_in.issuer}</b>" in shown
    with closed.world.database.reading() as db:
        assert db.scalars(select(Finding)).all() == []


def test_another_companys_number_is_told_and_the_own_one_is_not(closed, ineke, handed_in):
    read(closed, handed_in.id, [value("holder_kvk_number", "87654321", "KvK 87654321")])
    other = page(ineke, closed)
    read(closed, handed_in.id, [value("holder_kvk_number", "12345678", "KvK 12345678")])
    own = page(ineke, closed)

    assert "In het stuk staat KvK-nummer 87654321 (bladzijde 2)" in other
    assert "Dat is niet van wie hier antwoordt" not in own


def test_a_signature_is_shown_with_what_is_true_of_it(closed, ineke, handed_in):
    signed = {
        "signer": "K. Uitgever", "organisation": "Keurmerk B.V.", "issuer": "Test CA", "is_whole": False,
        "is_trusted": False, "is_time_vouched": False, "signed_at": datetime(2019, 5, 1, tzinfo=UTC).isoformat(),
    }  # fmt: skip
    read(closed, handed_in.id, [], signatures=[signed])

    shown = page(ineke, closed)

    assert "Digitale handtekening van K. Uitgever – Keurmerk B.V." in shown
    assert "Uitgever niet bij ons bekend" in shown
    assert "Het stuk is gewijzigd nadat Keurmerk B.V. het digitaal ondertekende." in shown


def test_of_a_version_that_was_not_handed_in_nothing_is_shown(closed, ineke, handed_in):
    newer = cast.sample(closed.world.stage, closed.world.people["anna"], KIND, replaces=handed_in.id)
    read(closed, newer, [value("number", "NIEUW-1", "Nummer NIEUW-1")])
    read(closed, handed_in.id, [value("number", "OUD-1", "Nummer OUD-1")])

    shown = page(ineke, closed)

    assert "OUD-1" in shown
    assert "NIEUW-1" not in shown


def test_the_applicant_meets_it_nowhere_as_the_reviewers_advice(closed, ineke, handed_in):
    read(closed, handed_in.id, [value("number", "HKZ-777", "Certificaatnummer: HKZ-777")])
    anna = closed.browser("anna")

    pages = [anna.get(path).text for path in (f"/aanmeldingen/{closed.application}", "/documenten")]
    refused = anna.get(f"/beoordelen/{closed.review}")

    assert refused.status_code in (403, 404)
    assert not any("van het stuk: ‘" in one for one in pages)


def test_of_a_scan_the_reviewer_hears_that_nothing_was_read(closed, ineke, handed_in):
    read(closed, handed_in.id, [], outcome="scan")

    assert "Het portaal las er niets in." in page(ineke, closed)
