"""The integrity compartment (Wet Bibob art. 28): only the integrity officer, and every read is kept."""

from __future__ import annotations

from datetime import datetime

from portal.domain import audit, reviews
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotFound, Refused
from portal.models import Application, Document, IntegrityCheck, IntegrityRead, User
from portal.terms import N_

OUTCOMES = frozenset({"no_objection", "objection"})


def open_check(application: Application, now: datetime) -> IntegrityCheck | None:
    """After closing, when the procedure asks it: the check starts as pending. Does nothing the second time."""
    if application.integrity_check is None and application.round.procedure.asks_integrity_check:
        application.integrity_check = IntegrityCheck(
            authority_id=application.authority_id, application_id=application.id, outcome="pending"
        )
        audit.record(application, "open_integrity_check", None, now)
    return application.integrity_check


def sealed_document_ids(check: IntegrityCheck) -> set[str]:
    """The sealed documents that were submitted. What was changed afterwards and never submitted is not there."""
    submission = check.application.valid_submission
    if submission is None:
        return set()
    return {one["document_id"] for one in reviews.submitted(submission)["files"] if one["requirement"] is None}


def concerned(check: IntegrityCheck) -> dict[str, str]:
    """By id of a sealed document whom it is about: the applicant or a party, by the name that was submitted."""
    submission = check.application.valid_submission
    content = reviews.submitted(submission) if submission is not None else {"files": []}
    names = {one["position"]: one["name"] for one in content.get("parties", [])}
    return {
        one["document_id"]: names.get(one.get("party"), check.application.organisation.name)
        for one in content["files"]
        if one["requirement"] is None
    }


def read_document(check: IntegrityCheck, actor: User, document: Document, purpose: str, now: datetime) -> IntegrityRead:
    """Open one sealed document: the read is recorded, with its purpose, before a byte is shown."""
    require_official(actor, check, "integrity_officer")
    if document.id not in sealed_document_ids(check):
        raise NotFound(N_("Dit bestaat niet."))
    if len(purpose.strip()) < 5:
        raise Invalid({"purpose": N_("Vul in waarvoor u dit stuk opent.")})
    read = IntegrityRead(
        authority_id=check.authority_id,
        document=document,
        document_id=document.id,
        read_by=actor,
        read_by_id=actor.id,
        read_at=now,
        purpose=purpose.strip()[:200],
    )
    check.reads.append(read)
    audit.record(check, "read_sealed", actor, now, document=document.id)
    return read


def record_outcome(check: IntegrityCheck, actor: User, outcome: str, note_key: str | None, now: datetime) -> None:
    """Record 'no objection' or 'objection', once. The reasoning is in a sealed file, never in the record."""
    require_official(actor, check, "integrity_officer")
    if outcome not in OUTCOMES:
        raise Invalid({"outcome": N_("Kies een uitkomst.")})
    if check.outcome == outcome:
        return
    if check.outcome != "pending":
        raise Refused(N_("De uitkomst staat al vast. Een nieuwe uitkomst vraagt een nieuwe toets."))
    if outcome == "objection" and note_key is None:
        raise Invalid({"note": N_("Leg uw onderbouwing vast. Die wordt verzegeld bewaard.")})
    check.outcome, check.note_key = outcome, note_key
    check.recorded_at, check.recorded_by, check.recorded_by_id = now, actor, actor.id
    audit.record(check, "record_integrity_outcome", actor, now)


def read_note(check: IntegrityCheck, actor: User, now: datetime) -> str:
    """Open the sealed reasoning: the read is recorded first. Gives the storage key."""
    require_official(actor, check, "integrity_officer")
    if check.note_key is None:
        raise NotFound(N_("Dit bestaat niet."))
    audit.record(check, "read_note", actor, now)
    return check.note_key
