"""Consultations on screen: for everybody, for an organisation, and for officials up to the published note."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, event, select, update

from portal.domain import consultations
from portal.models import AddedMeeting, MeetingRegistration, Message, Minutes, Procedure, Reaction, ReactionNote, Round
from tests.consulting import DIALOGUE, MARKET, PAGE, ask

CLOSING = datetime(2019, 9, 30, 10, 0, tzinfo=UTC)
"""30 September 2019, 12.00 hours in Amsterdam."""
MEETING = datetime(2019, 8, 29, 11, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def consultations_asked(world):
    ask(world)


@pytest.fixture
def work(world):
    return f"/consultaties/{world.procedure_id}/D1"


def rows(world, model, **fields):
    with world.database.reading() as db:
        return db.scalars(select(model).filter_by(**fields)).all()


def react(browser, key, text, proposal="", based_on=0):
    return browser.post(f"{PAGE}/D1/reageren/{key}", {"text": text, "proposal": proposal, "based_on": based_on})


# --- everybody ---


def test_everybody_reads_what_is_asked_until_when_and_where(visitor):
    page = visitor.get(f"{PAGE}/D1").text

    assert "maandag 30 september 2019, 12.00 uur" in page
    assert "De gemeente betaalt een vast tarief." in page
    assert "donderdag 29 augustus 2019, 13.30 tot 16.30 uur, Gemeentehuis, zaal 2" in page
    assert "Er zijn ten hoogste 2 bijeenkomsten." in page
    assert "beslist het lot" in page


@pytest.mark.parametrize("path", ["/XX", "/D1/bijeenkomsten/XX", "/D1/bijeenkomsten/XX.ics", "/D1/reactienota"])
def test_what_is_not_there_is_not_found(visitor, path):
    assert visitor.get(PAGE + path).status_code == 404


def test_a_procedure_that_is_not_published_has_no_public_consultation(visitor, world):
    with world.database.transaction() as db:
        db.execute(update(Procedure).where(Procedure.id == world.procedure_id).values(published_at=None))

    assert visitor.get(f"{PAGE}/D1").status_code == 404


def test_the_page_of_a_procedure_leads_to_its_consultations(visitor):
    assert f'href="{PAGE}/D1"' in visitor.get("/procedures/meierij/meierij-2020").text


def test_a_procedure_that_is_only_a_consultation_has_a_page_without_rounds_or_requirements(visitor, world):
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        procedure.kind, procedure.agreement_starts_on, procedure.agreement_ends_on = "consultation", None, None
        procedure.settings = {"consultations": [MARKET]}
        db.execute(delete(Round).where(Round.procedure_id == world.procedure_id))

    page = visitor.get("/procedures/meierij/meierij-2020")

    assert page.status_code == 200
    assert "alleen een consultatie" in page.text
    assert f'href="{PAGE}/M1"' in page.text
    assert "Eisen en bewijsstukken" not in page.text
    assert visitor.get("/").status_code == 200


def test_a_meeting_can_be_put_in_a_calendar(visitor):
    answer = visitor.get(f"{PAGE}/D1/bijeenkomsten/S1.ics")
    lines = answer.get_data().decode().split("\r\n")

    assert answer.content_type.startswith("text/calendar")
    assert "DTSTART:20190829T113000Z" in lines
    assert "LOCATION:Gemeentehuis\\, zaal 2" in lines
    assert f"URL:http://portaal.test{PAGE}/D1/bijeenkomsten/S1" in answer.get_data().decode().replace("\r\n ", "")
    assert max(len(line.encode()) for line in lines) <= 75


def test_the_pages_need_few_statements_however_many_reacted(visitor, browse, world, work):
    seen = []
    renske = browse("renske")
    pages = (
        (visitor, f"{PAGE}/D1", 4),
        (renske, "/consultaties", 12),
        (renske, work, 15),
        (renske, f"{work}/bijeenkomsten/S1", 15),
        (renske, f"{work}/nota", 15),
    )

    def statements():
        counted = []
        for browser, path, _ in pages:
            seen.clear()
            assert browser.get(path).status_code == 200
            counted.append(len(seen))
        return counted

    def partake(who):
        browser = browse(who)
        for key in ("CO~1", "CO~2"):
            react(browser, key, "Te laag.")
        browser.post(f"{PAGE}/D1/versturen")
        browser.post(f"{PAGE}/D1/bijeenkomsten/S1/aanmelden", {"name_1": who})

    event.listen(
        world.database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_rest: seen.append(statement) if statement.startswith("SELECT") else None,
    )
    partake("anna")
    one = statements()
    partake("karim")

    assert statements() == one
    assert [number for number, (_, _, most) in zip(one, pages, strict=True) if number > most] == []


# --- reacting ---


def test_a_reaction_is_kept_and_only_counts_once_it_is_sent(browse, world, work):
    anna, renske = browse("anna"), browse("renske")

    kept = react(anna, "CO~1", "Het tarief is te laag.", "De gemeente betaalt een reëel tarief.")
    before = renske.get(work).text
    sent = anna.post(f"{PAGE}/D1/versturen")

    assert (kept.status_code, sent.status_code) == (303, 303)
    assert "Het tarief is te laag." not in before
    after = renske.get(work).text
    assert "Het tarief is te laag." in after
    assert "Stichting De Linde" in after
    mails = rows(world, Message, template="reactions_received")
    assert [one.to for one in mails] == ["anna@aanbieder.example"]


def test_saving_by_itself_answers_with_the_new_version(browse):
    anna = browse("anna")
    fields = {"csrf_token": anna.token("/"), "text": "Te laag.", "based_on": 0}

    answer = anna.client.post(f"{PAGE}/D1/reageren/CO~1", data=fields, headers={"Accept": "text/plain"})

    assert (answer.status_code, answer.text) == (200, "1")


def test_a_colleague_who_saved_first_is_not_overwritten(browse, world):
    anna = browse("anna")
    react(anna, "CO~1", "Eerste tekst.")

    answer = react(anna, "CO~1", "Tweede tekst.", based_on=0)

    assert answer.status_code == 409
    assert "Eerste tekst." in answer.text
    assert "Tweede tekst." in answer.text
    assert [one.text for one in rows(world, Reaction)] == ["Eerste tekst."]
    assert react(anna, "CO~1", "Tweede tekst.", based_on=1).status_code == 303


def test_a_text_that_is_too_long_stays_in_its_field_with_the_reason(browse, world):
    answer = react(browse("anna"), "CO~1", "a" * 10_001)

    assert answer.status_code == 422
    assert 'href="#text-CO~1"' in answer.text
    assert "a" * 10_001 in answer.text
    assert rows(world, Reaction) == []


def test_nothing_written_is_not_sent(browse, world):
    assert browse("anna").post(f"{PAGE}/D1/versturen").status_code == 409
    assert rows(world, Message, template="reactions_received") == []


def test_until_the_instant_of_closing_one_can_send_and_not_at_it(browse, world):
    anna = browse("anna")
    react(anna, "algemeen", "Goed stuk.")
    world.clock.set(CLOSING)
    anna = browse("anna")

    late = [anna.post(f"{PAGE}/D1/versturen").status_code, react(anna, "CO~1", "Te laat.").status_code]
    world.clock.set(datetime(2019, 9, 30, 9, 59, 59, 999999, tzinfo=UTC))
    in_time = anna.post(f"{PAGE}/D1/versturen").status_code

    assert (late, in_time) == ([409, 409], 303)


def test_a_sent_reaction_can_be_withdrawn_and_another_organisation_cannot_touch_it(browse, world):
    anna, karim = browse("anna"), browse("karim")
    react(anna, "CO~2", "Onduidelijk.")
    anna.post(f"{PAGE}/D1/versturen")

    foreign = karim.post(f"{PAGE}/D1/reageren/CO~2/intrekken")
    own = anna.post(f"{PAGE}/D1/reageren/CO~2/intrekken")

    assert (foreign.status_code, own.status_code) == (404, 303)
    assert "Onduidelijk." not in karim.get(f"{PAGE}/D1/reageren").text
    assert [one.state for one in rows(world, Reaction)] == ["withdrawn"]


def test_an_official_does_not_react(browse):
    assert browse("renske").get(f"{PAGE}/D1/reageren").status_code == 403


# --- meetings ---


def test_who_registers_when_it_is_full_waits_and_moves_up(browse, world):
    anna, karim = browse("anna"), browse("karim")
    place = f"{PAGE}/M1/bijeenkomsten/B1"

    anna.post(f"{place}/aanmelden", {"name_1": "Anna de Wit", "name_2": "Bo Kok"})
    karim.post(f"{place}/aanmelden", {"name_1": "Karim"})
    waiting = karim.get(place).text
    anna.post(f"{place}/afmelden")

    assert "Op de wachtlijst" in waiting
    assert "Plaats zeker" in karim.get(place).text
    told = rows(world, Message, template="meeting_place")
    assert sorted((one.to, one.facts["state"]) for one in told) == [
        ("anna@aanbieder.example", "invited"),
        ("karim@aanbieder.example", "invited"),
        ("karim@aanbieder.example", "waiting"),
    ]


def test_nobody_is_registered_without_a_name(browse, world):
    answer = browse("anna").post(f"{PAGE}/M1/bijeenkomsten/B1/aanmelden", {"name_1": " "})

    assert answer.status_code == 422
    assert 'href="#name_1"' in answer.text
    assert rows(world, MeetingRegistration) == []


def test_the_portal_draws_lots_at_the_published_moment_and_shows_how(browse, world, visitor):
    place = f"{PAGE}/D1/bijeenkomsten/S1"
    for who in ("anna", "karim"):
        browse(who).post(f"{place}/aanmelden", {"name_1": who, "name_2": "Een ander"})
    world.work()
    before = visitor.get(place).text

    world.clock.set(datetime(2019, 8, 15, 11, 30, tzinfo=UTC))
    world.work()

    assert "Uitslag van de loting" not in before
    after = visitor.get(place).text
    assert "Uitslag van de loting" in after
    found = rows(world, MeetingRegistration)
    assert sorted(one.state for one in found) == ["invited", "waiting"]
    assert all(one.number in after for one in found)
    assert "Een ander" not in after


# --- officials ---


def test_the_list_of_consultations_is_for_who_works_with_them(browse, world):
    page = browse("renske").get("/consultaties").text

    assert f'href="/consultaties/{world.procedure_id}/D1"' in page
    assert browse("bram").get("/consultaties").status_code == 403


def test_another_authority_sees_nothing_of_it(browse, work):
    olga = browse("olga")

    assert "Dialoog over de conceptovereenkomst" not in olga.get("/consultaties").text
    assert olga.get(work).status_code == 404


def test_a_meeting_is_added_up_to_the_published_number(browse, world, work, visitor):
    renske = browse("renske")
    form = {"title": "Slotronde", "day": "2019-09-12", "from": "13:30", "until": "16:00", "place": "Vught", "seats": 20}

    added = renske.post(f"{work}/bijeenkomsten/nieuw", form)
    again = renske.post(f"{work}/bijeenkomsten/nieuw", form)

    assert (added.status_code, again.status_code) == (303, 409)
    assert len(rows(world, AddedMeeting)) == 1
    assert "Slotronde" in visitor.get(f"{PAGE}/D1").text


def test_a_meeting_with_mistakes_is_shown_again_with_what_was_typed(browse, world, work):
    answer = browse("renske").post(
        f"{work}/bijeenkomsten/nieuw",
        {"title": "Slotronde", "day": "2019-07-20", "from": "16:00", "until": "13:30", "place": "", "seats": "x"},
    )

    assert answer.status_code == 422
    assert re.findall(r'href="#(\w+)"', answer.text.split('id="error-summary"')[1])[:4] == [
        "place", "seats", "until", "day",
    ]  # fmt: skip
    assert 'value="Slotronde"' in answer.text
    assert rows(world, AddedMeeting) == []


def test_attendance_and_minutes_follow_the_meeting(browse, world, work, visitor):
    place, public = f"{work}/bijeenkomsten/S1", f"{PAGE}/D1/bijeenkomsten/S1"
    browse("anna").post(f"{public}/aanmelden", {"name_1": "Anna"})
    renske = browse("renske")
    text = "Besproken is het tarief. Afgesproken is een nieuw voorstel."
    too_early = renske.post(f"{place}/verslag", {"text": text, "based_on": 0}).status_code
    world.clock.set(datetime(2019, 8, 15, 11, 30, tzinfo=UTC))
    world.work()
    world.clock.set(MEETING)
    renske = browse("renske")
    own = rows(world, MeetingRegistration)[0].id

    wrong = renske.post(f"{place}/aanwezig", {f"present-{own}": "2"})
    right = renske.post(f"{place}/aanwezig", {f"present-{own}": "1"})
    saved = renske.post(f"{place}/verslag", {"text": text, "based_on": 0})
    stale = renske.post(f"{place}/verslag", {"text": f"{text} Meer.", "based_on": 0})
    hidden = visitor.get(public).text
    published = renske.post(f"{place}/verslag/publiceren", {"number": 1})

    assert (too_early, wrong.status_code, right.status_code) == (409, 422, 303)
    assert (saved.status_code, stale.status_code, published.status_code) == (303, 409, 303)
    assert text not in hidden
    assert text in visitor.get(public).text
    assert [one.present for one in rows(world, MeetingRegistration)] == [1]
    assert [one.number for one in rows(world, Minutes)] == [1]
    assert len(rows(world, Message, template="minutes_published")) == 1


def test_from_reactions_to_a_published_note_by_two_people(browse, world, work, visitor):
    for who in ("anna", "karim"):
        browser = browse(who)
        react(browser, "CO~1", f"Het tarief is te laag, vindt {who}.")
        browser.post(f"{PAGE}/D1/versturen")
    world.clock.set(CLOSING)
    ineke, joris = browse("ineke"), browse("joris")
    ids = [one.id for one in rows(world, Reaction)]

    nothing = ineke.post(f"{work}/punten", {"place": "CO~1"})
    made = ineke.post(f"{work}/punten", {"reaction": ids, "place": "CO~1"})
    point = made.headers["Location"]
    too_soon = ineke.post(f"{work}/nota/voorstellen")
    assert "Punten die nog geen antwoord hebben: 1." in ineke.get(f"{work}/nota").text
    naming = ineke.post(
        point, {"summary": "De Linde wil meer.", "answer": "partly", "explanation": "Daarom niet alles."}
    )
    form = {"summary": "Twee aanbieders vinden het tarief te laag.", "answer": "partly", "based_on": 1}
    answered = ineke.post(point, {**form, "explanation": "Wij rekenen het tarief opnieuw door."})
    ineke.post(f"{work}/nota", {"introduction": "Dit is wat wij met de reacties doen."})
    proposed = ineke.post(f"{work}/nota/voorstellen")
    alone = ineke.post(f"{work}/nota/publiceren", {"version": 4})
    with world.database.reading() as db:
        version = db.scalars(select(ReactionNote)).one().version
    published = joris.post(f"{work}/nota/publiceren", {"version": version})
    world.work()

    assert [one.status_code for one in (nothing, made, too_soon, naming, answered)] == [422, 303, 409, 422, 303]
    assert [one.status_code for one in (proposed, alone, published)] == [303, 403, 303]
    assert "Gepubliceerd op" in joris.get(f"{work}/nota").text
    page = visitor.get(f"{PAGE}/D1/reactienota").text
    assert "Twee aanbieders vinden het tarief te laag." in page
    assert "gezegd door 2 organisaties" in page
    assert "Linde" not in page
    assert visitor.get(f"{PAGE}/D1/reactienota.pdf").get_data().startswith(b"%PDF")
    told = rows(world, Message, template="reaction_note_published")
    assert sorted(one.to for one in told) == ["anna@aanbieder.example", "karim@aanbieder.example"]
    assert ineke.post(point, {**form, "explanation": "Alsnog iets anders."}).status_code == 409


def test_the_note_waits_for_the_closing(browse, world, work):
    anna = browse("anna")
    react(anna, "CO~1", "Te laag.")
    anna.post(f"{PAGE}/D1/versturen")
    ids = [one.id for one in rows(world, Reaction)]

    answer = browse("ineke").post(f"{work}/punten", {"reaction": ids, "place": "CO~1"})

    assert answer.status_code == 409
    assert rows(world, ReactionNote) == []


def test_the_export_has_what_was_sent_and_no_drafts(browse, work):
    anna = browse("anna")
    react(anna, "CO~1", "Te laag.")
    anna.post(f"{PAGE}/D1/versturen")
    react(anna, "CO~1", "Veel te laag.", based_on=1)
    react(anna, "CO~2", "Nog een concept.")

    answer = browse("renske").get(f"{work}/reacties.csv")

    found = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert [(one["Artikel"], one["Reactie"]) for one in found] == [("1", "Te laag.")]
    assert found[0]["Zorgaanbieder"] == "Stichting De Linde"


def test_every_file_of_the_procedure_reads_as_consultations(world):
    with world.database.reading() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        found = consultations.of(procedure)

    assert [one.code for one in found] == [DIALOGUE["code"], MARKET["code"]]
    assert [one.rule for one in found] == ["draw", "first_come"]
