"""The blocks in which the texts of a case file are frozen, and an answer of any type as such a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.domain import wording
from portal.domain.case_file_words import GROUNDS
from portal.models import Requirement
from portal.terms import REGISTERS

Block = dict[str, Any]


def heading(text: str) -> Block:
    return {"type": "heading", "text": text}


def text(value: str) -> Block:
    return {"type": "text", "text": value}


def quote(value: str) -> Block:
    return {"type": "quote", "text": value}


def rows(pairs: Iterable[tuple[str, str]]) -> Block:
    return {"type": "rows", "rows": [[label, value] for label, value in pairs if value]}


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Block:
    return {"type": "table", "head": list(head), "rows": [list(one) for one in lines]}


def hidden(ground: str) -> Block:
    return {"type": "hidden", "text": f"Onleesbaar gemaakt. Grond: {GROUNDS[ground].label}."}


def at(moment: datetime | None) -> str:
    return wording.moment(moment, seconds=True) if moment is not None else ""


WORDS = {
    "text": "Tekst", "note": "Toelichting", "number": "Getal", "street": "Straat", "postal_code": "Postcode",
    "city": "Plaats", "municipality": "Gemeente", "registration": "Nummer", "holder": "Op naam van",
    "result": "Resultaat", "measured_by": "Meting", "target": "Streefwaarde", "by_when": "Termijn",
}  # fmt: skip


def said(value: Mapping[str, Any], requirement: Requirement) -> Iterator[tuple[str, str]]:
    """An answer of any type, as labels with texts."""
    options = {one["key"]: one["label"] for one in requirement.settings.get("options", [])}
    for key, one in value.items():
        match key:
            case "agreed":
                yield "Verklaard", "ja" if one else "nee"
            case "answer":
                yield "Antwoord", {"yes": "ja", "no": "nee"}.get(one, "")
            case "choices":
                yield "Keuze", ", ".join(options.get(chosen, chosen) for chosen in one)
            case "register":
                yield "Register", REGISTERS[one].label if one in REGISTERS else str(one)
            case "clients":
                yield from ((f"Cliënten {code}", str(count)) for code, count in one.items() if count is not None)
            case "goals":
                for goal, parts in one.items():
                    yield from ((f"{goal}: {WORDS.get(part, part)}", str(text)) for part, text in parts.items())
            case _:
                yield WORDS.get(key, key), "" if one is None else str(one)
