"""The document vault: every document once, every version kept."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from portal.domain import audit, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_role
from portal.errors import Invalid, NotFound, Refused
from portal.models import Document, Organisation, User
from portal.services import Inspection, StoredFile
from portal.terms import APPLICANT_ROLES, DOCUMENT_KINDS, N_

MAX_BYTES = 25_000_000


def display_name(filename: str) -> str:
    """A file name that is only ever shown: NFC, no control or direction characters, at most 150 characters."""
    name = unicodedata.normalize("NFC", filename.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip()
    return re.sub(r"\s+", " ", name)[-150:] or "bestand"


def add(
    organisation: Organisation,
    actor: User,
    kind: str,
    filename: str,
    stored: StoredFile,
    inspection: Inspection,
    now: datetime,
    *,
    replaces: Document | None = None,
    has_scanner: bool = False,
) -> Document:
    """A document that was stored and inspected becomes a row; the one it replaces stays and is superseded.

    Where there is a scanner, it waits for that; using and submitting it goes on meanwhile.
    """
    if actor.organisation_id != organisation.id:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *APPLICANT_ROLES)
    if kind not in DOCUMENT_KINDS:
        raise Invalid({"kind": N_("Kies welke soort document dit is.")})
    document = Document(
        organisation=organisation,
        organisation_id=organisation.id,
        kind=kind,
        filename=display_name(filename),
        content_type=inspection.content_type,
        pages=inspection.pages,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        is_sealed=DOCUMENT_KINDS[kind].is_integrity,
        version=1,
        uploaded_at=now,
        uploaded_by=actor,
        uploaded_by_id=actor.id,
        scan_state="waiting" if has_scanner else "none",
    )
    if replaces is not None:
        if replaces.organisation_id != organisation.id or replaces.kind != kind:
            raise NotFound(N_("Dit bestaat niet."))
        if replaces.superseded_by_id is not None:
            raise Refused(N_("Dit document is al vervangen. Ververs de pagina en kijk naar de nieuwste versie."))
        document.version = replaces.version + 1
        document.issuer, document.number = replaces.issuer, replaces.number
        replaces.superseded_by = document
        replaces.superseded_by_id = document.id
    audit.record(document, "upload", actor, now, kind=kind, size=stored.size, sha256=stored.sha256)
    return document


def describe(
    document: Document,
    actor: User,
    now: datetime,
    *,
    issuer: str = "",
    number: str = "",
    issued_on: date | None = None,
    expires_on: date | None = None,
) -> None:
    """Issuer, number and dates of a document, as the organisation reads them on it."""
    if actor.organisation_id != document.organisation_id:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *APPLICANT_ROLES)
    problems: dict[str, str] = {}
    if issued_on and issued_on > now.date():
        problems["issued_on"] = N_("De datum van afgifte ligt in de toekomst. Controleer de datum.")
    if issued_on and expires_on and expires_on < issued_on:
        problems["expires_on"] = N_("De einddatum ligt vóór de datum van afgifte. Controleer beide datums.")
    if problems:
        raise Invalid(problems)
    document.issuer, document.number = issuer.strip()[:200], number.strip()[:200]
    document.issued_on, document.expires_on = issued_on, expires_on
    audit.record(document, "describe", actor, now, issued_on=str(issued_on), expires_on=str(expires_on))


def remove(document: Document, actor: User, now: datetime) -> None:
    """Take a document out of the vault's list. What was submitted with it keeps its bytes."""
    if actor.organisation_id != document.organisation_id:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *APPLICANT_ROLES)
    document.removed_at = document.removed_at or now
    audit.record(document, "remove", actor, now)


def restore(document: Document, actor: User, now: datetime) -> None:
    """Undo a removal."""
    if actor.organisation_id != document.organisation_id:
        raise NotFound(N_("Dit bestaat niet."))
    document.removed_at = None
    audit.record(document, "restore", actor, now)


def await_scan(document: Document, now: datetime, *, has_scanner: bool) -> None:
    """The settings changed: what was never scanned waits now, or what waited need not any more."""
    advance(document, "await_scan" if has_scanner else "give_up_scan", None, now)


def judge(document: Document, finding: str, now: datetime) -> bool:
    """Keep what the scanner said; '' is clean. Its organisation hears of malware. Whether this call did it."""
    if document.scan_state != "waiting":
        return False
    document.scanned_at, document.scan_finding = now, finding[:200]
    advance(document, "find_infected" if finding else "find_clean", None, now, finding=document.scan_finding)
    if finding:
        audit.tell_organisation(
            document,
            document.organisation.users,
            f"infected:{document.id}",
            "document_infected",
            now,
            filename=document.filename,
            uploaded=wording.moment(document.uploaded_at),
            path=f"/documenten/{document.id}",
        )
    return True


def require_servable(document: Document, *, has_scanner: bool) -> None:
    """Refuse to give out what the scanner stopped and, where there is one, what it has yet to look at."""
    if document.scan_state == "infected":
        raise Refused(
            N_("‘%(name)s’ is tegengehouden: de virusscanner vond er iets in (%(finding)s). Niemand kan het openen."),
            name=document.filename,
            finding=document.scan_finding,
        )
    if has_scanner and document.scan_state != "clean":
        raise Refused(
            N_("‘%(name)s’ wordt nog gecontroleerd op virussen. Probeer het over een paar minuten opnieuw."),
            name=document.filename,
        )


def require_usable(document: Document) -> None:
    """Refuse to use malware as evidence."""
    if document.scan_state == "infected":
        raise Refused(
            N_("‘%(name)s’ is tegengehouden door de virusscanner. Upload een schoon bestand en gebruik dat."),
            name=document.filename,
        )
