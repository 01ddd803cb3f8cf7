"""How the portal does: now, the last day and the last ninety days, for everybody. Names no machine and no person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.domain import calendar, outages
from portal.domain.outages import Gap
from portal.queries import outages as queries
from portal.web.context import database, now
from portal.web.guards import audience
from portal.web.public import blueprint

DAYS = 90
FRESH_MINUTES = 3
"""A last measurement older than this says nothing about now."""


@dataclass(frozen=True)
class DayLine:
    """One day: how many minutes the portal did not work, None before the first measurement."""

    day: date
    down: int | None

    @property
    def tone(self) -> str:
        """'none', 'up', 'short' (less than half an hour) or 'long'."""
        if self.down is None:
            return "none"
        return "up" if not self.down else "short" if self.down < 30 else "long"


@dataclass(frozen=True)
class Report:
    """What the page says. `is_up` None: not measured in the last minutes. `day_percent`, `percent`: of the time
    that was measured, the last 24 hours and the whole of the ninety days.
    """

    is_up: bool | None
    measured_at: datetime | None
    since: datetime | None
    last_day: list[Gap]
    gaps: list[Gap]
    days: list[DayLine]
    day_percent: float
    percent: float


def _overlap(gap: Gap, begins: datetime, ends: datetime) -> timedelta:
    return max(timedelta(), min(gap.ends_at, ends) - max(gap.starts_at, begins))


def _percent(gaps: list[Gap], begins: datetime, ends: datetime) -> float:
    whole = (ends - begins) / timedelta(minutes=1)
    down = sum((_overlap(one, begins, ends) for one in gaps), timedelta()) / timedelta(minutes=1)
    return 100.0 * (1 - down / whole) if whole > 0 else 100.0


def report(db: Session, moment: datetime) -> Report:
    """Measured and counted at `moment`."""
    begins = moment - timedelta(days=DAYS)
    gaps, last, first = queries.found(db, begins, moment), queries.last(db), queries.first_minute(db)
    since = outages.instant_of(first) if first is not None else None
    fresh = last is not None and outages.minute_of(moment) - last.minute <= FRESH_MINUTES
    today = calendar.local_day(moment)
    days = []
    for number in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=number)
        opens, ends = calendar.end_of_day(day - timedelta(days=1)), calendar.end_of_day(day)
        down = sum((_overlap(one, opens, ends) for one in gaps), timedelta()) // timedelta(minutes=1)
        days.append(DayLine(day, down if since is not None and since < ends else None))
    day_begins = moment - timedelta(days=1)
    return Report(
        is_up=last.is_up if last is not None and fresh else None,
        measured_at=outages.instant_of(last.minute) if last is not None else None,
        since=since,
        last_day=[one for one in gaps if one.ends_at > day_begins],
        gaps=gaps[::-1],
        days=days,
        day_percent=_percent(gaps, max(day_begins, since or day_begins), moment),
        percent=_percent(gaps, max(begins, since or begins), moment),
    )


@blueprint.get("/status")
@audience("public")
def status() -> ResponseReturnValue:
    """Counted at most once a minute per process: ninety days are many minutes."""
    moment = now()
    minute, kept = outages.minute_of(moment), current_app.extensions.get("status")
    if kept is None or kept[0] != minute:
        with database().reading() as db:
            kept = current_app.extensions["status"] = (minute, report(db, moment))
    return render_template("public/status.html", report=kept[1], moment_now=moment)
