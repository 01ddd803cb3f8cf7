"""A database as it is after a busy round: one application made by the portal itself, then copied in bulk.

The copies are rows like any other: every organisation has its own documents, answers, manifest, review,
findings and decisions, under its own ids. Only the way they got there is short: Core inserts.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event, func, insert, select

from portal import create_app
from portal.adapters.clock import MovedClock, system_now
from portal.cli import cast
from portal.cli.procedures import load_file
from portal.domain import decisions, integrity, procedures, reviews
from portal.extensions import Database, open_engine
from portal.models import (
    Answer,
    Application,
    Base,
    Decision,
    Document,
    Evidence,
    Finding,
    IntegrityCheck,
    LetterDraft,
    Organisation,
    Procedure,
    Review,
    Selection,
    Submission,
    User,
    UserRole,
    new_id,
)
from portal.services import Inspection, Sheet

PROCEDURE = Path(__file__).resolve().parents[1] / "procedures" / "meierij-2020.yaml"
BATCH = 250
DRAFTS = 60
"""So many of the organisations also have a complete, unsubmitted application in the next round."""

FIRST = ("Zorggroep", "Stichting", "Thuisbegeleiding", "Buurtzorg", "Werkplaats", "Dagcentrum", "Zorgboerderij")
SECOND = ("De Esdoorn", "Het Baken", "Morgenlicht", "De Brug", "Vier Linden", "Rondom", "De Kiem", "Samen Verder")
TOWNS = ("'s-Hertogenbosch", "Vught", "Veghel", "Schijndel", "Sint-Oedenrode", "Rosmalen")


@dataclass(frozen=True)
class Ground:
    """A filled database, and who and what the measurements use in it.

    `now` lies in the next round, which is open; the first round is closed and in review.
    """

    folder: Path
    now: datetime
    size: int
    inkoper_id: str
    manager_id: str
    signatory_id: str
    applicant_id: str
    round_id: str
    open_round_id: str
    review_id: str
    application_id: str
    draft_id: str

    def config(self) -> dict[str, Any]:
        """Settings of a portal on this database."""
        return settings(self.folder)


def settings(folder: Path) -> dict[str, Any]:
    """Settings of a portal whose database, files and mail are all in `folder`."""
    return {
        "DEMO": True,
        "INSTANCE": folder,
        "DATABASE_URL": f"sqlite:///{folder / 'portal.db'}",
        "STORAGE_URL": f"file:{folder / 'uploads'}",
        "MAIL_URL": f"folder:{folder / 'mail'}",
        "PORTAL_URL": "http://127.0.0.1",
        "SESSION_COOKIE_SECURE": False,
    }


class Unlooked:
    """An inspector that looks at nothing: for what is not about inspecting."""

    def inspect(self, data: Iterator[bytes], filename: str) -> Inspection:
        return Inspection("application/pdf", 1)

    def page(self, data: Iterator[bytes], number: int, width: int) -> bytes:
        return b""

    def sheet(self, data: Iterator[bytes], number: int, width: int, **more: Any) -> Sheet:
        return Sheet(b"", width, width)

    def attached(self, data: Iterator[bytes], *names: str) -> dict[str, bytes]:
        return {}

    def combine(self, pictures: Sequence[Iterator[bytes]]) -> bytes:
        return b""


def prepare(folder: Path, *, is_now: bool = False) -> Ground:
    """A new database in `folder` with the procedure, its people, and one application that went all the way.

    The first round is closed, the next one open. `is_now` moves the procedure so that this holds at the
    machine's time, for a server that runs by itself.
    """
    from portal.adapters import schema

    clock = MovedClock(system_now())
    app = create_app(settings(folder), now=clock, inspector=Unlooked(), signer=None)
    database: Database = app.extensions["database"]
    schema.migrate(database.engine)
    stage = cast.Stage(database, app.extensions["services"])
    start = (system_now() - timedelta(days=60)).date().replace(day=1) if is_now else None
    procedure_id = load_file(database, PROCEDURE, clock(), start=start, standstill_days=0)
    with database.reading() as db:
        procedure = db.get_one(Procedure, procedure_id)
        first, following = procedure.rounds[:2]
        authority_id = procedure.authority_id
        cells = [
            (product.code, cell.municipality.code)
            for lot in [lot for lot in procedure.lots if lot.products][:2]
            for product in lot.products
            for cell in product.coverage
            if cell.state == "open"
        ]
    clock.set(first.opens_at + timedelta(days=3))
    officials = {
        role: cast.official(stage, authority_id, name, f"{role}-{number}@regio.example", [role])
        for number, (role, name) in enumerate(
            [("inkoper", "Ineke Bos"), ("round_manager", "Renske Vos"), ("authority_signatory", "Wil de Haan")]
        )
    }
    second_id = cast.official(stage, authority_id, "Joris van Dam", "inkoper-9@regio.example", ["inkoper"])
    chance = random.Random(11)
    form = cast.organisation_form("Stichting De Linde", "10000001", "Vught", chance)
    applicant_id = cast.register(stage, form, "Anna de Wit", "anna@aanbieder.example")
    application_id = cast.start(stage, applicant_id, first.id, cells)
    cast.fill_in(stage, applicant_id, application_id, chance)
    cast.submit(stage, applicant_id, application_id)
    review_id = _screen(database, clock, application_id, officials["inkoper"], second_id)
    clock.set(following.opens_at + timedelta(days=3))
    draft_id = cast.start(stage, applicant_id, following.id, cells)
    cast.fill_in(stage, applicant_id, draft_id, chance)
    close(database)
    return Ground(
        folder=folder,
        now=clock(),
        size=1,
        inkoper_id=officials["inkoper"],
        manager_id=officials["round_manager"],
        signatory_id=officials["authority_signatory"],
        applicant_id=applicant_id,
        round_id=first.id,
        open_round_id=following.id,
        review_id=review_id,
        application_id=application_id,
        draft_id=draft_id,
    )


def _screen(database: Database, clock: MovedClock, application_id: str, first_id: str, second_id: str) -> str:
    """Close the round, find every requirement met but two, and propose and confirm the decisions."""
    with database.transaction() as db:
        application = db.get_one(Application, application_id)
        closed_at = clock.set(application.round.closes_at)
        procedures.close(application.round, closed_at)
        review = reviews.take_in(application, closed_at)
        assert review is not None
        check = integrity.open_check(application, closed_at)
        first, second = db.get_one(User, first_id), db.get_one(User, second_id)
        for official in (first, second):
            db.add(reviews.declare_interest(application.round, official, [], closed_at))
        if check is not None:
            check.outcome, check.recorded_at = "no_objection", closed_at
        later = clock.advance(timedelta(days=5))
        for number, item in enumerate(reviews.items(review)):
            verdict, reason = ("fails", "Het bewijs past niet bij dit perceel.") if number == 20 else ("meets", "")
            reviews.find(review, first, item, verdict, reason, later, based_on=0)
        decisions.propose(review, first, later)
        db.flush()
        decisions.confirm(review, second, later)
        return review.id


def close(database: Database) -> None:
    """Put everything in the database file itself and let go of it, so that the file can be copied."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


def grown(ground: Ground, folder: Path, size: int, *, drafts: int = DRAFTS) -> Ground:
    """A copy of `ground` in `folder`, with `size` applications in the closed round and `drafts` in the open one."""
    shutil.copytree(ground.folder, folder, dirs_exist_ok=True)
    made = replace(ground, folder=folder, size=size)
    database = Database(open_engine(made.config()["DATABASE_URL"]))

    @event.listens_for(database.engine, "connect")
    def _hasten(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")  # a database that only the measurements will miss

    with database.reading() as db:
        model = _Model(db.connection(), made, drafts)
    for start in range(ground.size, size, BATCH):
        _write(database, model, range(start, min(start + BATCH, size)))
    close(database)
    return made


def _write(database: Database, model: _Model, numbers: range) -> None:
    rows: dict[Table, list[dict[str, Any]]] = {}
    for number in numbers:
        for table, row in model.copy(number):
            rows.setdefault(table, []).append(row)
    with database.transaction() as db:
        for table, many in rows.items():
            db.execute(insert(table), many)


class _Model:
    """The rows of the one real application, to be copied under new ids."""

    def __init__(self, connection: Any, ground: Ground, drafts: int) -> None:
        def rows(entity: type[Base], *conditions: Any) -> list[dict[str, Any]]:
            table = entity.__table__
            return [dict(row) for row in connection.execute(select(table).where(*conditions)).mappings()]

        application, draft = ground.application_id, ground.draft_id
        organisation = select(User.organisation_id).where(User.id == ground.applicant_id).scalar_subquery()
        both = [application, draft]
        self._kept: list[tuple[type[Base], list[dict[str, Any]]]] = [
            (Organisation, rows(Organisation, Organisation.id == organisation)),
            (User, rows(User, User.organisation_id == organisation)),
            (UserRole, rows(UserRole, UserRole.user_id == ground.applicant_id)),
            (Document, rows(Document, Document.organisation_id == organisation)),
            (Application, rows(Application, Application.id.in_(both))),
            (Selection, rows(Selection, Selection.application_id.in_(both))),
            (Answer, rows(Answer, Answer.application_id.in_(both))),
            (Evidence, rows(Evidence, Evidence.application_id.in_(both))),
            (Submission, rows(Submission, Submission.application_id == application)),
            (Review, rows(Review, Review.application_id == application)),
            (Finding, rows(Finding, Finding.review_id == ground.review_id)),
            (IntegrityCheck, rows(IntegrityCheck, IntegrityCheck.application_id == application)),
            (Decision, rows(Decision, Decision.application_id == application)),
            (LetterDraft, rows(LetterDraft, LetterDraft.application_id == application)),
        ]
        self._draft_id, self._drafts = draft, drafts
        self._today = ground.now.date()
        self._own = [row["id"] for _, many in self._kept for row in many if "id" in row]
        self._organisation = self._kept[0][1][0]
        self._number = next(row["number"] for row in self._kept[4][1] if row["id"] == application)
        # Stages of the work in which the copies stand: state, and which part of the findings is there.
        self._stages = (
            *[("open", 0.0)] * 4,
            *[("started", 0.3)] * 3,
            *[("started", 0.8)] * 2,
            ("proposed", 1.0),
            ("confirmed", 1.0),
        )
        first, second = self._kept[9][1][0]["first_by_id"], self._kept[9][1][0]["second_by_id"]
        self._pairs = [(first, second), (second, first)]

    def copy(self, number: int) -> Iterator[tuple[Table, dict[str, Any]]]:
        """Every row of copy `number`, tables in the order in which they refer to each other."""
        new = {old: new_id() for old in self._own}
        state, part = self._stages[number % len(self._stages)]
        pair = self._pairs[number % 2]
        for entity, many in self._kept:
            table = entity.__table__
            assert isinstance(table, Table)
            shown = many[: round(len(many) * part)] if entity is Finding else many
            if entity is Decision and state not in {"proposed", "confirmed"}:
                continue
            if entity is LetterDraft and state != "confirmed":
                continue
            for row in shown:
                if number >= self._drafts and self._draft_id in (row.get("id", ""), row.get("application_id")):
                    continue
                made = {key: new.get(value, value) if isinstance(value, str) else value for key, value in row.items()}
                yield table, self._changed(entity, made, row, number, new, state, pair)

    def _changed(
        self,
        entity: type[Base],
        made: dict[str, Any],
        row: dict[str, Any],
        number: int,
        new: dict[str, str],
        state: str,
        pair: tuple[str, str],
    ) -> dict[str, Any]:
        """What is different in this copy beside the ids."""
        if entity is Organisation:
            made["name"], made["kvk_number"] = _name(number), _kvk(number)
            made["city"] = TOWNS[number % len(TOWNS)]
        elif entity is User:
            made["email"] = f"contact-{number}@aanbieder.example"
        elif entity is Document:
            made["storage_key"] = f"{row['storage_key']}-{number}"
            made["sha256"] = _sha256(row["sha256"], number)
            made["number"] = _numbered(row["number"], number)
            made["holder_name"] = _name(number) if row["holder_name"] else row["holder_name"]
            made["holder_kvk_number"] = _kvk(number) if row["holder_kvk_number"] else row["holder_kvk_number"]
        elif entity is Application:
            made["number"] = _coded(row["number"], number)
            if row["id"] != self._draft_id and state != "confirmed":
                made["state"] = "under_review"
        elif entity is Submission:
            made["manifest"] = self._manifest(row["manifest"], number, new)
            made["digest"] = hashlib.sha256(made["manifest"].encode()).hexdigest()
            made["receipt_number"], made["attempt"] = _coded(row["receipt_number"], number), new_id()
            made["submitted_at"] = row["submitted_at"] + timedelta(minutes=number)
        elif entity is Review:
            made["state"] = state
            made["due_on"] = self._today + timedelta(days=number % 40 - 2)  # one in twenty is late
            made["first_by_id"] = pair[0] if state != "open" else None
            made["second_by_id"] = pair[1] if state == "confirmed" else None
        elif entity is Finding:
            made["found_by_id"] = pair[0]
        elif entity is Decision:
            is_confirmed = state == "confirmed"
            made |= {
                "proposed_by_id": pair[0],
                "confirmed_by_id": pair[1] if is_confirmed else None,
                "confirmed_at": row["confirmed_at"] if is_confirmed else None,
                "told_at": None,
            }
        return made

    def _manifest(self, text: str, number: int, new: dict[str, str]) -> str:
        for row in (*self._kept[0][1], *self._kept[3][1]):
            text = text.replace(row["id"], new[row["id"]])
        for row in self._kept[3][1]:
            text = text.replace(row["sha256"], _sha256(row["sha256"], number))
            if row["number"]:
                text = text.replace(f'"number":"{row["number"]}"', f'"number":"{_numbered(row["number"], number)}"')
        kvk = self._organisation["kvk_number"]
        return (
            text.replace(self._organisation["name"], _name(number))
            .replace(f'kvk_number":"{kvk}"', f'kvk_number":"{_kvk(number)}"')  # the holder's too
            .replace(self._number, _coded(self._number, number))
        )


def _name(number: int) -> str:
    return f"{FIRST[number % len(FIRST)]} {SECOND[number // len(FIRST) % len(SECOND)]} {number}"


def _kvk(number: int) -> str:
    return f"{20_000_000 + number}"


def _sha256(original: str, number: int) -> str:
    """The digest of the same kind of file of another applicant; one in forty sends the very same file."""
    return original if number % 40 == 0 else hashlib.sha256(f"{original}-{number}".encode()).hexdigest()


def _numbered(original: str | None, number: int) -> str | None:
    """What stands on the certificate of another applicant."""
    return f"{original}-{number}" if original else original


def _coded(text: str, number: int) -> str:
    return f"{text[:-4]}{number:04d}"


def counted(database: Database) -> dict[str, int]:
    """How many rows the larger tables hold."""
    with database.reading() as db:
        return {
            entity.__tablename__: db.scalar(select(func.count()).select_from(entity)) or 0
            for entity in (Application, Answer, Evidence, Document, Finding, Decision)
        }
