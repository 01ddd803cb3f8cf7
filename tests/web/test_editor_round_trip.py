"""The editor and the file say the same: what is loaded comes back, and a form that nobody changes changes nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters import procedure_files
from portal.cli import cast
from portal.models import Authority, Edition, Procedure
from portal.web.editor_places import has_page, path_of, value_at
from tests.conftest import ROOT
from tests.web.forms import form

FILES = sorted((ROOT / "procedures").rglob("*.yaml"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a file, the outermost first."""
    yield place
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(part, (*place, key))


@pytest.fixture
def upload(world, browse):
    """`upload(path)`: an official of the region of that file puts it in the portal; gives browser and id."""

    def load(path: Path) -> tuple[Any, str, dict[str, Any]]:
        raw = procedure_files.raw(path.read_bytes())
        about = raw["authority"]
        with world.database.transaction() as db:
            region = db.scalar(select(Authority).where(Authority.slug == about["slug"]))
            if region is None:
                region = Authority(
                    slug=about["slug"], name=about["name"], subtitle="", theme="meierij", phone="", mail="x@y.example"
                )
                db.add(region)
            region_id = region.id
        world.emails["maker"] = "maker@regio.example"
        world.people["maker"] = cast.official(
            world.stage, region_id, "Mara Smit", world.emails["maker"], ["round_manager"]
        )
        browser = browse("maker")
        raw["slug"] = f"{raw['slug']}-x"
        data = {"way": "file", "slug": raw["slug"], "file": (io.BytesIO(path.read_bytes()), path.name)}
        answer = browser.post("/procedurebeheer/nieuw", data, content_type="multipart/form-data")
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser, answer.location.rpartition("/")[2], raw

    return load


def stored(world, procedure_id: str) -> dict[str, Any]:
    with world.database.reading() as db:
        return db.scalars(select(Edition).where(Edition.procedure_id == procedure_id)).one().data


@each_file
def test_what_is_uploaded_is_what_comes_out_also_after_a_matrix_sent_as_it_came(world, upload, path):
    browser, procedure_id, raw = upload(path)
    here = f"/procedurebeheer/{procedure_id}"

    answer = browser.client.post(f"{here}/matrix", data=form(browser.get(f"{here}/matrix").text).data())

    assert answer.status_code == 303
    assert procedure_files.raw(browser.get(f"{here}/bestand").data) == raw
    with world.database.reading() as db:
        assert db.get_one(Procedure, procedure_id).published_at is None


def pages(raw: dict[str, Any]) -> list[tuple[str | int, ...]]:
    return [place for place in places(raw) if not place or has_page(raw, place)]


def richest(raw: dict[str, Any]) -> list[tuple[str | int, ...]]:
    """Of each kind of page the one on which most is filled in."""
    found: dict[tuple[str | int, ...], tuple[str | int, ...]] = {}
    for place in sorted(pages(raw), key=lambda one: len(str(value_at(raw, one)))):
        found[tuple("*" if isinstance(part, int) else part for part in place)] = place
    return list(found.values())


def walk(world, browser, procedure_id: str, raw: dict[str, Any], wanted: list[tuple[str | int, ...]]) -> None:
    here = f"/procedurebeheer/{procedure_id}/deel/"
    for place in wanted:
        page = browser.get(f"{here}{path_of(place)}")
        assert page.status_code == 200, place
        sent = form(page.text, f"/{path_of(place)}").data(act="save")
        assert browser.client.post(f"{here}{path_of(place)}", data=sent).status_code == 303, place
        assert stored(world, procedure_id) == raw, place


@each_file
def test_a_form_sent_as_it_came_leaves_the_file_as_it_was(world, upload, path):
    browser, procedure_id, raw = upload(path)

    assert len(richest(raw)) > 20
    walk(world, browser, procedure_id, raw, richest(raw))


@pytest.mark.slow
@each_file
def test_every_form_of_every_file_leaves_the_file_as_it_was(world, upload, path):
    browser, procedure_id, raw = upload(path)

    walk(world, browser, procedure_id, raw, pages(raw))
