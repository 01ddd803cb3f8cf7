"""Sealed files: ciphertext in which every change shows, whichever store keeps it.

Segments of 64 KiB under AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), with a
key of their own per file that the integrity key wraps (RFC 3394).
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from portal import errors

PIECE = 64 * 1024

# Header of a sealed file: magic, fingerprint of the integrity key, wrapped data key, nonce prefix.
_MAGIC = b"VDZEGEL1"
_HEADER = struct.Struct(">8s8s40s7s")
_TAG = 16


class Target(Protocol):
    def write(self, data: bytes, /) -> int: ...


class Source(Protocol):
    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""


class Seal:
    """Makes and opens sealed files under one integrity key (32 secret bytes)."""

    def __init__(self, integrity_key: bytes) -> None:
        if len(integrity_key) != 32:
            raise ValueError("the integrity key has 32 bytes")
        self._key = integrity_key
        self._fingerprint = hashlib.sha256(b"voordeur integrity key" + integrity_key).digest()[:8]

    def start(self, target: Target, key: str) -> Sealing:
        """A file sealed into `target`, bound to the storage `key`: under another key it does not open."""
        data_key, prefix = AESGCM.generate_key(256), secrets.token_bytes(7)
        header = _HEADER.pack(_MAGIC, self._fingerprint, aes_key_wrap(self._key, data_key), prefix)
        target.write(header)
        return Sealing(target, AESGCM(data_key), prefix, header + key.encode())

    def open(self, source: Source, key: str) -> Iterator[bytes]:
        """The plain bytes, each segment verified before it is released. Raises `errors.FileDamaged`."""
        header = source.read(_HEADER.size)
        if len(header) < _HEADER.size:
            raise damaged(key)
        magic, fingerprint, wrapped, prefix = _HEADER.unpack(header)
        if magic != _MAGIC or fingerprint != self._fingerprint:
            raise damaged(key)
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
            raise damaged(key) from error


class Sealing:
    """One file being sealed. The last segment is marked, so a file cut off between segments is noticed."""

    def __init__(self, target: Target, cipher: AESGCM, prefix: bytes, bound_to: bytes) -> None:
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


def damaged(key: str) -> errors.FileDamaged:
    return errors.FileDamaged("Bestand %(key)s is niet meer zoals het is bewaard.", key=key)
