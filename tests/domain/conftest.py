"""A closed round with one review in it, and how an inkoper works through a checklist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import integrity, reviews
from portal.models import Application, IntegrityCheck, Review, User

CELLS = (("IB-BASIS", "0796"), ("IB-EXTRA", "0796"), ("DB-BASIS", "0865"))


@pytest.fixture
def review_id(world) -> str:
    """De Linde submitted three products in two lots; the round has closed; the integrity check found nothing."""
    application_id = world.submitted("anna", CELLS)
    world.close_round()
    with world.database.transaction() as db:
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == application_id)).one()
        integrity.record_outcome(check, db.get_one(User, world.people["bram"]), "no_objection", None, world.clock())
        return db.scalars(select(Review.id).where(Review.application_id == application_id)).one()


@pytest.fixture
def application_id(world, review_id) -> str:
    with world.database.reading() as db:
        return db.get_one(Review, review_id).application_id


@pytest.fixture
def judge(world) -> Callable[..., None]:
    """`judge(db, review, "ineke", {"T03": ("fails", "reason")})`: every other place meets."""

    def work(
        db: Session, review: Review, who: str, different: dict[str, tuple[str, str]] | None = None, **more: Any
    ) -> None:
        actor = db.get_one(User, world.people[who])
        for item in reviews.items(review):
            verdict, reason = (different or {}).get(item.key, ("meets", ""))
            based_on = item.finding.sequence if item.finding else 0
            reviews.find(review, actor, item, verdict, reason, world.clock(), based_on=based_on, **more)

    return work


@pytest.fixture
def person(world) -> Callable[[Session, str], User]:
    return lambda db, who: db.get_one(User, world.people[who])


@pytest.fixture
def application(world) -> Callable[[Session, str], Application]:
    return lambda db, key: db.get_one(Application, key)
