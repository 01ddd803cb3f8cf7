"""The data of an organisation in the browser: filled from the registers, foreign, in any script, and never lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.adapters.registers import HttpRegisters
from portal.cli import cast
from portal.models import AuditEvent, Organisation, User
from tests import registers as server
from tests.conftest import Browser, World
from tests.web import forms

SIGN_UP = {
    "kvk_number": "34567890",
    "name": "",
    "legal_form": "",
    "phone": "073 123 45 67",
    "person_name": "Noor Aerts",
    "email": "noor@brink.example",
    "password": "een lange zin als wachtwoord",
}


@pytest.fixture(scope="module")
def running() -> Any:
    with server.running() as state:
        yield state


@pytest.fixture
def registers(app: Flask, running: Any) -> Any:
    """The portal asks a server that speaks the documented forms."""
    running.companies = {
        "34567890": server.profile("34567890", "Stichting De Brink"),
        "12345678": server.profile("12345678", "Stichting De Linde Zorg", "Coöperatie"),
    }
    running.providers = {"12345678": server.bundle("12345678", "De Linde", "73730001")}
    running.fault = ""
    asks = running.settings
    there = HttpRegisters(asks["KVK_URL"], asks["KVK_KEY"], asks["LRZA_URL"], whole=0.5)
    app.extensions["services"] = replace(app.extensions["services"], registers=there)
    return running


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def linde(world: World) -> Organisation:
    with world.database.reading() as db:
        return db.scalars(select(Organisation).where(Organisation.kvk_number == "12345678")).one()


def filled(page: str, action: str) -> dict[str, list[str]]:
    return forms.form(page, action).data()


def test_signing_up_fills_from_the_handelsregister_and_keeps_source_and_moment(
    visitor: Browser, world: World, registers: Any
) -> None:
    page = visitor.post("/registreren/handelsregister", SIGN_UP)
    form = filled(text(page), "/registreren")
    assert (form["name"], form["legal_form"]) == (["Stichting De Brink"], ["stichting"])
    assert (form["street"], form["city"]) == (["Hinthamerstraat 95A"], ["'s-Hertogenbosch"])
    assert (form["phone"], form["person_name"]) == ([SIGN_UP["phone"]], [SIGN_UP["person_name"]])

    form["password"] = [SIGN_UP["password"]]
    assert visitor.client.post("/registreren", data=form).status_code == 303

    with world.database.reading() as db:
        made = db.scalars(select(Organisation).where(Organisation.kvk_number == "34567890")).one()
        assert (made.rsin, made.branch_number) == ("123456782", "000037178598")
        assert made.register_facts is not None
        assert made.register_facts["kvk"]["name"] == "Stichting De Brink"
        assert made.registers_asked_at == world.clock()


@pytest.mark.parametrize("fault", ["error", "slow", "truncated", "no json"])
def test_a_look_up_that_fails_keeps_everything_typed_and_says_so(visitor: Browser, registers: Any, fault: str) -> None:
    registers.fault = fault

    page = visitor.post("/registreren/handelsregister", SIGN_UP | {"name": "Wat ik typte"})

    assert page.status_code == 200
    assert "Het Handelsregister antwoordt nu niet" in text(page)
    assert filled(text(page), "/registreren")["name"] == ["Wat ik typte"]


def test_an_unknown_and_an_impossible_number_are_told_and_nothing_is_lost(visitor: Browser, registers: Any) -> None:
    unknown = visitor.post("/registreren/handelsregister", SIGN_UP | {"kvk_number": "99999999"})
    assert "kent dit nummer niet" in text(unknown)
    asked = len(registers.asked)

    wrong = visitor.post("/registreren/handelsregister", SIGN_UP | {"kvk_number": "123"})

    assert "8 cijfers" in text(wrong)
    assert len(registers.asked) == asked
    assert filled(text(wrong), "/registreren")["phone"] == [SIGN_UP["phone"]]


def test_without_registers_the_page_says_that_nothing_is_looked_up(visitor: Browser) -> None:
    page = text(visitor.get("/registreren"))

    assert "zoekt niets op in het Handelsregister" in page
    assert "/registreren/handelsregister" not in page


def test_the_organisations_page_shows_what_differs_and_takes_it_over_when_asked(
    browse: Any, world: World, registers: Any
) -> None:
    anna = browse("anna")
    form = filled(text(anna.get("/organisatie")), "/organisatie")
    own = form["name"]

    page = anna.client.post("/organisatie/handelsregister", data=form)
    assert "u vulde in <b>Stichting De Linde</b>, het register zegt <b>Stichting De Linde Zorg</b>" in text(page)
    assert filled(text(page), "/organisatie")["name"] == own
    assert "LRZa" in text(page)

    form = filled(text(page), "/organisatie") | {"take_over": ["yes"]}
    taken = anna.client.post("/organisatie/handelsregister", data=form)
    form = filled(text(taken), "/organisatie")
    assert form["name"] == ["Stichting De Linde Zorg"]
    assert linde(world).name == "Stichting De Linde"
    assert anna.client.post("/organisatie", data=form).status_code == 303
    assert (linde(world).name, linde(world).legal_form) == ("Stichting De Linde Zorg", "cooperatie")
    with world.database.reading() as db:
        asked = db.scalars(select(AuditEvent.actor_name).where(AuditEvent.act == "ask_registers")).all()
    assert set(asked) == {"Anna de Wit"}


def test_a_slow_register_does_not_hold_up_the_database(app: Flask, browse: Any, world: World, registers: Any) -> None:
    free = []

    class Watching:
        has_companies = has_care_providers = True

        def company(self, _number: str) -> None:
            with world.database.transaction() as db:  # SQLite would refuse after waiting: the request holds nothing
                free.append(db.scalars(select(User.id)).first())

        def care_provider(self, _number: str) -> None:
            return None

    app.extensions["services"] = replace(app.extensions["services"], registers=Watching())
    anna = browse("anna")
    form = filled(text(anna.get("/organisatie")), "/organisatie")

    assert anna.client.post("/organisatie/handelsregister", data=form).status_code == 200
    assert len(free) == 1


def test_a_colleague_who_only_reads_looks_nothing_up(browse: Any, world: World, registers: Any) -> None:
    reader = cast.colleague(world.stage, world.people["anna"], "Lies", "lies@aanbieder.example", ["reader"])
    world.people, world.emails = {**world.people, "lies": reader}, {**world.emails, "lies": "lies@aanbieder.example"}
    asked = len(registers.asked)

    assert browse("lies").post("/organisatie/handelsregister").status_code == 403
    assert len(registers.asked) == asked


def test_a_name_of_three_hundred_emoji_is_refused_and_the_rest_stays(visitor: Browser) -> None:
    answer = visitor.post("/registreren", SIGN_UP | {"name": "😀" * 300, "legal_form": "stichting"})

    assert answer.status_code == 422
    assert "hoogstens 200 tekens" in text(answer)
    assert filled(text(answer), "/registreren")["email"] == [SIGN_UP["email"]]


def test_a_foreign_provider_registers_applies_and_is_named_by_its_own_register(
    app: Flask, visitor: Browser, world: World, browse: Any
) -> None:
    sent = SIGN_UP | {
        "kvk_number": "",
        "country": "DE",
        "registration_number": "HRB 12345",
        "name": "Pflege am Rhein gGmbH",
        "legal_form": "buitenlands",
        "postal_code": "D-47533",
    }
    missing = visitor.post("/registreren", sent | {"registration_number": ""})
    assert missing.status_code == 422
    assert "handelsregister in dat land" in text(missing)
    assert visitor.post("/registreren", sent).status_code == 303

    with world.database.transaction() as db:
        noor = db.scalars(select(User).where(User.email == SIGN_UP["email"])).one()
        noor.verified_at, noor.password_hash = world.clock(), cast.hashed()
        world.people, world.emails = {**world.people, "noor": noor.id}, {**world.emails, "noor": noor.email}
        assert noor.organisation is not None
        assert noor.organisation.kvk_number == "DE HRB 12345"
    for kind in ("kvk_extract",):
        cast.sample(world.stage, world.people["noor"], kind)
    application_id = cast.start(world.stage, world.people["noor"], world.rounds["2020-1"], (("IB-BASIS", "0796"),))
    browser = browse("noor")
    for path in (f"/aanmeldingen/{application_id}", f"/aanmeldingen/{application_id}/indienen"):
        page = text(browser.get(path))
        assert "Duitsland, HRB 12345" in page
        assert "KvK DE" not in page
    page = text(browser.get("/organisatie"))
    assert 'value="DE HRB 12345"' in page
    form = filled(page, "/organisatie") | {"phone": ["+49 2821 1234"]}
    assert browser.client.post("/organisatie", data=form).status_code == 303
