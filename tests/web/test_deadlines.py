"""The pages about a deadline: propose, confirm, give back, and what everybody may read of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.models import DeadlineChange, Message, Round

FORM = {"day": "2019-10-08", "time": "12:00", "reason": "Bijlage 3 stond een dag niet op de pagina."}


@pytest.fixture
def address(world):
    return f"/rondes/{world.rounds['2020-1']}/sluiting"


def change_of(world):
    with world.database.reading() as db:
        return db.scalars(select(DeadlineChange)).one()


def test_two_people_move_a_closing_and_everybody_reads_what_it_was_and_why(world, browse, visitor, address):
    renske, wil = browse("renske"), browse("wil")
    assert "Sluiting: later zetten" in renske.get(f"/rondes/{world.rounds['2020-1']}").get_data(as_text=True)
    assert renske.post(address, FORM).status_code == 303
    change = change_of(world)
    assert "Dit wacht op een ander" in renske.get(address).get_data(as_text=True)
    assert "8 oktober" not in visitor.get("/procedures/meierij/meierij-2020").get_data(as_text=True)

    answer = wil.post(f"{address}/{change.id}/bevestigen")
    again = wil.post(f"{address}/{change.id}/bevestigen")

    assert (answer.status_code, again.status_code) == (303, 303)
    for path in ("/procedures/meierij/meierij-2020", "/procedures/meierij/meierij-2020/planning"):
        page = visitor.get(path).get_data(as_text=True)
        assert "dinsdag 8 oktober 2019, 12.00 uur" in page
        assert "verplaatst van dinsdag 1 oktober 2019, 12.00 uur naar" in page
        assert FORM["reason"] in page
    feed = visitor.get("/procedures/meierij/meierij-2020/planning.ics").get_data(as_text=True)
    event = feed.replace("\r\n ", "").split(f"UID:{world.rounds['2020-1']}-closes@voordeur")[1].split("END:VEVENT")[0]
    assert "SEQUENCE:1" in event
    assert "DTSTART:20191008T100000Z" in event
    assert "Bijlage 3" in event
    with world.database.reading() as db:
        assert len(set(db.scalars(select(Message.reason)))) == len(list(db.scalars(select(Message.reason))))


def test_the_same_proposal_sent_twice_is_one_and_the_deciders_are_told_once(world, browse, address):
    renske = browse("renske")

    assert [renske.post(address, FORM).status_code for _ in range(2)] == [303, 303]
    assert renske.post(address, {**FORM, "day": "2019-10-09"}).status_code == 409

    with world.database.reading() as db:
        told = db.scalars(select(Message.to).where(Message.template == "deadline_proposed")).all()
    assert told
    assert len(told) == len(set(told))


def test_who_proposed_cannot_confirm_on_the_page_either(world, browse, address):
    renske = browse("renske")
    renske.post(address, FORM)

    assert renske.post(f"{address}/{change_of(world).id}/bevestigen").status_code == 403
    assert browse("wil").post(f"{address}/{change_of(world).id}/bevestigen").status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("day", "2019-09-24", "gelijke behandeling"),
        ("day", "2019-10-05", "een zaterdag"),
        ("day", "morgen", "Vul een bestaande dag in"),
        ("time", "18:00", "tussen 09.00 en 17.00"),
        ("time", "", "Vul een tijd in"),
        ("reason", "kort", "minstens 10 tekens"),
    ],
)
def test_what_is_wrong_is_told_beside_the_rest_of_the_form(world, browse, address, field, value, words):
    page = browse("renske").post(address, {**FORM, field: value})

    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert words in text
    kept = next(key for key in ("reason", "day") if key != field)
    assert FORM[kept] in text


def test_a_proposal_is_given_back_with_a_reason(world, browse, address):
    browse("renske").post(address, FORM)
    wil, goal = browse("wil"), f"{address}/{change_of(world).id}/teruggeven"

    assert wil.post(goal, {"sent_back_reason": "nee"}).status_code == 422
    assert wil.post(goal, {"sent_back_reason": "Drie dagen is genoeg voor één bijlage."}).status_code == 303

    assert "Drie dagen is genoeg" in browse("renske").get(address).get_data(as_text=True)
    with world.database.reading() as db:
        assert db.get_one(Round, world.rounds["2020-1"]).closes_at.day == 1


def test_a_confirmation_at_the_instant_is_refused_in_words(world, browse, address):
    browse("renske").post(address, FORM)
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at)

    answer = browse("wil").post(f"{address}/{change_of(world).id}/bevestigen")

    assert answer.status_code == 409
    assert "verandert niet meer" in answer.get_data(as_text=True)


def test_a_round_of_another_authority_does_not_exist(world, browse):
    other = world.other_rounds["2020-1"]

    assert browse("renske").get(f"/rondes/{other}/sluiting").status_code == 404
    assert browse("renske").post(f"/rondes/{other}/sluiting", FORM).status_code == 404


def test_the_planning_says_which_day_moved_and_why(world, browse):
    from portal.domain import free_days

    with world.database.transaction() as db:
        db.get_one(Round, world.rounds["2021-2"]).agreements_start_on = free_days.COVERED_UNTIL + timedelta(days=1)

    page = browse("renske").get(f"/planning/{world.procedure_id}").get_data(as_text=True)

    assert "loopt verder dan de bekende feestdagen" in page
    assert "31 december 2028" in page


def test_following_a_procedure_starts_and_stops(world, browse):
    anna, path = browse("anna"), "/procedures/meierij/meierij-2020"
    assert "Volgen per mail" in anna.get(f"{path}/planning").get_data(as_text=True)

    for _ in range(2):
        assert anna.post(f"{path}/volgen").status_code == 303
    assert "Niet meer volgen" in anna.get(f"{path}/planning").get_data(as_text=True)
    anna.post(f"{path}/volgen", {"stop": "1"})

    assert "Volgen per mail" in anna.get(f"{path}/planning").get_data(as_text=True)
