"""Reading a procedure file: what it gives, and every error with its line."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.adapters import procedure_files, procedure_moves

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "procedure-format.md"

SMALL = (Path(__file__).parent / "small.yaml").read_text("utf-8")


def raw(text: str) -> dict[str, Any]:
    return procedure_files.raw(text.encode())


def parse(text: str) -> dict[str, Any]:
    return procedure_files.parse(text.encode())


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, "the test must change one place"
    return SMALL.replace(old, new)


def test_a_good_file_gives_days_moments_and_cents() -> None:
    procedure = parse(SMALL)

    assert procedure["agreement"]["starts_on"] == date(2027, 1, 1)
    assert procedure["rounds"]["first"] == {
        "opens_at": datetime.fromisoformat("2026-07-01 09:00"),
        "closes_at": datetime.fromisoformat("2026-10-01 12:00"),
        "starts_on": date(2027, 1, 1),
    }
    assert procedure["rounds"]["until"] == date(2028, 12, 31)
    assert [product["tariff_cents"] for lot in procedure["lots"] for product in lot["products"]] == [
        41250,
        105,
    ]


def test_a_code_keeps_its_leading_zeros() -> None:
    assert [each["code"] for each in parse(SMALL)["authority"]["municipalities"]] == ["0001", "0002"]


def test_lines_of_a_paragraph_are_joined_and_paragraphs_stay() -> None:
    assert parse(SMALL)["requirements"][0]["text"] == "U hebt een certificaat.\n\nOf een ander."


def test_what_is_left_out_is_filled_in() -> None:
    procedure = parse(SMALL)

    assert procedure["integrity"] is None
    assert procedure["planning"] == []
    assert procedure["coverage"] == {
        "default": "open",
        "rows": [],
        "remarks": [],
        "cells": [],
        "closing_grounds": [],
        "starts": [],
        "opt_in": None,
    }
    assert procedure["requirements"][0]["evidence"]["at_least"] == 1
    assert procedure["requirements"][1] == {
        "code": "T02",
        "title": "Ervaring",
        "text": "U hebt ervaring.",
        "kind": "minimum",
        "type": "number",
        "applies_to": "lot",
        "lots": ["1"],
        "settings": {"minimum": 1},
        "evidence": {},
        "equivalent_allowed": False,
        "espd": [],
        "verification": "",
        "standard_reasons": [],
        "source": "",
        "own_addition": False,
        "municipalities": [],
        "products": [],
        "parties": [],
        "asked_when": None,
        "stricter_than": "",
        "help": {},
        "topic": "",
        "reuse": True,
        "remedy_excluded": "",
    }


def test_two_readings_share_nothing() -> None:
    first, second = parse(SMALL), parse(SMALL)

    first["planning"].append("iets")
    first["requirements"][1]["evidence"]["kinds"] = []

    assert second == parse(SMALL)


def test_the_same_file_is_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "klein.yaml"
    path.write_text(SMALL, "utf-8")

    assert procedure_files.read(path) == parse(SMALL)


def moments(value: Any) -> Iterator[date]:
    if isinstance(value, date):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from moments(part)
    elif isinstance(value, list):
        for part in value:
            yield from moments(part)


@pytest.mark.parametrize("start", [date(2027, 1, 1), date(2026, 11, 22), date(2028, 2, 29), date(2019, 6, 1)])
def test_a_moved_procedure_keeps_every_interval_and_every_hour(start: date) -> None:
    procedure = parse(SMALL)

    moved = procedure_files.loaded(procedure_moves.moved(raw(SMALL), start))

    shift = start - date(2027, 1, 1)
    assert moved["agreement"]["starts_on"] == start
    assert list(moments(moved)) == [each + shift for each in moments(procedure)]
    assert moved["rounds"]["first"]["closes_at"].time() == procedure["rounds"]["first"]["closes_at"].time()


def test_moving_changes_neither_the_original_nor_any_text() -> None:
    procedure = raw(SMALL)
    before = deepcopy(procedure)

    moved = procedure_moves.moved(procedure, date(2030, 1, 1))
    moved["lots"][0]["products"][0]["tariff"] = "0.01"

    assert procedure == before
    assert moved["title"] == before["title"]
    assert moved["requirements"] == before["requirements"]


def test_moving_there_and_back_gives_the_same_procedure() -> None:
    procedure = raw(SMALL)

    assert procedure_moves.moved(procedure_moves.moved(procedure, date(2031, 5, 17)), date(2027, 1, 1)) == procedure
