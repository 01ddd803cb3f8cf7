"""Files on their way to an official: as an attachment that never runs, or as a picture of one page."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response, stream_with_context
from flask_babel import gettext
from werkzeug.http import dump_options_header

from portal.adapters import spreadsheets
from portal.domain import documents
from portal.errors import FileDamaged, FileMissing, FileRefused, NotFound, Refused, Unavailable
from portal.models import Document
from portal.services import Line
from portal.terms import N_
from portal.web.context import services
from portal.web.languages import sentence

WIDTH = 1240
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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
        return sentence(refusal.message, refusal.facts)
    return ""


def page_image(document: Document, number: int) -> Response:
    """The picture of one page, drawn in the inspector's child process once and kept by the content's digest.

    A page of text is a PNG; what was scanned or photographed a JPEG. Raises `Refused` for what cannot be drawn.
    """
    if document.is_sealed or not 1 <= number <= document.pages:
        raise NotFound(N_("Dit bestaat niet."))
    documents.require_servable(document, has_scanner=services().scanner is not None)
    page = shown(document, number, may_draw=True)
    if page is None or page.problem:
        raise Refused(page.problem if page is not None else "")
    picture = services().files.read(_picture_key(document, number))
    return Response(picture, content_type="image/jpeg" if picture.startswith(b"\xff\xd8") else "image/png")


def _picture_key(document: Document, number: int) -> str:
    return f"pages/{document.sha256}/{number}-{WIDTH}.picture"


@dataclass(frozen=True)
class Shown:
    """One page beside the checklist: how high it is, its lines, or why it cannot be shown."""

    height: int = 0
    lines: tuple[Line, ...] = ()
    problem: str = ""


def shown(document: Document, number: int, *, may_draw: bool) -> Shown | None:
    """What is known of one page, kept beside its picture by the content's digest. None: it was not drawn yet.

    With `may_draw` it is drawn now: a second at most for nearly every file, never under a lock. What cannot be drawn
    is kept as such, so that nobody waits for it twice.
    """
    files, key = services().files, f"pages/{document.sha256}/{number}-{WIDTH}"
    if not files.exists(f"{key}.json"):
        if not may_draw:
            return None
        try:
            sheet = services().inspector.sheet(content_of(document), number, WIDTH)
        except FileRefused as refusal:
            kept: dict[str, Any] = {"problem": refusal.message, "facts": refusal.facts}
            if refusal.rule == "heavy":  # it may have been the machine: somebody tries again
                return Shown(problem=sentence(refusal.message, refusal.facts))
        except (Unavailable, FileMissing, FileDamaged):
            return Shown(
                problem=gettext("Dit bestand is nu niet te openen. Probeer het over een paar minuten opnieuw.")
            )
        else:
            files.put(_picture_key(document, number), sheet.picture)
            kept = {"height": sheet.height, "lines": [astuple(one) for one in sheet.lines]}
        files.put(f"{key}.json", json.dumps(kept).encode())
    said = json.loads(files.read(f"{key}.json"))
    problem = sentence(said.get("problem", ""), said.get("facts", {}))
    return Shown(said.get("height", 0), tuple(Line(*one) for one in said.get("lines", ())), problem)


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
            # most cells are harmless text; a call for each of them would be a sixth of what an export costs
            writer.writerow(
                one if one is None or (one.__class__ is str and not one.startswith(FORMULA)) else cell(one)
                for one in row
            )
            if number % 100 == 0:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue().encode()

    return attachment(stream_with_context(lines()), filename, "text/csv; charset=utf-8")


def workbook(
    filename: str, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int], at: datetime
) -> Response:
    """The same table as XLSX: made whole in a temporary file, then sent in pieces. Days stay days, numbers numbers."""
    made = tempfile.TemporaryFile()  # noqa: SIM115 - sent after this function, closed with the answer or by `pieces`
    plain = ([cell(one) if isinstance(one, str) else one for one in row] for row in rows)
    try:
        spreadsheets.write(made, title, header, plain, widths, at)
    except BaseException:
        made.close()
        raise
    size = made.seek(0, io.SEEK_END)
    made.seek(0)

    def pieces() -> Iterator[bytes]:
        with made:
            while piece := made.read(65_536):
                yield piece

    answer = attachment(pieces(), filename, XLSX, size)
    answer.call_on_close(made.close)
    return answer
