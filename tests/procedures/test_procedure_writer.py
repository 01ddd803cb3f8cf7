"""What the portal writes as a file reads back the same, and people can read it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.adapters import procedure_files
from portal.adapters.procedure_writer import dump
from portal.adapters.procedure_yaml import reading
from portal.errors import ProcedureFileError
from tests.procedures.examples import KINDS, example, sources

FILES = sorted((Path(__file__).parents[2] / "procedures").glob("**/*.yaml"))
SOURCES = [path.read_bytes() for path in FILES] + [sources()[kind].encode() for kind in KINDS]
NAMES = [path.stem for path in FILES] + list(KINDS)


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_writing_and_reading_changes_nothing(source: bytes) -> None:
    raw = procedure_files.raw(source)
    written = dump(raw)

    assert procedure_files.raw(written) == raw
    assert procedure_files.parse(written) == procedure_files.parse(source) == procedure_files.loaded(raw)
    assert dump(procedure_files.raw(written)) == written


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_a_written_file_has_no_long_lines_of_text_and_no_tricks(source: bytes) -> None:
    lines = dump(procedure_files.raw(source)).decode().splitlines()

    assert [line for line in lines if len(line) > 200] == []
    assert [line for line in lines if line != line.rstrip() or "\t" in line] == []
    assert not [line for line in lines if line.lstrip(" -").startswith(("&", "*", "!", "{"))]


def test_keys_come_in_the_order_of_the_schema_whatever_the_order_they_were_given_in() -> None:
    data = example("consultation")

    backward = dict(reversed(data.items()))

    assert dump(backward) == dump(data)
    assert dump(data).startswith(b"format: 1\nslug: waterland-consultatie\nkind: consultation\ntitle: ")


def test_codes_and_words_that_another_reader_takes_for_something_else_stand_between_quotes() -> None:
    data = {"slug": "yes", "title": "0796", "summary": "1A", "law": ["wmo", "null"], "kind": "Ja: nee #1"}

    assert dump(data).decode() == (
        'slug: "yes"\nkind: "Ja: nee #1"\ntitle: "0796"\nsummary: "1A"\nlaw:\n  - wmo\n  - "null"\n'
    )


def test_long_text_stands_under_its_key_in_lines_and_paragraphs() -> None:
    words = " ".join(["woord"] * 30)
    text = dump({"title": "Kort", "summary": f"{words}\n\nTweede alinea."}).decode()

    assert text == (
        f"title: Kort\nsummary: |\n  {' '.join(['woord'] * 18)}\n  {' '.join(['woord'] * 12)}\n\n  Tweede alinea.\n"
    )


def test_days_and_moments_need_no_quotes() -> None:
    text = dump({"planning": [{"starts_on": "2027-01-01", "opens_at": "2027-01-01 09:00"}]}).decode()

    assert text == "planning:\n  - starts_on: 2027-01-01\n    opens_at: 2027-01-01 09:00\n"


def normal(text: str) -> str:
    """What the reader makes of a text."""
    return str(reading(dump({"title": text})).data["title"])


TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=300),
    st.text("aé0 :#-'\"\\{}[],&*!|>%@`?~\n.=<é\u2028\u00a0", max_size=300),
    st.lists(st.text("ab: -#", min_size=1, max_size=40), max_size=40).map(" ".join),
    st.sampled_from(
        ["yes", "Null", "~", "0796", "1e3", "0x1F", "1:30", "2027-01-01", "2027-01-01 09:00", "---", "- a"]
    ),
).map(str.strip)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_text_survives(text: str) -> None:
    once = normal(text)

    assert normal(once) == once
    # only a line break inside a paragraph is lost: that is how a file is typed
    assert once.split() == text.split()
    assert once == text or "\n" in text


@given(
    st.recursive(
        st.one_of(TEXTS.map(normal), st.integers(-(10**9), 10**9), st.booleans(), st.none()),
        lambda parts: st.lists(parts, max_size=4) | st.dictionaries(TEXTS.map(normal), parts, max_size=4),
        max_leaves=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_every_structure_survives(value: Any) -> None:
    assert reading(dump({"summary": value})).data == {"summary": value}


LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufeff")
NAME = st.text(LETTERS, min_size=1, max_size=60).map(normal).filter(bool)
PROSE = st.lists(NAME, min_size=1, max_size=4).map("\n\n".join)
CODE = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,29}\Z")


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_procedure_with_other_words_and_numbers_survives(data: st.DataObject) -> None:
    product = {
        "code": f"Y{data.draw(CODE)}"[:30],
        "name": data.draw(NAME),
        "description": data.draw(PROSE),
        "unit": "hour",
        "tariff": f"{data.draw(st.integers(1, 9999999))}.{data.draw(st.integers(0, 99)):02}",
        "needs_location": data.draw(st.booleans()),
    }
    changes = {
        "title": data.draw(NAME),
        "summary": data.draw(PROSE),
        "agreement.notice_months": data.draw(st.integers(0, 24)),
        "agreement.ends_on": str(data.draw(st.dates(date(2028, 1, 1), date(2090, 1, 1)))),
        "requirements.T01.standard_reasons": data.draw(st.lists(PROSE, unique=True, max_size=3)),
        "lots.+": {"code": f"X{data.draw(CODE)}"[:30], "name": data.draw(NAME), "products": [product]},
    }
    raw = example("open_house", changes)

    assert procedure_files.problems(raw) == []
    assert procedure_files.raw(dump(raw)) == raw
    assert procedure_files.parse(dump(raw)) == procedure_files.loaded(raw)


def test_a_broken_procedure_can_be_written_too_and_tells_the_same_problems_with_their_lines() -> None:
    data = example("open_house", {"requirements.T01.type": "getal", "lots.2.products.45A12.unit": "uur", "title": ""})
    written = dump(data)

    with pytest.raises(ProcedureFileError) as caught:
        procedure_files.raw(written)

    assert {message for _, message in caught.value.errors} == {message for _, message in procedure_files.problems(data)}
    lines = written.decode().splitlines()
    assert [lines[at - 1].strip() for at, _ in caught.value.errors] == ['title: ""', "unit: uur", "type: getal"]
