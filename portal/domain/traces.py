"""What in a text may give away who wrote it: advice to the writer, and the last check before publishing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from portal.domain.reaction_notes import core_of
from portal.models import Organisation

_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_PHONE = re.compile(r"(?<!\w)(?:\+31|0031|0)(?:[ .()-]*\d){9}(?!\d)")


@dataclass(frozen=True)
class Trace:
    """`kind` is a key of `terms.TRACES`; `words` stand so in the text."""

    kind: str
    words: str


def found(text: str, organisation: Organisation) -> list[Trace]:
    """The traces of this organisation in a text, in the order of `terms.TRACES`, each once.

    Mail addresses and telephone numbers are traces whoever they belong to. Of a colleague the whole name is looked
    for, and each part of it of four letters or more that is written with a capital.
    """
    return list(dict.fromkeys(_all(text, organisation)))


def _all(text: str, organisation: Organisation) -> Iterator[Trace]:
    names = [name for name in (organisation.name, core_of(organisation.name)) if len(name) > 3]
    # the whole name first; without its legal form only where the whole one does not stand
    yield from next((hits for name in names if (hits := list(_matches("name", _words(name, re.IGNORECASE), text)))), [])
    number = r"[ .]?".join(organisation.kvk_number)
    if number:
        yield from _matches("kvk", re.compile(rf"(?<!\d){number}(?!\d)"), text)
    yield from _matches("mail", _MAIL, text)
    yield from _matches("phone", _PHONE, text)
    for person in organisation.users:
        whole = list(_matches("person", _words(person.name, re.IGNORECASE), text))
        yield from whole
        parts = [part for part in person.name.split() if len(part) > 3 and part[0].isupper()]
        for part in parts if not whole else ():
            yield from _matches("person", _words(part), text)


def _words(name: str, flags: int = 0) -> re.Pattern[str]:
    whole = r"\s+".join(re.escape(part) for part in name.split())
    return re.compile(rf"(?<!\w){whole}(?!\w)", flags)


def _matches(kind: str, pattern: re.Pattern[str], text: str) -> Iterator[Trace]:
    for match in pattern.finditer(text):
        yield Trace(kind, " ".join(match.group().split()))
