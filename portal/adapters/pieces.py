"""A file that is still coming in, as pieces in the store: `pieces/<upload>/<offset>-<length>`.

A piece is there whole or not at all, so how far a file is follows from which pieces are there: no row counts it, and
any web process can go on. A piece of a sealed kind is sealed while it arrives, as the file itself would be.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from portal import errors
from portal.faults import fault
from portal.services import Files
from portal.terms import N_

FOLDER = "pieces/"
LARGEST = 1 << 20
"""Bytes of one piece where nothing says how many go together: what a broken line costs at most."""

ALGORITHMS = ("sha256", "sha1")
_READ = 64 * 1024
_EVER = datetime.max.replace(tzinfo=UTC)


class Source(Protocol):
    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""


class Checksum(NamedTuple):
    """What the sender says the bytes of one request hash to."""

    algorithm: str
    digest: bytes


class _Piece(NamedTuple):
    offset: int
    length: int
    key: str


def checksum(header: str) -> Checksum | None:
    """The header `Upload-Checksum` of tus, such as 'sha256 47DEQ…='; None when there is none. Raises ValueError."""
    if not header:
        return None
    algorithm, _, text = header.partition(" ")
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64 in Upload-Checksum") from error
    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise ValueError("an unknown algorithm in Upload-Checksum")
    return Checksum(algorithm, digest)


def _chain(files: Files, upload_id: str, older_than: datetime = _EVER) -> list[_Piece]:
    """The pieces that join from the first byte on; of those that begin at one place the longest."""
    found: dict[int, _Piece] = {}
    for key in files.keys(f"{FOLDER}{upload_id}/", older_than):
        offset, length = (int(one) for one in key.rpartition("/")[2].split("-"))
        if offset not in found or found[offset].length < length:
            found[offset] = _Piece(offset, length, key)
    chain, reached = [], 0
    while reached in found:
        chain.append(found[reached])
        reached += found[reached].length
    return chain


def received(files: Files, upload_id: str) -> int:
    """How many bytes, from the first one on, are in the store."""
    return sum(one.length for one in _chain(files, upload_id))


def keep(
    files: Files, upload_id: str, offset: int, source: Source, length: int, *, sealed: bool, says: Checksum | None
) -> int:
    """Take the next `length` bytes into the store; gives how many there are then.

    With a checksum they count together or not at all: `errors.ChecksumMismatch`. Without one they are kept by pieces
    of at most `LARGEST`, so that a line that breaks half-way loses no more than that. What `source` raises goes on up.
    """
    most = length if says else LARGEST
    digest = hashlib.new(says.algorithm, usedforsecurity=False) if says else None
    end = offset + length
    while offset < end:
        size = min(most, end - offset)
        sink = files.sink(f"{FOLDER}{upload_id}/{offset:010d}-{size:010d}", limit=size, sealed=sealed)
        try:
            for chunk in _exactly(source, size):
                sink.write(chunk)
                if digest:
                    digest.update(chunk)
            if says and digest and digest.digest() != says.digest:
                raise errors.ChecksumMismatch(N_("Dit deel van het bestand kwam beschadigd aan. Stuur het opnieuw."))
            fault("pieces.received")
            with suppress(FileExistsError):  # the same piece, sent twice at once
                sink.finish()
        finally:
            sink.abandon()
        fault("pieces.kept")
        offset += size
    return offset


def _exactly(source: Source, size: int) -> Iterator[bytes]:
    while size:
        chunk = source.read(min(_READ, size))
        if not chunk:
            raise EOFError("the line broke before the piece was complete")
        size -= len(chunk)
        yield chunk


def joined(files: Files, upload_id: str, *, sealed: bool) -> Iterator[bytes]:
    """All bytes that are there, in order."""
    opened: Callable[[str], Iterator[bytes]] = files.unseal if sealed else files.chunks
    for piece in _chain(files, upload_id):
        with closing(opened(piece.key)) as chunks:  # type: ignore[type-var]
            yield from chunks


def is_idle(files: Files, upload_id: str, since: datetime) -> bool:
    """Whether no piece came in at or after `since`."""
    prefix = f"{FOLDER}{upload_id}/"
    return set(files.keys(prefix, _EVER)) == set(files.keys(prefix, since))


def keys(files: Files, upload_id: str) -> list[str]:
    """Every piece in the store, also those that do not join."""
    return list(files.keys(f"{FOLDER}{upload_id}/", _EVER))


def ownerless(files: Files, older_than: datetime) -> Iterator[tuple[str, str]]:
    """Key and upload of every piece that is in the store since before `older_than`."""
    for key in files.keys(FOLDER, older_than):
        yield key, key.split("/")[1]
