"""What the malware scanner means for people: a file waits, is given out when clean, and never when it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.adapters.scanner import ClamdScanner
from portal.domain import documents
from portal.errors import Refused
from portal.models import Application, AuditEvent, Document, Message
from portal.worker.scanning import follow_settings
from tests.clamd import Wire
from tests.conftest import Browser
from tests.web.test_uploads import pdf

FOUND = b"stream: Win.Test.EICAR_HDB-1 FOUND\0"


@pytest.fixture
def wire():
    made = Wire().start()
    yield made
    made.stop()


@pytest.fixture
def scanner(wire, app):
    """The portal with a scanner at hand, in the web and in the worker."""
    with_one = replace(app.extensions["services"], scanner=ClamdScanner(wire.address, timeout=0.3, pause=0))
    app.extensions["services"] = with_one
    return wire


@pytest.fixture
def anna(app, world, scanner):
    world.stage = replace(world.stage, services=app.extensions["services"])
    return Browser(app, world).sign_in("anna")


def upload(browser) -> str:
    """Upload a document; its id."""
    answer = browser.client.put(
        "/documenten/upload/complaints_procedure",
        data=pdf("Een klachtenregeling"),
        headers={"X-CSRFToken": browser.token("/documenten"), "X-File-Name": "klachten.pdf"},
    )
    assert answer.status_code == 201, answer.text
    with browser.world.database.reading() as db:
        return db.scalars(select(Document.id).where(Document.filename == "klachten.pdf")).one()


def state(world, document_id: str) -> str:
    with world.database.reading() as db:
        return db.get_one(Document, document_id).scan_state


def test_an_upload_waits_and_is_given_out_once_it_is_clean(anna, world, scanner):
    document_id = upload(anna)

    waiting = anna.get(f"/documenten/{document_id}/bestand")
    assert waiting.status_code == 409
    assert "wordt nog gecontroleerd op virussen" in waiting.text
    assert "Wordt gecontroleerd" in anna.get("/documenten").text
    world.work()

    assert state(world, document_id) == "clean"
    assert anna.get(f"/documenten/{document_id}/bestand").data == pdf("Een klachtenregeling")
    assert scanner.heard == [pdf("Een klachtenregeling")]
    assert "Wordt gecontroleerd" not in anna.get("/documenten").text


@pytest.mark.parametrize(("mode", "answer"), [("hangs", b""), ("", b"stream: ERROR\0"), ("", b"garbage")])
def test_while_the_scanner_is_away_a_file_waits_and_is_never_called_clean(anna, world, scanner, mode, answer):
    document_id = upload(anna)
    scanner.mode, scanner.answer = mode, answer

    world.work()
    assert state(world, document_id) == "waiting"
    assert anna.get(f"/documenten/{document_id}/bestand").status_code == 409
    scanner.mode, scanner.answer = "", b"stream: OK\0"
    world.work()

    assert state(world, document_id) == "clean"


def test_malware_is_never_given_out_and_its_owners_are_told_once(anna, world, scanner):
    document_id = upload(anna)
    scanner.answer = FOUND

    world.work()
    world.work()

    answer = anna.get(f"/documenten/{document_id}/bestand")
    with world.database.reading() as db:
        told = db.scalars(select(Message).where(Message.template == "document_infected")).all()
        events = db.scalars(select(AuditEvent).where(AuditEvent.act == "find_infected")).all()
    assert (answer.status_code, "EICAR" in answer.text) == (409, True)
    assert "Tegengehouden: virus" in anna.get(f"/documenten/{document_id}").text
    assert [one.to for one in told] == [world.emails["anna"]]
    assert [one.subject_id for one in events] == [document_id]


def test_malware_cannot_be_used_and_what_was_attached_before_has_to_be_replaced(anna, world, scanner):
    application_id = world.complete("anna")
    with world.database.reading() as db:
        application = db.get_one(Application, application_id)
        attached = next(one for one in application.evidence if one.requirement_id is not None)
        document_id, place = attached.document_id, attached.requirement.code
    with world.database.transaction() as db:
        document = db.get_one(Document, document_id)
        documents.await_scan(document, world.clock(), has_scanner=True)
        assert documents.judge(document, "Win.Test", world.clock())
        assert not documents.judge(document, "", world.clock())
        with pytest.raises(Refused, match="tegengehouden"):
            documents.require_usable(document)

    page = anna.get(f"/aanmeldingen/{application_id}/indienen").text

    assert "is tegengehouden door de virusscanner" in page
    assert place in page


def test_submitting_does_not_wait_for_the_scanner(anna, world, scanner):
    with world.database.transaction() as db:
        for document in db.scalars(select(Document)):
            documents.await_scan(document, world.clock(), has_scanner=True)

    application_id = world.submitted("anna")

    with world.database.reading() as db:
        assert db.get_one(Application, application_id).state == "submitted"


class TestOfficials:
    @pytest.fixture
    def ineke(self, closed, wire):
        services = replace(closed.app.extensions["services"], scanner=ClamdScanner(wire.address, timeout=0.3, pause=0))
        closed.app.extensions["services"] = services
        closed.world.stage = replace(closed.world.stage, services=services)
        closed.declare("ineke")
        return closed.browser("ineke")

    @pytest.fixture
    def document_id(self, closed):
        """A document that Anna submitted for a requirement."""
        with closed.world.database.reading() as db:
            application = db.get_one(Application, closed.application)
            return next(one.document_id for one in application.evidence if one.requirement_id is not None)

    def test_an_official_gets_a_file_after_the_scan_and_not_before(self, closed, ineke, document_id, wire):
        address = f"/beoordelen/{closed.review}/stukken/{document_id}"
        dossier = f"/beoordelen/{closed.review}?stuk={document_id}"

        before = (ineke.get(address).status_code, ineke.get(f"{address}/1.png").status_code)
        page = ineke.get(dossier).text
        follow_settings(closed.world.database, closed.world.services)
        closed.world.work()

        assert before == (409, 409)
        assert "wordt nog gecontroleerd op virussen" in page
        assert ineke.get(address).status_code == 200
        assert "wordt nog gecontroleerd" not in ineke.get(dossier).text

    def test_an_official_reads_that_a_file_was_stopped_and_what_can_be_done(self, closed, ineke, document_id, wire):
        wire.answer = FOUND
        follow_settings(closed.world.database, closed.world.services)
        closed.world.work()

        answer = ineke.get(f"/beoordelen/{closed.review}/stukken/{document_id}")
        page = ineke.get(f"/beoordelen/{closed.review}?stuk={document_id}").text

        assert (answer.status_code, "tegengehouden" in answer.text) == (409, True)
        assert "Tegengehouden: virus" in page
        assert "herstelverzoek" in page
        assert f"stukken/{document_id}/1.png" not in page


def test_without_a_scanner_files_are_given_out_and_marked_as_not_scanned(app, world):
    anna = Browser(app, world).sign_in("anna")
    document_id = upload(anna)

    world.work()

    assert state(world, document_id) == "none"
    assert anna.get(f"/documenten/{document_id}/bestand").status_code == 200


def test_when_a_scanner_comes_everything_waits_for_it_and_when_it_goes_nothing_does(app, world, wire):
    with world.database.reading() as db:
        count = db.query(Document).count()
    services = world.services
    with_one = replace(services, scanner=ClamdScanner(wire.address))

    assert follow_settings(world.database, with_one) == count
    assert follow_settings(world.database, with_one) == 0
    assert follow_settings(world.database, services) == count

    with world.database.reading() as db:
        assert {one.scan_state for one in db.query(Document)} == {"none"}
