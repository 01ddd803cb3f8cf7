"""What the integrity compartment keeps in the store: sealed while written, under keys that tell nothing of the content.

Not even a digest: who has the database alone cannot guess a short answer from it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from portal.errors import FileRefused, Invalid
from portal.faults import fault
from portal.models import new_id
from portal.services import Files
from portal.terms import N_

PAPERS, FORMS = "integrity/papers/", "integrity/forms/"
LIMIT = 2_000_000


def seal(files: Files, folder: str, content: Mapping[str, Any]) -> tuple[str, str]:
    """Keep `content` sealed; gives its key and a SHA-256 of the plain bytes, in which a random number was mixed."""
    plain = json.dumps({"nonce": secrets.token_hex(16), **content}, ensure_ascii=False, sort_keys=True).encode()
    sink = files.sink(f"{folder}{new_id()}", limit=LIMIT, sealed=True)
    try:
        sink.write(plain)
        fault("integrity.written")
        key = sink.finish().key
    except FileRefused as refusal:
        raise Invalid({"reasoning": N_("Deze tekst is te lang. Maak hem korter.")}) from refusal
    finally:
        sink.abandon()
    fault("integrity.sealed")
    return key, hashlib.sha256(plain).hexdigest()


def unseal(files: Files, key: str) -> dict[str, Any]:
    """What was kept under `key`; a text of before papers were JSON becomes `{"text": …}`. Raises `FileDamaged`."""
    plain = b"".join(files.unseal(key)).decode()
    try:
        content = json.loads(plain)
    except json.JSONDecodeError:
        return {"text": plain}
    return content if isinstance(content, dict) else {"text": plain}
