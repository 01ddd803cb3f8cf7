"""A portal that was restored from a backup: it says so, and it mails nobody before a person lets it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from portal.models import AuditEvent, Message

PORTAL = "portal"
"""What these events are about: the portal as a whole, which is no row."""

RESTORED, RELEASED = "restore", "release_mail"

_NOT_SENT = "Niet verstuurd: het portaal is teruggezet uit een reservekopie."


def event(act: str, now: datetime, **details: Any) -> AuditEvent:
    """An event about the portal as a whole, by whoever types commands."""
    return AuditEvent(
        at=now,
        authority_id=None,
        actor_id=None,
        actor_name="beheerder",
        act=act,
        subject_type="Portal",
        subject_id=PORTAL,
        details=details,
    )


def is_held(last_act: str | None) -> bool:
    """Mail waits when the last of these two acts was a restore."""
    return last_act == RESTORED


def discard(waiting: Iterable[Message], now: datetime) -> None:
    """Never send these: they went out before, or their moment has passed."""
    for message in waiting:
        message.refused_at, message.last_error = now, _NOT_SENT
