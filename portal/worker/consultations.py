"""The scheduled acts of consultations: drawing lots for a meeting, and the reaction note as PDF."""

from __future__ import annotations

import json
import secrets

from portal.domain import audit, consultations, meetings
from portal.domain.wording import instant_of
from portal.extensions import Database
from portal.models import MeetingRegistration, ReactionNote
from portal.queries import consultations as queries
from portal.services import Services


def draw_lots(database: Database, services: Services, registration_id: str) -> bool:
    """Draw lots for the meeting of this registration, with a seed that nobody chose. Each meeting once."""
    with database.transaction() as db:
        asked, moment = db.get_one(MeetingRegistration, registration_id), services.now()
        where = asked.procedure_id, asked.consultation_code
        added = queries.added_meetings(db, asked.procedure_id)
        consultation = consultations.find(asked.procedure, asked.consultation_code, added)
        meeting = consultation.meeting(asked.meeting_code)
        everybody = queries.registrations(db, *where, meeting.code)
        if asked.state != "registered" or queries.draw(db, *where, meeting.code) is not None:
            return False
        if meeting.draws_at is not None and moment < meeting.draws_at:
            for one in everybody:
                one.draws_at = meeting.draws_at  # a later edition moved the meeting
            return True
        db.add(meetings.draw(consultation, meeting, everybody, secrets.token_hex(16), moment))
    return True


def draw_up_note(database: Database, services: Services, note_id: str) -> bool:
    """A published reaction note as PDF, from its frozen facts."""
    with database.reading() as db:
        note = db.get_one(ReactionNote, note_id)
        if note.pdf_key is not None:
            return False
    facts, key = json.loads(note.facts), f"reaction-notes/{note_id}.pdf"
    if services.files.exists(key):
        stored = services.files.put(key, b"")  # what is there stays, and is described
    else:
        dated = {**facts, "made_at": instant_of(facts["published_at"])}
        attachments = {"reactienota.json": note.facts.encode()}
        pdf = services.documents.render("reaction_note", dated, identifier=note_id, attachments=attachments)
        stored = services.files.put(key, pdf)
    with database.transaction() as db:
        note = db.get_one(ReactionNote, note_id)
        if note.pdf_key is not None:
            return False  # another worker was first
        note.pdf_key, note.pdf_sha256 = stored.key, stored.sha256
        audit.record(note, "draw_up_note", None, services.now(), sha256=stored.sha256)
    return True
