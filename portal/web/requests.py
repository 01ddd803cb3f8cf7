"""The request of this portal: file fields of upload forms go into the store, never to a temporary file."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Request, request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

from portal.domain import documents
from portal.terms import DOCUMENT_KINDS
from portal.web.fingerprints import KEPT, Fingerprint
from portal.web.uploads import INTEGRITY, new_intake

SEALED = frozenset({"integrity.attach_advice", "confidential.enclose"})
"""Endpoints that take files for the integrity compartment only."""

UPLOADS = frozenset(
    {"apply.upload", "apply.upload_document", "apply.upload_offer", "apply.remedy_upload", "apply.add_photos",
     "apply.upload_piece", "apply.add_papers", "field.add_photo", *SEALED}
)  # fmt: skip
"""The endpoints that take files."""

SIGN_IN = "account.start_session"
CARRIED = 2_000_000
"""Bytes of a sign-in form: it may carry what was typed when a session ended, sealed."""

IN_MEMORY = {"public.certificate_check": 6_000_000}
"""Endpoints that only look at a file and keep nothing of it, with the largest request (bytes)."""

HASHED = {"public.receipt_answer": documents.MAX_BYTES + KEPT, "apply.take_espd": documents.MAX_BYTES + KEPT}
"""As above, where a file may be large: then only its size and checksum are known."""

FILES = UPLOADS | IN_MEMORY.keys() | HASHED.keys()
"""Every endpoint whose body may come in slowly."""


def wants_text() -> bool:
    """A script asks, which shows a line of text; a browser that follows a link or sends a form wants a page."""
    asked = request.headers
    is_script = request.method in ("PUT", "PATCH", "DELETE") or "Tus-Resumable" in asked
    return is_script or "text/plain" in asked.get("Accept", "")


class Said(ImmutableMultiDict[str, Any]):
    """What a form or the end of an address says, without NUL: no person types one, and PostgreSQL keeps none.

    The files of a form come in one of these too, and stay what they are.
    """

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(
            (name, value.replace("\0", "") if isinstance(value, str) else value)
            for name, value in iter_multi_items(mapping or ())
        )


class PortalRequest(Request):
    """Flask's request, with its own way to receive files."""

    parameter_storage_class = Said

    @property
    def max_content_length(self) -> int | None:
        """Uploads guard their own size, so that a person reads why a file was refused."""
        if self.endpoint in IN_MEMORY:
            return IN_MEMORY[self.endpoint]
        if self.endpoint in HASHED:
            return HASHED[self.endpoint]
        return None if self.endpoint in UPLOADS else super().max_content_length

    @property
    def max_form_memory_size(self) -> int | None:
        return CARRIED if self.endpoint == SIGN_IN else super().max_form_memory_size

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.endpoint in UPLOADS:
            return new_intake(sealed=self._is_sealed())
        if self.endpoint in IN_MEMORY:
            return BytesIO()
        if self.endpoint in HASHED:
            return Fingerprint()
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)

    def _is_sealed(self) -> bool:
        # Known from the address alone: the first bytes of a form come before any of its fields.
        if self.endpoint in SEALED:
            return True
        where: dict[str, Any] = self.view_args or {}
        kind = DOCUMENT_KINDS.get(where.get("kind") or self.args.get("soort", ""))
        return where.get("place_key", "").split("-P")[0] == INTEGRITY or (kind is not None and kind.is_integrity)
