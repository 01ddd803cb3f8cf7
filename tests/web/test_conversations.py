"""The pages of messages inside the portal."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.cli import asking_script as script
from portal.models import Conversation, Post, PostOpening, new_id

TEXT = "Ons certificaat komt volgende week. Mag dat nog?"


def text_of(answer):
    return answer.get_data(as_text=True)


def count(world, model):
    with world.database.reading() as db:
        return db.scalar(select(func.count()).select_from(model))


def begun(world):
    return script.converse(world.stage, world.people["anna"], world.draft("anna"), "Certificaat", TEXT)


def test_a_message_is_opened_by_a_press_and_the_writer_sees_by_whom_and_when(world, browse):
    application_id = world.draft("anna")
    anna, ineke = browse("anna"), browse("ineke")
    form = {"attempt": new_id(), "about": f"aanmelding:{application_id}", "title": "Certificaat", "text": TEXT}
    at = anna.post("/berichten/nieuw", form).headers["Location"].partition("#")[0]
    assert anna.post("/berichten/nieuw", form).headers["Location"].startswith(at)  # twice is once
    assert count(world, Conversation) == 1
    assert "Nieuw bericht</span>" in text_of(ineke.get("/berichten?stand=nieuw"))

    unopened = text_of(ineke.get(at))
    assert TEXT not in unopened
    assert count(world, PostOpening) == 0  # looking is not opening
    ineke.post(f"{at}/openen")

    assert TEXT in text_of(ineke.get(at))
    assert "Geopend door Ineke Bos op maandag 15 juli 2019, 10.00 uur." in text_of(anna.get(at))
    assert "Er zijn nog geen berichten" not in text_of(ineke.get("/berichten"))
    assert "Geen berichten gevonden" in text_of(ineke.get("/berichten?stand=nieuw"))


def test_an_answer_that_is_sent_twice_is_there_once(world, browse):
    at, renske = f"/berichten/{begun(world)}", browse("renske")
    form = {"attempt": new_id(), "text": "Dat mag."}

    for _ in range(2):
        assert renske.post(at, form).status_code == 303

    assert count(world, Post) == 2


def test_what_was_typed_stays_in_a_refused_message(world, browse):
    anna = browse("anna")
    procedure = f"procedure:{world.procedure_id}"

    answer = anna.post("/berichten/nieuw", {"about": procedure, "title": "Vr", "text": TEXT})

    assert answer.status_code == 422
    assert f"{TEXT}</textarea>" in text_of(answer)
    assert f'<option value="{procedure}" selected>' in text_of(answer)
    answer = anna.post("/berichten/nieuw", {"about": "procedure:onzin", "title": "Vraag", "text": TEXT})
    assert "Kies waar uw bericht over gaat." in text_of(answer)


def test_somebody_elses_conversation_is_not_there(world, browse):
    at = f"/berichten/{begun(world)}"

    for who, status in (("karim", 404), ("olga", 404), ("bram", 403)):
        assert browse(who).get(at).status_code == status
        assert browse(who).post(at, {"attempt": new_id(), "text": "Hallo"}).status_code == status


def test_the_form_warns_about_bibob_and_has_no_files(world, browse):
    page = text_of(browse("anna").get(f"/berichten/{begun(world)}"))

    assert "Schrijf hier niets over de Bibob-toets" in page
    assert 'type="file"' not in page


def test_an_official_writes_from_the_dossier(world, browse):
    application_id = world.submitted("anna")
    karims = world.draft("karim")
    world.close_round()
    from portal.cli import script as screening

    screening.declare(world.stage, world.people["ineke"], world.rounds["2020-1"])
    ineke = browse("ineke")
    assert "Stichting De Linde" in text_of(ineke.get(f"/berichten/nieuw?over=aanmelding:{application_id}"))
    assert ineke.get(f"/berichten/nieuw?over=aanmelding:{karims}").status_code == 404

    about = f"aanmelding:{application_id}"
    form = {"attempt": new_id(), "about": about, "title": "Uw locatie", "text": "Klopt het adres?"}
    assert ineke.post("/berichten/nieuw", form).status_code == 303

    assert "Uw locatie" in text_of(browse("anna").get("/berichten"))
