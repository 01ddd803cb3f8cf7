"""A world whose first round is closed, for the pages of officials: made once, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.adapters.assembly import build_services
from portal.adapters.clock import MovedClock
from portal.adapters.signing import PadesSigner, TestAuthority
from portal.cli import cast
from portal.domain import reviews
from portal.extensions import Database, open_engine
from portal.models import Application, Document, Review, Round, User
from tests import backends
from tests.conftest import IGNORED, Browser, Builder, World, _config

LATER = datetime(2019, 10, 28, 9, 0, tzinfo=UTC)
"""Four weeks after the first round closed; decisions are due on 12 November 2019."""


@pytest.fixture(scope="session")
def closed_folder(
    tmp_path_factory: pytest.TempPathFactory, settled: tuple[Path, World], test_authority: TestAuthority
) -> Path:
    """Anna applied for three products in two lots, Karim for two in two; then the round closed."""
    folder = tmp_path_factory.mktemp("closed")
    shutil.copytree(settled[0], folder, dirs_exist_ok=True, ignore=IGNORED)
    backends.copy(settled[0], folder)
    clock = MovedClock(datetime(2019, 7, 15, 8, 0, tzinfo=UTC))
    database = Database(open_engine(backends.database_url(folder)))
    signer = PadesSigner(test_authority)
    world = replace(
        settled[1], stage=cast.Stage(database, build_services(_config(folder), now=clock, signer=signer)), clock=clock
    )
    world.submitted("anna", (("IB-BASIS", "0796"), ("IB-EXTRA", "0796"), ("DB-BASIS", "1948")))
    world.submitted("karim", (("IB-BASIS", "0796"), ("DB-BASIS", "1948")))
    world.close_round()
    database.engine.dispose()
    return folder


class ClosedRound:
    """The world after closing, with the ids of the two dossiers, and browsers of its own."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app = app
        self.world = world
        with world.database.reading() as db:
            found = {one.organisation.name: one for one in db.query(Application)}
            anna, karim = found["Stichting De Linde"], found["Zorgboerderij Het Erf B.V."]
            assert anna.review is not None
            assert karim.review is not None
            self.application, self.review = anna.id, anna.review.id
            self.other_application, self.other_review = karim.id, karim.review.id
            assert anna.integrity_check is not None
            self.check = anna.integrity_check.id
        self.round = world.rounds["2020-1"]

    def browser(self, who: str) -> Browser:
        return Browser(self.app, self.world).sign_in(who)

    def declare(self, *who: str) -> None:
        """These officials have no interest in anybody."""
        with self.world.database.transaction() as db:
            for one in who:
                user, round_ = db.get_one(User, self.world.people[one]), db.get_one(Round, self.round)
                db.add(reviews.declare_interest(round_, user, [], self.world.clock()))

    def judge(self, who: str, verdicts: dict[str, str] | None = None, *, review: str = "") -> None:
        """Give every place 'meets', or what `verdicts` says (by key), with a reason."""
        with self.world.database.transaction() as db:
            found, user = db.get_one(Review, review or self.review), db.get_one(User, self.world.people[who])
            for item in reviews.items(found):
                verdict = (verdicts or {}).get(item.key, "meets")
                reason = "" if verdict == "meets" else f"Het stuk bij {item.key} is niet volledig."
                based_on = item.finding.sequence if item.finding else 0
                reviews.find(found, user, item, verdict, reason, self.world.clock(), based_on=based_on)


@pytest.fixture
def closed(
    builder: Builder, tmp_path: Path, closed_folder: Path, settled: tuple[Path, World], test_authority: TestAuthority
) -> Iterator[ClosedRound]:
    """A copy of the closed round for one test."""
    folder = tmp_path / "closed"
    shutil.copytree(closed_folder, folder, ignore=IGNORED)
    backends.copy(closed_folder, folder)
    clock = MovedClock(LATER)
    with builder.portal(folder, now=clock, signer=PadesSigner(test_authority)) as app:
        stage = cast.Stage(app.extensions["database"], app.extensions["services"])
        yield ClosedRound(app, replace(settled[1], stage=stage, clock=clock))


@pytest.fixture
def official(closed: ClosedRound) -> Callable[[str], Browser]:
    """`official("ineke")`: signed in at the closed round, interests declared."""

    def enter(who: str) -> Browser:
        if who in {"ineke", "joris"}:
            closed.declare(who)
        return closed.browser(who)

    return enter


@pytest.fixture
def statements(closed: ClosedRound) -> Iterator[list[str]]:
    """Every SQL statement that was sent, without the start of a transaction; empty it with `.clear()`."""
    from sqlalchemy import event

    sent: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    engine = closed.world.database.engine
    event.listen(engine, "before_cursor_execute", keep)
    yield sent
    event.remove(engine, "before_cursor_execute", keep)


@pytest.fixture
def arrived(world: World) -> Callable[[], list[Document]]:
    """What was added to any vault since the test began."""

    def every() -> list[Document]:
        with world.database.reading() as db:
            return list(db.scalars(select(Document).order_by(Document.uploaded_at, Document.filename)))

    known = {one.id for one in every()}
    return lambda: [one for one in every() if one.id not in known]
