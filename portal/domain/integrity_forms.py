"""Which questionnaire of the integrity check counts, and when it is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.domain.permissions import filler_id
from portal.models import Application, IntegrityForm, Party


def form_of(application: Application, party: Party | None) -> IntegrityForm | None:
    """What was filled in here about the applicant (None) or `party` by who fills that in now; nobody else's counts."""
    key, filler = party.id if party else None, filler_id(application, party)
    found = [one for one in application.integrity_forms if (one.party_id, one.organisation_id) == (key, filler)]
    return max(found, key=lambda one: one.version, default=None)


def freeze(application: Application, manifest: Mapping[str, Any], now: datetime) -> None:
    """What a submission names never changes any more; what is filled in afterwards is another row."""
    named = {one["form_id"] for one in manifest.get("questionnaires", [])}
    for one in application.integrity_forms:
        if one.id in named and one.submitted_at is None:
            one.submitted_at = now
