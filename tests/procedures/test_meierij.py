"""The reference procedure says what the inkoopstrategie says, and marks what it adds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portal.adapters import procedure_files, procedure_moves
from portal.domain.calendar import schedule

FILE = Path(__file__).parents[2] / "procedures" / "meierij-2020.yaml"


@pytest.fixture(scope="module")
def procedure() -> dict[str, Any]:
    return procedure_files.read(FILE)


@pytest.fixture(scope="module")
def criteria(procedure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["code"]: each for each in procedure["requirements"] if not each["own_addition"]}


def test_three_municipalities_buy_together(procedure: dict[str, Any]) -> None:
    assert [(each["code"], each["name"]) for each in procedure["authority"]["municipalities"]] == [
        ("0796", "'s-Hertogenbosch"),
        ("1948", "Meierijstad"),
        ("0865", "Vught"),
    ]


def test_lot_one_is_cut_in_three_with_seven_products(procedure: dict[str, Any]) -> None:
    lots = {lot["code"]: [product["category"] for product in lot["products"]] for lot in procedure["lots"][0]["lots"]}

    assert lots == {
        "1A": ["Waakvlam", "Basis", "Extra"],
        "1B": ["Basis", "Extra"],
        "1C": ["Basis", "Extra"],
    }


def test_every_tariff_is_per_month_and_marked_as_made_up(procedure: dict[str, Any]) -> None:
    products = [product for lot in procedure["lots"][0]["lots"] for product in lot["products"]]

    assert [(each["unit"], each["tariff_is_fictitious"]) for each in products] == [("month", True)] * 7
    assert products[0]["tariff_cents"] == 14850


def test_the_tariff_reasoning_names_the_assumptions_of_the_source(procedure: dict[str, Any]) -> None:
    elements = procedure["tariff_reasoning"]["elements"]

    assert [each["name"] for each in elements if not each["own_addition"]] == [
        "Functiemix",
        "Productiviteit",
        "Uren per product",
        "Overhead",
    ]


def test_all_thirteen_criteria_are_there_in_order(criteria: dict[str, dict[str, Any]]) -> None:
    summary = {
        code: (each["kind"], each["type"], each["applies_to"], each["evidence"].get("kinds", []))
        for code, each in criteria.items()
    }

    assert summary == {
        "T01": ("suitability", "reference", "lot", ["experience_statement"]),
        "T02": ("minimum", "location", "lot", ["location_proof"]),
        "T03": (
            "suitability",
            "certificate",
            "organisation",
            ["hkz_certificate", "other_quality_certificate"],
        ),
        "T04": ("suitability", "document", "lot", ["professional_standards"]),
        "T05": (
            "suitability",
            "certificate",
            "organisation",
            ["iso_9001_certificate", "hkz_certificate", "other_quality_certificate"],
        ),
        "T06": ("suitability", "document", "organisation", ["complaints_procedure"]),
        "T07": ("minimum", "document", "organisation", ["messaging_statement"]),
        "T08": ("suitability", "document", "lot", ["staff_overview"]),
        "T09": ("minimum", "document", "organisation", ["process_agreements"]),
        "T10": ("minimum", "text", "lot", ["flow_plan"]),
        "T11": ("minimum", "document", "organisation", ["privacy_policy"]),
        "T12": ("minimum", "declaration", "lot", []),
        "T13": ("minimum", "document", "organisation", ["domestic_violence_protocol"]),
    }


def test_every_criterion_says_where_it_comes_from_and_how_it_is_tested(
    criteria: dict[str, dict[str, Any]],
) -> None:
    assert [each["source"] for each in criteria.values()] == [
        f"inkoopstrategie § 6.1, criterium {number}" for number in range(1, 14)
    ]
    assert all(each["verification"] and each["standard_reasons"] for each in criteria.values())


def test_only_the_two_quality_criteria_take_an_equivalent(criteria: dict[str, dict[str, Any]]) -> None:
    assert [code for code, each in criteria.items() if each["equivalent_allowed"]] == ["T03", "T05"]


def test_a_location_is_asked_only_for_short_stay(criteria: dict[str, dict[str, Any]]) -> None:
    assert [(code, each["lots"]) for code, each in criteria.items() if each["lots"]] == [("T02", ["1C"])]


def test_what_the_source_does_not_ask_is_marked(procedure: dict[str, Any]) -> None:
    added = [each["code"] for each in procedure["requirements"] if each["own_addition"]]

    assert added == ["E01"]
    assert procedure["integrity"]["own_addition"]
    assert procedure["terms"]["own_addition"]


def test_the_extract_is_at_most_six_months_old_when_submitted(procedure: dict[str, Any]) -> None:
    extract = next(each for each in procedure["requirements"] if each["code"] == "E01")

    assert extract["evidence"] == {
        "kinds": ["kvk_extract"],
        "at_least": 1,
        "validity": {"rule": "issued_within", "months": 6, "reference": "submission"},
    }


def test_the_agreement_runs_two_years_and_renews_tacitly_without_volume(procedure: dict[str, Any]) -> None:
    agreement = procedure["agreement"]

    assert (agreement["starts_on"], agreement["ends_on"]) == (date(2020, 1, 1), date(2021, 12, 31))
    assert agreement["renewal"] == {"tacit": True, "months": 12}
    assert agreement["volume"] == "none"


def test_every_municipality_discloses_its_local_plans(procedure: dict[str, Any]) -> None:
    remarks = [(each["municipality"], each["lots"]) for each in procedure["coverage"]["remarks"]]

    assert procedure["coverage"]["default"] == "open"
    assert remarks == [("0865", ["1B"]), ("0796", []), ("1948", [])]


def test_every_cell_with_a_local_plan_shows_it(procedure: dict[str, Any]) -> None:
    cells = {(each["municipality"], each["product"]) for each in procedure["coverage"]["cells"]}

    assert {product for municipality, product in cells if municipality == "0865"} == {"DB-BASIS", "DB-EXTRA"}
    assert len(cells) == 2 + 7 + 7
    assert {each["state"] for each in procedure["coverage"]["cells"]} == {"open"}


def test_sensory_disability_is_out_of_scope(procedure: dict[str, Any]) -> None:
    assert "zintuiglijke" in procedure["out_of_scope"][0]["title"]


def test_the_quarterly_talk_has_eight_fixed_topics(procedure: dict[str, Any]) -> None:
    topics = [each["code"] for each in procedure["contract_management"]["quarterly_topics"]]

    assert topics == ["K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8"]


@pytest.mark.parametrize("start", [date(2020, 1, 1), date(2026, 1, 1), date(2027, 1, 1), date(2028, 2, 29)])
def test_four_rounds_fit_wherever_the_agreement_starts(start: date) -> None:
    rounds = procedure_files.loaded(procedure_moves.moved(procedure_files.raw(FILE.read_bytes()), start))["rounds"]

    made = schedule(
        rounds["cadence"],
        rounds["first"]["opens_at"],
        rounds["first"]["closes_at"],
        rounds["until"],
        rounds["first"]["starts_on"],
    )

    assert len(made) == 4
    assert made[0].starts_on == start
