"""Where backups lie: a file store of their own (a folder or a bucket), everything in it sealed and never overwritten.

runs/<run>/secret     the secret of one run, wrapped for the holder of the private part
runs/<run>/rows       every row of the database, compressed
runs/<run>/keys       the portal's own keys, unless they are left out
runs/<run>/objects/…  the files that this run was the first to copy
backups/<run>/objects the list of every file that belongs to this backup, also those of earlier runs
backups/<run>/manifest what is in it, signed; written last: without it there is no backup
backups/<run>/own-…   list and manifest once more, for the portal itself: names and digests, no content
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.adapters.backup_keys import PrivatePart, ServerPart, is_signed_by
from portal.adapters.sealing import Seal
from portal.errors import FileDamaged, NotFound
from portal.services import Files

FORMAT = 1
LIMIT = 1 << 50
"""No file of a backup is too large."""

EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Written:
    """A file in the target: its name, and size and SHA-256 of the plain bytes and of the bytes as they lie there."""

    name: str
    sha256: str
    size: int
    stored_sha256: str
    stored_size: int


def new_run(moment: datetime) -> str:
    """A name for a run that sorts by time."""
    return f"{moment:%Y%m%dt%H%M%S%fz}-{secrets.token_hex(4)}"


class Pieces:
    """Chunks of any size, read as somebody asks for them; counts and hashes what went by."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._left = chunks, bytearray()
        self._digest, self.size = hashlib.sha256(), 0

    def read(self, size: int, /) -> bytes:
        while len(self._left) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._digest.update(chunk)
            self.size += len(chunk)
            self._left += chunk
        piece = bytes(self._left[:size])
        del self._left[:size]
        return piece

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Counting:
    """A sink under a sealing: counts what reaches the store."""

    def __init__(self, sink: Any) -> None:
        self.sink, self.size = sink, 0

    def write(self, data: bytes, /) -> int:
        self.size += len(data)
        return int(self.sink.write(data))


class BackupStore:
    """Reads and writes sealed files in a store."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def write(self, name: str, secret: bytes, chunks: Iterable[bytes]) -> Written:
        """Seal `chunks` under `name`. Nothing is there before all of it is."""
        target = Counting(self.files.sink(name, limit=LIMIT))
        digest, size = hashlib.sha256(), 0
        try:
            sealing = Seal(secret).start(target, name)
            for chunk in chunks:
                sealing.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            sealing.finish()
            stored = target.sink.finish()
        finally:
            target.sink.abandon()
        return Written(name, digest.hexdigest(), size, stored.sha256, target.size)

    def read(self, name: str, secret: bytes) -> Iterator[bytes]:
        """The plain bytes, each piece verified. Raises `errors.FileDamaged` and `errors.FileMissing`."""
        yield from Seal(secret).open(Pieces(self.files.chunks(name)), name)

    def whole(self, name: str, secret: bytes) -> bytes:
        return b"".join(self.read(name, secret))

    def digest_of_stored(self, name: str) -> str:
        """SHA-256 of the bytes as they lie in the target. Needs no key."""
        digest = hashlib.sha256()
        for chunk in self.files.chunks(name):
            digest.update(chunk)
        return digest.hexdigest()

    def names(self, prefix: str) -> Iterator[str]:
        return self.files.keys(prefix, EVER)

    def backups(self) -> list[str]:
        """The backups that were finished, oldest first."""
        return sorted({name.split("/")[1] for name in self.names("backups/") if name.endswith("/manifest")})

    def secret(self, key: PrivatePart, run: str) -> bytes:
        return key.unwrap(self.files.read(f"runs/{run}/secret"), run)

    def manifest(self, run: str, key: PrivatePart) -> dict[str, Any]:
        """What the backup says of itself, for the holder of the private part. Raises as `_checked` does."""
        return _checked(self.whole(f"backups/{run}/manifest", self.secret(key, run)), key.verifying, run)

    def own_manifest(self, run: str, key: ServerPart) -> dict[str, Any]:
        """The same, for the portal that wrote it."""
        return _checked(self.whole(f"backups/{run}/own-manifest", key.own_secret), key.verifying, run)

    def listed(self, name: str, secret: bytes) -> Iterator[dict[str, Any]]:
        """The lines of a list of files."""
        for line in lines(self.read(name, secret)):
            yield json.loads(line)

    def choose(self, run: str | None) -> str:
        """The backup that was asked for, else the last. Raises `NotFound`."""
        found = self.backups()
        if not found or (run is not None and run not in found):
            raise NotFound("Hier is geen reservekopie%(which)s.", which=f" {run}" if run else "")
        return run or found[-1]


def signed(manifest: dict[str, Any], key: ServerPart) -> bytes:
    """The manifest with its signature, as it is written."""
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=False)
    return json.dumps({"manifest": text, "signature": key.sign(text.encode()).hex()}).encode()


def _checked(envelope: bytes, key: Ed25519PublicKey, run: str) -> dict[str, Any]:
    """Raises `errors.FileDamaged` when another portal, or somebody else, wrote this manifest."""
    found = json.loads(envelope)
    manifest: dict[str, Any] = json.loads(found["manifest"])
    if not is_signed_by(key, found["manifest"].encode(), bytes.fromhex(found["signature"])) or manifest["run"] != run:
        raise FileDamaged("Reservekopie %(run)s is niet door dit portaal ondertekend.", run=run)
    return manifest


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines out of pieces of any size."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest
