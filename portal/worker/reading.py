"""The scheduled act of reading: each document once, for the values that its owner can take over."""

from __future__ import annotations

from contextlib import closing

import structlog

from portal.domain import readings
from portal.errors import FileDamaged, FileMissing, FileRefused, Unavailable
from portal.extensions import Database
from portal.faults import fault
from portal.models import Document
from portal.services import ReadContent, Services

log = structlog.get_logger("worker")

PDF = "application/pdf"


def read_document(database: Database, services: Services, document_id: str) -> bool:
    """Read one document, with no transaction open. What cannot be read is kept as such, and stays usable."""
    with database.reading() as db:
        document = db.get_one(Document, document_id)
        if not readings.is_awaited(document):
            return False
    try:
        fault("read.ask")
        content = _content(services, document)
        fault("read.said")
    except Unavailable as error:
        log.warning("not read", document=document_id, why=str(error))
        return False
    with database.transaction() as db:
        again = db.get_one(Document, document_id, with_for_update=True)
        # it may have been sealed or put back meanwhile: then these are no longer its bytes
        return again.storage_key == document.storage_key and readings.keep(again, content, services.now())


def _content(services: Services, document: Document) -> ReadContent | None:
    if document.content_type != PDF:
        return ReadContent((), document.pages)  # a picture has no text layer
    try:
        with closing(services.files.chunks(document.storage_key)) as data:
            return services.reader.read(data, services.now())
    except (FileRefused, FileMissing, FileDamaged) as error:
        log.info("unreadable", document=document.id, why=type(error).__name__)
        return None
