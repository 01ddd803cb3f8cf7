"""An organisation takes everything of its own along: how often that may be, and what is noted of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.domain import audit, wording
from portal.domain.permissions import require_member
from portal.errors import Refused
from portal.models import Organisation, User
from portal.terms import N_

ACT = "download_data"
MOST, WITHIN = 5, timedelta(hours=1)


def take(
    organisation: Organisation, actor: User, now: datetime, earlier: Sequence[datetime], *, files: int, size: int
) -> None:
    """Note that somebody takes the archive: how many files and bytes of documents are in it.

    `earlier` are the instants of other times in the past hour; more than a few are refused, because an archive is
    work for the portal, and because a stolen session should not be able to empty it at leisure.
    """
    require_member(actor, organisation)
    recent = sorted(one for one in earlier if one > now - WITHIN)
    if len(recent) >= MOST:
        raise Refused(
            N_("U kunt %(most)d keer per uur alles downloaden. Probeer het opnieuw na %(moment)s."),
            most=MOST,
            moment=wording.moment(recent[-MOST] + WITHIN),
        )
    audit.record(organisation, ACT, actor, now, files=files, bytes=size)
