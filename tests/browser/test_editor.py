"""A round manager makes a procedure by hand in a browser without script; a colleague adopts it, and it is public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.adapters import procedure_files
from portal.cli import cast
from portal.models import Authority, Edition, Procedure
from tests.browser import editing, steps
from tests.conftest import World


@pytest.fixture
def region(world: World) -> dict[str, str]:
    """A region without anything, and its two round managers: their addresses by name."""
    about = editing.whole()["authority"]
    with world.database.transaction() as db:
        row = Authority(**{key: about[key] for key in ("slug", "name", "subtitle", "theme", "phone", "mail")})
        db.add(row)
        region_id = row.id
    people = {"mara": "Mara Smit", "noud": "Noud Peters"}
    for key, name in people.items():
        cast.official(world.stage, region_id, name, f"{key}@regio.example", ["round_manager"])
    return {key: f"{key}@regio.example" for key in people}


def make_and_adopt(
    world: World, person: Callable[..., Page], portal_url: str, region: dict[str, str], raw: dict[str, Any]
) -> None:
    assert procedure_files.problems(raw) == []
    mara = person(region["mara"], java_script_enabled=False)
    steps.menu(mara, "Procedures")

    editing.make(mara, raw)

    with world.database.reading() as db:
        chosen = select(Edition).join(Procedure).where(Procedure.slug == raw["slug"])
        assert procedure_files.loaded(db.scalars(chosen).one().data) == procedure_files.loaded(raw)
    mara.get_by_role("button", name="Voorstellen aan een collega").click()
    expect(mara.get_by_text("Wie voorstelde, kan niet vaststellen.")).to_be_visible()

    noud = person(region["noud"], java_script_enabled=False)
    steps.menu(noud, "Procedures")
    noud.get_by_role("link", name=raw["title"]).click()
    noud.get_by_role("link", name="Lezen en vaststellen").click()
    noud.get_by_role("button", name="Vaststellen en publiceren").click()
    expect(noud.get_by_text("Vastgesteld. Rondes die nog niet open zijn")).to_be_visible()

    visitor = person()
    visitor.goto(f"{portal_url}/procedures/{raw['authority']['slug']}/{raw['slug']}")
    expect(visitor.get_by_role("heading", level=1)).to_have_text(raw["title"])
    expect(visitor.get_by_role("main")).to_contain_text(raw["lots"][-1]["products"][0]["name"])


def test_a_procedure_made_by_hand_says_what_its_file_says_and_becomes_public(
    world: World, person: Callable[..., Page], portal_url: str, region: dict[str, str]
) -> None:
    make_and_adopt(world, person, portal_url, region, editing.shortened())


@pytest.mark.slow
def test_a_whole_procedure_of_two_hundred_pages_is_made_by_hand(
    world: World, person: Callable[..., Page], portal_url: str, region: dict[str, str]
) -> None:
    raw = editing.whole()
    for row in raw["coverage"]["rows"]:
        row.pop("source", None)  # the matrix asks for states only

    make_and_adopt(world, person, portal_url, region, raw)
