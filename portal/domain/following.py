"""What every act of contract management shares: the published rules, who may act, and what may never be filled in."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from stdnum.nl import bsn as eleven_test

from portal.domain import audit, calendar
from portal.domain.permissions import require_official
from portal.errors import Invalid, Refused
from portal.models import Agreement, Base, User
from portal.terms import N_

MANAGER = "contract_manager"
LEAST = 10
"""Characters of a reason, at least."""


def settings(agreement: Agreement) -> dict[str, Any]:
    """Everything published with the edition this agreement was made under."""
    return agreement.application.round.settings


def rules(agreement: Agreement) -> dict[str, Any]:
    """The block `contract_management` of that edition; empty when the procedure says nothing about it."""
    return settings(agreement).get("contract_management") or {}


def require_manager(actor: User, agreement: Agreement) -> None:
    """A contract manager of the authority, and an agreement signed by both."""
    require_official(actor, agreement, MANAGER)
    require_in_force(agreement)


def require_in_force(agreement: Agreement) -> None:
    if agreement.state != "in_force":
        raise Refused(N_("Deze overeenkomst is nog niet door beide partijen ondertekend."))


def written(text: str, field: str = "reason", message: str = "") -> str:
    """`text` without the white space around it. Raises `Invalid` when it is too short to be understood."""
    stripped = text.strip()
    if len(stripped) < LEAST:
        raise Invalid({field: message or N_("Schrijf minstens 10 tekens, zodat een ander het begrijpt.")})
    refuse_personal_numbers(stripped, field)
    return stripped


def has_personal_number(text: str) -> bool:
    """Whether a burgerservicenummer may stand in `text`: nine digits that pass the elfproef, dots or spaces between."""
    found = re.findall(r"(?<!\d)\d(?:[ .\-]?\d){8}(?!\d)", text)
    return any(eleven_test.is_valid(re.sub(r"\D", "", one)) for one in found)


def refuse_personal_numbers(text: str, field: str) -> None:
    """Raises `Invalid` where a BSN may stand in what was filled in."""
    if has_personal_number(text):
        raise Invalid(
            {field: N_("Hier lijkt een burgerservicenummer te staan. Haal dat weg: het mag nooit in het portaal.")}
        )


def tell_provider(subject: Base, agreement: Agreement, reason: str, template: str, now: datetime, **facts: Any) -> None:
    """The same mail to every colleague of the provider, with the number of the agreement and where to look."""
    audit.tell_organisation(
        subject,
        agreement.organisation.users,
        reason,
        template,
        now,
        number=agreement.number,
        path=f"/overeenkomsten/{agreement.id}/uitvoering",
        **facts,
    )


def today(now: datetime) -> date:
    return calendar.local_day(now)
