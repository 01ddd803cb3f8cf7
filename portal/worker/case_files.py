"""The scheduled acts of case files: made in pieces that stay when the worker is stopped, and removed in time."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.adapters import archive
from portal.adapters import case_files as binding
from portal.adapters.archive import Entry
from portal.domain import case_files, documents
from portal.domain.case_file_words import OWN, PURPOSES
from portal.domain.wording import instant_of
from portal.errors import FileDamaged, FileMissing, FileRefused, Refused
from portal.extensions import Database
from portal.models import CaseFile, Document
from portal.queries import case_files as queries
from portal.services import Box, Services, Sheet

WIDTH = 1240
"""Pixels across a page of evidence: A4 at 150 dots per inch."""
BUDGET = 4.0
"""Seconds after which the worker lets other work go first and comes back; what was made is in the store."""
LARGEST = 5_000_000_000
GONE = "Dit bestand is niet meer aanwezig in het portaal. Het controlegetal staat bij de ingediende stukken."

Part = Mapping[str, Any]


def make_case_file(database: Database, services: Services, case_file_id: str) -> bool:
    """Go on with one case file for a few seconds; when every page of evidence is drawn, bind it."""
    with database.reading() as db:
        asked = db.get_one(CaseFile, case_file_id)
        if asked.made_at is not None or asked.removed_at is not None:
            return False
        facts = json.loads(asked.facts)
        found = queries.documents(db, [one["document_id"] for one in facts["parts"] if one["kind"] == "document"])
    if not all(services.files.exists(key) for key in (_pdf_key(asked), _zip_key(asked))):
        began = time.monotonic()
        for done, (number, chunk, key) in enumerate(_keys(asked, facts)):
            if not services.files.exists(key):
                if done and time.monotonic() - began > BUDGET:
                    _note(database, case_file_id, done)
                    return True
                part = facts["parts"][number]
                drawn = _evidence(services, part, found.get(part["document_id"]), chunk, facts["is_redacted"])
                services.files.put(key, binding.evidence(drawn))
        with tempfile.TemporaryDirectory(prefix="voordeur-") as folder:
            _bind(services, asked, facts, found, Path(folder))
    _forget_pieces(services, asked, facts)
    pdf, packed = (services.files.put(key, b"") for key in (_pdf_key(asked), _zip_key(asked)))  # they are described
    pages = binding.page_count(services.files.read(pdf.key))
    with database.transaction() as db:
        return case_files.finish(db.get_one(CaseFile, case_file_id), pdf, packed, pages, services.now())


def remove_case_file(database: Database, services: Services, case_file_id: str) -> bool:
    """Its time is over, so nobody can download it any more: its files go, and then its keys."""
    with database.reading() as db:
        gone = db.get_one(CaseFile, case_file_id)
        if gone.removed_at is not None or services.now() < gone.expires_at:
            return False
    for key in (_pdf_key(gone), _zip_key(gone)):
        services.files.delete(key)
    _forget_pieces(services, gone, json.loads(gone.facts))
    with database.transaction() as db:
        return case_files.remove(db.get_one(CaseFile, case_file_id), services.now())


def _note(database: Database, case_file_id: str, done: int) -> None:
    with database.transaction() as db:
        case_files.progress(db.get_one(CaseFile, case_file_id), done)


def _pdf_key(asked: CaseFile) -> str:
    return f"case-files/{asked.id}/procesdossier.pdf"


def _zip_key(asked: CaseFile) -> str:
    return f"case-files/{asked.id}/procesdossier.zip"


# The pieces: pages of evidence


def _keys(asked: CaseFile, facts: Part) -> Iterator[tuple[int, int, str]]:
    """Part, chunk and storage key of every piece, in order."""
    for number, part in enumerate(facts["parts"]):
        for chunk in range(case_files.units(part)):
            yield number, chunk, f"case-files/{asked.id}/{number:04d}-{chunk:03d}.pdf"


def _text(services: Services, asked: CaseFile, facts: Part, part: Part, number: int) -> bytes:
    told = {
        "title": part["title"],
        "reference": f"{facts['title']}, {facts['organisation']}",
        "authority": facts["authority"],
        "blocks": part["blocks"],
        "is_inside": facts["purpose"] == OWN,
        "made_at": instant_of(facts["asked_at"]),
    }
    return services.documents.render("case_file_part", told, identifier=f"{asked.id}-{number}")


def _evidence(
    services: Services, part: Part, document: Document | None, chunk: int, is_redacted: bool
) -> Iterator[tuple[list[str], Sheet | str]]:
    """So many pages of one document, as pictures. In what is redacted no text comes along, marked or not: text that
    nobody sees in the picture must not go out with it."""
    pages, first = int(part["pages"]), chunk * case_files.CHUNK + 1
    content, why = _content(services, part, document)
    for page in range(first, min(first + case_files.CHUNK, pages + 1)):
        marks = [one for one in part["marks"] if one["page"] == page]
        above = [f"{part['title']}, bladzijde {page} van {pages}"]
        above += [f"Onleesbaar gemaakt: {ground}" for ground in dict.fromkeys(one["ground"] for one in marks)]
        boxes: list[Box] = [tuple(one["box"]) for one in marks]  # type: ignore[misc]
        shown: Sheet | str = why
        if not why:
            try:
                shown = services.inspector.sheet(iter([content]), page, WIDTH, form="JPEG", boxes=boxes)
            except FileRefused as refusal:
                shown = f"Deze bladzijde kan niet worden getoond. {refusal}"
        yield above, replace(shown, lines=()) if is_redacted and isinstance(shown, Sheet) else shown


def _content(services: Services, part: Part, document: Document | None) -> tuple[bytes, str]:
    """The bytes of a document, or why there are none to show."""
    if document is None or not part["key"]:
        return b"", GONE
    try:
        documents.require_servable(document, has_scanner=services.scanner is not None)
        return b"".join(services.files.chunks(part["key"])), ""
    except Refused as refusal:
        return b"", str(refusal)
    except (FileMissing, FileDamaged):
        return b"", GONE


# Binding


def _bind(services: Services, asked: CaseFile, facts: Part, found: Mapping[str, Document], folder: Path) -> None:
    """Both files, in the store."""
    files: list[tuple[int, Path, int]] = []
    for number, part in enumerate(facts["parts"]):
        for chunk, content in enumerate(_contents(services, asked, facts, part, number)):
            path = folder / f"{number:04d}-{chunk:03d}.pdf"
            path.write_bytes(content)
            files.append((number, path, binding.page_count(content)))
    made_at = instant_of(facts["asked_at"])
    index, starts = _index(services, asked, facts, files, made_at)
    (folder / "index.pdf").write_bytes(index)
    bound = [binding.Bound(folder / "index.pdf", "Inhoud", 1, 1)]
    for number, part in enumerate(facts["parts"]):
        first, *more = [path for which, path, _ in files if which == number] or [None]
        bound.append(binding.Bound(first, part["title"], part["level"], starts[number]))
        bound += [binding.Bound(path, "", 0, 0) for path in more]
    whole = folder / "procesdossier.pdf"
    binding.bind(bound, whole, title=facts["title"], made_at=made_at)
    _store(services, _pdf_key(asked), _read(whole))
    entries = list(_entries(services, asked, facts, found, starts, whole))
    _store(services, _zip_key(asked), archive.stream(entries, made_at))


def _contents(services: Services, asked: CaseFile, facts: Part, part: Part, number: int) -> Iterator[bytes]:
    """The PDFs that one part is: a text one, a document as many as it was drawn in, a reference none."""
    if part["kind"] == "text":
        yield _text(services, asked, facts, part, number)
    elif part["kind"] == "own":
        yield services.files.read(part["key"])
    else:
        yield from (services.files.read(key) for which, _, key in _keys(asked, facts) if which == number)


def _index(
    services: Services, asked: CaseFile, facts: Part, files: list[tuple[int, Path, int]], made_at: datetime
) -> tuple[bytes, list[int]]:
    """The index, and on which page each part begins. How long the index is shifts everything after it."""
    length = 1
    while True:
        starts, at = [], length + 1
        for number, part in enumerate(facts["parts"]):
            starts.append(starts[part["of"]] if part["kind"] == "again" else at)
            at += sum(count for which, _, count in files if which == number)
        rows = [
            {"title": part["title"], "level": part["level"], "page": page}
            for part, page in zip(facts["parts"], starts, strict=True)
        ]
        told = {
            **{name: facts[name] for name in ("title", "authority", "organisation", "application")},
            **{name: facts[name] for name in ("is_redacted", "has_annex")},
            "purpose": PURPOSES[facts["purpose"]].label,
            "rows": rows,
            "made_at": made_at,
        }
        pdf = services.documents.render("case_file_index", told, identifier=f"{asked.id}-index-{length}")
        found = binding.page_count(pdf)
        if found <= length:
            return pdf, starts
        length = found


def _entries(
    services: Services,
    asked: CaseFile,
    facts: Part,
    found: Mapping[str, Document],
    starts: list[int],
    whole: Path,
) -> Iterator[Entry]:
    """The ZIP: the PDF, a list, letters, and the evidence: as it was handed over, or as pictures when redacted."""
    yield Entry("procesdossier.pdf", lambda: _read(whole))
    yield Entry("inhoud.csv", lambda: [_listed(facts, starts)], is_packed=True)
    for number, part in enumerate(facts["parts"]):
        name = f"{starts[number]:04d}-{_plain(part.get('filename', ''))}"
        if part["kind"] == "own":
            yield Entry(f"brieven/{name}", lambda part=part: services.files.chunks(part["key"]))
        elif part["kind"] == "document" and facts["is_redacted"]:
            stem = name.rpartition(".")[0] or name
            for which, chunk, key in _keys(asked, facts):
                if which == number:
                    end = f"-deel-{chunk + 1}" if case_files.units(part) > 1 else ""
                    yield Entry(f"stukken/{stem}{end}.pdf", lambda key=key: services.files.chunks(key))
        elif part["kind"] == "document" and not _content(services, part, found.get(part["document_id"]))[1]:
            yield Entry(f"stukken/{name}", lambda part=part: services.files.chunks(part["key"]))


def _plain(name: str) -> str:
    return re.sub(r"[^\w.,()&+ -]", "_", name).strip(". ")[-120:] or "bestand"


def _listed(facts: Part, starts: list[int]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(("Blad", "Onderdeel", "SHA-256 van het origineel"))
    for part, page in zip(facts["parts"], starts, strict=True):
        title = part["title"]
        safe = f"'{title}" if title.startswith(("=", "+", "-", "@")) else title
        writer.writerow((page, safe, part.get("sha256", "")))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.read(archive.PIECE):
            yield piece


def _store(services: Services, key: str, pieces: Iterable[bytes]) -> None:
    """Put under a key that is the same the second time; what is there stays."""
    if services.files.exists(key):
        return
    sink = services.files.sink(key, limit=LARGEST)
    try:
        for piece in pieces:
            sink.write(piece)
        with suppress(FileExistsError):  # another worker was first
            sink.finish()
    finally:
        sink.abandon()


def _forget_pieces(services: Services, asked: CaseFile, facts: Part) -> None:
    for *_, key in _keys(asked, facts):
        services.files.delete(key)
