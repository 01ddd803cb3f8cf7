"""The scheduled acts of questions and conversations: publishing a planned notice, its PDF, and pointing to posts."""

from __future__ import annotations

import json

from portal.domain import audit, clarification_notices, conversations
from portal.domain.wording import instant_of
from portal.extensions import Database
from portal.models import ClarificationNotice, User
from portal.queries import conversations as conversation_queries
from portal.queries import questions as queries
from portal.services import Services


def publish_notice(database: Database, services: Services, notice_id: str) -> bool:
    """A planned notice whose instant has come. Whoever comes second finds it published."""
    with database.transaction() as db:
        notice = db.get_one(ClarificationNotice, notice_id)
        queries.held(db, notice.round_id)
        db.refresh(notice)
        moment = services.moment()  # after the lock
        if notice.state != "planned" or moment < notice.publish_at:
            return False
        audience = queries.audience(db, notice.round)
        clarification_notices.publish(notice, *queries.last_numbers(db, notice.round_id), audience, moment)
    return True


def draw_up_clarification_notice(database: Database, services: Services, notice_id: str) -> bool:
    """A published notice as PDF, from its frozen facts."""
    with database.reading() as db:
        notice = db.get_one(ClarificationNotice, notice_id)
        if notice.pdf_key is not None:
            return False
    facts, key = json.loads(notice.facts), f"clarification-notices/{notice_id}.pdf"
    if services.files.exists(key):
        stored = services.files.put(key, b"")  # what is there stays, and is described
    else:
        dated = {**facts, "made_at": instant_of(facts["published_at"])}
        attachments = {"nota-van-inlichtingen.json": notice.facts.encode()}
        pdf = services.documents.render("clarification_notice", dated, identifier=notice_id, attachments=attachments)
        stored = services.files.put(key, pdf)
    with database.transaction() as db:
        notice = db.get_one(ClarificationNotice, notice_id)
        if notice.pdf_key is not None:
            return False  # another worker was first
        notice.pdf_key, notice.pdf_sha256 = stored.key, stored.sha256
        audit.record(notice, "draw_up_notice", None, services.now(), sha256=stored.sha256)
    return True


def point_person(database: Database, services: Services, user_id: str) -> bool:
    """One mail to one person that posts wait, at most one an hour."""
    with database.transaction() as db:
        user, before = db.get_one(User, user_id), conversation_queries.pointer(db, user_id)
        waiting = conversation_queries.waiting(db, user)
        pointer = conversations.point(user, before, waiting, services.now())
        if pointer is None:
            return False
        db.add(pointer)
    return True
