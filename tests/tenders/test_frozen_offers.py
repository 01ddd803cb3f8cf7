"""Whatever a lead and its party do next, in whatever order, what they submitted to a vault stays, to the byte.

And what is read once the vault is open, is exactly what was submitted.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.assembly import build_services
from portal.adapters.clock import MovedClock
from portal.cli import cast, scoring_script, vault_script
from portal.domain import (
    applications,
    choices,
    documents,
    manifests,
    offering,
    offers,
    own_parts,
    parties,
    receipts,
    requirements,
    sealing,
)
from portal.errors import Invalid, PortalError
from portal.extensions import Database, open_engine
from portal.models import Application, Authority, Document, OwnPart, Round, Submission, User
from portal.queries import tender_vault as queries
from portal.services import Inspection
from portal.worker.tasks import TASKS
from tests import backends, partners
from tests.conftest import IGNORED, MORNING, World, _config
from tests.tenders.conftest import TOWNS, Tender, load_together

WHO = st.sampled_from(("anna", "karim"))
KEEPING = st.sampled_from((documents.remove, documents.restore))
KINDS = ("plan_of_approach", "kvk_extract")
NUMBERS = {"anna": "12345678", "karim": "23456789"}


@dataclasses.dataclass(frozen=True)
class Home:
    """What each play starts from, in `folder`: Anna's draft with Karim's part in it, ready to be submitted."""

    folder: Path
    tender: Tender
    part_id: str


def _tender(folder: Path, like: World) -> tuple[World, Database]:
    """The world in a folder of its own."""
    clock = MovedClock(MORNING)
    database = Database(open_engine(backends.database_url(folder)))
    stage = cast.Stage(database, build_services(_config(folder), now=clock, signer=None))
    return dataclasses.replace(like, stage=stage, clock=clock, chance=random.Random(7)), database


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, settled: tuple[Path, World]) -> Home:
    folder = tmp_path_factory.mktemp("tender")
    shutil.copytree(settled[0], folder, dirs_exist_ok=True, ignore=IGNORED)
    backends.copy(settled[0], folder)
    world, database = _tender(folder, settled[1])
    tender = load_together(world)
    _, part_id = partners.ready(world, tender.applicants["anna"])
    database.engine.dispose()
    return Home(folder, tender, part_id)


class Offering(RuleBasedStateMachine):
    """One tender, one application of two; every rule is one act of one of them, refused or not."""

    home: Home
    new_folder: Callable[[], Path]
    played: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = self.new_folder()
        shutil.copytree(self.home.folder, self.folder, dirs_exist_ok=True, ignore=IGNORED)
        backends.copy(self.home.folder, self.folder)
        self.world, self.database = _tender(self.folder, self.home.tender.world)
        self.tender = dataclasses.replace(self.home.tender, world=self.world)
        self.key = self.tender.applicants["anna"]
        self.number = 0
        self.codes: dict[str, str] = {}
        self.texts: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, tuple[Any, ...]] = {}
        self.bytes: dict[str, bytes] = {}

    @contextmanager
    def act(self, who: str = "anna") -> Iterator[tuple[Session, Application, User]]:
        """One transaction, a minute later; what the portal refuses leaves nothing behind."""
        self.world.clock.set(self.world.clock() + timedelta(minutes=1))
        with suppress(PortalError), self.database.transaction() as db:
            yield db, db.get_one(Application, self.key), db.get_one(User, self.world.people[who])

    def work(self, name: str) -> None:
        task = next(one for one in TASKS if one.name == name)
        with self.database.reading() as db:
            ids = list(task.find(db, self.world.clock()))
        for one in ids:
            task.handle(self.database, self.world.services, one)

    def vault(self, db: Session, who: str, kind: str) -> list[Document]:
        """What somebody sees of a kind in the own vault: what lies sealed is not in it."""
        owner = db.get_one(User, self.world.people[who]).organisation_id
        found = db.query(Document).filter_by(kind=kind, organisation_id=owner, sealed_at=None)
        return list(found.order_by(Document.uploaded_at, Document.id))

    def part(self, db: Session) -> OwnPart | None:
        return db.scalars(select(OwnPart).where(OwnPart.ended_at.is_(None))).first()

    def desks(self, who: str, application: Application) -> list[requirements.Place]:
        """The places that somebody fills in, some of them perhaps no longer."""
        return [one for one in requirements.places(application) if (one.party is None) == (who == "anna")]

    def facts(self, one: Submission) -> tuple[Any, ...]:
        """Everything of a submission that may never change; that it was withdrawn is written beside it."""
        sealed = one.sealed
        assert sealed is not None
        assert hashlib.sha256(sealed.content).hexdigest() == sealed.sha256
        return (
            one.digest,
            one.sequence,
            receipts.card(one),
            sealing.sealed_hashes(sealed),
            sealed.content,
            sealed.wrapped_key,
            sealed.code_key,
            [(file.document_id, file.storage_key, file.size) for file in sealed.files],
            [(part.own_part_id, part.organisation_id) for part in sealed.parts],
        )

    # The whole

    @initialize()
    def first_submission(self) -> None:
        self.submit()
        assert self.seen

    @rule()
    def submit(self) -> None:
        self.world.clock.set(self.world.clock() + timedelta(minutes=1))
        with suppress(PortalError):
            made, self.codes[made] = vault_script.submit(self.world.stage, self.world.people["anna"], self.key)
            self.played["submitted"] += 1
        with self.database.reading() as db:
            for one in db.query(Submission).filter(Submission.id.not_in(self.seen)):
                self.seen[one.id], self.texts[one.id] = self.facts(one), self.read(one)
                self.played["with a part"] += bool(one.sealed.parts)
                for file in one.sealed.files:
                    self.bytes[file.storage_key] = self.world.services.files.read(file.storage_key)

    def read(self, submission: Submission) -> dict[str, Any]:
        """What lies sealed, read with its code."""
        key = sealing.unlock(submission, self.codes[submission.id], self.world.services.vault)
        return sealing.read(submission.sealed, key, self.world.services.vault)

    @rule(has_code=st.booleans())
    def reopen(self, has_code: bool) -> None:
        with self.database.reading() as db:
            latest = sealing.latest(db.get_one(Application, self.key)).id
        code = self.codes[latest] if has_code else self.world.services.vault.code()
        self.world.clock.set(self.world.clock() + timedelta(minutes=1))
        with suppress(PortalError):
            vault_script.reopen(self.world.stage, self.world.people["anna"], self.key, code)
            assert has_code
            self.played["reopened"] += 1

    @rule()
    def close_again(self) -> None:
        with self.act() as (db, application, anna):
            elsewhere = queries.used_elsewhere(db, self.key)
            sealing.close_again(application, anna, elsewhere, self.world.clock())

    @rule()
    def begin_anew(self) -> None:
        with self.act() as (_, application, anna):
            sealing.begin_anew(application, anna, self.world.clock())

    @rule()
    def withdraw(self) -> None:
        with self.act() as (_, application, anna):
            applications.withdraw(application, anna, self.world.clock())

    @rule()
    def fill_in_everything(self) -> None:
        """Anna makes her own part of the draft whole."""
        with self.act() as (db, application, anna):
            products = {one.code: one for lot in application.round.lots for one in lot.products}
            towns = {one.code: one for one in db.get_one(Authority, application.authority_id).municipalities}
            cells = [(products["A1"], towns[TOWNS[0]])]
            choices.choose(application, anna, cells, self.world.clock(), based_on=application.choices_version)
        with suppress(PortalError):
            cast.fill_in(self.world.stage, self.world.people["anna"], self.key, self.world.chance)
            scoring_script.write_offers(self.world.stage, self.world.people["anna"], self.key, self.world.chance)

    @rule(at=st.integers(0, 5), text=st.text(min_size=1, max_size=200))
    def write_an_offer(self, at: int, text: str) -> None:
        with self.act() as (_, application, anna):
            if places := offers.criteria_at(application):
                place = places[at % len(places)]
                written = offers.text_at(application, place)
                version = written.version if written else 0
                offering.write(application, anna, place, text, self.world.clock(), based_on=version)

    @rule(at=st.integers(0, 9))
    def offer_a_plan(self, at: int) -> None:
        with self.act() as (db, application, anna):
            places, plans = offers.criteria_at(application), self.vault(db, "anna", "plan_of_approach")
            if places and plans:
                place, plan = places[at % len(places)], plans[at % len(plans)]
                offering.attach(application, anna, place, plan, self.world.clock())

    # The part of the party

    @rule()
    def take_part(self) -> None:
        """Karim comes in, anew or for the first time, and fills in his part."""
        with suppress(PortalError):
            with self.database.reading() as db:
                application = db.get_one(Application, self.key)
                found = next((one for one in application.parties if one.kvk_number == NUMBERS["karim"]), None)
                party_id, has_part = found.id if found else None, self.part(db) is not None
            if not has_part:
                self.world.clock.set(self.world.clock() + timedelta(hours=6))
                party_id = party_id or partners.add(self.world, self.key)
                part_id = partners.take_up(self.world, partners.invite(self.world, party_id))
                partners.fill(self.world, part_id)

    @rule()
    def declare_ready(self) -> None:
        with self.act("karim") as (db, _, karim):
            if part := self.part(db):
                own_parts.declare_ready(part, karim, own_parts.DECLARED, self.world.clock())

    @rule()
    def take_back(self) -> None:
        with self.act("karim") as (db, _, karim):
            if part := self.part(db):
                own_parts.take_back(part, karim, self.world.clock())

    @rule()
    def leave(self) -> None:
        with self.act("karim") as (db, _, karim):
            if part := self.part(db):
                own_parts.leave(part, karim, self.world.clock())

    @rule(way=st.sampled_from((parties.take_over, parties.remove)))
    def go_on_without(self, way: Callable[..., None]) -> None:
        with self.act() as (_, application, anna):
            for party in application.parties[:1]:
                way(application, anna, party, self.world.clock())

    @rule(words=st.text(min_size=1, max_size=40))
    def change_what_it_does(self, words: str) -> None:
        with self.act() as (_, application, anna):
            for party in application.parties[:1]:
                form = {name: getattr(party, name) for name in parties.FIELDS} | {"part": words}
                parties.change(application, anna, party, form, self.world.clock())

    # Each at its own places, from its own vault

    @rule(who=WHO, at=st.integers(0, 9), text=st.text(min_size=1, max_size=200))
    def save_an_answer(self, who: str, at: int, text: str) -> None:
        with self.act(who) as (_, application, user):
            if places := self.desks(who, application):
                place = places[at % len(places)]
                current = applications.answer_at(application, place)
                form = {"text": text, "answer": "yes", "note": text, "argument": text}
                based_on = current.version if current else 0
                applications.answer(application, user, place, form, self.world.clock(), based_on=based_on)

    @rule(who=WHO, kind=st.sampled_from(KINDS), at=st.integers(0, 9))
    def attach(self, who: str, kind: str, at: int) -> None:
        with self.act(who) as (db, application, user):
            places, found = self.desks(who, application), self.vault(db, who, kind)
            if places and found:
                place, document = places[at % len(places)], found[at % len(found)]
                applications.attach_document(application, user, place, document, self.world.clock())

    @rule(who=WHO, at=st.integers(0, 9))
    def detach(self, who: str, at: int) -> None:
        with self.act(who) as (_, application, user):
            used = [one for one in application.evidence if (one.party_id is None) == (who == "anna")]
            if used:
                applications.detach_document(application, user, used[at % len(used)], self.world.clock())

    @rule(who=WHO, kind=st.sampled_from(KINDS), content=st.binary(min_size=1, max_size=40))
    def renew(self, who: str, kind: str, content: bytes) -> None:
        with self.act(who) as (db, _, user):
            old = [one for one in self.vault(db, who, kind) if one.superseded_by_id is None]
            self.number += 1
            stored = self.world.services.files.put(f"documents/renewed/{self.number}", content)
            found, moment = Inspection("application/pdf", 1), self.world.clock()
            replaces = old[0] if old else None
            made = documents.add(user.organisation, user, kind, "nieuw.pdf", stored, found, moment, replaces=replaces)
            db.add(made)

    @rule(who=WHO, kind=st.sampled_from(KINDS), days=st.integers(1, 900), words=st.text(max_size=40))
    def describe(self, who: str, kind: str, days: int, words: str) -> None:
        with self.act(who) as (db, _, user):
            issued = date(2019, 7, 1) - timedelta(days=days)
            for one in self.vault(db, who, kind)[-1:]:
                documents.describe(
                    one, user, self.world.clock(), issuer=words, number=words, holder_name=words, issued_on=issued
                )

    @rule(
        who=WHO,
        kind=st.sampled_from(KINDS),
        at=st.integers(0, 5),
        way=st.sampled_from((documents.remove, documents.restore)),
    )
    def remove_or_restore(self, who: str, kind: str, at: int, way: Callable[..., None]) -> None:
        with self.act(who) as (db, _, user):
            if found := self.vault(db, who, kind):
                way(found[at % len(found)], user, self.world.clock())

    @rule()
    def remove_what_lies_sealed(self) -> None:
        self.work("plain_to_remove")

    @rule()
    def come_back_another_day(self) -> None:
        self.world.clock.set(self.world.clock() + timedelta(days=2))

    # What holds

    @invariant()
    def every_submission_is_what_it_was_and_nobody_can_read_it(self) -> None:
        with self.database.reading() as db:
            submissions = db.query(Submission).all()
            assert {one.id: self.facts(one) for one in submissions} == self.seen
            assert all(one.is_sealed for one in submissions)

    def teardown(self) -> None:
        try:
            self.open_the_vault()
            self.what_is_read_is_what_was_submitted()
            stored = backends.stored(self.folder)
            assert {key: stored.get(key) for key in self.bytes} == self.bytes
        finally:
            backends.leave(self.database, self.folder)

    def open_the_vault(self) -> None:
        with self.database.reading() as db:
            closes_at = db.get_one(Round, self.tender.round_id).closes_at
        self.world.clock.set(max(closes_at, self.world.clock()))
        for task in ("rounds_to_close", "plain_to_remove", "drafts_to_close", "plain_to_remove"):
            self.work(task)
        vault_script.open_vault(self.world.stage, self.tender.round_id, self.tender.holders, cast.PASSWORD)
        self.work("sealed_to_settle")

    def what_is_read_is_what_was_submitted(self) -> None:
        with self.database.reading() as db:
            application = db.get_one(Application, self.key)
            counts = application.valid_submission
            for one in application.submissions:
                assert self.facts(one) == self.seen[one.id]
                assert one.is_sealed == (one is not counts)
                assert one.sealed.problem == ""
                named = json.loads(self.texts[one.id]["manifest"])["parties"]
                own = [party["own_part_id"] for party in named if party["filled_in_by"] == "party"]
                assert [part.own_part_id for part in one.sealed.parts] == own
            if counts is None:
                return
            self.played["opened"] += 1
            sealed = self.texts[counts.id]
            assert counts.manifest == sealed["manifest"]
            assert hashlib.sha256(counts.manifest.encode()).hexdigest() == counts.digest
            now = json.loads(manifests.canonical(manifests.manifest(application)))
            for name in ("selections", "parties", "answers", "offers"):
                assert now[name] == counts.content[name], name
            offered = [file for one in counts.content["offers"] for file in one["files"]]
            for file in [*counts.content["files"], *offered]:
                document = db.get_one(Document, file["document_id"])
                content = self.world.services.files.read(document.storage_key)
                assert (document.sha256, hashlib.sha256(content).hexdigest()) == (file["sha256"], file["sha256"])


def _play(home: Home, tmp_path: Path, examples: int, steps: int) -> Counter[str]:
    folders = iter(range(10**6))

    def new_folder() -> Path:
        made = tmp_path / str(next(folders))
        made.mkdir()
        return made

    class Machine(Offering):
        pass

    Machine.home, Machine.new_folder, Machine.played = home, staticmethod(new_folder), Counter()
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
    return Machine.played


def test_a_wrong_code_reads_nothing_of_what_a_play_begins_with(home, tmp_path):
    class Machine(Offering):
        pass

    Machine.home, Machine.new_folder, Machine.played = home, staticmethod(lambda: tmp_path), Counter()
    play = Machine()
    play.first_submission()

    with play.database.reading() as db:
        submission = db.query(Submission).one()
        with pytest.raises(Invalid):
            sealing.unlock(submission, play.world.services.vault.code(), play.world.services.vault)
        assert play.read(submission)["manifest"]
    play.teardown()


def test_no_order_of_acts_changes_what_lies_sealed_and_what_is_opened_is_what_was_submitted(home, tmp_path):
    played = _play(home, tmp_path, examples=4, steps=20)

    assert played["with a part"] >= 4


@pytest.mark.slow  # some minutes of one core: hundreds of orders of acts
def test_no_long_order_of_acts_changes_what_lies_sealed(home, tmp_path):
    played = _play(home, tmp_path, examples=40, steps=60)

    assert min(played[one] for one in ("submitted", "reopened", "with a part", "opened")) > 1
