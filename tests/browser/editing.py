"""What a round manager does in the editor, one page at a time, by the words that stand on the screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from playwright.sync_api import Locator, Page, expect

from portal.adapters import procedure_files, procedure_moves
from portal.web.editor_fields import Field, fields, flat
from portal.web.editor_places import Place, value_at
from portal.web.editor_words import GROUPS, SECTIONS
from tests.conftest import ROOT

FILE = ROOT / "procedures" / "samen14-twente.yaml"


def whole() -> dict[str, Any]:
    """The procedure as its file says it, later in time: its rounds lie ahead."""
    raw = procedure_moves.moved(procedure_files.raw(FILE.read_bytes()), date(2021, 1, 1))
    for lot in raw["lots"]:
        del lot["funding"]  # 'per_unit', which is what a form without a choice means
    return {**raw, "law": ["wmo", "jeugdwet"]}  # in the order in which a form has them


def shortened() -> dict[str, Any]:
    """The same with less of everything, and still of its kind: a tree, requirements, rounds and a matrix."""
    raw = whole()
    towns = raw["authority"]["municipalities"][:4]
    raw["authority"]["municipalities"] = towns
    raw["lots"] = [raw["lots"][0], raw["lots"][4]]
    raw["requirements"] = [one for one in raw["requirements"] if one["code"] in ("U01", "T03", "T04", "T12")]
    choice = next(one for one in raw["requirements"] if one["code"] == "T03")
    choice["settings"]["options"] = choice["settings"]["options"][:2]
    raw["agreement"]["conditions"] = raw["agreement"]["conditions"][:1]
    raw["rounds"]["moments"] = raw["rounds"]["moments"][:1]
    raw["tariff_reasoning"]["elements"] = raw["tariff_reasoning"]["elements"][:1]
    states = {"0153": "not_bought", "1774": "to_be_confirmed"}
    raw["coverage"] = {"default": "open", "rows": [{"product": "HH-LICHT", "states": states}]}
    kept = ("format", "slug", "kind", "title", "summary", "law", "source", "authority", "agreement", "terms", "rounds")
    kept += ("lots", "coverage", "tariff_reasoning", "requirements", "parties", "letters", "communication")
    return {key: value for key, value in raw.items() if key in kept}


def named(label: str) -> re.Pattern[str]:
    """A label, with or without the words that a field may stay empty."""
    return re.compile(rf"^{re.escape(label)}( \(niet verplicht\))?$")


def make(page: Page, raw: Mapping[str, Any]) -> None:
    """From the list of procedures to a concept in which everything of `raw` is filled in."""
    page.get_by_role("link", name="Nieuwe procedure").click()
    page.get_by_label("Titel").fill(raw["title"])
    page.get_by_label("Naam in het adres").fill(raw["slug"])
    page.get_by_label("Soort procedure").select_option(raw["kind"])
    page.get_by_role("button", name="Concept maken").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(raw["title"])
    for _, keys in GROUPS:
        for key in (key for key in keys if key == "algemeen" or key in raw):
            page.get_by_role("main").get_by_role("link", name=SECTIONS[key], exact=True).first.click()
            place: Place = () if key == "algemeen" else (key,)
            if isinstance(raw.get(key), list):
                add_each(page, raw, place, "")
            else:
                fill(page, raw, place)
            if key == "coverage":
                choose_states(page, raw)
            to_procedure(page, raw)


def to_procedure(page: Page, raw: Mapping[str, Any]) -> None:
    page.get_by_role("navigation", name="Kruimelpad").get_by_role("link", name=raw["title"]).click()


def fill(page: Page, raw: Mapping[str, Any], place: Place) -> None:
    """Fill in the page of one block, save it, and then add what lies in its lists."""
    wanted = fields(raw, place)
    kind = next((one for one in wanted if one.key == "type"), None)
    if kind is not None:
        # What a requirement further asks depends on its type.
        enter(page, page.get_by_role("main"), kind)
        save(page)
    for one in wanted:
        enter(page, page.get_by_role("main"), one)
    save(page)
    for one in flat(wanted):
        if one.kind == "texts":
            for text in (one.value or [])[1:]:
                group = page.get_by_role("group", name=named(one.label))
                group.get_by_label("Nog één").fill(text)
                save(page)
        if one.kind == "list" and one.value and not (place == ("coverage",) and one.key == "rows"):
            add_each(page, raw, (*place, *one.path), one.label)


def save(page: Page) -> None:
    page.get_by_role("button", name="Bewaren", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Bewaard.")).to_be_visible()


def add_each(page: Page, raw: Mapping[str, Any], place: Place, label: str) -> None:
    items = value_at(raw, place)
    for index in range(len(items)):
        page.get_by_role("button", name=re.compile(f"^Toevoegen {re.escape(label)}")).last.click()
        fill(page, raw, (*place, index))
        page.get_by_role("button", name="Bewaren en terug").click()


def enter(page: Page, around: Locator, one: Field) -> None:
    """Fill in one field; what is empty is left alone."""
    if one.kind == "list" or one.value in (None, [], {}):
        return
    if one.is_rare and not around.get_by_text("Bijzondere gevallen").locator("xpath=..").get_attribute("open"):
        around.get_by_text("Bijzondere gevallen").locator("xpath=..").evaluate("one => one.open = true")
    if one.kind == "block":
        for part in one.parts:
            enter(page, page.locator(f"#{one.id}"), part)
    elif one.kind == "choices":
        names = dict(one.options)
        for value in one.value:
            page.get_by_role("group", name=named(one.label)).get_by_label(names[value], exact=True).check()
    elif one.kind == "texts":
        page.get_by_role("group", name=named(one.label)).get_by_label("Nog één").fill(one.value[0])
    elif one.kind == "until" and one.value == "end":
        around.get_by_label("Tot het einde van de overeenkomst").check()
    else:
        # Two blocks of one page may each ask a "Code": the label names it, the place says which.
        enter_one(around.get_by_label(named(one.label)).and_(page.locator(f"#{one.id}")), one)


def enter_one(found: Locator, one: Field) -> None:
    if one.kind == "flag":
        found.set_checked(one.value)
    elif one.kind == "choice":
        found.select_option(one.value)
    elif one.kind == "lines":
        found.fill("\n".join(one.value))
    else:
        found.fill(one.shown)


def choose_states(page: Page, raw: Mapping[str, Any]) -> None:
    """The matrix, cell by cell."""
    names = {one["code"]: f"{one['code']} {one['name']}" for one in raw["authority"]["municipalities"]}
    page.get_by_role("link", name="Matrix", exact=True).click()
    for row in raw["coverage"].get("rows", []):
        for town, state in row["states"].items():
            cell = page.get_by_label(re.compile(f"^{re.escape(row['product'])} .*, {re.escape(names[town])}$"))
            cell.select_option(state)
    page.get_by_role("button", name="Matrix bewaren").click()
    expect(page.get_by_text("De matrix is bewaard.")).to_be_visible()
