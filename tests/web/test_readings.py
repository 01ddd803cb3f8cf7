"""Reading as applicants meet it: a document is uploaded, the worker reads it, what it read is there to take over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select

from portal.adapters.reading import SandboxedReader
from portal.adapters.scanner import ClamdScanner
from portal.adapters.signing import PadesSigner
from portal.domain import documents, readings
from portal.errors import Invalid, NotFound
from portal.models import Application, AuditEvent, Document, DocumentReading, User
from portal.services import Signatory
from portal.worker.reading import read_document
from portal.worker.tasks import TASKS
from tests import readable
from tests.adapters.test_inspection import pdf_with, picture
from tests.clamd import Wire
from tests.conftest import Browser
from tests.web.forms import form


def upload(browser: Browser, kind: str, data: bytes, name: str = "bewijs.pdf") -> str:
    """Upload a document into the own vault; its id."""
    answer = browser.client.put(
        f"/documenten/upload/{kind}",
        data=data,
        headers={"X-CSRFToken": browser.token("/documenten"), "X-File-Name": name},
    )
    assert answer.status_code == 201, answer.text
    with browser.world.database.reading() as db:
        return db.scalars(select(Document.id).where(Document.filename == name)).one()


def reading_of(world, document_id: str) -> DocumentReading | None:
    with world.database.reading() as db:
        return db.scalars(select(DocumentReading).where(DocumentReading.document_id == document_id)).one_or_none()


def fields(world, document_id: str, *names: str) -> tuple[Any, ...]:
    with world.database.reading() as db:
        document = db.get_one(Document, document_id)
        return tuple(getattr(document, name) for name in names)


def _document(world, document_id: str) -> Document:
    with world.database.reading() as db:
        return db.get_one(Document, document_id)


@pytest.fixture
def anna(browse) -> Browser:
    return browse("anna")


@pytest.fixture
def certificate(anna, world) -> str:
    """A certificate in the own name that was uploaded and read, of which nothing was filled in yet."""
    document_id = upload(anna, "hkz_certificate", readable.pdf(readable.certificate()))
    world.work()
    return document_id


# --- being read ---


def test_a_document_is_read_once_and_shown_with_its_words_and_page(anna, world):
    document_id = upload(anna, "hkz_certificate", readable.pdf(readable.certificate()))
    before = anna.get(f"/documenten/{document_id}").text
    world.work()
    world.work()

    page = anna.get(f"/documenten/{document_id}").text
    with world.database.reading() as db:
        events = db.scalars(
            select(AuditEvent).where(AuditEvent.act == "read", AuditEvent.subject_id == document_id)
        ).all()

    assert "Wij lezen dit document nog" in before
    assert "Gelezen op bladzijde 1: ‘Geldig tot 1 mei 2022’" in page
    assert "<b>HKZ-20415/03</b>" in page
    assert "Wij lezen dit document nog" not in page
    assert len(events) == 1
    assert events[0].actor_id is None


@pytest.mark.parametrize(
    ("data", "name"),
    [(pdf_with(pages=2), "scan.pdf"), (picture("JPEG"), "foto.jpg")],
    ids=["scan", "photograph"],
)
def test_of_a_scan_the_owner_hears_that_it_has_no_text(anna, world, data, name):
    document_id = upload(anna, "insurance", data, name)

    world.work()

    assert reading_of(world, document_id).outcome == "scan"
    page = anna.get(f"/documenten/{document_id}").text
    assert "Dit is een scan zonder tekst. Vul de gegevens zelf in." in page
    assert 'name="veld"' not in page


def test_a_document_whose_reader_hangs_stays_usable_and_says_so(anna, app, world):
    app.extensions["services"] = replace(app.extensions["services"], reader=SandboxedReader(wall=0.01))
    world.stage = replace(world.stage, services=app.extensions["services"])
    document_id = upload(anna, "hkz_certificate", readable.long_text())

    world.work()

    assert reading_of(world, document_id).outcome == "unreadable"
    page = anna.get(f"/documenten/{document_id}").text
    assert "Wij konden dit document niet lezen. U kunt het gewoon gebruiken." in page
    assert anna.get(f"/documenten/{document_id}/bestand").status_code == 200
    documents.require_usable(_document(world, document_id))


def test_a_document_whose_bytes_are_gone_is_no_failure_of_the_worker(anna, world):
    document_id = upload(anna, "hkz_certificate", readable.pdf(readable.certificate()))
    world.services.files.delete(fields(world, document_id, "storage_key")[0])

    assert read_document(world.database, world.services, document_id)
    assert not read_document(world.database, world.services, document_id)

    assert reading_of(world, document_id).outcome == "unreadable"


def test_the_form_of_the_integrity_check_is_never_read(anna, world):
    document_id = upload(anna, "bibob_form", readable.pdf("<p>BSN 111222333 van de bestuurder</p>"))
    task = next(one for one in TASKS if one.name == "documents_to_read")

    with world.database.reading() as db:
        asked = task.find(db, world.clock())
    did = read_document(world.database, world.services, document_id)

    assert (document_id in asked, did, reading_of(world, document_id)) == (False, False, None)
    assert "Wij lezen dit document" not in anna.get(f"/documenten/{document_id}").text


def test_where_there_is_a_scanner_a_document_is_read_after_it_and_malware_never(anna, app, world):
    wire = Wire().start()
    try:
        app.extensions["services"] = replace(
            app.extensions["services"], scanner=ClamdScanner(wire.address, timeout=0.3, pause=0)
        )
        world.stage = replace(world.stage, services=app.extensions["services"])
        waiting = upload(anna, "hkz_certificate", readable.pdf(readable.certificate()))
        wire.answer = b"stream: ERROR\0"
        world.work()
        before = reading_of(world, waiting)
        wire.answer = b"stream: OK\0"
        world.work()
        wire.answer = b"stream: Win.Test FOUND\0"
        infected = upload(anna, "insurance", readable.pdf(readable.insurance()), "polis.pdf")
        world.work()
    finally:
        wire.stop()

    assert before is None
    assert reading_of(world, waiting).outcome == "text"
    assert reading_of(world, infected) is None


# --- taking over ---


def test_one_value_is_taken_over_and_what_was_typed_beside_it_is_saved(anna, world, certificate):
    page = anna.get(f"/documenten/{certificate}").text
    sent = form(page, f"/documenten/{certificate}").data(issuer="Kiwa", veld="expires_on")

    answer = anna.client.post(f"/documenten/{certificate}/gelezen", data=sent)

    assert answer.status_code == 303
    assert fields(world, certificate, "expires_on", "issuer", "number") == (date(2022, 5, 1), "Kiwa", "")
    assert "Overgenomen in bewijs.pdf: Einddatum." in anna.get(f"/documenten/{certificate}").text
    with world.database.reading() as db:
        event = db.scalars(select(AuditEvent).where(AuditEvent.act == "take_over")).one()
    assert (event.subject_id, event.details) == (certificate, {"fields": ["expires_on"]})


def test_all_values_go_into_the_empty_fields_and_leave_alone_what_was_typed(anna, world, certificate):
    page = anna.get(f"/documenten/{certificate}").text
    sent = form(page, f"/documenten/{certificate}").data(issued_on="2019-01-01", veld="all")

    anna.client.post(f"/documenten/{certificate}/gelezen", data=sent)

    assert fields(world, certificate, "issued_on", "expires_on", "number", "holder_name", "issuer") == (
        date(2019, 1, 1),
        date(2022, 5, 1),
        "HKZ-20415/03",
        "Stichting De Linde",
        "Kiwa Nederland",
    )
    after = anna.get(f"/documenten/{certificate}").text
    assert "u vulde ‘1 januari 2019’ in; in het document lezen wij ‘2 mei 2019’ (bladzijde 1)" in after
    assert "Alles overnemen wat nog leeg is" not in after
    again = form(after, f"/documenten/{certificate}").data(veld="all")
    assert anna.client.post(f"/documenten/{certificate}/gelezen", data=again).status_code == 409


def test_a_wrong_day_beside_the_button_is_refused_and_nothing_of_the_form_is_lost(anna, world, certificate):
    page = anna.get(f"/documenten/{certificate}").text
    sent = form(page, f"/documenten/{certificate}").data(starts_on="2019-02-31", issuer="Kiwa", veld="number")

    answer = anna.client.post(f"/documenten/{certificate}/gelezen", data=sent)

    assert answer.status_code == 422
    assert "Vul een bestaande datum in" in answer.text
    assert 'value="Kiwa"' in answer.text
    assert fields(world, certificate, "number", "issuer") == ("", "")


def test_only_the_own_organisation_takes_over_and_only_what_was_read(anna, browse, world, certificate):
    assert browse("karim").post(f"/documenten/{certificate}/gelezen", {"veld": "all"}).status_code == 404
    assert anna.post(f"/documenten/{certificate}/gelezen", {"veld": "starts_on"}).status_code == 404
    assert anna.post(f"/documenten/{certificate}/gelezen", {"veld": "filename"}).status_code == 404
    assert anna.post(f"/documenten/{certificate}/gelezen", {}).status_code == 404

    assert fields(world, certificate, "number", "filename") == ("", "bewijs.pdf")


def test_the_enter_key_saves_the_form_and_takes_nothing_over(anna, certificate):
    first = form(anna.get(f"/documenten/{certificate}").text, f"/documenten/{certificate}").buttons[0]

    assert first == ("", "")


def test_the_form_at_a_requirement_offers_the_same_and_comes_back_there(anna, world, certificate):
    application_id = world.complete("anna")
    with world.database.reading() as db:
        application = db.get_one(Application, application_id)
        place = next(one.requirement.code for one in application.evidence if one.document.kind == "hkz_certificate")
    address = f"/aanmeldingen/{application_id}/eisen/{place}"
    assert anna.post(f"{address}/documenten", {"document": certificate}).status_code == 303

    page = anna.get(address).text
    sent = form(page, f"/documenten/{certificate}?aanmelding={application_id}&eis={place}").data(veld="number")
    answer = anna.client.post(f"/documenten/{certificate}/gelezen?aanmelding={application_id}&eis={place}", data=sent)

    assert "‘Certificaatnummer HKZ-20415/03’" in page
    assert answer.location == f"{address}#bewijs"
    assert fields(world, certificate, "number") == ("HKZ-20415/03",)


# --- doubts ---


def read_doubts(anna, world, kind: str, html: str) -> str:
    document_id = upload(anna, kind, readable.pdf(html))
    world.work()
    return anna.get(f"/documenten/{document_id}").text


def test_a_certificate_on_another_companys_name_is_doubted_with_what_to_do(anna, world):
    page = read_doubts(anna, world, "hkz_certificate", readable.certificate("Zorggroep De Eik"))

    assert "staat op naam van ‘Zorggroep De Eik’ (bladzijde 1); uw organisatie heet Stichting De Linde" in page
    assert "Upload dan het bewijs op de juiste naam." in page


def test_an_extract_with_another_number_is_doubted_and_the_own_one_is_not(anna, world):
    page = read_doubts(anna, world, "kvk_extract", readable.kvk_extract("Zorggroep De Eik", "87654321"))
    own = upload(anna, "kvk_extract", readable.pdf(readable.kvk_extract()), "eigen.pdf")
    world.work()

    assert "staat KvK-nummer 87654321 (bladzijde 1); uw organisatie heeft 12345678" in page
    assert "Kijk dit na" not in anna.get(f"/documenten/{own}").text


def test_an_expired_certificate_is_doubted_before_anybody_filled_in_a_day(anna, world):
    page = read_doubts(anna, world, "hkz_certificate", readable.certificate(until="1 mei 2019"))

    assert "Volgens het document is het verlopen op 1 mei 2019 (bladzijde 1). Vraag een nieuw aan" in page


def test_a_number_of_a_citizen_is_warned_of_by_page_and_is_kept_nowhere(anna, world):
    html = "<p>Overzicht van personeel</p><p style='break-before: page'>Jansen, burgerservicenummer 111222333</p>"

    page = read_doubts(anna, world, "staff_overview", html)

    assert "Hier lijkt een burgerservicenummer in te staan (bladzijde 2). Upload een versie zonder." in page
    assert "111222333" not in page
    with world.database.reading() as db:
        kept = db.scalars(select(DocumentReading)).all()
        assert not any("111222333" in str(vars(one)) for one in kept)


def test_a_number_of_a_citizen_that_is_typed_is_warned_of_and_never_refused(anna, world, certificate):
    anna.post(f"/documenten/{certificate}", {"issuer": "", "number": "", "holder_name": "J. Jansen, BSN 111222333"})

    page = anna.get(f"/documenten/{certificate}").text

    assert "Bij ‘Op wiens naam staat het’ lijkt een burgerservicenummer te staan." in page


def test_signatures_are_shown_with_what_is_true_of_them(anna, app, world, test_authority):
    root = test_authority.root.public_bytes(serialization.Encoding.PEM)
    app.extensions["services"] = replace(app.extensions["services"], reader=SandboxedReader(root))
    world.stage = replace(world.stage, services=app.extensions["services"])
    issuer = Signatory("Waarmerk", "", "Register van Voorbeelden")
    signed = PadesSigner(test_authority).sign(
        readable.pdf(readable.kvk_extract()), field="Waarmerk", signatory=issuer,
        at=datetime(2019, 6, 12, 11, 37, tzinfo=UTC), final=False,
    )  # fmt: skip
    good = upload(anna, "kvk_extract", signed)
    changed = upload(anna, "kvk_extract", readable.edited(signed), "bewerkt.pdf")
    world.work()

    pages = [anna.get(f"/documenten/{one}").text for one in (good, changed)]

    assert "Digitale handtekening van Waarmerk – Register van Voorbeelden, gezet op woensdag 12 juni 2019" in pages[0]
    assert "Uitgever vertrouwd" in pages[0]
    assert "Niet gewijzigd na ondertekening" in pages[0]
    assert "Gewijzigd na ondertekening" in pages[1]
    assert "is gewijzigd nadat Register van Voorbeelden het digitaal ondertekende" in pages[1]
    assert "Kijk dit na" not in pages[0]


# --- the domain ---


def test_a_reading_never_overwrites_and_is_kept_once(world, certificate):
    with world.database.transaction() as db:
        document, anna = db.get_one(Document, certificate), db.get_one(User, world.people["anna"])
        documents.describe(document, anna, world.clock(), number="eigen nummer")

        assert not readings.keep(document, None, world.clock())
        with pytest.raises(NotFound):
            readings.take_over(document, anna, "starts_on", {}, world.clock())
        with pytest.raises(Invalid):
            readings.take_over(document, anna, "number", {"holder_kvk_number": "12"}, world.clock())
        assert document.number == "eigen nummer"


def test_a_name_in_a_document_cannot_bring_its_own_markup(anna, world):
    html = "<p>Afgegeven aan: &lt;script&gt;alert(1)&lt;/script&gt; Zorg</p>"

    page = read_doubts(anna, world, "hkz_certificate", html)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_document_with_a_password_to_change_is_read(anna, world):
    target = BytesIO()
    with pikepdf.open(BytesIO(readable.pdf(readable.kvk_extract()))) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(user="", owner="geheim"))
    document_id = upload(anna, "kvk_extract", target.getvalue())

    world.work()

    assert reading_of(world, document_id).outcome == "text"
