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
class Card:
    """A receipt as somebody holds it. `manifest_digest` is None where the PDF carries no manifest."""

    receipt_number: str
    digest: str
    submitted_at: datetime
    authority: str
    procedure: str
    round: str
    manifest_digest: str | None

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
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("no receipt") from error


def _name(value: Any) -> str:
    # It was attached to a file that anybody can make, and it goes on a page and in an address.
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= LONGEST:
        raise ValueError("no receipt")
    return value
