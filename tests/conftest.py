"""What every test may ask for: an app on a fresh database, a clock that is moved by hand, and a small world."""

from __future__ import annotations

import gc
import os
import random
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal import connect, create_app
from portal.adapters import schema
from portal.adapters.assembly import build_services
from portal.adapters.clock import MovedClock
from portal.adapters.signing import TestAuthority
from portal.cli import cast
from portal.cli.procedures import load_file
from portal.extensions import Database, open_engine
from portal.models import Authority, Round, User
from portal.services import Services
from portal.terms import DOCUMENT_KINDS
from portal.worker import run_until_idle
from tests import backends

ROOT = Path(__file__).resolve().parents[1]
MEIERIJ = ROOT / "procedures" / "meierij-2020.yaml"
MORNING = datetime(2019, 7, 15, 8, 0, tzinfo=UTC)
"""The first Meierij round (2020-1) is open: from 1 July 2019, 9.00, until 1 October 2019, 12.00 hours."""


def pytest_configure(config: pytest.Config) -> None:
    """With `BACKEND=server` the process that leads the run starts the servers; its workers inherit the addresses."""
    if backends.ON_SERVERS and not hasattr(config, "workerinput"):
        backends.start_postgres()
        backends.start_store()


@dataclass
class World:
    """Two authorities that run the same procedure, their officials, and two providers.

    Ids of people by name, round ids by label; `other_*` belongs to the second authority.
    """

    stage: cast.Stage
    clock: MovedClock
    procedure_id: str
    other_procedure_id: str
    authority_id: str
    other_authority_id: str
    people: dict[str, str]
    emails: dict[str, str]
    rounds: dict[str, str]
    other_rounds: dict[str, str]
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def database(self) -> Database:
        return self.stage.database

    @property
    def services(self) -> Services:
        return self.stage.services

    def get(self, model: type, key: str, db: Session) -> Any:
        return db.get_one(model, key)

    def work(self) -> None:
        """Let the worker do everything that is due."""
        run_until_idle(self.database, self.services)

    def close_round(self, label: str = "2020-1") -> None:
        """Move the clock to the closing instant and let the worker close the round and take in what was submitted."""
        with self.database.reading() as db:
            self.clock.set(db.get_one(Round, self.rounds[label]).closes_at)
        self.work()

    def draft(self, who: str = "anna", cells: tuple[tuple[str, str], ...] = (("IB-BASIS", "0796"),)) -> str:
        """A started application with its choices; gives its id."""
        return cast.start(self.stage, self.people[who], self.rounds["2020-1"], cells)

    def complete(self, who: str = "anna", cells: tuple[tuple[str, str], ...] = (("IB-BASIS", "0796"),)) -> str:
        """An application with every answer and document, not yet submitted; gives its id."""
        application_id = self.draft(who, cells)
        cast.fill_in(self.stage, self.people[who], application_id, self.chance)
        return application_id

    def submitted(self, who: str = "anna", cells: tuple[tuple[str, str], ...] = (("IB-BASIS", "0796"),)) -> str:
        """A submitted application; gives its id."""
        application_id = self.complete(who, cells)
        cast.submit(self.stage, self.people[who], application_id)
        return application_id


LATER = (
    "iso_27001_certificate", "nen_7510_certificate", "gva", "tax_statement", "ubo_extract", "vog_np", "vog_rp",
    "insurance", "self_declaration", "parent_statement", "wtza_notification",
)  # fmt: skip
"""Kinds that no procedure of these worlds asks for: making a sample of each is only time."""
VAULT = [kind for kind in DOCUMENT_KINDS if kind != "other" and kind not in LATER]
"""What each of the two providers has in the vault: one valid sample of every other kind."""

OFFICIALS = {
    "ineke": (["inkoper"], "Ineke Bos"),
    "joris": (["inkoper"], "Joris van Dam"),
    "renske": (["round_manager"], "Renske Vos"),
    "bram": (["integrity_officer"], "Bram Kuiper"),
    "dina": (["integrity_decider"], "Dina Mulder"),
    "wil": (["authority_signatory"], "Wil de Haan"),
    "bas": (["administrator"], "Bas Hendriks"),
}


@pytest.fixture(scope="session")
def postgres_address() -> str:
    """`DATABASE_URL` of a real PostgreSQL, with {} for the name of the database."""
    return backends.start_postgres()


@pytest.fixture
def s3_address(tmp_path: Path) -> str:
    """`STORAGE_URL` of a place of its own in a real S3 store."""
    return backends.s3_url(f"files-{secrets.token_hex(6)}")


@pytest.fixture(scope="session")
def test_authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    """One test CA for the whole run: making keys is slow, and not what most tests are about."""
    return TestAuthority(tmp_path_factory.mktemp("ca"))


def _world(stage: cast.Stage, clock: MovedClock) -> World:
    now = clock()
    procedure_id = load_file(stage.database, MEIERIJ, now, standstill_days=0)
    with stage.database.transaction() as db:
        other = Authority(
            slug="waarden", name="Inkoopregio De Waarden", subtitle="", theme="de-waarden", phone="", mail="w@w.example"
        )
        db.add(other)
        other_id = other.id
    other_procedure_id = load_file(stage.database, MEIERIJ, now, authority="waarden", standstill_days=0)
    people: dict[str, str] = {}
    emails: dict[str, str] = {}
    with stage.database.reading() as db:
        authority = db.scalars(select(Authority).where(Authority.slug == "meierij")).one()
        rounds = {one.label: one.id for one in db.scalars(select(Round).where(Round.authority_id == authority.id))}
        other_rounds = {one.label: one.id for one in db.scalars(select(Round).where(Round.authority_id == other_id))}
    for key, (roles, name) in OFFICIALS.items():
        emails[key] = f"{key}@meierij.example"
        people[key] = cast.official(stage, authority.id, name, emails[key], roles)
    emails["olga"] = "olga@waarden.example"
    people["olga"] = cast.official(stage, other_id, "Olga Prins", emails["olga"], ["inkoper"])
    chance = random.Random(5)
    for key, name, organisation, kvk, city in (
        ("anna", "Anna de Wit", "Stichting De Linde", "12345678", "'s-Hertogenbosch"),
        ("karim", "Karim el Amrani", "Zorgboerderij Het Erf B.V.", "23456789", "Vught"),
    ):
        emails[key] = f"{key}@aanbieder.example"
        form = cast.organisation_form(organisation, kvk, city, chance)
        people[key] = cast.register(stage, form, name, emails[key])
        for kind in VAULT:
            cast.sample(stage, people[key], kind)
    return World(
        stage, clock, procedure_id, other_procedure_id, authority.id, other_id, people, emails, rounds, other_rounds
    )


IGNORED = shutil.ignore_patterns("portal.db*", "mail", "uploads")


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory, test_authority: TestAuthority) -> tuple[Path, World]:
    """The folder of a world that is made once: each test gets a copy of its database, and links to its files."""
    folder = backends.prepare(tmp_path_factory.mktemp("settled"))
    clock = MovedClock(MORNING)
    database = Database(open_engine(backends.database_url(folder)))
    schema.migrate(database.engine)
    world = _world(cast.Stage(database, build_services(_config(folder), now=clock, signer=None)), clock)
    # Thousands of tests sign in. How much work a hash is, is said by the hash itself.
    cheap = PasswordHasher.from_parameters(CHEAPEST).hash(cast.PASSWORD)
    with database.transaction() as db:
        db.execute(update(User).values(password_hash=cheap))
    database.engine.dispose()
    return folder, world


def _config(folder: Path) -> dict[str, Any]:
    return {
        "TESTING": True,
        "DEMO": True,
        "INSTANCE": folder,
        "DATABASE_URL": backends.database_url(folder),
        "STORAGE_URL": backends.storage_url(folder),
        "MAIL_URL": f"folder:{folder / 'mail'}",
        "MAIL_SENDER": "Voordeur <voordeur@voordeur.example>",
        "PORTAL_URL": "http://portaal.test",
        "SECRET_KEY": b"only for tests",
        "SESSION_COOKIE_SECURE": False,
    }


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(MORNING)


class Builder:
    """The portal, built once and lent to each test: compiling addresses and templates takes longer than most tests."""

    def __init__(self, folder: Path) -> None:
        self.app = create_app(_config(folder))
        self.is_lent = False
        engine = self.app.extensions["database"].engine
        engine.connect().close()  # a dialect learns with its first connection what its database can
        engine.dispose()
        self.dialect = engine.dialect
        self.compiled: LRUCache[Any, Any] = LRUCache(1500)
        gc.collect()
        gc.freeze()  # what is here now stays until the end: who looks for garbage after a test need not look there

    def knowing(self, engine: Engine) -> Engine:
        """The engine with all that was compiled for the tests before it. The key of that has the dialect in it."""
        engine.dialect = self.dialect
        engine.update_execution_options(compiled_cache=self.compiled)
        return engine

    @contextmanager
    def portal(self, folder: Path, **replaced: Any) -> Iterator[Flask]:
        """The portal on what lies in `folder`. Who wants two at once gets a second one, newly built."""
        if self.is_lent:
            app = create_app(_config(folder), **replaced)
            yield app
            backends.leave(app.extensions["database"], folder)
            return
        app, self.is_lent = self.app, True
        held = (app.config, app.extensions, app.view_functions)
        before, listening = [dict(one) for one in held], list(app.before_request_funcs.get(None, ()))
        app.config.update(_config(folder))
        connect(app, Database(self.knowing(open_engine(app.config["DATABASE_URL"]))), **replaced)
        yield app
        backends.leave(app.extensions["database"], folder)
        # What a test set or replaced is not there for the next one.
        for now, then in zip(held, before, strict=True):
            now.clear()
            now.update(then)
        app.before_request_funcs[None] = listening
        self.is_lent = False


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return Builder(backends.prepare(tmp_path_factory.mktemp("built")))


@pytest.fixture
def app(
    builder: Builder, tmp_path: Path, settled: tuple[Path, World], clock: MovedClock, test_authority: TestAuthority
) -> Iterator[Flask]:
    """The portal on a fresh copy of the world's database, with the moved clock."""
    from portal.adapters.signing import PadesSigner

    shutil.copytree(settled[0], tmp_path, copy_function=os.link, dirs_exist_ok=True, ignore=IGNORED)
    backends.copy(settled[0], tmp_path)
    with builder.portal(tmp_path, now=clock, signer=PadesSigner(test_authority)) as made:
        yield made


@pytest.fixture
def world(app: Flask, settled: tuple[Path, World], clock: MovedClock) -> World:
    """The small world on this test's database. What a test adds to its names stays its own."""
    made = settled[1]
    stage = cast.Stage(app.extensions["database"], app.extensions["services"])
    return World(
        stage,
        clock,
        made.procedure_id,
        made.other_procedure_id,
        made.authority_id,
        made.other_authority_id,
        dict(made.people),
        dict(made.emails),
        dict(made.rounds),
        dict(made.other_rounds),
    )


@pytest.fixture
def database(world: World) -> Database:
    return world.database


def _as_sent(value: Any) -> Any:
    """A file of a form, given as (stream, name), as it is sent; anything else as it is."""
    if isinstance(value, list):
        return [_as_sent(one) for one in value]
    return FileStorage(*value) if isinstance(value, tuple) else value


class Browser:
    """A test client that follows the portal's forms: it signs in and sends the page's own CSRF token."""

    def __init__(self, app: Flask, world: World) -> None:
        self.client: FlaskClient = app.test_client()
        self.world = world

    def token(self, path: str = "/inloggen") -> str:
        page = self.client.get(path).get_data(as_text=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found, "the page carries no CSRF token"
        return found.group(1)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        """Send a form with a fresh token of the home page."""
        fields = {"csrf_token": self.token("/"), **(data or {})}
        if more.get("content_type") != "multipart/form-data":
            return self.client.post(path, data=fields, **more)
        # Encoded here: the test client spools a large form to a file of its own, which it leaves open.
        boundary, form = encode_multipart({name: _as_sent(one) for name, one in fields.items()})
        more["content_type"] += f"; boundary={boundary}"
        return self.client.post(path, data=form, **more)

    def sign_in(self, who: str) -> Browser:
        """Sign in as one of the world's people."""
        answer = self.client.post(
            "/inloggen",
            data={"csrf_token": self.token(), "email": self.world.emails[who], "password": cast.PASSWORD},
        )
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return self


@pytest.fixture
def visitor(app: Flask, world: World) -> Browser:
    """Somebody who is not signed in."""
    return Browser(app, world)


@pytest.fixture
def browse(app: Flask, world: World) -> Any:
    """`browse("anna")`: a browser of its own, signed in as that person."""
    return lambda who: Browser(app, world).sign_in(who)
