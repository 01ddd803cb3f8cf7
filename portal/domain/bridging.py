"""A short agreement that keeps care going after the agreement of a provider ends (overbruggingsovereenkomst).

It is a letter: drawn up once from frozen facts, then accepted by the provider and by the authority as a recorded act,
each naming the SHA-256 of the document that was shown.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

from portal.domain import audit, calendar, following, wording
from portal.domain.applications import canonical
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official, require_provider
from portal.errors import Invalid, Refused
from portal.models import Agreement, Bridging, User
from portal.services import StoredFile
from portal.terms import N_

TEMPLATE = "overbrugging-1"


def rule_of(agreement: Agreement) -> dict[str, Any]:
    """What the procedure publishes about bridging; empty when there is none."""
    return following.settings(agreement)["agreement"].get("bridging") or {}


def ends_of(agreement: Agreement) -> date:
    """The last day of the agreement, or of the first of its lines that ends."""
    return min([agreement.ends_on, *(one.ends_on for one in agreement.lines if one.ends_on)])


def draft(
    agreement: Agreement,
    actor: User,
    number: str,
    starts_on: date | None,
    ends_on: date | None,
    ground: str,
    now: datetime,
) -> Bridging:
    """The bridging agreement with its frozen facts: right after an end, and no longer than published."""
    following.require_manager(actor, agreement)
    rule = rule_of(agreement)
    if not rule:
        raise Refused(N_("Deze procedure kent geen overbruggingsovereenkomst."))
    after = ends_of(agreement)
    problems: dict[str, str] = {}
    if starts_on is None or not after < starts_on <= calendar.add_months(after, rule["most_months"]):
        problems["starts_on"] = f"Kies een eerste dag na {wording.day(after)}, de laatste dag van de overeenkomst."
    longest = calendar.add_months(starts_on, rule["most_months"]) - timedelta(days=1) if starts_on else None
    if starts_on is None or ends_on is None or longest is None or not starts_on < ends_on <= longest:
        problems["ends_on"] = f"Kies een laatste dag, hoogstens {rule['most_months']} maanden na het begin."
    if problems or starts_on is None or ends_on is None:
        raise Invalid(problems)
    ground = following.written(ground, "ground")
    first, of = agreement.facts, json.loads(agreement.facts)
    facts = canonical(
        {
            "number": number,
            "date": str(following.today(now)),
            "agreement": agreement.number,
            "agreement_sha256": hashlib.sha256(first.encode()).hexdigest(),
            "starts_on": str(starts_on),
            "ends_on": str(ends_on),
            "ground": ground,
            "rule": rule["text"],
            **{name: of[name] for name in ("authority", "organisation", "lots", "procedure")},
        }
    )
    bridging = Bridging(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        number=number,
        state="offered",
        template=TEMPLATE,
        starts_on=starts_on,
        ends_on=ends_on,
        ground=ground,
        facts=facts,
        facts_digest=hashlib.sha256(facts.encode()).hexdigest(),
        made_at=now,
        made_by=actor,
        made_by_id=actor.id,
    )
    audit.record(bridging, "draft_bridging", actor, now, number=number, agreement=agreement.number)
    return bridging


def key_of(bridging: Bridging) -> str:
    """The one place of its document; a second drawing up finds it there."""
    return f"agreements/{bridging.agreement_id}/overbrugging-{bridging.facts_digest[:16]}.pdf"


def offer(bridging: Bridging, actor: User, stored: StoredFile, now: datetime) -> None:
    """The document is in place: the provider can read and accept it. Does nothing the second time."""
    require_official(actor, bridging, following.MANAGER)
    if bridging.pdf_key is not None:
        return
    bridging.pdf_key, bridging.pdf_sha256 = stored.key, stored.sha256
    audit.record(bridging, "offer_bridging", actor, now, sha256=stored.sha256)
    following.tell_provider(
        bridging,
        bridging.agreement,
        f"bridging:{bridging.id}",
        "bridging_offered",
        now,
        bridging=bridging.number,
        starts_on=wording.day(bridging.starts_on),
        ends_on=wording.day(bridging.ends_on),
    )


def _require_shown(bridging: Bridging, shown_sha256: str, agreed: bool) -> None:
    if not agreed:
        raise Invalid({"agreed": N_("Vink aan dat u het document hebt gelezen en bevoegd bent om het te aanvaarden.")})
    if bridging.pdf_sha256 is None or shown_sha256 != bridging.pdf_sha256:
        raise Refused(N_("Dit is niet het document dat klaarstaat. Open het opnieuw."))


def accept(bridging: Bridging, actor: User, shown_sha256: str, agreed: bool, now: datetime) -> None:
    """A signatory of the provider accepts first, then one of the authority. Twice is once."""
    if actor.authority_id is None:
        require_provider(actor, bridging.agreement, "signatory")
        if bridging.provider_accepted_at is not None:
            return
        _require_shown(bridging, shown_sha256, agreed)
        advance(bridging, "accept_provider", actor, now, sha256=shown_sha256)
        bridging.provider_accepted_at, bridging.provider_accepted_by, bridging.provider_accepted_by_id = (
            now, actor, actor.id,
        )  # fmt: skip
        return
    require_official(actor, bridging, "authority_signatory")
    if bridging.authority_accepted_at is not None:
        return
    _require_shown(bridging, shown_sha256, agreed)
    advance(bridging, "accept_authority", actor, now, sha256=shown_sha256)
    bridging.authority_accepted_at, bridging.authority_accepted_by, bridging.authority_accepted_by_id = (
        now, actor, actor.id,
    )  # fmt: skip


def decline(bridging: Bridging, actor: User, reason: str, now: datetime) -> None:
    """The provider does not want it; it says why."""
    require_provider(actor, bridging.agreement, "signatory")
    bridging.declined_reason = following.written(reason)
    advance(bridging, "decline", actor, now)
