"""The work that follows from a vault: what two people released is put back, and what is sealed leaves the store."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from portal.domain import audit, sealed_rows, sealing, vault_opening, vault_record, wording
from portal.errors import FileDamaged
from portal.extensions import Database
from portal.models import Application, SealedFile, SealedSubmission, Submission, TenderVault, User, VaultOpening
from portal.queries import tender_vault as queries
from portal.services import Services, Signatory

EVER = datetime(9999, 1, 1, tzinfo=UTC)
UNREADABLE = "De inhoud is beschadigd en kon niet worden gelezen."


def settle(database: Database, services: Services, sealed_id: str) -> bool:
    """Put one submission back as it was handed in: its manifest, the rows of its draft, and its files."""
    with database.reading() as db:
        sealed = db.get_one(SealedSubmission, sealed_id)
        if sealed.settled_at is not None or not sealed.released_key:
            return False
        context = sealing.key_context(sealed.submission.application.round_id, sealed.id)
        try:
            key = services.vault.kept(sealed.released_key, context)
            content = sealing.read(sealed, key, services.vault)
        except FileDamaged:
            return _give_up(database, services, sealed_id)
        placed, damaged = sealing.bring_back(sealed, key, content, services.files, services.vault, "opened")
    with database.transaction() as db:
        sealed, moment = db.get_one(SealedSubmission, sealed_id, with_for_update=True), services.now()
        if sealed.settled_at is not None:
            return False
        application = sealed.submission.application
        sealed_rows.wipe(application)
        db.flush()
        sealed_rows.restore(application, content)
        sealing.restore_documents(sealed, content, placed)
        sealed.submission.manifest = content["manifest"]
        application.sealed_at = application.reopened_at = None
        sealed.settled_at, sealed.released_key = moment, ""
        names = (content["documents"][one]["filename"] for one in damaged)
        sealed.problem = f"Beschadigd: {', '.join(names)}." if damaged else ""
        audit.record(sealed.submission, "unseal", None, moment, damaged=len(damaged))
    return True


def _give_up(database: Database, services: Services, sealed_id: str) -> bool:
    """What cannot be read stays in the vault with its key, so that it can be tried again from a back-up."""
    with database.transaction() as db:
        sealed = db.get_one(SealedSubmission, sealed_id)
        sealed.settled_at, sealed.problem = services.now(), UNREADABLE
        audit.record(sealed.submission, "sealed_damaged", None, services.now())
    return True


def remove_plain(database: Database, services: Services, file_id: str) -> bool:
    """What lies sealed leaves the store: the file itself, its pictures and its text."""
    with database.reading() as db:
        file = db.get_one(SealedFile, file_id)
        if file.plain_removed_at is not None:
            return False
        key, digest = file.plain_key, file.plain_sha256
    services.files.delete(key)
    for picture in list(services.files.keys(f"pages/{digest}/", EVER)):
        services.files.delete(picture)
    with database.transaction() as db:
        file = db.get_one(SealedFile, file_id)
        file.plain_removed_at, file.plain_key, file.plain_sha256 = services.now(), "", ""
    database.forget()
    return True


def end_opening(database: Database, services: Services, opening_id: str) -> bool:
    """Ten minutes passed: what the attempt held of a share is forgotten."""
    with database.transaction() as db:
        opening = db.get_one(VaultOpening, opening_id)
        if opening.ended_at is None and services.now() >= opening.expires_at:
            vault_opening.end_opening(opening, services.now())
            return True
    return False


def close_draft(database: Database, services: Services, application_id: str) -> bool:
    """The round closed while a draft lay open: it is closed again, and what was submitted counts."""
    with database.transaction() as db:
        application = db.get_one(Application, application_id)
        if application.reopened_at is None:
            return False
        sealing.close_again(application, None, queries.used_elsewhere(db, application_id), services.now())
    return True


def freeze_record(database: Database, services: Services, vault_id: str) -> bool:
    """The report of the opening, from what is known once everything is put back. Everybody concerned is told."""
    with database.transaction() as db:
        vault, moment = db.get_one(TenderVault, vault_id, with_for_update=True), services.now()
        if vault.recorded_at is not None:
            return False
        everything = queries.sealed(db, vault.round_id)
        logins = queries.logins(db, vault)
        vault_record.freeze(vault, everything, logins, moment)
        opening = vault_record.opening_of(vault)
        people = queries.officials(db, vault.authority_id) if opening.by_escrow else _concerned(db, vault)
        facts = _mail_facts(vault, opening, everything)
        reason, path = f"vault_opened:{vault.id}", f"/rondes/{vault.round_id}/kluis"
        for user in people:
            audit.tell(vault, reason, user.email, "vault_opened", moment, name=user.name, path=path, **facts)
        everybody = {one.submission.application.id: one.submission.application for one in everything}
        for application in everybody.values():
            audit.tell_organisation(
                application,
                application.organisation.users,
                reason,
                "vault_opened",
                moment,
                path=f"/aanmeldingen/{application.id}",
                **facts,
            )
    return True


def _concerned(db: Any, vault: TenderVault) -> Iterable[User]:
    everybody = [*(one.user for one in vault.holders), *queries.round_managers(db, vault.authority_id)]
    return {one.id: one for one in everybody}.values()


def _mail_facts(vault: TenderVault, opening: VaultOpening, everything: Iterable[SealedSubmission]) -> dict[str, Any]:
    counted = [one for one in everything if one.submission is one.submission.application.valid_submission]
    return {
        "round": vault.round.label,
        "procedure": vault.round.procedure.title,
        "moment": wording.moment(opening.completed_at) if opening.completed_at else "",
        "number": len(counted),
        "damaged": sum(bool(one.problem) for one in counted),
        "by_escrow": opening.by_escrow,
        "why": opening.reason,
    }


def draw_up_record(database: Database, services: Services, vault_id: str) -> bool:
    """The report as PDF, signed by the portal. Rendered and signed outside the transaction."""
    with database.reading() as db:
        vault = db.get_one(TenderVault, vault_id)
        if vault.pdf_key is not None or vault.recorded_at is None:
            return False
        record, made_at, authority = vault.record, vault.recorded_at, vault.authority.name
    key = f"vaults/{vault_id}.pdf"
    if not services.files.exists(key):
        pdf = services.documents.render(
            "vault_record",
            {**json.loads(record), "made_at": made_at},
            identifier=vault_id,
            attachments={"proces-verbaal.json": record.encode()},
        )
        signatory = Signatory("Voordeur", "maakte dit proces-verbaal op", authority)
        services.files.put(key, services.signer.sign(pdf, field="Portaal", signatory=signatory, at=made_at, final=True))
    stored = services.files.put(key, b"")  # what is there stays, and is described
    with database.transaction() as db:
        vault = db.get_one(TenderVault, vault_id)
        vault.pdf_key, vault.pdf_sha256 = stored.key, stored.sha256
        audit.record(vault, "draw_up_record", None, services.now(), sha256=stored.sha256)
    return True


def receipt_facts(submission: Submission) -> dict[str, Any]:
    """What the receipt of a sealed submission says: nothing of its content."""
    application = submission.application
    sealed = submission.sealed
    return {
        "receipt": submission.receipt_number,
        "submitted_at": submission.submitted_at.isoformat(),
        "submitter": submission.submitted_by.name,
        "application": application.number,
        "organisation": {
            "name": application.organisation.name,
            "kvk_number": application.organisation.kvk_number,
            "city": application.organisation.city,
        },
        "procedure": application.round.procedure.title,
        "round": application.round.label,
        "closes": application.round.closes_at.isoformat(),
        "digest": submission.digest,
        "sealed": sealing.sealed_hashes(sealed) if sealed else [],
        "authority": {
            "name": application.authority.name,
            "mail": application.authority.mail,
            "phone": application.authority.phone,
        },
    }


def sweep(database: Database, services: Services, older_than: datetime) -> int:
    """Remove sealed files that no submission refers to: of attempts that were broken off."""
    removed = 0
    with database.reading() as db:
        for key in list(services.files.keys("sealed/", older_than)):
            if not queries.is_sealed_file(db, key):
                services.files.delete(key)
                removed += 1
    return removed
