"""The two parts of the backup key: what the server holds can write backups and list them, not read them.

The private part is made once and kept elsewhere: it opens backups (HPKE, RFC 9180: X25519, HKDF-SHA256,
AES-256-GCM) and knows which portal signed them (Ed25519). The server's part is the public half of the first and the
private half of the second; from that the server derives a secret of its own for the lists of what it wrote.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.errors import FileDamaged, Refused

SERVER_FORMAT, PRIVATE_FORMAT = "voordeur-backup-server-1", "voordeur-backup-private-1"
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@dataclass(frozen=True)
class ServerPart:
    """What the portal needs to make backups."""

    public: X25519PublicKey
    signing: Ed25519PrivateKey

    def wrap(self, secret: bytes, run: str) -> bytes:
        """The secret of one backup, for the holder of the private part only."""
        return _SUITE.encrypt(secret, self.public, info=_info(run))

    def sign(self, text: bytes) -> bytes:
        return self.signing.sign(text)

    @property
    def verifying(self) -> Ed25519PublicKey:
        return self.signing.public_key()

    @property
    def own_secret(self) -> bytes:
        """32 bytes under which the portal keeps the lists of what it wrote: names and digests, no content."""
        derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"voordeur backup lists")
        return derive.derive(self.signing.private_bytes_raw())


@dataclass(frozen=True)
class PrivatePart:
    """What opens backups: never on the server that makes them."""

    private: X25519PrivateKey
    verifying: Ed25519PublicKey

    def unwrap(self, wrapped: bytes, run: str) -> bytes:
        """Raises `errors.FileDamaged` when the backup is not for this key."""
        try:
            return _SUITE.decrypt(wrapped, self.private, info=_info(run))
        except InvalidTag as error:
            raise FileDamaged("Deze sleutel past niet op reservekopie %(run)s.", run=run) from error


def _info(run: str) -> bytes:
    return b"voordeur backup " + run.encode()


def is_signed_by(key: Ed25519PublicKey, text: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def make(server: Path, private: Path) -> None:
    """Make a key and write both parts, readable by the owner only. Raises `Refused` when a file is there already."""
    for path in (private, server):
        if path.exists():
            raise Refused("%(path)s bestaat al. Kies een andere naam of haal het bestand eerst weg.", path=str(path))
    reading, signing = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    # The private part first: a server part without it would make backups that nobody can open.
    _write(
        private,
        PRIVATE_FORMAT,
        private=reading.private_bytes_raw(),
        verifying=signing.public_key().public_bytes_raw(),
    )
    _write(server, SERVER_FORMAT, public=reading.public_key().public_bytes_raw(), signing=signing.private_bytes_raw())


def server_part(path: Path) -> ServerPart:
    """Raises `Refused` when there is none: then no backup can be made."""
    if not path.is_file():
        raise Refused(
            "Er is nog geen sleutel voor reservekopieën (%(path)s). Maak die met: flask backup-key BESTAND",
            path=str(path),
        )
    found = _read(path, SERVER_FORMAT)
    return ServerPart(
        X25519PublicKey.from_public_bytes(found["public"]), Ed25519PrivateKey.from_private_bytes(found["signing"])
    )


def private_part(path: Path) -> PrivatePart:
    found = _read(path, PRIVATE_FORMAT)
    return PrivatePart(
        X25519PrivateKey.from_private_bytes(found["private"]), Ed25519PublicKey.from_public_bytes(found["verifying"])
    )


def _write(path: Path, kind: str, **parts: bytes) -> None:
    values = {name: base64.b64encode(value).decode() for name, value in parts.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump({"format": kind, **values}, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, kind: str) -> dict[str, bytes]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        if found.pop("format") == kind:
            return {name: base64.b64decode(value, validate=True) for name, value in found.items()}
    except (ValueError, KeyError, AttributeError, TypeError, UnicodeDecodeError):
        pass
    raise Refused("%(path)s is geen sleutelbestand van de soort die hier nodig is (%(kind)s).", path=path, kind=kind)
