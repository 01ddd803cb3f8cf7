"""Uploads that stopped half-way, and photographs that never became a PDF: forgotten after a day of rest."""

from __future__ import annotations

from datetime import datetime

from portal.adapters import pieces
from portal.extensions import Database
from portal.models import Photo, Upload
from portal.queries import uploads as queries
from portal.services import Services


def sweep(database: Database, services: Services, older_than: datetime) -> int:
    """Forget what rests since before `older_than`; how many pieces that were. One that still comes in is left alone.

    The row goes first: from then on nobody can add a piece, and what is in the store belongs to nobody.
    """
    files, removed = services.files, 0
    with database.reading() as db:
        resting = [
            one.id
            for one in queries.begun_before(db, older_than)
            if one.document_id is not None or pieces.is_idle(files, one.id, older_than)
        ]
        unused = [one.id for one in queries.photos_before(db, older_than)]
    if resting or unused:
        with database.transaction() as db:
            for model, ids in ((Upload, resting), (Photo, unused)):
                for row in filter(None, (db.get(model, one) for one in ids)):
                    db.delete(row)
    with database.reading() as db:
        for key, upload_id in list(pieces.ownerless(files, older_than)):
            if not queries.is_known(db, upload_id):
                files.delete(key)
                removed += 1
    return removed
