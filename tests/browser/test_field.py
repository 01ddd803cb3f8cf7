"""A visitor records on a phone without a network, and finds everything on the server once when it is there again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.cli import script
from portal.domain import calendar
from portal.models import Application, SiteNote, SitePhoto
from tests import visiting
from tests.browser.conftest import sign_in
from tests.conftest import World

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
WRONG = "De regeling hangt niet in de hal."


class Requests:
    """What the server was asked, by method and path."""

    def __init__(self, app: Flask) -> None:
        self.seen: list[str] = []
        app.before_request_funcs.setdefault(None, []).append(self._note)

    def _note(self) -> None:
        from flask import request

        self.seen.append(f"{request.method} {request.path}")


@pytest.fixture
def requests(app: Flask) -> Requests:
    return Requests(app)


@pytest.fixture
def visit(world: World, requests: Requests) -> str:
    """Ineke goes to Het Erf today. Gives the id."""
    world.submitted("karim")
    world.close_round()
    script.declare(world.stage, world.people["ineke"], world.rounds["2020-1"])
    with world.database.reading() as db:
        application = db.scalars(select(Application.id)).one()
    day = calendar.add_working_days(calendar.local_day(world.clock()), 6)
    made = visiting.planned(world, application, starts_at=visiting.at(10, day))
    world.clock.set(visiting.at(11, day))
    return made


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(visiting.photo())
    return path


def _rows(world: World, model: type) -> list[object]:
    with world.database.reading() as db:
        return list(db.scalars(select(model)))


def _note(page: Page, position: int, verdict: str, text: str) -> None:
    point = page.locator(f"#punt-{position}")
    point.locator("label").get_by_text(verdict, exact=True).click()
    point.get_by_label(f"Notitie bij punt {position}").fill(text)
    point.get_by_role("button", name="Bewaren bij punt").first.click()
    expect(point.locator("[data-here] li").last).to_contain_text("Op dit toestel, nog niet verstuurd")


def _kept_here(page: Page) -> int:
    return page.evaluate(
        """async () => {
          const opened = await new Promise((done) => {
            const request = indexedDB.open("voordeur-veld", 1);
            request.onupgradeneeded = () => request.result.createObjectStore("entries", { keyPath: "attempt" });
            request.onsuccess = () => done(request.result);
          });
          const count = await new Promise((done) => {
            const request = opened.transaction("entries").objectStore("entries").count();
            request.onsuccess = () => done(request.result);
          });
          opened.close();
          return count;
        }"""
    )


def test_what_is_recorded_without_a_network_is_on_the_server_once_when_it_is_back(
    world: World,
    visit: str,
    requests: Requests,
    person: Callable[..., Page],
    portal_url: str,
    picture: Path,
) -> None:
    page = person(world.emails["ineke"], **PHONE)
    page.goto(f"{portal_url}/veld/")
    expect(page.get_by_text("Deze toetsing is ook zonder verbinding te openen.")).to_be_visible()
    page.wait_for_function("navigator.serviceWorker.ready")

    page.context.set_offline(True)
    requests.seen.clear()
    page.goto(f"{portal_url}/veld/{visit}")
    expect(page.get_by_role("heading", level=1, name="Zorgboerderij Het Erf")).to_be_visible()
    _note(page, 1, "Klopt", "Het certificaat hangt in het kantoor.")
    _note(page, 2, "Klopt niet", WRONG)
    page.locator("#punt-2").get_by_label("Foto’s bij punt 2").set_input_files(picture)
    expect(page.locator("#punt-2 canvas")).to_be_visible()
    page.reload()  # the phone was locked in between
    expect(page.locator("#punt-2 [data-here] li")).to_have_count(2)
    expect(page.locator("[data-device-state]")).to_contain_text("Geen verbinding")
    # that the page asked for the state of things may have been on its way when the network went
    assert [one for one in requests.seen if "/punten/" in one or visit in one] == []
    assert _kept_here(page) == 3

    world.clock.advance(timedelta(minutes=5))
    page.context.set_offline(False)
    expect(page.locator("[data-device-state]")).to_contain_text("Alles is verstuurd")
    expect(page.locator("#bewaard-2")).to_contain_text(WRONG)
    expect(page.locator("#bewaard-2")).to_contain_text("1 foto bewaard")

    assert _kept_here(page) == 0
    notes, photos = _rows(world, SiteNote), _rows(world, SitePhoto)
    assert sorted((one.verdict, one.note) for one in notes) == [
        ("does_not_hold", WRONG), ("holds", "Het certificaat hangt in het kantoor."),
    ]  # fmt: skip
    assert len(photos) == 1
    page.reload()
    expect(page.locator("[data-device-state]")).to_contain_text("Alles is verstuurd")
    assert len(_rows(world, SiteNote)) == 2
    assert visiting.PLACE_ON_EARTH not in world.services.files.read(photos[0].storage_key)


def test_an_answer_that_does_not_arrive_does_not_double_a_note(
    world: World, visit: str, person: Callable[..., Page], portal_url: str
) -> None:
    page = person(world.emails["ineke"], **PHONE)
    page.goto(f"{portal_url}/veld/{visit}")
    expect(page.locator("[data-device-state]")).to_contain_text("Alles is verstuurd")
    lost: list[str] = []

    def lose(route, request):
        route.fetch()  # the server does it
        lost.append(request.url)
        route.abort()  # and the phone never hears so

    page.route("**/punten/*", lose, times=1)
    point = page.locator("#punt-1")
    point.locator("label").get_by_text("Klopt", exact=True).click()
    point.get_by_role("button", name="Bewaren bij punt").first.click()
    expect(page.locator("[data-device-state]")).to_contain_text("Geen verbinding")
    assert len(_rows(world, SiteNote)) == len(lost) == 1

    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.locator("[data-device-state]")).to_contain_text("Alles is verstuurd")
    assert len(_rows(world, SiteNote)) == 1


@pytest.mark.slow
def test_what_waited_until_the_session_ended_is_sent_after_signing_in_and_only_by_the_same_person(
    world: World, visit: str, person: Callable[..., Page], portal_url: str
) -> None:
    script.declare(world.stage, world.people["joris"], world.rounds["2020-1"])
    page = person(world.emails["ineke"], **PHONE)
    page.goto(f"{portal_url}/veld/{visit}")
    expect(page.locator("[data-device-state]")).to_contain_text("Alles is verstuurd")
    page.wait_for_function("navigator.serviceWorker.ready")
    page.context.set_offline(True)
    _note(page, 2, "Klopt niet", WRONG)
    world.clock.advance(timedelta(hours=2))
    page.context.set_offline(False)
    expect(page.locator("[data-device-state]")).to_contain_text("U bent niet meer ingelogd")
    assert _kept_here(page) == 1

    other = page.context.new_page()
    sign_in(other, portal_url, world.emails["joris"])
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-device-state]")).to_contain_text("Er is iemand anders ingelogd")
    assert _rows(world, SiteNote) == []
    other.context.clear_cookies()
    sign_in(other, portal_url, world.emails["ineke"])
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.locator("[data-device-state]")).to_contain_text("Alles is verstuurd")
    assert _kept_here(page) == 0
    (note,) = _rows(world, SiteNote)
    assert note.received_at - note.noted_at < timedelta(minutes=5)  # by the clock of the device no time passed


@pytest.mark.slow
def test_signing_out_first_says_what_was_not_sent_and_then_erases_it(
    world: World, visit: str, person: Callable[..., Page], portal_url: str
) -> None:
    page = person(world.emails["ineke"], **PHONE)
    page.goto(f"{portal_url}/veld/{visit}")
    expect(page.locator("[data-device-state]")).to_contain_text("Alles is verstuurd")
    page.route("**/punten/*", lambda route: route.abort())
    _note(page, 2, "Klopt niet", WRONG)

    page.goto(f"{portal_url}/beoordelen")
    page.get_by_role("button", name="Uitloggen").click()
    expect(page).to_have_url(re.compile("/veld/$"))
    page.unroute_all()
    page.route("**/punten/*", lambda route: route.abort())
    page.get_by_role("button", name="Uitloggen").click()
    expect(page.get_by_text("Uitloggen wist ze")).to_be_visible()
    assert _kept_here(page) == 1
    page.get_by_role("button", name="Uitloggen en wissen").click()

    expect(page.get_by_role("link", name="Inloggen")).to_be_visible()
    assert _kept_here(page) == 0
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert _rows(world, SiteNote) == []
