"""What an organisation asked and wrote, and what it was answered, as plain values: for who wants to take it along.

Of its own only. An answer is here once it was published; a post that nobody of the organisation opened keeps its text
to itself, as on its page, for opening it tells the other side.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain import conversations as domain
from portal.domain import questions as asking
from portal.models import Clarification, Conversation, Post, PostOpening, Question
from portal.models.conversations import APPLICANT
from portal.queries import questions as queries


def questions(db: Session, organisation_id: str) -> list[dict[str, Any]]:
    """Every question, newest first, with the answer that was published."""
    return [_question(one) for one in queries.own(db, organisation_id)]


def _question(one: Question) -> dict[str, Any]:
    about = asking.subject(one.round, one.subject)
    return {
        "procedure": one.round.procedure.title,
        "authority": one.authority.name,
        "round": one.round.label,
        "subject": " ".join(each for each in (about.code, about.name) if each),
        "state": one.state,
        "text": one.text,
        "saved_at": one.saved_at.isoformat(),
        "saved_by": one.saved_by.name,
        "sent_at": one.sent_at.isoformat() if one.sent_at else None,
        "sent_by": one.sent_by.name if one.sent_by else None,
        "published": _published(one.clarification),
    }


def _published(found: Clarification | None) -> dict[str, Any] | None:
    if found is None or found.state != "published" or found.notice is None or found.notice.published_at is None:
        return None
    return {
        "notice": found.notice.number,
        "number": found.number,
        "question": found.question,
        "answer": found.answer,
        "published_at": found.notice.published_at.isoformat(),
    }


def conversations(db: Session, organisation_id: str) -> list[tuple[str, str]]:
    """Id and title of every conversation, oldest first."""
    chosen = select(Conversation.id, Conversation.title).where(Conversation.organisation_id == organisation_id)
    return [(one.id, one.title) for one in db.execute(chosen.order_by(Conversation.begun_at, Conversation.id))]


def conversation(db: Session, conversation_id: str, organisation_id: str) -> dict[str, Any]:
    """One conversation with its posts, and who opened them when."""
    found = db.scalars(
        select(Conversation)
        .where(Conversation.id == conversation_id, Conversation.organisation_id == organisation_id)
        .options(
            selectinload(Conversation.posts).options(
                joinedload(Post.posted_by, innerjoin=True),
                selectinload(Post.openings).joinedload(PostOpening.opened_by, innerjoin=True),
            )
        )
    ).one()
    closed = {one.id for one in domain.unopened(found, APPLICANT)}
    return {
        "title": found.title,
        "procedure": found.procedure.title,
        "authority": found.authority.name,
        "application": found.application.number if found.application else None,
        "begun_at": found.begun_at.isoformat(),
        "posts": [
            {
                "side": one.side,
                "by": one.posted_by.name,
                "posted_at": one.posted_at.isoformat(),
                "text": None if one.id in closed else one.text,
                "opened": [
                    {"by": each.opened_by.name, "at": each.opened_at.isoformat()}
                    for each in sorted(one.openings, key=lambda each: each.opened_at)
                ],
            }
            for one in found.posts
        ],
    }
