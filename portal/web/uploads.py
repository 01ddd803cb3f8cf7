"""Receiving files: the bytes go straight into the store, with no transaction open and nothing spooled."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import unquote

from flask import g, request

from portal.domain import documents
from portal.errors import FileRefused, FileTooLarge, NotFound, PortalError
from portal.faults import fault
from portal.models import Document, new_id
from portal.queries import vault
from portal.services import Inspection, Sink, StoredFile
from portal.terms import DOCUMENT_KINDS, N_
from portal.web.context import db, now, person, release, services

INTEGRITY = "integriteit"
"""Where a place key stands in an address, this word is the integrity check."""

FIELD = "bestand"
PIECE = 512 * 1024
MOST = 4 * documents.MAX_BYTES
"""Bytes that one request may bring in all, refused files included; past it we stop listening."""


class Intake(io.RawIOBase):
    """What an upload is written to: a sink of the store, never read back.

    A file that is refused half-way is read to its end all the same: an answer before that reaches the sender
    as a broken connection, without our message.
    """

    def __init__(self, sink: Sink, *, sealed: bool) -> None:
        super().__init__()
        self.sealed, self.size = sealed, 0
        self._sink = sink
        self._refusal: FileRefused | None = None

    def writable(self) -> bool:
        return True

    def write(self, chunk: bytes) -> int:
        self.size += len(chunk)
        if sum(one.size for one in g.intakes) > MOST:
            raise FileTooLarge("too_large", N_("Dit is samen te groot. Stuur uw bestanden een voor een."))
        if self._refusal is None:
            try:
                self._sink.write(chunk)
            except FileRefused as refusal:
                self._refusal = refusal
        return len(chunk)

    def seek(self, offset: int, whence: int = 0) -> int:
        """The form parser winds back when a file is complete; there is nothing to read again."""
        return 0

    def finish(self) -> StoredFile:
        """Put the file in place. Raises `FileRefused` for what was refused on the way, or was empty."""
        if self._refusal is not None:
            raise self._refusal
        if self.size == 0:
            raise FileRefused(
                "empty", N_("Dit bestand is leeg. Maak of bewaar het opnieuw en upload het daarna nog een keer.")
            )
        return self._sink.finish()

    def abandon(self) -> None:
        self._sink.abandon()


@dataclass(frozen=True)
class Received:
    """A file that is in the store and was inspected; no row names it yet."""

    filename: str
    stored: StoredFile
    inspection: Inspection


@dataclass(frozen=True)
class Batch:
    """What one request brought: files that are in place, and why others are not."""

    received: list[Received] = field(default_factory=list)
    refusals: list[PortalError] = field(default_factory=list)


def _nothing_chosen() -> FileRefused:
    return FileRefused("none", N_("Kies eerst een bestand en druk dan op Uploaden."))


def new_intake(*, sealed: bool) -> Intake:
    """An intake in the store. Who may send a body at all, the guards decided before anything was read."""
    name = new_id()
    sink = services().files.sink(f"documents/{name[:2]}/{name}", limit=documents.MAX_BYTES, sealed=sealed)
    intake = Intake(sink, sealed=sealed)
    g.setdefault("intakes", []).append(intake)
    return intake


def abandon_all(_error: BaseException | None = None) -> None:
    """At the end of a request: what was not finished leaves no trace."""
    for intake in g.pop("intakes", []):
        intake.abandon()


def receive(kind: str, filename: str, stream: IO[bytes] | Intake) -> Received:
    """Store and inspect one file. Gives up the session: load again what is needed afterwards.

    Between this and the row a crash leaves a file that no row names, never a row without its file.
    Raises `FileRefused`; then nothing is kept.
    """
    release()
    sealed = DOCUMENT_KINDS[kind].is_integrity
    intake = stream if isinstance(stream, Intake) else _pour(stream, new_intake(sealed=sealed))
    if intake.sealed != sealed:
        raise NotFound(N_("Dit bestaat niet."))
    fault("upload.received")
    stored, files = intake.finish(), services().files
    fault("upload.stored")
    try:
        # A name alone can be reason to refuse. Then nobody reads on, and the line to the store must not stay taken.
        with closing(files.unseal(stored.key) if sealed else files.chunks(stored.key)) as data:
            inspection = services().inspector.inspect(data, documents.display_name(filename))
    except BaseException:
        files.delete(stored.key)
        raise
    fault("upload.inspected")
    return Received(filename, stored, inspection)


def _pour(stream: IO[bytes], intake: Intake) -> Intake:
    while piece := stream.read(PIECE):
        intake.write(piece)
    return intake


def take(kind: str) -> Batch:
    """Every file of this request: the bare body of a PUT, or the file fields of a form.

    A PUT raises why it was refused; a form gives its refusals back, to show them at the field.
    """
    if request.method == "PUT":
        name = unquote(request.headers.get("X-File-Name", ""), errors="replace")
        return Batch([receive(kind, name, request.stream)])
    batch = Batch()
    for file in request.files.getlist(FIELD):
        if file.filename:
            try:
                batch.received.append(receive(kind, file.filename, file.stream))
            except FileRefused as refusal:
                batch.refusals.append(refusal)
    if not batch.received and not batch.refusals:
        batch.refusals.append(_nothing_chosen())
    release()
    return batch


def keep(one: Received, kind: str, *, replaces: Document | None = None) -> tuple[Document, bool]:
    """The row for a received file, in the own vault; and whether the organisation had these bytes already.

    Then the document it had is used, and the second copy goes.
    """
    actor, moment = person(), now()
    organisation = actor.organisation
    if organisation is None:
        raise NotFound(N_("Dit bestaat niet."))
    same = vault.same_bytes(db(), organisation.id, kind, one.stored.sha256)
    if same is not None:
        services().files.delete(one.stored.key)
        if same.removed_at is not None:
            documents.restore(same, actor, moment)
        return same, True
    document = documents.add(
        organisation, actor, kind, one.filename, one.stored, one.inspection, moment,
        replaces=replaces, has_scanner=services().scanner is not None,
    )  # fmt: skip
    db().add(document)
    return document, False
