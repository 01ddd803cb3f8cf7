"""The close certificate: every receipt of a closed round under one root, and the trusted time over it.

A leaf says of one receipt what it was at the closing: it counts, was superseded by a later one, or was withdrawn.
So every receipt that was ever given can prove its own story, and none can be added or left out afterwards. The leaves
stand in the order of their (random) receipt numbers, which tells nothing about who came when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from portal.domain import audit, merkle, wording
from portal.domain.applications import canonical
from portal.errors import Refused, TokenRefused
from portal.models import CloseCertificate, Round
from portal.services import Stamp, StoredFile
from portal.terms import N_

KIND = "sluitingscertificaat"
METHOD = "SHA-256, RFC 9162 section 2.1"
LONGEST_PAUSE = timedelta(minutes=15)


class Handed(NamedTuple):
    """What a submission says about its receipt: nothing of what was in it."""

    application_id: str
    sequence: int
    receipt_number: str
    digest: str
    submitted_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """One leaf. `digest` is the SHA-256 on the receipt, `standing` a key of `terms.STANDINGS`."""

    receipt_number: str
    digest: str
    submitted_at: datetime
    standing: str

    @property
    def leaf(self) -> dict[str, str]:
        """The leaf as values; its instant in UTC, to the microsecond."""
        return {
            "receipt_number": self.receipt_number,
            "digest": self.digest,
            "submitted_at": self.submitted_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "standing": self.standing,
        }

    @property
    def leaf_hash(self) -> bytes:
        return merkle.leaf_hash(canonical(self.leaf).encode())


def receipts(handed: Iterable[Handed]) -> list[Receipt]:
    """The leaves of a round, by receipt number: of each application the last one not withdrawn counts."""
    everything = list(handed)
    last: dict[str, int] = {}
    for one in everything:
        if one.withdrawn_at is None:
            last[one.application_id] = max(one.sequence, last.get(one.application_id, 0))
    found = [
        Receipt(one.receipt_number, one.digest, one.submitted_at, _standing(one, last.get(one.application_id)))
        for one in everything
    ]
    return sorted(found, key=lambda one: one.receipt_number)


def _standing(one: Handed, last: int | None) -> str:
    if one.withdrawn_at is not None:
        return "withdrawn"
    return "counts" if one.sequence == last else "superseded"


def statement(round_: Round, root: bytes, count: int) -> dict[str, Any]:
    """What is stamped: whose round, when it closed, how many receipts, and the root over them."""
    assert round_.closed_at is not None  # noqa: S101 - `make` saw to it; for the type checker
    procedure = round_.procedure
    return {
        "kind": KIND,
        "version": 1,
        "authority": {"slug": procedure.authority.slug, "name": procedure.authority.name},
        "procedure": {"slug": procedure.slug, "title": procedure.title},
        "round": {"id": round_.id, "label": round_.label},
        "closes_at": round_.closes_at.astimezone(UTC).isoformat(),
        "closed_at": round_.closed_at.astimezone(UTC).isoformat(),
        "receipts": count,
        "root": root.hex(),
        "method": METHOD,
    }


def make(round_: Round, leaves: list[Receipt], now: datetime) -> CloseCertificate:
    """The certificate of a closed round, not stamped yet. A round without submissions gets one too."""
    if round_.closed_at is None:
        raise Refused(N_("Deze ronde sluit pas op %(moment)s."), moment=wording.moment(round_.closes_at))
    hashes = [one.leaf_hash for one in leaves]
    root = merkle.root(hashes)
    text = canonical(statement(round_, root, len(hashes)))
    certificate = CloseCertificate(
        authority_id=round_.authority_id,
        round=round_,
        round_id=round_.id,
        made_at=now,
        statement=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        root=root.hex(),
        leaves=[one.hex() for one in hashes],
        tries=0,
        next_try_at=now,
    )
    audit.record(certificate, "certify", None, now, round=round_.label, receipts=len(hashes), root=certificate.root)
    return certificate


def place_stamp(certificate: CloseCertificate, token: bytes, stamp: Stamp, now: datetime) -> bool:
    """Make the certificate final with a verified token; twice is once. Whether this call did it.

    Raises `TokenRefused` for a time before the closing: then one of the two clocks is wrong, and it is tried again.
    """
    if certificate.token is not None:
        return False
    if stamp.at < certificate.round.closes_at.replace(microsecond=0):  # most authorities count in whole seconds
        raise TokenRefused(N_("Het tijdstempel ligt vóór het sluiten van de ronde. Loopt de klok goed?"))
    certificate.token, certificate.stamped_at = token, stamp.at
    certificate.stamp_authority, certificate.last_error = stamp.authority[:200], ""
    audit.record(
        certificate, "stamp", None, now, stamped_at=stamp.at.isoformat(), authority=stamp.authority,
        tries=certificate.tries + 1,
    )  # fmt: skip
    return True


def postpone(certificate: CloseCertificate, why: str, now: datetime) -> None:
    """The authority of the time-stamp did not answer, or not well: try again later, each time a little later."""
    certificate.tries += 1
    certificate.last_error = why[:500]
    certificate.next_try_at = now + min(LONGEST_PAUSE, timedelta(seconds=15 * 2 ** min(certificate.tries, 10)))


def draw_up(certificate: CloseCertificate, stored: StoredFile, now: datetime) -> None:
    """The PDF is there."""
    certificate.pdf_key, certificate.pdf_sha256 = stored.key, stored.sha256
    audit.record(certificate, "draw_up_certificate", None, now, sha256=stored.sha256)
