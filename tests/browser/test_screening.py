"""An inkoper screens a dossier of thirteen requirements and touches nothing but the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from portal.domain import reviews
from portal.models import Finding, FindingDraft, Review, User
from tests.browser import steps
from tests.conftest import World

PLACES = 13
FOCUSED = "document.activeElement.innerText || document.activeElement.labels?.[0]?.innerText || ''"
TYPED = "De regeling noemt geen termijn."


def _no_mouse(page: Page) -> None:
    """Every press of the mouse on this page is an error; a click by the keyboard has no place (detail 0)."""
    page.add_init_script("addEventListener('pointerdown', () => { document.title = 'the mouse was used'; }, true);")


def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if (
            page.evaluate("(document.activeElement.innerText || document.activeElement.labels?.[0]?.innerText || '')")
            == name
        ):
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def _ready(page: Page) -> None:
    """The script that listens to the keys is in place."""
    expect(page.locator("[data-keys-switch]")).not_to_have_attribute("hidden", re.compile(".*"))


def _kept(world: World) -> list[str]:
    with world.database.reading() as db:
        return list(db.scalars(select(FindingDraft.reason)))


def _open(page: Page) -> str:
    return page.locator("details[name=eis][open]").get_attribute("id").removeprefix("eis-")


def _dossier(world: World) -> str:
    """The path of the only dossier of a closed round, in which Ineke declared no interests."""
    world.submitted("karim")
    world.close_round()
    with world.database.transaction() as db:
        review, ineke = db.scalars(select(Review)).one(), db.get_one(User, world.people["ineke"])
        db.add(reviews.declare_interest(review.application.round, ineke, [], world.clock()))
        return f"/beoordelen/{review.id}"


def test_thirteen_requirements_are_screened_with_the_keyboard_alone(
    world: World, person: Callable[..., Page], portal_url: str
) -> None:
    world.submitted("karim")
    world.close_round()
    page = person(world.emails["ineke"])
    _no_mouse(page)
    page.goto(f"{portal_url}/beoordelen")
    _tab_to(page, "Ik heb bij geen van deze aanbieders een belang")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Aanmeldingen beoordelen")).to_be_visible()
    _ready(page)

    page.keyboard.press("?")
    expect(page.get_by_text("volgende aanmelding in de lijst")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Zorgboerderij Het Erf B.V.")).to_be_visible()
    _ready(page)
    assert page.locator("details[name=eis]").count() == PLACES

    failed = ""
    for number in range(PLACES):
        key = _open(page)
        if key == "T06":  # one is refused, with a reason that is typed in three steps
            failed = key
            page.keyboard.press("4")
            page.keyboard.press("m")
            page.keyboard.press("Shift+Tab")  # what is wrong, from the list before the reason
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Tab")
            page.keyboard.type("De regeling noemt ")
            expect(page.locator("details[open] [data-saved]")).to_contain_text("Bewaard om")
            assert _kept(world) == ["De regeling noemt "]
            page.keyboard.type("geen termijn.")
            page.keyboard.press("Control+Enter")
        else:
            page.keyboard.press("1")
            page.keyboard.press("b")
        expect(page.get_by_text(f"Oordeel over {key} is bewaard.")).to_be_visible()
        _ready(page)
        if number + 1 < PLACES:
            assert _open(page) != key
            expect(page.locator(":focus")).to_have_text(re.compile(f"^{_open(page)}"))

    assert failed == "T06"
    page.keyboard.press("a")
    expect(page.locator(":focus")).to_have_text("Besluit voorstellen")
    assert page.title() != "the mouse was used"
    with world.database.reading() as db:
        review = db.scalars(select(Review)).one()
        found = {one.verdict for one in review.findings}
        assert (len(review.findings), found) == (PLACES, {"meets", "fails"})
        assert db.scalars(select(Finding.reason).where(Finding.verdict == "fails")).all() == [TYPED]
        assert db.scalars(select(FindingDraft)).all() == []


@pytest.mark.slow
def test_a_standard_text_goes_in_at_once_and_the_keys_can_be_switched_off(
    world: World, person: Callable[..., Page], portal_url: str
) -> None:
    address = f"{portal_url}{_dossier(world)}?eis=T06"
    page = person(world.emails["ineke"])
    page.goto(address)
    _ready(page)

    page.keyboard.press("t")
    page.keyboard.type("In klachten")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    reason = page.locator("#reason-T06")
    expect(reason).to_have_value(re.compile(r"^In klachtenregeling-23456789\.pdf "))
    expect(reason).to_be_focused()
    page.keyboard.type("de termijn")  # over the field, which was selected
    expect(reason).to_have_value(re.compile(r"(staat niet|ontbreekt): de termijn\."))
    page.get_by_text("Werken met het toetsenbord").click()
    page.get_by_label("Sneltoetsen gebruiken").uncheck()
    page.goto(f"{portal_url}/beoordelen")  # within the seconds before what was typed is saved by itself
    page.wait_for_timeout(500)
    assert [one for one in _kept(world) if "de termijn" in one] == _kept(world) != []
    page.goto(address)
    _ready(page)
    before = _open(page)
    page.keyboard.press("j")
    assert _open(page) == before
    expect(page.locator("#reason-T06")).to_have_value(re.compile("de termijn"))  # what was being written is there


def test_the_form_of_a_place_comes_when_it_is_opened_and_keys_wait_for_it(
    world: World, person: Callable[..., Page], portal_url: str
) -> None:
    address = f"{portal_url}{_dossier(world)}?eis=T06"
    page = person(world.emails["ineke"])
    page.goto(address)
    _ready(page)
    held: list[Route] = []
    page.route("**/oordeel/*", lambda route: held.append(route))

    with page.expect_request("**/oordeel/*"):
        page.keyboard.press("j")
    page.keyboard.press("1")  # before the form is there
    expect(page.locator("details[open] form[data-autosave]")).to_have_count(0)
    held[0].continue_()

    here = page.locator("details[name=eis][open]")
    expect(here).to_have_id("eis-E01")
    expect(here.get_by_label("Voldoet", exact=True)).to_be_checked()
    page.unroute_all()
    page.keyboard.press("b")
    expect(page.get_by_text("Oordeel over E01 is bewaard.")).to_be_visible()

    # When it cannot come, a button is there that takes along what was typed.
    page.goto(address)
    _ready(page)
    page.route("**/oordeel/*", lambda route: route.abort())
    page.locator("#reason-T06").fill(TYPED)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("4")
    button = page.get_by_role("button", name="Oordeel geven over E01")
    expect(button).to_be_focused()
    page.unroute_all()
    steps.go(button)
    expect(page.locator("#reason-E01")).to_be_visible()
    assert TYPED in _kept(world)


@pytest.mark.slow
def test_dossiers_are_ticked_and_assigned_and_the_next_one_opened_with_the_keyboard_alone(
    world: World, person: Callable[..., Page], portal_url: str
) -> None:
    for who in ("anna", "karim"):
        world.submitted(who)
    world.close_round()
    with world.database.transaction() as db:
        ineke, reviews_ = db.get_one(User, world.people["ineke"]), db.scalars(select(Review)).all()
        db.add(reviews.declare_interest(reviews_[0].application.round, ineke, [], world.clock()))
    page = person(world.emails["ineke"])
    _no_mouse(page)
    page.goto(f"{portal_url}/beoordelen?kies=ja")
    _ready(page)

    page.keyboard.press("?")
    expect(page.get_by_text("de aanmelding aankruisen, als u er meer tegelijk kiest")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("2 geselecteerd")
    page.keyboard.press("x")  # the second one after all not
    expect(page.locator("[data-bulk-count]")).to_have_text("1 geselecteerd")
    page.locator("#collega").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 aanmelding staat op naam van Ineke Bos.")).to_be_visible()
    _ready(page)
    page.keyboard.press("u")

    expect(page.locator("details[name=eis]").first).to_be_visible()
    assert page.title() != "the mouse was used"
    with world.database.reading() as db:
        mine = db.scalars(select(Review.id).where(Review.first_by_id == world.people["ineke"])).one()
    assert page.url.endswith(f"/beoordelen/{mine}")
    _ready(page)
    page.keyboard.press("u")  # nothing else waits; what nobody has comes last
    expect(page).not_to_have_url(re.compile(mine))


@pytest.mark.slow
def test_without_script_every_row_can_be_ticked_and_a_view_kept(
    world: World, person: Callable[..., Page], portal_url: str
) -> None:
    for who in ("anna", "karim"):
        world.submitted(who)
    world.close_round()
    with world.database.transaction() as db:
        ineke, review = db.get_one(User, world.people["ineke"]), db.scalars(select(Review)).first()
        assert review is not None
        db.add(reviews.declare_interest(review.application.round, ineke, [], world.clock()))
    page = person(world.emails["ineke"], java_script_enabled=False)
    page.goto(f"{portal_url}/beoordelen")

    page.get_by_role("link", name="Meer aanmeldingen tegelijk").click()
    page.get_by_role("link", name="Alles op deze pagina aankruisen").click()
    page.get_by_label("Toewijzen aan").select_option(label="Ineke Bos (ik)")
    page.get_by_role("button", name="Toewijzen").click()

    expect(page.get_by_text("2 aanmeldingen staan op naam van Ineke Bos.")).to_be_visible()
    page.get_by_text("Weergave bewaren of verwijderen").click()
    page.get_by_label("Naam voor de filters van nu").fill("Alles")
    page.get_by_role("button", name="Weergave bewaren").click()
    expect(page.get_by_role("navigation", name="Bewaarde weergaven").get_by_role("link", name="Alles")).to_be_visible()
