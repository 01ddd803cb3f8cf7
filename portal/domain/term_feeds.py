"""The secret address from which an official's calendar reads the terms of one round: made, replaced, taken back."""

from __future__ import annotations

import secrets
from datetime import datetime

from portal.domain import accounts, audit
from portal.domain.permissions import require_official
from portal.models import Round, TermFeed, User

READERS = ("inkoper", "round_manager")


def make(round_: Round, actor: User, current: TermFeed | None, now: datetime) -> tuple[TermFeed, str]:
    """A new address for the actor, and the secret in it; the one of before stops working.

    Only the digest of the secret is kept, so this is the one time it can be shown.
    """
    require_official(actor, round_, *READERS)
    if current is not None:
        revoke(current, actor, now)
    secret = secrets.token_urlsafe(32)
    feed = TermFeed(
        authority_id=round_.authority_id,
        round=round_,
        round_id=round_.id,
        user=actor,
        user_id=actor.id,
        token_digest=accounts.digest(secret),
        made_at=now,
    )
    audit.record(feed, "make_feed", actor, now)
    return feed, secret


def revoke(feed: TermFeed, actor: User, now: datetime) -> None:
    """Stop the own address. Twice is once."""
    require_official(actor, feed, *READERS)
    if feed.revoked_at is None:
        feed.revoked_at = now
        audit.record(feed, "revoke_feed", actor, now)


def is_live(feed: TermFeed) -> bool:
    """It was not taken back, and its official still has access and a role that sees the round."""
    user = feed.user
    has_role = any(one.role in READERS for one in user.roles)
    return feed.revoked_at is None and user.disabled_at is None and has_role and user.authority_id == feed.authority_id
