"""The matrix of what municipalities buy: for everybody, and for the round manager who changes it."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.models import Coverage, CoverageChange, Message, Municipality, Procedure, Product, Round
from tests.web.test_public import selects

PAGE = "/procedures/meierij/meierij-2020"
MATRIX = f"{PAGE}/inkoop-per-gemeente"
GROUND = {"code": "VOL", "title": "Genoeg aanbod", "threshold": "Tien aanbieders.", "text": "Dan gaat het dicht."}
REASON = "De drempel van tien aanbieders is bereikt."


@pytest.fixture
def manage(world: Any) -> str:
    """The address of the manager's matrix, of a procedure with a ground for closing and extra rounds."""
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        settings = procedure.settings
        procedure.settings = {
            **settings,
            "coverage": {**settings["coverage"], "closing_grounds": [GROUND]},
            "rounds": {**settings["rounds"], "extra_on_scarcity": {"text": "Bij te weinig aanbod.", "weeks": 4}},
        }
    return f"/dekking/{world.procedure_id}"


def ids(world: Any, product: str = "IB-BASIS", place: str = "0796") -> tuple[str, str, str]:
    """Lot, product and municipality."""
    with world.database.reading() as db:
        own = db.scalars(select(Product).where(Product.code == product, Product.authority_id == world.authority_id))
        found = own.one()
        town = select(Municipality.id).where(
            Municipality.code == place, Municipality.authority_id == world.authority_id
        )
        return found.lot_id, found.id, db.scalars(town).one()


def form(world: Any, **more: Any) -> dict[str, Any]:
    _, product, town = ids(world)
    values = {"act": "close", "product": product, "gemeente": town, "ground": "VOL", "reason": REASON}
    return {key: value for key, value in {**values, **more}.items() if value is not None}


def state(world: Any) -> str:
    _, product, town = ids(world)
    with world.database.reading() as db:
        cell = select(Coverage.state).where(Coverage.product_id == product, Coverage.municipality_id == town)
        return db.scalars(cell).one()


def test_the_manager_closes_a_cell_and_everybody_reads_why(manage, world, browse, visitor):
    world.draft("anna")
    renske = browse("renske")
    assert "Combinaties wijzigen" in renske.get(manage).text

    answer = renske.post(f"{manage}/wijzigen", form(world, reopens_on="2020-01-01"))

    assert (answer.status_code, answer.location) == (303, manage)
    assert "1 combinatie is gewijzigd." in renske.get(manage).text
    public = visitor.get(MATRIX).text
    assert "Genoeg aanbod" in public
    assert REASON in public
    assert "Opent weer op 1 januari 2020" in public
    history = visitor.get(f"{MATRIX}/wijzigingen").text
    assert REASON in history
    assert "Renske" not in history
    with world.database.reading() as db:
        mails = db.scalars(select(Message.to).where(Message.template == "cell_closed"))
        assert mails.all() == [world.emails["anna"]]
    world.work()


@pytest.mark.parametrize(
    ("wrong", "target"),
    [
        ({"act": None}, "act"),
        ({"ground": None}, "ground"),
        ({"reason": "vol"}, "reason"),
        ({"gemeente": None}, "perceel"),
        ({"reopens_on": "morgen"}, "reopens_on"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_the_form_is_kept(manage, world, browse, wrong, target):
    answer = browse("renske").post(f"{manage}/wijzigen", form(world, **wrong))

    assert answer.status_code == 422
    assert f'href="#{target}"' in answer.text
    assert f'id="{target}"' in answer.text
    assert wrong.get("reason", REASON) in answer.text
    assert state(world) == "open"


def test_what_cannot_be_done_with_these_cells_is_refused_with_the_form_kept(manage, world, browse):
    answer = browse("renske").post(f"{manage}/wijzigen", form(world, act="confirm_not_bought"))

    assert answer.status_code == 409
    assert "Bij geen van deze combinaties kan dit" in answer.text
    assert REASON in answer.text


def test_a_whole_lot_is_changed_in_all_chosen_municipalities_at_once(manage, world, browse):
    lot, _, town = ids(world)
    _, _, other = ids(world, place="0865")

    data = form(world, act="call_scarce", product=None, perceel=lot, gemeente=[town, other])
    answer = browse("renske").post(f"{manage}/wijzigen", data)

    assert answer.status_code == 303
    with world.database.reading() as db:
        products = db.scalars(select(Product.id).where(Product.lot_id == lot)).all()
        changes = db.scalars(select(CoverageChange)).all()
        assert len(changes) == 2 * len(products)
        assert {one.coverage.product_id for one in changes} == set(products)


def test_another_authoritys_matrix_does_not_exist(world, browse):
    renske = browse("renske")

    for path in (f"/dekking/{world.other_procedure_id}", f"/planning/{world.other_procedure_id}"):
        assert renske.get(path).status_code == 404
    assert renske.post(f"/dekking/{world.other_procedure_id}/wijzigen", form(world)).status_code == 404


def test_only_the_round_manager_comes_here(manage, browse):
    for who in ("anna", "ineke", "bram"):
        browser = browse(who)
        assert browser.get(manage).status_code == 403
        assert browser.post(f"{manage}/wijzigen").status_code == 403


def test_the_second_view_counts_providers_of_closed_rounds(manage, world, browse):
    world.submitted("anna")
    before = browse("renske").get(f"{manage}?beeld=aanbieders").text
    world.close_round()
    after = browse("renske").get(f"{manage}?beeld=aanbieders").text

    assert "0 / 1" not in before
    assert after.count("0 / 1") == 1


def test_a_page_without_a_change_says_so(manage, browse, visitor):
    assert "nog niets gewijzigd" in browse("renske").get(f"{manage}/geschiedenis").text
    assert "nog niets gewijzigd" in visitor.get(f"{MATRIX}/wijzigingen").text


def test_the_matrix_is_open_data_too(world, visitor):
    rows = list(csv.DictReader(io.StringIO(visitor.get(f"{MATRIX}.csv").data.decode("utf-8-sig")), delimiter=";"))
    answer = visitor.get(f"{MATRIX}.json").json

    with world.database.reading() as db:
        count = len(db.scalars(select(Coverage).where(Coverage.authority_id == world.authority_id)).all())
    assert len(rows) == len(answer["regels"]) == count
    assert {one["stand"] for one in rows} == {"open"}
    assert rows == answer["regels"]
    assert rows[0]["gemeentecode"].startswith("0")


@pytest.mark.parametrize("path", ["", ".csv", ".json", "/wijzigingen"])
def test_of_a_procedure_that_is_not_published_nothing_is_shown(world, visitor, path):
    with world.database.transaction() as db:
        db.execute(update(Procedure).values(published_at=None))

    assert visitor.get(MATRIX + path).status_code == 404


def test_the_pages_ask_as_many_statements_for_many_changes_as_for_one(manage, world, browse, visitor):
    renske = browse("renske")
    places = [f"{manage}", f"{manage}?beeld=aanbieders", f"{manage}/geschiedenis", "/dekking"]
    public = [MATRIX, f"{MATRIX}/wijzigingen"]

    def count() -> list[int]:
        numbers = []
        for browser, paths in ((renske, places), (visitor, public)):
            for path in paths:
                with selects(world.database.engine) as seen:
                    assert browser.get(path).status_code == 200
                numbers.append(len(seen))
        return numbers

    renske.post(f"{manage}/wijzigen", form(world))
    one = count()
    lot = ids(world)[0]
    renske.post(f"{manage}/wijzigen", form(world, product=None, perceel=lot))
    renske.post(f"{manage}/wijzigen", form(world, act="reopen", product=None, perceel=lot))

    assert count() == one
    assert max(one) <= 7


# --- an extra round ---


def extra(world: Any, browser: Any, manage: str, **more: Any) -> Any:
    with world.database.transaction() as db:
        _, product, town = ids(world)
        wanted = (Coverage.product_id == product) & (Coverage.municipality_id == town)
        db.execute(update(Coverage).where(wanted).values(state="scarce"))
        cell = db.scalars(select(Coverage.id).where(wanted)).one()
    values = {
        "cells": cell, "opens_at": "2019-10-07", "opens_time": "09:00", "closes_at": "2019-11-11",
        "closes_time": "12:00", "starts_on": "2020-01-01", "reason": "Er is te weinig aanbod in deze gemeente.",
    }  # fmt: skip
    return browser.post(f"{manage}/extra-ronde", {**values, **more})


def test_an_extra_round_is_announced_and_stands_in_the_planning(manage, world, browse, visitor):
    world.draft("anna")
    renske = browse("renske")

    answer = extra(world, renske, manage)

    assert answer.status_code == 303
    assert "Extra ronde 2020-E1 is aangekondigd." in renske.get(answer.location).text
    assert "Extra ronde voor 1 combinatie" in visitor.get(f"{PAGE}/planning").text
    assert "Extra ronde aankondigen" in renske.get(manage).text
    with world.database.reading() as db:
        assert db.scalars(select(Message.to).where(Message.template == "extra_round")).all() == [world.emails["anna"]]
    world.work()


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"opens_at": ""}, 422, 'href="#opens_at"'),
        ({"opens_time": "laat"}, 422, 'href="#opens_time"'),
        ({"closes_at": "2019-10-14"}, 422, 'href="#closes_at"'),
        ({"cells": []}, 422, 'href="#cells"'),
        ({"opens_at": "2019-09-30"}, 409, "ronde 2020-1 al open"),
    ],
)
def test_an_impossible_extra_round_is_refused_with_the_form_kept(manage, world, browse, wrong, code, words):
    answer = extra(world, browse("renske"), manage, **wrong)

    assert answer.status_code == code
    assert words in answer.text
    assert "Er is te weinig aanbod in deze gemeente." in answer.text
    with world.database.reading() as db:
        assert db.scalars(select(Round).where(Round.kind == "extra")).all() == []


def test_the_proposed_days_of_an_extra_round_are_accepted(manage, world, browse):
    extra(world, browse("renske"), manage, opens_at="")
    world.clock.set(world.clock().replace(month=10, day=2))
    renske = browse("renske")
    page = renske.get(f"{manage}/extra-ronde").text
    days = dict(re.findall(r'type="(?:date|time)" id="(\w+)" name="\w+" value="([^"]+)"', page))

    assert set(days) == {"opens_at", "opens_time", "closes_at", "closes_time", "starts_on"}
    assert extra(world, renske, manage, **days).status_code == 303


def test_where_no_extra_rounds_were_published_there_is_no_form(world, browse):
    assert browse("renske").get(f"/dekking/{world.procedure_id}/extra-ronde").status_code == 409


# --- old codes ---


def test_an_old_code_leads_to_the_new_one(world, visitor):
    assert visitor.get(f"{PAGE}/oude-codes").status_code == 404
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        table = [
            {"old": "02A03", "new": ["IB-BASIS"], "text": "Zelfde ondersteuning."},
            {"old": "Vervoer", "new": []},
        ]
        procedure.settings = {**procedure.settings, "conversions": table}

    everything, one, none = (
        visitor.get(f"{PAGE}/oude-codes{query}").text for query in ("", "?q=02a03", "?q=bestaat+niet")
    )

    assert "2 omzettingen" in everything
    assert "Vervallen" in everything
    assert "1 omzetting" in one
    assert "<b>IB-BASIS</b>" in one
    assert "staat niet in de tabel" in none
