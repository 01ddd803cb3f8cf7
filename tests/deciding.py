"""From a confirmed decision to a told one, in one session: approved where that is asked, released, told."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from portal.domain import decisions, releases
from portal.models import Application, DecisionLetter, User
from tests.conftest import World


def tell(db: Session, world: World, application: Application, number: str = "B-2019-0001") -> DecisionLetter:
    """Wil approves what asks it, Renske releases, and the letter is there."""
    now, draft = world.clock(), application.letter_draft
    assert draft is not None
    if releases.waits_for(draft) == "approval":
        releases.approve(draft, _person(db, world, "wil"), now)
    db.add(releases.release(application.round, _person(db, world, "renske"), [draft], now))
    letter = decisions.tell(application, number, now)
    db.add(letter)
    return letter


def _person(db: Session, world: World, who: str) -> Any:
    return db.get_one(User, world.people[who])
