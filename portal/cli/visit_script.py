"""A visit to an applicant's location, step by step, for the demonstration and the tests. Each step is a transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.cli.cast import Stage
from portal.domain import calendar, reviews, site_notes, site_reports, site_visits
from portal.domain.site_visits import Appointment
from portal.models import Review, SiteVisit, User, new_id
from portal.queries import work
from portal.services import StoredFile


def plan(
    stage: Stage,
    user_id: str,
    application_id: str,
    starts_at: datetime,
    places: Collection[str],
    own: str = "",
    *,
    place: str = "Dorpsstraat 12, Vught",
    visitors: Collection[str] = (),
) -> str:
    """Plan a visit by `visitors` (none: who plans) about these places; gives its id."""
    with stage.database.transaction() as db:
        review = db.scalars(select(Review).where(Review.application_id == application_id)).one()
        user, now = db.get_one(User, user_id), stage.services.now()
        points = site_visits.points_of(reviews.items(review), places, own)
        people = tuple(db.get_one(User, one) for one in visitors or (user_id,))
        wanted = Appointment(starts_at, place, "Het rooster van deze maand en de klachtenregeling.", people)
        year = calendar.local_day(now).year
        number = f"TP-{year}-{work.next_number(db, review.authority_id, f'site-visits-{year}'):04d}"
        return site_visits.plan(review, user, new_id(), number, wanted, points, now).id


def record(
    stage: Stage, user_id: str, visit_id: str, seen: Mapping[int, tuple[str, str]], photo: bytes | None = None
) -> None:
    """Note something at every point: what `seen` says (by position), else that it holds. A JPEG goes with the first."""
    with stage.database.transaction() as db:
        visit, user, now = db.get_one(SiteVisit, visit_id), db.get_one(User, user_id), stage.services.now()
        for point in visit.points:
            verdict, text = seen.get(point.position, ("holds", ""))
            site_notes.note(visit, point, user, new_id(), verdict, text, timedelta(), now)
        if photo is not None:
            name = new_id()
            stored: StoredFile = stage.services.files.put(f"documents/{name[:2]}/{name}", photo)
            site_notes.add_photo(
                visit, visit.points[0], user, new_id(), stored, timedelta(), now,
                has_scanner=stage.services.scanner is not None,
            )  # fmt: skip


def send(stage: Stage, user_id: str, visit_id: str) -> None:
    """Send the report to the applicant."""
    with stage.database.transaction() as db:
        site_reports.send(db.get_one(SiteVisit, visit_id), db.get_one(User, user_id), stage.services.now())


def reply(stage: Stage, user_id: str, visit_id: str, texts: Mapping[int, str]) -> None:
    """The applicant replies at these points (by position)."""
    with stage.database.transaction() as db:
        visit, user, now = db.get_one(SiteVisit, visit_id), db.get_one(User, user_id), stage.services.now()
        by_id = {one.id: texts.get(one.position, "") for one in visit.points}
        site_reports.save_reply(visit, user, by_id, now, based_on=visit.reply_version)
        site_reports.reply(visit, user, now)


def establish(stage: Stage, user_id: str, visit_id: str, found: Mapping[int, tuple[str, str]], conclusion: str) -> None:
    """Establish what was noted, or what `found` says (by position)."""
    with stage.database.transaction() as db:
        visit = db.get_one(SiteVisit, visit_id)
        outcomes = {
            one.id: found.get(one.position, (one.latest.verdict if one.latest else "", "")) for one in visit.points
        }
        user = db.get_one(User, user_id)
        site_reports.establish(visit, user, outcomes, conclusion, stage.services.now())
