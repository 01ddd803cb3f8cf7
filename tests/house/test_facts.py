"""A fact that is computed in Python and in SQL agrees on the same rows, the boundary instant included."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.models import RemedyRequest, Round
from portal.queries import work
from tests import remedying

TICK = timedelta(microseconds=1)


def _instants(round_):
    for edge in (round_.opens_at, round_.closes_at):
        yield from (edge - TICK, edge, edge + TICK)


@pytest.mark.parametrize("latched", [False, True])
def test_a_round_is_open_and_due_for_closing_alike_in_both(world, latched):
    with world.database.reading() as db:
        rounds = db.scalars(select(Round)).all()
        instants = sorted({instant for one in rounds for instant in _instants(one)})
    if latched:
        with world.database.transaction() as db:
            first = db.get_one(Round, world.rounds["2020-1"])
            first.closed_at = first.closes_at
    with world.database.reading() as db:
        rounds = db.scalars(select(Round)).all()
        for now in instants:
            is_open = {one.id for one in rounds if one.is_open(now)}
            is_due = {one.id for one in rounds if one.closed_at is None and one.state(now) == "closed"}

            assert set(work.rounds_to_remind(db, now)) == is_open, now
            assert set(work.rounds_to_close(db, now)) == is_due, now


def test_a_remedy_term_ends_alike_in_both(world):
    from portal.domain import reviews
    from portal.models import Review, User

    world.submitted("anna")
    world.close_round()
    with world.database.transaction() as db:
        review, ineke = db.scalars(select(Review)).one(), db.get_one(User, world.people["ineke"])
        item = next(one for one in reviews.items(review) if one.key == "T03")
        reviews.find(review, ineke, item, "remedy", "Stuur het juiste certificaat.", world.clock(), based_on=0)
        remedy_id, due = (remedy := remedying.ask(review, ineke, world.clock())).id, remedy.due_at

    for now, is_over in ((due - TICK, False), (due, True), (due + TICK, True)):
        with world.database.writing() as db:
            remedy = db.get_one(RemedyRequest, remedy_id)
            assert (remedy_id in work.remedies_to_expire(db, now)) is is_over
            reviews.expire_remedy(remedy, now)
            assert (remedy.expired_at is not None) is is_over
            db.rollback()
