"""A file that comes in pieces: begun with its size, bound to who sends it, and in the end a document."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain import audit, documents
from portal.domain.permissions import require_role
from portal.errors import FileRefused, FileTooLarge, NotFound, Refused
from portal.models import Document, Upload, User
from portal.terms import APPLICANT_ROLES, DOCUMENT_KINDS, N_

MOST_UNFINISHED = 500_000_000
"""Bytes that one organisation may have announced and not finished: twenty files of the largest size."""

LIFETIME = timedelta(days=1)
"""How long an upload may rest before the portal forgets it."""


def begin(actor: User, kind: str, filename: str, size: int, unfinished: int, now: datetime) -> Upload:
    """A new upload of `size` bytes. `unfinished`: bytes the organisation announced before and did not finish.

    What can be refused for its size is refused here, before a byte is sent: `FileTooLarge`, `FileRefused`.
    """
    if actor.works_for_id is None:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *APPLICANT_ROLES)
    if kind not in DOCUMENT_KINDS:
        raise NotFound(N_("Deze soort document bestaat niet."))
    if size < 1:
        raise FileRefused("empty", N_("Dit bestand is leeg. Maak of bewaar het opnieuw en upload het daarna."))
    if size > documents.MAX_BYTES:
        raise FileTooLarge(
            "too_large",
            N_(
                "Dit bestand is %(size)s MB. Wij nemen bestanden aan tot %(megabytes)s MB. Maak het kleiner, "
                "bijvoorbeeld door een scan met een lagere resolutie te bewaren, of deel het op. Er is niets verstuurd."
            ),
            size=-(-size // 1_000_000),
            megabytes=documents.MAX_BYTES // 1_000_000,
        )
    if unfinished + size > MOST_UNFINISHED:
        raise Refused(
            N_(
                "Uw organisatie heeft te veel uploads die niet af zijn. Maak die eerst af of stop ze. "
                "Wat een dag stilligt, ruimen wij zelf op."
            )
        )
    upload = Upload(
        organisation_id=actor.works_for_id,
        user_id=actor.id,
        kind=kind,
        filename=documents.display_name(filename),
        size=size,
        started_at=now,
    )
    audit.record(upload, "begin_upload", actor, now, kind=kind, size=size)
    return upload


def require_offset(upload: Upload, offset: int | None, received: int, length: int) -> None:
    """The next bytes follow on what is there, and do not pass what was announced."""
    if offset != received or upload.document_id is not None:
        raise Refused(
            N_("Er zijn al %(received)s bytes van dit bestand. Ga daar verder."),
            received=upload.size if upload.document_id else received,
        )
    if received + length > upload.size:
        raise FileTooLarge("too_large", N_("Er komt meer binnen dan was aangekondigd. Begin opnieuw met uploaden."))


def require_complete(upload: Upload, kind: str, received: int) -> None:
    """Every byte is there, and the file goes where it was announced for."""
    if upload.kind != kind:
        raise NotFound(N_("Deze upload bestaat niet."))
    if upload.document_id is None and received != upload.size:
        raise Refused(
            N_("Nog niet het hele bestand is binnen: %(received)s van %(size)s bytes."),
            received=received,
            size=upload.size,
        )


def finish(upload: Upload, document: Document) -> None:
    """The upload is this document now. `documents.add` records the act."""
    upload.document_id = document.id


def stop(upload: Upload, actor: User, now: datetime) -> None:
    """Record that the person stopped an upload; its row goes with it."""
    audit.record(upload, "stop_upload", actor, now, size=upload.size)
