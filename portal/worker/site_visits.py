"""The scheduled act of visits: the established report as PDF, with its photographs."""

from __future__ import annotations

import json

from portal.domain import site_reports
from portal.extensions import Database
from portal.models import SiteVisit
from portal.queries import site_visits as queries
from portal.services import Services


def draw_up_report(database: Database, services: Services, visit_id: str) -> bool:
    """From the frozen facts, under a key that is the same the second time. A photograph that the scanner stopped since
    is named, and not shown.
    """
    with database.reading() as db:
        visit = queries.report(db, visit_id)
        if visit.pdf_key is not None:
            return False
        kept = {photo.id: photo for point in visit.points for photo in point.kept_photos}
        if any(one.scan_state == "waiting" for one in kept.values()):
            return False
    files, key = services.files, f"site-visits/{visit_id}.pdf"
    if not files.exists(key):
        pictures = {f"{one.id}.jpg": files.read(one.storage_key) for one in kept.values() if one.storage_key}
        facts = json.loads(visit.facts) | {
            "shown": sorted(kept),
            "made_at": visit.established_at,
            "digest": site_reports.facts_digest(visit),
        }
        pdf = services.documents.render("site_visit", facts, identifier=visit.id, pictures=pictures)
        files.put(key, pdf)
    stored = files.put(key, b"")  # what is there stays, and is described
    with database.transaction() as db:
        return site_reports.draw_up(db.get_one(SiteVisit, visit_id), stored, services.now())
