"""Two people at the choices of one application: each sees what the other saved, and nothing is lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.models import Selection
from tests.web.test_apply import cell, colleague
from tests.web.test_choices import change

BOXTEL, VUGHT = ("IB-BASIS", "0757"), ("IB-BASIS", "0865")
TEXT = {"Accept": "text/plain"}


@pytest.fixture
def draft(world):
    """The address of the choices of a draft for which one cell was chosen."""
    return f"/aanmeldingen/{world.draft(cells=(('IB-BASIS', '0796'),))}/keuzes"


def chosen(world):
    with world.database.reading() as db:
        return {(one.product.code, one.municipality.code) for one in db.scalars(select(Selection))}


def based_on(page):
    return re.search(r'name="based_on" value="(\d+)"', page)[1]


def ticked(page):
    return set(re.findall(r'name="cell" id="[^"]+" value="([^"]+)" checked', page))


def side(page, name):
    """One of the two blocks beside each other, as text."""
    block = re.search(rf'aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", block))


def test_the_second_to_save_sees_both_and_chooses(world, browse, draft):
    anna, eva = browse("anna"), browse(colleague(world, "Eva", "editor"))
    start, one, other = (cell(world, *each) for each in (("IB-BASIS", "0796"), VUGHT, ("IB-EXTRA", "1948")))
    version = based_on(anna.get(draft).text)

    first = anna.post(draft, {"cell": [start, one], "based_on": version})
    second = eva.post(draft, {"cell": [start, other], "based_on": version})

    assert (first.status_code, second.status_code) == (303, 409)
    assert chosen(world) == {("IB-BASIS", "0796"), VUGHT}
    assert "Vught" in side(second.text, "van-ander")
    assert "Meierijstad" in side(second.text, "van-mij")
    assert "Vught" not in side(second.text, "van-mij")
    assert ticked(second.text) == {start, other}
    assert "data-autosave" not in second.text

    merged = eva.post(draft, {"cell": [start, one, other], "based_on": based_on(second.text)})

    assert merged.status_code == 303
    assert chosen(world) == {("IB-BASIS", "0796"), VUGHT, ("IB-EXTRA", "1948")}


def test_a_whole_row_does_not_take_back_what_a_colleague_chose(world, browse, draft):
    anna, eva = browse("anna"), browse(colleague(world, "Eva", "editor"))
    start, extra = cell(world, "IB-BASIS", "0796"), cell(world, "IB-EXTRA", "1948")
    anna.post(draft, {"cell": [start, extra], "based_on": "1"})

    row = eva.post(draft, {"cell": [start], "all": start.split(":")[0], "based_on": "1"})

    assert row.status_code == 409
    assert len(ticked(row.text)) == 3
    assert chosen(world) == {("IB-BASIS", "0796"), ("IB-EXTRA", "1948")}


def test_the_script_saves_with_a_version_and_is_told_of_a_colleague(world, browse, draft):
    anna, eva = browse("anna"), browse(colleague(world, "Eva", "editor"))
    start, one = cell(world, "IB-BASIS", "0796"), cell(world, *VUGHT)

    saved = anna.post(draft, {"cell": [start, one], "based_on": "1"}, headers=TEXT)
    on_top = anna.post(draft, {"cell": [one], "based_on": saved.text}, headers=TEXT)
    late = eva.post(draft, {"cell": [start], "based_on": "1"}, headers=TEXT)

    assert "data-autosave" in anna.get(draft).text
    assert [(each.status_code, each.mimetype) for each in (saved, on_top, late)] == [
        (200, "text/plain"), (200, "text/plain"), (409, "text/plain"),
    ]  # fmt: skip
    assert "heeft de keuzes net ook gewijzigd" in late.text
    assert chosen(world) == {VUGHT}


def test_the_same_form_twice_is_one_save(world, browse, draft):
    anna, form = browse("anna"), {"cell": [cell(world, *VUGHT)], "based_on": "1"}

    answers = [anna.post(draft, form), anna.post(draft, form)]

    assert [each.status_code for each in answers] == [303, 303]
    assert based_on(anna.get(draft).text) == "2"


def test_what_cannot_be_chosen_costs_no_other_choice(world, browse, draft):
    change(world, *VUGHT, state="closed")
    anna, extra = browse("anna"), cell(world, "IB-EXTRA", "1948")

    answer = anna.post(draft, {"cell": [cell(world, *VUGHT), extra], "based_on": "1"})

    assert answer.status_code == 409
    assert "is niet open voor Vught" in answer.text
    assert ticked(answer.text) == {extra}
    assert chosen(world) == {("IB-BASIS", "0796")}


def test_after_the_closing_what_was_ticked_is_still_in_sight_and_cannot_be_changed(world, browse, draft):
    with world.database.reading() as db:
        closes_at = db.scalars(select(Selection)).first().application.round.closes_at
    world.clock.set(closes_at + timedelta(seconds=1))
    anna = browse("anna")

    answer = anna.post(draft, {"cell": [cell(world, *VUGHT)], "based_on": "1"})
    shown = anna.get(draft).text

    assert answer.status_code == 409
    assert "Niet bewaard: de ronde is gesloten" in answer.text
    assert ticked(answer.text) == {cell(world, *VUGHT)}
    assert "Keuzes bewaren" not in shown
    assert ticked(shown) == {cell(world, "IB-BASIS", "0796")}


def test_choices_are_not_shown_as_something_that_was_typed(world, browse, draft):
    anna = browse("anna")

    answer = anna.client.post(draft, data={"cell": [cell(world, *VUGHT)], "csrf_token": "out of date"})

    assert answer.status_code == 400
    assert cell(world, *VUGHT) not in answer.text
