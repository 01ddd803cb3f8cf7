"""The document vault: every document once, every version kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from portal.domain import audit, calendar, identifiers, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_role, require_works_for
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import Document, Organisation, SitePhoto, User
from portal.services import Inspection, StoredFile
from portal.terms import APPLICANT_ROLES, DOCUMENT_KINDS, N_

MAX_BYTES = 25_000_000
STAYS = ("issuer", "number", "scope", "holder_name", "holder_kvk_number")
"""What a next version says as well, until somebody writes otherwise; its days are new."""
LONGEST_LINE, LONGEST_SCOPE = 200, 2000


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
    require_works_for(actor, organisation.id)
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
        revision=0,
        **dict.fromkeys(STAYS, ""),
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
        for name in STAYS:
            setattr(document, name, getattr(replaces, name))
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
    scope: str = "",
    holder_name: str = "",
    holder_kvk_number: str = "",
    issued_on: date | None = None,
    starts_on: date | None = None,
    expires_on: date | None = None,
    about_on: date | None = None,
    based_on: int | None = None,
) -> None:
    """What the organisation reads on a document; everything is replaced. Raises `Invalid` with all problems.

    `based_on` is the revision the form showed (None: whatever there is). Raises `Stale` with the document as it is now
    when somebody else saved in between; nothing is overwritten.

    Another holder than the own organisation is no problem here: it may be the certificate of a partner. What that
    means for a requirement, `validity` says there.
    """
    require_works_for(actor, document.organisation_id)
    require_role(actor, *APPLICANT_ROLES)
    texts = {"issuer": issuer, "number": number, "scope": scope, "holder_name": holder_name}
    texts = {name: " ".join(text.split()) if name != "scope" else text.strip() for name, text in texts.items()}
    problems = _too_long(texts) | _impossible(issued_on, starts_on, expires_on, calendar.local_day(now))
    if holder_kvk_number.strip():
        wrong: dict[str, str] = {}
        holder_kvk_number = identifiers.registration({"kvk_number": holder_kvk_number}, wrong)
        if wrong:
            problems["holder_kvk_number"] = " ".join(wrong.values())
    if problems:
        raise Invalid(problems)
    days = {"issued_on": issued_on, "starts_on": starts_on, "expires_on": expires_on, "about_on": about_on}
    told = {**texts, "holder_kvk_number": holder_kvk_number.strip(), **days}
    if based_on is not None and document.revision != based_on:
        if all(getattr(document, name) == value for name, value in told.items()):
            return
        raise Stale(
            N_("%(name)s heeft deze gegevens net ook gewijzigd. Vergelijk ze en bewaar opnieuw."),
            theirs=document,
            name=document.described_by.name if document.described_by else N_("Uw collega"),
        )
    for name, value in told.items():
        setattr(document, name, value)
    document.revision += 1
    document.described_at, document.described_by, document.described_by_id = now, actor, actor.id
    audit.record(document, "describe", actor, now, **{name: str(day) for name, day in days.items()})


def _too_long(texts: Mapping[str, str]) -> dict[str, str]:
    long = N_("Gebruik hoogstens 200 tekens.")
    longest = N_("Gebruik hoogstens 2.000 tekens.")
    return {
        name: longest if name == "scope" else long
        for name, text in texts.items()
        if len(text) > (LONGEST_SCOPE if name == "scope" else LONGEST_LINE)
    }


def _impossible(issued_on: date | None, starts_on: date | None, expires_on: date | None, today: date) -> dict[str, str]:
    """What cannot be of the three days, by field."""
    problems: dict[str, str] = {}
    if issued_on and issued_on > today:
        problems["issued_on"] = N_("De datum van afgifte ligt in de toekomst. Controleer de datum.")
    if issued_on and expires_on and expires_on < issued_on:
        problems["expires_on"] = N_("De einddatum ligt vóór de datum van afgifte. Controleer beide datums.")
    elif starts_on and expires_on and expires_on < starts_on:
        problems["expires_on"] = N_("De einddatum ligt vóór de begindatum. Controleer beide datums.")
    return problems


def remove(document: Document, actor: User, now: datetime) -> None:
    """Take a document out of the vault's list. What was submitted with it keeps its bytes."""
    require_works_for(actor, document.organisation_id)
    require_role(actor, *APPLICANT_ROLES)
    document.removed_at = document.removed_at or now
    audit.record(document, "remove", actor, now)


def restore(document: Document, actor: User, now: datetime) -> None:
    """Undo a removal. What was destroyed does not come back."""
    require_works_for(actor, document.organisation_id)
    require_role(actor, *APPLICANT_ROLES)
    _require_there(document)
    document.removed_at = None
    audit.record(document, "restore", actor, now)


def await_scan(document: Document | SitePhoto, now: datetime, *, has_scanner: bool) -> None:
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


def _require_there(document: Document) -> None:
    if document.erased_at is not None:
        raise Refused(
            N_("Dit stuk is op %(day)s gewist, nadat het was ingezien."),
            day=wording.day(calendar.local_day(document.erased_at)),
        )


def require_servable(document: Document, *, has_scanner: bool) -> None:
    """Refuse to give out what was destroyed, what the scanner stopped and, where there is one, has yet to look at."""
    _require_there(document)
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
    """Refuse to use malware, or what was destroyed, as evidence."""
    _require_there(document)
    if document.scan_state == "infected":
        raise Refused(
            N_("‘%(name)s’ is tegengehouden door de virusscanner. Upload een schoon bestand en gebruik dat."),
            name=document.filename,
        )
