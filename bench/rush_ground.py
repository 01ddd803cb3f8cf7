"""Where the deadline rush is played: 800 applicants with complete drafts, on SQLite and a folder or on servers."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import boto3
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, func, insert, select, text, update

from bench import data
from portal import create_app
from portal.adapters import schema
from portal.adapters.clock import system_now
from portal.domain import accounts
from portal.domain.requirement_types import place_key
from portal.extensions import Database, open_engine
from portal.models import Answer, Application, Base, Requirement, Review, Round, Submission, User
from portal.web.guards import TOKEN


@dataclass(frozen=True)
class Person:
    """Somebody with a browser: the cookie of a login, and the token that its forms carry."""

    user_id: str
    cookie: str
    token: str


@dataclass(frozen=True)
class Draft:
    """A complete draft, whose it is, and an answer of it that can be saved while typing."""

    application_id: str
    person: Person
    place: str
    version: int


@dataclass(frozen=True)
class Playground:
    """A filled portal: its environment, its engine, and everybody in it."""

    name: str
    environment: dict[str, str]
    engine: Engine
    round_id: str
    closed_round_id: str
    review_ids: list[str]
    drafts: list[Draft]
    reviewers: list[Person]
    server_pids: list[int]

    def close_at(self, moment: datetime) -> None:
        """The open round closes at `moment`; so it was published, as far as the portal knows."""
        with self.engine.begin() as connection:
            connection.execute(update(Round).where(Round.id == self.round_id).values(closes_at=moment))


def _environment(folder: Path, database_url: str, storage_url: str) -> dict[str, str]:
    return {
        "INSTANCE": str(folder),
        "DATABASE_URL": database_url,
        "STORAGE_URL": storage_url,
        "MAIL_URL": f"folder:{folder / 'mail'}",
        "PORTAL_URL": "http://127.0.0.1",
        "DEMO": "1",
        "MALLOC_ARENA_MAX": "2",
    }


@contextmanager
def sqlite_playground(folder: Path, applicants: int, reviewers: int) -> Iterator[Playground]:
    """On one file and a folder."""
    ground = data.grown(data.prepare(folder / "start", is_now=True), folder / "portal", applicants, drafts=applicants)
    environment = _environment(
        ground.folder, f"sqlite:///{ground.folder / 'portal.db'}", f"file:{ground.folder}/uploads"
    )
    engine = open_engine(environment["DATABASE_URL"])
    yield _people("SQLite, folder", environment, engine, ground, reviewers, [])
    engine.dispose()


@contextmanager
def server_playground(folder: Path, applicants: int, reviewers: int) -> Iterator[Playground]:
    """On PostgreSQL (a commit is on the disk) and an S3 store, both started for this."""
    from tests import servers

    ground = data.grown(data.prepare(folder / "start", is_now=True), folder / "portal", applicants, drafts=applicants)
    folder.chmod(0o755)
    with servers.postgres(folder / "postgres", durable=True) as server, servers.object_store(folder / "s3") as address:
        os.environ.update(servers.SECRET)
        boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(Bucket="voordeur")
        storage = f"s3://voordeur/rush?endpoint_url={address}"
        environment = _environment(ground.folder, server.url, storage) | servers.SECRET
        engine = open_engine(server.url)
        schema.migrate(engine)
        _move(open_engine(f"sqlite:///{ground.folder / 'portal.db'}"), engine)
        pids = _named("postgres") + _named("weed")
        yield _people("PostgreSQL, S3", environment, engine, ground, reviewers, pids)
        engine.dispose()


PLAYGROUNDS = {"sqlite": sqlite_playground, "postgresql": server_playground}


def _named(program: str) -> list[int]:
    """The process ids of a program that runs here."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            if path.read_text().strip() == program:
                found.append(int(path.parent.name))
        except OSError:
            continue  # it ended while we looked
    return found


def _move(source: Engine, target: Engine) -> None:
    """Every row of one database into another, empty one."""
    with source.connect() as one, target.begin() as other:
        other.execute(text("SET session_replication_role = replica"))  # rows may refer to rows that come later
        for table in Base.metadata.sorted_tables:
            rows = [dict(row) for row in one.execute(select(table)).mappings()]
            for start in range(0, len(rows), 1000):
                other.execute(insert(table), rows[start : start + 1000])
            for column in table.primary_key.columns:
                if column.autoincrement is True:
                    last = other.scalar(select(func.max(column))) or 1
                    other.execute(
                        text(f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), {last})")
                    )
        other.execute(text("SET session_replication_role = DEFAULT"))
    source.dispose()
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _people(
    name: str, environment: dict[str, str], engine: Engine, ground: data.Ground, reviewers: int, pids: list[int]
) -> Playground:
    """Log in everybody who will act: a row and a cookie each, as signing in makes them, without the password."""
    app = create_app(
        {"INSTANCE": Path(environment["INSTANCE"]), "DATABASE_URL": environment["DATABASE_URL"],
         "STORAGE_URL": environment["STORAGE_URL"], "MAIL_URL": environment["MAIL_URL"],
         "PORTAL_URL": environment["PORTAL_URL"], "SESSION_COOKIE_SECURE": False}
    )  # fmt: skip
    cookies = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    tokens = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token")
    database = Database(engine)

    def person(db: object, user: User) -> Person:
        login, secret = accounts.sign_in(user, system_now())
        db.add(login)  # type: ignore[attr-defined]
        raw = secrets.token_hex(20)
        cookie = cookies.dumps({"_user_id": user.id, "_fresh": True, TOKEN: secret, "csrf_token": raw})
        return Person(user.id, f"{app.config['SESSION_COOKIE_NAME']}={cookie}", tokens.dumps(raw))

    with database.transaction() as db:
        # The copied submissions of the closed round have their receipts long since.
        db.execute(update(Submission).values(receipt_key="receipts/long-since", receipt_sha256="0" * 64))
        typed = (
            select(Application.id, User, Answer)
            .join(User, User.organisation_id == Application.organisation_id)
            .join(Answer, Answer.application_id == Application.id)
            .join(Requirement, Requirement.id == Answer.requirement_id)
            .where(
                Application.round_id == ground.open_round_id,
                Application.state == "draft",
                Requirement.type == "text",
            )
            .order_by(Application.id, Answer.id)
        )
        first: dict[str, tuple[User, Answer]] = {}
        for key, user, answer in db.execute(typed):
            first.setdefault(key, (user, answer))
        drafts = [
            Draft(key, person(db, user), place_key(answer.requirement, answer.lot, answer.party), answer.version)
            for key, (user, answer) in first.items()
        ]
        inkoper = db.get_one(User, ground.inkoper_id)
        officials = [person(db, inkoper) for _ in range(reviewers)]
        reviews = list(db.scalars(select(Review.id).limit(200)))
    app.extensions["database"].engine.dispose()
    return Playground(
        name=name,
        environment=environment,
        engine=engine,
        round_id=ground.open_round_id,
        closed_round_id=ground.round_id,
        review_ids=reviews,
        drafts=drafts,
        reviewers=officials,
        server_pids=pids,
    )


def seconds_until(moment: datetime) -> float:
    return (moment - system_now()) / timedelta(seconds=1)
