"""Audit events and messages: what is written beside every act, in the act's own transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.domain.kinds import KINDS
from portal.models import Application, AuditEvent, Base, Message, User, attach

SECRET_MAILS = frozenset({"confirm_address", "invitation", "party_invited", "password_reset"})
"""Mails that carry a key: of those stays only that they were sent."""

PARTY_MAILS = frozenset(
    {
        "part_accepted",
        "part_left",
        "part_missing",
        "part_other_number",
        "part_ready",
        "part_reminder",
        "part_taken_back",
        "party_uninvited",
    }
)
"""Mails that name a party of a draft. Where submissions are sealed, of those too."""

FORGOTTEN = "is_forgotten"
"""The fact of a mail that says so: what it says is wiped once it was sent."""

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


def record_draft(
    application: Application, act: str, actor: Actor, now: datetime, about: Base | None = None, **details: Any
) -> None:
    """Write one event about a draft, or about something in it. Where submissions are sealed the log, which stays, does
    not say about what.
    """
    record(about or application, act, actor, now, **({} if _is_sealed(application) else details))


def _is_sealed(subject: Base) -> bool:
    """About an application of a kind whose submissions are sealed."""
    return isinstance(subject, Application) and KINDS[subject.round.procedure.kind].has_vault


def reason_of(reason: str, to: str) -> str:
    """How the reason of a mail is kept: cause and addressee, unique in the outbox."""
    return f"{reason}:{to}"[:200]


def tell(subject: Base, reason: str, to: str, template: str, now: datetime, **facts: Any) -> None:
    """Leave a mail in the outbox. `reason` names cause and addressee; the same reason is never told twice."""
    if template in PARTY_MAILS and _is_sealed(subject):
        facts[FORGOTTEN] = True
    attach(
        subject,
        Message(
            reason=reason_of(reason, to),
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


def is_forgotten(message: Message) -> bool:
    """Whether what this mail says is not kept, or shown, beside the mail itself."""
    return message.template in SECRET_MAILS or FORGOTTEN in message.facts or not message.facts
