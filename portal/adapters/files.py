"""The file store on a local disk: every byte counted and hashed, in place at once or not at all.

A file is written to `.partial/`, brought to the disk, and then linked under its key; nothing is ever
overwritten.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from portal.adapters.intake import FileSink, checked, missing, no_room
from portal.adapters.sealing import PIECE, Seal
from portal.faults import fault
from portal.services import Files, StoredFile

_PARTIAL = ".partial"


def open_files(url: str, integrity_key: bytes) -> Files:
    """The store that `url` names: a path or `file:` URL (local disk), or `s3://bucket/prefix`. Others: ValueError."""
    scheme = urlsplit(url).scheme if ":" in url else ""
    if scheme == "file":
        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost"):
            raise ValueError(f"STORAGE_URL: a file: URL names a folder here, not on {parts.netloc!r}")
        return LocalFiles(Path(unquote(parts.path)), integrity_key)
    if scheme == "s3":
        from portal.adapters.s3_files import open_s3  # boto3 costs memory and time that a folder need not pay

        return open_s3(url, integrity_key)
    if scheme:
        raise ValueError(f"STORAGE_URL: the store {scheme!r} is not available; use a folder, a file: or an s3: URL")
    return LocalFiles(Path(url), integrity_key)


class LocalFiles:
    """`services.Files` in a folder. The file system must know hard links and fsync (ext4, xfs, NFSv4 do).

    `integrity_key`: 32 secret bytes, the key-encryption key of the integrity compartment.
    """

    def __init__(self, root: Path, integrity_key: bytes) -> None:
        self._seal = Seal(integrity_key)
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

    def chunks(self, key: str) -> Generator[bytes]:
        path = self._existing(key)

        def pieces() -> Generator[bytes]:
            with _open(path) as source:
                while piece := source.read(PIECE):
                    yield piece

        return pieces()

    def unseal(self, key: str) -> Generator[bytes]:
        path = self._existing(key)

        def pieces() -> Generator[bytes]:
            with _open(path) as source:
                yield from self._seal.open(source, key)

        return pieces()

    def delete(self, key: str) -> None:
        path = self._path(key)
        fault("files.delete")
        with suppress(FileNotFoundError):
            path.unlink()
            _sync_folder(path.parent)
        fault("files.deleted")

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
        folder = self._path(prefix.rstrip("/")) if prefix else self._root
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if (
                    path.is_file()
                    and path.parent != self._partial
                    and datetime.fromtimestamp(path.stat().st_mtime, UTC) < older_than
                ):
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
            raise missing(key)
        return path

    def _path(self, key: str) -> Path:
        path = self._root / checked(key)
        # Whoever can write in the folder must not be able to point the portal at a file outside it.
        if os.path.realpath(path) != str(path):
            raise missing(key)
        return path


class _LocalSink(FileSink):
    """A file that has no name under the root yet."""

    def __init__(self, partial: Path, path: Path, key: str, limit: int, seal: Seal | None) -> None:
        self._path = path
        self._temporary = partial / secrets.token_hex(16)
        try:
            file = _open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except OSError as error:
            raise no_room() from error
        super().__init__(file, file, key, limit, seal)

    def _place(self, file: BinaryIO) -> None:
        fault("files.flushed")
        os.fsync(file.fileno())
        fault("files.synced")
        _make_folder(self._path.parent)
        # A link refuses an existing name where a rename would overwrite it without a word.
        os.link(self._temporary, self._path)
        fault("files.linked")
        _sync_folder(self._path.parent)
        fault("files.kept")

    def _drop(self) -> None:
        self._temporary.unlink(missing_ok=True)


def _open(path: Path, flags: int = os.O_RDONLY) -> BinaryIO:
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as error:
        raise missing(path.name) from error
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
