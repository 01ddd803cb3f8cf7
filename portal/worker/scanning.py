"""The scheduled acts of malware scanning: each waiting document once, and what changes when a scanner comes or goes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

import structlog
from sqlalchemy import select

from portal.domain import documents, site_notes
from portal.errors import FileDamaged, FileMissing, Unavailable
from portal.extensions import Database
from portal.faults import fault
from portal.models import Document, SitePhoto
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


def scan_photo(database: Database, services: Services, photo_id: str) -> bool:
    """The same for a photograph of a visit."""
    if services.scanner is None:
        return False
    with database.reading() as db:
        photo = db.get_one(SitePhoto, photo_id)
        key = photo.storage_key
    if key is None or photo.scan_state != "waiting":
        return False
    try:
        fault("scan.ask")
        with closing(services.files.chunks(key)) as plain:
            verdict = services.scanner.scan(plain)
        fault("scan.said")
    except (Unavailable, FileMissing) as error:
        log.warning("not scanned", photo=photo_id, why=str(error) or type(error).__name__)
        return False
    with database.transaction() as db:
        return site_notes.judge_photo(
            db.get_one(SitePhoto, photo_id, with_for_update=True), verdict.finding, services.now()
        )


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
            found = [
                one
                for model in (Document, SitePhoto)
                for one in db.scalars(select(model).where(model.scan_state == state).limit(work.BATCH))
            ]
            for one in found:
                documents.await_scan(one, services.now(), has_scanner=has_scanner)
            moved += len(found)
        if not found:
            return moved
