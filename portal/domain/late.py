"""An attempt to submit at or after the instant: refused, and kept with a number as proof that it was tried."""

from __future__ import annotations

import hashlib
from datetime import datetime

from portal.domain import applications, audit
from portal.domain.permissions import require_applicant
from portal.models import Application, LateAttempt, User
from portal.terms import SUBMIT_ROLES


def record(application: Application, actor: User, now: datetime, attempt: str) -> LateAttempt:
    """The row of one attempt; `now` is the instant that was compared with the deadline.

    The digest is of what would have been submitted. Nothing of it is taken in.
    """
    require_applicant(actor, application, *SUBMIT_ROLES)
    offered = applications.canonical(applications.manifest(application))
    late = LateAttempt(
        authority_id=application.authority_id,
        application=application,
        application_id=application.id,
        number=f"TL-{application.round.label}-{applications.code(4)}-{applications.code(4)}",
        attempt=attempt,
        tried_at=now,
        tried_by=actor,
        tried_by_id=actor.id,
        closes_at=application.round.closes_at,
        digest=hashlib.sha256(offered.encode()).hexdigest(),
    )
    audit.record(
        application,
        "submit_too_late",
        actor,
        now,
        number=late.number,
        digest=late.digest,
        closes_at=late.closes_at.isoformat(),
    )
    return late
