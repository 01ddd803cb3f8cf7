"""The scheduled act of holding the documents of a dossier against the rules: stored signals for who screens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain import signals
from portal.extensions import Database
from portal.faults import fault
from portal.models import Review
from portal.queries import dossiers
from portal.queries import signals as queries
from portal.services import Services


def signal_review(database: Database, services: Services, review_id: str) -> bool:
    """Every occasion of one dossier that was not looked at yet, oldest first, in one transaction."""
    with database.transaction() as db:
        review = queries.review_to_signal(db, review_id)
        if review is None:
            return False
        now, done = services.now(), queries.occasions(db, review_id)
        sent = [one.id for one in review.remedies if one.answered_at is not None]
        due = [one for one in (signals.TAKEN_IN, *sent) if one not in done]
        for occasion in due:
            fault("signals.occasion")
            _look(db, review, occasion, now)
    return bool(due)


def _look(db: Session, review: Review, occasion: str, now: datetime) -> None:
    documents = queries.read_documents(db, dossiers.documents(db, review))
    given = signals.handed(review, documents, occasion)
    screened = signals.screened(review, given, now)
    copies = queries.copies(db, review, screened)
    known = queries.fingerprints(db, [review.id, *(one.other_review_id for one in copies)])
    rows = [signals.made(review, one, now) for one in signals.find(review, given)]
    names = queries.filenames(db, [one.other_document_id for one in copies])
    for one in copies:
        rows.append(signals.made(review, signals.of_copy(one, documents[one.document_id].filename), now, copy=one))
        # who came first learns of it too
        back = signals.Copy(
            one.other_document_id, review.id, review.application_id, one.document_id, one.is_file, one.number
        )
        there = db.get_one(Review, one.other_review_id)
        rows.append(signals.made(there, signals.of_copy(back, names[back.document_id]), now, copy=back))
    fresh = {(one.review_id, one.fingerprint): one for one in rows}
    db.add_all(one for key, one in fresh.items() if key not in known)
    have = queries.screened_ids(db, review.id)
    db.add_all(one for one in screened if one.document_id not in have)
    db.add(signals.ran(review, occasion, len(screened), now))
    db.flush()
