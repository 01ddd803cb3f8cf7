"""What stands in an uploaded document: its text layer and its digital signatures, read by a confined child process.

The portal itself never parses what a stranger sent, and neither does the worker. Nothing is fetched from a network.
Reasons and limits: `docs/decisions/0034-machine-reading.md` and `0035-signatures-of-others.md`.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem

from portal.adapters.inspection import WALL, SandboxedInspector
from portal.errors import FileRefused
from portal.services import ReadContent, ReadSignature

_CHILD = Path(__file__).with_name("reading_child.py")


class SandboxedReader(SandboxedInspector):
    """`services.Reader`: one child process for the words, and one more for a file with signatures.

    `certificates` is PEM: the issuers whose signatures are trusted.
    """

    child = _CHILD

    def __init__(
        self, certificates: bytes = b"", *, at_once: int = 2, wall: float = WALL, patience: float = 20
    ) -> None:
        super().__init__(at_once=at_once, wall=wall, patience=patience)
        self._roots = roots_in(certificates) if certificates else []

    def read(self, data: Iterator[bytes], now: datetime) -> ReadContent:
        content = b"".join(data)
        line, _ = self._ask(iter([content]), "words")
        pages = tuple(plain(one) for one in line["pages"])
        found = self._signatures(content, now) if line["is_signed"] else ()
        about = {name: plain(one) if isinstance(one, str) else one for name, one in line["properties"].items()}
        return ReadContent(pages, int(line["total"]), found or (), is_signed_unread=found is None, properties=about)

    def _signatures(self, content: bytes, now: datetime) -> tuple[ReadSignature, ...] | None:
        """None: they are there, and could not be judged."""
        asked = {"roots": [base64.b64encode(one).decode() for one in self._roots], "now": now.isoformat()}
        try:
            line, _ = self._ask(iter([json.dumps(asked).encode() + b"\n", content]), "signatures")
        except FileRefused:
            return None
        return tuple(_signature(one) for one in line["signatures"])


def _signature(said: dict[str, Any]) -> ReadSignature:
    return ReadSignature(
        signer=plain(said["signer"]),
        organisation=plain(said["organisation"]),
        issuer=plain(said["issuer"]),
        signed_at=datetime.fromisoformat(said["signed_at"]) if said["signed_at"] else None,
        is_time_vouched=said["is_time_vouched"],
        is_trusted=said["is_trusted"],
        is_whole=said["is_whole"],
    )


def plain(text: str) -> str:
    """Text without control and direction characters: they can hide or turn around what a person sees. Lines stay."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    return "\n".join("".join(char for char in line if unicodedata.category(char)[0] != "C") for line in lines)


def roots_in(certificates: bytes) -> list[bytes]:
    """The certificates of a PEM file, as DER. Raises ValueError when there are none."""
    return [der for _, _, der in pem.unarmor(certificates, multiple=True)]
