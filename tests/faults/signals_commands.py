"""The commands of signals that are killed."""

from __future__ import annotations

import random

from sqlalchemy import select

from portal.models import Signal, SignalLook, SignalRun
from tests.faults.commands import Act, Command, rows
from tests.faults.scene import Scene


def _compute(scene: Scene, chance: random.Random) -> Act:
    def count(scene: Scene) -> int:
        """Two dossiers, each looked at once."""
        runs = rows(SignalRun)(scene)
        return int(runs == 2) if runs <= 2 else runs

    return Act(count)


def _look(scene: Scene, chance: random.Random) -> Act:
    with scene.database.reading() as db:
        signal = db.scalars(select(Signal.id).where(Signal.review_id == scene.ids["review"])).first()
    note = f"Nagekeken ({chance.randint(1, 99)})."
    path = f"/beoordelen/{scene.ids['review']}/signalen/{signal}/gezien"
    return Act(rows(SignalLook, SignalLook.note == note), scene.post("ineke", path, {"note": note}))


SIGNALS: tuple[Command, ...] = (
    Command("compute signals", "at_closing", _compute, is_worker=True),
    Command("look at a signal", "begun", _look),
)
