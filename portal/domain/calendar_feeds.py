"""The secret address from which a colleague's calendar reads what expires: made, replaced and taken back."""

from __future__ import annotations

import secrets
from datetime import datetime

from portal.domain import accounts, audit
from portal.domain.permissions import require_role, require_works_for
from portal.errors import NotAllowed
from portal.models import CalendarFeed, User
from portal.terms import APPLICANT_ROLES, N_


def make(actor: User, current: CalendarFeed | None, now: datetime) -> tuple[CalendarFeed, str]:
    """A new address for the actor, and the secret in it; the address of before stops working.

    Only the digest of the secret is kept, so this is the one time it can be shown.
    """
    require_role(actor, *APPLICANT_ROLES)
    if actor.works_for_id is None or actor.mandate is not None:
        # A mandate ends at its instant; an address that a calendar keeps asking would not.
        raise NotAllowed(N_("Een agenda-adres is alleen voor collega's van de organisatie zelf."))
    if current is not None:
        revoke(current, actor, now)
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed(
        organisation_id=actor.works_for_id,
        user=actor,
        user_id=actor.id,
        token_digest=accounts.digest(secret),
        made_at=now,
    )
    audit.record(feed, "make_feed", actor, now)
    return feed, secret


def revoke(feed: CalendarFeed, actor: User, now: datetime) -> None:
    """Stop an address of the own organisation, one's own or a colleague's. Twice is once."""
    require_works_for(actor, feed.organisation_id)
    require_role(actor, *APPLICANT_ROLES)
    if feed.revoked_at is None:
        feed.revoked_at = now
        audit.record(feed, "revoke_feed", actor, now)


def is_live(feed: CalendarFeed) -> bool:
    """It was not taken back, and its colleague still belongs to the organisation and has access."""
    return (
        feed.revoked_at is None and feed.user.disabled_at is None and feed.user.organisation_id == feed.organisation_id
    )
