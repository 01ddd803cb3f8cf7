"""The integrity compartment: one role, a line for every opening, and an outcome for everybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from portal.adapters import schema
from portal.cli.files import EVER
from portal.domain import calendar, integrity, reviews
from portal.models import Application, AuditEvent, Document, Evidence, IntegrityCheck, IntegrityRead, User


def _sealed(closed, application=""):
    with closed.world.database.reading() as db:
        return db.scalars(
            select(Document)
            .join(Evidence, Evidence.document_id == Document.id)
            .where(Evidence.application_id == (application or closed.application), Document.is_sealed)
        ).one()


def _open(browser, closed, document, purpose):
    return browser.post(f"/integriteit/{closed.check}/stukken/{document}", {"purpose": purpose})


def _kept(closed):
    return sorted(closed.world.services.files.keys("integrity/", EVER))


def _file(closed):
    with closed.world.database.reading() as db:
        return f"/integriteit/{closed.check}/{db.get_one(IntegrityCheck, closed.check).files[0].id}"


SECRET = "De bestuurder staat onder verscherpt toezicht."


def test_the_queue_shows_every_check_by_term(closed, official, statements):
    browser = official("bram")
    statements.clear()

    page = browser.get("/integriteit").text

    assert len(statements) <= 12
    assert "Stichting De Linde" in page
    assert "Zorgboerderij Het Erf" in page
    assert "Integriteitstoets loopt" in page
    assert "Stichting De Linde" not in browser.get("/integriteit?q=erf").text
    assert "Stichting De Linde" not in browser.get("/integriteit?uitkomst=objection").text


@pytest.mark.parametrize("who", ["ineke", "renske", "anna"])
def test_nobody_else_comes_in(closed, official, who):
    browser = official(who)
    sealed = _sealed(closed).id

    codes = [
        browser.get("/integriteit").status_code,
        browser.get(f"/integriteit/{closed.check}").status_code,
        _open(browser, closed, sealed, "Nieuwsgierig").status_code,
        browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "no_objection"}).status_code,
        browser.get(_file(closed)).status_code,
        browser.post(f"{_file(closed)}/openen", {"purpose": "Nieuwsgierig"}).status_code,
        browser.post(f"{_file(closed)}/besluit").status_code,
    ]

    assert codes == [403] * 7


def test_opening_a_sealed_document_asks_what_for(closed, official):
    browser, document = official("bram"), _sealed(closed)

    answer = _open(browser, closed, document.id, "")

    assert answer.status_code == 422
    assert f'href="#purpose-{document.id}"' in answer.text
    with closed.world.database.reading() as db:
        assert db.scalars(select(IntegrityRead)).all() == []


def test_opening_a_sealed_document_gives_its_bytes_and_leaves_a_line(closed, official):
    browser, document = official("bram"), _sealed(closed)

    answer = _open(browser, closed, document.id, "Toets van het vragenformulier")

    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert len(answer.data) == document.size
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    page = browser.get(f"/integriteit/{closed.check}").text
    assert "Toets van het vragenformulier" in page
    assert "maandag 28 oktober 2019, 10.00 uur" in page


def test_a_document_of_another_dossier_does_not_exist_here(closed, official):
    browser = official("bram")
    with closed.world.database.reading() as db:
        extract = db.scalars(select(Document.id).where(Document.kind == "kvk_extract")).first()

    foreign = _sealed(closed, closed.other_application).id

    assert [_open(browser, closed, one, "Toets van het stuk").status_code for one in (foreign, extract)] == [404, 404]


def test_what_was_never_submitted_is_not_there(closed, official):
    """A form that was put in the draft after submitting belongs to nobody's decision."""
    with closed.world.database.transaction() as db:
        application = db.get_one(Application, closed.application)
        foreign = db.get_one(Document, _sealed(closed, closed.other_application).id)
        db.add(
            Evidence(
                authority_id=application.authority_id,
                application_id=application.id,
                document_id=foreign.id,
                attached_at=closed.world.clock(),
                attached_by_id=closed.world.people["anna"],
            )
        )
    browser = official("bram")

    assert foreign.filename not in browser.get(f"/integriteit/{closed.check}").text
    assert _open(browser, closed, foreign.id, "Toets van het stuk").status_code == 404


def test_an_objection_is_not_recorded_by_the_officer_alone(closed, official):
    browser = official("bram")

    answer = browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "objection", "note": SECRET})

    assert answer.status_code == 403
    assert "de beslisser" in answer.text
    assert _kept(closed) == []


def test_a_reasoning_without_an_outcome_stays_on_the_screen_only(closed, official):
    browser = official("bram")

    answer = browser.post(f"/integriteit/{closed.check}/uitkomst", {"note": SECRET})

    assert answer.status_code == 422
    assert f"{SECRET}</textarea>" in answer.text
    assert _kept(closed) == []


def test_the_reasoning_is_sealed_and_the_outcome_is_all_that_others_see(closed, official):
    browser = official("bram")

    answer = browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "no_objection", "note": SECRET})

    assert answer.status_code == 303
    (note,) = _kept(closed)
    assert SECRET.encode() not in closed.world.services.files.read(note)
    page = official("ineke").get(f"/beoordelen/{closed.review}").text
    assert "Geen belemmering" in page
    assert "toezicht" not in page
    with closed.world.database.reading() as db:
        assert "toezicht" not in str([one.details for one in db.scalars(select(AuditEvent))])


def test_the_reasoning_can_be_read_again_and_that_is_kept(closed, official):
    browser = official("bram")
    browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "no_objection", "note": SECRET})
    assert SECRET not in browser.get(_file(closed)).text

    browser.post(f"{_file(closed)}/openen", {"purpose": "Nalezen voor het gesprek"})

    assert SECRET in browser.get(_file(closed)).text
    with closed.world.database.reading() as db:
        kept = select(IntegrityRead).where(IntegrityRead.purpose == "Nalezen voor het gesprek")
        assert [one.read_by_id for one in db.scalars(kept)] == [closed.world.people["bram"]]


def test_an_outcome_is_recorded_once(closed, official):
    browser = official("bram")
    browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "no_objection"})

    other = browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "objection", "note": SECRET})

    assert other.status_code == 409
    assert _kept(closed) == []
    with closed.world.database.reading() as db:
        assert db.get_one(IntegrityCheck, closed.check).outcome == "no_objection"


def test_a_note_of_before_is_still_read(closed, official):
    """Until there were files, a note was a text; it became a paper under the key that it had."""
    key = "integrity/notes/before"
    sink = closed.world.services.files.sink(key, limit=1000, sealed=True)
    sink.write(SECRET.encode())
    sink.finish()
    with closed.world.database.transaction() as db:
        check, bram = db.get_one(IntegrityCheck, closed.check), db.get_one(User, closed.world.people["bram"])
        integrity.record_outcome(check, bram, "no_objection", key, closed.world.clock())
    browser = official("bram")

    browser.post(f"{_file(closed)}/openen", {"purpose": "Nalezen voor het gesprek"})

    assert SECRET in browser.get(_file(closed)).text


def test_an_interest_hides_the_check_too(closed, official):
    with closed.world.database.transaction() as db:
        bram = db.get_one(User, closed.world.people["bram"])
        application = db.get_one(Application, closed.application)
        reviews.recuse(application, bram, "Mijn broer is daar bestuurder.", closed.world.clock())
    browser = official("bram")

    page = browser.get("/integriteit").text

    assert "Stichting De Linde" not in page
    assert "<b>1</b> <span>Alle</span>" in page
    assert browser.get(f"/integriteit/{closed.check}").status_code == 404


def test_outcomes_of_before_there_were_files_become_decided_files_with_their_note(closed):
    key = "integrity/notes/before"
    with closed.world.database.transaction() as db:
        check, bram = db.get_one(IntegrityCheck, closed.check), db.get_one(User, closed.world.people["bram"])
        integrity.record_outcome(check, bram, "no_objection", key, closed.world.clock())
    engine = closed.world.database.engine
    schema.take_back(engine, "0017")
    with engine.begin() as connection:
        kept = text("SELECT note_key FROM integrity_checks WHERE id = :id")
        assert connection.execute(kept, {"id": closed.check}).scalar() == key
        connection.execute(
            text("UPDATE integrity_checks SET outcome = 'objection' WHERE id = :id"), {"id": closed.check}
        )

    schema.migrate(engine)

    with closed.world.database.reading() as db:
        (before,) = db.get_one(IntegrityCheck, closed.check).files
        assert (before.state, before.result, before.decided_by_id) == (
            "decided", "objection", closed.world.people["bram"]
        )  # fmt: skip
        assert [(one.kind, one.storage_key) for one in before.papers] == [("note", key)]
        other = db.scalars(select(IntegrityCheck).where(IntegrityCheck.id != closed.check)).one()
        assert [(one.state, one.result, one.position) for one in other.files] == [("open", "", 0)]
        assert other.files[0].organisation_id == other.application.organisation_id


def test_the_officer_sets_how_long_a_closed_file_is_kept_and_afterwards_the_pages_say_it_is_gone(closed, official):
    browser, path, world = official("bram"), _file(closed), closed.world
    browser.post(f"{path}/openen", {"purpose": "Afronden"})
    browser.post(f"{path}/geen-gevaar", {"clear-note": SECRET})
    assert "Die dag is nog niet bekend" in browser.get(path).text
    for wrong in ("morgen", "2019-01-01", "2099-01-01"):
        answer = browser.post(f"{path}/bewaren", {"until": wrong})
        assert answer.status_code == 422
        assert 'href="#until"' in answer.text
        assert f'value="{wrong}"' in answer.text
    day = calendar.local_day(world.clock()) + timedelta(days=1)

    assert browser.post(f"{path}/bewaren", {"until": str(day)}).status_code == 303

    world.clock.advance(timedelta(days=3))
    world.work()
    browser = official("bram")
    page = browser.get(path).text
    assert "De stukken zijn vernietigd" in page
    assert SECRET not in page
    check = browser.get(f"/integriteit/{closed.check}").text
    assert "Stukken vernietigd" in check
    assert "Niet meer te openen" in check
    assert browser.post(f"{path}/openen", {"purpose": "Nog eens"}).status_code == 409
    assert _open(browser, closed, _sealed(closed).id, "Nog eens").status_code == 409
