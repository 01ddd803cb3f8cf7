"""How long an integrity file is kept, who sets that, and that nothing of it is read afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.adapters import compartment
from portal.cli import integrity_script as act
from portal.domain import calendar, decisions, integrity, integrity_files, signing_blocks
from portal.domain import integrity_retention as retention
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import (
    Application,
    AuditEvent,
    Document,
    IntegrityFile,
    IntegrityForm,
    IntegrityPaper,
    Round,
    User,
)  # fmt: skip
from portal.queries.verification import verify
from portal.worker.tasks import TASKS
from tests import deciding
from tests.closing import close

SECRET = "Uit vonnissen blijkt dat de bestuurder zorggeld voor andere doelen gebruikte."


class Case:
    """A told decision: the officer found nothing, or (`refused`) it ended in an objection."""

    def __init__(self, world, *, refused=False):
        self.world = world
        self.application = world.submitted("anna")
        close(world, self.application)
        self.file = act.file_of(world.stage, self.application)
        self.bram, self.dina, self.anna = (world.people[one] for one in ("bram", "dina", "anna"))
        if refused:
            act.refuse(world.stage, self.bram, self.dina, self.anna, self.application, SECRET)
        else:
            act.research(world.stage, self.bram, self.file, SECRET)
            act.step(world.stage, self.bram, self.file, {"text": SECRET}, integrity_files.clear)

    def tell(self, judge, person):
        with self.world.database.transaction() as db:
            review = db.get_one(Application, self.application).review
            judge(db, review, "ineke")
            decisions.propose(review, person(db, "ineke"), self.world.clock())
            decisions.confirm(review, person(db, "joris"), self.world.clock())
            deciding.tell(db, self.world, review.application)

    def later(self, days):
        self.world.clock.advance(timedelta(days=days))

    def read(self, what):
        with self.world.database.reading() as db:
            return what(db.get_one(IntegrityFile, self.file))

    def last_day(self):
        return self.read(retention.last_day)

    def keep(self, until, who=None):
        act.opened(self.world.stage, who or self.bram, self.file)
        with self.world.database.transaction() as db:
            officer = db.get_one(User, who or self.bram)
            retention.keep(db.get_one(IntegrityFile, self.file), officer, until, self.world.clock())

    def today(self):
        return calendar.local_day(self.world.clock())

    def work(self):
        task = next(one for one in TASKS if one.name == "integrity_files_to_destroy")
        with self.world.database.reading() as db:
            ids = task.find(db, self.world.clock())
        return [task.handle(self.world.database, self.world.services, one) for one in ids]

    def keys(self):
        with self.world.database.reading() as db:
            papers = db.scalars(select(IntegrityPaper.storage_key)).all()
            return [one for one in papers if self.world.services.files.exists(one)]


@pytest.fixture
def case(world):
    return Case(world)


def test_what_was_found_is_destroyed_a_year_after_nobody_can_fight_the_decision(case, judge, person):
    assert case.last_day() is None  # not told yet
    case.tell(judge, person)
    last = case.last_day()
    assert (last - case.today()).days > 365
    case.later((last - case.today()).days)
    assert case.work() in ([], [False])
    assert case.keys()

    case.later(1)

    assert case.work() == [True]
    assert case.keys() == []
    assert case.work() == []
    with case.world.database.reading() as db:
        event = db.scalars(select(AuditEvent).where(AuditEvent.act == "destroy")).one()
        assert event.subject_id == case.file
        problems = verify(db, case.world.services.files, case.world.services.timestamps, case.world.clock()).problems
        assert [one for one in problems if "integri" in one.text or "integrity" in one.subject] == []


def test_an_objection_is_kept_five_years(world):
    case = Case(world, refused=True)
    decided = case.read(lambda file: calendar.local_day(file.decided_at))
    assert case.last_day() == calendar.add_months(decided, 60)

    case.later(5 * 365 - 1)
    assert case.work() == []

    case.later(4)
    assert case.work() == [True]


def test_the_officer_sets_the_day_within_five_years(case):
    day = case.today() + timedelta(days=40)
    case.keep(day)
    case.keep(day)

    assert case.last_day() == day
    with case.world.database.reading() as db:
        assert len(db.scalars(select(AuditEvent).where(AuditEvent.act == "keep")).all()) == 1
    case.later(41)
    assert case.work() == [True]


@pytest.mark.parametrize("days", [-1, 5 * 366])
def test_a_day_that_is_past_or_too_far_is_refused(case, days):
    with pytest.raises(Invalid) as refusal:
        case.keep(case.today() + timedelta(days=days))

    assert set(refusal.value.problems) == {"until"}


def test_only_the_officer_sets_it_and_only_of_a_closed_file(world):
    other = world.submitted("karim")
    case = Case(world)
    close(world, other)
    with pytest.raises(NotAllowed):
        case.keep(case.today(), case.dina)

    case.file = act.file_of(world.stage, other)
    with pytest.raises(Refused, match="nog niet afgerond"):
        case.keep(case.today())


def test_nothing_is_destroyed_while_a_court_case_runs(case):
    case.keep(case.today())
    with case.world.database.transaction() as db:
        round_ = db.get_one(Round, db.get_one(Application, case.application).round_id)
        renske = db.get_one(User, case.world.people["renske"])
        signing_blocks.block_signing(round_, renske, "Kort geding aangekondigd, zaak 26-1", case.world.clock())
    case.later(2)
    assert (case.work(), case.last_day()) == ([], None)

    with case.world.database.transaction() as db:
        round_ = db.get_one(Round, db.get_one(Application, case.application).round_id)
        renske = db.get_one(User, case.world.people["renske"])
        signing_blocks.lift(round_, renske, "Het kort geding is ingetrokken.", case.world.clock())
    assert case.work() == [True]


def test_afterwards_nobody_opens_the_file_its_forms_or_its_documents_and_the_owner_keeps_its_own(case):
    case.keep(case.today())
    case.later(2)
    case.work()

    with pytest.raises(Refused, match="vernietigd"):
        act.opened(case.world.stage, case.bram, case.file)
    with case.world.database.transaction() as db:
        file, bram = db.get_one(IntegrityFile, case.file), db.get_one(User, case.bram)
        (sealed,) = integrity.about(file)
        document = db.get_one(Document, sealed)
        with pytest.raises(Refused, match="vernietigd"):
            integrity.read_document(file.check, bram, document, "Nog eens lezen", case.world.clock())
        assert case.world.services.files.exists(document.storage_key)
        assert integrity_files.readable(file) == []
        assert file.check.outcome == "no_objection"


def test_every_version_of_a_form_about_the_person_goes_with_the_file(case):
    key, digest = compartment.seal(case.world.services.files, compartment.FORMS, {"1A-0-0": SECRET})
    with case.world.database.transaction() as db:
        file, anna = db.get_one(IntegrityFile, case.file), db.get_one(User, case.anna)
        db.add(
            IntegrityForm(
                authority_id=file.authority_id,
                application_id=case.application,
                organisation_id=anna.works_for_id,
                model="overheidsopdrachten-2013",
                storage_key=key,
                sha256=digest,
                version=1,
                is_complete=False,
                saved_at=case.world.clock(),
                saved_by_id=anna.id,
            )
        )
    case.keep(case.today())
    case.later(2)

    assert case.work() == [True]
    assert not case.world.services.files.exists(key)
