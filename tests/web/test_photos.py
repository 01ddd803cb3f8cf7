"""Photographs of paper on the pages: chosen, put in order and made into one PDF, without a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain import photos as domain
from portal.models import Document, Evidence, Photo
from portal.worker import sweep
from tests.adapters.test_combining import colour, photo
from tests.conftest import Browser, World
from tests.web.forms import forms
from tests.web.test_uploads import Arrived, form, pdf, put, stored

Browse = Callable[[str], Browser]
PAGE = "/documenten/fotos/complaints_procedure"


def names(world: World) -> list[str]:
    with world.database.reading() as db:
        return list(db.scalars(select(Photo.filename).order_by(Photo.position)))


def press(browser: Browser, page: str, name: str, what: str) -> Any:
    """Press a button of one photograph's line."""
    found = next(
        one for one in forms(page) if one.action.split("?")[0].endswith("/volgorde")
        and one.data()["foto"][0] in page.split(name)[1].split("</form>")[0]
    )  # fmt: skip
    return browser.post(found.action, {"foto": found.data()["foto"][0], "doe": what})


@pytest.fixture
def three(world: World, browse: Browse) -> tuple[Browser, str]:
    """Anna chose three photographs at a requirement; gives her browser and the page."""
    anna, goal = browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06/upload?soort=complaints_procedure"
    pictures = [(photo([one]), f"{one}.jpg") for one in ("red", "lime", "blue")]
    answer = form(anna, f"{PAGE}/toevoegen?naar={goal}", *pictures)
    return anna, anna.get(answer.location).text


def test_photographs_are_ordered_and_become_one_document_at_the_requirement(
    app: Flask,
    world: World,
    three: tuple[Browser, str],
    arrived: Arrived,
) -> None:
    anna, page = three
    before = set(stored(app))
    assert names(world) == ["red.jpg", "lime.jpg", "blue.jpg"]
    page = anna.get(press(anna, page, "blue.jpg", "eerder").location).text
    page = anna.get(press(anna, page, "red.jpg", "later").location).text
    assert names(world) == ["blue.jpg", "red.jpg", "lime.jpg"]
    make = next(one for one in forms(page) if ("fotos", "1") in one.pairs)

    answer = anna.post(make.action, {"fotos": "1", "naam": "Onze klachtenregeling"})

    assert "/eisen/T06" in answer.location
    (document,) = arrived()
    assert (document.filename, document.pages, document.kind) == (
        "Onze klachtenregeling.pdf",
        3,
        "complaints_procedure",
    )
    content = world.services.files.read(document.storage_key)
    assert [colour(content, page_, 0.5, 0.5) for page_ in range(3)] == ["blue", "red", "green"]
    with world.database.reading() as db:
        assert db.scalars(select(Evidence.document_id)).one() == document.id
        assert db.scalars(select(Photo)).all() == []
    assert len(set(stored(app)) - before) == 1
    assert len(before - set(stored(app))) == 3


def test_a_photograph_can_be_taken_out_and_seen(
    app: Flask, world: World, three: tuple[Browser, str], browse: Browse
) -> None:
    anna, page = three
    with world.database.reading() as db:
        first = db.scalars(select(Photo.id).order_by(Photo.position)).first()
    small = anna.get(f"{PAGE}/{first}/beeld")
    strange = browse("karim").get(f"{PAGE}/{first}/beeld")

    press(anna, page, "red.jpg", "weg")

    assert (small.status_code, small.mimetype, small.data[:4]) == (200, "image/png", b"\x89PNG")
    assert strange.status_code == 404
    assert names(world) == ["lime.jpg", "blue.jpg"]


def test_what_is_no_photograph_is_refused_beside_those_that_are(app: Flask, world: World, browse: Browse) -> None:
    anna, before = browse("anna"), set(stored(app))

    filled = form(anna, f"{PAGE}/toevoegen", (photo(["red"]), "goed.jpg"), (pdf(), "fout.pdf"))
    bare = put(anna, f"{PAGE}/toevoegen", pdf(), "fout.pdf")
    by_script = put(anna, f"{PAGE}/toevoegen", photo(["blue"]), "script.jpg")

    assert (filled.status_code, "Dit is geen foto" in filled.text) == (409, True)
    assert (bare.status_code, "Dit is geen foto" in bare.text) == (409, True)
    assert (by_script.status_code, by_script.text.strip().startswith("<li")) == (201, True)
    assert names(world) == ["goed.jpg", "script.jpg"]
    assert len(set(stored(app)) - before) == 2


def test_there_is_an_end_to_how_many(world: World, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "MOST", 1)
    anna = browse("anna")

    answer = form(anna, f"{PAGE}/toevoegen", (photo(["red"]), "a.jpg"), (photo(["blue"]), "b.jpg"))

    assert (answer.status_code, "passen 1 foto" in answer.text) == (409, True)
    assert names(world) == ["a.jpg"]


def test_without_photographs_there_is_nothing_to_make(world: World, browse: Browse) -> None:
    anna = browse("anna")
    answer = anna.post("/documenten/upload/other", {"fotos": "1"})
    elsewhere = anna.get(f"{PAGE}?naar=//elders.example/x").text

    assert (answer.status_code, "Kies eerst foto" in answer.text) == (409, True)
    assert "elders.example" not in elsewhere
    assert anna.get("/documenten/fotos/geen_soort").status_code == 404


def test_photographs_of_a_bibob_form_are_sealed_and_shown_to_nobody(
    app: Flask,
    world: World,
    browse: Browse,
    arrived: Arrived,
) -> None:
    anna, before = browse("anna"), set(stored(app))
    form(anna, "/documenten/fotos/bibob_form/toevoegen", (photo(["red"]), "a.jpg"))
    (lying,) = [raw for key, raw in stored(app).items() if key not in before]

    answer = anna.post("/documenten/upload/bibob_form", {"fotos": "1", "naam": "bibob"})

    assert not lying.startswith(b"\xff\xd8")
    assert answer.status_code == 303
    (document,) = arrived()
    assert document.is_sealed
    assert not stored(app)[document.storage_key].startswith(b"%PDF")


def test_photographs_that_nobody_uses_are_gone_after_a_day(
    app: Flask, world: World, three: tuple[Browser, str]
) -> None:
    now = world.services.now()

    sweep(world.database, world.services, now - timedelta(days=1))
    kept = names(world)
    sweep(world.database, world.services, now + timedelta(days=20_000))

    assert len(kept) == 3
    assert names(world) == []
    with world.database.reading() as db:
        keys = set(db.scalars(select(Document.storage_key)))
    assert set(stored(app)) == keys & set(stored(app))


def test_the_camera_of_a_telephone_is_offered(world: World, browse: Browse) -> None:
    page = browse("anna").get(PAGE).text

    assert 'capture="environment"' in page
    assert 'accept="image/jpeg,image/png"' in page


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("/eisen/T06", "/eisen/T06"),
        ("/eisen/integriteit", "/integriteit"),
        ("/eisen/integriteit-P2", "/integriteit/2"),
    ],
)
def test_one_goes_back_to_where_one_came_from_without_a_pdf(world: World, browse: Browse, page: str, back: str) -> None:
    application, anna = f"/aanmeldingen/{world.draft()}", browse("anna")

    from_a_page = anna.get(f"{PAGE}?naar={application}{page}/upload?soort=complaints_procedure").text
    from_elsewhere = anna.get(f"{PAGE}?naar=https://elders.example/upload").text

    assert f'href="{application}{back}">Terug zonder PDF' in from_a_page
    assert 'href="/documenten">Terug zonder PDF' in from_elsewhere
