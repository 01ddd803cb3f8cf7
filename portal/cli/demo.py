"""The demonstration: two made-up regions with every state of the path, played on a moved clock, and four to explore.

The past is played in order, through the same domain functions and worker tasks as in real use, on a scratch
database. Its rows are then moved into the portal's own database in one transaction, so a build that is
stopped half-way leaves an empty database, and at most files and mails that nothing refers to.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select

from portal.adapters import procedure_files, procedure_moves
from portal.adapters.clock import MovedClock
from portal.cli import cast, demo_plot, demo_regions
from portal.cli.cast import PASSWORD, Stage
from portal.cli.demo_people import ACCOUNTS
from portal.domain import calendar, editions, planning, procedures
from portal.extensions import Database
from portal.models import Authority, Base, Round
from portal.services import Services

__all__ = ["ACCOUNTS", "PASSWORD", "build_demo"]

FILE = Path(__file__).resolve().parents[2] / "procedures" / "meierij-2020.yaml"
OPENED, CLOSED, OTHER_CLOSED = -15, -17, -10
"""Working days ago: opening of the round that is open now, closing of the one before, closing in the other region."""
OPEN_DAYS = 24
"""The open round closes so many days from now, or on the first working day after that."""

# The second region is made up, so the places in the texts of the file are too.
PLACES = {
    "regio Meierij": "regio De Waarden",
    "'s-Hertogenbosch": "Rivierstad",
    "Meierijstad": "Dijkhoven",
    "Vught": "Uiterkade",
}
WAARDEN = {
    "slug": "de-waarden",
    "name": "Inkoopregio De Waarden",
    "subtitle": "Gemeenten Rivierstad, Dijkhoven en Uiterkade (verzonnen)",
    "phone": "000 000 00 00",
    "mail": "inkoop@dewaarden.example",
    "theme": "de-waarden",
    "municipalities": [
        {"code": "9001", "name": "Rivierstad"},
        {"code": "9002", "name": "Dijkhoven"},
        {"code": "9003", "name": "Uiterkade"},
    ],
}


@dataclass
class Past:
    """A stage with a clock that only goes forward and never beyond the present."""

    stage: Stage
    clock: MovedClock
    present: datetime

    @property
    def today(self) -> date:
        return calendar.local_day(self.present)

    def go(self, moment: datetime) -> None:
        """Put the clock at `moment`."""
        if not self.clock() <= moment <= self.present:
            raise ValueError(f"the past runs forward, up to the present: {moment:%Y-%m-%d %H:%M}")
        self.clock.set(moment)

    def at(self, working_days: int, hour: int = 10, minute: int = 0) -> None:
        """Put the clock at a time of day in Amsterdam, so many working days ago (a negative number)."""
        self.go(self.moment(working_days, hour, minute))

    def moment(self, working_days: int, hour: int, minute: int = 0) -> datetime:
        """That time of day, without going there."""
        return calendar.local_instant(working_day(self.today, working_days), time(hour, minute))

    def wait(self, **amount: int) -> None:
        """Let some time pass: `minutes=5`."""
        self.go(self.clock() + timedelta(**amount))


def working_day(today: date, offset: int) -> date:
    """The working day `offset` (negative) before `today`."""
    day = today
    for _ in range(-offset):
        day -= timedelta(days=1)
        while not calendar.is_working_day(day):
            day -= timedelta(days=1)
    return day


def build_demo(database: Database, services: Services) -> bool:
    """Fill an empty database with the demonstration; says whether it did.

    A database with an authority is left alone.
    """
    with database.reading() as db:
        if db.scalar(select(func.count()).select_from(Authority)):
            return False
    with tempfile.TemporaryDirectory(prefix="voordeur-") as folder, cast.scratch_database(Path(folder)) as scratch:
        present = services.now()
        clock = MovedClock(present - timedelta(days=400))
        inspector = cast.OncePerKind(services.inspector)
        past = Past(Stage(scratch, replace(services, now=clock, inspector=inspector)), clock, present)
        demo_regions.settle(
            past.stage, [file for file in sorted(FILE.parent.glob("*.yaml")) if file != FILE], past.today
        )
        demo_plot.play(past, *_load(past))
        return _move(scratch, database)


def _renamed(value: Any) -> Any:
    if isinstance(value, str):
        for place, name in PLACES.items():
            value = value.replace(place, name)
        return value
    if isinstance(value, Mapping):
        return {key: _renamed(part) for key, part in value.items()}
    return [_renamed(part) for part in value] if isinstance(value, list) else value


def _load(past: Past) -> tuple[dict[str, str], dict[str, str]]:
    """Load the procedure for both regions; gives for each the ids 'authority', 'closed' and 'open' (its rounds).

    Rounds come every half year. For the Meierij region the closing of the first and the opening of the second
    are moved towards each other, so that one is in review while the other is open, and its agreements have
    begun, so that the public register shows them; the rounds say so.
    """
    raw, today = procedure_files.raw(FILE.read_bytes()), past.today
    raw = {**raw, "terms": {**raw["terms"], "standstill_days": 0}}
    data = procedure_files.loaded(raw)
    first: date = data["rounds"]["first"]["closes_at"].date()
    lead = data["agreement"]["starts_on"] - first
    start = calendar.add_months(today + timedelta(days=OPEN_DAYS), -6) + lead
    meierij = procedure_moves.moved(raw, start)
    waarden = _renamed(raw) | {"authority": WAARDEN, "slug": "de-waarden-2020"}
    waarden = procedure_moves.moved(waarden, working_day(today, OTHER_CLOSED) + lead)
    past.go(
        calendar.local_instant(
            date.fromisoformat(meierij["rounds"]["first"]["opens_at"][:10]) - timedelta(days=14), time(9)
        )
    )
    closes_at = calendar.local_instant(working_day(today, CLOSED), time(12))
    opens_at = calendar.local_instant(working_day(today, OPENED), time(9))
    regions = []
    for plan, is_shifted in ((meierij, True), (waarden, False)):
        digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
        with past.stage.database.transaction() as db:
            loaded = procedure_files.loaded(plan)
            authority = editions.found_authority(loaded)
            db.add(authority)
            procedure = editions.load(authority, loaded, digest, past.clock(), plan)
            opens_on = calendar.local_day(min(one.opens_at for one in procedure.rounds))
            planning.take_over(procedure, past.clock(), before=opens_on)
            procedures.publish(procedure, past.clock())
            rounds: list[Round] = sorted(procedure.rounds, key=lambda one: one.opens_at)
            if is_shifted:
                rounds[0].closes_at, rounds[1].opens_at = closes_at, opens_at
                rounds[0].agreements_start_on = working_day(today, -1)
                rounds[0].remark = "De sluiting en de ingangsdatum zijn voor de demonstratie later gezet."
                rounds[1].remark = "De opening is voor de demonstratie later gezet."
            db.add(procedure)
            regions.append({"authority": authority.id, "closed": rounds[0].id, "open": rounds[1].id})
    return regions[0], regions[1]


def _move(scratch: Database, database: Database) -> bool:
    """Copy every row, in one transaction; not when the database got an authority meanwhile."""
    with scratch.reading() as source, database.transaction() as target:
        if target.scalar(select(func.count()).select_from(Authority)):
            return False
        for table in Base.metadata.sorted_tables:
            counted = [column.name for column in table.primary_key if column.autoincrement is True]
            order = [table.c[name] for name in counted] or list(table.primary_key)
            rows = [dict(row) for row in source.execute(select(table).order_by(*order)).mappings()]
            rows = [{name: row[name] for name in row if name not in counted} for row in _in_order(table, rows)]
            if rows:
                target.execute(insert(table), rows)
    return True


def _in_order(table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that name a row of their own table come after it."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    if not own:
        return rows
    placed: dict[str, dict[str, Any]] = {}
    while len(placed) < len(rows):
        ready = [
            row for row in rows if row["id"] not in placed and all(row[name] in placed or not row[name] for name in own)
        ]
        placed |= {row["id"]: row for row in ready}
    return list(placed.values())
