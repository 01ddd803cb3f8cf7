"""Everything of one organisation, and everything about one person, as plain values: for who wants to take it along.

Only what the organisation itself brought, got or did. What officials thought of it is never read here, and neither is
the content of what is sealed: of that an entry says that it is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain import manifests as domain
from portal.models import (
    Agreement,
    Application,
    AuditEvent,
    Base,
    Bridging,
    DecisionLetter,
    Document,
    Follower,
    LateAttempt,
    LoginSession,
    Message,
    Organisation,
    RemedyRequest,
    Review,
    Signature,
    SiteVisit,
    Submission,
    User,
)


def downloads_since(db: Session, organisation_id: str, act: str, since: datetime) -> Sequence[datetime]:
    """When somebody took everything along, after `since`."""
    return db.scalars(
        select(AuditEvent.at).where(
            AuditEvent.subject_type == "Organisation",
            AuditEvent.subject_id == organisation_id,
            AuditEvent.act == act,
            AuditEvent.at > since,
        )
    ).all()


def size_of(db: Session, organisation_id: str) -> tuple[int, int]:
    """How many documents there are in all versions, and their bytes together."""
    chosen = select(func.count(Document.id), func.coalesce(func.sum(Document.size), 0)).where(
        Document.organisation_id == organisation_id
    )
    count, size = db.execute(chosen).one()
    return int(count), int(size)


def documents(db: Session, organisation_id: str) -> Sequence[Document]:
    """Every version of every document, also what was taken out of the vault; by kind, oldest first."""
    return db.scalars(
        select(Document)
        .where(Document.organisation_id == organisation_id)
        .options(joinedload(Document.uploaded_by))
        .order_by(Document.kind, Document.filename, Document.version, Document.uploaded_at)
    ).all()


@dataclass(frozen=True)
class Made:
    """A PDF that the portal made: what it is called, and where its bytes are."""

    folder: str
    name: str
    key: str
    sha256: str


def application_ids(db: Session, organisation_id: str) -> list[tuple[str, str]]:
    """Id and number of every application, oldest first."""
    chosen = select(Application.id, Application.number).where(Application.organisation_id == organisation_id)
    return [(one.id, one.number) for one in db.execute(chosen.order_by(Application.created_at))]


def made(db: Session, organisation_id: str) -> Iterator[Made]:
    """Receipts, letters that were told, agreements in every version, and bridging agreements."""
    for number, receipt, key, sha256 in db.execute(
        select(Application.number, Submission.receipt_number, Submission.receipt_key, Submission.receipt_sha256)
        .join(Submission, Submission.application_id == Application.id)
        .where(Application.organisation_id == organisation_id, Submission.receipt_key.is_not(None))
        .order_by(Submission.submitted_at)
    ):
        yield Made(f"aanmeldingen/{number}", f"ontvangstbewijs-{receipt}.pdf", key, sha256)
    for number, letter, key, sha256 in db.execute(
        select(Application.number, DecisionLetter.number, DecisionLetter.pdf_key, DecisionLetter.pdf_sha256)
        .join(DecisionLetter, DecisionLetter.application_id == Application.id)
        .where(Application.organisation_id == organisation_id, DecisionLetter.pdf_key.is_not(None))
    ):
        yield Made(f"aanmeldingen/{number}", f"besluit-{letter}.pdf", key, sha256)
    for number, visit, key, sha256 in db.execute(
        select(Application.number, SiteVisit.number, SiteVisit.pdf_key, SiteVisit.pdf_sha256)
        .join(Review, Review.application_id == Application.id)
        .join(SiteVisit, SiteVisit.review_id == Review.id)
        .where(Application.organisation_id == organisation_id, SiteVisit.pdf_key.is_not(None))
    ):
        yield Made(f"aanmeldingen/{number}", f"toetsing-{visit}.pdf", key, sha256)
    own = Agreement.organisation_id == organisation_id
    for number, key, sha256 in db.execute(
        select(Agreement.number, Agreement.pdf_key, Agreement.pdf_sha256).where(own, Agreement.pdf_key.is_not(None))
    ):
        yield Made(f"overeenkomsten/{number}", f"{number}-niet-ondertekend.pdf", key, sha256)
    named = {"provider": "ondertekend-door-zorgaanbieder", "authority": "ondertekend"}
    for number, party, key, sha256 in db.execute(
        select(Agreement.number, Signature.party, Signature.pdf_key, Signature.pdf_sha256)
        .join(Signature, Signature.agreement_id == Agreement.id)
        .where(own, Signature.pdf_key.is_not(None))
    ):
        yield Made(f"overeenkomsten/{number}", f"{number}-{named[party]}.pdf", key, sha256)
    for number, key, sha256 in db.execute(
        select(Agreement.number, Bridging.pdf_key, Bridging.pdf_sha256)
        .join(Bridging, Bridging.agreement_id == Agreement.id)
        .where(own, Bridging.pdf_key.is_not(None))
    ):
        yield Made(f"overeenkomsten/{number}", f"{number}-overbrugging.pdf", key, sha256)


def organisation(db: Session, organisation_id: str) -> dict[str, Any]:
    """The organisation and its people; no password, no login."""
    found = db.get_one(Organisation, organisation_id)
    people = db.scalars(select(User).where(User.organisation_id == organisation_id).order_by(User.name))
    skipped = {"id", "version"}
    return {
        **{name: _plain(value) for name, value in _columns(found).items() if name not in skipped},
        "people": [
            {
                "name": one.name,
                "email": one.email,
                "function": one.function,
                "roles": sorted(one.role_names),
                "since": _plain(one.created_at),
                "confirmed_at": _plain(one.verified_at),
                "ended_at": _plain(one.disabled_at),
            }
            for one in people
        ],
    }


def application(db: Session, application_id: str, organisation_id: str) -> dict[str, Any]:
    """One application with its draft, every submission, remedies and late attempts."""
    found = db.scalars(
        select(Application).where(Application.id == application_id, Application.organisation_id == organisation_id)
    ).one()
    remedies = db.scalars(
        select(RemedyRequest)
        .join(Review, Review.id == RemedyRequest.review_id)
        .where(Review.application_id == application_id)
    )
    visits = db.scalars(select(SiteVisit).join(SiteVisit.review).where(Review.application_id == application_id))
    late = db.scalars(select(LateAttempt).where(LateAttempt.application_id == application_id))
    kept = {one.id for one in found.every_party if one.own_parts}  # what a party filled in is not for its lead to keep
    return {
        "number": found.number,
        "procedure": found.round.procedure.title,
        "authority": found.authority.name,
        "round": found.round.label,
        "state": found.state,
        "created_at": _plain(found.created_at),
        "saved_at": _plain(found.saved_at),
        "sealed": found.sealed_at is not None,
        "selections": [
            {
                "lot": one.product.lot.code,
                "product": one.product.code,
                "product_name": one.product.name,
                "municipality": one.municipality.name,
            }
            for one in sorted(found.selections, key=lambda one: (one.product.lot.code, one.product.code, one.id))
        ],
        "parties": [
            {
                "position": one.position,
                "role": one.role,
                "name": one.name,
                "kvk_number": one.kvk_number,
                "city": one.city,
                "part": one.part,
                "removed_at": _plain(one.removed_at),
                "fills_in_itself": one.id in kept,
            }
            for one in found.every_party
        ],
        "answers": [
            {
                "requirement": one.requirement.code,
                "title": one.requirement.title,
                "lot": one.lot.code if one.lot else None,
                "party": one.party.position if one.party else None,
                "value": one.value,
                "is_equivalent": one.is_equivalent,
                "argument": one.argument,
                "saved_at": _plain(one.saved_at),
                "saved_by": one.saved_by.name,
            }
            for one in sorted(
                found.answers,
                key=lambda one: (one.requirement.position, one.lot.code if one.lot else "", one.id),
            )
            if one.party_id not in kept
        ],
        "evidence": [
            {
                "requirement": one.requirement.code if one.requirement else None,
                "lot": one.lot.code if one.lot else None,
                "party": one.party.position if one.party else None,
                "filename": one.document.filename,
                "version": one.document.version,
                "sha256": one.document.sha256,
            }
            for one in found.evidence
            if one.party_id not in kept
        ],
        "offer": [{"criterion": one.criterion, "lot": one.lot.code, "text": one.text} for one in found.offer_texts],
        "submissions": [
            {
                "receipt_number": one.receipt_number,
                "submitted_at": _plain(one.submitted_at),
                "submitted_by": one.submitted_by.name,
                "withdrawn_at": _plain(one.withdrawn_at),
                "digest": one.digest,
                "sealed": one.is_sealed,
            }
            for one in found.submissions
        ],
        "remedies": [
            {
                "asked_at": _plain(one.requested_at),
                "due_at": _plain(one.due_at),
                "answered_at": _plain(one.answered_at),
                "questions": [
                    {
                        "requirement": item.requirement.code,
                        "question": item.question,
                        "explanation": item.explanation,
                        "files": [used.document.filename for used in item.documents],
                    }
                    for item in one.items
                ],
            }
            for one in remedies
        ],
        "site_visits": [
            {
                "number": one.number,
                "planned_at": _plain(one.planned_at),
                "starts_at": _plain(one.starts_at),
                "place": one.place,
                "cancelled_at": _plain(one.cancelled_at),
                "report_sent_at": _plain(one.sent_at),
                "replied_at": _plain(one.replied_at),
                "replies": [point.reply for point in one.points if point.reply],
                "established_at": _plain(one.established_at),
            }
            for one in visits
        ],
        "late_attempts": [
            {"number": one.number, "tried_at": _plain(one.tried_at), "by": one.tried_by.name, "digest": one.digest}
            for one in late
        ],
    }


def manifests(db: Session, application_id: str) -> list[tuple[str, str]]:
    """Receipt number and manifest of each submission that can be read: exactly as it was hashed, unless a party filled
    in its own part and keeps some of it to itself.
    """
    chosen = select(Submission.receipt_number, Submission.manifest).where(
        Submission.application_id == application_id, Submission.manifest != ""
    )
    return [(one.receipt_number, _for_lead(one.manifest)) for one in db.execute(chosen.order_by(Submission.sequence))]


def _for_lead(text: str) -> str:
    content = json.loads(text)
    shown = domain.for_lead(content)
    return text if shown == content else domain.canonical(shown)


def messages(db: Session, organisation_id: str) -> Iterator[Message]:
    """Every mail to somebody of the organisation, a few at a time, oldest first."""
    addresses = select(User.email).where(User.organisation_id == organisation_id)
    chosen = select(Message).where(Message.to.in_(addresses)).order_by(Message.created_at, Message.id)
    for one in db.scalars(chosen.execution_options(yield_per=100)):
        yield one
        db.expunge(one)


def acts(db: Session, organisation_id: str) -> Iterator[AuditEvent]:
    """What people of the organisation did here, oldest first. Not what officials did with it."""
    own = select(User.id).where(User.organisation_id == organisation_id)
    chosen = select(AuditEvent).where(AuditEvent.actor_id.in_(own)).order_by(AuditEvent.id)
    for one in db.scalars(chosen.execution_options(yield_per=200)):
        yield one
        db.expunge(one)


# One person


@dataclass(frozen=True)
class Mention:
    """How often a person stands in one kind of record, and as what."""

    table: str
    column: str
    count: int


def person(db: Session, user: User) -> dict[str, Any]:
    """What the portal keeps of somebody as a person (AVG, art. 15): for the page and as JSON."""
    logins = db.scalars(select(LoginSession).where(LoginSession.user_id == user.id).order_by(LoginSession.created_at))
    follows = db.scalars(select(Follower).where(Follower.user_id == user.id).options(joinedload(Follower.procedure)))
    mails = db.execute(
        select(Message.template, Message.created_at, Message.sent_at)
        .where(Message.to == user.email)
        .order_by(Message.created_at)
    )
    done = db.execute(
        select(AuditEvent.act, AuditEvent.subject_type, func.count(AuditEvent.id), func.max(AuditEvent.at))
        .where(AuditEvent.actor_id == user.id)
        .group_by(AuditEvent.act, AuditEvent.subject_type)
        .order_by(func.max(AuditEvent.at).desc())
    )
    works_for = user.organisation or user.authority
    return {
        "name": user.name,
        "email": user.email,
        "function": user.function,
        "roles": sorted(user.role_names),
        "works_for": works_for.name if works_for else "",
        "since": _plain(user.created_at),
        "confirmed_at": _plain(user.verified_at),
        "failed_logins": user.failed_logins,
        "logins": [
            {"began_at": _plain(one.created_at), "seen_at": _plain(one.seen_at), "ended_at": _plain(one.ended_at)}
            for one in logins
        ],
        "follows": [{"procedure": one.procedure.title, "since": _plain(one.since)} for one in follows],
        "mails": [
            {"about": one.template, "made_at": _plain(one.created_at), "sent_at": _plain(one.sent_at)} for one in mails
        ],
        "acts": [
            {"act": act, "about": about, "times": times, "last_at": _plain(last)} for act, about, times, last in done
        ],
        "mentioned": [{"table": one.table, "as": one.column, "times": one.count} for one in _mentions(db, user)],
    }


def _mentions(db: Session, user: User) -> Iterator[Mention]:
    """Every record that refers to this person: read off the tables themselves, so a new one cannot be forgotten."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(one.column.table.name == "users" for one in column.foreign_keys):
                count = db.scalar(select(func.count()).select_from(table).where(column == user.id)) or 0
                if count:
                    yield Mention(table.name, column.name.removesuffix("_id"), count)


def _columns(row: Base) -> dict[str, Any]:
    return {one.key: getattr(row, one.key) for one in row.__mapper__.column_attrs}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
