"""Photographs of the pages of one document, in the order in which they become one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.domain import audit, documents
from portal.domain.permissions import require_role
from portal.errors import FileRefused, NotFound, Refused
from portal.models import Photo, User
from portal.services import Inspection, StoredFile
from portal.terms import APPLICANT_ROLES, DOCUMENT_KINDS, N_

MOST = 40
"""Photographs in one PDF."""
MOST_BYTES = 150_000_000
"""All photographs of one PDF together; the child process that joins them holds them in memory."""
CONTENT_TYPES = frozenset({"image/jpeg", "image/png"})


def add(
    present: Sequence[Photo],
    actor: User,
    kind: str,
    filename: str,
    stored: StoredFile,
    inspection: Inspection,
    now: datetime,
) -> Photo:
    """One more page, the last one so far. Raises `FileRefused` for what is no photograph, or too many."""
    if actor.works_for_id is None or kind not in DOCUMENT_KINDS:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *APPLICANT_ROLES)
    if inspection.content_type not in CONTENT_TYPES:
        raise FileRefused("photo", N_("Dit is geen foto. Kies een JPEG of PNG; een PDF uploadt u bij de eis zelf."))
    if len(present) >= MOST or sum(one.size for one in present) + stored.size > MOST_BYTES:
        raise FileRefused(
            "photos",
            N_("In één PDF passen %(most)s foto’s, samen hoogstens %(size)s MB. Maak eerst van deze foto’s een PDF."),
            most=MOST,
            size=MOST_BYTES // 1_000_000,
        )
    photo = Photo(
        organisation_id=actor.works_for_id,
        user_id=actor.id,
        kind=kind,
        filename=documents.display_name(filename),
        size=stored.size,
        sha256=stored.sha256,
        stored_as=stored.key,
        position=1 + max((one.position for one in present), default=0),
        received_at=now,
    )
    audit.record(photo, "add_photo", actor, now, kind=kind, size=stored.size, sha256=stored.sha256)
    return photo


def find(present: Sequence[Photo], photo_id: str) -> Photo:
    for one in present:
        if one.id == photo_id:
            return one
    raise NotFound(N_("Deze foto is er niet meer."))


def move(present: Sequence[Photo], photo_id: str, step: int, actor: User, now: datetime) -> None:
    """One photograph `step` places further (below zero: back); past an end it stays."""
    order = list(present)
    photo = find(order, photo_id)
    goal = min(max(order.index(photo) + step, 0), len(order) - 1)
    order.remove(photo)
    order.insert(goal, photo)
    for position, one in enumerate(order, 1):
        one.position = position
    audit.record(photo, "move_photo", actor, now, position=goal + 1)


def remove(photo: Photo, actor: User, now: datetime) -> None:
    """Record that a page goes; its row goes with it."""
    audit.record(photo, "remove_photo", actor, now)


def require_some(present: Sequence[Photo]) -> None:
    if not present:
        raise Refused(N_("Kies eerst foto’s. Daarna maakt u er één PDF van."))
