"""Closing a round without what takes time: no receipts are drawn, no certificate is stamped, no mail is sent."""

from __future__ import annotations

from portal.models import Application, Round
from portal.worker.tasks import close_round, take_in_application
from tests.conftest import World


def close(world: World, *application_ids: str) -> None:
    """The round of these applications closes, and they go into review."""
    with world.database.reading() as db:
        round_id = db.get_one(Application, application_ids[0]).round_id
        world.clock.set(db.get_one(Round, round_id).closes_at)
    close_round(world.database, world.services, round_id)
    for one in application_ids:
        take_in_application(world.database, world.services, one)
