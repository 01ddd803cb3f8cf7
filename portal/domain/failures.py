"""What the worker could not do: when it tries again, when it gives up, and a person who makes it try once more."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain import audit
from portal.domain.permissions import require_role
from portal.errors import NotFound
from portal.models import Message, TaskFailure, User
from portal.terms import N_

GIVES_UP_AFTER = 5
LONGEST = timedelta(hours=1)
LONGEST_OUTSIDE = timedelta(minutes=5)


def pause(tries: int, *, is_outside: bool = False) -> timedelta:
    """How long to wait after this many tries: 1, 2, 4, 8 ... minutes, to an hour.

    To five minutes when something outside is away: when it is back, everything must go on soon.
    """
    return min(LONGEST_OUTSIDE if is_outside else LONGEST, timedelta(minutes=2 ** min(tries - 1, 10)))


def begin(task: str, subject_id: str, authority_id: str | None, now: datetime) -> TaskFailure:
    """The first failure of this id, not counted yet."""
    return TaskFailure(
        task=task,
        subject_id=subject_id,
        authority_id=authority_id,
        tries=0,
        reason="",
        first_at=now,
        last_at=now,
        next_try_at=now,
    )


def count(failure: TaskFailure, reason: str, now: datetime, *, is_outside: bool) -> None:
    """One more try that failed. After five the worker gives up, unless something outside was away.

    What is outside (the store, a mail server, the database) mends for all ids at once, so nothing is given up.
    """
    failure.tries += 1
    failure.reason, failure.last_at = reason[:500], now
    failure.next_try_at = now + pause(failure.tries, is_outside=is_outside)
    if failure.tries >= GIVES_UP_AFTER and not is_outside and failure.dead_at is None:
        failure.dead_at = now


def is_due(failure: TaskFailure, now: datetime) -> bool:
    return failure.dead_at is None and failure.next_try_at <= now


def retry(failure: TaskFailure, actor: User | None, now: datetime) -> bool:
    """Try again at once, as if it never failed. False when that was asked already."""
    if actor is not None:
        _require_administrator(actor, failure.authority_id)
    if failure.tries == 0 and is_due(failure, now):
        return False
    failure.tries, failure.dead_at, failure.next_try_at = 0, None, now
    audit.record(failure, "retry_task", actor, now, task=failure.task, handles=failure.subject_id)
    return True


def send_again(message: Message, actor: User | None, now: datetime) -> bool:
    """Try a mail again at once, also one that was refused. False when it is gone or on its way already."""
    if actor is not None:
        _require_administrator(actor, message.authority_id)
    if message.sent_at is not None:
        return False
    if message.refused_at is None and message.next_try_at <= now:
        return False
    if message.refused_at is None and message.tries == 0:
        return False  # a worker took it a moment ago
    message.refused_at, message.next_try_at = None, now
    audit.record(message, "send_again", actor, now, template=message.template)
    return True


def _require_administrator(actor: User, authority_id: str | None) -> None:
    require_role(actor, "administrator")
    if authority_id is None or actor.authority_id != authority_id:
        raise NotFound(N_("Dit bestaat niet."))
