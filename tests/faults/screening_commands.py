"""The commands of screening that are killed: drafts, standard texts, and what hangs on interests and second looks."""

from __future__ import annotations

import random

from sqlalchemy import exists, select

from portal.models import Conflict, FindingDraft, FormerEmployer, LiftedConflict, ReasonText, Review
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


def _recuse(scene: Scene, chance: random.Random) -> Act:
    review = _review(scene, chance)
    form = {"reason": f"Mijn buurman werkt daar sinds {chance.randint(1, 11)} maanden."}
    there = rows(Conflict, Conflict.reason == form["reason"])
    return Act(there, scene.post("ineke", f"/beoordelen/{review}/belang", form), is_refused_again=True)


def _employer(scene: Scene, chance: random.Random) -> Act:
    kvk = chance.choice(("12345678", "23456789"))
    form = {"name": f"Oude baas {chance.randint(1, 99)}", "kvk_number": kvk, "left_on": ""}
    there = rows(FormerEmployer, FormerEmployer.name == form["name"], exists().where(Conflict.grounds.is_not(None)))
    return Act(there, scene.post("ineke", "/beoordelen/werkgevers", form))


def _lift(scene: Scene, chance: random.Random) -> Act:
    form = {"name": "Oude baas", "kvk_number": chance.choice(("12345678", "23456789")), "left_on": ""}
    scene.post("ineke", "/beoordelen/werkgevers", form)()
    with scene.database.reading() as db:
        found = db.scalars(select(Conflict)).one()
    path = f"/rondes/{scene.round_id}/belangen/{found.id}/opheffen"
    there = rows(LiftedConflict, ~exists().where(Conflict.id == found.id))
    return Act(there, scene.post("renske", path, {"reason": "Het is een andere stichting."}), is_refused_again=True)


SCREENING = (
    Command("report an interest", "begun", _recuse),
    Command("enter an employer", "begun", _employer),
    Command("lift an interest", "begun", _lift),
    Command("keep what is being written", "begun", _draft),
    Command("keep a standard text", "begun", _text),
)
