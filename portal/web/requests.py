"""The request of this portal: file fields of upload forms go into the store, never to a temporary file."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Request

from portal.terms import DOCUMENT_KINDS
from portal.web.uploads import INTEGRITY, new_intake

UPLOADS = frozenset({"apply.upload", "apply.upload_document", "apply.upload_offer", "apply.remedy_upload"})
"""The endpoints that take files."""

IN_MEMORY = {"public.certificate_check": 6_000_000}
"""Endpoints that only look at a file and keep nothing of it, with the largest request (bytes)."""


class PortalRequest(Request):
    """Flask's request, with its own way to receive files."""

    @property
    def max_content_length(self) -> int | None:
        """Uploads guard their own size, so that a person reads why a file was refused."""
        if self.endpoint in IN_MEMORY:
            return IN_MEMORY[self.endpoint]
        return None if self.endpoint in UPLOADS else super().max_content_length

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
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)

    def _is_sealed(self) -> bool:
        # Known from the address alone: the first bytes of a form come before any of its fields.
        where: dict[str, Any] = self.view_args or {}
        kind = DOCUMENT_KINDS.get(where.get("kind") or self.args.get("soort", ""))
        return where.get("place_key") == INTEGRITY or (kind is not None and kind.is_integrity)
