"""What must hold whatever was killed: I1 to I9, each a function that gives the sentences that are not true.

I1 and I2 (an acknowledged act is there; one that was not is absent, or finished once by its retry) are judged per
command in `matrix.py`, which knows what was acknowledged. The rest is true of any database and store together.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import pairwise
from typing import Any

from sqlalchemy import Column, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.adapters.clock import system_now
from portal.domain.lifecycle import TRANSITIONS
from portal.models import Agreement, AuditEvent, Base, Document, Message, NumberSeries, Submission, TaskFailure
from portal.queries.verification import YOUNG, verify
from portal.services import Files
from tests.faults.scene import Scene

NO_FILE = {"public_key", "escrow_key", "wrapped_key", "code_key", "released_key"}
"""Columns that hold a key of a lock, not of an object."""

END_OF_TIME = datetime(2200, 1, 1, tzinfo=UTC)


def receipts_are_what_was_submitted(scene: Scene, db: Session) -> Iterator[str]:
    """I1: every receipt that was ever given is there, with the manifest it was given for and all its files."""
    there = {one.receipt_number: one for one in db.scalars(select(Submission))}
    for number, digest in scene.ledger.items():
        if number not in there or there[number].digest != digest:
            yield f"I1: receipt {number} was given and is not there as it was"
    documents = {row.id: row.sha256 for row in db.execute(select(Document.id, Document.sha256))}
    for one in there.values():
        if one.is_sealed:
            if one.sealed is None or hashlib.sha256(one.sealed.content).hexdigest() != one.sealed.sha256:
                yield f"I1: what lies in the vault for {one.receipt_number} is not what was sealed"
            continue
        if hashlib.sha256(one.manifest.encode()).hexdigest() != one.digest:
            yield f"I1: the manifest of {one.receipt_number} has another digest"
        for file in one.content["files"]:
            if documents.get(file["document_id"]) != file["sha256"]:
                yield f"I1: {one.receipt_number} names a file that is not there"


def rows_and_objects_match(scene: Scene, db: Session) -> Iterator[str]:
    """I3: no row without its object, byte for byte; and after the sweep no object without a row."""
    files = scene.services.files
    named = dict(_named(db))
    there = set(files.keys("", END_OF_TIME))
    yield from (f"I3: no object {key}" for key in named.keys() - there)
    yield from (f"I3: nothing names the object {key}" for key in there - named.keys())
    for key in sorted(named.keys() & there):
        digest, is_sealed = named[key]
        if digest and scene.hashes.get(key) != digest:
            scene.hashes[key] = _hash(files, key, is_sealed=is_sealed)
            if scene.hashes[key] != digest:
                yield f"I3: the object {key} has other bytes than its row says"


SEALED = frozenset({"integrity_forms", "integrity_papers"})
"""Tables that name sealed files only."""


def _named(db: Session) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Every storage key in the database, with the SHA-256 that stands beside it and whether it is sealed."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if not column.name.endswith("_key") or column.name in NO_FILE or column.type.python_type is not str:
                continue
            digest = table.columns.get(column.name.replace("storage_key", "sha256").replace("_key", "_sha256"))
            sealed = table.columns.get("is_sealed")
            wanted: list[Column[Any]] = [one for one in (column, digest, sealed) if one is not None]
            held = select(*wanted).where(column.contains("/"))
            if "sealed_at" in table.columns and "storage_key" in table.columns:
                # its bytes lie in a vault, under another key, or were destroyed
                held = held.where(table.columns["sealed_at"].is_(None), table.columns["erased_at"].is_(None))
            if "destroyed_at" in table.columns:
                held = held.where(table.columns["destroyed_at"].is_(None))
            for row in db.execute(held).mappings():
                yield (
                    row[column.name],
                    (
                        (row[digest.name] or "") if digest is not None else "",
                        table.name in SEALED or bool(sealed is not None and row["is_sealed"]),
                    ),
                )


def _hash(files: Files, key: str, *, is_sealed: bool) -> str:
    digest = hashlib.sha256()
    for piece in files.unseal(key) if is_sealed else files.chunks(key):
        digest.update(piece)
    return digest.hexdigest()


def states_follow_from_events(scene: Scene, db: Session) -> Iterator[str]:
    """I4: the events, replayed, give the state that is stored; each begins where the one before it ended."""
    steps: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for event in db.scalars(select(AuditEvent).order_by(AuditEvent.id)):
        if "before" in event.details and "after" in event.details:
            steps.setdefault((event.subject_type, event.subject_id), []).append(event.details)
    for model in TRANSITIONS:
        for row in db.scalars(select(model)):
            replayed = steps.get((model.__name__, row.id), [])  # type: ignore[attr-defined]
            if replayed and replayed[-1]["after"] != row.state:  # type: ignore[attr-defined]
                yield f"I4: the events of a {model.__name__} end in another state than it has"
            for earlier, later in pairwise(replayed):
                if earlier["after"] != later["before"]:
                    yield f"I4: between two events of a {model.__name__} its state changed without one"


def events_are_for_good(scene: Scene, db: Session) -> Iterator[str]:
    """I4: the database itself refuses to change or delete an event."""
    for statement in ("UPDATE audit_events SET act = 'other'", "DELETE FROM audit_events"):
        try:
            with scene.database.transaction() as writing:
                writing.execute(text(statement))
                writing.rollback()
            yield f"I4: the database lets through: {statement}"
        except DatabaseError:
            continue


def one_number_one_agreement(scene: Scene, db: Session) -> Iterator[str]:
    """I5: one contract number is one agreement of one application, and the series has no gap."""
    rows = db.execute(select(Agreement.number, Agreement.application_id, Agreement.authority_id)).all()
    for what, values in (("number", [row[0] for row in rows]), ("application", [row[1] for row in rows])):
        yield from (f"I5: {number} agreements of one {what}" for number in Counter(values).values() if number > 1)
    for series in db.scalars(select(NumberSeries).where(NumberSeries.name.startswith("agreements-"))):
        year = series.name.removeprefix("agreements-")
        given = sorted(int(row[0][-4:]) for row in rows if row[2] == series.authority_id and f"-{year}-" in row[0])
        if given != list(range(1, series.last + 1)):
            yield f"I5: the series {series.name} stands at {series.last}, but its agreements are {given}"


def states_are_in_the_table(scene: Scene, db: Session) -> Iterator[str]:
    """I6: every stored state is one that the table of transitions knows."""
    for model, acts in TRANSITIONS.items():
        known = {state for sources, target in acts.values() for state in (*sources, target)}
        for state in db.scalars(select(model.state).distinct()):  # type: ignore[attr-defined]
            if state not in known:
                yield f"I6: a {model.__name__} is in the unknown state {state}"


def nothing_is_read_early(scene: Scene, db: Session) -> Iterator[str]:
    """I7: before closing an official sees no name of an applicant, not on the round's page nor in the queue."""
    if scene.is_closed:
        return
    for path in (f"/rondes/{scene.round_id}", "/beoordelen", f"/rondes/{scene.round_id}.csv"):
        page = scene.ask("renske" if path.startswith("/rondes") else "ineke", path)
        for name in scene.applicant_names:
            if name in page:
                yield f"I7: {name} stands on {path} before closing"


def every_mail_is_told(scene: Scene, db: Session) -> Iterator[str]:
    """I8: each mail was sent once or twice, always as the same mail, and nothing was sent that has no row."""
    rows = {f"<{one.id}@voordeur>": one for one in db.scalars(select(Message))}
    yield from (f"I8: the mail {one.template} waits still" for one in rows.values() if one.sent_at is None)
    sent: dict[str, list[tuple[str, str, str]]] = {}
    for path in scene.mail_folder.glob("[!.]*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        content = mail.get_content()
        sent.setdefault(mail["Message-ID"], []).append((mail["To"], mail["Subject"], content))
    for key in rows.keys() - sent.keys():
        yield f"I8: the mail {rows[key].template} was never sent"
    for key, many in sent.items():
        if key not in rows:
            yield "I8: a mail was sent that has no row"
        if len(many) > 2 or len(set(many)) > 1:
            yield f"I8: {len(many)} mails of one Message-ID, {len(set(many))} texts"
    left = db.execute(select(TaskFailure.task, TaskFailure.reason)).all()
    yield from (f"I8: the worker left {task}: {reason}" for task, reason in left)
    reasons = db.scalars(select(Message.reason).group_by(Message.reason).having(func.count() > 1)).all()
    yield from (f"I8: told twice: {reason}" for reason in reasons)


def the_verifier_agrees(scene: Scene, db: Session) -> Iterator[str]:
    """I9: the portal's own verifier finds no gap, and nothing is left to be made."""
    services = scene.services
    found = verify(db, services.files, services.timestamps, system_now() + YOUNG + timedelta(hours=1))
    yield from (f"I9: {one.kind} {one.subject}: {one.text}" for one in found.problems)
    if found.open:
        yield f"I9: {found.open} receipts, certificates or stamps are still to be made"


INVARIANTS: tuple[Callable[[Scene, Session], Iterator[str]], ...] = (
    receipts_are_what_was_submitted,
    rows_and_objects_match,
    states_follow_from_events,
    events_are_for_good,
    one_number_one_agreement,
    states_are_in_the_table,
    nothing_is_read_early,
    every_mail_is_told,
    the_verifier_agrees,
)


def broken(scene: Scene) -> list[str]:
    """Every sentence that is not true of this database and store."""
    with scene.database.reading() as db:
        return [sentence for invariant in INVARIANTS for sentence in invariant(scene, db)]
