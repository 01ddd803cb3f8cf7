"""A form asks what is wrong with values of any shape: it gets an answer, at places that exist."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.adapters import procedure_files
from portal.adapters.procedure_draft import Place
from portal.errors import ProcedureFileError
from tests.procedures.examples import KINDS, example, sources

JUNK: list[Any] = [None, [], {}, "", "x", "1A", -1, 5, True, [None], [[]], [{}], ["x"], {"x": {}}, {"code": []}]
JUNK += ["2027-13-01", "2027-01-01 25:00", "2026-10-25 02:30", float("nan"), [{"code": "x"}, {"code": "x"}], [5, "x"]]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    yield at
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(part, (*at, key))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_values_of_any_shape_get_an_answer(kind: str, data: st.DataObject) -> None:
    procedure = example(kind)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from([place for place in places(procedure) if place]))
        holder = procedure
        for step in at[:-1]:
            holder = holder[step]  # type: ignore[index]
        holder[at[-1]] = deepcopy(data.draw(st.sampled_from(JUNK)))  # type: ignore[index]
    before = repr(procedure)

    found = procedure_files.problems(procedure)

    assert repr(procedure) == before
    assert len(found) == len(set(found))
    assert all(isinstance(text, str) and text.endswith(".") for _, text in found)


@pytest.mark.parametrize("data", [None, [], "x", {}, {"kind": "tender"}, {"kind": []}, {"lots": 5, "kind": "tender"}])
def test_what_is_no_procedure_at_all_has_problems(data: Any) -> None:
    assert procedure_files.problems(data)


def test_a_problem_is_told_at_the_place_of_the_value() -> None:
    found = procedure_files.problems(example("open_house", {"requirements.T02.settings.minimum": -1}))

    assert found == [(("requirements", 2, "settings", "minimum"), "'minimum' moet ten minste 0 zijn.")]


def test_a_form_is_told_the_number_in_the_list_and_a_file_the_line() -> None:
    changes = {"requirements.R01.code": "T01", "groups.0.requirements": ["T01"]}
    text = sources()["open_house"].replace("code: R01", "code: T01").replace("[T01, R01]", "[T01]")

    with pytest.raises(ProcedureFileError) as caught:
        procedure_files.raw(text.encode())

    line = text.split("code: T01")[0].count("\n") + 1
    assert [message for _, message in caught.value.errors] == [f"De code 'T01' is al gebruikt op regel {line}."]
    assert [message for _, message in procedure_files.problems(example("open_house", changes))] == [
        "De code 'T01' is al gebruikt bij 'requirements' (nummer 2)."
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_loading_leaves_the_values_of_the_form_alone(kind: str) -> None:
    data = example(kind)

    loaded = procedure_files.loaded(data)
    loaded["authority"]["municipalities"].clear()

    assert data == example(kind)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("parties.reliance", None, "'reliance' is leeg. Vul iets in, of laat de sleutel weg."),
        ("terms.decision_days", None, "'decision_days' is leeg. Vul iets in."),
        ("parties.remark", "", "'remark' mag niet leeg zijn. Vul iets in, of laat de sleutel weg."),
        ("title", "", "'title' mag niet leeg zijn."),
        ("title", 2027, "'title' klopt niet. Verwacht: één regel tekst. Zet de waarde tussen aanhalingstekens."),
        (
            "lots.2.products.45A13.code",
            45001,
            (
                "'code' klopt niet. Verwacht: letters, cijfers, punt, - en _, ten hoogste 30 tekens, zonder spaties."
                " Zet de waarde tussen aanhalingstekens."
            ),
        ),
        (
            "lots.2.products.45A13.code",
            "45 A13",
            "'code' klopt niet. Verwacht: letters, cijfers, punt, - en _, ten hoogste 30 tekens, zonder spaties.",
        ),
        ("lots.2.products.45A13.code", "45A12", "De code '45A12' is al gebruikt bij 'products' (nummer 1)."),
        (
            "coverage.cells.0001.municipality",
            "Oosterveen",
            (
                "'municipality' klopt niet. Verwacht: de CBS-gemeentecode, vier cijfers tussen aanhalingstekens,"
                ' zoals "0796".'
            ),
        ),
        (
            "authority.municipalities.1.code",
            2,
            "'code' klopt niet. Verwacht: de CBS-gemeentecode, vier cijfers tussen aanhalingstekens, zoals \"0796\".",
        ),
        ("requirements.V01.code", "R01", "De code 'R01' is al gebruikt bij 'requirements' (nummer 8)."),
    ],
)
def test_what_follows_from_a_wrong_value_is_not_told(path: str, value: Any, said: str) -> None:
    texts = [text for _, text in procedure_files.problems(example("open_house", {path: value}))]

    assert [text.replace("nummer 5", "nummer 8") for text in texts] == [said]


def test_a_code_that_is_nowhere_is_still_told_when_every_code_is_good() -> None:
    found = procedure_files.problems(example("open_house", {"coverage.cells.0001.municipality": "0009"}))

    assert [text for _, text in found] == ["De gemeentecode '0009' bestaat niet. Bekend: 0001, 0002."]
