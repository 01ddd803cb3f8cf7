"""Certificates of conduct: looked at, noted, forgotten; and destroyed when their owner agreed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.cli import cast
from portal.cli.files import EVER
from portal.domain import applications, documents, health_data, readings
from portal.domain.requirements import places
from portal.errors import Refused
from portal.models import Application, Document, DocumentReading, Erasure, Review, SeenCertificate, User
from portal.queries.verification import verify
from portal.worker.tasks import TASKS
from tests import published
from tests.adapters.test_inspection import pdf_with
from tests.closing import close
from tests.conftest import Browser
from tests.web.test_readings import upload

NOTED = {"issued_on": "2019-05-02", "people": "3", "eis": "U92"}


class Case:
    """Anna handed in a certificate of three employees; the round is closed; Ineke looks."""

    def __init__(self, app, world):
        self.world = world
        published.requirement(world, "U92", "document", evidence={"kinds": ["vog_np"], "at_least": 1})
        self.anna = Browser(app, world).sign_in("anna")
        self.document = upload(self.anna, "vog_np", pdf_with(), "VOG Jan Jansen.pdf")
        self.application = world.draft()
        with world.database.transaction() as db:
            application, anna = db.get_one(Application, self.application), db.get_one(User, world.people["anna"])
            place = next(one for one in places(application) if one.requirement.code == "U92")
            applications.attach_document(application, anna, place, db.get_one(Document, self.document), world.clock())
        cast.fill_in(world.stage, world.people["anna"], self.application, world.chance)
        cast.submit(world.stage, world.people["anna"], self.application)
        close(world, self.application)
        self.anna, self.ineke = (Browser(app, world).sign_in(one) for one in ("anna", "ineke"))
        with world.database.reading() as db:
            found = db.get_one(Application, self.application)
            self.review, self.sha256 = found.review.id, db.get_one(Document, self.document).sha256
        from portal.cli import script

        script.declare(world.stage, world.people["ineke"], world.rounds["2020-1"])

    def look(self, fields=NOTED):
        return self.ineke.post(f"/beoordelen/{self.review}/gezien/{self.document}", fields)

    def agree(self):
        return self.anna.post(f"/documenten/{self.document}/wissen-na-inzien", {"may_erase": "yes"})

    def stored(self):
        with self.world.database.reading() as db:
            return db.get_one(Document, self.document)

    def work(self):
        """What follows from looks, and nothing else."""
        for task in TASKS:
            if task.name in {"certificates_to_forget", "documents_to_erase"}:
                with self.world.database.reading() as db:
                    ids = task.find(db, self.world.clock())
                for one in ids:
                    task.handle(self.world.database, self.world.services, one)

    def pictures(self):
        return list(self.world.services.files.keys(f"pages/{self.sha256}/", EVER))


@pytest.fixture
def case(app, world):
    return Case(app, world)


def test_after_the_look_nobody_of_the_authority_opens_it_and_no_picture_of_it_stays(case):
    page = f"/beoordelen/{case.review}/stukken/{case.document}/1.png"
    case.ineke.get(page)

    answer = case.look()
    case.work()

    assert answer.status_code == 303
    assert case.ineke.get(f"/beoordelen/{case.review}?stuk={case.document}").status_code == 404
    assert case.pictures() == []
    dossier = case.ineke.get(f"/beoordelen/{case.review}?eis=U92").text
    assert "over 3 mensen" in dossier
    assert "Jansen" not in dossier
    assert case.anna.get(f"/documenten/{case.document}/bestand").status_code == 200  # it is still its owner's


def test_a_look_without_day_or_number_is_not_noted(case):
    for wrong, value in (("issued_on", ""), ("people", "0"), ("people", "x")):
        answer = case.look({**NOTED, wrong: value})

        assert answer.status_code == 422
        assert f'href="#{wrong}"' in answer.text
    with case.world.database.reading() as db:
        assert db.scalars(select(SeenCertificate)).all() == []


def test_the_same_look_twice_is_one(case):
    assert [case.look().status_code for _ in range(2)] == [303, 303]

    with case.world.database.reading() as db:
        (kept,) = db.scalars(select(SeenCertificate)).all()
        assert (kept.people, str(kept.issued_on)) == (3, "2019-05-02")


def test_another_document_is_not_forgotten_this_way(case):
    with case.world.database.reading() as db:
        extract = db.scalars(select(Document.id).where(Document.kind == "kvk_extract")).first()

    answer = case.ineke.post(f"/beoordelen/{case.review}/gezien/{extract}", NOTED)

    assert answer.status_code == 404


def test_with_the_owners_consent_file_row_and_reading_are_destroyed_and_that_is_certified(case):
    case.agree()
    case.look()
    key = case.stored().storage_key

    case.work()

    gone = case.stored()
    assert gone.erased_at is not None
    assert not case.world.services.files.exists(key)
    assert (gone.filename, gone.holder_name, gone.issued_on) == ("VOG van een medewerker", "", None)
    with case.world.database.reading() as db:
        certificate = db.scalars(select(Erasure)).one()
        assert (certificate.document_id, certificate.sha256) == (case.document, case.sha256)
        assert db.scalars(select(DocumentReading).where(DocumentReading.document_id == case.document)).all() == []
        found = verify(db, case.world.services.files, case.world.services.timestamps, case.world.clock())
        assert [one for one in found.problems if case.document in one.text or key in one.subject] == []
    assert case.anna.get(f"/documenten/{case.document}/bestand").status_code == 409
    assert "Dit stuk is gewist" in case.anna.get(f"/documenten/{case.document}").text


def test_without_consent_or_without_a_look_the_file_stays(case):
    case.agree()
    case.work()
    assert case.stored().erased_at is None

    case.anna.post(f"/documenten/{case.document}/wissen-na-inzien", {})
    case.look()
    case.work()

    assert case.stored().erased_at is None
    assert case.world.services.files.exists(case.stored().storage_key)


def test_what_another_running_application_needs_is_not_destroyed_yet(case):
    case.agree()
    with case.world.database.transaction() as db:
        first = db.get_one(Application, case.application)
        evidence = next(one for one in first.evidence if one.document_id == case.document)
        karim = db.get_one(User, case.world.people["karim"])
        other = Application(
            authority_id=first.authority_id, number="A-2", round=first.round, round_id=first.round_id,
            organisation=karim.organisation, organisation_id=karim.organisation_id, state="under_review",
            created_at=case.world.clock(), saved_at=case.world.clock(),
        )  # fmt: skip
        db.add(other)
        other.evidence.append(
            type(evidence)(
                authority_id=first.authority_id, requirement_id=evidence.requirement_id,
                document_id=evidence.document_id, attached_at=evidence.attached_at,
                attached_by_id=evidence.attached_by_id,
            )
        )  # fmt: skip
        other_id = other.id
    case.look()
    case.work()
    assert case.stored().erased_at is None

    with case.world.database.transaction() as db:
        db.delete(db.get_one(Application, other_id))
    case.work()

    assert case.stored().erased_at is not None


def test_the_same_bytes_uploaded_anew_are_a_new_document(case):
    case.agree()
    case.look()
    case.work()

    again = upload(case.anna, "vog_np", pdf_with(), "VOG opnieuw.pdf")

    assert again != case.document
    assert case.anna.get(f"/documenten/{again}/bestand").status_code == 200
    with case.world.database.transaction() as db:
        former, anna = db.get_one(Document, case.document), db.get_one(User, case.world.people["anna"])
        with pytest.raises(Refused, match="gewist"):
            documents.restore(former, anna, case.world.clock())


def test_only_an_inkoper_in_time_notes_a_look(case, browse):
    assert browse("renske").post(f"/beoordelen/{case.review}/gezien/{case.document}", NOTED).status_code == 403
    assert case.anna.post(f"/beoordelen/{case.review}/gezien/{case.document}", NOTED).status_code == 403
    with case.world.database.reading() as db:
        assert db.get_one(Review, case.review).state == "open"


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("Naam cliënt: J. Jansen\nGeboortedatum: 1-2-1980\nDiagnose: depressie", True),
        ("Onze medewerkers kennen de diagnose en het behandelplan van elke cliënt.", False),
        ("Geboortedatum van de bestuurder: 1-2-1980", False),
    ],
)
def test_data_about_somebodys_health_are_told_from_policy_about_illness(text, there):
    assert health_data.seems_there(text) is there


def test_a_page_that_seems_to_tell_of_somebodys_health_is_warned_about(case):
    with case.world.database.transaction() as db:
        document = db.get_one(Document, case.document)
        document.reading = DocumentReading(
            document_id=document.id, outcome="text", found=[], signatures=[], is_signed_unread=False, bsn_pages=[],
            health_pages=[2], pages_read=2, pages_there=2, read_at=case.world.clock(),
        )  # fmt: skip
        db.flush()
        (doubt,) = readings.doubts(document, case.world.clock().date())

        assert "gezondheid" in doubt.message
        assert doubt.facts["pages"] == "2"
