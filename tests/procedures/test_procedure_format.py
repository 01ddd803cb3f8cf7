"""The schema, the code and the documentation say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from portal import terms
from portal.adapters import procedure_files
from portal.adapters.procedure_requirements import SETTINGS
from portal.adapters.procedure_rules import templates, themes
from portal.adapters.procedure_schema import schema
from portal.domain.calendar import CADENCES
from portal.domain.requirements import TYPES
from portal.errors import ProcedureFileError
from portal.terms import PROCEDURE_KINDS, REQUIREMENT_KINDS
from tests.procedures.examples import DOCUMENTATION, KINDS, sources

ERRORS = re.findall(r"^\| `(.+?)` → `(.+?)` \| (.+) \|$", DOCUMENTATION.read_text("utf-8"), re.MULTILINE)


def test_the_schema_knows_the_same_words_as_the_code() -> None:
    shape = schema()
    requirement = shape["$defs"]["requirement"]["properties"]

    assert set(requirement["kind"]["enum"]) == set(REQUIREMENT_KINDS)
    assert set(requirement["type"]["enum"]) == set(SETTINGS) == set(TYPES)
    assert set(shape["$defs"]["settings"]["properties"]) == {key for keys in SETTINGS.values() for key in keys}
    assert set(shape["$defs"]["rounds"]["properties"]["cadence"]["enum"]) == set(CADENCES)
    assert set(shape["properties"]["kind"]["enum"]) <= set(PROCEDURE_KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_example_in_the_documentation_is_a_good_file_of_its_kind(kind: str) -> None:
    assert procedure_files.parse(sources()[kind].encode())["kind"] == kind


@pytest.mark.parametrize(("written", "instead", "said"), ERRORS)
def test_each_error_in_the_documentation_is_said_like_that(written: str, instead: str, said: str) -> None:
    good = sources()["open_house"]
    assert good.count(written) == 1, "the documentation changes one place"

    with pytest.raises(ProcedureFileError) as caught:
        procedure_files.parse(good.replace(written, instead).encode())

    assert said in [message for _, message in caught.value.errors]


def test_the_documentation_shows_seven_errors() -> None:
    assert len(ERRORS) == 7


def test_the_documentation_names_every_key_of_the_format() -> None:
    text = DOCUMENTATION.read_text("utf-8")

    assert [key for key in sorted(set(_keys(schema()))) if f"`{key}`" not in text] == []


def test_the_documentation_names_every_fixed_value_of_the_format() -> None:
    text = DOCUMENTATION.read_text("utf-8")
    words = {word for words in _values(schema(), "enum") for word in words}

    assert [word for word in sorted(words) if f"`{word}`" not in text] == []


@pytest.mark.parametrize(
    "words",
    [
        terms.CONSULTATION_KINDS,
        terms.COVERAGE_STATES,
        terms.DOCUMENT_KINDS,
        terms.INTENSITIES,
        terms.LEGAL_FORMS,
        terms.LEVELS,
        terms.OUTFLOW_EXCEPTIONS,
        terms.PARTY_ROLES,
        terms.PROCEDURE_KINDS,
        terms.REGISTERS,
        terms.REQUIREMENT_KINDS,
        terms.UNITS,
    ],
)
def test_the_documentation_names_every_word_that_a_file_can_use(words: dict[str, Any]) -> None:
    text = DOCUMENTATION.read_text("utf-8")

    assert [word for word in words if f"`{word}`" not in text] == []


def test_the_documentation_names_every_look_and_every_text_of_an_agreement() -> None:
    text = DOCUMENTATION.read_text("utf-8")

    assert [name for name in themes() if f"`{name}`" not in text] == []
    assert [name for name in templates() if "`{}` and `{}`".format(*name.rsplit("-", 1)) not in text] == []


def _keys(shape: Any) -> Iterator[str]:
    for properties in _values(shape, "properties"):
        yield from properties


def _values(shape: Any, wanted: str) -> Iterator[Any]:
    if isinstance(shape, dict):
        for name, part in shape.items():
            if name == wanted:
                yield part
            yield from _values(part, wanted)
    elif isinstance(shape, list):
        for part in shape:
            yield from _values(part, wanted)
