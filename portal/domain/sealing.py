"""What a tender's submission becomes: ciphertext. The draft goes into the vault with it, and comes out again.

A data key of its own encrypts the manifest, the rows of the draft and the files of the offer. That key is sealed for
the round (two people open it after closing) and under a code that only the applicant has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain import audit, offers, part_news, sealed_rows
from portal.domain.kinds import KINDS
from portal.domain.permissions import require_applicant
from portal.errors import FileDamaged, FileMissing, Invalid, Refused
from portal.models import (
    Application,
    Document,
    Evidence,
    OfferDocument,
    Round,
    SealedFile,
    SealedPart,
    SealedSubmission,
    Submission,
    User,
    new_id,
)
from portal.services import Files, StoredFile, Vault
from portal.terms import APPLICANT_ROLES, N_

PADDING = 16 * 1024
"""The content is filled up to a multiple of this, so that its length says little about the offer."""

MOST = 25_000_000
WIPED_NAME = "verzegeld"
WIPED_DIGEST = "0" * 64


@dataclass(frozen=True)
class Plain:
    """A file that must be sealed. `is_shared`: it is in use elsewhere too, so its owner keeps a readable one."""

    document_id: str
    storage_key: str
    is_shared: bool


@dataclass(frozen=True)
class Sealer:
    """What submitting needs where submissions are sealed. `documents` must be sealed; look them up under the lock."""

    prepared: Prepared
    documents: Sequence[Plain]
    vault: Vault


@dataclass(frozen=True)
class Prepared:
    """Made before the lock: the data key, the applicant's code, and the sealed files by document id."""

    id: str
    data_key: bytes
    code: str
    files: dict[str, StoredFile]


def has_vault(round_: Round) -> bool:
    """What is submitted in this round is sealed."""
    return KINDS[round_.procedure.kind].has_vault


def plain_documents(application: Application, used_elsewhere: Iterable[str]) -> list[Plain]:
    """The files that go into the vault: those of the offer, and the plans that prove a requirement."""
    elsewhere = set(used_elsewhere)
    found = {one.document_id: one.document for one in application.offer_documents}
    found |= {one.document_id: one.document for one in application.evidence if one.document.kind == offers.KIND}
    return [Plain(key, found[key].storage_key, key in elsewhere) for key in sorted(found)]


def prepare(documents: Sequence[Plain], files: Files, vault: Vault, code: str = "") -> Prepared:
    """Encrypt the files of the offer under a new data key. Slow: never under a lock.

    `code` is the one that the form already carried; without one it is made here.
    """
    found = Prepared(new_id(), vault.data_key(), code or vault.code(), {})
    for one in documents:
        sink = files.sink(f"sealed/{found.id}/{one.document_id}", limit=2 * MOST)
        try:
            plain = files.chunks(one.storage_key)
            for piece in vault.encrypt_pieces(found.data_key, plain, _file_context(found.id, one.document_id)):
                sink.write(piece)
            found.files[one.document_id] = sink.finish()
        finally:
            sink.abandon()
    return found


def seal(application: Application, submission: Submission, sealer: Sealer, now: datetime) -> None:
    """Put a submission and its draft into the vault; what is left are numbers, a digest and ciphertext.

    Call it before the submission is in a session, so that its text never reaches the database. Raises `Refused` when
    the files of the offer changed since they were made ready.
    """
    prepared, vault = sealer.prepared, sealer.vault
    round_ = application.round
    if round_.vault is None or round_.vault.public_key is None:
        raise Refused(N_("De kluis van deze ronde is nog niet ingericht. Probeer het later opnieuw."))
    used: list[OfferDocument | Evidence] = [*application.offer_documents, *application.evidence]
    documents = {one.document_id: one.document for one in used}
    if set(prepared.files) != {one.document_id for one in sealer.documents}:
        raise Refused(N_("De bestanden bij uw aanbod zijn net gewijzigd. Controleer ze en dien opnieuw in."))
    content = {
        "manifest": submission.manifest,
        "rows": sealed_rows.values(application),
        "documents": {key: sealed_rows.of_document(documents[key]) for key in prepared.files},
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    sealed = SealedSubmission(
        id=prepared.id,
        authority_id=application.authority_id,
        submission_id=submission.id,
        wrapped_key=vault.seal(round_.vault.public_key, prepared.data_key, key_context(round_.id, prepared.id)),
        code_key=vault.seal_with_code(prepared.code, prepared.data_key, key_context(round_.id, prepared.id)),
        content=vault.encrypt(
            prepared.data_key, text + b" " * (-len(text) % PADDING), _content_context(prepared.id, submission)
        ),
    )
    sealed.sha256 = hashlib.sha256(sealed.content).hexdigest()
    submission.sealed = sealed
    submission.manifest = ""
    submission.__dict__.pop("content", None)
    for one in sealer.documents:
        document, stored = documents[one.document_id], prepared.files[one.document_id]
        sealed.files.append(
            SealedFile(
                authority_id=application.authority_id,
                document_id=document.id,
                storage_key=stored.key,
                sha256=stored.sha256,
                size=stored.size,
                plain_key="" if one.is_shared else document.storage_key,
                plain_sha256="" if one.is_shared else document.sha256,
                plain_removed_at=now if one.is_shared else None,
            )
        )
        if not one.is_shared:
            _wipe_document(document, now)
    sealed.parts = [
        SealedPart(
            authority_id=application.authority_id,
            own_part_id=one.id,
            organisation=one.organisation,
            organisation_id=one.organisation_id,
        )
        for one in part_news.own_parts_of(application)
    ]
    sealed_rows.wipe(application)
    application.sealed_at, application.reopened_at = now, None


def _wipe_document(document: Document, now: datetime) -> None:
    document.sealed_at = now
    document.filename, document.sha256 = WIPED_NAME, WIPED_DIGEST
    document.size, document.pages = 1, 1
    document.issuer = document.number = document.scope = document.holder_name = document.holder_kvk_number = ""
    document.issued_on = document.starts_on = document.expires_on = document.about_on = None
    document.reading = document.read_at = None  # it quotes the document; once put back, that is read anew


# Out of the vault again


def latest(application: Application) -> Submission | None:
    """The last submission that was sealed: the draft lies in it, also when it was withdrawn."""
    return next((one for one in reversed(application.submissions) if one.sealed is not None), None)


def unlock(submission: Submission, code: str, vault: Vault) -> bytes:
    """The data key behind the applicant's code. Raises `Invalid` (field 'code') for a wrong one."""
    sealed = submission.sealed
    if sealed is None:
        raise Refused(N_("Deze indiening ligt niet in de kluis."))
    context = key_context(submission.application.round_id, sealed.id)
    key = vault.open_with_code(code, sealed.code_key, context) if code.strip() else None
    if key is None:
        raise Invalid({"code": N_("Deze heropencode hoort niet bij deze indiening. Controleer wat u overnam.")})
    return key


def read(sealed: SealedSubmission, data_key: bytes, vault: Vault) -> dict[str, Any]:
    """What lies in the vault: `manifest` (text), `rows` and `documents`. Raises `FileDamaged`.

    The manifest is compared with the digest on the receipt, so what comes out is what went in.
    """
    plain = vault.decrypt(data_key, sealed.content, _content_context(sealed.id, sealed.submission))
    content: dict[str, Any] = json.loads(plain)
    if hashlib.sha256(content["manifest"].encode()).hexdigest() != sealed.submission.digest:
        raise FileDamaged("De inhoud past niet bij het controlegetal op het ontvangstbewijs.")
    return content


def bring_back(
    sealed: SealedSubmission, data_key: bytes, content: dict[str, Any], files: Files, vault: Vault, name: str
) -> tuple[dict[str, StoredFile], list[str]]:
    """Decrypt the files of the offer to the store, under keys that hold `name`. Slow: never under a lock.

    Gives what is in place by document id, and the ids of what was damaged or missing. The second time it
    finds what the first time put there. A file that its owner kept readable is left alone.
    """
    placed, damaged = {}, []
    for one in sealed.files:
        if one.document.sealed_at is None:
            continue
        was = content["documents"][one.document_id]
        key = f"documents/{one.document.organisation_id}/{name}-{one.id}"
        try:
            if not files.exists(key):
                _decrypt(one, data_key, files, vault, key, was["sha256"])
            placed[one.document_id] = files.put(key, b"")  # what is there stays, and is described
        except (FileDamaged, FileMissing):
            damaged.append(one.document_id)
    return placed, damaged


def _decrypt(one: SealedFile, data_key: bytes, files: Files, vault: Vault, key: str, sha256: str) -> None:
    sink = files.sink(key, limit=MOST)
    try:
        digest = hashlib.sha256()
        for piece in vault.decrypt_pieces(
            data_key, files.chunks(one.storage_key), _file_context(one.sealed_id, one.document_id)
        ):
            digest.update(piece)
            sink.write(piece)
        if digest.hexdigest() != sha256:
            raise FileDamaged("Dit bestand is niet meer wat er is ingediend.")
        sink.finish()
    finally:
        sink.abandon()


def restore_documents(sealed: SealedSubmission, content: dict[str, Any], placed: dict[str, StoredFile]) -> None:
    """The rows of documents say again what they are, also of those whose bytes were damaged."""
    for one in sealed.files:
        if one.document.sealed_at is None:
            continue
        was, document = content["documents"][one.document_id], one.document
        sealed_rows.describe(document, was)
        if one.document_id in placed:
            document.storage_key = placed[one.document_id].key
        document.sealed_at = None


def reopen(
    application: Application,
    actor: User,
    submission: Submission,
    content: dict[str, Any],
    placed: dict[str, StoredFile],
    now: datetime,
) -> None:
    """The applicant took the draft out of the vault to change it. The sealed submission goes on counting."""
    require_applicant(actor, application, *APPLICANT_ROLES)
    _require_sealed(application)
    sealed_rows.restore(application, content)
    if submission.sealed is not None:
        restore_documents(submission.sealed, content, placed)
    application.sealed_at, application.reopened_at = None, now
    audit.record(application, "reopen", actor, now, receipt=submission.receipt_number)
    part_news.reopened(application, submission, now)


def begin_anew(application: Application, actor: User, now: datetime) -> None:
    """Without the code: an empty form. The sealed submission goes on counting until a new one is made."""
    require_applicant(actor, application, *APPLICANT_ROLES)
    _require_sealed(application)
    application.sealed_at, application.reopened_at = None, now
    audit.record(application, "begin_anew", actor, now)


def close_again(application: Application, actor: User | None, used_elsewhere: Iterable[str], now: datetime) -> None:
    """A draft that was taken out is closed without submitting: its rows go, and the sealed submission counts.

    The documents that lie in that submission become unreadable again, but for those in use elsewhere by now.
    """
    if actor is not None:
        require_applicant(actor, application, *APPLICANT_ROLES)
    submission, elsewhere = latest(application), set(used_elsewhere)
    if application.reopened_at is None or submission is None or submission.sealed is None:
        raise Refused(N_("Uw inschrijving ligt al in de kluis."))
    part_news.closed_again(application, submission, now)
    sealed_rows.wipe(application)
    for one in submission.sealed.files:
        if one.document.sealed_at is None and one.document_id not in elsewhere:
            one.plain_key, one.plain_sha256, one.plain_removed_at = one.document.storage_key, one.document.sha256, None
            _wipe_document(one.document, now)
    application.sealed_at, application.reopened_at = now, None
    audit.record(application, "close_again", actor, now)


def _require_sealed(application: Application) -> None:
    if application.sealed_at is None:
        raise Refused(N_("Uw inschrijving is al open. Ververs de pagina."))


def sealed_hashes(sealed: SealedSubmission) -> list[str]:
    """SHA-256 of everything that lies in the vault for one submission: the content first, then each file."""
    return [sealed.sha256, *(one.sha256 for one in sealed.files)]


# Contexts: what a ciphertext is bound to


def key_context(round_id: str, sealed_id: str) -> str:
    return f"data-key:{round_id}:{sealed_id}"


def _content_context(sealed_id: str, submission: Submission) -> str:
    return f"content:{sealed_id}:{submission.id}:{submission.digest}"


def _file_context(sealed_id: str, document_id: str) -> str:
    return f"file:{sealed_id}:{document_id}"
