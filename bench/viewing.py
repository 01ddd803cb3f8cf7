"""The first page of a piece of evidence: the dossier and its picture, of a file that nobody looked at before."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
from PIL import Image
from sqlalchemy import select

from bench import data
from bench.house import signed_in
from bench.measure import Asker
from bench.report import Line
from portal import create_app
from portal.adapters.inspection import SandboxedInspector
from portal.extensions import Database
from portal.models import Document, Evidence, Review
from portal.web.downloads import WIDTH

PASSES = 5
SECOND = 1000
"""Milliseconds that the first page may take."""


def _text(pages: int) -> bytes:
    """Pages full of text, as a word processor writes them."""
    pdf, out = pikepdf.new(), io.BytesIO()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    words = b"De aanbieder beschrijft hoe hij met klachten omgaat en binnen welke termijn hij daarop antwoordt."
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({"/F1": font}))
        rows = b"".join(b"BT /F1 10 Tf 50 %d Td (%s) Tj ET\n" % (780 - 13 * row, words) for row in range(55))
        page.Contents = pdf.make_stream(rows)
    pdf.save(out)
    return out.getvalue()


def _noise(width: int, height: int) -> Image.Image:
    """A picture that compresses as badly as a scan of paper does."""
    small = Image.frombytes("RGB", (width // 4, height // 4), os.urandom(width // 4 * (height // 4) * 3))
    return Image.blend(Image.new("RGB", (width, height), "white"), small.resize((width, height)), 0.4)


def _jpeg(width: int, height: int) -> bytes:
    out = io.BytesIO()
    _noise(width, height).save(out, "JPEG", quality=85)
    return out.getvalue()


def _scan(pages: int) -> bytes:
    """Pages of A4, scanned in colour at 300 dpi."""
    out = io.BytesIO()
    first, *more = (_noise(2480, 3508) for _ in range(pages))
    first.save(out, "PDF", save_all=True, append_images=more, resolution=300)
    return out.getvalue()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "text, 1 page": ("application/pdf", lambda: _text(1)),
    "text, 200 pages": ("application/pdf", lambda: _text(200)),
    "colour scan of A4, 300 dpi, 4 pages": ("application/pdf", lambda: _scan(4)),
    "photograph of 12 million pixels": ("image/jpeg", lambda: _jpeg(4000, 3000)),
}


def _bare(content: bytes, content_type: str) -> None:
    """The floor: PDFium or Pillow in this process, loaded, with the bytes at hand, and the same PNG."""
    if content_type == "application/pdf":
        with pypdfium2.PdfDocument(content) as document:
            leaf = document[0]
            picture = leaf.render(scale=WIDTH / leaf.get_size()[0]).to_pil().convert("RGB")
    else:
        image = Image.open(io.BytesIO(content)).convert("RGB")
        picture = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    picture.save(io.BytesIO(), "PNG")


def _least(work: Callable[[], None]) -> float:
    """Milliseconds on the clock, the least of a few: what others do on the machine only adds."""
    taken = []
    for _ in range(PASSES):
        start = time.monotonic()
        work()
        taken.append((time.monotonic() - start) * 1000)
    return min(taken)


def run(folder: Path) -> list[Line]:
    """For each kind of file: the dossier and the picture of page 1, beside the bare library."""
    ground = data.prepare(folder / "viewing")
    app = create_app(ground.config(), now=lambda: ground.now, inspector=SandboxedInspector(), signer=None)
    database: Database = app.extensions["database"]
    inkoper = Asker(app, signed_in(app, ground.inkoper_id))
    with database.reading() as db:
        review = db.get_one(Review, ground.review_id)
        document_id = db.scalars(
            select(Evidence.document_id).where(
                Evidence.application_id == review.application_id, Evidence.requirement_id.is_not(None)
            )
        ).first()
    lines = []
    for name, (content_type, make) in FILES.items():
        content = make()
        fresh = iter(range(10_000))

        def place(content: bytes = content, content_type: str = content_type, fresh=fresh) -> None:  # type: ignore[no-untyped-def]
            """The same file with another digest: nobody has drawn it yet."""
            other = content + b"\n%% %d" % next(fresh)
            with database.transaction() as db:
                found = db.get_one(Document, document_id)
                key = f"documents/{found.organisation_id}/{time.monotonic_ns()}"
                stored = app.extensions["services"].files.put(key, other)
                found.storage_key, found.sha256, found.size = stored.key, stored.sha256, stored.size
                found.content_type, found.pages = content_type, 1

        def look(name: str = name) -> None:
            page = inkoper.get(f"/beoordelen/{ground.review_id}?stuk={document_id}")
            if b"portal-doc__img" not in page.body:
                raise RuntimeError(f"{name} was not shown")
            inkoper.get(f"/beoordelen/{ground.review_id}/stukken/{document_id}/1.png")

        place()
        look()  # the process that draws is started once
        taken, again = [], []
        for _ in range(PASSES):
            place()
            start = time.monotonic()
            look()
            taken.append((time.monotonic() - start) * 1000)
            start = time.monotonic()
            look()
            again.append((time.monotonic() - start) * 1000)
        floor = _least(lambda content=content, kind=content_type: _bare(content, kind))
        remark = f"{len(content) / 1e6:.1f} MB; the second time {min(again):.0f} ms; {min(taken) / floor:.2f} x bare"
        lines.append(Line(name, min(taken), "ms", floor, min(taken), SECOND, SECOND / 2, remark=remark))
    database.engine.dispose()
    return lines
