"""What everybody may see, and the mail folder of a demonstration."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, event, select, update

from portal.cli.procedures import load_file
from portal.models import Authority, Coverage, Municipality, Procedure, Product, Requirement, Round
from portal.web.public import time_left
from tests.conftest import MEIERIJ, Browser, World

PAGE = "/procedures/meierij/meierij-2020"
BUTTON = "Aanmelden voor ronde 2020-1"


@contextmanager
def selects(engine: Engine) -> Iterator[list[str]]:
    """The SELECT statements that the database gets meanwhile."""
    seen: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)


# --- the home page ---


def test_the_home_page_shows_the_next_closing_and_every_procedure(visitor: Browser) -> None:
    page = visitor.get("/").text

    assert "dinsdag 1 oktober 2019, 12.00 uur" in page
    assert "nog 78 dagen" in page
    assert 'data-deadline="2019-10-01T12:00:00+02:00"' in page
    assert f'href="{PAGE}"' in page
    assert 'href="/procedures/waarden/meierij-2020"' in page
    assert "Uiterlijk 12 november 2019" in page


def test_the_home_page_of_a_quiet_time_shows_the_next_opening(visitor: Browser, world: World) -> None:
    world.clock.set(datetime(2019, 11, 1, 12, tzinfo=UTC))

    page = visitor.get("/").text

    assert "Eerstvolgende opening" in page
    assert "donderdag 2 januari 2020, 09.00 uur" in page
    assert "data-deadline" not in page


def test_the_home_page_after_the_last_round_still_lists_the_procedures(visitor: Browser, world: World) -> None:
    world.clock.set(datetime(2030, 1, 1, tzinfo=UTC))

    page = visitor.get("/").text

    assert "Eerstvolgende" not in page
    assert f'href="{PAGE}"' in page
    assert "Gesloten" in page


def test_a_procedure_that_is_not_published_is_nowhere(visitor: Browser, world: World) -> None:
    with world.database.transaction() as db:
        db.execute(update(Procedure).where(Procedure.id == world.procedure_id).values(published_at=None))

    assert f'href="{PAGE}"' not in visitor.get("/").text
    assert visitor.get(PAGE).status_code == 404
    assert visitor.get("/procedures/waarden/meierij-2020").status_code == 200


def test_an_official_sees_the_procedures_of_the_own_authority_only(browse: Any) -> None:
    page = browse("ineke").get("/").text

    assert f'href="{PAGE}"' in page
    assert 'href="/procedures/waarden/meierij-2020"' not in page


def test_the_home_page_asks_four_statements_however_many_procedures(visitor: Browser, world: World) -> None:
    with selects(world.database.engine) as few:
        visitor.get("/")
    for number in range(5):
        with world.database.transaction() as db:
            db.add(
                Authority(slug=f"r{number}", name=f"Regio {number}", subtitle="", theme="meierij", phone="", mail="")
            )
        load_file(world.database, MEIERIJ, world.clock(), authority=f"r{number}")

    with selects(world.database.engine) as many:
        assert visitor.get("/").text.count("portal-card__body") == 7

    assert len(few) == len(many) == 4


# --- one procedure ---


def test_a_procedure_shows_everything_that_binds_an_applicant(visitor: Browser, world: World) -> None:
    answer = visitor.get(PAGE)
    page = answer.text

    assert answer.status_code == 200
    with world.database.reading() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        for requirement in db.scalars(select(Requirement).where(Requirement.procedure_id == procedure.id)):
            assert f'id="eis-{requirement.code}"' in page
        for label in db.scalars(select(Round.label).where(Round.procedure_id == procedure.id)):
            assert label in page
        for article in procedure.settings["agreement"]["conditions"]:
            assert article["heading"] in page
        for element in procedure.settings["tariff_reasoning"]["elements"]:
            assert element["name"] in page
    assert "€ 1.648,75" in page
    assert page.count("verzonnen bedrag</span>") == 7
    assert "Niet ouder dan 6 maanden op de dag dat u indient" in page
    assert page.count("Of gelijkwaardig:") == 2
    assert "5 werkdagen om een gebrek te herstellen" in page
    assert "Sinds 1 oktober 2022 geldt de Wet Bibob" in page


def test_a_procedure_asks_four_statements_of_a_visitor(visitor: Browser, world: World) -> None:
    with selects(world.database.engine) as seen:
        visitor.get(PAGE)

    assert len(seen) == 4


FILES = sorted((MEIERIJ.parent).rglob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.stem)
def test_whatever_its_kind_a_procedure_shows_what_binds_in_four_statements(
    visitor: Browser, world: World, file: Path
) -> None:
    with world.database.transaction() as db:
        db.add(
            Authority(slug="elders", name="Regio Elders", subtitle="", theme="meierij", phone="", mail="e@e.example")
        )
    procedure_id = load_file(world.database, file, world.clock(), authority="elders")
    with world.database.reading() as db:
        procedure = db.get_one(Procedure, procedure_id)
        address, settings, kind = f"/procedures/elders/{procedure.slug}", procedure.settings, procedure.kind
        requirements = [one.code for one in procedure.requirements]
        products = [one.code for lot in procedure.lots for one in lot.products]

    with selects(world.database.engine) as seen:
        answer = visitor.get(address)
    page = html.unescape(answer.text)

    assert (answer.status_code, len(seen)) == (200, 4)
    assert [code for code in requirements if f'id="eis-{code}"' not in page] == []
    assert [code for code in products if code not in page] == []
    assert ("Hoe wij inschrijvingen vergelijken" in page) is (kind == "tender") is bool(settings.get("award"))
    for block in ("groups", "goals"):
        assert [one["title"] for one in settings.get(block) or [] if one["title"] not in page] == []
    for ground in (settings.get("coverage") or {}).get("closing_grounds") or []:
        assert ground["threshold"].split("\n")[0] in page
    for tail in ("/inkoop-per-gemeente", "/planning", "/planning.ics", "/inlichtingen"):
        assert visitor.get(address + tail).status_code == 200
    assert visitor.get(f"{address}/oude-codes").status_code == (200 if settings.get("conversions") else 404)


def test_a_tender_publishes_its_weights_its_scale_and_how_it_rounds(visitor: Browser, world: World) -> None:
    award = {
        "criteria": [
            {"code": "K1", "title": "Samenwerking", "text": "Hoe.", "weight": "60.00", "max_length": 4000},
            {"code": "K2", "title": "Nabij", "text": "Waar.", "weight": "40.00", "max_length": 4000},
        ],
        "scale": [{"points": 0, "label": "Onvoldoende"}, {"points": 10, "label": "Uitstekend"}],
        "rounding": {"decimals": 2, "rule": "half_even"},
        "contracts": {"text": "Drie per perceel.", "least": 2, "most": 3},
    }
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        procedure.kind, procedure.settings = "tender", {**procedure.settings, "award": award}

    page = visitor.get(PAGE).text

    for words in ("60,00%", "40,00%", "Uitstekend", "een half naar het even cijfer", "Minstens 2, ten hoogste 3"):
        assert words in page
    assert "en er is geen maximum" not in page


def test_a_procedure_with_next_to_nothing_published_still_has_its_page(visitor: Browser, world: World) -> None:
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        procedure.kind, procedure.settings = "consultation", {"source": {"title": "Koersdocument"}}
        procedure.agreement_starts_on = procedure.agreement_ends_on = None
        procedure.asks_integrity_check = False
        db.execute(delete(Round).where(Round.procedure_id == procedure.id))

    page = visitor.get(PAGE)

    assert page.status_code == 200
    assert "Koersdocument" in page.text
    assert "De overeenkomst</h2>" not in page.text


def test_a_municipality_that_does_not_buy_a_product_is_named_beside_it(visitor: Browser, world: World) -> None:
    assert "Vught: <b>gesloten</b>" not in visitor.get(PAGE).text
    with world.database.transaction() as db:
        product = db.scalars(
            select(Product.id).where(Product.code == "DB-BASIS", Product.authority_id == world.authority_id)
        )
        vught = db.scalars(
            select(Municipality.id).where(Municipality.name == "Vught", Municipality.authority_id == world.authority_id)
        )
        cell = (Coverage.product_id == product.one()) & (Coverage.municipality_id == vught.one())
        db.execute(update(Coverage).where(cell).values(state="closed", remark="Vught doet dit zelf."))

    page = visitor.get(PAGE).text

    assert page.count("Vught: <b>gesloten</b>") == 1
    assert page.count("Vught doet dit zelf.") == 1


@pytest.mark.parametrize("path", ["/procedures/meierij/bestaat-niet", "/procedures/nergens/meierij-2020"])
def test_an_unknown_procedure_does_not_exist(visitor: Browser, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_a_visitor_is_asked_to_register_and_an_applicant_can_apply(visitor: Browser, browse: Any, world: World) -> None:
    stranger, applicant, official = (
        visitor.get(PAGE).text,
        browse("anna").get(PAGE).text,
        browse("ineke").get(PAGE).text,
    )

    assert 'href="/registreren"' in stranger
    assert BUTTON not in stranger
    assert f'action="/rondes/{world.rounds["2020-1"]}/aanmelden"' in applicant
    assert BUTTON in applicant
    assert BUTTON not in official


def test_the_button_is_there_until_the_instant_of_closing(browse: Any, world: World) -> None:
    closes_at = datetime(2019, 10, 1, 10, tzinfo=UTC)

    world.clock.set(closes_at - timedelta(microseconds=1))
    assert BUTTON in browse("anna").get(PAGE).text
    world.clock.set(closes_at)
    assert BUTTON not in browse("anna").get(PAGE).text


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=22, hours=5), "nog 22 dagen"),
        (timedelta(days=3), "nog 3 dagen"),
        (timedelta(days=3) - timedelta(seconds=1), "nog 2 dagen en 23 uur"),
        (timedelta(days=1, hours=2), "nog 1 dag en 2 uur"),
        (timedelta(hours=5, minutes=7), "nog 5 uur en 7 minuten"),
        (timedelta(minutes=12), "nog 12 minuten"),
        (timedelta(minutes=1), "nog 1 minuut"),
        (timedelta(microseconds=1), "minder dan 1 minuut"),
        (timedelta(0), "gesloten"),
        (timedelta(days=-1), "gesloten"),
    ],
)
def test_the_time_left_is_told_in_words(app: Flask, world: World, left: timedelta, text: str) -> None:
    with app.test_request_context():
        assert time_left(world.clock() + left) == text


# --- about the portal ---


@pytest.mark.parametrize("path", ["/toegankelijkheid", "/privacy"])
def test_the_pages_about_the_portal_ask_the_database_nothing(visitor: Browser, world: World, path: str) -> None:
    with selects(world.database.engine) as seen:
        assert visitor.get(path).status_code == 200

    assert seen == []


# --- the mail of a demonstration ---


def _send(app: Flask, visitor: Browser, world: World) -> Path:
    form = {
        "kvk_number": "34567890", "name": "De Brink", "legal_form": "bv", "person_name": "Noor & Zn",
        "email": "noor@brink.example", "password": "drie appels en een peer",
    }  # fmt: skip
    visitor.post("/registreren", form)
    world.work()
    folder = Path(app.config["MAIL_URL"].removeprefix("folder:"))
    return max(file for file in folder.glob("*.eml") if "Noor" in file.read_text())


def test_the_mail_of_a_demonstration_can_be_read_and_followed(app: Flask, visitor: Browser, world: World) -> None:
    file = _send(app, visitor, world)

    listed = visitor.get("/ontwikkeling/mail").text
    assert f'href="/ontwikkeling/mail/{file.name}"' in listed
    letter = visitor.get(f"/ontwikkeling/mail/{file.name}").text

    assert "Beste Noor &amp; Zn" in letter
    path = letter.split('href="/bevestigen/')[1].split('"')[0]
    assert visitor.get(f"/bevestigen/{path}").status_code == 200


def test_no_name_leads_out_of_the_mail_folder(app: Flask, visitor: Browser, world: World) -> None:
    folder = _send(app, visitor, world).parent
    (folder.parent / "geheim.eml").write_text("Subject: geheim\n\ngeheim")

    assert visitor.get("/ontwikkeling/mail/..%2Fgeheim.eml").status_code == 404
    assert visitor.get("/ontwikkeling/mail/geheim.eml").status_code == 404


def test_where_mail_really_leaves_there_is_nothing_to_read(app: Flask, visitor: Browser) -> None:
    assert visitor.get("/ontwikkeling/mail").status_code == 200

    app.config["MAIL_URL"] = "smtp://mail.example"

    assert visitor.get("/ontwikkeling/mail").status_code == 404
