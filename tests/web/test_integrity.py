"""The integrity compartment: one role, a line for every opening, and an outcome for everybody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.cli.files import EVER
from portal.domain import reviews
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


def _notes(closed):
    return sorted(closed.world.services.files.keys("integrity/notes/", EVER))


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
        browser.post(f"/integriteit/{closed.check}/onderbouwing").status_code,
    ]

    assert codes == [403] * 5


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


def test_an_objection_needs_reasoning_and_leaves_no_file_behind_without_it(closed, official):
    browser = official("bram")

    answer = browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "objection"})

    assert answer.status_code == 422
    assert 'href="#note"' in answer.text
    assert _notes(closed) == []


def test_a_reasoning_without_an_outcome_stays_on_the_screen_only(closed, official):
    browser = official("bram")

    answer = browser.post(f"/integriteit/{closed.check}/uitkomst", {"note": "De bestuurder staat onder toezicht."})

    assert answer.status_code == 422
    assert "De bestuurder staat onder toezicht.</textarea>" in answer.text
    assert _notes(closed) == []


def test_the_reasoning_is_sealed_and_the_outcome_is_all_that_others_see(closed, official):
    browser = official("bram")
    secret = "De bestuurder staat onder verscherpt toezicht."

    answer = browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "objection", "note": secret})

    assert answer.status_code == 303
    (note,) = _notes(closed)
    assert secret.encode() not in closed.world.services.files.read(note)
    page = official("ineke").get(f"/beoordelen/{closed.review}").text
    assert "Belemmering" in page
    assert "toezicht" not in page
    with closed.world.database.reading() as db:
        assert "toezicht" not in str([one.details for one in db.scalars(select(AuditEvent))])


def test_the_reasoning_can_be_read_again_and_that_is_kept(closed, official):
    browser = official("bram")
    browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "objection", "note": "Er loopt een strafzaak."})

    answer = browser.post(f"/integriteit/{closed.check}/onderbouwing")

    assert answer.text == "Er loopt een strafzaak."
    with closed.world.database.reading() as db:
        kept = select(AuditEvent).where(AuditEvent.act == "read_note", AuditEvent.subject_id == closed.check)
        assert [one.actor_id for one in db.scalars(kept)] == [closed.world.people["bram"]]


def test_an_outcome_is_recorded_once(closed, official):
    browser = official("bram")
    browser.post(f"/integriteit/{closed.check}/uitkomst", {"outcome": "no_objection"})

    other = browser.post(
        f"/integriteit/{closed.check}/uitkomst", {"outcome": "objection", "note": "Bij nader inzien toch wel."}
    )

    assert other.status_code == 409
    assert _notes(closed) == []
    with closed.world.database.reading() as db:
        assert db.get_one(IntegrityCheck, closed.check).outcome == "no_objection"


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
