"""A batch of agreements that are due, on a database of choice, and workers that are processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.adapters import schema
from portal.adapters.assembly import build_services
from portal.cli import cast
from portal.cli.procedures import load_file
from portal.extensions import Database, open_engine
from portal.models import Application, Authority, Decision, Organisation, Product, Round, User
from tests.conftest import MEIERIJ, ROOT, _config
from tests.servers import Postgres, postgres


@dataclass
class Batch:
    """An installation with agreements to make: its database, where its files are, and how to start a worker."""

    database: Database
    folder: Path
    url: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "INSTANCE": str(self.folder),
            "STORAGE_URL": f"file:{self.folder / 'uploads'}",
            "MAIL_URL": f"folder:{self.folder / 'mail'}",
        }
        with (self.folder / f"worker-{len(self.workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "wsgi", "worker", *options],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        self.workers.append(worker)
        return worker


def due_agreements(database: Database, folder: Path, count: int) -> None:
    """`count` organisations that were told today that they are admitted, without standstill."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    stage = cast.Stage(database, build_services(_config(folder), now=lambda: now, signer=None))
    load_file(database, MEIERIJ, now, standstill_days=0)
    with database.reading() as db:
        authority = db.scalars(select(Authority)).one()
    first, second = (
        cast.official(stage, authority.id, name, f"{name}@r.example", ["inkoper"]) for name in ("ineke", "joris")
    )
    with database.transaction() as db, db.no_autoflush:
        round_ = db.scalars(select(Round).order_by(Round.closes_at)).first()
        assert round_ is not None
        round_.closed_at = now
        product = db.scalars(select(Product).where(Product.code == "IB-BASIS")).one()
        for number in range(count):
            organisation = Organisation(
                kvk_number=f"{70000000 + number}", name=f"Zorghuis {number}", legal_form="stichting", created_at=now
            )
            person = User(
                email=f"bestuur{number}@huis.example", name="Bestuurder", password_hash="-", created_at=now,
                verified_at=now, organisation=organisation,
            )  # fmt: skip
            application = Application(
                authority_id=authority.id, number=f"A-{number:04d}", round=round_, organisation=organisation,
                state="decided", created_at=now, saved_at=now,
            )  # fmt: skip
            decision = Decision(
                authority_id=authority.id, application=application, product=product,
                municipality=product.coverage[0].municipality, outcome="admitted", reason="", proposed_at=now,
                proposed_by_id=first, confirmed_at=now, confirmed_by_id=second, released_at=now, told_at=now,
            )  # fmt: skip
            db.add_all([organisation, person, application, decision])


@contextmanager
def _postgres() -> Iterator[Postgres]:
    """A server in a folder that its own account may enter; those of pytest are for one account only."""
    with tempfile.TemporaryDirectory(prefix="voordeur-") as folder:
        Path(folder).chmod(0o755)
        with postgres(Path(folder) / "postgres") as server:
            yield server


@pytest.fixture
def batch(tmp_path: Path) -> Iterator[Callable[[str, int], Batch]]:
    """`batch("postgresql", 200)`: that many agreements are due. Workers still running at the end are ended."""
    made: list[Batch] = []
    servers = ExitStack()

    def make(kind: str, count: int) -> Batch:
        folder = tmp_path / "instance"
        folder.mkdir()
        url = f"sqlite:///{folder / 'portal.db'}"
        if kind == "postgresql":
            url = servers.enter_context(_postgres()).url
        database = Database(open_engine(url))
        servers.callback(database.engine.dispose)
        schema.migrate(database.engine)
        due_agreements(database, folder, count)
        made.append(Batch(database, folder, url))
        return made[-1]

    yield make
    for one in made:
        for worker in one.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
    servers.close()
