"""The scheduled acts of malware scanning: each waiting document once, and what changes when a scanner comes or goes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

import structlog
from sqlalchemy import select

from portal.domain import documents
from portal.errors import FileDamaged, FileMissing, Unavailable
from portal.extensions import Database
from portal.faults import fault
from portal.models import Document
from portal.queries import work
from portal.services import Services

log = structlog.get_logger("worker")


def scan_document(database: Database, services: Services, document_id: str) -> bool:
    """Ask the scanner about one document, with no transaction open. A scanner that is away leaves it waiting."""
    if services.scanner is None:
        return False
    with database.reading() as db:
        document = db.get_one(Document, document_id)
        if document.scan_state != "waiting":
            return False
    try:
        fault("scan.ask")
        with closing(_plain(services, document)) as plain:
            verdict = services.scanner.scan(plain)
        fault("scan.said")
    except (Unavailable, FileMissing, FileDamaged) as error:
        log.warning("not scanned", document=document_id, why=str(error) or type(error).__name__)
        return False
    with database.transaction() as db:
        document = db.get_one(Document, document_id, with_for_update=True)
        return documents.judge(document, verdict.finding, services.now())


def _plain(services: Services, document: Document) -> Generator[bytes]:
    # A sealed form is opened for the scanner only: its bytes go over one connection and are kept nowhere.
    files = services.files
    return files.unseal(document.storage_key) if document.is_sealed else files.chunks(document.storage_key)


def follow_settings(database: Database, services: Services) -> int:
    """What was never scanned waits as soon as there is a scanner; what waits, does not when there is none any more."""
    has_scanner, moved = services.scanner is not None, 0
    while True:
        with database.transaction() as db:
            state = "none" if has_scanner else "waiting"
            found = db.scalars(select(Document).where(Document.scan_state == state).limit(work.BATCH)).all()
            for one in found:
                documents.await_scan(one, services.now(), has_scanner=has_scanner)
            moved += len(found)
        if not found:
            return moved
