"""Certificates of conduct (VOG): looked at, noted, and forgotten; destroyed as well when their owner agreed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from portal.domain import audit, calendar
from portal.domain.permissions import require_official, require_role, require_works_for
from portal.errors import Invalid, NotFound, Refused
from portal.models import Application, Document, Erasure, Review, SeenCertificate, User, attach
from portal.terms import APPLICANT_ROLES, DOCUMENT_KINDS, N_

MOST_PEOPLE = 9999


def is_forgotten_kind(document: Document) -> bool:
    return document.kind in DOCUMENT_KINDS and DOCUMENT_KINDS[document.kind].is_forgotten


def day_of(typed: str) -> date | None:
    """A day as a form sends it; None for anything else."""
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def note(
    review: Review,
    actor: User,
    document: Document,
    issued_on: date | None,
    people: int | None,
    seen: Iterable[SeenCertificate],
    now: datetime,
) -> SeenCertificate:
    """An inkoper looked at a certificate of this application and notes that; nobody of the authority opens it any more.

    Of the content nothing is kept: when it was issued and about how many people, that is all. `seen` are the looks at
    this document so far. Twice is once.
    """
    require_official(actor, review, "inkoper")
    earlier = next((one for one in seen if one.application_id == review.application_id), None)
    if earlier is not None:
        return earlier
    if review.state not in {"open", "started"}:
        raise Refused(N_("Deze aanmelding is niet in beoordeling."))
    if not is_forgotten_kind(document):
        raise NotFound(N_("Dit bestaat niet."))
    problems: dict[str, str] = {}
    if issued_on is None or issued_on > calendar.local_day(now):
        problems["issued_on"] = N_("Vul de datum van afgifte in, vandaag of eerder.")
    if people is None or not 1 <= people <= MOST_PEOPLE:
        problems["people"] = N_("Vul in over hoeveel mensen het stuk gaat.")
    if problems or issued_on is None or people is None:
        raise Invalid(problems)
    look = SeenCertificate(
        authority_id=review.authority_id,
        application_id=review.application_id,
        document_id=document.id,
        issued_on=issued_on,
        people=people,
        seen_at=now,
        seen_by=actor,
        seen_by_id=actor.id,
    )
    attach(review, look)
    audit.record(review, "see_certificate", actor, now, document=document.id, issued_on=str(issued_on), people=people)
    return look


def agree(document: Document, actor: User, may_erase: bool, now: datetime) -> None:
    """The owner says whether the document is destroyed once every authority that has it looked at it. Default: no."""
    require_works_for(actor, document.organisation_id)
    require_role(actor, *APPLICANT_ROLES)
    if not is_forgotten_kind(document):
        raise NotFound(N_("Dit bestaat niet."))
    if document.erased_at is not None:
        raise Refused(N_("Dit stuk is al gewist."))
    if may_erase == (document.may_erase_at is not None):
        return
    document.may_erase_at = now if may_erase else None
    audit.record(document, "agree_to_erase" if may_erase else "keep", actor, now)


def waits_for(document: Document, using: Iterable[Application], seen: Iterable[SeenCertificate]) -> bool:
    """Whether some application still needs the document: it runs, and nobody of its authority looked yet."""
    looked = {one.application_id for one in seen}
    return any(one.id not in looked and one.state not in {"decided", "lapsed", "withdrawn"} for one in using)


def erase(document: Document, objects: int, now: datetime) -> Erasure:
    """The row says no more of it than that it was here; what `objects` counts is gone from the store already.

    What was submitted stays as it was hashed: a manifest names the file, its day of issue and its SHA-256.
    """
    assert document.may_erase_at is not None  # noqa: S101 - the worker asks for documents of which the owner agreed
    certificate = Erasure(
        document_id=document.id,
        kind=document.kind,
        sha256=document.sha256,
        size=document.size,
        objects=objects,
        agreed_at=document.may_erase_at,
        erased_at=now,
    )
    document.filename = DOCUMENT_KINDS[document.kind].label
    document.issuer = document.number = document.scope = document.holder_name = document.holder_kvk_number = ""
    document.issued_on = document.starts_on = document.expires_on = document.about_on = None
    document.reading = None
    document.erased_at = now
    document.removed_at = document.removed_at or now
    attach(document, certificate)
    audit.record(document, "erase", None, now, sha256=document.sha256, objects=objects)
    return certificate
