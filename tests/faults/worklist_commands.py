"""The commands of the work list that are killed: many dossiers in one act, and views with a name."""

from __future__ import annotations

import random

from sqlalchemy import select

from portal.models import AuditEvent, Message, Review, SavedView
from tests.faults.commands import Act, Command, rows
from tests.faults.scene import Scene


def _reviews(scene: Scene) -> list[str]:
    with scene.database.reading() as db:
        return list(db.scalars(select(Review.id).order_by(Review.id)))


def _assign(scene: Scene, chance: random.Random) -> Act:
    who = chance.choice(("ineke", "joris"))
    there, reviews = rows(Review, Review.first_by_id == scene.world.people[who]), _reviews(scene)
    events = rows(AuditEvent, AuditEvent.act == "assign")

    def count(scene: Scene) -> int:
        """Both dossiers, each with one event: all of it or nothing."""
        both = there(scene), events(scene)
        return int(both == (len(reviews), len(reviews))) if both != (0, 0) else 0

    form = {"id": reviews, "collega": scene.world.people[who]}
    return Act(count, scene.post("ineke", "/beoordelen/toewijzen?kies=ja", form))


def _remind(scene: Scene, chance: random.Random) -> Act:
    there = rows(Message, Message.template == "reviews_waiting")
    return Act(there, scene.post("joris", "/beoordelen/herinneren?kies=ja", {"id": _reviews(scene)}))


def _save(scene: Scene, chance: random.Random) -> Act:
    name = f"Mijn lijst {chance.randint(1, 99)}"
    form = {"weergave": name, "gedeeld": chance.choice(("", "ja"))}
    there = rows(SavedView, SavedView.name == name)
    return Act(there, scene.post("ineke", "/beoordelen/weergaven?binnen=7", form))


def _remove(scene: Scene, chance: random.Random) -> Act:
    act = _save(scene, chance)
    assert act.send is not None
    act.send()
    with scene.database.reading() as db:
        view = db.scalars(select(SavedView.id)).one()
    there = rows(AuditEvent, AuditEvent.act == "remove_view")
    return Act(there, scene.post("ineke", f"/beoordelen/weergaven/{view}/verwijderen", {}), is_refused_again=True)


WORK_LIST: tuple[Command, ...] = (
    Command("assign many", "closed", _assign),
    Command("remind colleagues", "begun", _remind),
    Command("save a view", "closed", _save),
    Command("remove a view", "closed", _remove),
)
