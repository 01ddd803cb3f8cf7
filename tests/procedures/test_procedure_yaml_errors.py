"""What is said about a file that is no YAML: in Dutch, on the line to look at, with a way out."""

from __future__ import annotations

import pytest

from portal.adapters import procedure_files
from portal.errors import ProcedureFileError


def said(source: str) -> tuple[int, str]:
    with pytest.raises(ProcedureFileError) as caught:
        procedure_files.raw(source.encode())
    ((line, message),) = caught.value.errors
    return line, message


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("a: b: c\n", 1, "hier staat ': ' in een tekst"),
        ("a: 1\n  b: 2\n", 2, "springt de regel te ver in"),
        ("a:\n\tb: 1\n", 2, "een tab. Spring in met spaties."),
        ("a: {b: c: d}\n", 1, "binnen { } mist een komma"),
        ("a: [b\nc: d\n", 2, "binnen [ ] ontbreekt een komma"),
        ("a: {b: 1\n", 2, "een { wordt nergens gesloten"),
        ("a: [b\n", 2, "een [ wordt nergens gesloten"),
        ("a: b\nc\n", 3, "geen 'sleutel: waarde'"),
        ('a: "Zo" zei hij\n', 1, "na een tekst tussen aanhalingstekens staat nog iets"),
        ("a: * ster\n", 1, "begint met '*' of '&'"),
        ("a: *ster\n", 1, "begint met '*'"),
        ("a: % van\n", 1, "een teken dat in YAML iets anders betekent"),
        ("a: - b\n", 1, "begint met '- '"),
        ("a: | b\n", 1, "de tekst begint op de volgende regel"),
        ('a: "C:\\dit"\n', 1, "Schrijf hem twee keer"),
        ("a: }\n", 1, "hier hoort een waarde"),
        ("- a\nb: 1\n", 2, "springt niet even ver in"),
        ("a: 1\n---\nb: 1\n", 2, "een tweede document"),
        ("%YAML 2\na: 1\n", 1, "kijk op deze regel en die erboven"),
    ],
)
def test_each_usual_slip_is_explained(source: str, line: int, words: str) -> None:
    at, message = said(source)

    assert at == line
    assert message.startswith("Dit is geen geldige YAML: ")
    assert words in message
    assert "expected" not in message
    assert "found" not in message


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ('a: 1\nb: "open\nc: 2\nd: "dicht"\n', 2, "sluit pas op regel 4"),
        ("a: 1\nb: 's avonds\nc: 2\nd: 'x'\n", 2, "sluit pas op regel 4"),
        ('a: 1\nb: {c: "open, d: 2}\ne: {c: "x"}\n', 2, "sluit pas op regel 3"),
        ('a: 1\nb: "open\nc: 2\n', 2, "wordt nergens gesloten"),
    ],
)
def test_a_quote_that_does_not_close_is_told_where_it_opens(source: str, line: int, words: str) -> None:
    at, message = said(source)

    assert at == line
    assert words in message


def test_a_text_between_quotes_may_go_on_on_the_next_line() -> None:
    at, message = said('a: "een\n  twee"\nb: c: d\n')

    assert at == 3
    assert "hier staat ': ' in een tekst" in message


def test_a_comma_in_a_text_between_braces_is_explained_and_between_quotes_it_is_fine() -> None:
    def errors(text: str) -> list[str]:
        with pytest.raises(ProcedureFileError) as caught:
            procedure_files.raw(f"source: {{title: t, remark: {text}}}\n".encode())
        return [message for _, message in caught.value.errors if message.startswith("'source'")]

    assert errors("verloop, verzuim en vacatures") == [
        (
            "'source': de sleutel 'verzuim en vacatures' bestaat niet."
            " Binnen { } begint na een komma een sleutel: zet een tekst met komma tussen aanhalingstekens."
        )
    ]
    assert errors('"verloop, verzuim en vacatures"') == []
