"""Lots, products, funding and coverage: codes that exist, days that fit, money where it belongs."""

from __future__ import annotations

from typing import Any

import pytest

from portal.adapters import procedure_files
from tests.procedures.examples import GONE, Changes, example, place, problems

A12, A13, HOME, EXTRA = (
    "lots.2.products.45A12",
    "lots.2.products.45A13",
    "lots.1.lots.1A.products.02A16",
    "lots.1.lots.1A.products.02A17",
)
CELL = "coverage.cells.0001"
PUBLISHED = "Een toelatingsprocedure sluit alleen op een grond die vooraf is gepubliceerd ('closing_grounds')."


def refused(kind: str, changes: Changes, path: str, message: str) -> None:
    assert (place(example(kind, changes), path), message) in problems(kind, changes)


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {f"{EXTRA}.code": "02A16"},
            "lots.0.lots.0.products.1.code",
            "De code '02A16' is al gebruikt bij 'products' (nummer 1).",
        ),
        ({"lots.1.lots.1B.code": "1A"}, "lots.1.lots.1.code", "De code '1A' is al gebruikt bij 'lots' (nummer 1)."),
        (
            {f"{A12}.starts_on": "2028-01-01"},
            f"{A12}.ends_on",
            "De einddatum 2027-12-31 ligt vóór de begindatum 2028-01-01.",
        ),
        (
            {f"{A12}.ends_on": "2029-01-01"},
            f"{A12}.ends_on",
            "De dag 2029-01-01 ligt na het einde van de overeenkomst, 2028-12-31.",
        ),
        (
            {"lots.2.starts_on": "2029-01-01"},
            "lots.2.starts_on",
            "De dag 2029-01-01 ligt na het einde van de overeenkomst, 2028-12-31.",
        ),
        (
            {"lots.2.starts_on": "2028-01-01", "lots.2.ends_on": "2027-12-31"},
            "lots.2.ends_on",
            "De einddatum 2027-12-31 ligt vóór de begindatum 2028-01-01.",
        ),
        (
            {"lots.2.starts_on": "2028-01-01"},
            f"{A12}.ends_on",
            "De einddatum 2027-12-31 ligt vóór de begindatum 2028-01-01 van perceel '2'.",
        ),
        (
            {"lots.2.ends_on": "2027-06-30"},
            f"{A13}.starts_on",
            "De begindatum 2027-07-01 ligt na de einddatum 2027-06-30 van perceel '2'.",
        ),
        (
            {"lots.1.starts_on": "2028-01-01", "lots.1.lots.1B.ends_on": "2027-12-31"},
            "lots.1.lots.1B.ends_on",
            "De einddatum 2027-12-31 ligt vóór de begindatum 2028-01-01 van perceel '1'.",
        ),
        (
            {"lots.2.code": "45A13"},
            "lots.45A13.products.45A12.successor.code",
            "'45A13' is de code van een perceel en ook van een product. Geef één van de twee een andere.",
        ),
        ({"law": ["wmo"]}, "lots.2.law", "De wet 'jeugdwet' staat niet bij 'law' van de procedure."),
        ({"law": ["jeugdwet"]}, "goals.D1.law", "De wet 'wmo' staat niet bij 'law' van de procedure."),
        (
            {f"{A12}.successor": {}},
            f"{A12}.successor",
            "Een opvolger heeft een 'code' van dit bestand of een 'text', of allebei.",
        ),
        (
            {f"{A12}.successor": {"code": "45A12"}},
            f"{A12}.successor.code",
            "Een opvolger is iets anders dan wat hij opvolgt.",
        ),
        (
            {f"{A13}.successor": {"code": "45A12"}},
            f"{A12}.successor.code",
            "De opvolgers lopen in een kring: 45A12 > 45A13 > 45A12.",
        ),
        (
            {f"{A12}.successor": {"code": "9"}},
            f"{A12}.successor.code",
            "De perceel- of productcode '9' bestaat niet. Bekend: 1, 1A, 1B, 2, 02A16, 02A17, 04A01, 45A12, 45A13.",
        ),
        ({f"{HOME}.coupled_with": ["02A16"]}, f"{HOME}.coupled_with.0", "Een product is niet aan zichzelf gekoppeld."),
        (
            {f"{HOME}.coupled_with": ["1A"]},
            f"{HOME}.coupled_with.0",
            "De productcode '1A' bestaat niet. Bekend: 02A16, 02A17, 04A01, 45A12, 45A13.",
        ),
        (
            {f"{HOME}.tariffs.0.municipality": "0009"},
            f"{HOME}.tariffs.0.municipality",
            "De gemeentecode '0009' bestaat niet. Bekend: 0001, 0002.",
        ),
        (
            {f"{HOME}.tariffs.+": {"municipality": "0002", "tariff": "1.00", "ground": "x"}},
            f"{HOME}.tariffs.1.municipality",
            "Over gemeente '0002' staat bij 'tariffs' (nummer 1) al een bedrag.",
        ),
        (
            {f"{HOME}.tariff": GONE},
            HOME,
            "Het product '02A16' wordt per eenheid betaald ('per_unit') en heeft een 'tariff' nodig.",
        ),
    ],
)
def test_a_tree_that_cannot_be_is_told(changes: Changes, path: str, message: str) -> None:
    refused("open_house", changes, path, message)


@pytest.mark.parametrize(
    "changes",
    [
        {f"{A12}.ends_on": "2028-12-31"},
        {f"{A12}.starts_on": "2027-12-31"},
        {"lots.2.ends_on": "2028-12-31", "lots.2.successor": {"text": "Koopt het Rijk in."}},
        {f"{A13}.successor": {"code": "1B"}},
        {f"{A12}.successor": {"code": "2"}},
        {f"{HOME}.tariffs.+": {"municipality": "0001", "tariff": "1.00", "ground": "x"}},
        {f"{HOME}.funding": "per_unit"},
        {"lots.2.starts_on": "2027-12-31"},
        {"lots.2.starts_on": "2028-01-01", f"{A12}.starts_on": "2027-01-01", f"{A13}.starts_on": "2027-07-01"},
        {"lots.2.ends_on": "2027-07-01"},
        {"lots.1.lots.1B.code": "04A01", "coverage.starts": GONE},
    ],
)
def test_a_tree_that_can_be_is_not_told(changes: Changes) -> None:
    assert problems("open_house", changes) == []


# Budgets


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {"lots.P1.budgets.0": GONE},
            "lots.P1",
            "Gemeente '0004' koopt in perceel 'P1', maar heeft geen bedrag bij 'budgets'.",
        ),
        (
            {"lots.P2.funding": "population"},
            "lots.P2",
            "Gemeente '0005' koopt in perceel 'P2', maar heeft geen bedrag bij 'budgets'.",
        ),
        (
            {"lots.P2.products.C1.funding": "lumpsum"},
            "lots.P2",
            "Gemeente '0004' koopt in perceel 'P2', maar heeft geen bedrag bij 'budgets'.",
        ),
        (
            {"lots.P2.budgets": [{"municipality": "0004", "amount": "1.00"}]},
            "lots.P2.budgets",
            "Een budget kan alleen als hieronder iets met 'lumpsum' of 'population' wordt betaald.",
        ),
        (
            {"lots.P1.budgets.+": {"municipality": "0004", "amount": "1.00"}},
            "lots.P1.budgets.2.municipality",
            "Over gemeente '0004' staat bij 'budgets' (nummer 1) al een bedrag.",
        ),
        (
            {"lots.P1.products.W1.funding": "per_unit"},
            "lots.P1.products.W1",
            "Het product 'W1' wordt per eenheid betaald ('per_unit') en heeft een 'tariff' nodig.",
        ),
        (
            {"lots.P1.products.W1.tariff": "1.00"},
            "lots.P1.products.W1.tariff",
            "Het product 'W1' wordt uit een budget betaald ('lumpsum') en heeft geen 'tariff'.",
        ),
        (
            {"lots.P1.products.W1.tariffs": [{"municipality": "0004", "tariff": "1.00", "ground": "x"}]},
            "lots.P1.products.W1.tariffs",
            "Het product 'W1' wordt uit een budget betaald ('lumpsum') en heeft geen 'tariffs'.",
        ),
    ],
)
def test_money_that_does_not_fit_the_funding_is_told(changes: Changes, path: str, message: str) -> None:
    refused("tender", changes, path, message)


@pytest.mark.parametrize("state", ["not_bought", "to_be_confirmed"])
def test_a_municipality_that_does_not_buy_needs_no_budget(state: str) -> None:
    row = {"product": "W1", "states": {"0004": state}}

    assert problems("tender", {"lots.P1.budgets.0": GONE, "coverage.rows": [row]}) == []
    row["states"] = {"0004": "scarce"}
    assert problems("tender", {"lots.P1.budgets.0": GONE, "coverage.rows": [row]}) != []


def test_amounts_become_whole_cents() -> None:
    tender, house = (procedure_files.loaded(example(kind)) for kind in ("tender", "open_house"))

    assert [lot["budgets"] for lot in tender["lots"]] == [
        [
            {"municipality": "0004", "amount_cents": 125000000},
            {"municipality": "0005", "amount_cents": 83000000},
        ],
        [],
    ]
    assert [product["tariff_cents"] for lot in tender["lots"] for product in lot["products"]] == [None, 21200]
    assert tender["award"]["criteria"][0]["weight"] == "60.00"
    product = house["lots"][0]["lots"][0]["products"][0]
    assert (product["tariff_cents"], product["tariffs"][0]["tariff_cents"]) == (41250, 42500)
    assert product["elements"][0]["amount"] == "62%"


@pytest.mark.parametrize(("amount", "cents"), [("0.01", 1), ("9999999999.99", 999999999999)])
def test_a_budget_may_be_large(amount: str, cents: int) -> None:
    changes = {"lots.P1.budgets.0.amount": amount}

    assert problems("tender", changes) == []
    loaded = procedure_files.loaded(example("tender", changes))
    assert loaded["lots"][0]["budgets"][0]["amount_cents"] == cents


# Coverage


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({f"{CELL}.ground": "G9"}, f"{CELL}.ground", "De grond 'G9' bestaat niet. Bekend: G1."),
        ({f"{CELL}.ground": GONE}, f"{CELL}.state", f"Bij 'closed' hoort een 'ground'. {PUBLISHED}"),
        ({f"{CELL}.state": "open"}, f"{CELL}.ground", "'ground' hoort bij de stand 'closed', en alleen daarbij."),
        (
            {f"{CELL}.state": "open"},
            f"{CELL}.reopens_on",
            "'reopens_on' hoort bij de stand 'closed', en alleen daarbij.",
        ),
        (
            {f"{CELL}.reopens_on": "2027-02-01"},
            f"{CELL}.reopens_on",
            "De dag van heropenen 2027-02-01 ligt niet na 2027-02-01, de dag van sluiten.",
        ),
        (
            {"coverage.default": "closed"},
            "coverage.default",
            f"Alles dicht zonder grond kan niet. {PUBLISHED}",
        ),
        (
            {"coverage.rows.04A01.states": {"0002": "closed"}},
            "coverage.rows.04A01.states.0002",
            f"'04A01' is hier dicht zonder grond: zet de cel met 'ground' bij 'cells'. {PUBLISHED}",
        ),
        (
            {"coverage.rows.04A01.product": "9"},
            "coverage.rows.0.product",
            "De productcode '9' bestaat niet. Bekend: 02A16, 02A17, 04A01, 45A12, 45A13.",
        ),
        (
            {"coverage.rows.04A01.states": {"0009": "open"}},
            "coverage.rows.04A01.states.0009",
            "De gemeentecode '0009' bestaat niet. Bekend: 0001, 0002.",
        ),
        (
            {"coverage.rows.+": {"product": "04A01", "states": {"0001": "open"}}},
            "coverage.rows.1.product",
            "Over product '04A01' staat bij 'rows' (nummer 1) al een rij.",
        ),
        (
            {"coverage.cells.+": {"product": "02A17", "municipality": "0001", "state": "open"}},
            "coverage.cells.1",
            "Over '02A17' in gemeente '0001' staat bij 'cells' (nummer 1) al iets.",
        ),
        (
            {"coverage.starts.+": {"starts_on": "2027-04-01"}},
            "coverage.starts.1",
            "Een gefaseerde start noemt een 'municipality', 'lots' of allebei.",
        ),
        (
            {"coverage.starts.0.starts_on": "2026-12-31"},
            "coverage.starts.0.starts_on",
            "De dag 2026-12-31 valt buiten de looptijd van de overeenkomst.",
        ),
        (
            {"coverage.starts.0.lots": ["9"]},
            "coverage.starts.0.lots.0",
            "De perceelcode '9' bestaat niet. Bekend: 1, 1A, 1B, 2.",
        ),
        (
            {"coverage.closing_grounds.+": {"code": "G1", "title": "t", "threshold": "t", "text": "t"}},
            "coverage.closing_grounds.1.code",
            "De code 'G1' is al gebruikt bij 'closing_grounds' (nummer 1).",
        ),
    ],
)
def test_coverage_that_cannot_be_is_told(changes: Changes, path: str, message: str) -> None:
    refused("open_house", changes, path, message)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("open_house", {f"{CELL}.state": "scarce", f"{CELL}.ground": GONE, f"{CELL}.reopens_on": GONE}),
        ("open_house", {f"{CELL}.reopens_on": "2027-02-02"}),
        ("open_house", {"coverage.rows.+": {"product": "02A17", "states": {"0001": "closed"}}}),
        ("open_house", {"coverage.starts.+": {"municipality": "0001", "starts_on": "2027-01-01"}}),
        ("framework", {"coverage.default": "closed"}),
        ("framework", {"coverage.rows": [{"product": "A1", "states": {"0003": "closed"}}]}),
    ],
)
def test_coverage_that_can_be_is_not_told(kind: str, changes: Changes) -> None:
    assert problems(kind, changes) == []


def cells(changes: Changes) -> dict[tuple[str, str], dict[str, Any]]:
    loaded = procedure_files.loaded(example("open_house", changes))
    return {(cell["product"], cell["municipality"]): cell for cell in loaded["coverage"]["cells"]}


def test_only_cells_with_something_of_their_own_are_laid_out() -> None:
    assert list(cells({})) == [("02A16", "0002"), ("02A17", "0001"), ("02A17", "0002"), ("04A01", "0002")]
    assert cells({"coverage": {"default": "open"}}) == {}


def test_a_cell_tells_everything_about_it_under_the_same_keys() -> None:
    cell = cells({})["02A17", "0001"]

    assert {key: str(value) for key, value in cell.items()} == {
        "product": "02A17",
        "municipality": "0001",
        "state": "closed",
        "remark": "In Oosterveen zijn er nu genoeg aanbieders.",
        "ground": "G1",
        "since_on": "2027-02-01",
        "reopens_on": "2027-08-01",
        "starts_on": "None",
    }


def test_a_cell_wins_over_its_row_and_keeps_the_rest() -> None:
    own = {"product": "04A01", "municipality": "0002", "state": "open", "remark": "Toch."}
    remark = {"municipality": "0002", "text": "Voor alles."}
    changes = {"coverage.cells.+": own, "coverage.remarks.+": remark}

    cell = cells(changes)["04A01", "0002"]
    assert (cell["state"], cell["remark"], str(cell["starts_on"])) == ("open", "Toch.\n\nVoor alles.", "2027-04-01")
    assert (
        str(cells({"coverage.cells.+": own | {"starts_on": "2027-06-01"}})["04A01", "0002"]["starts_on"])
        == "2027-06-01"
    )


def test_of_two_starts_of_a_cell_the_last_counts_and_a_lot_stands_for_all_below_it() -> None:
    changed = cells({"coverage.starts.+": {"lots": ["1"], "starts_on": "2027-05-01"}})

    assert {str(cell["starts_on"]) for (product, _), cell in changed.items() if product[:2] == "02"} == {"2027-05-01"}
    assert str(changed["04A01", "0002"]["starts_on"]) == "2027-05-01"
    assert not [key for key in changed if key[0].startswith("45")]


def test_remarks_on_a_lot_and_a_product_reach_those_cells_only() -> None:
    remarks = [
        {"municipality": "0001", "lots": ["1"], "products": ["02A16"], "text": "Eerste."},
        {"municipality": "0001", "text": "Tweede."},
    ]
    found = cells({"coverage": {"default": "open", "remarks": remarks}})

    assert [(key, cell["remark"]) for key, cell in found.items()][:2] == [
        (("02A16", "0001"), "Eerste.\n\nTweede."),
        (("02A17", "0001"), "Tweede."),
    ]
    assert len(found) == 5


def test_a_circle_of_successors_is_told_once() -> None:
    found = problems("open_house", {f"{A13}.successor": {"code": "45A12"}})

    assert [text for _, text in found] == ["De opvolgers lopen in een kring: 45A12 > 45A13 > 45A12."]


def test_a_product_of_a_consultation_needs_a_tariff_too_and_without_lots_there_is_none() -> None:
    lots = example("open_house")["lots"][1:]
    laws = {"law": ["wmo", "jeugdwet"]}
    message = (
        "Het product '45A12' wordt per eenheid betaald ('per_unit') en heeft een 'tariff' nodig."
        " Is het tarief er nog niet, laat dan 'lots' weg."
    )

    assert problems("consultation", laws | {"lots": lots}) == []
    del lots[0]["products"][0]["tariff"]
    assert problems("consultation", laws | {"lots": lots}) == [(("lots", 0, "products", 0), message)]
    assert problems("consultation", laws) == []
