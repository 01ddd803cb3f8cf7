"""The integrity compartment (Wet Bibob art. 28): who is checked, who read what, and what others hear of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from portal.domain import audit, reviews, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import (
    Application,
    Document,
    IntegrityCheck,
    IntegrityFile,
    IntegrityForm,
    IntegrityPaper,
    IntegrityRead,
    User,
    attach,
)
from portal.terms import N_

READERS = ("integrity_officer", "integrity_decider")
"""Who may come into the compartment: the officer prepares, another person decides."""
OPENING = timedelta(minutes=30)
"""How long a file stays readable to who opened it with a purpose."""
NEEDS_TWO = N_(
    "Een uitkomst met gevolgen neemt de beslisser, na uw voorstel en na de zienswijze. "
    "Open het dossier van de betrokkene."
)


def _submitted(application: Application) -> dict[str, Any]:
    submission = application.valid_submission
    return reviews.submitted(submission) if submission is not None else {"files": [], "parties": []}


def open_check(application: Application, now: datetime) -> IntegrityCheck | None:
    """After closing, when the procedure asks it: the check starts as pending, with a file for each person concerned.

    Does nothing the second time.
    """
    if application.integrity_check is None and application.round.procedure.asks_integrity_check:
        check = IntegrityCheck(authority_id=application.authority_id, application_id=application.id, outcome="pending")
        application.integrity_check = check
        _open_files(check)
        audit.record(application, "open_integrity_check", None, now)
    return application.integrity_check


def _open_files(check: IntegrityCheck) -> None:
    """The applicant's, and one of every party that the procedure asks a form of: as submitted, each on its own."""
    application = check.application
    rules = application.round.settings.get("integrity") or {}
    parties = _submitted(application).get("parties", []) if rules.get("each_party") else []
    by_id = {one.id: one for one in application.every_party}
    people: list[tuple[int, Any, str | None]] = [(0, None, application.organisation_id)]
    people += [(one["position"], by_id[one["party_id"]], one.get("organisation_id")) for one in parties]
    for position, party, organisation_id in people:
        check.files.append(
            IntegrityFile(
                authority_id=check.authority_id,
                party=party,
                party_id=party.id if party else None,
                position=position,
                organisation_id=organisation_id,
                state="open",
                result="",
            )
        )


def sealed_files(check: IntegrityCheck) -> list[dict[str, Any]]:
    """The entries of the sealed documents that were submitted. What never was submitted is not there."""
    return [one for one in _submitted(check.application)["files"] if one["requirement"] is None]


def sealed_document_ids(check: IntegrityCheck) -> set[str]:
    """The sealed documents that were submitted."""
    return {one["document_id"] for one in sealed_files(check)}


def submitted_form_ids(check: IntegrityCheck) -> set[str]:
    """The questionnaires that were filled in here and submitted."""
    return {one["form_id"] for one in _submitted(check.application).get("questionnaires", [])}


def concerned(check: IntegrityCheck) -> dict[str, str]:
    """By id of a sealed document whom it is about: the applicant or a party, by the name that was submitted."""
    names = {one["position"]: one["name"] for one in _submitted(check.application).get("parties", [])}
    return {
        one["document_id"]: names.get(one.get("party"), check.application.organisation.name)
        for one in sealed_files(check)
    }


def about(file: IntegrityFile) -> set[str]:
    """The sealed documents that are about the person of this file."""
    position = file.position or None
    return {one["document_id"] for one in sealed_files(file.check) if one.get("party") == position}


def require_kept(files: Iterable[IntegrityFile]) -> None:
    """What was found about a person is read until it is destroyed. Raises `Refused`."""
    for file in files:
        if file.destroyed_at is not None:
            raise Refused(
                N_("De stukken over %(name)s zijn vernietigd op %(day)s: de bewaartermijn was voorbij."),
                name=file.name,
                day=wording.day(file.destroyed_at),
            )


# Every reading is kept, with its purpose, before a byte is shown


def _read(check: IntegrityCheck, actor: User, purpose: str, now: datetime, field: str, **what: Any) -> IntegrityRead:
    text = " ".join(purpose.split())
    if len(text) < 5:
        raise Invalid({field: N_("Vul in waarvoor u dit stuk opent.")})
    read = IntegrityRead(
        authority_id=check.authority_id, read_by=actor, read_by_id=actor.id, read_at=now, purpose=text[:200], **what
    )
    check.reads.append(read)
    return read


def read_document(check: IntegrityCheck, actor: User, document: Document, purpose: str, now: datetime) -> IntegrityRead:
    """Open one sealed document: the read is recorded, with its purpose, before a byte is shown."""
    require_official(actor, check, *READERS)
    if document.id not in sealed_document_ids(check):
        raise NotFound(N_("Dit bestaat niet."))
    require_kept(one for one in check.files if document.id in about(one))
    read = _read(check, actor, purpose, now, "purpose", document=document, document_id=document.id)
    audit.record(check, "read_sealed", actor, now, document=document.id)
    return read


def read_form(check: IntegrityCheck, actor: User, form: IntegrityForm, purpose: str, now: datetime) -> IntegrityRead:
    """The same for a questionnaire that was filled in here."""
    require_official(actor, check, *READERS)
    if form.id not in submitted_form_ids(check):
        raise NotFound(N_("Dit bestaat niet."))
    require_kept(one for one in check.files if one.party_id == form.party_id)
    read = _read(check, actor, purpose, now, "purpose", form=form, form_id=form.id)
    audit.record(check, "read_sealed", actor, now, form=form.id)
    return read


def open_file(file: IntegrityFile, actor: User, purpose: str, now: datetime) -> IntegrityRead:
    """Open the whole file of one person: for half an hour its papers are readable, to this official only."""
    require_official(actor, file, *READERS)
    require_kept([file])
    read = _read(file.check, actor, purpose, now, "purpose", file=file, file_id=file.id)
    audit.record(file, "read_sealed", actor, now)
    return read


def is_open_to(file: IntegrityFile, actor: User, now: datetime) -> bool:
    """Whether this official opened the file less than half an hour ago."""
    return file.destroyed_at is None and any(
        one.file_id == file.id and one.read_by_id == actor.id and now - one.read_at < OPENING
        for one in file.check.reads
    )


def require_opened(file: IntegrityFile, actor: User, now: datetime, *roles: str) -> None:
    """An act on a file is of who has one of `roles` and read it just now: nobody decides unread."""
    require_official(actor, file, *roles)
    if not is_open_to(file, actor, now):
        raise Refused(N_("Open eerst het dossier: zeg waarvoor u het leest. Dat geldt een half uur."))


def read_paper(paper: IntegrityPaper, actor: User, now: datetime) -> None:
    """The person concerned opens one paper. The first time is kept on the paper, every time in the log."""
    paper.opened_at = paper.opened_at or now
    check = paper.file.check
    attach(
        check,
        IntegrityRead(
            authority_id=check.authority_id,
            check_id=check.id,
            paper_id=paper.id,
            file_id=paper.file_id,
            read_by_id=actor.id,
            read_at=now,
            purpose=N_("Betrokkene leest eigen stuk"),
        ),
    )


# What others hear


def settle(check: IntegrityCheck, actor: User, now: datetime) -> None:
    """The outcome, once it follows: an objection about anyone is one; none, when nothing was found about everybody."""
    results = {one.result for one in check.files}
    outcome = "objection" if "objection" in results else "no_objection" if results == {"no_objection"} else "pending"
    if check.outcome != "pending" or outcome == "pending":
        return
    check.outcome, check.recorded_at, check.recorded_by, check.recorded_by_id = outcome, now, actor, actor.id
    audit.record(check, "record_integrity_outcome", actor, now)


def record_outcome(check: IntegrityCheck, actor: User, outcome: str, note_key: str | None, now: datetime) -> None:
    """'no_objection' for everybody at once, by the officer alone: there is nothing that anybody must be heard about.

    Refused where advice was asked or a view: then the decider decides. The reasoning, if any, is a sealed file.
    """
    require_official(actor, check, "integrity_officer")
    if outcome not in {"no_objection", "objection"}:
        raise Invalid({"outcome": N_("Kies een uitkomst.")})
    if check.outcome == outcome == "no_objection":
        return
    if check.outcome != "pending":
        raise Refused(N_("De uitkomst staat al vast. Een nieuwe uitkomst vraagt een nieuwe toets."))
    if outcome == "objection":
        raise NotAllowed(NEEDS_TWO)
    for file in check.files:
        if file.state != "decided":
            require_nothing_running(file)
            conclude(file, actor, "clear", "no_objection", now)
    if note_key is not None:
        add_paper(check.files[0], actor, "note", note_key, "recorded", now)
    settle(check, actor, now)


def require_nothing_running(file: IntegrityFile) -> None:
    """The officer alone may close a file only when nobody was asked anything about it."""
    if file.state != "open" or file.advices or file.hearing_until is not None:
        raise Refused(
            N_("Bij %(name)s is advies of een zienswijze gevraagd. Doe een voorstel: de beslisser besluit."),
            name=file.name,
        )


def conclude(file: IntegrityFile, actor: User, act: str, result: str, now: datetime) -> None:
    """The file is decided; `result` is all of it that reaches the check."""
    file.result, file.decided_at, file.decided_by, file.decided_by_id = result, now, actor, actor.id
    advance(file, act, actor, now)


def add_paper(file: IntegrityFile, actor: User, kind: str, key: str, attempt: str, now: datetime) -> IntegrityPaper:
    """One more sealed paper, whose bytes are in the store under `key` already."""
    paper = IntegrityPaper(
        authority_id=file.authority_id,
        kind=kind,
        attempt=attempt,
        storage_key=key,
        made_at=now,
        made_by=actor,
        made_by_id=actor.id,
    )
    file.papers.append(paper)
    return paper
