"""Signals: computed when a dossier is taken in and when a remedy brings documents, looked at by people."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from datetime import timedelta

import pikepdf
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from portal.cli import cast, script
from portal.cli.script import Verdict
from portal.domain import signals
from portal.domain.signal_rules import RULES
from portal.models import (
    Application,
    AuditEvent,
    Document,
    DocumentReading,
    Message,
    Organisation,
    RemedyItem,
    RemedyRequest,
    Review,
    Round,
    ScreenedDocument,
    Signal,
    SignalLook,
    SignalRun,
    User,
    new_id,
)
from portal.queries import signals as queries
from portal.worker.tasks import TASKS
from tests import readable
from tests.conftest import Browser

LINDE, ERF = "Stichting De Linde", "Zorgboerderij Het Erf B.V."
SAME_FILE = "zit ook bij een andere aanmelding"


def _documents(world, who: str, kind: str):
    organisation = select(User.organisation_id).where(User.id == world.people[who]).scalar_subquery()
    return Document.organisation_id == organisation, Document.kind == kind


def _change(world, who: str, kind: str, *, reading: dict | None = None, **fields) -> None:
    """Make a document of the vault another one than it was, before it is used."""
    with world.database.transaction() as db:
        if fields:
            db.execute(update(Document).where(*_documents(world, who, kind)).values(**fields))
        if reading:
            ids = select(Document.id).where(*_documents(world, who, kind))
            db.execute(update(DocumentReading).where(DocumentReading.document_id.in_(ids)).values(**reading))


def _read(**values: str) -> dict:
    found = [{"field": field, "value": value, "words": value, "page": 2} for field, value in values.items()]
    return {"found": found}


def _found(world, who: str) -> dict[str, list[str]]:
    """Per rule what the signals of this applicant say."""
    told: dict[str, list[str]] = {}
    own = select(User.organisation_id).where(User.id == world.people[who]).scalar_subquery()
    with world.database.reading() as db:
        rows = db.scalars(select(Signal).join(Review).join(Application).where(Application.organisation_id == own))
        for one in rows:
            told.setdefault(one.rule, []).append(RULES[one.rule].message % one.facts)
    return told


def _work(world) -> None:
    """What the worker does for signals; receipts and certificates take seconds and say nothing here."""
    for task in TASKS:
        if task.name in {"rounds_to_close", "applications_to_take_in", "documents_to_read", "reviews_to_signal"}:
            with world.database.reading() as db:
                due = task.find(db, world.clock())
            for one in due:
                task.handle(world.database, world.services, one)


def _taken_in(world) -> None:
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at)
    _work(world)


# --- what stands out ---


def test_what_stands_out_in_the_documents_is_found_when_the_dossier_is_taken_in(world):
    signed = {"signer": "J. Jansen", "organisation": "", "issuer": "Eigen CA", "signed_at": ""}
    _change(
        world, "anna", "kvk_extract", issued_on=world.clock().date() - timedelta(days=400),
        reading={
            **_read(holder_kvk_number="99999999"),
            "signatures": [{**signed, "is_time_vouched": False, "is_trusted": False, "is_whole": False}],
            "properties": {"producer": "GIMP 2.10", "made_at": "2019-07-01T10:00:00+00:00", "revisions": 1},
        },
    )  # fmt: skip
    _change(
        world, "anna", "hkz_certificate",
        reading={
            **_read(holder_name="Stichting Heel Anders", issued_on="2019-06-01", expires_on="2019-08-01"),
            "properties": {
                "producer": "Word", "made_at": "2019-05-01T10:00:00+00:00",
                "changed_at": "2019-05-20T10:00:00+00:00", "revisions": 3,
            },
        },
    )  # fmt: skip
    _change(world, "anna", "experience_statement", reading={"outcome": "unreadable", "found": []})
    with world.database.transaction() as db:
        linde = db.scalars(select(Organisation).where(Organisation.name == LINDE)).one()
        linde.register_facts = {"kvk": {"name": "Stichting Oude Linde Zorg B", "is_ended": True}}
        linde.name = "Zorg aan Huis"

    world.submitted("anna")
    _taken_in(world)

    found = _found(world, "anna")
    assert {rule: len(texts) for rule, texts in found.items()} == {
        "validity": 1, "other_number": 1, "signed_by_other": 1, "changed_after_signing": 1, "image_editor": 1,
        "made_later": 1, "other_name": 1, "typed_differs": 3, "revised": 1, "made_earlier": 1, "changed_later": 1,
        "unreadable": 1, "register_name": 1, "register_ended": 1,
    }  # fmt: skip
    assert "te oud" in found["validity"][0]
    assert "99999999" in found["other_number"][0]
    assert "J. Jansen, niet door de Kamer van Koophandel" in found["signed_by_other"][0]
    assert "GIMP" in found["image_editor"][0]
    assert "2 keer bijgewerkt" in found["revised"][0]


def test_documents_that_are_as_they_should_be_say_nothing(world):
    signed = {"signer": "KvK", "organisation": "Kamer van Koophandel", "issuer": "QuoVadis", "signed_at": ""}
    _change(
        world, "anna", "kvk_extract",
        reading={"signatures": [{**signed, "is_time_vouched": True, "is_trusted": True, "is_whole": True}]},
    )  # fmt: skip

    world.submitted("anna")
    _taken_in(world)

    assert _found(world, "anna") == {}
    with world.database.reading() as db:
        run = db.scalars(select(SignalRun)).one()
        assert (run.occasion, run.documents > 5) == (signals.TAKEN_IN, True)


def test_a_dossier_waits_until_its_documents_have_been_read_but_no_longer_than_a_day(world):
    world.submitted("anna")
    _change(world, "anna", "kvk_extract", read_at=None, scan_state="waiting")
    _taken_in(world)
    assert _found(world, "anna") == {}

    world.clock.set(world.clock() + timedelta(days=1))
    _work(world)

    assert list(_found(world, "anna")) == ["unsigned"]


# --- the same elsewhere ---


@pytest.fixture
def alike(world):
    """Two applicants with one file and one certificate number between them, and one of them at another region too."""
    with world.database.reading() as db:
        file, number = (
            db.scalars(select(Document).where(*_documents(world, "anna", kind))).first()
            for kind in ("kvk_extract", "hkz_certificate")
        )
    _change(world, "karim", "kvk_extract", sha256=file.sha256)
    _change(world, "karim", "hkz_certificate", number=f" {number.number.lower()} ")
    return world


def test_the_same_file_and_the_same_number_are_told_at_both(alike):
    alike.submitted("anna")
    alike.submitted("karim")
    _taken_in(alike)

    for who in ("anna", "karim"):
        found = _found(alike, who)
        assert (len(found["same_file"]), len(found["same_number"])) == (1, 1), who
        assert SAME_FILE in found["same_file"][0]


def _many_of(world, who, number):
    """So many other applicants who sent the very same documents as this one."""
    with world.database.transaction() as db:
        own = select(User.organisation_id).where(User.id == world.people[who]).scalar_subquery()
        one = db.scalars(select(Application).where(Application.organisation_id == own)).one()
        screened = select(ScreenedDocument.id).where(ScreenedDocument.review_id == one.review.id)
        first = {
            Organisation: one.organisation_id, Application: one.id, Review: one.review.id,
            ScreenedDocument: db.scalars(screened),
        }  # fmt: skip
        rows = {
            model: db.execute(select(model.__table__).where(model.id.in_([ids] if isinstance(ids, str) else ids.all())))
            .mappings()
            .all()
            for model, ids in first.items()
        }
        for count in range(number):
            new = {first[model]: new_id() for model in (Organisation, Application, Review)}
            for model, found in rows.items():
                for row in found:
                    made = {name: new.get(value, value) for name, value in row.items() if isinstance(value, str)}
                    own = {"id": new.get(row["id"]) or new_id()}
                    if model is Organisation:
                        own |= {"kvk_number": f"9{count:07}"}
                    elif model is Application:
                        own |= {"number": f"A-{count}"}
                    elif model is ScreenedDocument:
                        own |= {"owner_id": new[first[Organisation]]}
                    db.execute(insert(model).values({**row, **made, **own}))


def test_a_document_that_everybody_sends_points_to_the_first_twenty(alike):
    for who in ("anna", "karim"):
        alike.submitted(who)
    _taken_in(alike)
    _many_of(alike, "karim", 24)

    with alike.database.reading() as db:
        review = db.scalars(select(Review).join(Application).join(Organisation).where(Organisation.name == LINDE)).one()
        own = db.scalars(select(ScreenedDocument).where(ScreenedDocument.review_id == review.id)).all()
        found = Counter(one.document_id for one in queries.copies(db, review, own))

    assert set(found.values()) == {20}
    assert len(found) == 2  # the file they share, and the number


def test_what_another_region_received_is_never_compared(alike):
    cast.fill_in(
        alike.stage, alike.people["karim"],
        other := cast.start(alike.stage, alike.people["karim"], alike.other_rounds["2020-1"], (("IB-BASIS", "0796"),)),
        alike.chance,
    )  # fmt: skip
    cast.submit(alike.stage, alike.people["karim"], other)
    alike.submitted("anna")
    _taken_in(alike)

    assert [rule for who in ("anna", "karim") for rule in _found(alike, who) if rule.startswith("same")] == []


def test_who_has_an_interest_in_the_one_sees_no_signal_that_points_to_it_at_the_other(app, alike):
    for who in ("anna", "karim"):
        alike.submitted(who)
    _taken_in(alike)
    with alike.database.reading() as db:
        found = {one.organisation.name: one for one in db.scalars(select(Application))}
        review, theirs = found[LINDE].review.id, found[ERF].id
    round_id = alike.rounds["2020-1"]
    script.declare(alike.stage, alike.people["ineke"], round_id, {theirs: "Mijn zus werkt daar al jaren."})
    script.declare(alike.stage, alike.people["joris"], round_id)
    table = f"/beoordelen/rondes/{round_id}/signalen"

    ineke, joris = (Browser(app, alike).sign_in(who) for who in ("ineke", "joris"))

    for path in (f"/beoordelen/{review}", table, f"{table}.csv"):
        hidden, shown = (browser.get(path).text for browser in (ineke, joris))
        assert (SAME_FILE in shown, "Zelfde nummer" in shown, ERF in shown) == (True, True, True), path
        assert (SAME_FILE in hidden, "Zelfde nummer" in hidden, ERF in hidden) == (False, False, False), path
    with alike.database.reading() as db:
        pointing = db.scalars(select(Signal.id).where(Signal.review_id == review, Signal.rule == "same_file")).one()
    assert ineke.post(f"/beoordelen/{review}/signalen/{pointing}/gezien").status_code == 404
    assert joris.post(f"/beoordelen/{review}/signalen/{pointing}/gezien").status_code == 303


def test_a_remedy_brings_documents_that_are_looked_at_too(closed):
    world = closed.world
    closed.declare("ineke")
    for application, who in ((closed.application, "anna"), (closed.other_application, "karim")):
        script.judge(
            world.stage, world.people["ineke"], application, {"T03": Verdict("remedy", "Stuur het hele certificaat.")},
            places=None,
        )  # fmt: skip
        remedy = script.ask_remedy(world.stage, world.people["ineke"], application)
        with world.database.reading() as db:
            item = db.scalars(select(RemedyItem.id).where(RemedyItem.remedy_id == remedy)).one()
        browser = closed.browser(who)
        path = f"/aanmeldingen/{application}/herstel/{remedy}"
        headers = {"X-CSRFToken": browser.token("/aanmeldingen"), "X-File-Name": "hkz-nieuw.pdf"}
        sent = browser.client.put(f"{path}/{item}/upload?soort=hkz_certificate", data=_bettered(), headers=headers)
        assert sent.status_code == 201, sent.text
        _work(world)
        assert "image_editor" not in _found(world, who)
        browser.post(f"{path}/versturen")
        _work(world)

    assert "Adobe Photoshop" in _found(world, "anna")["image_editor"][0]
    assert SAME_FILE in _found(world, "anna")["same_file"][0]
    assert "Zo heet geen organisatie in deze aanmelding" in _found(world, "karim")["other_name"][0]
    with world.database.reading() as db:
        assert len(db.scalars(select(SignalRun)).all()) == 4
        assert {one.answered_at is not None for one in db.scalars(select(RemedyRequest))} == {True}


def _bettered() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(readable.pdf(readable.certificate()))) as pdf:
        pdf.docinfo["/Creator"] = "Adobe Photoshop 2019"
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


# --- looked at ---


def _signal(closed) -> str:
    with closed.world.database.reading() as db:
        return db.scalars(select(Signal.id).where(Signal.review_id == closed.review, Signal.rule == "unsigned")).one()


@pytest.fixture
def computed(closed):
    _work(closed.world)
    return closed


def test_a_person_looks_at_a_signal_and_says_so_once(computed, official):
    browser, signal = official("ineke"), _signal(computed)
    path = f"/beoordelen/{computed.review}/signalen/{signal}/gezien?eis=E01"

    for _ in range(2):
        answer = browser.post(path, {"note": "Gebeld met de KvK, klopt."})
        assert answer.headers["Location"] == f"/beoordelen/{computed.review}?eis=E01#signaal-{signal}"

    page = browser.get(f"/beoordelen/{computed.review}?eis=E01").text
    assert page.count("Gebeld met de KvK, klopt.") == 1
    assert "Bekeken door Ineke Bos, maandag 28 oktober 2019" in page
    with computed.world.database.reading() as db:
        assert len(db.scalars(select(SignalLook)).all()) == 1
        event = db.scalars(select(AuditEvent).where(AuditEvent.act == "look_at_signal")).one()
        assert event.details == {"signal": signal, "rule": "unsigned"}
        # a signal is no verdict: nothing of the screening moved
        assert db.get_one(Review, computed.review).state == "open"


def test_a_note_that_is_too_long_is_asked_again_and_not_lost(computed, official):
    browser = official("ineke")

    answer = browser.post(f"/beoordelen/{computed.review}/signalen/{_signal(computed)}/gezien", {"note": "x" * 2001})

    assert answer.status_code == 422
    assert "x" * 2001 in answer.text


def test_a_signal_and_who_looked_at_it_stay_as_they_were_kept(computed, official):
    official("ineke").post(f"/beoordelen/{computed.review}/signalen/{_signal(computed)}/gezien")

    for statement in (
        update(Signal).values(rule="validity"), delete(SignalLook), update(SignalLook).values(note="anders"),
        delete(Signal),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="what was kept stays"), computed.world.database.transaction() as db:
            db.execute(statement)


def test_signals_of_a_dossier_of_another_region_are_nowhere(computed):
    olga = computed.browser("olga")

    assert olga.get(f"/beoordelen/rondes/{computed.round}/signalen").status_code == 404
    assert olga.post(f"/beoordelen/{computed.review}/signalen/{_signal(computed)}/gezien").status_code == 404


# --- the table ---


def test_the_table_of_a_round_is_narrowed_by_its_address_and_exported(computed, official):
    browser = official("ineke")
    browser.post(f"/beoordelen/{computed.review}/signalen/{_signal(computed)}/gezien", {"note": "=Gezien"})
    table = f"/beoordelen/rondes/{computed.round}/signalen"

    queries = ("", "bekeken=ja", "bekeken=nee", "q=erf", "regel=validity")
    pages = {query: browser.get(f"{table}?{query}").text for query in queries}

    assert {query: [name for name in (LINDE, ERF) if f">{name}<" in page] for query, page in pages.items()} == {
        "": [LINDE, ERF],
        "bekeken=ja": [LINDE],
        "bekeken=nee": [ERF],
        "q=erf": [ERF],
        "regel=validity": [],
    }
    answer = browser.get(f"{table}.csv?bekeken=ja")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert [(row["Zorgaanbieder"], row["Bekeken door"], row["Notitie"]) for row in rows] == [
        (LINDE, "Ineke Bos", "'=Gezien")
    ]
    assert rows[0]["Bron"] == RULES["unsigned"].source


def test_before_the_table_interests_are_declared(computed):
    answer = computed.browser("ineke").get(f"/beoordelen/rondes/{computed.round}/signalen")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/beoordelen/rondes/{computed.round}/belangen")


def test_the_table_costs_the_same_statements_for_many(computed, official, statements):
    browser, table = official("ineke"), f"/beoordelen/rondes/{computed.round}/signalen"
    browser.get(table)
    statements.clear()
    browser.get(table)
    few = len(statements)
    with computed.world.database.transaction() as db:
        review = db.get_one(Review, computed.review)
        for number in range(60):
            found = signals.Found("register_name", None, {"number": "1", "read": "a", "typed": "b"}, detail=str(number))
            db.add(signals.made(review, found, computed.world.clock()))
    statements.clear()

    page = browser.get(table).text

    assert len(statements) == few <= 10
    assert page.count("Naam in het register.") == 50
    assert 'rel="next"' in page


# --- never for the applicant ---


def test_no_page_file_or_mail_of_an_applicant_says_anything_of_a_signal(computed, official):
    world, inkoper = computed.world, official("ineke")
    inkoper.post(f"/beoordelen/{computed.review}/signalen/{_signal(computed)}/gezien", {"note": "Alleen voor ons"})
    verdicts = {"T03": Verdict("remedy", "Stuur het hele certificaat.")}
    script.judge(world.stage, world.people["ineke"], computed.application, verdicts)
    remedy = script.ask_remedy(world.stage, world.people["ineke"], computed.application)
    _work(world)
    anna = computed.browser("anna")
    with world.database.reading() as db:
        submission = db.get_one(Review, computed.review).submission_id
        document = db.scalars(select(Document.id).where(*_documents(world, "anna", "kvk_extract"))).first()
        item = db.scalars(select(RemedyItem.id).where(RemedyItem.remedy_id == remedy)).one()
        labels = [db.get_one(Round, computed.round).label]
    known = {
        "application_id": computed.application, "review_id": computed.review, "round_id": computed.round,
        "remedy_id": remedy, "item_id": item, "submission_id": submission, "document_id": document, "key": "E01",
        "kind": "kvk_extract", "signal_id": _signal(computed), "authority": "meierij", "slug": "meierij-2020",
        "label": labels[0],
    }  # fmt: skip

    pages = [
        (rule.endpoint, anna.get(_address(rule.rule, known)))
        for rule in computed.app.url_map.iter_rules()
        if "GET" in rule.methods and rule.endpoint not in {"static", "watching.metrics"}
    ]
    archive = zipfile.ZipFile(io.BytesIO(anna.post("/mijn-gegevens/organisatie.zip", {"password": cast.PASSWORD}).data))

    read = [(name, page.data.decode("utf-8", "replace")) for name, page in pages if page.status_code == 200]
    read += [(name, archive.read(name).decode("utf-8", "replace")) for name in archive.namelist()]
    with world.database.reading() as db:
        read += [(one.template, str(one.facts)) for one in db.scalars(select(Message))]
    assert len(read) > 60
    words = ("ignaal", "ignalen", "signal", "Alleen voor ons", "digitale handtekening van de Kamer")
    assert [(name, word) for name, text in read for word in words if word in text] == []
    assert {page.status_code for name, page in pages if name.startswith("signals.")} <= {403, 404}


def _address(rule: str, known: dict[str, str]) -> str:
    return re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: "1" if found[1] == "int" else known.get(found[2], "niets"), rule)
