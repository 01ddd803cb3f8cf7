"""A ZIP archive that is written while it is sent: no more of it in memory than one piece.

Each file is first copied to a file without a name on this machine, so that neither a store nor a database waits for
whoever is downloading. What cannot be read becomes a note in its place; an archive that broke off has no directory,
so no program takes half of one for the whole.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from portal.domain.calendar import AMSTERDAM
from portal.errors import PortalError

PIECE = 64 * 1024
SUMS = "sha256sums.txt"

READ_ERRORS = (PortalError, OSError)


@dataclass(frozen=True)
class Entry:
    """One file: its path, and what gives its bytes once it is its turn. `is_packed`: it is worth compressing."""

    path: str
    content: Callable[[], Iterable[bytes]]
    is_packed: bool = False


class _Outlet:
    """What `zipfile` writes to: it cannot be wound back, and is emptied after each piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do: what is written is there."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def stream(entries: Iterable[Entry], at: datetime) -> Iterator[bytes]:
    """The archive in pieces, ending with `sha256sums.txt` as `sha256sum -c` reads it."""
    outlet, sums = _Outlet(), list[str]()
    with zipfile.ZipFile(outlet, "w", allowZip64=True) as archive:  # type: ignore[arg-type]
        for entry in entries:
            yield from _one(archive, outlet, entry, at, sums)
        yield from _one(archive, outlet, Entry(SUMS, lambda: ["\n".join([*sums, ""]).encode()]), at, [])
    yield outlet.take()


def _one(archive: zipfile.ZipFile, outlet: _Outlet, entry: Entry, at: datetime, sums: list[str]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as copied:
        path, digest = entry.path, hashlib.sha256()
        try:
            _copy(entry.content(), copied, digest.update)
        except READ_ERRORS:
            path, digest = f"{entry.path} - ONTBREEKT.txt", hashlib.sha256()
            copied.seek(0)
            copied.truncate()
            note = (
                f"{entry.path} kon nu niet worden gelezen. Download later opnieuw, of meld het aan de regio.\n".encode()
            )
            _copy([note], copied, digest.update)
        copied.seek(0)
        info = zipfile.ZipInfo(path, at.astimezone(AMSTERDAM).timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if entry.is_packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        with archive.open(info, "w", force_zip64=False) as target:
            while piece := copied.read(PIECE):
                target.write(piece)
                if sent := outlet.take():
                    yield sent
        sums.append(f"{digest.hexdigest()}  {path}")
    yield outlet.take()


def _copy(content: Iterable[bytes], target: BinaryIO, each: Callable[[bytes], None]) -> None:
    for piece in content:
        each(piece)
        target.write(piece)
