"""The pages of questions and clarification notices."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.cli import asking_script as script
from portal.models import Clarification, ClarificationNotice, Question, new_id

PLACE = "/procedures/meierij/meierij-2020/inlichtingen"
ASKED = "Telt ervaring van onze onderaannemer mee? Wij van Stichting De Linde willen dat weten."
ANONYMOUS = "Telt de ervaring van een onderaannemer mee?"
ANSWER = "Ja, als u zijn verklaring bij uw aanmelding voegt."


def ask(world, who="anna", text=ASKED):
    return script.ask(world.stage, world.people[who], world.rounds["2020-1"], text, "requirement:T01")


def approved(world, *asked):
    answer = script.answer(world.stage, world.people["ineke"], asked, ANONYMOUS, ANSWER, "T01")
    script.approve(world.stage, world.people["joris"], answer)
    return answer


def one(world, model):
    with world.database.reading() as db:
        return db.scalars(select(model)).one()


def text_of(answer):
    return answer.get_data(as_text=True)


def test_a_question_is_read_again_before_it_is_sent_with_the_words_that_give_the_asker_away(world, browse):
    anna = browse("anna")
    form = {"attempt": new_id(), "subject": "requirement:T01", "text": ASKED}
    begun = anna.post(f"{PLACE}/vraag", form)
    assert anna.post(f"{PLACE}/vraag", form).headers["Location"] == begun.headers["Location"]  # twice is once

    page = text_of(anna.get(begun.headers["Location"]))
    assert "Andere aanbieders lezen uw vraag" in page
    assert "Haal dit weg of laat het staan." in page
    assert "<b>Stichting De Linde</b>" in page
    anna.post(f"{begun.headers['Location']}/versturen")

    assert one(world, Question).state == "sent"
    assert "Vraag intrekken" in text_of(anna.get(begun.headers["Location"]))


def test_what_was_typed_stays_in_the_form_of_a_refused_question(browse):
    anna = browse("anna")

    answer = anna.post(f"{PLACE}/vraag", {"subject": "requirement:T01", "text": "Kort?"})

    assert answer.status_code == 422
    page = text_of(answer)
    assert "in minstens 10 tekens" in page
    assert "Kort?</textarea>" in page
    assert '<option value="requirement:T01" selected>' in page


def test_who_is_too_late_reads_until_when_it_was_possible_and_what_to_do(world, browse):
    anna = browse("anna")
    world.clock.set(datetime(2019, 9, 10, 10, 0, tzinfo=UTC))
    anna.sign_in("anna")

    answer = anna.post(f"{PLACE}/vraag", {"subject": "", "text": ANONYMOUS})

    assert answer.status_code == 409
    assert "Vragen konden tot dinsdag 10 september 2019, 12.00 uur." in text_of(answer)
    assert "Stuur dan een bericht" in text_of(answer)
    assert ANONYMOUS in text_of(answer)  # what was typed is not lost
    assert anna.get(f"{PLACE}/vraag").status_code == 409
    assert "Vragen over ronde 2020-1 konden tot" in text_of(anna.get(PLACE))


def test_a_visitor_reads_the_notices_and_signs_in_to_ask(world, visitor):
    page = text_of(visitor.get(PLACE))

    assert "Inloggen en een vraag stellen" in page
    assert "Er is nog geen nota van inlichtingen" in page
    assert visitor.get(f"{PLACE}/vraag").status_code == 302


def test_the_list_of_officials_never_names_who_asked(world, browse):
    ask(world, text=ANONYMOUS)
    ineke = browse("ineke")

    page = text_of(ineke.get("/inlichtingen"))

    assert ANONYMOUS in page
    assert "Linde" not in page
    assert "Anna" not in page


def test_the_filters_of_the_list_stand_in_the_address(world, browse):
    first = ask(world, text=ANONYMOUS)
    script.ask(world.stage, world.people["karim"], world.rounds["2020-1"], "Hoe laat sluit de ronde precies?", "")
    script.answer(world.stage, world.people["ineke"], [first], ANONYMOUS, ANSWER)
    ineke = browse("ineke")

    def shown(address):
        page = text_of(ineke.get(address))
        asked = page[page.index('id="vragen"') : page.index('id="antwoorden"')]
        return ("onderaannemer" in asked, "Hoe laat" in asked)

    assert shown("/inlichtingen") == (True, True)
    assert shown("/inlichtingen?stand=new") == (False, True)
    assert shown("/inlichtingen?stand=proposed") == (True, False)
    assert shown("/inlichtingen?onderwerp=requirement:T01") == (True, False)
    assert shown("/inlichtingen?q=LAAT") == (False, True)
    assert shown("/inlichtingen?pagina=2") == (False, False)
    assert ineke.get("/inlichtingen?ronde=onzin&pagina=-4").status_code == 200


def test_choosing_no_question_is_told_at_the_first_one(world, browse):
    ask(world)

    answer = browse("ineke").post(f"/inlichtingen/{world.rounds['2020-1']}/antwoorden", {})

    assert answer.status_code == 422
    assert "Kies ten minste één vraag." in text_of(answer)


def test_two_officials_bring_two_questions_to_one_published_answer(world, browse, visitor):
    asked = [ask(world), ask(world, "karim", "Mag ervaring van een ander meetellen?")]
    ineke, joris = browse("ineke"), browse("joris")
    at = ineke.post(f"/inlichtingen/{world.rounds['2020-1']}/antwoorden", {"question": asked}).headers["Location"]
    page = text_of(ineke.get(at))
    version = re.search(r'name="based_on" value="(\d+)"', page).group(1)
    form = {"question": ANONYMOUS, "answer": ANSWER, "subject": "requirement:T01", "requirement": "T01"}
    assert ineke.post(at, {**form, "based_on": version}).status_code == 303
    assert ineke.post(at, {**form, "answer": "Iets anders dan dit.", "based_on": version}).status_code == 409
    ineke.post(f"{at}/voorleggen")
    version = one(world, Clarification).version
    assert ineke.post(f"{at}/akkoord", {"version": version}).status_code == 403
    assert joris.post(f"{at}/akkoord", {"version": version}).status_code == 303

    form = {"attempt": new_id(), "clarification": [one(world, Clarification).id], "when": "now"}
    for _ in range(2):  # sent twice
        assert joris.post(f"/inlichtingen/{world.rounds['2020-1']}/nota", form).status_code == 303

    assert one(world, ClarificationNotice).number == 1
    page = text_of(visitor.get(f"{PLACE}/2020-1/1"))
    assert ANONYMOUS in page
    assert ANSWER in page
    assert "eis T01" in page
    assert "Linde" not in page
    assert visitor.get(f"{PLACE}/2020-1/1.pdf").status_code == 409  # it is being made
    world.work()
    pdf = visitor.get(f"{PLACE}/2020-1/1.pdf")
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF")
    assert "Nota als PDF" in text_of(visitor.get(f"{PLACE}/2020-1/1"))
    assert f"{PLACE}/2020-1/1" in text_of(visitor.get("/procedures/meierij/meierij-2020"))


def test_the_asker_sees_the_own_words_and_how_they_were_published(world, browse):
    question_id = ask(world)
    script.publish(world.stage, world.people["renske"], world.rounds["2020-1"], [approved(world, question_id)])

    page = text_of(browse("anna").get(f"/vragen/{question_id}"))

    assert ASKED in page
    assert ANONYMOUS in page
    assert "Naar nota van inlichtingen 1" in page
    assert browse("karim").get(f"/vragen/{question_id}").status_code == 404


def test_a_notice_that_is_planned_is_not_public_and_can_be_cancelled(world, browse, visitor):
    answer_id = approved(world, ask(world))
    renske, path = browse("renske"), f"/inlichtingen/{world.rounds['2020-1']}/nota"
    form = {"attempt": new_id(), "clarification": [answer_id], "when": "later"}
    wrong = renske.post(path, {**form, "day": "2019-02-30", "time": "12:00"})
    assert wrong.status_code == 422
    assert "Vul een bestaande dag in" in text_of(wrong)

    renske.post(path, {**form, "day": "2019-08-01", "time": "09:00"})
    notice = one(world, ClarificationNotice)
    assert (notice.state, notice.publish_at) == ("planned", datetime(2019, 8, 1, 7, 0, tzinfo=UTC))
    assert visitor.get(f"{PLACE}/2020-1/1").status_code == 404
    renske.post(f"/inlichtingen/notas/{notice.id}/annuleren")

    assert one(world, ClarificationNotice).state == "cancelled"


def test_a_late_notice_tells_that_a_later_closing_is_proposed(world, browse):
    answer_id = approved(world, ask(world))
    world.clock.set(datetime(2019, 9, 27, 8, 0, tzinfo=UTC))
    renske = browse("renske")
    path = f"/inlichtingen/{world.rounds['2020-1']}/nota"
    assert "Deze nota komt laat" in text_of(renske.get(path))

    renske.post(path, {"attempt": new_id(), "clarification": [answer_id], "when": "now"})

    assert "Zij komt laat" in text_of(renske.get("/inlichtingen"))
    assert "Nota van inlichtingen 1" in text_of(renske.get(f"/rondes/{world.rounds['2020-1']}/sluiting"))


def test_a_closed_round_takes_no_notice(world, browse):
    answer_id = approved(world, ask(world))
    world.close_round()

    answer = browse("ineke").post(
        f"/inlichtingen/{world.rounds['2020-1']}/nota",
        {"attempt": new_id(), "clarification": [answer_id], "when": "now"},
    )

    assert answer.status_code == 409
    assert "gesloten" in text_of(answer)


@pytest.mark.parametrize("who", ["olga", "bram", "anna"])
def test_others_answer_nothing_here(world, browse, who):
    answer_id = script.answer(world.stage, world.people["ineke"], [ask(world)], ANONYMOUS, ANSWER)

    answer = browse(who).post(f"/inlichtingen/antwoorden/{answer_id}/akkoord", {"version": 2})

    assert answer.status_code == (404 if who == "olga" else 403)


def test_the_public_page_of_a_procedure_tells_until_when_and_where_to_ask(world, visitor):
    page = text_of(visitor.get("/procedures/meierij/meierij-2020"))

    assert "U kunt vragen stellen tot" in page
    assert "dinsdag 10 september 2019, 12.00 uur" in page
    world.clock.set(world.clock() + timedelta(days=60))
    assert "Vragen konden tot" in text_of(visitor.get("/procedures/meierij/meierij-2020"))
