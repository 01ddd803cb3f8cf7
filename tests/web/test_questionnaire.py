"""The Bibob questionnaire in the portal: questions of the official model, every save sealed, for one filler each."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.adapters import bibob_forms, compartment, procedure_files
from portal.cli.files import EVER
from portal.domain import integrity, questionnaires, requirements
from portal.models import Application, Evidence, IntegrityCheck, IntegrityForm, OwnPart, Submission
from tests import partners
from tests.closing import close
from tests.conftest import MEIERIJ

MODEL = bibob_forms.model("overheidsopdrachten-2013")
SECRET = "Kroongetuige tegen de vorige bestuurder"


def _form(world, application_id, position=0):
    with world.database.reading() as db:
        kept = db.scalars(select(IntegrityForm).where(IntegrityForm.application_id == application_id)).all()
        return next((one for one in kept if (one.party.position if one.party else 0) == position), None)


def _files(world):
    return sorted(world.services.files.keys("integrity/forms/", EVER))


def _save(browser, application_id, section, fields, *, position=0, based_on=0, act=""):
    codes = {name.split("-")[0] for name in fields}
    there = {f"{code}-there": "1" for code in codes}
    path = f"/aanmeldingen/{application_id}/vragenformulier/{position}/{section}"
    return browser.post(path, {**there, **fields, "based_on": based_on, "act": act})


def fill(browser, world, application_id, *, position=0, text=SECRET):
    """Every question that is asked of a sole trader: nothing to tell, one text."""
    path = f"/aanmeldingen/{application_id}/vragenformulier/{position}"
    who = {"1A-0-0": "A-1", "1B-choice": "yes", "1B-0-0": text}
    _save(browser, application_id, "1", who, position=position)
    for chapter in ("2", "6"):
        fields = {}
        for one in next(each for each in MODEL.chapters if each.key == chapter).questions:
            fields[f"{one.code}-{'choice' if one.answer == 'choice' else 'text'}"] = (
                "no" if one.answer == "choice" else text
            )
        version = _form(world, application_id, position).version
        answer = _save(browser, application_id, chapter, fields, position=position, based_on=version)
        assert answer.status_code == 303, browser.get(path).text


@pytest.fixture
def anna(browse):
    return browse("anna")


def test_what_was_filled_in_is_kept_sealed_and_comes_back(world, anna):
    application_id = world.draft()

    _save(anna, application_id, "1", {"1A-0-0": "A-1", "1B-choice": "yes", "1B-0-0": SECRET})

    page = anna.get(f"/aanmeldingen/{application_id}/vragenformulier/0").text
    assert SECRET in page
    (key,) = _files(world)
    assert SECRET.encode() not in world.services.files.read(key)
    assert SECRET in str(compartment.unseal(world.services.files, key))


def test_a_newer_draft_takes_the_place_of_the_older_one(world, anna):
    application_id = world.draft()
    _save(anna, application_id, "1", {"1A-0-0": "een"})
    first = _files(world)

    _save(anna, application_id, "1", {"1A-0-0": "twee"}, based_on=1)

    assert len(_files(world)) == 1
    assert _files(world) != first


def test_two_colleagues_do_not_overwrite_each_other(world, anna):
    application_id = world.draft()
    _save(anna, application_id, "1", {"1A-0-0": "van een collega"})

    answer = _save(anna, application_id, "1", {"1A-0-0": "van mij"}, based_on=0)

    assert answer.status_code == 409
    assert "van een collega" in answer.text
    assert 'value="van mij"' in answer.text
    assert len(_files(world)) == 1


def test_which_pages_are_asked_follows_from_the_answers(world, anna):
    application_id = world.draft()
    first = {"1A-0-0": "A-1", "1B-choice": "no", "1C-choice": "no", "1F-choice": "no", "1G-choice": "no"}

    _save(anna, application_id, "1", first)

    page = anna.get(f"/aanmeldingen/{application_id}/vragenformulier/0").text
    assert "Leidinggevende" in page
    assert "Eenmanszaak of privépersoon" not in page


def test_somebody_is_added_to_a_chapter_and_taken_out(world, anna):
    application_id = world.draft()
    _save(anna, application_id, "1", {"1A-0-0": "A-1", "1B-choice": "no", "1C-choice": "no"})

    _save(anna, application_id, "5-p1", {"5A-0-0": "Eerste Baas"}, based_on=1, act="person")
    _save(anna, application_id, "5-p2", {"5A-0-0": "Tweede Baas"}, based_on=2)
    assert "Tweede Baas" in anna.get(f"/aanmeldingen/{application_id}/vragenformulier/0/5-p2").text

    _save(anna, application_id, "5-p2", {"5A-0-0": "Tweede Baas"}, based_on=3, act="without")
    content = compartment.unseal(world.services.files, _form(world, application_id).storage_key)
    assert content["people"]["5"] == ["p1"]
    assert "Tweede Baas" not in str(content)


def test_a_number_of_a_citizen_is_warned_about(world, anna):
    application_id = world.draft()

    answer = _save(anna, application_id, "1", {"1A-0-0": "A-1", "1B-0-0": "BSN 111222333"})

    assert "burgerservicenummer" in anna.get(answer.headers["Location"]).text


def _gaps(world, application_id):
    with world.database.reading() as db:
        found = requirements.gaps(db.get_one(Application, application_id), world.clock())
        return [one.text for one in found if one.step == "integrity"]


def test_a_form_that_is_complete_does_instead_of_an_uploaded_one(world, anna):
    application_id = world.complete()
    with world.database.transaction() as db:
        for one in db.scalars(select(Evidence).where(Evidence.requirement_id.is_(None))):
            db.delete(one)
    assert len(_gaps(world, application_id)) == 1
    _save(anna, application_id, "1", {"1A-0-0": "A-1", "1B-choice": "yes", "1B-0-0": SECRET})
    assert "nog niet helemaal" in _gaps(world, application_id)[0]

    with world.database.transaction() as db:
        db.delete(db.scalars(select(IntegrityForm)).one())
    fill(anna, world, application_id)

    assert _gaps(world, application_id) == []


def test_what_was_submitted_stays_and_only_the_compartment_opens_it(world, anna, browse):
    application_id = world.complete()
    fill(anna, world, application_id)
    _submit(world, application_id)
    submitted = _form(world, application_id).storage_key
    _save(anna, application_id, "1", {"1A-0-0": "later"}, based_on=3)
    assert submitted in _files(world)

    close(world, application_id)

    assert browse("anna").get(f"/aanmeldingen/{application_id}/vragenformulier/0").status_code == 404
    with world.database.reading() as db:
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == application_id)).one()
        (form_id,) = integrity.submitted_form_ids(check)
        path = f"/integriteit/{check.id}/formulieren/{form_id}"
        assert db.get_one(IntegrityForm, form_id).storage_key == submitted
    assert browse("ineke").post(path, {"purpose": "Nieuwsgierig"}).status_code == 403
    bram = browse("bram")
    assert bram.post(path, {"purpose": ""}).status_code == 422
    assert SECRET in bram.post(path, {"purpose": "Beoordeling van de antwoorden"}).text
    assert "Beoordeling van de antwoorden" in bram.get(f"/integriteit/{check.id}").text


def _submit(world, application_id):
    from portal.cli import cast

    cast.submit(world.stage, world.people["anna"], application_id)
    with world.database.reading() as db:
        text = db.scalars(select(Submission.manifest)).one()
        assert '"questionnaires"' in text
        assert SECRET not in text


def test_a_party_fills_in_its_own_form_and_the_lead_never_reads_it(world, anna, browse):
    partners.publish(world)
    application_id = world.draft()
    lead_before = "Getypt door de penvoerder"
    partners.add(world, application_id)
    _save(anna, application_id, "1", {"1A-0-0": lead_before}, position=1)
    with world.database.reading() as db:
        party_id = db.get_one(Application, application_id).parties[0].id
    partners.take_up(world, partners.invite(world, party_id))
    karim = browse("karim")
    path = f"/aanmeldingen/{application_id}/vragenformulier/1"

    assert lead_before not in karim.get(path).text  # what the lead typed about it is not the party's to read either
    _save(karim, application_id, "1", {"1A-0-0": SECRET}, position=1)

    assert SECRET in karim.get(path).text
    assert anna.get(path).status_code == 404
    assert _save(anna, application_id, "1", {"1A-0-0": "x"}, position=1, based_on=1).status_code == 404
    with world.database.reading() as db:
        own = db.scalars(select(OwnPart)).one().organisation_id
        kept = db.scalars(select(IntegrityForm).order_by(IntegrityForm.saved_at)).all()
        assert [one.organisation_id == own for one in kept] == [False, True]


def _problems(**changes):
    data = procedure_files.raw(MEIERIJ.read_bytes())
    data["integrity"] |= changes
    return str(procedure_files.problems(data))


def test_an_authority_chooses_from_the_model_and_adds_nothing():
    chosen = MODEL.chosen(["2I", "4J", "5D"])

    assert {one.code for chapter in chosen.chapters[1:] for one in chapter.questions} == {"2I", "4J", "5D"}
    assert [one.code for one in chosen.chapters[0].questions] == ["1A", "1B", "1C", "1D", "1E", "1F", "1G"]
    assert "9Z" in _problems(questions=["2I", "9Z"])
    assert _problems(questions=["2I", "4J"]) == "[]"
    assert "eigen-model" in _problems(questionnaire="eigen-model")
    assert "Kies ook" in _problems(questionnaire="", questions=["2I"])


def test_every_question_of_the_model_can_be_answered_and_then_nothing_is_missing():
    """For each way through the first page, filling in everything ends in a complete form."""
    for first in (
        {"1B": "yes"},
        {"1B": "no", "1C": "people"},
        {"1B": "no", "1C": "mixed", "1G": "no"},
        {"1B": "no", "1C": "no", "1F": "yes", "1G": "yes"},
    ):
        content = {"answers": {code: {"choice": choice, "rows": [["x"]]} for code, choice in first.items()}}
        for _ in range(2):
            for section, question in questionnaires.missing(MODEL, content):
                said = {"choice": "yes", "rows": [["x"]], "text": "x"}
                content["answers"].setdefault(section.place(question), said)

        assert questionnaires.missing(MODEL, content) == []


def test_no_question_asks_for_the_number_of_a_citizen():
    for chapter in MODEL.chapters:
        for one in chapter.questions:
            assert not any("bsn" in each.lower() or "burgerservice" in each.lower() for each in one.fields)


def test_every_text_of_the_data_files_is_whole():
    """A comma in YAML can end a text where nobody sees it."""
    texts = [one.text for one in bibob_forms.research()]
    texts += [one.text for chapter in MODEL.chapters for one in chapter.questions]

    assert [one for one in texts if one[-1] not in ".?"] == []
    for chapter in MODEL.chapters:
        for one in chapter.questions:
            assert set(one.lists) <= set(one.fields)
            assert set(one.asked_when) <= set(MODEL.codes)
