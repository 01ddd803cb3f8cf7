"""Audit events and messages: what is written beside every act, in the act's own transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.domain.kinds import KINDS
from portal.models import Application, AuditEvent, Base, Message, User, attach

Actor = User | None
"""Who acts; None is the portal itself (the schedule)."""


def record(subject: Base, act: str, actor: Actor, now: datetime, **details: Any) -> None:
    """Write one event about `subject`: who did it, and on whose behalf when under a mandate.

    `details` are names and numbers, never content or secrets.
    """
    mandate = actor.mandate if actor else None
    attach(
        subject,
        AuditEvent(
            at=now,
            authority_id=getattr(subject, "authority_id", None),
            actor_id=actor.id if actor else None,
            actor_name=actor.name if actor else "portaal",
            act=act,
            subject_type=type(subject).__name__,
            subject_id=subject.id,  # type: ignore[attr-defined]
            on_behalf_of=mandate.organisation.name if mandate else None,
            mandate_id=mandate.id if mandate else None,
            details=details,
        ),
    )


def record_draft(application: Application, act: str, actor: Actor, now: datetime, **details: Any) -> None:
    """Write one event about a draft. Where submissions are sealed the log, which stays, does not say about what."""
    is_sealed = KINDS[application.round.procedure.kind].has_vault
    record(application, act, actor, now, **({} if is_sealed else details))


def tell(subject: Base, reason: str, to: str, template: str, now: datetime, **facts: Any) -> None:
    """Leave a mail in the outbox. `reason` names cause and addressee; the same reason is never told twice."""
    attach(
        subject,
        Message(
            reason=f"{reason}:{to}"[:200],
            authority_id=getattr(subject, "authority_id", None),
            to=to,
            template=template,
            facts=facts,
            created_at=now,
            next_try_at=now,
        ),
    )


def tell_organisation(
    subject: Base, users: list[User], reason: str, template: str, now: datetime, **facts: Any
) -> None:
    """The same mail to every confirmed, active colleague."""
    for user in users:
        if user.verified_at is not None and user.disabled_at is None:
            tell(subject, reason, user.email, template, now, name=user.name, **facts)
