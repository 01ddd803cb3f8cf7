"""Beside a verdict: standard texts, what is being written, the same document elsewhere, and what changed."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from portal.adapters import procedure_files
from portal.cli import cast
from portal.domain import editions, remedies, reviews, screening
from portal.errors import Invalid
from portal.models import (
    Application,
    AuditEvent,
    Document,
    Evidence,
    Finding,
    FindingDraft,
    Procedure,
    ReasonText,
    RemedyDraft,
    Requirement,
    Review,
    User,
    UserRole,
)
from portal.reason_library import FIELDS, LIBRARY
from portal.terms import REASON_LENGTH, SATISFIED, VERDICTS

WHY = "De regeling noemt geen termijn."


def _place(page, key):
    """The part of the page about one place, as text."""
    found = re.search(rf'id="eis-{key}".*?</form>', page, re.DOTALL)
    return unescape(found.group(0))


def _seen(page, key):
    return re.search(rf'id="eis-{key}".*?name="seen" value="(\w+)"', page, re.DOTALL).group(1)


def _find(browser, closed, key, **form):
    return browser.post(f"/beoordelen/{closed.review}/oordeel/{key}", {"based_on": "0", **form})


def _draft(browser, closed, key, **form):
    return browser.post(f"/beoordelen/{closed.review}/concept/{key}", {"based_on": "0", **form})


def _findings(closed):
    with closed.world.database.reading() as db:
        return [(one.verdict, one.reason) for one in db.scalars(select(Finding).order_by(Finding.sequence))]


# --- standard texts ---


def test_every_standard_text_of_the_portal_names_a_known_type_and_verdict_and_is_long_enough():
    from portal.domain.requirement_types import TYPES

    for kind, by_verdict in LIBRARY.items():
        assert kind in {"", *TYPES}
        for verdict, texts in by_verdict.items():
            assert verdict in set(VERDICTS) - (SATISFIED - {"equivalent"})
            assert all(len(one) >= REASON_LENGTH for one in texts)


def test_a_standard_text_is_filled_from_the_dossier_without_a_script(closed, official):
    browser = official("ineke")
    page = browser.get(f"/beoordelen/{closed.review}?eis=T03").text
    key = re.search(r'<option value="(\w+)"[^>]*>[^<]*was geldig tot en met', _place(page, "T03")).group(1)

    answer = browser.post(f"/beoordelen/{closed.review}/oordeel/T03?reden=", {"based_on": "0", "tekst": key})

    text = unescape(re.search(r'id="reason-T03"[^>]*>\n(.*?)</textarea>', answer.text, re.DOTALL).group(1))
    assert re.fullmatch(
        r"hkz-certificaat-12345678\.pdf was geldig tot en met \d+ \w+ 20\d\d\. "
        r"Op de dag van indienen \(15 juli 2019\) gold het niet meer\.",
        text,
    )
    assert re.search(r'id="verdict-T03-fails"[^>]* checked', answer.text)
    assert _findings(closed) == []


def test_a_field_that_nobody_filled_is_refused_and_a_typed_one_is_kept(closed, official):
    browser = official("ineke")

    left = _find(browser, closed, "T06", verdict="fails", reason="In de regeling staat niet: {wat ontbreekt}.")
    typed = _find(browser, closed, "T06", verdict="fails", reason="In de regeling staat niet: de termijn.")

    assert (left.status_code, typed.status_code) == (422, 303)
    assert "Typ daar wat u bedoelt: {wat ontbreekt}" in left.text
    assert _findings(closed) == [("fails", "In de regeling staat niet: de termijn.")]


def test_an_authority_keeps_texts_of_its_own_and_no_other_sees_them(closed, official):
    browser, other = official("ineke"), closed.browser("olga")
    form = {"requirement_type": "document", "verdict": "fails", "text": "{stuk} mist de handtekening van de raad."}

    kept = [browser.post("/beoordelen/standaardteksten", form).status_code for _ in range(2)]
    refused = browser.post("/beoordelen/standaardteksten", {**form, "text": "kort", "verdict": "onzin"})

    assert (kept, refused.status_code) == ([303, 303], 422)
    assert ">\nkort</textarea>" in refused.text
    place = _place(browser.get(f"/beoordelen/{closed.review}?eis=T06").text, "T06")
    assert re.search(r"klachtenregeling-12345678\.pdf mist de handtekening van de raad\.</option>", place)
    assert form["text"] not in other.get("/beoordelen/standaardteksten").text
    with closed.world.database.reading() as db:
        (text_id,) = db.scalars(select(ReasonText.id))
    assert other.post(f"/beoordelen/standaardteksten/{text_id}/intrekken").status_code == 404
    assert browser.post(f"/beoordelen/standaardteksten/{text_id}/intrekken").status_code == 303
    assert "handtekening van de raad" not in browser.get(f"/beoordelen/{closed.review}?eis=T06").text


def test_the_fields_are_explained_where_texts_are_kept(closed, official):
    page = official("ineke").get("/beoordelen/standaardteksten").text

    assert [name for name in FIELDS if f'<code class="nl-code">{{{name}}}</code>' not in page] == []


def test_what_the_dossier_does_not_know_stays_to_be_typed():
    text = screening.filled("{stuk} is van {afgegeven}: {reden}.", {"stuk": "a.pdf", "afgegeven": ""})

    assert text == "a.pdf is van {afgegeven}: {reden}."
    with pytest.raises(Invalid, match=re.escape("{afgegeven}, {reden}")):
        screening.require_filled(text)


# --- what is being written ---


def test_what_is_being_written_is_kept_for_its_writer_alone_and_is_no_finding(closed, official):
    first, second = official("ineke"), official("joris")

    kept = first.client.post(
        f"/beoordelen/{closed.review}/concept/T06",
        data={"csrf_token": first.token("/"), "based_on": "0", "verdict": "fails", "reason": "De regeling no"},
        headers={"Accept": "text/plain"},
    )

    assert (kept.status_code, kept.mimetype) == (200, "text/plain")
    own = _place(first.get(f"/beoordelen/{closed.review}?eis=T06").text, "T06")
    assert "De regeling no</textarea>" in own
    assert re.search(r'value="fails" checked', own)
    assert "Uw concept van" in own
    assert "De regeling no" not in second.get(f"/beoordelen/{closed.review}?eis=T06").text
    assert _findings(closed) == []
    with closed.world.database.reading() as db:
        assert db.get_one(Review, closed.review).first_by_id is None
    assert "De regeling no" not in first.get("/beoordelen.csv").text


def test_going_on_to_another_place_without_a_script_keeps_what_was_typed_and_leaves_no_empty_draft(closed, official):
    browser = official("ineke")
    page = browser.get(f"/beoordelen/{closed.review}?eis=T06").text
    way = re.search(r'form="form-T06" formaction="([^"]+naar=T07)"', page).group(1)

    nothing = browser.post(way, {"based_on": "0", "verdict": "", "reason": ""})
    _find(browser, closed, "T06", verdict="fails", reason="De regeling\r\nnoemt geen termijn.", defect="incomplete")
    form = {"verdict": "fails", "reason": "De regeling\r\nnoemt geen termijn.", "defect": "incomplete"}
    unchanged = browser.post(way, {"based_on": "1", **form})
    with closed.world.database.reading() as db:
        assert db.scalars(select(FindingDraft)).all() == []
    typed = browser.post(way, {"based_on": "1", **form, "reason": WHY})

    goal = f"/beoordelen/{closed.review}?eis=T07#eis-T07"
    assert [(one.status_code, one.location) for one in (nothing, unchanged, typed)] == [(303, goal)] * 3
    page = browser.get(f"/beoordelen/{closed.review}?eis=T07").text
    assert re.findall(r'<form[^>]* id="form-(\w+)"', page) == ["T07"]
    assert re.search(r'id="eis-T06".*?Uw concept van .*?Oordeel geven', page, re.DOTALL)
    assert f"{WHY}</textarea>" in browser.get(f"/beoordelen/{closed.review}?eis=T06").text


def test_the_form_of_one_place_is_for_who_may_give_a_verdict_there(closed, official):
    first, second = official("ineke"), official("joris")
    path = f"/beoordelen/{closed.review}/oordeel/T06"

    form = first.get(path)

    assert (form.status_code, 'id="reason-T06"' in form.text, "<main" in form.text) == (200, True, False)
    assert first.get(f"/beoordelen/{closed.review}/oordeel/X99").status_code == 404
    assert closed.browser("olga").get(path).status_code == 404
    _find(first, closed, "T05", verdict="fails", reason=WHY, defect="incomplete")
    assert second.get(path).status_code == 404  # the first began, and the second only confirms


def test_a_verdict_takes_the_place_of_what_was_being_written(closed, official):
    browser = official("ineke")
    _draft(browser, closed, "T06", verdict="fails", reason="De regeling no")

    _find(browser, closed, "T06", verdict="fails", reason=WHY)
    late = _draft(browser, closed, "T06", verdict="fails", reason=WHY)  # a save of the script that came in after it

    assert late.status_code == 303
    with closed.world.database.reading() as db:
        assert db.scalars(select(FindingDraft)).all() == []
        acts = db.scalars(select(AuditEvent.act).where(AuditEvent.subject_type == "FindingDraft")).all()
        assert acts == ["begin_finding"]
    assert _findings(closed) == [("fails", WHY)]


def test_a_session_that_ended_loses_nothing_that_was_typed(closed, official):
    browser = official("ineke")
    token = browser.token(f"/beoordelen/{closed.review}")
    closed.world.clock.set(closed.world.clock().replace(hour=10))

    answer = browser.client.post(
        f"/beoordelen/{closed.review}/oordeel/T06",
        data={"csrf_token": token, "based_on": "0", "verdict": "fails", "reason": WHY},
    )

    assert answer.status_code == 401
    assert 'name="typed"' in answer.text
    assert _findings(closed) == []


# --- conflicts ---


def test_a_verdict_on_documents_that_were_superseded_is_refused_with_the_reason(closed, official):
    closed.declare("ineke")
    closed.judge("ineke", {"T06": "remedy"})
    browser, world = closed.browser("ineke"), closed.world
    seen = _seen(browser.get(f"/beoordelen/{closed.review}?eis=T06").text, "T06")
    browser.post(f"/beoordelen/{closed.review}/herstel")
    with world.database.transaction() as db:
        anna, renske = db.get_one(User, world.people["anna"]), db.get_one(User, world.people["renske"])
        draft = db.scalars(select(RemedyDraft)).one()
        (remedy,) = remedies.release(draft.review.application.round, [draft], renske, world.clock())
        document = db.scalars(select(Document).where(Document.kind == "kvk_extract")).first()
        document.organisation_id = anna.organisation_id
        reviews.add_remedy_document(remedy, anna, remedy.items[0], document, world.clock())
        reviews.answer_remedy(remedy, anna, world.clock())
    before = _findings(closed)
    with world.database.reading() as db:
        sequence = db.scalar(select(Finding.sequence).where(Finding.verdict == "remedy"))
    form = {"verdict": "fails", "reason": WHY, "based_on": str(sequence)}

    old = _find(browser, closed, "T06", **form, seen=seen)

    assert old.status_code == 409
    assert "Uw oordeel ging over het oude" in old.text
    assert f">\n{WHY}</textarea>" in old.text
    assert _findings(closed) == before
    again = _find(browser, closed, "T06", **form, seen=_seen(old.text, "T06"))
    assert again.status_code == 303


def test_two_inkopers_at_one_requirement_and_the_second_overwrites_nothing(closed, official):
    first, second = official("ineke"), official("joris")
    page = second.get(f"/beoordelen/{closed.review}?eis=T06").text  # opened before anybody began
    _find(first, closed, "T06", verdict="meets", reason="Staat op bladzijde twee.")

    answer = _find(second, closed, "T06", verdict="fails", reason=WHY, seen=_seen(page, "T06"))

    assert answer.status_code == 403
    assert "Een andere inkoper beoordeelt deze aanmelding." in answer.text
    assert WHY in answer.text  # to copy; nothing typed is lost
    assert _findings(closed) == [("meets", "Staat op bladzijde twee.")]


def test_a_role_that_was_taken_away_meanwhile_ends_the_verdict(closed, official):
    browser = official("ineke")
    page = browser.get(f"/beoordelen/{closed.review}?eis=T06").text
    with closed.world.database.transaction() as db:
        role = db.get_one(UserRole, (closed.world.people["ineke"], "inkoper"))
        db.delete(role)
        db.add(UserRole(user_id=closed.world.people["ineke"], role="inspector"))

    answer = _find(browser, closed, "T06", verdict="fails", reason=WHY, seen=_seen(page, "T06"))
    draft = _draft(browser, closed, "T06", reason=WHY)

    assert (answer.status_code, draft.status_code) == (403, 403)
    assert WHY in answer.text
    assert _findings(closed) == []


def test_an_empty_reason_is_refused_and_the_choice_stays(closed, official):
    answer = _find(official("ineke"), closed, "T06", verdict="remedy", reason="   ")

    assert answer.status_code == 422
    assert re.search(r'value="remedy" checked', answer.text)
    assert _findings(closed) == []


@pytest.mark.parametrize("statement", ["UPDATE findings SET reason = 'een andere reden'", "DELETE FROM findings"])
def test_the_database_refuses_to_change_a_finding(closed, official, statement):
    _find(official("ineke"), closed, "T06", verdict="fails", reason=WHY)

    with closed.world.database.writing() as db, pytest.raises(DBAPIError, match="findings are only added"):
        db.connection().exec_driver_sql(statement)

    assert _findings(closed) == [("fails", WHY)]


# --- the same document, and the requirement as it was ---


def _use_the_same_file(closed, key_code):
    """Karim's document at one requirement is, byte for byte, that of Anna."""
    with closed.world.database.transaction() as db:
        ids = [
            db.scalars(
                select(Evidence.document_id)
                .join(Evidence.requirement)
                .where(Evidence.application_id == application, Requirement.code == key_code)
            ).first()
            for application in (closed.application, closed.other_application)
        ]
        digest = db.get_one(Document, ids[0]).sha256
        db.execute(update(Document).where(Document.id == ids[1]).values(sha256=digest))


def test_earlier_verdicts_on_the_same_document_stand_beside_it_unless_hidden_by_an_interest(closed, official):
    browser, other = official("ineke"), official("joris")
    _use_the_same_file(closed, "T06")
    reason = {"based_on": "0", "verdict": "fails", "reason": "De regeling is van een andere stichting."}
    assert browser.post(f"/beoordelen/{closed.other_review}/oordeel/T06", reason).status_code == 303

    page, form = f"/beoordelen/{closed.review}?eis=T06", f"/beoordelen/{closed.review}/oordeel/T06"
    shown = [_place(other.get(page).text, "T06"), other.get(form).text]
    other.post(f"/beoordelen/{closed.other_review}/belang", {"reason": "Mijn zus is daar bestuurder."})
    hidden = [_place(other.get(page).text, "T06"), other.get(form).text]

    for each in shown:
        assert "Hetzelfde bestand kreeg 1 ander oordeel" in each
        assert "Zorgboerderij Het Erf" in each
        assert "De regeling is van een andere stichting." in each
    assert not any("Hetzelfde bestand" in each for each in hidden)
    assert "Hetzelfde bestand" not in _place(other.get(f"/beoordelen/{closed.review}?eis=T07").text, "T07")


def test_a_requirement_that_read_otherwise_in_an_earlier_round_shows_what_is_new(closed):
    world = closed.world
    with world.database.transaction() as db:
        procedure, ineke = db.get_one(Procedure, world.procedure_id), db.get_one(User, world.people["ineke"])
        concept = editions.draft(procedure, ineke, "Een termijn hoort erbij", world.clock())
        data = {
            **concept.data,
            "requirements": [
                one | {"text": f"{one['text']} Uw regeling noemt een termijn."} if one["code"] == "T06" else one
                for one in concept.data["requirements"]
            ],
        }
        editions.save(concept, ineke, data, concept.version, world.clock())
        editions.propose(concept, ineke, 0, world.clock())
        renske = db.get_one(User, world.people["renske"])
        editions.adopt(concept, renske, procedure_files.loaded(data), "d" * 64, concept.version, world.clock())
        following = sorted(procedure.rounds, key=lambda one: one.opens_at)[1]
        world.rounds["next"] = following.id
        world.clock.set(following.opens_at)
    world.work()
    application = cast.start(world.stage, world.people["karim"], world.rounds["next"], [("IB-BASIS", "0796")])
    cast.fill_in(world.stage, world.people["karim"], application, world.chance)
    cast.submit(world.stage, world.people["karim"], application)
    world.close_round("next")
    browser = closed.browser("ineke")
    for one in (closed.round, world.rounds["next"]):
        browser.post(f"/beoordelen/rondes/{one}/belangen", {"none": "yes"})
    with world.database.reading() as db:
        review = db.get_one(Application, application).review.id

    page = browser.get(f"/beoordelen/{review}?eis=T06").text

    assert "Eis T06, versie 2." in page
    assert "Deze eis was in ronde 2020-1 anders (versie 1)" in _place(page, "T06")
    assert re.search(r"<ins>.*noemt een termijn\.</ins>", _place(page, "T06"))
    assert "was in ronde" not in _place(page, "T07")
    assert "was in ronde" not in browser.get(f"/beoordelen/{closed.review}?eis=T06").text
