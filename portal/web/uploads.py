"""Receiving files: the bytes go straight into the store, with no transaction open and nothing spooled."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import IO, NamedTuple
from urllib.parse import unquote

from flask import g, request
from flask_babel import gettext
from sqlalchemy import event

from portal.adapters import pieces
from portal.domain import documents, photos, uploading
from portal.errors import FileRefused, FileTooLarge, NotFound, PortalError
from portal.faults import fault
from portal.models import Document, Photo, Upload, new_id
from portal.queries import uploads as queries
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
    """A file that is in the store and was inspected; no row names it yet.

    What it was made of goes when it is kept: the `upload_id` whose pieces it was, or `photo_ids`. With `document_id`
    that was done before, and its answer did not arrive.
    """

    filename: str
    stored: StoredFile
    inspection: Inspection
    upload_id: str = ""
    photo_ids: tuple[str, ...] = ()
    document_id: str = ""


class Kept(NamedTuple):
    """A file that is in the vault.

    `had_already`: the organisation had these bytes, and that document is used. `elsewhere`: it has them as another
    kind as well.
    """

    document: Document
    had_already: bool
    elsewhere: Document | None = None


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
    """At the end of a request: what was not finished leaves no trace, nor does what a kept file was made of."""
    for intake in g.pop("intakes", []):
        intake.abandon()
    for key in g.pop("spent", []):
        with suppress(PortalError):  # the store is away: a day later it is swept
            services().files.delete(key)


def receive(kind: str, filename: str, source: Iterable[bytes] | Intake) -> Received:
    """Store and inspect one file. Gives up the session: load again what is needed afterwards.

    Between this and the row a crash leaves a file that no row names, never a row without its file.
    Raises `FileRefused`; then nothing is kept.
    """
    release()
    sealed = DOCUMENT_KINDS[kind].is_integrity
    intake = source if isinstance(source, Intake) else _pour(source, new_intake(sealed=sealed))
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


def _pour(source: Iterable[bytes], intake: Intake) -> Intake:
    for piece in source:
        intake.write(piece)
    return intake


def read(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream in pieces, for `receive`."""
    while piece := stream.read(PIECE):
        yield piece


def take(kind: str) -> Batch:
    """Every file of this request: the bare body of a PUT, the pieces or photographs it names, or the file fields of a
    form. Gives up the session, in which nothing could be written: load again what is needed afterwards.

    A PUT raises why it was refused; a form gives its refusals back, to show them at the field.
    """
    batch = _take(kind)
    release()
    return batch


def _take(kind: str) -> Batch:
    if request.method == "PUT":
        if upload_id := request.headers.get("X-Upload"):
            return Batch([_take_pieces(kind, upload_id)])
        name = unquote(request.headers.get("X-File-Name", ""), errors="replace")
        return Batch([receive(kind, name, read(request.stream))])
    batch = Batch()
    if "fotos" in request.form:
        try:
            batch.received.append(_take_photos(kind))
        except FileRefused as refusal:
            batch.refusals.append(refusal)
        return batch
    for file in request.files.getlist(FIELD):
        if file.filename:
            try:
                batch.received.append(receive(kind, file.filename, _arriving(file.stream)))
            except FileRefused as refusal:
                batch.refusals.append(refusal)
    if not batch.received and not batch.refusals:
        batch.refusals.append(_nothing_chosen())
    return batch


def _arriving(stream: IO[bytes]) -> Iterable[bytes] | Intake:
    return stream if isinstance(stream, Intake) else read(stream)


def _take_pieces(kind: str, upload_id: str) -> Received:
    """The file of which every piece is there. Asked again it is the document it became."""
    upload = queries.own(db(), upload_id, person().id)
    if upload is None:
        raise NotFound(N_("Deze upload bestaat niet meer. Begin opnieuw met uploaden."))
    files = services().files
    uploading.require_complete(upload, kind, pieces.received(files, upload_id))
    filename, sealed = upload.filename, DOCUMENT_KINDS[kind].is_integrity
    if upload.document_id is not None:
        document = db().get_one(Document, upload.document_id)
        stored = StoredFile(document.storage_key, document.sha256, document.size)
        return Received(filename, stored, Inspection("", 0), document_id=upload.document_id)
    found = receive(kind, filename, pieces.joined(files, upload_id, sealed=sealed))
    return Received(filename, found.stored, found.inspection, upload_id)


def _take_photos(kind: str) -> Received:
    """The photographs that this person has ready, as one PDF."""
    ready = queries.photos(db(), person().id, kind)
    photos.require_some(ready)
    found = [(one.id, one.stored_as) for one in ready]
    name = documents.display_name(request.form.get("naam", "").strip().removesuffix(".pdf") or gettext("Foto’s"))
    release()
    files, sealed = services().files, DOCUMENT_KINDS[kind].is_integrity
    pages = [files.unseal(key) if sealed else files.chunks(key) for _, key in found]
    pdf = services().inspector.combine(pages)
    made = receive(kind, f"{name}.pdf", read(io.BytesIO(pdf)))
    return Received(made.filename, made.stored, made.inspection, photo_ids=tuple(one for one, _ in found))


def keep(one: Received, kind: str, *, replaces: Document | None = None) -> Kept:
    """The row for a received file, in the own vault; and whether the organisation had these bytes already.

    Then the document it had is used, and the second copy goes.
    """
    actor, moment = person(), now()
    organisation = actor.works_for
    if organisation is None:
        raise NotFound(N_("Dit bestaat niet."))
    if one.document_id:
        return Kept(db().get_one(Document, one.document_id), had_already=False)
    same, elsewhere = vault.same_bytes(db(), organisation.id, kind, one.stored.sha256)
    if same is not None:
        services().files.delete(one.stored.key)
        if same.removed_at is not None:
            documents.restore(same, actor, moment)
        _spend(one, same)
        return Kept(same, True, elsewhere)
    document = documents.add(
        organisation, actor, kind, one.filename, one.stored, one.inspection, moment,
        replaces=replaces, has_scanner=services().scanner is not None,
    )  # fmt: skip
    db().add(document)
    _spend(one, document)
    return Kept(document, False, elsewhere)


def _spend(one: Received, document: Document) -> None:
    """What the document was made of goes: the rows with this transaction, the files once it was committed."""
    files, spent = services().files, list[str]()
    if one.upload_id and (upload := db().get(Upload, one.upload_id)) is not None:
        db().flush()
        uploading.finish(upload, document)
        spent += pieces.keys(files, one.upload_id)
    for photo in [db().get(Photo, photo_id) for photo_id in one.photo_ids]:
        if photo is not None:
            spent.append(photo.stored_as)
            db().delete(photo)
    if spent:
        event.listen(db(), "after_commit", lambda _: g.setdefault("spent", []).extend(spent), once=True)


def keep_photos(batch: Batch, kind: str) -> tuple[list[Photo], list[PortalError]]:
    """The rows for received photographs, and why others are not kept. One that was sent alone raises why."""
    kept: list[Photo] = []
    refusals = list(batch.refusals)
    for one in batch.received:
        try:
            kept.append(_keep_photo(one, kind))
        except FileRefused as refusal:
            services().files.delete(one.stored.key)
            if request.method == "PUT":
                raise
            refusals.append(refusal)
    return kept, refusals


def _keep_photo(one: Received, kind: str) -> Photo:
    db().flush()
    present = queries.photos(db(), person().id, kind)
    photo = photos.add(present, person(), kind, one.filename, one.stored, one.inspection, now())
    db().add(photo)
    if one.upload_id and (upload := db().get(Upload, one.upload_id)) is not None:
        keys = pieces.keys(services().files, one.upload_id)
        db().delete(upload)
        event.listen(db(), "after_commit", lambda _: g.setdefault("spent", []).extend(keys), once=True)
    return photo
