"""Looking at uploaded files: the rules, in Dutch, and a confined child process that reads the bytes.

The portal itself never parses what a stranger sent. Policy and limits: `docs/decisions/0004-inspection.md`.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from portal import errors
from portal.adapters.forks import Forks
from portal.services import Box, Inspection, Line, Sheet
from portal.terms import N_

WALL = 30  # seconds, waiting for a place excluded
SUFFIXES = ("pdf", "jpg", "jpeg", "png")

_CHILD = Path(__file__).with_name("inspection_child.py")
_COMBINING = Path(__file__).with_name("combining_child.py")

# Rule: what is wrong, and the way out.
_RULES = {
    "empty": N_("Dit bestand is leeg. Maak of bewaar het opnieuw en upload het daarna nog een keer."),
    "type": N_(
        "Wij kunnen bestanden van het type '%(suffix)s' niet aannemen. Bewaar het bestand als PDF, of een"
        " scan als JPEG of PNG, en upload het opnieuw."
    ),
    "content": N_(
        "De inhoud van dit bestand klopt niet met de naam: de naam eindigt op .%(suffix)s, maar er zit "
        "iets anders in. Open het bestand, bewaar het als PDF en upload het opnieuw."
    ),
    "unreadable": N_(
        "Deze PDF is beschadigd en niet te lezen. Maak de PDF opnieuw (bijvoorbeeld met 'Afdrukken naar "
        "PDF') en upload het bestand opnieuw."
    ),
    "broken": N_(
        "Deze afbeelding is beschadigd en niet te lezen. Maak de scan of foto opnieuw en upload het bestand opnieuw."
    ),
    "password": N_(
        "Deze PDF gaat alleen open met een wachtwoord. Bewaar de PDF zonder wachtwoord en upload het bestand opnieuw."
    ),
    "active": N_(
        "Deze PDF bevat een onderdeel dat zelf iets uitvoert (%(what)s). Druk het document af naar een "
        "nieuwe PDF en upload die."
    ),
    "attachment": N_(
        "Aan deze PDF hangt een bijlage die een programma kan zijn (%(name)s). Verwijder de bijlage en "
        "upload de PDF opnieuw."
    ),
    "pages": N_(
        "Deze PDF heeft %(pages)s bladzijden; wij nemen er ten hoogste 2000 aan. Deel het document op en "
        "upload de delen."
    ),
    "page_size": N_(
        "Een bladzijde van dit bestand is te groot om te tonen. Bewaar het op A4 of A3 en upload het opnieuw."
    ),
    "pixels": N_(
        "Deze afbeelding heeft te veel beeldpunten. Bewaar de scan met een lagere resolutie (300 dpi is "
        "ruim voldoende) en upload het bestand opnieuw."
    ),
    "heavy": N_(
        "Dit bestand is te ingewikkeld om te controleren. Druk het af naar een nieuwe PDF, of deel het "
        "op, en upload het opnieuw."
    ),
    "no_page": N_("Deze bladzijde bestaat niet: het bestand heeft %(pages)s bladzijde(n)."),
}


class SandboxedInspector:
    """`services.Inspector` with one child process per question, at most `at_once` at the same time.

    Whoever waits longer than `patience` seconds for its turn hears that it is too busy: a queue that only grows would
    in the end hold every thread of the web server.
    """

    child = _CHILD

    def __init__(self, *, at_once: int = 4, wall: float = WALL, patience: float = 20) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._wall, self._patience = wall, patience
        self._children, self._combining = Forks(self.child), Forks(_COMBINING)

    def inspect(self, data: Iterator[bytes], filename: str) -> Inspection:
        name, dot, suffix = filename.strip().rpartition(".")
        suffix = suffix.lower()
        if not (name and dot and suffix in SUFFIXES):
            _refuse("type", suffix=suffix[:10] if dot else "zonder naam")
        line, _ = self._ask(data, "inspect", suffix)
        return Inspection(line["content_type"], line["pages"])

    def page(self, data: Iterator[bytes], number: int, width: int) -> bytes:
        return self._ask(data, "page", str(number), str(width))[1]

    def sheet(
        self, data: Iterator[bytes], number: int, width: int, *, form: str = "ANY", boxes: Sequence[Box] = ()
    ) -> Sheet:
        asked = json.dumps([list(one) for one in boxes])
        line, picture = self._ask(data, "sheet", str(number), str(width), form, asked)
        lines = tuple(Line(_plain(text), *place) for text, *place in line["lines"])
        return Sheet(picture, line["width"], line["height"], lines)

    def attached(self, data: Iterator[bytes], *names: str) -> dict[str, bytes]:
        line, _ = self._ask(data, "attached", *names)
        return {name: base64.b64decode(text) for name, text in line["attached"].items()}

    def combine(self, pictures: Sequence[Iterator[bytes]]) -> bytes:
        lengths: list[int] = []

        def counted(picture: Iterator[bytes]) -> Iterator[bytes]:
            lengths.append(0)
            for piece in picture:
                lengths[-1] += len(piece)
                yield piece

        # The child learns where one picture ends from the last bytes, for only then is it known here.
        def ends() -> Iterator[bytes]:
            yield b"".join(length.to_bytes(8, "big") for length in lengths)

        return self._ask(chain(*map(counted, pictures), ends()), "combine", str(len(pictures)))[1]

    def _ask(self, data: Iterator[bytes], task: str, *arguments: str) -> tuple[dict[str, Any], bytes]:
        with _unnamed_file() as source:
            for piece in data:
                source.write(piece)
            source.flush()
            source.seek(0)
            if not self._places.acquire(timeout=self._patience):
                raise errors.Unavailable(
                    N_(
                        "Het is nu erg druk. Wij konden dit bestand niet controleren en hebben het niet bewaard. "
                        "Probeer het over een halve minuut opnieuw."
                    )
                )
            try:
                children = self._combining if task == "combine" else self._children
                answer = children.run(source, self._wall, task, *arguments)
            finally:
                self._places.release()
        line, _, payload = answer.partition(b"\n")
        try:
            reply = json.loads(line)
        except ValueError:
            _refuse("heavy")
        if "refused" in reply:
            facts = (
                {"suffix": arguments[0] if task == "inspect" else "pdf"}
                if reply["refused"] == "content"
                else reply["facts"]
            )
            _refuse(reply["refused"], **facts)
        return reply, payload


def _plain(text: str) -> str:
    """Without control and direction characters: they can hide or turn around what a person sees."""
    return "".join(char for char in text if unicodedata.category(char)[0] != "C")


def _unnamed_file() -> BinaryIO:
    # Evidence must not be left readable on a disk: memory where Linux has it, else a file without a name.
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("inspection", os.MFD_CLOEXEC), "w+b")
    return tempfile.TemporaryFile()


def _refuse(rule: str, **facts: object) -> NoReturn:
    raise errors.FileRefused(rule, _RULES[rule], **facts)
