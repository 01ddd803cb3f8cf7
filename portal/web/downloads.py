"""Files on their way to an official: as an attachment that never runs, or as a picture of one page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, stream_with_context
from flask_babel import gettext
from werkzeug.http import dump_options_header

from portal.domain import documents
from portal.errors import NotFound, Refused
from portal.models import Document
from portal.services import Files
from portal.terms import N_
from portal.web.context import services

WIDTH = 1240
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def attachment(content: Iterable[bytes], filename: str, content_type: str, size: int | None = None) -> Response:
    """A download: never shown in the page, and powerless when somebody opens it there all the same."""
    plain = filename.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    names = {"filename": plain}
    if plain != filename:
        names["filename*"] = f"UTF-8''{quote(filename, safe='')}"
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = dump_options_header("attachment", names)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    if size is not None:
        response.content_length = size
    return response


def content_of(document: Document) -> Iterator[bytes]:
    """The bytes of a document in pieces, if they may be given out. Raises `Refused` for what the scanner stopped."""
    documents.require_servable(document, has_scanner=services().scanner is not None)
    files = services().files
    return files.unseal(document.storage_key) if document.is_sealed else files.chunks(document.storage_key)


def stopped(document: Document) -> str:
    """Why a document may not be given out now; '' when it may."""
    try:
        documents.require_servable(document, has_scanner=services().scanner is not None)
    except Refused as refusal:
        return gettext(refusal.message) % refusal.facts
    return ""


def page_image(document: Document, number: int) -> Response:
    """One page as PNG, drawn in the inspector's child process once and kept by the content's digest."""
    if document.is_sealed or not 1 <= number <= document.pages:
        raise NotFound(N_("Dit bestaat niet."))
    content, files = content_of(document), services().files
    key = f"pages/{document.sha256}/{number}-{WIDTH}.png"
    if not files.exists(key):
        files.put(key, services().inspector.page(content, number, WIDTH))
    return Response(files.read(key), content_type="image/png")


def _text_key(document: Document) -> str:
    return f"pages/{document.sha256}/text.txt"


def keep_text(document: Document) -> None:
    """Read the text layer once and keep it beside the pictures."""
    files = services().files
    if not document.is_sealed and not files.exists(_text_key(document)):
        text = services().inspector.text(content_of(document))
        files.put(_text_key(document), text.encode())


def kept_text(document: Document) -> str | None:
    """The text layer if it was read before; empty for a scan."""
    files: Files = services().files
    return files.read(_text_key(document)).decode() if files.exists(_text_key(document)) else None


def cell(value: Any) -> str:
    """A value for a spreadsheet; a text that a spreadsheet would calculate is made plain text (CWE-1236)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def table(filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A CSV file as Dutch spreadsheets read it: semicolons, UTF-8 with a mark, sent row by row."""

    def lines() -> Iterator[bytes]:
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
        yield b"\xef\xbb\xbf"
        writer.writerow(header)
        for number, row in enumerate(rows):
            writer.writerow([cell(value) for value in row])
            if number % 100 == 0:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue().encode()

    return attachment(stream_with_context(lines()), filename, "text/csv; charset=utf-8")
