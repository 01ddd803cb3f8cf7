"""Whatever applicants do next, in whatever order, an earlier submission stays as it was, to the byte."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from portal.adapters.assembly import build_services
from portal.adapters.clock import MovedClock
from portal.cli import cast
from portal.domain import applications, documents, receipts, renewals, requirements
from portal.errors import PortalError
from portal.extensions import Database, open_engine
from portal.models import Application, Document, Submission, User
from portal.queries import renewals as renewal_queries
from portal.services import Inspection
from tests import backends
from tests.conftest import IGNORED, MORNING, World, _config

KINDS = ("hkz_certificate", "kvk_extract", "complaints_procedure")


@pytest.fixture(scope="module")
def two_drafts(tmp_path_factory: pytest.TempPathFactory, settled: tuple[Path, World]) -> tuple[Path, World, list[str]]:
    """Anna's complete applications to two authorities out of one vault; neither was submitted yet."""
    folder = tmp_path_factory.mktemp("drafts")
    shutil.copytree(settled[0], folder, dirs_exist_ok=True, ignore=IGNORED)
    backends.copy(settled[0], folder)
    made, clock = settled[1], MovedClock(MORNING)
    database = Database(open_engine(backends.database_url(folder)))
    stage = cast.Stage(database, build_services(_config(folder), now=clock, signer=None))
    anna, chance = made.people["anna"], random.Random(3)
    ids = []
    for rounds in (made.rounds, made.other_rounds):
        ids.append(cast.start(stage, anna, rounds["2020-1"], [("IB-BASIS", "0796")]))
        cast.fill_in(stage, anna, ids[-1], chance)
    database.engine.dispose()
    return folder, made, ids


SIGNS = st.characters(codec="utf-8", exclude_characters="\0")
"""What a request may bring; NUL is left out before it comes this far (`portal.web.requests.Said`)."""


class Applying(RuleBasedStateMachine):
    """One vault, two applications; every rule is one act of the applicant, refused or not."""

    home: tuple[Path, World, list[str]]
    new_folder: Callable[[], Path]

    def __init__(self) -> None:
        super().__init__()
        source, made, self.ids = self.home
        self.folder = self.new_folder()
        shutil.copytree(source, self.folder, dirs_exist_ok=True, ignore=IGNORED)
        backends.copy(source, self.folder)
        self.clock = MovedClock(MORNING)
        self.database = Database(open_engine(backends.database_url(self.folder)))
        self.services = build_services(_config(self.folder), now=self.clock, signer=None)
        self.anna = made.people["anna"]
        self.number = 0
        self.seen: dict[str, tuple[Any, ...]] = {}
        self.bytes: dict[str, bytes] = {}

    @contextmanager
    def act(self) -> Iterator[tuple[Session, User]]:
        """One transaction, a minute later; what the portal refuses leaves nothing behind."""
        self.clock.set(self.clock() + timedelta(minutes=1))
        try:
            with self.database.transaction() as db:
                yield db, db.get_one(User, self.anna)
        except PortalError:
            pass

    def application(self, db: Session, which: int) -> Application:
        return db.get_one(Application, self.ids[which])

    def vault(self, db: Session, kind: str) -> list[Document]:
        return list(db.query(Document).filter_by(kind=kind).order_by(Document.uploaded_at, Document.id))

    def facts(self, submission: Submission) -> tuple[Any, ...]:
        return (submission.manifest, submission.digest, submission.sequence, receipts.card(submission))

    @initialize()
    def first_submission(self) -> None:
        self.submit(0)

    @rule(which=st.integers(0, 1))
    def submit(self, which: int) -> None:
        with self.act() as (db, anna):
            application = self.application(db, which)
            self.number += 1
            applications.submit(
                application, anna, self.clock(), attempt=f"a{self.number}", accepted=applications.ACCEPTED
            )
        with self.database.reading() as db:
            for one in db.query(Submission).filter(Submission.id.not_in(self.seen)):
                self.seen[one.id] = self.facts(one)
                for file in one.content["files"]:
                    key = db.get_one(Document, file["document_id"]).storage_key
                    self.bytes[key] = backends.stored(self.folder)[key]

    @rule(which=st.integers(0, 1), text=st.text(SIGNS, min_size=1, max_size=300))
    def save_an_answer(self, which: int, text: str) -> None:
        with self.act() as (db, anna):
            application = self.application(db, which)
            place = next(one for one in requirements.places(application) if one.requirement.type == "text")
            current = applications.answer_at(application, place)
            form = {"text": text, "is_equivalent": "yes", "argument": text}
            applications.answer(
                application, anna, place, form, self.clock(), based_on=current.version if current else 0
            )

    @rule(which=st.integers(0, 1), kind=st.sampled_from(KINDS), at=st.integers(0, 9))
    def attach(self, which: int, kind: str, at: int) -> None:
        with self.act() as (db, anna):
            application, found = self.application(db, which), self.vault(db, kind)
            places = requirements.places(application)
            place, document = places[at % len(places)], found[at % len(found)]
            applications.attach_document(application, anna, place, document, self.clock())

    @rule(which=st.integers(0, 1), at=st.integers(0, 30))
    def detach(self, which: int, at: int) -> None:
        with self.act() as (db, anna):
            application = self.application(db, which)
            if application.evidence:
                one = application.evidence[at % len(application.evidence)]
                applications.detach_document(application, anna, one, self.clock())

    @rule(kind=st.sampled_from(KINDS), content=st.binary(min_size=1, max_size=40))
    def renew(self, kind: str, content: bytes) -> None:
        with self.act() as (db, anna):
            old = next(one for one in self.vault(db, kind) if one.superseded_by_id is None)
            self.number += 1
            stored = self.services.files.put(f"documents/renewed/{self.number}", content)
            inspection = Inspection("application/pdf", 1)
            made = documents.add(
                anna.organisation, anna, kind, "nieuw.pdf", stored, inspection, self.clock(), replaces=old
            )
            db.add(made)

    @rule(kind=st.sampled_from(KINDS), days=st.integers(1, 900), words=st.text(SIGNS, max_size=40))
    def describe(self, kind: str, days: int, words: str) -> None:
        with self.act() as (db, anna):
            issued = date(2019, 7, 1) - timedelta(days=days)
            documents.describe(
                self.vault(db, kind)[-1],
                anna,
                self.clock(),
                issuer=words,
                number=words,
                scope=words,
                holder_name=words,
                issued_on=issued,
                starts_on=issued,
                expires_on=issued + timedelta(days=days),
            )

    @rule(which=st.integers(0, 1))
    def take_over(self, which: int) -> None:
        with self.act() as (db, anna):
            application = self.application(db, which)
            newest = renewal_queries.newest(db, [one.document for one in application.evidence])
            renewals.take_over(application, anna, newest, self.clock())

    @rule(kind=st.sampled_from(KINDS), at=st.integers(0, 5))
    def remove(self, kind: str, at: int) -> None:
        with self.act() as (db, anna):
            found = self.vault(db, kind)
            documents.remove(found[at % len(found)], anna, self.clock())

    @rule(kind=st.sampled_from(KINDS), at=st.integers(0, 5))
    def restore(self, kind: str, at: int) -> None:
        with self.act() as (db, anna):
            found = self.vault(db, kind)
            documents.restore(found[at % len(found)], anna, self.clock())

    @rule(which=st.integers(0, 1))
    def withdraw(self, which: int) -> None:
        with self.act() as (db, anna):
            applications.withdraw(self.application(db, which), anna, self.clock())

    @rule()
    def come_back_another_day(self) -> None:
        self.clock.set(self.clock() + timedelta(days=5))

    @invariant()
    def every_submission_is_what_it_was(self) -> None:
        with self.database.reading() as db:
            now = {one.id: self.facts(one) for one in db.query(Submission)}
        assert now == self.seen

    def teardown(self) -> None:
        stored = backends.stored(self.folder)
        try:
            assert {key: stored.get(key) for key in self.bytes} == self.bytes
        finally:
            backends.leave(self.database, self.folder)


def _play(home: tuple[Path, World, list[str]], tmp_path: Path, examples: int, steps: int) -> None:
    folders = iter(range(10**6))

    def new_folder() -> Path:
        made = tmp_path / str(next(folders))
        made.mkdir()
        return made

    class Machine(Applying):
        pass

    Machine.home, Machine.new_folder = home, staticmethod(new_folder)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_no_order_of_acts_changes_an_earlier_submission_by_a_byte(two_drafts, tmp_path):
    _play(two_drafts, tmp_path, examples=8, steps=20)


@pytest.mark.slow  # five minutes of one core: hundreds of orders of acts
def test_no_long_order_of_acts_changes_an_earlier_submission_by_a_byte(two_drafts, tmp_path):
    _play(two_drafts, tmp_path, examples=40, steps=60)
