"""The evidence passport in the browser: what a document says, what expires, what is renewed, and who sees it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.cli import cast
from portal.domain import applications, documents
from portal.models import (
    Application,
    AuditEvent,
    CalendarFeed,
    Document,
    Evidence,
    Review,
    Submission,
    User,
)
from portal.queries import renewals
from portal.services import Inspection
from tests.conftest import World
from tests.following import settle

FIELDS = {
    "issuer": "Keurders B.V.",
    "number": "C-12",
    "scope": "Ambulante begeleiding en dagbesteding",
    "holder_name": "Stichting De Linde",
    "holder_kvk_number": "1234 5678",
    "issued_on": "2019-05-01",
    "starts_on": "2019-06-01",
    "expires_on": "2022-05-31",
}


def _document(world: World, kind: str, who: str = "anna") -> Document:
    with world.database.reading() as db:
        organisation_id = db.get_one(User, world.people[who]).organisation_id
        wanted = select(Document).where(
            Document.organisation_id == organisation_id, Document.kind == kind, Document.superseded_by_id.is_(None)
        )
        return db.scalars(wanted).one()


def _renew(world: World, kind: str = "hkz_certificate", **more: Any) -> tuple[str, str]:
    old = _document(world, kind)
    return old.id, cast.sample(world.stage, world.people["anna"], kind, replaces=old.id, **more)


def _used(world: World, application_id: str) -> set[str]:
    with world.database.reading() as db:
        return set(db.scalars(select(Evidence.document_id).where(Evidence.application_id == application_id)))


# --- what a document says ---


def test_everything_that_stands_on_a_document_is_kept(world, browse):
    found, anna = _document(world, "hkz_certificate"), browse("anna")

    answer = anna.post(f"/documenten/{found.id}", FIELDS)

    kept = _document(world, "hkz_certificate")
    assert answer.status_code == 303
    assert (kept.scope, kept.holder_name, kept.holder_kvk_number) == (
        FIELDS["scope"],
        "Stichting De Linde",
        "12345678",
    )
    assert (str(kept.issued_on), str(kept.starts_on), str(kept.expires_on)) == (
        "2019-05-01",
        "2019-06-01",
        "2022-05-31",
    )
    assert "Ambulante begeleiding en dagbesteding" in anna.get(f"/documenten/{found.id}").text


@pytest.mark.parametrize(
    ("wrong", "field", "text"),
    [
        ({"expires_on": "2019-05-15"}, "expires_on", "De einddatum ligt vóór de begindatum."),
        ({"issued_on": "2019-07-16"}, "issued_on", "De datum van afgifte ligt in de toekomst."),
        ({"starts_on": "2019-02-30"}, "starts_on", "Vul een bestaande datum in"),
        ({"holder_kvk_number": "123"}, "holder_kvk_number", "Vul het KvK-nummer in: 8 cijfers"),
        ({"issuer": "😀" * 300}, "issuer", "Gebruik hoogstens 200 tekens."),
        ({"scope": "x" * 2001}, "scope", "Gebruik hoogstens 2.000 tekens."),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_the_rest_stays_typed(world, browse, wrong, field, text):
    found, anna = _document(world, "hkz_certificate"), browse("anna")

    answer = anna.post(f"/documenten/{found.id}", FIELDS | wrong)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert text in answer.text
    assert 'value="C-12"' in answer.text
    assert _document(world, "hkz_certificate").number != "C-12"


def test_a_form_that_asks_less_leaves_the_rest_as_it_is(world, browse):
    found, anna = _document(world, "hkz_certificate"), browse("anna")
    anna.post(f"/documenten/{found.id}", FIELDS)

    anna.post(f"/documenten/{found.id}", {"number": "C-13"})

    kept = _document(world, "hkz_certificate")
    assert (kept.number, kept.scope, str(kept.starts_on)) == ("C-13", FIELDS["scope"], "2019-06-01")


def test_a_next_version_keeps_what_stays_and_not_the_days(world, browse):
    found = _document(world, "hkz_certificate")
    browse("anna").post(f"/documenten/{found.id}", FIELDS)

    stored = world.services.files.put("documents/x/next", b"next")
    with world.database.transaction() as db:
        anna, old = db.get_one(User, world.people["anna"]), db.get_one(Document, found.id)
        more = (anna.organisation, anna, "hkz_certificate", "nieuw.pdf", stored, Inspection("application/pdf", 1))
        new = documents.add(*more, world.clock(), replaces=old)

        assert (new.issuer, new.number, new.scope) == ("Keurders B.V.", "C-12", FIELDS["scope"])
        assert (new.holder_name, new.holder_kvk_number) == ("Stichting De Linde", "12345678")
        assert (new.issued_on, new.starts_on, new.expires_on) == (None, None, None)


def test_before_anything_is_uploaded_the_requirement_says_which_days_will_do(world, browse):
    application_id, anna = world.draft(), browse("anna")

    certificate = anna.get(f"/aanmeldingen/{application_id}/eisen/T03").text
    extract = anna.get(f"/aanmeldingen/{application_id}/eisen/E01").text

    assert "Geldig op 1 oktober 2019" in certificate
    assert "Afgegeven op of na 15 januari 2019, als u vandaag indient" in extract


def test_a_certificate_of_another_company_is_a_doubt_that_does_not_stop_anybody(world, browse):
    application_id, anna = world.complete(), browse("anna")
    found = _document(world, "hkz_certificate")

    anna.post(f"/documenten/{found.id}", FIELDS | {"holder_name": "De Eik B.V.", "holder_kvk_number": "87654321"})

    page = anna.get(f"/aanmeldingen/{application_id}/eisen/T03").text
    assert "staat op naam van De Eik B.V. (KvK 87654321)" in page
    assert cast.submit(world.stage, world.people["anna"], application_id)


# --- frozen in a submission ---


def test_a_submission_freezes_the_document_and_what_its_validity_was(world):
    application_id = world.complete()
    submission_id = cast.submit(world.stage, world.people["anna"], application_id)

    with world.database.reading() as db:
        files = db.get_one(Submission, submission_id).content["files"]
        found = next(one for one in files if one["requirement"] == "T03")
        document = db.get_one(Document, found["document_id"])
    assert (found["version"], found["issuer"], found["number"]) == (1, document.issuer, document.number)
    assert found["validity"]["rule"] == "valid_on"
    assert (found["validity"]["day"], found["validity"]["outcome"]) == ("2019-10-01", "holds")
    bibob = next(one for one in files if one["requirement"] is None)
    assert "validity" not in bibob


def test_time_that_passes_is_no_change_and_a_new_date_is(world):
    application_id = world.submitted()
    world.clock.set(world.clock().replace(month=8))

    with world.database.transaction() as db:
        application = db.get_one(Application, application_id)
        assert not applications.has_unsubmitted_changes(application)
        next(one for one in application.evidence if one.document.kind == "hkz_certificate").document.scope = "anders"
        assert applications.has_unsubmitted_changes(application)


def test_a_submission_from_before_the_passport_is_still_read_everywhere(world, browse):
    application_id = world.submitted()
    young = ("version", "issuer", "number", "scope", "holder_name", "holder_kvk_number", "starts_on", "about_on")
    with world.database.transaction() as db:
        submission = db.get_one(Application, application_id).submissions[0]
        content = json.loads(submission.manifest)
        for one in content["files"]:
            for key in (*young, "validity"):
                one.pop(key, None)
        submission.manifest = applications.canonical(content)

    task_list = browse("anna").get(f"/aanmeldingen/{application_id}")
    with world.database.reading() as db:
        assert not applications.has_unsubmitted_changes(db.get_one(Application, application_id))
    world.close_round()
    ineke = browse("ineke")
    with world.database.reading() as db:
        review = db.scalars(select(Review).where(Review.application_id == application_id)).one()
    ineke.post(f"/beoordelen/rondes/{world.rounds['2020-1']}/belangen", {"none": "yes"})
    dossier = ineke.get(f"/beoordelen/{review.id}?eis=T03")

    assert (task_list.status_code, dossier.status_code) == (200, 200)
    assert "hkz-certificaat-12345678.pdf" in dossier.text


def test_an_authority_sees_only_what_was_submitted_to_it(world, browse):
    application_id, anna = world.complete(), browse("anna")
    shown = _document(world, "hkz_certificate")
    anna.post(f"/documenten/{shown.id}", FIELDS)
    cast.submit(world.stage, world.people["anna"], application_id)
    unused = _document(world, "annual_accounts")
    elsewhere = cast.sample(world.stage, world.people["anna"], "hkz_certificate", age_days=7)
    other = cast.start(world.stage, world.people["anna"], world.other_rounds["2020-1"], [("IB-BASIS", "0796")])
    anna.post(f"/aanmeldingen/{other}/eisen/T03/documenten", {"document": elsewhere})
    _old, newer = _renew(world, "kvk_extract")
    anna.post(f"/documenten/{shown.id}", FIELDS | {"scope": "Na het indienen gewijzigd"})
    world.close_round()
    ineke, olga = browse("ineke"), browse("olga")
    ineke.post(f"/beoordelen/rondes/{world.rounds['2020-1']}/belangen", {"none": "yes"})
    with world.database.reading() as db:
        review = db.scalars(select(Review).where(Review.application_id == application_id)).one()

    dossier = ineke.get(f"/beoordelen/{review.id}?eis=T03").text
    codes = {
        one: ineke.get(f"/beoordelen/{review.id}/stukken/{one}").status_code
        for one in (shown.id, unused.id, elsewhere, newer)
    }

    assert "Ambulante begeleiding en dagbesteding" in dossier
    assert "Na het indienen gewijzigd" not in dossier
    assert codes == {shown.id: 200, unused.id: 404, elsewhere: 404, newer: 404}
    assert olga.get(f"/beoordelen/{review.id}/stukken/{shown.id}").status_code == 404
    for one in (shown.id, unused.id, elsewhere, newer):
        assert ineke.get(f"/documenten/{one}").status_code in {403, 404}


def test_the_page_of_a_document_names_every_procedure_and_authority_that_uses_it(world, browse):
    application_id = world.submitted()
    other = cast.start(world.stage, world.people["anna"], world.other_rounds["2020-1"], [("IB-BASIS", "0796")])
    found, anna = _document(world, "hkz_certificate"), browse("anna")
    anna.post(f"/aanmeldingen/{other}/eisen/T03/documenten", {"document": found.id})

    page = anna.get(f"/documenten/{found.id}").text

    assert "Inkoopregio De Waarden" in page
    assert f"/aanmeldingen/{other}" in page
    assert "Hiermee diende u in" in page
    with world.database.reading() as db:
        assert db.get_one(Application, application_id).submissions[0].receipt_number in page


# --- renewing ---


def test_a_newer_version_proposes_itself_to_every_draft_and_swaps_nothing_by_itself(world, browse):
    first = world.complete()
    second = cast.start(world.stage, world.people["anna"], world.other_rounds["2020-1"], [("IB-BASIS", "0796")])
    cast.fill_in(world.stage, world.people["anna"], second, world.chance)
    old, _between = _renew(world)
    _between, new = _renew(world, age_days=3)
    anna = browse("anna")

    lists = [anna.get(f"/aanmeldingen/{one}").text for one in (first, second)]
    page = anna.get(f"/documenten/{new}").text

    assert all("Er is een nieuwere versie" in one for one in lists)
    assert "Hier staat nog een oude versie" in page
    assert "Overal de nieuwe versie gebruiken" in page
    assert old in _used(world, first) & _used(world, second)
    assert new not in _used(world, first) | _used(world, second)


def test_one_button_takes_it_over_in_one_draft_and_one_in_all(world, browse):
    first = world.complete()
    second = cast.start(world.stage, world.people["anna"], world.other_rounds["2020-1"], [("IB-BASIS", "0796")])
    cast.fill_in(world.stage, world.people["anna"], second, world.chance)
    old, new = _renew(world)
    anna = browse("anna")

    one = anna.post(f"/documenten/{new}/overnemen", {"aanmelding": first})
    after_one = old in _used(world, first), old in _used(world, second)
    every = anna.post(f"/documenten/{new}/overnemen")
    again = anna.post(f"/documenten/{new}/overnemen")

    assert (one.status_code, every.status_code, again.status_code) == (303, 303, 303)
    assert after_one == (False, True)
    assert new in _used(world, first) & _used(world, second)
    assert old not in _used(world, first) | _used(world, second)
    assert "Geen open aanmelding gebruikt nog een oude versie" in anna.get(f"/documenten/{new}").text
    assert "Er is een nieuwere versie" not in anna.get(f"/aanmeldingen/{second}").text


def test_what_was_submitted_stays_and_the_page_says_how_to_hand_in_anew(world, browse):
    application_id, anna = world.submitted(), browse("anna")
    with world.database.reading() as db:
        before = db.get_one(Application, application_id).submissions[0].manifest
    old, new = _renew(world)

    page = anna.get(f"/documenten/{new}").text
    anna.post(f"/documenten/{new}/overnemen")
    kept = _used(world, application_id)
    taken = anna.post(f"/aanmeldingen/{application_id}/nieuwste-versies", follow_redirects=True).text

    assert "is ingediend en blijft zoals zij is" in page
    assert "Overal de nieuwe versie" not in page
    assert old in kept
    assert new in _used(world, application_id)
    assert "Dien opnieuw in om de nieuwe versie te laten meetellen" in taken
    with world.database.reading() as db:
        assert db.get_one(Application, application_id).submissions[0].manifest == before


def test_after_the_closing_and_for_strangers_there_is_nothing_to_take_over(world, browse):
    application_id = world.complete()
    old, new = _renew(world)
    karim = browse("karim")

    strange = karim.post(f"/documenten/{new}/overnemen"), karim.post(f"/aanmeldingen/{application_id}/nieuwste-versies")
    world.close_round()
    late = browse("anna").post(f"/aanmeldingen/{application_id}/nieuwste-versies")

    assert [one.status_code for one in strange] == [404, 404]
    assert late.status_code == 409
    assert old in _used(world, application_id)


def test_a_version_that_was_taken_out_of_the_vault_proposes_itself_to_nobody(world, browse):
    application_id, anna = world.complete(), browse("anna")
    _old, new = _renew(world)

    anna.post(f"/documenten/{new}/verwijderen")

    assert "Er is een nieuwere versie" not in anna.get(f"/aanmeldingen/{application_id}").text


def test_a_contract_manager_sees_that_proof_was_renewed_and_nothing_of_the_new_version(world, browse):
    running = settle(world)
    world.work()
    coen = browse("coen")
    before = coen.get(f"/contractbeheer/{running.agreement_id}").text

    _old, new = _renew(world)
    page = coen.get(f"/contractbeheer/{running.agreement_id}").text
    work = coen.get("/contractbeheer?wat=renewed").text

    assert "Bewijs dat intussen is vernieuwd" not in before
    assert "Bewijs dat intussen is vernieuwd" in page
    assert "hkz-certificaat-12345678.pdf" in page
    assert new not in page
    assert "RO-2019-0001" in work
    with world.database.reading() as db:
        assert renewals.renewed_agreements(db) == {running.agreement_id}


# --- what expires when ---


def test_the_timeline_tells_what_expires_when_and_is_empty_without_dates(world, browse):
    anna = browse("anna")
    found = _document(world, "hkz_certificate")

    full = anna.get("/documenten/agenda").text
    with world.database.transaction() as db:
        for one in db.scalars(select(Document)):
            one.removed_at = world.clock()
    empty = anna.get("/documenten/agenda").text

    assert f"/documenten/{found.id}" in full
    assert "Laatste dag waarop het document geldig is" in full
    assert re.search(r"over \d+ maanden", full)
    assert "Er verloopt niets" in empty


def test_the_calendar_reads_a_secret_address_that_can_be_taken_back(world, browse, visitor):
    anna = browse("anna")

    made = anna.post("/documenten/agenda/adres").text
    address = re.search(r"http://[^/]+(/agenda/[\w-]+\.ics)", made)[1]
    feed = visitor.get(address)
    with world.database.reading() as db:
        stored = db.scalars(select(CalendarFeed)).one()
    revoked = anna.post(f"/documenten/agenda/adres/{stored.id}/intrekken")
    after = visitor.get(address)

    assert (feed.status_code, feed.content_type) == (200, "text/calendar; charset=utf-8")
    assert "BEGIN:VEVENT" in feed.text
    assert f"{_document(world, 'hkz_certificate').id}-ends@voordeur" in feed.text
    assert _document(world, "hkz_certificate", "karim").id not in feed.text
    assert feed.headers["Cache-Control"] == "private, no-store"
    assert address.split("/")[2].removesuffix(".ics") not in json.dumps(stored.token_digest)
    assert (revoked.status_code, after.status_code) == (303, 404)
    assert visitor.get("/agenda/zomaar-iets.ics").status_code == 404


def test_a_new_address_replaces_the_own_one_and_a_colleagues_can_be_stopped(world, browse, visitor):
    anna, karim = browse("anna"), browse("karim")
    pattern = r"http://[^/]+(/agenda/[\w-]+\.ics)"

    first = re.search(pattern, anna.post("/documenten/agenda/adres").text)[1]
    second = re.search(pattern, anna.post("/documenten/agenda/adres").text)[1]
    with world.database.reading() as db:
        live = db.scalars(select(CalendarFeed).where(CalendarFeed.revoked_at.is_(None))).one()

    assert [visitor.get(one).status_code for one in (first, second)] == [404, 200]
    assert karim.post(f"/documenten/agenda/adres/{live.id}/intrekken").status_code == 404
    assert visitor.get(second).status_code == 200


def test_the_address_dies_with_the_access_of_whose_it_is(world, browse, visitor):
    address = re.search(r"http://[^/]+(/agenda/[\w-]+\.ics)", browse("anna").post("/documenten/agenda/adres").text)[1]

    with world.database.transaction() as db:
        db.get_one(User, world.people["anna"]).disabled_at = world.clock()

    assert visitor.get(address).status_code == 404


def test_making_and_revoking_leave_their_events(world, browse):
    anna = browse("anna")

    anna.post("/documenten/agenda/adres")
    anna.post("/documenten/agenda/adres")

    with world.database.reading() as db:
        acts = list(db.scalars(select(AuditEvent.act).where(AuditEvent.subject_type == "CalendarFeed")))
    assert sorted(acts) == ["make_feed", "make_feed", "revoke_feed"]
