"""The file store on a local disk: every byte counted and hashed, in place at once or not at all.

A file is written to `.partial/`, brought to the disk, and then linked under its key; nothing is ever
overwritten. Sealed files hold ciphertext: 64 KiB segments of AES-256-GCM in the STREAM construction
(Hoang, Reyhanitabar, Rogaway, Vizár 2015), under a key of their own that the integrity key wraps (RFC 3394).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import struct
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from portal import errors
from portal.services import Files, StoredFile

PIECE = 64 * 1024

_KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]*(?:/[a-z0-9_-][a-z0-9._-]*)*", re.ASCII)
_PARTIAL = ".partial"

# Header of a sealed file: magic, fingerprint of the integrity key, wrapped data key, nonce prefix.
_MAGIC = b"VDZEGEL1"
_HEADER = struct.Struct(">8s8s40s7s")
_TAG = 16


def open_files(url: str, integrity_key: bytes) -> Files:
    """The store that `url` names: a path or `file:` URL (local disk). Other schemes raise ValueError."""
    scheme = urlsplit(url).scheme if ":" in url else ""
    if scheme == "file":
        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost"):
            raise ValueError(f"STORAGE_URL: a file: URL names a folder here, not on {parts.netloc!r}")
        return LocalFiles(Path(unquote(parts.path)), integrity_key)
    if scheme:
        raise ValueError(f"STORAGE_URL: the store {scheme!r} is not available; use a folder or a file: URL")
    return LocalFiles(Path(url), integrity_key)


class LocalFiles:
    """`services.Files` in a folder. The file system must know hard links and fsync (ext4, xfs, NFSv4 do).

    `integrity_key`: 32 secret bytes, the key-encryption key of the integrity compartment.
    """

    def __init__(self, root: Path, integrity_key: bytes) -> None:
        if len(integrity_key) != 32:
            raise ValueError("the integrity key has 32 bytes")
        self._seal = _Seal(integrity_key)
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._root = root.resolve()
        self._partial = self._root / _PARTIAL
        _make_folder(self._partial)

    def sink(self, key: str, *, limit: int, sealed: bool = False) -> _LocalSink:
        path = self._path(key)
        return _LocalSink(self._partial, path, key, limit, self._seal if sealed else None)

    def put(self, key: str, data: bytes) -> StoredFile:
        if self.exists(key):
            return self._describe(key)
        sink = self.sink(key, limit=len(data))
        sink.write(data)
        try:
            return sink.finish()
        except FileExistsError:
            return self._describe(key)

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def read(self, key: str) -> bytes:
        return b"".join(self.chunks(key))

    def chunks(self, key: str) -> Iterator[bytes]:
        path = self._existing(key)

        def pieces() -> Iterator[bytes]:
            with _open(path) as source:
                while piece := source.read(PIECE):
                    yield piece

        return pieces()

    def unseal(self, key: str) -> Iterator[bytes]:
        path = self._existing(key)

        def pieces() -> Iterator[bytes]:
            with _open(path) as source:
                yield from self._seal.open(source, key)

        return pieces()

    def delete(self, key: str) -> None:
        path = self._path(key)
        with suppress(FileNotFoundError):
            path.unlink()
            _sync_folder(path.parent)

    def sweep(self, older_than: datetime) -> int:
        """Remove what unfinished uploads left before `older_than` (aware). Returns how many were removed."""
        removed = 0
        for leftover in self._partial.iterdir():
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(leftover.stat().st_mtime, UTC) < older_than:
                    leftover.unlink()
                    removed += 1
        return removed

    def keys(self, prefix: str, older_than: datetime) -> Iterator[str]:
        folder = self._path(prefix.rstrip("/"))
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) < older_than:
                    yield str(path.relative_to(self._root))

    def _describe(self, key: str) -> StoredFile:
        digest, size = hashlib.sha256(), 0
        for piece in self.chunks(key):
            digest.update(piece)
            size += len(piece)
        return StoredFile(key, digest.hexdigest(), size)

    def _existing(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise errors.FileMissing("Bestand %(key)s ontbreekt in de opslag.", key=key)
        return path

    def _path(self, key: str) -> Path:
        if not (len(key) <= 200 and _KEY.fullmatch(key)):
            raise ValueError(f"not a storage key: {key!r}")
        path = self._root / key
        # Whoever can write in the folder must not be able to point the portal at a file outside it.
        if os.path.realpath(path) != str(path):
            raise errors.FileMissing("Bestand %(key)s ontbreekt in de opslag.", key=key)
        return path


class _LocalSink:
    """`services.Sink` on a file that has no name under the root yet."""

    def __init__(self, partial: Path, path: Path, key: str, limit: int, seal: _Seal | None) -> None:
        self._path, self._key, self._limit = path, key, limit
        self._temporary = partial / secrets.token_hex(16)
        self._digest, self._size = hashlib.sha256(), 0
        try:
            self._file: BinaryIO | None = _open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except OSError as error:
            raise _no_room() from error
        self._sealing = seal.start(self._file, key) if seal else None

    def write(self, chunk: bytes) -> int:
        if self._file is None:
            raise ValueError("this sink is finished or abandoned")
        if self._size + len(chunk) > self._limit:
            self.abandon()
            raise errors.FileTooLarge(
                "too_large",
                "Dit bestand is groter dan %(megabytes)s MB. Maak het kleiner, bijvoorbeeld door een scan"
                " met een lagere resolutie te bewaren, of deel het op. Upload het daarna opnieuw.",
                megabytes=f"{self._limit / 1_000_000:g}".replace(".", ","),
            )
        self._size += len(chunk)
        self._digest.update(chunk)
        try:
            (self._sealing or self._file).write(chunk)
        except OSError as error:
            self.abandon()
            raise _no_room() from error
        return len(chunk)

    def finish(self) -> StoredFile:
        """As the protocol says. Raises FileExistsError when the key is taken: nothing is overwritten."""
        if self._file is None:
            raise ValueError("this sink is finished or abandoned")
        try:
            if self._sealing:
                self._sealing.finish()
            self._file.flush()
            os.fsync(self._file.fileno())
            _make_folder(self._path.parent)
            # A link refuses an existing name where a rename would overwrite it without a word.
            os.link(self._temporary, self._path)
            _sync_folder(self._path.parent)
        except FileExistsError:
            raise
        except OSError as error:
            raise _no_room() from error
        finally:
            self.abandon()
        return StoredFile(self._key, self._digest.hexdigest(), self._size)

    def abandon(self) -> None:
        if self._file is not None:
            # Closing flushes, which fails on a full disk; the file goes away all the same.
            with suppress(OSError):
                self._file.close()
            self._file = None
            self._temporary.unlink(missing_ok=True)


class _Seal:
    """Makes and opens sealed files under one integrity key."""

    def __init__(self, integrity_key: bytes) -> None:
        self._key = integrity_key
        self._fingerprint = hashlib.sha256(b"voordeur integrity key" + integrity_key).digest()[:8]

    def start(self, target: BinaryIO, key: str) -> _Sealing:
        data_key, prefix = AESGCM.generate_key(256), secrets.token_bytes(7)
        header = _HEADER.pack(_MAGIC, self._fingerprint, aes_key_wrap(self._key, data_key), prefix)
        target.write(header)
        return _Sealing(target, AESGCM(data_key), prefix, header + key.encode())

    def open(self, source: BinaryIO, key: str) -> Iterator[bytes]:
        header = source.read(_HEADER.size)
        if len(header) < _HEADER.size:
            raise _damaged(key)
        magic, fingerprint, wrapped, prefix = _HEADER.unpack(header)
        if magic != _MAGIC or fingerprint != self._fingerprint:
            raise _damaged(key)
        try:
            cipher = AESGCM(aes_key_unwrap(self._key, wrapped))
            number, segment = 0, source.read(PIECE + _TAG)
            while True:
                following = source.read(PIECE + _TAG)
                plain = cipher.decrypt(_nonce(prefix, number, not following), segment, header + key.encode())
                if plain:
                    yield plain
                if not following:
                    return
                number, segment = number + 1, following
        except (InvalidTag, InvalidUnwrap) as error:
            raise _damaged(key) from error


class _Sealing:
    """One file being sealed. The last segment is marked, so a file cut off between segments is noticed."""

    def __init__(self, target: BinaryIO, cipher: AESGCM, prefix: bytes, bound_to: bytes) -> None:
        self._target, self._cipher, self._prefix, self._bound_to = target, cipher, prefix, bound_to
        self._waiting, self._number = bytearray(), 0

    def write(self, chunk: bytes) -> None:
        self._waiting += chunk
        while len(self._waiting) > PIECE:
            self._segment(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]

    def finish(self) -> None:
        self._segment(bytes(self._waiting), is_last=True)

    def _segment(self, plain: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, is_last)
        self._target.write(self._cipher.encrypt(nonce, plain, self._bound_to))
        self._number += 1


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + struct.pack(">I?", number, is_last)


def _damaged(key: str) -> errors.FileDamaged:
    return errors.FileDamaged("Bestand %(key)s is niet meer zoals het is bewaard.", key=key)


def _no_room() -> errors.Unavailable:
    return errors.Unavailable(
        "Wij kunnen dit bestand nu niet bewaren. Er is niets van opgeslagen. Probeer het over een paar minuten opnieuw."
    )


def _open(path: Path, flags: int = os.O_RDONLY) -> BinaryIO:
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as error:
        raise errors.FileMissing("Bestand %(key)s ontbreekt in de opslag.", key=path.name) from error
    return os.fdopen(descriptor, "rb" if flags == os.O_RDONLY else "wb")


def _make_folder(folder: Path) -> None:
    """Make `folder` so that it survives a power cut: each new folder's entry is brought to the disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
