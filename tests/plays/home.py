"""Where every play begins: one closed round with two dossiers in review, and a fresh copy of it in a millisecond."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, select

from portal import create_app
from portal.adapters.assembly import build_services
from portal.adapters.clock import MovedClock
from portal.adapters.signing import PadesSigner, TestAuthority
from portal.cli import cast, script
from portal.domain import accounts
from portal.extensions import Database, open_engine
from portal.models import Application, InterestDeclaration, Procedure, User
from portal.web.typed import TOKEN
from tests.conftest import IGNORED, MORNING, World, _config

CELLS = {
    "anna": (("IB-BASIS", "0796"), ("IB-EXTRA", "0796"), ("DB-BASIS", "0865")),
    "karim": (("IB-BASIS", "0796"), ("DB-BASIS", "0865")),
}
EXTRA = {
    "kees": (["inkoper"], "Kees Blom"),
    "rosa": (["round_manager"], "Rosa Kok"),
    "ingrid": (["inspector"], "Ingrid Mol"),
}
"""Beside the officials of the small world: a third inkoper, a second round manager, and who reads along."""
DECLARED = ("ineke", "joris", "bram", "dina", "wil")


@dataclasses.dataclass(frozen=True)
class Home:
    """The world as every play begins, in `start`; a play goes on in the database of `app`."""

    start: Path
    folder: Path
    world: World
    app: Flask

    def begin(self, declared: Collection[str], **rules: Any) -> None:
        """Put the database back, and let the procedure say `rules` (`terms`, `letters`) beside what it says.

        Of the officials only those in `declared` (of `DECLARED`) declared their interests by then.
        """
        self.world.database.engine.dispose()
        for one in self.folder.glob("portal.db*"):
            one.unlink()
        shutil.copy(self.start / "portal.db", self.folder / "portal.db")
        with self.world.database.transaction() as db:
            others = [self.world.people[one] for one in set(DECLARED) - set(declared)]
            db.execute(delete(InterestDeclaration).where(InterestDeclaration.user_id.in_(others)))
            procedure = db.get_one(Procedure, self.world.procedure_id)
            procedure.settings = procedure.settings | {
                block: procedure.settings[block] | more for block, more in rules.items()
            }

    def browser(self, who: str) -> FlaskClient:
        """Somebody who signed in a moment ago, without the tenth of a second that a password takes."""
        client, now = self.app.test_client(), self.world.clock()
        with self.world.database.transaction() as db:
            login, secret = accounts.sign_in(db.get_one(User, self.world.people[who]), now)
            db.add(login)
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session[TOKEN] = login.user_id, True, secret
        return client

    def observer(self) -> sqlite3.Connection:
        """A connection beside those of the portal, which sees what they committed."""
        return sqlite3.connect(self.folder / "portal.db", isolation_level=None)


def build(folder: Path, settled: tuple[Path, World], authority: TestAuthority) -> Home:
    """Two applicants submit, the round closes, the worker takes in, signals and tells: once for all plays."""
    start, stage_folder = folder / "start", folder / "plays"
    shutil.copytree(settled[0], start, ignore=IGNORED)
    shutil.copy(settled[0] / "portal.db", start / "portal.db")
    clock = MovedClock(MORNING)
    database = Database(open_engine(f"sqlite:///{start / 'portal.db'}"))
    services = build_services(_config(start), now=clock, signer=PadesSigner(authority))
    world = dataclasses.replace(settled[1], stage=cast.Stage(database, services), clock=clock)
    for key, (roles, name) in EXTRA.items():
        world.emails[key] = f"{key}@meierij.example"
        world.people[key] = cast.official(world.stage, world.authority_id, name, world.emails[key], roles)
    world.emails["lies"] = "lies@delinde.example"
    world.people["lies"] = cast.colleague(
        world.stage, world.people["anna"], "Lies Smit", world.emails["lies"], ["reader"]
    )
    for who, cells in CELLS.items():
        world.submitted(who, cells)
    world.close_round()
    for key in DECLARED:
        script.declare(world.stage, world.people[key], world.rounds["2020-1"])
    with database.reading() as db:
        assert [one.state for one in db.scalars(select(Application))] == ["under_review"] * 2
    database.engine.dispose()
    with closing(sqlite3.connect(start / "portal.db")) as raw:  # one file, without a log beside it
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(start, stage_folder)
    app = create_app(_config(stage_folder), now=clock, signer=PadesSigner(authority))
    played: Database = app.extensions["database"]
    # a play need not survive a power cut
    event.listen(played.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    # what a procedure says is read thousands of times, and changed by nobody
    played.engine.dialect._json_deserializer = lru_cache(maxsize=2000)(json.loads)
    stage = cast.Stage(played, app.extensions["services"])
    return Home(start, stage_folder, dataclasses.replace(world, stage=stage), app)
