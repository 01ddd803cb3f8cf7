"""Does what is kept agree with itself? Receipts, files and certificates, compared in both directions.

The answer is a list of exact gaps, never a repair. It reads everything once: rows from the database, bytes from the
store in pieces, and asks nothing of the network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from portal.domain import merkle
from portal.errors import FileDamaged, FileMissing, TokenRefused
from portal.models import (
    Agreement,
    Application,
    Base,
    Bridging,
    CaseFile,
    CloseCertificate,
    DecisionLetter,
    Document,
    IntegrityForm,
    IntegrityPaper,
    ReactionNote,
    Round,
    SealedFile,
    Signature,
    SitePhoto,
    SiteVisit,
    Submission,
    TenderVault,
)
from portal.queries import certificates
from portal.services import Files, Timestamps

KEPT = ("receipts/", "letters/", "certificates/", "sealed/", "site-visits/")
"""Folders in which every object belongs to a row."""

YOUNG = timedelta(hours=26)
"""How long an object may be without a row: the worker sweeps after a day."""

Pair = tuple[type[Base], InstrumentedAttribute[str | None], InstrumentedAttribute[str | None]]

MADE: tuple[Pair, ...] = (
    (Submission, Submission.receipt_key, Submission.receipt_sha256),
    (Agreement, Agreement.pdf_key, Agreement.pdf_sha256),
    (Signature, Signature.pdf_key, Signature.pdf_sha256),
    (DecisionLetter, DecisionLetter.pdf_key, DecisionLetter.pdf_sha256),
    (ReactionNote, ReactionNote.pdf_key, ReactionNote.pdf_sha256),
    (CloseCertificate, CloseCertificate.pdf_key, CloseCertificate.pdf_sha256),
    (Bridging, Bridging.pdf_key, Bridging.pdf_sha256),
    (SiteVisit, SiteVisit.pdf_key, SiteVisit.pdf_sha256),
    (SitePhoto, SitePhoto.storage_key, SitePhoto.sha256),
    (TenderVault, TenderVault.pdf_key, TenderVault.pdf_sha256),
    (CaseFile, CaseFile.pdf_key, CaseFile.pdf_sha256),
    (CaseFile, CaseFile.zip_key, CaseFile.zip_sha256),
)
"""Documents that the portal made: where they are and what their bytes were."""


@dataclass(frozen=True)
class Problem:
    """One gap. `kind` is stable for machines, `subject` names the row or the object, `text` is Dutch."""

    kind: str
    subject: str
    text: str


@dataclass
class Verification:
    """What was looked at, and what is wrong. `open` is what the worker still has to do: no gap."""

    receipts: int
    documents: int
    certificates: int
    open: int
    problems: list[Problem]

    @property
    def is_whole(self) -> bool:
        return not self.problems


class _Store:
    """The store, each file read once at most."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: dict[str, tuple[str, str]] = {}

    def state(self, key: str, *, sealed: bool = False) -> tuple[str, str]:
        """'missing', 'damaged' or 'there', and the SHA-256 of the plain bytes when it is there."""
        if key not in self._known:
            self._known[key] = self._read(key, sealed)
        return self._known[key]

    def is_known(self, key: str) -> bool:
        """A row named this key."""
        return key in self._known

    def _read(self, key: str, sealed: bool) -> tuple[str, str]:
        hashed = hashlib.sha256()
        try:
            for piece in self._files.unseal(key) if sealed else self._files.chunks(key):
                hashed.update(piece)
        except FileMissing:
            return "missing", ""
        except FileDamaged:
            return "damaged", ""
        return "there", hashed.hexdigest()

    def problem(self, key: str, sha256: str, what: str, *, sealed: bool = False) -> Problem | None:
        """What is wrong with one file that must have this SHA-256."""
        state, found = self.state(key, sealed=sealed)
        if state == "missing":
            return Problem("file_missing", key, f"{what}: het bestand is er niet")
        if state == "damaged" or found != sha256:
            return Problem("file_changed", key, f"{what}: de inhoud is niet meer wat zij was")
        return None


def verify(db: Session, files: Files, timestamps: Timestamps, now: datetime) -> Verification:
    """Compare everything. Minutes for tens of thousands of files: it reads each byte once."""
    store, problems = _Store(files), list[Problem]()
    documents = {one.id: one for one in db.scalars(select(Document))}
    count = 0
    for submission in _submissions(db):
        count += 1
        problems += _receipt_problems(submission, documents)
    for sealed in db.scalars(select(SealedFile)):
        problem = store.problem(sealed.storage_key, sealed.sha256, f"verzegeld bestand {sealed.id}")
        problems += [problem] if problem else []
    for document in documents.values():
        if document.sealed_at is not None or document.erased_at is not None:
            continue  # its bytes lie in a vault, under the key of a sealed file, or were destroyed
        what = f"document {document.id} ({document.filename})"
        problem = store.problem(document.storage_key, document.sha256, what, sealed=document.is_sealed)
        problems += [problem] if problem else []
    problems += _made_problems(db, store)
    for key in db.scalars(select(IntegrityPaper.storage_key).union_all(select(IntegrityForm.storage_key))):
        state, _ = store.state(key, sealed=True)
        if state != "there":
            problems.append(
                Problem(f"file_{state}", key, "verzegeld stuk van een integriteitstoets: weg of beschadigd")
            )
    for prefix in ("documents/", "integrity/", *KEPT):
        for key in files.keys(prefix, now - YOUNG):
            if not store.is_known(key):
                problems.append(Problem("file_without_row", key, "in de opslag, maar geen rij kent het"))
    certified = db.scalars(select(CloseCertificate).options(joinedload(CloseCertificate.round))).all()
    for certificate in certified:
        problems += _certificate_problems(db, certificate, timestamps)
    return Verification(count, len(documents), len(certified), _open(db), problems)


def _submissions(db: Session) -> Iterator[Submission]:
    """Every submission, a few at a time: a manifest can be large."""
    statement = select(Submission).order_by(Submission.receipt_number).execution_options(yield_per=50)
    for submission in db.scalars(statement):
        yield submission
        db.expunge(submission)


def _receipt_problems(submission: Submission, documents: dict[str, Document]) -> Iterator[Problem]:
    number = submission.receipt_number
    if submission.is_sealed:
        sealed = submission.sealed
        if sealed is None or hashlib.sha256(sealed.content).hexdigest() != sealed.sha256:
            yield Problem("sealed_changed", number, "wat verzegeld ligt, is weg of niet meer wat het was")
        return
    if hashlib.sha256(submission.manifest.encode()).hexdigest() != submission.digest:
        yield Problem("manifest_changed", number, "de inhoud past niet bij het controlegetal op het ontvangstbewijs")
    for file in _files_named(submission.manifest):
        document = documents.get(file["document_id"])
        if document is None:
            yield Problem("document_missing", number, f"document {file['document_id']} ({file['filename']}) is weg")
        elif document.sha256 != file["sha256"]:
            yield Problem("document_changed", number, f"document {document.id}: een ander controlegetal dan ingediend")


def _files_named(manifest: str) -> list[dict[str, str]]:
    """The files that a manifest names, those of an offer included; none where it is not to be read."""
    try:
        content = json.loads(manifest)
        offered = [file for offer in content.get("offers", []) for file in offer["files"]]
        return [*content["files"], *offered]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _made_problems(db: Session, store: _Store) -> Iterator[Problem]:
    for model, key, sha256 in MADE:
        statement = select(key, sha256).where(key.is_not(None))
        for where, expected in db.execute(statement):
            problem = store.problem(where, expected or "", f"{model.__name__}")
            if problem is not None:
                yield problem


def _certificate_problems(db: Session, one: CloseCertificate, timestamps: Timestamps) -> Iterator[Problem]:
    name = f"{one.round.label} ({one.id})"
    said = json.loads(one.statement)
    if hashlib.sha256(one.statement.encode()).hexdigest() != one.digest:
        yield Problem("statement_changed", name, "de verklaring past niet bij het controlegetal dat is gestempeld")
    if (said["root"], said["receipts"]) != (one.root, len(one.leaves)):
        yield Problem("statement_changed", name, "de verklaring noemt een ander getal of aantal dan het certificaat")
    if merkle.root([bytes.fromhex(leaf) for leaf in one.leaves]).hex() != one.root:
        yield Problem("root_changed", name, "de vingerafdrukken geven een ander getal")
    held = {found.leaf_hash.hex(): found.receipt_number for found in certificates.receipts(db, one.round_id)}
    listed = set(one.leaves)
    for leaf, number in held.items():
        if leaf not in listed:
            yield Problem("receipt_not_certified", number, f"zit niet in het sluitingscertificaat van ronde {name}")
    for leaf in listed - set(held):
        yield Problem("certified_receipt_missing", leaf, f"staat in het certificaat van ronde {name}, maar is weg")
    if one.token is not None:
        try:
            timestamps.verify(one.token, bytes.fromhex(one.digest))
        except TokenRefused as error:
            yield Problem("stamp_refused", name, f"tijdstempel: {error}")


def _open(db: Session) -> int:
    """What is still to be made: receipts as PDF, certificates, and stamps."""
    certified = exists().where(CloseCertificate.round_id == Round.id)
    waiting = (
        select(Submission.id).where(Submission.receipt_key.is_(None)),
        select(CloseCertificate.id).where(CloseCertificate.pdf_key.is_(None)),
        select(Round.id).where(Round.closed_at.is_not(None), ~certified),
    )
    return sum(len(db.scalars(one).all()) for one in waiting)


def submission_named(db: Session, number: str) -> Submission | None:
    """The submission behind a receipt number, with its application and round."""
    return db.scalar(
        select(Submission)
        .where(Submission.receipt_number == number)
        .options(joinedload(Submission.application).joinedload(Application.round))
    )
