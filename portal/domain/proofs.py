"""The proof that one receipt is in a close certificate: made from the certificate, and checked without the portal."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.domain import merkle
from portal.domain.applications import canonical
from portal.domain.certificates import KIND, Receipt
from portal.models import CloseCertificate

PROOF_KIND = "bewijs-van-opname"
STANDINGS = ("counts", "superseded", "withdrawn")


@dataclass(frozen=True)
class Proof:
    """One receipt with its way to the root: `path` is the hashes beside it, lowest first; `count` all leaves."""

    receipt: Receipt
    index: int
    count: int
    path: tuple[bytes, ...]
    root: bytes

    @property
    def holds(self) -> bool:
        """The way leads from this receipt to this root."""
        return merkle.is_included(self.receipt.leaf_hash, self.index, self.count, self.path, self.root)


def proof(leaves: list[str], root: str, receipt: Receipt) -> Proof | None:
    """The proof of one receipt among leaf hashes (hex), or None when it is not one of them."""
    try:
        hashes = [bytes.fromhex(one) for one in leaves]
        index = hashes.index(receipt.leaf_hash)
    except ValueError:
        return None
    return Proof(receipt, index, len(hashes), tuple(merkle.path(hashes, index)), bytes.fromhex(root))


def proof_in(certificate: CloseCertificate, receipt: Receipt) -> Proof | None:
    """As `proof`, in one certificate."""
    return proof(certificate.leaves, certificate.root, receipt)


def proof_whatever(leaves: list[str], root: str, number: str, digest: str, submitted_at: datetime) -> Proof | None:
    """As `proof`, for who knows the receipt but not what it was at the closing: each standing is tried."""
    tried = (proof(leaves, root, Receipt(number, digest, submitted_at, standing)) for standing in STANDINGS)
    return next((one for one in tried if one is not None), None)


def file_of(certificate: CloseCertificate, found: Proof) -> str:
    """The proof as a file of its own (JSON): who has it needs neither the portal nor the other leaves."""
    return json.dumps(
        {
            "kind": PROOF_KIND,
            "version": 1,
            "leaf": found.receipt.leaf,
            "index": found.index,
            "path": [one.hex() for one in found.path],
            "statement": certificate.statement,
            "timestamp": base64.b64encode(certificate.token).decode() if certificate.token else None,
        },
        ensure_ascii=False,
        indent=1,
    )


@dataclass(frozen=True)
class Certified:
    """A close certificate as somebody holds it: the exact text that was stamped, and the token (None: not yet)."""

    statement: str
    token: bytes | None
    leaves: list[str]

    @property
    def said(self) -> dict[str, Any]:
        """The statement as values."""
        parsed: dict[str, Any] = json.loads(self.statement)
        return parsed

    @property
    def digest(self) -> bytes:
        """What the token stamps: the SHA-256 of the statement."""
        return hashlib.sha256(self.statement.encode()).digest()


def read_certificate(statement: bytes, token: bytes | None, leaves: bytes) -> Certified:
    """A certificate from its three files. Raises ValueError when they are not those of one."""
    text, listed = statement.decode(), json.loads(leaves)
    found = Certified(text, token, [str(one) for one in listed])
    said = found.said
    if said.get("kind") != KIND or not isinstance(listed, list):
        raise ValueError("no close certificate")
    if text != canonical(said):
        raise ValueError("not the text as it was stamped")
    return found


def root_holds(certified: Certified) -> bool:
    """The leaves give the root, and there are as many as the statement says."""
    hashes = [bytes.fromhex(one) for one in certified.leaves]
    said = certified.said
    return (len(hashes), merkle.root(hashes).hex()) == (said["receipts"], said["root"])


def read_file(data: bytes) -> tuple[Proof, Certified]:
    """What `file_of` wrote. Raises ValueError when it is no such file."""
    try:
        held: dict[str, Any] = json.loads(data)
        if held.get("kind") != PROOF_KIND:
            raise ValueError("no proof of inclusion")
        leaf, token = held["leaf"], held["timestamp"]
        certified = Certified(str(held["statement"]), base64.b64decode(token, validate=True) if token else None, [])
        said = certified.said
        moment = datetime.fromisoformat(leaf["submitted_at"]).astimezone(UTC)
        receipt = Receipt(str(leaf["receipt_number"]), str(leaf["digest"]), moment, str(leaf["standing"]))
        way = tuple(bytes.fromhex(one) for one in held["path"])
        return Proof(receipt, int(held["index"]), int(said["receipts"]), way, bytes.fromhex(said["root"])), certified
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("no proof of inclusion") from error
