"""The cryptography of the tender vault: sealing for a key, for a password, for a code, and piece by piece.

HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM) seals for a public key, Argon2id makes a key of a password, and
AES-256-GCM does the rest. Every ciphertext is bound to a `context`, a text that says what it is of: moved elsewhere it
does not open. Keys travel as bytes, everything that is stored as base64 text.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal import errors
from portal.faults import fault
from portal.services import KeyPair, PersonalKey

PIECE = 64 * 1024
CODE_LENGTH = 26
"""Characters of a code: 26 of 32, so 130 random bits."""

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MAGIC = b"VDKLUIS1"
_SALT, _NONCE, _TAG = 16, 12, 16


class Envelopes:
    """`services.Vault`. `portal_key`: 32 secret bytes, under which keys wait that two people have released."""

    def __init__(self, portal_key: bytes) -> None:
        if len(portal_key) != 32:
            raise ValueError("the vault's key has 32 bytes")
        self._portal_key = portal_key

    # Key pairs and shares

    def pair(self) -> KeyPair:
        private = X25519PrivateKey.generate()
        return KeyPair(_text(private.public_key().public_bytes_raw()), private.private_bytes_raw())

    def fits(self, private: bytes, public: str) -> bool:
        try:
            return _text(X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()) == public
        except ValueError:
            return False

    def split(self, secret: bytes) -> tuple[bytes, bytes]:
        first = secrets.token_bytes(len(secret))
        return first, self.join(first, secret)

    def join(self, first: bytes, second: bytes) -> bytes:
        return bytes(one ^ other for one, other in zip(first, second, strict=True))

    def seal(self, public: str, secret: bytes, context: str) -> str:
        fault("vault.seal")
        key = X25519PublicKey.from_public_bytes(_bytes(public))
        return _text(_SUITE.encrypt(secret, key, context.encode()))

    def open(self, private: bytes, sealed: str, context: str) -> bytes:
        try:
            key = X25519PrivateKey.from_private_bytes(private)
            return bytes(_SUITE.decrypt(_bytes(sealed), key, context.encode()))
        except (InvalidTag, ValueError) as error:
            raise _damaged() from error

    # Under a password

    def personal(self, password: str, private: bytes | None = None) -> PersonalKey:
        key = X25519PrivateKey.from_private_bytes(private) if private else X25519PrivateKey.generate()
        public, salt = _text(key.public_key().public_bytes_raw()), secrets.token_bytes(_SALT)
        wrapped = self.encrypt(_from_password(password, salt), key.private_bytes_raw(), f"personal:{public}")
        return PersonalKey(public, _text(salt), _text(wrapped))

    def unlock(self, key: PersonalKey, password: str) -> bytes | None:
        try:
            return self.decrypt(
                _from_password(password, _bytes(key.salt)), _bytes(key.wrapped), f"personal:{key.public}"
            )
        except errors.FileDamaged:
            return None

    # Under a code that is written down

    def code(self) -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))

    def seal_with_code(self, code: str, secret: bytes, context: str) -> str:
        salt = secrets.token_bytes(_SALT)
        return _text(salt + self.encrypt(_from_code(code, salt), secret, context))

    def open_with_code(self, code: str, sealed: str, context: str) -> bytes | None:
        data = _bytes(sealed)
        try:
            return self.decrypt(_from_code(code, data[:_SALT]), data[_SALT:], context)
        except errors.FileDamaged:
            return None

    # Under the portal's own key

    def keep(self, secret: bytes, context: str) -> str:
        fault("vault.keep")
        return _text(self.encrypt(self._portal_key, secret, f"kept:{context}"))

    def kept(self, sealed: str, context: str) -> bytes:
        return self.decrypt(self._portal_key, _bytes(sealed), f"kept:{context}")

    # Under a data key

    def data_key(self) -> bytes:
        return AESGCM.generate_key(256)

    def encrypt(self, key: bytes, plain: bytes, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())

    def decrypt(self, key: bytes, sealed: bytes, context: str) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise _damaged() from error

    def encrypt_pieces(self, key: bytes, pieces: Iterable[bytes], context: str) -> Iterator[bytes]:
        """STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): numbered segments, the last one marked."""
        salt = secrets.token_bytes(_SALT)
        cipher, waiting, number = AESGCM(_of_file(key, salt)), bytearray(), 0
        yield _MAGIC + salt
        for piece in pieces:
            waiting += piece
            while len(waiting) > PIECE:
                yield cipher.encrypt(_numbered(number, is_last=False), bytes(waiting[:PIECE]), context.encode())
                del waiting[:PIECE]
                number += 1
        yield cipher.encrypt(_numbered(number, is_last=True), bytes(waiting), context.encode())

    def decrypt_pieces(self, key: bytes, pieces: Iterable[bytes], context: str) -> Iterator[bytes]:
        waiting, number, source = bytearray(), 0, iter(pieces)
        head = len(_MAGIC) + _SALT
        try:
            while len(waiting) < head:
                waiting += next(source)
        except StopIteration as error:
            raise _damaged() from error
        if bytes(waiting[: len(_MAGIC)]) != _MAGIC:
            raise _damaged()
        cipher = AESGCM(_of_file(key, bytes(waiting[len(_MAGIC) : head])))
        del waiting[:head]
        try:
            for piece in source:
                waiting += piece
                while len(waiting) > PIECE + _TAG:
                    yield cipher.decrypt(
                        _numbered(number, is_last=False), bytes(waiting[: PIECE + _TAG]), context.encode()
                    )
                    del waiting[: PIECE + _TAG]
                    number += 1
            yield cipher.decrypt(_numbered(number, is_last=True), bytes(waiting), context.encode())
        except (InvalidTag, ValueError) as error:
            raise _damaged() from error


def _from_password(password: str, salt: bytes) -> bytes:
    """RFC 9106, second recommended option, as for the hash of the password: 64 MiB, 3 passes, 4 lanes."""
    kdf = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=64 * 1024)
    return kdf.derive(password.encode("utf-8", "surrogatepass"))


def _from_code(code: str, salt: bytes) -> bytes:
    # A code has 130 random bits, so no slow function is needed. Typing errors in look and spacing are forgiven.
    plain = "".join(one for one in code.upper() if one.isalnum())
    return HKDF(hashes.SHA256(), 32, salt, b"voordeur reopen code").derive(plain.encode())


def _of_file(key: bytes, salt: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, b"voordeur sealed file").derive(key)


def _numbered(number: int, *, is_last: bool) -> bytes:
    return bytes(7) + struct.pack(">I?", number, is_last)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _damaged() from error


def _damaged() -> errors.FileDamaged:
    return errors.FileDamaged("Dit is niet meer zoals het is verzegeld.")
