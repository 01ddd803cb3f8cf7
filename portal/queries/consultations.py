"""Reads of consultations: for everybody, for one organisation, and for officials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.models import (
    AddedMeeting,
    Authority,
    Edition,
    MeetingDraw,
    MeetingRegistration,
    Minutes,
    NotePoint,
    Organisation,
    Procedure,
    Reaction,
    ReactionNote,
    User,
)

BATCH = 200

# Built once: everybody opens this page.
_PUBLISHED = (
    select(Procedure)
    .join(Procedure.authority)
    .where(
        Authority.slug == bindparam("authority_slug"),
        Procedure.slug == bindparam("slug"),
        Procedure.published_at.is_not(None),
    )
    .options(contains_eager(Procedure.authority))
)


def published(db: Session, authority_slug: str, slug: str) -> Procedure | None:
    """A published procedure with its authority."""
    return db.scalar(_PUBLISHED, {"authority_slug": authority_slug, "slug": slug})


def procedure(db: Session, procedure_id: str) -> Procedure | None:
    """With its authority, published or not: for officials."""
    return db.scalar(
        select(Procedure).where(Procedure.id == procedure_id).options(joinedload(Procedure.authority, innerjoin=True))
    )


def procedures(db: Session) -> Sequence[Procedure]:
    """All of them, with their authority, by title."""
    return db.scalars(
        select(Procedure).options(joinedload(Procedure.authority, innerjoin=True)).order_by(Procedure.title)
    ).all()


def added_meetings(db: Session, procedure_id: str | None = None) -> Sequence[AddedMeeting]:
    """The meetings that were planned in the portal, of one procedure or of all."""
    wanted = select(AddedMeeting).order_by(AddedMeeting.starts_at)
    return db.scalars(wanted if procedure_id is None else wanted.where(AddedMeeting.procedure_id == procedure_id)).all()


@dataclass
class Standing:
    """What became of one consultation: by meeting code the persons with a seat and on the list, the number of the
    published minutes and whether lots were drawn; whether the note is published, and the edition that followed it.
    """

    invited: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    registered: dict[str, int] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)
    drawn: dict[str, int] = field(default_factory=dict)
    note: bool = False
    edition: int | None = None


def standing(db: Session, procedure_id: str, code: str, closes_at: datetime) -> Standing:
    """One statement for the whole of it."""
    seats, minutes, drawn, note = MeetingRegistration, Minutes, MeetingDraw, ReactionNote
    parts: list[Select[Any]] = [
        select(seats.state.label("what"), seats.meeting_code.label("code"), func.sum(seats.persons).label("number"))
        .where(seats.procedure_id == procedure_id, seats.consultation_code == code, seats.state != "withdrawn")
        .group_by(seats.state, seats.meeting_code),
        select(literal("minutes"), minutes.meeting_code, func.max(minutes.number))
        .where(
            minutes.procedure_id == procedure_id,
            minutes.consultation_code == code,
            minutes.published_at.is_not(None),
        )
        .group_by(minutes.meeting_code),
        select(literal("drawn"), drawn.meeting_code, literal(1)).where(
            drawn.procedure_id == procedure_id, drawn.consultation_code == code
        ),
        select(literal("note"), literal(""), literal(1)).where(
            note.procedure_id == procedure_id, note.consultation_code == code, note.state == "published"
        ),
        select(literal("edition"), literal(""), func.min(Edition.number))
        .where(Edition.procedure_id == procedure_id, Edition.adopted_at >= closes_at)
        .having(func.min(Edition.number).is_not(None)),
    ]
    found = Standing()
    for what, meeting, number in db.execute(union_all(*parts)):
        if what == "note":
            found.note = True
        elif what == "edition":
            found.edition = number
        else:
            getattr(found, what)[meeting] = number
    return found


# --- one organisation ---


def own_reactions(db: Session, procedure_id: str, code: str, organisation_id: str) -> Sequence[Reaction]:
    """What one organisation wrote, drafts included."""
    return db.scalars(
        select(Reaction)
        .where(
            Reaction.procedure_id == procedure_id,
            Reaction.consultation_code == code,
            Reaction.organisation_id == organisation_id,
        )
        .options(
            joinedload(Reaction.organisation, innerjoin=True).selectinload(Organisation.users),
            joinedload(Reaction.saved_by, innerjoin=True),
            joinedload(Reaction.sent_by),
        )
    ).all()


def own_registrations(
    db: Session, procedure_id: str, code: str, organisation_id: str
) -> dict[str, MeetingRegistration]:
    """By meeting code."""
    found = db.scalars(
        select(MeetingRegistration).where(
            MeetingRegistration.procedure_id == procedure_id,
            MeetingRegistration.consultation_code == code,
            MeetingRegistration.organisation_id == organisation_id,
        )
    )
    return {one.meeting_code: one for one in found}


# --- meetings ---


def registrations(
    db: Session, procedure_id: str, code: str, meeting_code: str, *, people: bool = True
) -> Sequence[MeetingRegistration]:
    """All registrations for one meeting, in order of registering; with the colleagues who get the mail."""
    wanted = (
        select(MeetingRegistration)
        .where(
            MeetingRegistration.procedure_id == procedure_id,
            MeetingRegistration.consultation_code == code,
            MeetingRegistration.meeting_code == meeting_code,
        )
        .order_by(MeetingRegistration.registered_at, MeetingRegistration.number)
    )
    load = joinedload(MeetingRegistration.organisation, innerjoin=True)
    return db.scalars(wanted.options(load.selectinload(Organisation.users) if people else load)).all()


def draw(db: Session, procedure_id: str, code: str, meeting_code: str) -> MeetingDraw | None:
    return db.scalar(
        select(MeetingDraw).where(
            MeetingDraw.procedure_id == procedure_id,
            MeetingDraw.consultation_code == code,
            MeetingDraw.meeting_code == meeting_code,
        )
    )


def minutes(db: Session, procedure_id: str, code: str, meeting_code: str) -> Sequence[Minutes]:
    """Every version, oldest first."""
    return db.scalars(
        select(Minutes)
        .where(
            Minutes.procedure_id == procedure_id,
            Minutes.consultation_code == code,
            Minutes.meeting_code == meeting_code,
        )
        .options(joinedload(Minutes.saved_by, innerjoin=True))
        .order_by(Minutes.number)
    ).all()


def published_minutes(db: Session, procedure_id: str, code: str, meeting_code: str) -> Minutes | None:
    """The last version that was published."""
    return db.scalar(
        select(Minutes)
        .where(
            Minutes.procedure_id == procedure_id,
            Minutes.consultation_code == code,
            Minutes.meeting_code == meeting_code,
            Minutes.published_at.is_not(None),
        )
        .order_by(Minutes.number.desc())
        .limit(1)
    )


def meetings_to_draw(db: Session, now: datetime) -> Sequence[str]:
    """One registration of each meeting whose lots are to be drawn now."""
    return db.scalars(
        select(func.min(MeetingRegistration.id))
        .where(MeetingRegistration.state == "registered", MeetingRegistration.draws_at <= now)
        .group_by(
            MeetingRegistration.procedure_id, MeetingRegistration.consultation_code, MeetingRegistration.meeting_code
        )
        .limit(BATCH)
    ).all()


# --- officials ---


def counts(db: Session) -> dict[tuple[str, str], tuple[int, int]]:
    """(reactions sent, organisations) by procedure id and consultation code."""
    found = db.execute(
        select(
            Reaction.procedure_id,
            Reaction.consultation_code,
            func.count(Reaction.id),
            func.count(Reaction.organisation_id.distinct()),
        )
        .where(Reaction.state == "sent")
        .group_by(Reaction.procedure_id, Reaction.consultation_code)
    )
    return {(procedure_id, code): (number, organisations) for procedure_id, code, number, organisations in found}


def note_states(db: Session) -> dict[tuple[str, str], str]:
    """The state of each note by procedure id and consultation code."""
    found = db.execute(select(ReactionNote.procedure_id, ReactionNote.consultation_code, ReactionNote.state))
    return {(procedure_id, code): state for procedure_id, code, state in found}


def sent_reactions(db: Session, procedure_id: str, code: str, *, people: bool = False) -> Sequence[Reaction]:
    """What was sent and stands, oldest first, with the organisation; `people`: and its colleagues, to tell them."""
    load = joinedload(Reaction.organisation, innerjoin=True)
    return db.scalars(
        select(Reaction)
        .where(Reaction.procedure_id == procedure_id, Reaction.consultation_code == code, Reaction.state == "sent")
        .options(load.selectinload(Organisation.users) if people else load, joinedload(Reaction.point))
        .order_by(Reaction.sent_at, Reaction.id)
    ).all()


def note(db: Session, procedure_id: str, code: str) -> ReactionNote | None:
    """The note with its points and their reactions."""
    return db.scalar(
        select(ReactionNote)
        .where(ReactionNote.procedure_id == procedure_id, ReactionNote.consultation_code == code)
        .options(
            selectinload(ReactionNote.points).selectinload(NotePoint.reactions).joinedload(Reaction.organisation),
            joinedload(ReactionNote.proposed_by),
            joinedload(ReactionNote.published_by),
        )
    )


def published_note(db: Session, procedure_id: str, code: str) -> Row[tuple[str, str | None]] | None:
    """(facts, PDF key) of a published note."""
    return db.execute(
        select(ReactionNote.facts, ReactionNote.pdf_key).where(
            ReactionNote.procedure_id == procedure_id,
            ReactionNote.consultation_code == code,
            ReactionNote.state == "published",
        )
    ).one_or_none()


def notes_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(ReactionNote.id)
        .where(ReactionNote.state == "published", ReactionNote.pdf_key.is_(None))
        .order_by(ReactionNote.published_at)
        .limit(BATCH)
    ).all()


def rows_for_export(db: Session, procedure_id: str, code: str) -> Iterator[Row[Any]]:
    """One row per reaction that was sent and stands."""
    yield from db.execute(
        select(
            Reaction.document_code,
            Reaction.article_code,
            Organisation.name.label("organisation"),
            Organisation.kvk_number,
            User.name.label("sent_by"),
            Reaction.sent_at,
            Reaction.sent_text,
            Reaction.sent_proposal,
            NotePoint.summary,
            NotePoint.answer,
            NotePoint.explanation,
        )
        .join(Reaction.organisation)
        .join(User, User.id == Reaction.sent_by_id)
        .outerjoin(NotePoint, NotePoint.id == Reaction.point_id)
        .where(Reaction.procedure_id == procedure_id, Reaction.consultation_code == code, Reaction.state == "sent")
        .order_by(Reaction.document_code, Reaction.article_code, Reaction.sent_at)
        .execution_options(yield_per=500)
    )
