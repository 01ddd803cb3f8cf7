"""What the worker does with an id that it cannot handle: it waits longer each time, gives up, and hinders no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.errors import Unavailable
from portal.models import AuditEvent, Message, Submission, TaskFailure, TaskRun, User, WorkerBeat
from portal.worker import run_once, run_until_idle
from portal.worker.reporting import Report
from portal.worker.tasks import TASKS
from tests.conftest import World

SECRET = "het-antwoord-van-de-aanbieder"


def broken_mail(world: World, count: int = 1) -> list[str]:
    """Mails whose text the portal does not have: each try fails, also tomorrow. All other mail is gone."""
    world.work()
    with world.database.transaction() as db:
        made = [
            Message(
                reason=f"broken-{number}", authority_id=world.authority_id, to="x@x.example", template=f"weg/{SECRET}",
                facts={"answer": SECRET}, created_at=world.clock() - timedelta(hours=1), next_try_at=world.clock(),
            )
            for number in range(count)
        ]  # fmt: skip
        db.add_all(made)
        return [one.id for one in made]


def failures(world: World) -> list[TaskFailure]:
    with world.database.reading() as db:
        return list(db.scalars(select(TaskFailure).order_by(TaskFailure.first_at)))


def is_sent(world: World, message_id: str) -> bool:
    with world.database.reading() as db:
        return db.get_one(Message, message_id).sent_at is not None


def mend(world: World, message_id: str) -> None:
    with world.database.transaction() as db:
        message = db.get_one(Message, message_id)
        message.template, message.facts = "password_changed", {"name": "Anna", "path": "/"}


def test_a_failure_waits_1_2_4_and_8_minutes_and_is_given_up_after_the_fifth_try(world):
    broken_mail(world)

    waits = []
    for _ in range(5):
        run_until_idle(world.database, world.services)
        (failure,) = failures(world)
        waits.append((failure.next_try_at - world.clock()).total_seconds() / 60)
        run_until_idle(world.database, world.services)
        assert failures(world)[0].tries == failure.tries, "it is left alone until its time"
        world.clock.set(failure.next_try_at)

    assert waits == [1, 2, 4, 8, 16]
    assert failures(world)[0].dead_at is not None
    world.clock.advance(timedelta(days=3))
    run_until_idle(world.database, world.services)
    assert failures(world)[0].tries == 5


def test_the_reason_names_the_kind_of_error_and_nothing_that_was_filled_in(world):
    broken_mail(world)

    run_until_idle(world.database, world.services)

    (failure,) = failures(world)
    assert failure.reason.startswith("TemplateNotFound in ")
    assert SECRET not in failure.reason
    assert failure.authority_id == world.authority_id


def test_one_that_succeeds_after_all_is_forgotten(world):
    (message,) = broken_mail(world)
    run_until_idle(world.database, world.services)
    assert len(failures(world)) == 1
    mend(world, message)

    world.clock.advance(timedelta(minutes=1))
    run_until_idle(world.database, world.services)

    assert is_sent(world, message)
    assert failures(world) == []


@pytest.mark.slow
def test_a_whole_batch_of_broken_ids_does_not_keep_what_is_behind_it_waiting(world):
    broken_mail(world, 205)
    run_until_idle(world.database, world.services)
    with world.database.transaction() as db:
        whole = Message(
            reason="whole", authority_id=None, to="anna@a.example", template="password_changed",
            facts={"name": "Anna", "path": "/"}, created_at=world.clock(), next_try_at=world.clock(),
        )  # fmt: skip
        db.add(whole)

    run_until_idle(world.database, world.services)

    assert is_sent(world, whole.id)
    assert len(failures(world)) == 205


class AwayStore:
    """A file store that does not answer."""

    def exists(self, key: str) -> bool:
        raise Unavailable("De opslag antwoordt niet.")

    def __getattr__(self, name: str) -> Any:
        raise Unavailable("De opslag antwoordt niet.")


def test_what_fails_because_the_store_is_away_is_never_given_up_and_goes_on_within_five_minutes(world):
    world.submitted()
    away = replace(world.services, files=AwayStore())

    for _ in range(12):
        run_once(world.database, away)
        world.clock.advance(timedelta(minutes=5))

    (failure,) = failures(world)
    assert (failure.task, failure.tries, failure.dead_at) == ("receipts_to_draw_up", 12, None)
    run_until_idle(world.database, world.services)
    assert failures(world) == []
    with world.database.reading() as db:
        assert db.scalars(select(Submission.receipt_key)).one() is not None


class Overtaken:
    """Renders a receipt, and meanwhile another worker does the whole task."""

    def __init__(self, world: World, documents: Any) -> None:
        self.world, self.documents, self.is_first = world, documents, True

    def render(self, *given: Any, **more: Any) -> bytes:
        if self.is_first:
            self.is_first = False
            run_once(self.world.database, self.world.services)
            raise OSError(5, "Input/output error")
        made: bytes = self.documents.render(*given, **more)
        return made


def test_who_was_overtaken_by_another_worker_ends_quietly(world):
    world.submitted()

    run_once(world.database, replace(world.services, documents=Overtaken(world, world.services.documents)))

    assert failures(world) == []
    with world.database.reading() as db:
        acts = db.scalars(select(AuditEvent.act).where(AuditEvent.act == "draw_up_receipt")).all()
    assert acts == ["draw_up_receipt"]


class Slow(Overtaken):
    """Renders a receipt, and another worker is done just before it."""

    def render(self, *given: Any, **more: Any) -> bytes:
        if self.is_first:
            self.is_first = False
            run_once(self.world.database, self.world.services)
        made: bytes = self.documents.render(*given, **more)
        return made


def test_two_workers_at_one_receipt_leave_one_file_and_one_event(world):
    world.submitted()

    run_once(world.database, replace(world.services, documents=Slow(world, world.services.documents)))

    assert failures(world) == []
    with world.database.reading() as db:
        acts = db.scalars(select(AuditEvent.act).where(AuditEvent.act == "draw_up_receipt")).all()
    assert acts == ["draw_up_receipt"]


class SlowMail:
    """Hands over a mail, and meanwhile another worker makes a pass."""

    def __init__(self, world: World) -> None:
        self.world, self.sent = world, []

    def render(self, *given: Any) -> tuple[str, str]:
        return self.world.services.mail.render(*given)

    def send(self, letter: Any) -> None:
        self.sent.append(letter.message_id)
        run_once(self.world.database, replace(self.world.services, mail=self))


def test_two_workers_do_not_send_the_same_mail(world):
    (message,) = broken_mail(world)
    mend(world, message)
    mail = SlowMail(world)

    run_until_idle(world.database, replace(world.services, mail=mail))

    assert mail.sent == [f"{message}@voordeur"]
    assert is_sent(world, message)


def test_a_mail_of_a_worker_that_was_killed_while_sending_goes_out_five_minutes_later(world):
    class Killed(SlowMail):
        def send(self, letter: Any) -> None:
            raise KeyboardInterrupt

    (message,) = broken_mail(world)
    mend(world, message)
    with pytest.raises(KeyboardInterrupt):
        run_once(world.database, replace(world.services, mail=Killed(world)))

    run_until_idle(world.database, world.services)
    assert not is_sent(world, message), "whoever took it may be sending it still"
    world.clock.advance(timedelta(minutes=5))
    run_until_idle(world.database, world.services)

    assert is_sent(world, message)


def test_a_worker_reports_what_it_looked_at_and_did_and_leaves_the_list_when_it_stops(world):
    world.submitted()
    report = Report(world.database, world.services)

    run_until_idle(world.database, world.services, report=report)
    report.write()

    with world.database.reading() as db:
        run = db.get_one(TaskRun, "receipts_to_draw_up")
        assert (run.handled, run.failed, run.looked_at) == (1, 0, world.clock())
        assert [one.name for one in db.scalars(select(WorkerBeat))] == [report.name]
        assert {one.task for one in db.scalars(select(TaskRun))} == {task.name for task in TASKS}
    report.end()
    with world.database.reading() as db:
        assert db.scalars(select(WorkerBeat)).all() == []


def test_every_task_has_a_dutch_name():
    from portal.domain.task_names import TASKS as NAMES

    assert [task.name for task in TASKS if task.name not in NAMES] == []


def test_an_administrator_makes_the_worker_try_again_and_a_second_click_changes_nothing(world):
    from portal.domain.failures import retry
    from portal.errors import NotAllowed, NotFound

    broken_mail(world)
    run_until_idle(world.database, world.services)
    with world.database.transaction() as db:
        failure, bas = db.scalars(select(TaskFailure)).one(), db.get_one(User, world.people["bas"])
        assert [retry(failure, bas, world.clock()), retry(failure, bas, world.clock())] == [True, False]
    with world.database.transaction() as db:
        failure = db.scalars(select(TaskFailure)).one()
        with pytest.raises(NotAllowed):
            retry(failure, db.get_one(User, world.people["ineke"]), world.clock())
        failure.authority_id = world.other_authority_id
        with pytest.raises(NotFound):
            retry(failure, db.get_one(User, world.people["bas"]), world.clock())
    with world.database.reading() as db:
        assert db.scalars(select(AuditEvent.actor_name).where(AuditEvent.act == "retry_task")).all() == ["Bas Hendriks"]
