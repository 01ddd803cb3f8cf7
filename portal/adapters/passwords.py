"""Passwords as Argon2id hashes (RFC 9106, second recommended option: 64 MiB, 3 passes, 4 lanes)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)


def hash(password: str) -> str:
    """The password as an encoded Argon2id hash with its own random salt (97 ASCII characters)."""
    return _hasher.hash(_as_bytes(password))


def matches(hashed: str | None, password: str) -> bool:
    """Whether `password` is the one behind `hashed`; never raises, and is as slow when `hashed` is None."""
    try:
        _hasher.verify(hashed or _nobody(), _as_bytes(password))
    except (Argon2Error, InvalidHashError):
        return False
    return bool(hashed)


@cache
def _nobody() -> str:
    # Compared with when there is no account, so that a stranger cannot tell by the time the answer takes.
    return _hasher.hash("niemand heeft dit wachtwoord")


def _as_bytes(password: str) -> bytes:
    # Browsers never send lone surrogates, other clients may; they must not become a server error.
    return password.encode("utf-8", "surrogatepass")
