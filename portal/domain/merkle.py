"""Merkle trees as in RFC 9162, section 2.1 (Certificate Transparency): root, path of inclusion, and its check.

SHA-256. A leaf is hashed behind a byte 0x00 and a node behind 0x01, so that no node can pass for a leaf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

SIZE = 32
"""Bytes of a hash."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    """The largest power of two below `count` (2 or more): how many leaves stand in the left half."""
    return 1 << (count - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes in this order; of no leaves the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return _node(root(leaves[:middle]), root(leaves[middle:]))


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside the way from leaf `index` (from 0) up to the root, lowest first. IndexError outside."""
    if not 0 <= index < len(leaves):
        raise IndexError("no such leaf")
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*path(leaves[:middle], index), root(leaves[middle:])]
    return [*path(leaves[middle:], index - middle), root(leaves[:middle])]


def is_included(leaf: bytes, index: int, count: int, way: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether `way` leads from a leaf hash at `index` of `count` to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < count:
        return False
    at, last, hashed = index, count - 1, leaf
    for beside in way:
        if last == 0:
            return False
        if at & 1 or at == last:
            hashed = _node(beside, hashed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = _node(hashed, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and hashed == expected_root
