"""What every file store does with the bytes it receives: bound them, count and hash them, seal them on the way."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import BinaryIO

from portal import errors
from portal.adapters.sealing import Seal, Target
from portal.faults import fault
from portal.services import StoredFile
from portal.terms import N_

_KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]*(?:/[a-z0-9_-][a-z0-9._-]*)*", re.ASCII)


def checked(key: str) -> str:
    """`key` when it is one that the portal makes: lower-case segments, no dot in front. Raises ValueError."""
    if not (len(key) <= 200 and _KEY.fullmatch(key)):
        raise ValueError(f"not a storage key: {key!r}")
    return key


class Intake:
    """The bytes of one file on their way to `target`. At most `limit` plain bytes; the digest is of those too."""

    def __init__(self, target: Target, key: str, limit: int, seal: Seal | None) -> None:
        self._target, self._key, self._limit = target, key, limit
        self._sealing = seal.start(target, key) if seal else None
        self._digest, self._size = hashlib.sha256(), 0

    def write(self, chunk: bytes) -> int:
        if self._size + len(chunk) > self._limit:
            raise errors.FileTooLarge(
                "too_large",
                N_(
                    "Dit bestand is groter dan %(megabytes)s MB. Maak het kleiner, bijvoorbeeld door een scan"
                    " met een lagere resolutie te bewaren, of deel het op. Upload het daarna opnieuw."
                ),
                megabytes=f"{self._limit / 1_000_000:g}".replace(".", ","),
            )
        self._size += len(chunk)
        self._digest.update(chunk)
        fault("files.write")
        (self._sealing or self._target).write(chunk)
        return len(chunk)

    def finish(self) -> StoredFile:
        """The last bytes to the target; what the file is."""
        if self._sealing:
            self._sealing.finish()
        return StoredFile(self._key, self._digest.hexdigest(), self._size)


class FileSink(ABC):
    """`services.Sink` by way of a file of our own. How it gets its key is the store's: `_place`."""

    def __init__(self, file: BinaryIO, target: Target, key: str, limit: int, seal: Seal | None) -> None:
        self._file: BinaryIO | None = file
        self._intake = Intake(target, key, limit, seal)

    def write(self, chunk: bytes) -> int:
        if self._file is None:
            raise ValueError("this sink is finished or abandoned")
        try:
            return self._intake.write(chunk)
        except errors.FileTooLarge:
            self.abandon()
            raise
        except OSError as error:
            self.abandon()
            raise no_room() from error

    def finish(self) -> StoredFile:
        """As the protocol says. Raises FileExistsError when the key is taken: nothing is overwritten."""
        if self._file is None:
            raise ValueError("this sink is finished or abandoned")
        try:
            stored = self._intake.finish()
            self._file.flush()
            self._place(self._file)
        except FileExistsError:
            raise
        except OSError as error:
            raise no_room() from error
        finally:
            self.abandon()
        return stored

    def abandon(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            # Closing flushes, which fails on a full disk; the file goes away all the same.
            with suppress(OSError):
                file.close()
            self._drop()

    @abstractmethod
    def _place(self, file: BinaryIO) -> None:
        """Give what is in `file` its key, for good. Raises FileExistsError when the key is taken."""

    def _drop(self) -> None:  # noqa: B027 - mostly nothing stays behind
        """Remove what closing the file leaves behind."""


def no_room() -> errors.Unavailable:
    return errors.Unavailable(
        N_(
            "Wij kunnen dit bestand nu niet bewaren. Er is niets van opgeslagen. "
            "Probeer het over een paar minuten opnieuw."
        )
    )


def missing(key: str) -> errors.FileMissing:
    return errors.FileMissing("Bestand %(key)s ontbreekt in de opslag.", key=key)
