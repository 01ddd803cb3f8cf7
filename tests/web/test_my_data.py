"""My data: everything of the organisation as a ZIP, and what is kept of a person."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.cli import cast
from portal.models import AuditEvent, Document, LoginSession, Submission, User
from tests.conftest import Browser

PAGE, ZIP = "/mijn-gegevens", "/mijn-gegevens/organisatie.zip"


@pytest.fixture
def anna(closed):
    return Browser(closed.app, closed.world).sign_in("anna")


@pytest.fixture
def world(closed):
    return closed.world


def download(browser, password=cast.PASSWORD):
    return browser.post(ZIP, {"password": password})


@pytest.fixture
def archive(anna):
    answer = download(anna)
    assert answer.status_code == 200, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.data))


def named(archive, start):
    return [one for one in archive.namelist() if one.startswith(start)]


def test_the_archive_is_whole_and_every_sum_is_right(archive):
    sums = archive.read("sha256sums.txt").decode().splitlines()

    assert archive.testzip() is None
    assert archive.namelist()[0] == "index.html"
    assert {line.partition("  ")[2] for line in sums} == set(archive.namelist()) - {"sha256sums.txt"}
    for line in sums:
        digest, _, path = line.partition("  ")
        assert hashlib.sha256(archive.read(path)).hexdigest() == digest, path


def test_every_document_is_in_it_as_it_was_uploaded_and_the_bibob_form_only_as_an_entry(archive, world):
    with world.database.reading() as db:
        anna = db.get_one(User, world.people["anna"])
        documents = db.scalars(select(Document).where(Document.organisation_id == anna.organisation_id)).all()
        open_ones = {one.sha256 for one in documents if not one.is_sealed}
        sealed = [one for one in documents if one.is_sealed]
    found = {hashlib.sha256(archive.read(one)).hexdigest() for one in named(archive, "documenten/")}
    rows = list(
        csv.DictReader(io.StringIO(archive.read("documenten/documenten.csv").decode("utf-8-sig")), delimiter=";")
    )

    assert open_ones <= found
    assert sealed
    assert not {one.sha256 for one in sealed} & found
    assert len(rows) == len(documents)
    assert {row["Waar"] for row in rows if row["SHA-256"] in {one.sha256 for one in sealed}} == {
        "versleuteld bewaard; alleen de integriteitsfunctionaris kan het openen"
    }
    assert sealed[0].filename in archive.read("index.html").decode()


def test_applications_submissions_and_receipts_are_in_it(archive, closed, world):
    with world.database.reading() as db:
        submission = db.scalars(select(Submission).where(Submission.application_id == closed.application)).one()
        number, receipt = submission.application.number, submission.receipt_number
    folder = f"aanmeldingen/{number}"
    data, page = (
        json.loads(archive.read(f"{folder}/aanmelding.json")),
        archive.read(f"{folder}/aanmelding.html").decode(),
    )

    assert hashlib.sha256(archive.read(f"{folder}/manifest-{receipt}.json")).hexdigest() == submission.digest
    assert archive.read(f"{folder}/ontvangstbewijs-{receipt}.pdf").startswith(b"%PDF-")
    assert [one["receipt_number"] for one in data["submissions"]] == [receipt]
    assert {one["requirement"] for one in data["answers"]} >= {"T01", "T10"}
    assert receipt in page
    assert "<script" not in page


def test_people_mails_and_own_acts_are_in_it_without_a_secret(archive, world):
    people = archive.read("organisatie/mensen.csv").decode()
    mails, log = archive.read("berichten/berichten.txt").decode(), archive.read("logboek/logboek.csv").decode()

    assert world.emails["anna"] in people
    assert "argon2" not in "".join(
        archive.read(one).decode("utf-8", "ignore") for one in named(archive, "organisatie/")
    )
    assert "Uw aanmelding is ontvangen" in mails
    assert "submit" in log


def test_nothing_of_another_organisation_is_in_it(archive, world):
    with world.database.reading() as db:
        karim = db.get_one(User, world.people["karim"])
        others = [karim.name, karim.email, karim.organisation.name, karim.organisation.kvk_number]
        officials = [db.get_one(User, world.people[one]).email for one in ("ineke", "bram")]
    everything = "\n".join(
        archive.read(one).decode("utf-8", "ignore") for one in archive.namelist() if not one.endswith(".pdf")
    )

    assert not [one for one in (*others, *officials) if one in everything]


def test_a_wrong_password_gives_nothing_and_is_counted(anna, world):
    answer = download(anna, "niet mijn wachtwoord")

    assert answer.status_code == 422
    assert "Dit wachtwoord klopt niet" in answer.text
    with world.database.reading() as db:
        assert db.get_one(User, world.people["anna"]).failed_logins == 1
        assert not db.scalars(select(AuditEvent).where(AuditEvent.act == "download_data")).all()


def test_who_took_it_when_and_how_much_is_noted(archive, world):
    with world.database.reading() as db:
        event = db.scalars(select(AuditEvent).where(AuditEvent.act == "download_data")).one()

    assert (event.actor_id, event.at) == (world.people["anna"], world.clock())
    assert event.details["files"] > 10
    assert event.details["bytes"] > 10_000


def test_after_a_few_times_in_an_hour_one_waits(anna, world):
    codes = [download(anna).status_code for _ in range(6)]
    refused = download(anna)
    world.clock.advance(timedelta(minutes=10))
    still = download(anna).status_code

    assert codes == [200] * 5 + [409]
    assert "5 keer per uur" in refused.text
    assert still == 409


def test_an_official_has_no_archive_but_reads_what_is_kept_of_the_person(closed, world):
    ineke = Browser(closed.app, closed.world).sign_in("ineke")

    page = ineke.get(PAGE)
    refused = download(ineke)

    assert page.status_code == 200
    assert "Alles downloaden" not in page.text
    assert refused.status_code == 403


def test_a_person_reads_and_downloads_what_is_kept_of_them_and_of_nobody_else(anna, world):
    page, held = anna.get(PAGE).text, anna.get(f"{PAGE}/persoon.json").get_json()

    with world.database.reading() as db:
        mine = db.get_one(User, world.people["anna"])
        logins = len(db.scalars(select(LoginSession).where(LoginSession.user_id == mine.id)).all())
    assert (held["name"], held["email"]) == (mine.name, mine.email)
    assert len(held["logins"]) == logins
    assert {"table": "documents", "as": "uploaded_by"}.items() <= next(
        one for one in held["mentioned"] if one["table"] == "documents"
    ).items()
    assert "argon2" not in json.dumps(held)
    assert mine.email in page
    assert world.emails["karim"] not in page + json.dumps(held)


def test_a_visitor_is_sent_to_the_sign_in_page(closed, world):
    assert Browser(closed.app, closed.world).get(PAGE).status_code == 302


def test_a_file_that_is_gone_becomes_a_note_and_the_rest_comes(anna, world):
    with world.database.reading() as db:
        anna_ = db.get_one(User, world.people["anna"])
        lost = db.scalars(
            select(Document).where(Document.organisation_id == anna_.organisation_id, Document.is_sealed.is_(False))
        ).first()
        world.services.files.delete(lost.storage_key)

    found = zipfile.ZipFile(io.BytesIO(download(anna).data))

    assert found.testzip() is None
    assert len([one for one in found.namelist() if one.endswith("ONTBREEKT.txt")]) == 1
    assert len(named(found, "documenten/")) > 10
