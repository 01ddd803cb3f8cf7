"""A file that is only looked at: its checksum, and its bytes while they are few. It is never stored."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

KEPT = 6_000_000
"""Bytes of one file that are held while the request lasts: enough for the PDF of any receipt."""


class Fingerprint(BytesIO):
    """Takes in a file of any size, keeps its SHA-256 and its size, and the bytes only while they are few."""

    def __init__(self) -> None:
        super().__init__()
        self.size, self._hashed = 0, hashlib.sha256()

    def write(self, chunk: Any) -> int:
        self.size += len(chunk)
        self._hashed.update(chunk)
        if self.size <= KEPT:
            super().write(chunk)
        else:
            self.truncate(0)
        return len(chunk)

    @property
    def sha256(self) -> str:
        return self._hashed.hexdigest()
