"""The commands of screening that are killed: drafts, standard texts, and what hangs on interests and second looks."""

from __future__ import annotations

import random

from sqlalchemy import select

from portal.models import FindingDraft, ReasonText, Review
from tests.faults.commands import Act, Command, rows
from tests.faults.scene import Scene

TEXT = "In {stuk} ontbreekt de handtekening van het bestuur."


def _review(scene: Scene, chance: random.Random) -> str:
    with scene.database.reading() as db:
        return chance.choice(list(db.scalars(select(Review.id).order_by(Review.id))))


def _draft(scene: Scene, chance: random.Random) -> Act:
    form = {"verdict": "fails", "reason": f"De regeling noemt {chance.randint(2, 99)} weken", "based_on": "0"}
    there = rows(FindingDraft, FindingDraft.reason == form["reason"])
    return Act(there, scene.post("ineke", f"/beoordelen/{_review(scene, chance)}/concept/T06", form))


def _text(scene: Scene, chance: random.Random) -> Act:
    form = {"verdict": "fails", "requirement_type": "document", "text": f"{TEXT} ({chance.randint(1, 99)})"}
    return Act(
        rows(ReasonText, ReasonText.text == form["text"]), scene.post("ineke", "/beoordelen/standaardteksten", form)
    )


SCREENING = (
    Command("keep what is being written", "begun", _draft),
    Command("keep a standard text", "begun", _text),
)
