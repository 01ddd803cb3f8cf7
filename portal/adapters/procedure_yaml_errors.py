"""What the YAML reader says, for a person: what is wrong, where it began, and the way out."""

from __future__ import annotations

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import ScalarToken

_QUOTE = "Zet de tekst tussen dubbele aanhalingstekens, of onder de sleutel achter '|'."
_COLON = "hier staat ': ' in een tekst, springt de regel te ver in, of mist de regel erboven een spatie achter de ':'."
_BRACES = "binnen { } mist een komma of een tekst met ': ' zijn aanhalingstekens, of de } aan het eind ontbreekt."
_NO_COLON = (
    "de regel hierboven is geen 'sleutel: waarde', of een tekst gaat op de volgende regel door zonder in te springen."
)
_AFTER = "na een tekst tussen aanhalingstekens staat nog iets, of een tekst springt minder in dan waar hij begon."
_INDENT = (
    "deze regel springt niet even ver in als de regels waar hij bij hoort, of een blok in een lijst mist zijn '-'."
)

# Part of what ruamel says (context and problem), and what to tell; the first that fits.
_MEANINGS = (
    ("found another document", "hier begint een tweede document ('---'). Een bestand is één procedure."),
    ("mapping values are not allowed", f"{_COLON} {_QUOTE}"),
    ("found character '\\t'", "hier staat een tab. Spring in met spaties."),
    ("that cannot start any token", f"een tekst begint met een teken dat in YAML iets anders betekent. {_QUOTE}"),
    ("expected alphabetic or numeric", f"een tekst begint met '*' of '&', en dat is in YAML een verwijzing. {_QUOTE}"),
    ("found undefined alias", f"een tekst begint met '*', en dat is in YAML een verwijzing. {_QUOTE}"),
    ("expected a comment or a line break", "achter '|' of '>' staat niets: de tekst begint op de volgende regel."),
    ("unknown escape character", "tussen dubbele aanhalingstekens is een \\ geen gewoon teken. Schrijf hem twee keer."),
    ("'}', but got '<stream end>'", "een { wordt nergens gesloten met }. Zet die erbij."),
    ("']', but got '<stream end>'", "een [ wordt nergens gesloten met ]. Zet die erbij."),
    ("expected ',' or '}'", f"{_BRACES} {_QUOTE}"),
    ("expected ',' or ']'", "binnen [ ] ontbreekt een komma, of de ] aan het eind. Zet die erbij."),
    ("could not find expected ':'", f"{_NO_COLON} {_QUOTE}"),
    ("expected <block end>, but found '<scalar>'", f"{_AFTER} {_QUOTE}"),
    ("expected <block end>", _INDENT),
    ("sequence entries are not allowed", f"een tekst begint met '- ', en dat is in YAML een lijst. {_QUOTE}"),
    ("expected the node content", f"hier hoort een waarde, maar er staat een leesteken. {_QUOTE}"),
)
_UNKNOWN = "kijk op deze regel en die erboven naar aanhalingstekens, dubbele punten en inspringen."


def explained(error: MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line to look at and what is wrong there, in Dutch."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    said = f"{error.context or ''} {error.problem or ''}"
    if "quoted scalar" in said and "end of stream" in said and error.context_mark:
        return error.context_mark.line + 1, _told(
            "het aanhalingsteken dat op deze regel opent, wordt nergens gesloten."
        )
    begun = _opened(text, line)
    if begun is not None:
        message = f"het aanhalingsteken dat op deze regel opent, sluit pas op regel {line}. Sluit het op de regel zelf."
        return begun, _told(message)
    return line, _told(next((meaning for part, meaning in _MEANINGS if part in said), _UNKNOWN))


def _told(meaning: str) -> str:
    return f"Dit is geen geldige YAML: {meaning}"


def _opened(text: str, line: int) -> int | None:
    """The line on which a text between quotes began that ends on `line`, where the reader got lost; None without."""
    try:
        for token in YAML(typ="safe", pure=True).scan(text):
            is_quoted = isinstance(token, ScalarToken) and token.style in ("'", '"')
            if is_quoted and token.end_mark.line + 1 == line and token.start_mark.line + 1 < line:
                return int(token.start_mark.line) + 1
            if token.start_mark.line + 1 > line:
                return None
    except YAMLError:
        return None  # the reader got lost here too; before it there was no such text
    return None
