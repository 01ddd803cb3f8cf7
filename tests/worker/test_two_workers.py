"""Several workers on one database, one of them killed for ever: every agreement is made and drawn up once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from portal.models import Agreement, AuditEvent, Message
from tests.worker.conftest import Batch


def drawn_up(batch: Batch) -> int:
    with batch.database.reading() as db:
        return db.scalar(select(func.count()).where(Agreement.state == "drawn_up")) or 0


def unsent(batch: Batch) -> int:
    with batch.database.reading() as db:
        return db.scalar(select(func.count()).where(Message.sent_at.is_(None))) or 0


def wait_until(condition: Callable[[], bool], batch: Batch) -> None:
    """Wait as long as something happens; three minutes without any progress is a failure."""
    seen, moment = (-1, -1), time.monotonic()
    while not condition():
        progress = (drawn_up(batch), unsent(batch))
        if progress != seen:
            seen, moment = progress, time.monotonic()
        logs = "\n".join(path.read_text()[-1500:] for path in sorted(batch.folder.glob("worker-*.log")))
        assert time.monotonic() - moment < 180, logs
        assert any(worker.poll() is None for worker in batch.workers), logs
        time.sleep(0.5)


def check_effects(batch: Batch, count: int) -> None:
    """Each agreement has one number, one document, one mail, and each act stands in the log once."""
    with batch.database.reading() as db:
        found = db.scalars(select(Agreement)).all()
        events = select(AuditEvent.subject_id, AuditEvent.act).where(AuditEvent.subject_type == "Agreement")
        acts = Counter(tuple(row) for row in db.execute(events))
        mails = db.scalars(select(Message.reason).where(Message.template == "agreement_ready")).all()
    year = found[0].number.split("-")[1]
    assert sorted(one.number for one in found) == [f"RO-{year}-{number:04d}" for number in range(1, count + 1)]
    assert len({one.application_id for one in found}) == count
    assert acts == Counter({(one.id, act): 1 for one in found for act in ("make", "draw_up")})
    stored = list((batch.folder / "uploads" / "agreements").rglob("*.pdf"))
    assert len(stored) == count
    assert {one.pdf_key for one in found} == {str(path.relative_to(batch.folder / "uploads")) for path in stored}
    assert len(mails) == len(set(mails)) == count
    sent = Counter(path.name.split("-", 1)[1] for path in (batch.folder / "mail").glob("*.eml"))
    assert len(sent) == count
    assert max(sent.values()) <= 2, "a mail of a killed worker goes out once more, and no mail more often than that"


@pytest.mark.slow
def test_two_workers_on_postgresql_of_which_one_is_killed_for_ever_make_200_agreements_with_200_effects(batch):
    two_hundred = batch("postgresql", 200)
    lost, kept = two_hundred.start_worker(), two_hundred.start_worker()

    wait_until(lambda: drawn_up(two_hundred) >= 40, two_hundred)
    lost.kill()
    wait_until(lambda: drawn_up(two_hundred) == 200 and unsent(two_hundred) == 0, two_hundred)

    kept.terminate()
    assert kept.wait(60) == 0
    check_effects(two_hundred, 200)
    assert '"task failed"' not in "".join(path.read_text() for path in two_hundred.folder.glob("worker-*.log"))


@pytest.mark.slow
def test_two_workers_on_sqlite_of_which_one_is_killed_make_every_agreement_once(batch):
    thirty = batch("sqlite", 30)
    lost, kept = thirty.start_worker(), thirty.start_worker()

    wait_until(lambda: drawn_up(thirty) >= 5, thirty)
    lost.kill()
    wait_until(lambda: drawn_up(thirty) == 30 and unsent(thirty) == 0, thirty)

    kept.terminate()
    assert kept.wait(60) == 0
    check_effects(thirty, 30)
