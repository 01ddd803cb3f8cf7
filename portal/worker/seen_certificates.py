"""Forgetting certificates of conduct: the pictures of their pages go after the look, the file when its owner agreed."""

from __future__ import annotations

from datetime import UTC, datetime

from portal.domain import seen_certificates as domain
from portal.extensions import Database
from portal.faults import fault
from portal.models import Document, SeenCertificate
from portal.queries import seen_certificates as queries
from portal.services import Files, Services

EVER = datetime.max.replace(tzinfo=UTC)


def _pictures(files: Files, sha256: str) -> int:
    """Remove what was drawn and read of the pages; how many objects that were."""
    keys = list(files.keys(f"pages/{sha256}/", EVER))
    for key in keys:
        files.delete(key)
    return len(keys)


def forget(database: Database, services: Services, look_id: str) -> bool:
    """After a look nothing that was made of the document for officials stays. They cannot ask it anew."""
    with database.reading() as db:
        look = db.get_one(SeenCertificate, look_id)
        sha256 = db.get_one(Document, look.document_id).sha256
        if look.forgotten_at is not None:
            return False
    _pictures(services.files, sha256)
    fault("certificate.forgotten")
    with database.transaction() as db:
        look = db.get_one(SeenCertificate, look_id, with_for_update=True)
        if look.forgotten_at is not None:
            return False
        look.forgotten_at = services.now()
        return True


def erase(database: Database, services: Services, document_id: str) -> bool:
    """The file itself, when its owner agreed and no running application needs it. Half done is done again."""
    with database.transaction() as db:
        document = db.get_one(Document, document_id, with_for_update=True)
        if document.erased_at is not None or document.may_erase_at is None:
            return False
        if domain.waits_for(document, queries.using(db, document_id), queries.of_document(db, document_id)):
            return False
        pictures = _pictures(services.files, document.sha256)
        services.files.delete(document.storage_key)
        fault("certificate.erased")
        domain.erase(document, pictures + 1, services.now())
        return True
