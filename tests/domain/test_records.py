"""The audit log and the outbox."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.models import AuditEvent, Message, Round, User
from portal.worker import tasks
from tests import backends


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET act = 'x'", "DELETE FROM audit_events"])
def test_the_audit_log_can_only_grow(world, statement):
    with world.database.writing() as db:
        before = db.query(AuditEvent).count()
        with pytest.raises(DBAPIError, match="append-only"):
            db.connection().exec_driver_sql(statement)
    with world.database.reading() as db:
        assert db.query(AuditEvent).count() == before > 0


def test_a_session_that_only_reads_cannot_write(world):
    with world.database.reading() as db:
        db.get_one(User, world.people["anna"]).name = "Iemand anders"
        with pytest.raises(RuntimeError, match="only reads: User"):
            db.commit()

    with world.database.writing() as db:
        found = db.get_one(User, world.people["anna"])
        assert found.name != "Iemand anders"
        found.name = "Anna de Wit"
        db.commit()


def test_an_act_that_is_rolled_back_leaves_no_event_and_no_mail(world):
    with world.database.reading() as db:
        before = (db.query(AuditEvent).count(), db.query(Message).count())
    with world.database.writing() as db:
        from portal.domain import applications

        application = applications.start(
            db.get_one(Round, world.rounds["2020-1"]), db.get_one(User, world.people["anna"]), world.clock()
        )
        db.add(application)
        db.flush()
        assert db.query(AuditEvent).filter_by(subject_id=application.id).count() == 1
        db.rollback()

    with world.database.reading() as db:
        assert (db.query(AuditEvent).count(), db.query(Message).count()) == before


def test_a_receipt_is_mailed_to_the_organisation_once(world):
    application_id = world.submitted()
    world.work()
    world.work()

    with world.database.reading() as db:
        receipts = db.scalars(select(Message).where(Message.template == "receipt")).all()
        assert [one.to for one in receipts] == [world.emails["anna"]]
        assert receipts[0].sent_at == world.clock()
        assert application_id in receipts[0].facts["path"]


def test_the_secret_link_is_forgotten_once_the_mail_is_gone(world):
    world.work()

    with world.database.reading() as db:
        confirmations = db.scalars(select(Message).where(Message.template == "confirm_address")).all()
        assert [one.facts for one in confirmations] == [{}] * len(confirmations)


def test_a_round_closes_exactly_once_however_many_workers_try(world):
    from threading import Thread

    with world.database.reading() as db:
        round_id = world.rounds["2020-1"]
        world.clock.set(db.get_one(Round, round_id).closes_at)
    workers = [Thread(target=tasks.close_round, args=(world.database, world.services, round_id)) for _ in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    with world.database.reading() as db:
        closings = db.scalars(select(AuditEvent).where(AuditEvent.act == "close", AuditEvent.subject_id == round_id))
        assert len(closings.all()) == 1


def test_a_round_does_not_close_before_its_instant(world):
    from datetime import timedelta

    with world.database.reading() as db:
        closes_at = db.get_one(Round, world.rounds["2020-1"]).closes_at
    world.clock.set(closes_at - timedelta(microseconds=1))
    world.work()
    with world.database.reading() as db:
        assert db.get_one(Round, world.rounds["2020-1"]).closed_at is None

    world.clock.set(closes_at)
    world.work()

    with world.database.reading() as db:
        assert db.get_one(Round, world.rounds["2020-1"]).closed_at == closes_at


@pytest.mark.parametrize(("days_before", "told"), [(15, 0), (14, 1), (7, 1), (2, 1), (1, 1)])
def test_who_has_not_submitted_is_reminded_fourteen_seven_two_and_one_day_before(world, days_before, told):
    from datetime import timedelta

    world.draft("anna")
    world.submitted("karim")
    with world.database.reading() as db:
        closes_at = db.get_one(Round, world.rounds["2020-1"]).closes_at
    world.clock.set(closes_at - timedelta(days=days_before))
    world.work()
    world.work()

    with world.database.reading() as db:
        reminded = db.scalars(select(Message.to).where(Message.template == "round_closing_soon")).all()
    assert reminded == [world.emails["anna"]] * told


def test_what_an_upload_left_behind_is_swept_a_day_later_and_documents_stay(world):
    from datetime import UTC, datetime, timedelta

    from portal.models import Document
    from portal.worker import sweep

    lost = world.services.files.put("documents/zz/never-became-a-row", b"x")
    present = datetime.now(UTC)

    assert sweep(world.database, world.services, present - timedelta(days=1))["unreferenced"] == 0
    assert sweep(world.database, world.services, present + timedelta(seconds=1))["unreferenced"] == 1

    assert not world.services.files.exists(lost.key)
    with world.database.reading() as db:
        assert all(world.services.files.exists(one.storage_key) for one in db.scalars(select(Document)))


@pytest.mark.skipif(not backends.ON_SERVERS, reason="SQLite prepares statements by itself, per connection")
def test_what_is_read_often_is_planned_once_however_the_readings_end(world, browse):
    anna = browse("anna")
    for _ in range(3):  # a statement is prepared the second time; each page ends its reading in a rollback
        assert anna.get("/aanmeldingen").status_code == 200

    with world.database.reading() as db:
        prepared = db.scalar(text("SELECT count(*) FROM pg_prepared_statements"))

    assert prepared > 5


def test_what_a_reading_changed_is_gone_at_its_end(world):
    with world.database.reading() as db:
        db.connection().exec_driver_sql("UPDATE users SET name = 'Iemand anders'")

    with world.database.reading() as db:
        assert db.get_one(User, world.people["anna"]).name != "Iemand anders"
