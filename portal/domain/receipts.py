"""What a receipt says of itself, for people and for machines: the card that is attached to its PDF."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.domain.applications import canonical
from portal.models import Submission

CARD, MANIFEST = "ontvangstbewijs.json", "manifest.json"
"""The files attached to the PDF of a receipt: what it says, and what its digest is the SHA-256 of."""

CHECK_PATH = "/ontvangstbewijs-controleren"
"""The page where anybody checks a receipt, below the address of the portal."""

KIND = "ontvangstbewijs"
LONGEST = 64  # characters of a number, a name or a digest


def card(submission: Submission) -> str:
    """The receipt as canonical JSON. `digest` is the SHA-256 of the attached manifest."""
    application = submission.application
    procedure = application.round.procedure
    return canonical(
        {
            "kind": KIND,
            "version": 1,
            "receipt_number": submission.receipt_number,
            "submitted_at": submission.submitted_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "digest": submission.digest,
            "application": application.number,
            "authority": procedure.authority.slug,
            "procedure": procedure.slug,
            "round": application.round.label,
        }
    )


@dataclass(frozen=True)
class Listed:
    """One file that a receipt names; `where` is the requirement, with its lot: 'T03' or 'T01, perceel 1A'."""

    filename: str
    sha256: str
    size: int
    where: str


def listed_files(manifest: bytes) -> tuple[Listed, ...]:
    """The files that a manifest names, those of an offer included; none where it cannot be read."""
    try:
        content = json.loads(manifest)
        offered = [
            {**file, "requirement": one["criterion"], "lot": one["lot"]}
            for one in content.get("offers", [])
            for file in one["files"]
        ]
        return tuple(
            Listed(str(one["filename"]), str(one["sha256"]), int(one["size"]), _where(one))
            for one in [*content["files"], *offered]
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


def _where(file: dict[str, Any]) -> str:
    lot = f", perceel {file['lot']}" if file.get("lot") else ""
    return f"{file.get('requirement') or 'Bibob'}{lot}"


@dataclass(frozen=True)
class Card:
    """A receipt as somebody holds it. `manifest_digest` is None where the PDF carries no manifest."""

    receipt_number: str
    digest: str
    submitted_at: datetime
    authority: str
    procedure: str
    round: str
    manifest_digest: str | None
    files: tuple[Listed, ...] = ()

    @property
    def is_whole(self) -> bool:
        """The digest it names is that of the manifest it carries, if it carries one: a sealed one does not."""
        return self.manifest_digest in (None, self.digest)


def read_card(attached: dict[str, bytes]) -> Card:
    """A receipt from the files attached to its PDF. Raises ValueError when it is no receipt of ours."""
    try:
        said: dict[str, Any] = json.loads(attached[CARD])
        if said.get("kind") != KIND:
            raise ValueError("no receipt")
        moment = datetime.fromisoformat(said["submitted_at"])
        if moment.tzinfo is None:
            raise ValueError("a moment needs a zone")
        manifest = attached.get(MANIFEST)
        return Card(
            _name(said["receipt_number"]),
            _name(said["digest"]),
            moment.astimezone(UTC),
            _name(said["authority"]),
            _name(said["procedure"]),
            _name(said["round"]),
            hashlib.sha256(manifest).hexdigest() if manifest is not None else None,
            listed_files(manifest) if manifest is not None else (),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("no receipt") from error


def _name(value: Any) -> str:
    # It was attached to a file that anybody can make, and it goes on a page and in an address.
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= LONGEST:
        raise ValueError("no receipt")
    return value
