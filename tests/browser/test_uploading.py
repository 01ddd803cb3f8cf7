"""Uploading and saving on a line that breaks, and a session that ends, in a browser."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from portal.cli import cast
from portal.domain import accounts
from portal.models import Answer, Document, Photo, User
from tests.adapters.test_combining import photo
from tests.conftest import World
from tests.web.test_uploads import pdf

Person = Callable[..., Page]


def large(folder: Path, name: str = "groot.pdf", size: int = 3_500_000) -> Path:
    path = folder / name
    path.write_bytes(pdf(name) + b"\n%" + b"x" * size)
    return path


def arrived(world: World, name: str) -> list[Document]:
    with world.database.reading() as db:
        return list(db.scalars(select(Document).where(Document.filename == name)))


@pytest.fixture
def requirement(world: World, person: Person, portal_url: str) -> Page:
    """Anna at a requirement that wants a file."""
    page = person(world.emails["anna"])
    page.goto(f"{portal_url}/aanmeldingen/{world.draft('anna')}/eisen/T06")
    return page


def choose(page: Page, *paths: Path) -> None:
    page.get_by_label("Upload: Klachtenregeling").set_input_files(list(paths))
    page.get_by_role("button", name="Uploaden").first.click()


def test_a_line_that_breaks_in_the_middle_is_waited_out_and_the_file_arrives(
    world: World, requirement: Page, tmp_path: Path
) -> None:
    path, sent = large(tmp_path), list[str]()

    def breaking(route: Route) -> None:
        sent.append(route.request.headers.get("upload-offset", ""))
        if len(sent) in (2, 3):
            route.abort("connectionreset")
        else:
            route.continue_()

    requirement.route(re.compile("/documenten/in-delen/"), lambda route: (
        breaking(route) if route.request.method == "PATCH" else route.continue_()
    ))  # fmt: skip

    choose(requirement, path)

    expect(requirement.get_by_role("link", name="groot.pdf").first).to_be_visible()
    (document,) = arrived(world, "groot.pdf")
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sent.count("0") == 1
    assert sent.count(str(1 << 20)) == 3


def test_after_the_page_was_loaded_again_the_same_file_goes_on_where_it_was(
    world: World, requirement: Page, tmp_path: Path
) -> None:
    path, sent = large(tmp_path), list[str]()

    def stopping(route: Route) -> None:
        sent.append(route.request.headers.get("upload-offset", ""))
        route.abort("connectionreset") if len(sent) > 1 else route.continue_()

    pattern = re.compile("/documenten/in-delen/")
    requirement.route(pattern, lambda route: (
        stopping(route) if route.request.method == "PATCH" else route.continue_()
    ))  # fmt: skip
    choose(requirement, path)
    expect(requirement.get_by_text("Wat al binnen is, blijft bewaard.").first).to_be_visible()
    requirement.on("dialog", lambda dialog: dialog.accept())
    requirement.unroute(pattern)
    requirement.reload()
    again = list[str]()
    requirement.on(
        "request", lambda one: again.append(one.headers.get("upload-offset", "")) if one.method == "PATCH" else None
    )

    choose(requirement, path)

    expect(requirement.get_by_role("link", name="groot.pdf").first).to_be_visible()
    assert again[0] == str(1 << 20)
    assert [one.sha256 for one in arrived(world, "groot.pdf")] == [hashlib.sha256(path.read_bytes()).hexdigest()]


def test_many_files_wait_for_their_turn_and_the_page_says_how_far_it_is(
    world: World, requirement: Page, tmp_path: Path
) -> None:
    paths = []
    for number in range(12):
        paths.append(tmp_path / f"stuk-{number}.pdf")
        paths[-1].write_bytes(pdf(f"N-{number}"))
    (tmp_path / "te-groot.pdf").write_bytes(b"%PDF" + bytes(25_000_001))

    choose(requirement, *paths, tmp_path / "te-groot.pdf")

    expect(requirement.get_by_text("12 van 13 bestanden geüpload; bij 1 ging iets mis.").first).to_be_visible()
    expect(requirement.get_by_text("Een bestand mag maximaal 25 MB zijn.")).to_be_visible()
    assert len(arrived(world, "stuk-11.pdf")) == 1


def test_when_the_session_ended_the_page_says_so_and_saves_after_signing_in_beside_it(
    world: World, requirement: Page, portal_url: str
) -> None:
    with world.database.reading() as db:
        assert db.scalars(select(Answer)).all() == []
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))
    field = requirement.get_by_label("Toelichting bij het document")
    field.fill("Zie bladzijde 3 van de regeling.")
    field.blur()
    beside = requirement.get_by_role("link", name="Inloggen in een nieuw tabblad").first
    expect(beside).to_be_visible()

    with requirement.context.expect_page() as opening:
        beside.click()
    tab = opening.value
    tab.get_by_label("E-mailadres").fill(world.emails["anna"])
    tab.get_by_label("Wachtwoord").fill(cast.PASSWORD)
    tab.get_by_role("main").get_by_role("button", name="Inloggen").click()
    tab.get_by_role("button", name="Uitloggen").wait_for()
    tab.close()
    requirement.bring_to_front()
    requirement.evaluate("dispatchEvent(new Event('focus'))")

    expect(requirement.get_by_text(re.compile("Bewaard om"))).to_be_visible()
    with world.database.reading() as db:
        assert db.scalars(select(Answer)).one().value["note"] == "Zie bladzijde 3 van de regeling."


def test_one_is_warned_before_the_session_ends_and_can_stay(world: World, requirement: Page) -> None:
    requirement.clock.install()
    requirement.reload()
    requirement.clock.fast_forward(26 * 60 * 1000)
    stay = requirement.get_by_role("button", name="Ingelogd blijven")
    expect(stay).to_be_visible()

    world.clock.advance(timedelta(minutes=26))
    stay.click()

    expect(stay).to_be_hidden()
    with world.database.reading() as db:
        assert db.get_one(User, world.people["anna"]) is not None


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_photographs_of_paper_become_one_pdf(
    world: World, person: Person, portal_url: str, tmp_path: Path, scripted: bool
) -> None:
    for colour in ("red", "blue"):
        (tmp_path / f"{colour}.jpg").write_bytes(photo([colour]))
    page = person(world.emails["anna"], java_script_enabled=scripted, viewport={"width": 390, "height": 800})
    page.goto(f"{portal_url}/aanmeldingen/{world.draft('anna')}/eisen/T06")
    page.get_by_role("link", name="Foto’s van papier samenvoegen tot één PDF").first.click()

    page.get_by_label("Foto’s", exact=True).set_input_files([tmp_path / "red.jpg", tmp_path / "blue.jpg"])
    page.get_by_role("button", name="Uploaden").first.click()
    page.get_by_role("button", name="Eerder blue.jpg").click()
    expect(page.get_by_role("listitem").filter(has_text="red.jpg")).to_be_visible()
    with world.database.reading() as db:
        assert list(db.scalars(select(Photo.filename).order_by(Photo.position))) == ["blue.jpg", "red.jpg"]
    page.get_by_role("button", name="Eén PDF maken").click()

    expect(page.get_by_role("link", name="Klachtenregeling.pdf").first).to_be_visible()
    assert [one.pages for one in arrived(world, "Klachtenregeling.pdf")] == [2]
