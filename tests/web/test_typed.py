"""Nothing typed is lost: when the session ends, when the round closes, and when a page stood open too long."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cli import cast
from portal.domain import accounts
from portal.models import Answer, Application, User
from tests.conftest import Browser, World
from tests.web.forms import Form, form, forms

Browse = Callable[[str], Browser]
TEXT = "Op bladzijde 3 staat hoe een cliënt een klacht indient. <b>Let op</b>"


def answers(world: World) -> list[str]:
    with world.database.reading() as db:
        return [str(one.value.get("note", "")) for one in db.scalars(select(Answer))]


def opened(browser: Browser, path: str) -> Form:
    return form(browser.get(path).text, path)


def sign_in(browser: Browser, page: str, email: str, password: str = cast.PASSWORD) -> object:
    found = next(one for one in forms(page) if one.action == "/inloggen")
    return browser.client.post("/inloggen", data=found.data(email=email, password=password))


@pytest.fixture
def ended(world: World, browse: Browse) -> tuple[Browser, str, str]:
    """Anna typed an answer and sent it after her session had ended; gives her browser, the path and the answer."""
    anna, path = browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06"
    typed = opened(anna, path).data(note=TEXT)
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))
    answer = anna.client.post(path, data=typed)
    assert (answer.status_code, "Er is niets kwijt" in answer.text) == (401, True)
    return anna, path, answer.text


def test_what_was_typed_comes_back_after_signing_in_and_is_sent_with_one_button(
    world: World, ended: tuple[Browser, str, str]
) -> None:
    anna, path, page = ended
    assert TEXT not in page
    assert "Op bladzijde 3" not in page

    wrong = sign_in(anna, page, world.emails["anna"], "een verkeerd wachtwoord")
    shown = sign_in(anna, wrong.text, world.emails["anna"])

    assert shown.status_code == 200
    assert "Op bladzijde 3 staat hoe een cliënt een klacht indient. &lt;b&gt;" in shown.text
    assert answers(world) == []
    again = form(shown.text, path)
    assert anna.client.post(again.action, data=again.data()).status_code == 303
    assert answers(world) == [TEXT]


def test_another_person_does_not_see_it(world: World, ended: tuple[Browser, str, str]) -> None:
    browser, _, page = ended

    answer = sign_in(browser, page, world.emails["karim"])

    assert answer.status_code == 303
    assert "bladzijde 3" not in browser.get(answer.location).text
    assert answers(world) == []


def test_it_does_not_live_for_ever_and_cannot_be_made_up(world: World, ended: tuple[Browser, str, str]) -> None:
    browser, _, page = ended
    forged = re.sub(r'name="typed" value="[^"]{40}', 'name="typed" value="' + "A" * 40, page)
    assert sign_in(browser, forged, world.emails["anna"]).status_code == 303

    world.clock.advance(timedelta(hours=13))
    late = browser.client.get("/inloggen").text
    old = re.search(r'name="typed" value="[^"]+"', page)
    assert old is not None
    late = late.replace('name="email"', f'name="email" data-x=""><input {old.group()}><input name="x"', 1)
    token = re.search(r'name="csrf_token" value="([^"]+)"', late)
    assert token is not None
    carried = old.group().split('"')[3]
    data = {"csrf_token": token.group(1), "typed": carried, "email": world.emails["anna"], "password": cast.PASSWORD}

    assert browser.client.post("/inloggen", data=data).status_code == 303
    assert answers(world) == []


def test_a_form_of_another_site_is_not_carried(world: World, browse: Browse, visitor: Browser) -> None:
    anna, path = browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06"
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))

    without_token = anna.client.post(path, data={"note": TEXT})
    unknown = visitor.client.post(path, data={"note": TEXT, "csrf_token": visitor.token()})

    assert (without_token.status_code, unknown.status_code) == (302, 302)
    assert 'name="typed"' not in anna.get("/inloggen").text


def test_a_form_with_a_password_is_not_carried(world: World, browse: Browse) -> None:
    anna = browse("anna")
    token = anna.token("/")
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))

    answer = anna.client.post("/wachtwoord-wijzigen", data={"csrf_token": token, "current": "a", "password": "b" * 20})

    assert answer.status_code == 302
    assert 'name="typed"' not in answer.text


def test_an_act_is_not_done_by_signing_in(world: World, browse: Browse) -> None:
    anna, application_id = browse("anna"), world.submitted()
    path = f"/aanmeldingen/{application_id}/intrekken"
    token = anna.token("/")
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))

    page = anna.client.post(path, data={"csrf_token": token}).text
    shown = sign_in(anna, page, world.emails["anna"])

    assert "Alsnog versturen" in shown.text
    with world.database.reading() as db:
        assert db.get_one(Application, application_id).state == "submitted"


def test_a_file_does_not_come_along_and_that_is_said(world: World, browse: Browse) -> None:
    import io

    anna, path = browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06"
    token = anna.token("/")
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))

    data = {"csrf_token": token, "bestand": (io.BytesIO(b"%PDF"), "a.pdf")}
    answer = anna.client.post(f"{path}/upload", data=data, headers={"Referer": f"http://localhost{path}"})

    assert answer.status_code == 302
    page = anna.get(answer.location).text
    assert "kies daarna het bestand opnieuw" in page
    assert sign_in(anna, page, world.emails["anna"]).location == path


def test_officials_keep_what_they_typed_too(closed, official) -> None:
    renske = official("renske")
    path = f"/rondes/{closed.round}"
    token = renske.token("/")
    closed.world.clock.advance(accounts.IDLE + timedelta(minutes=1))

    typed = {"csrf_token": token, "reason": "Deze reden is lang genoeg om te bewaren."}
    page = renske.client.post(f"{path}/sluiting", data=typed)
    if page.status_code == 404:
        pytest.fail("the address of the deadline page changed")

    assert page.status_code == 401
    assert "Deze reden is lang genoeg" in sign_in(renske, page.text, closed.world.emails["renske"]).text


def test_a_form_that_stood_open_works_after_signing_in_beside_it(world: World, browse: Browse) -> None:
    anna, path = browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06"
    typed = opened(anna, path).data(note=TEXT)
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))
    by_script = anna.client.post(path, data=typed, headers={"Accept": "text/plain"})
    assert (by_script.status_code, "nieuw tabblad" in by_script.text) == (401, True)

    sign_in(anna, anna.get("/inloggen").text, world.emails["anna"])

    assert anna.client.post(path, data=typed, headers={"Accept": "text/plain"}).status_code == 200
    assert answers(world) == [TEXT]


def test_the_secret_of_a_form_does_not_go_over_to_another_person(world: World, browse: Browse) -> None:
    browser = browse("anna")
    old = browser.token("/")
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))

    sign_in(browser, browser.get("/inloggen").text, world.emails["karim"])

    assert browser.client.post("/ingelogd", data={"csrf_token": old}).status_code == 400


def test_a_deadline_that_passes_while_typing_shows_the_text_to_copy(world: World, browse: Browse) -> None:
    anna, path = browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06"
    typed = opened(anna, path).data(note=TEXT)
    world.close_round()
    typed = {**typed, "csrf_token": [browse_token(anna, world)]}

    late = anna.client.post(path, data=typed)
    elsewhere = {"Origin": "https://elders.example"}
    foreign = anna.client.post(path, data={**typed, "csrf_token": ["een ander"]}, headers=elsewhere)

    assert late.status_code == 409
    assert "De ronde is gesloten" in late.text
    assert "Op bladzijde 3 staat hoe een cliënt een klacht indient. &lt;b&gt;" in late.text
    assert "bladzijde 3" not in foreign.text


def browse_token(browser: Browser, world: World) -> str:
    browser.sign_in("anna")  # weeks passed
    return browser.token("/")


def test_the_page_says_until_when_one_stays_signed_in(app: Flask, world: World, browse: Browse) -> None:
    anna = browse("anna")
    page = anna.get("/aanmeldingen").text
    until = anna.get("/ingelogd").json["until"]
    world.clock.advance(timedelta(minutes=20))
    unchanged = anna.get("/ingelogd").json["until"]

    stayed = anna.post("/ingelogd").json["until"]

    assert "U blijft ingelogd tot 10.30 uur" in page
    assert until == unchanged
    assert stayed > until
    world.clock.advance(timedelta(minutes=25))
    assert anna.get("/aanmeldingen").status_code == 200
    with world.database.reading() as db:
        assert db.get(User, anna.get("/ingelogd").json["who"]) is not None
