"""The commands of case files that are killed."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import select

from portal.models import CaseFile, Document, Evidence, Redaction, new_id
from tests.faults.commands import Act, Command, rows
from tests.faults.scene import Scene


def _path(scene: Scene, end: str = "") -> str:
    return f"/beoordelen/{scene.ids['review']}/procesdossier{end}"


def _ask(scene: Scene, chance: random.Random) -> Act:
    attempt = new_id()
    form = {"attempt": attempt, "purpose": "own"}
    return Act(rows(CaseFile, CaseFile.attempt == attempt), scene.post("ineke", _path(scene), form))


def _make(scene: Scene, chance: random.Random) -> Act:
    scene.post("ineke", _path(scene), {"attempt": new_id(), "purpose": "own"})()
    # it is made a few seconds at a time, and each time the worker comes back for the rest
    return Act(rows(CaseFile, CaseFile.made_at.is_not(None)), tasks=("case_files_to_make",))


def _remove(scene: Scene, chance: random.Random) -> Act:
    scene.post("ineke", _path(scene), {"attempt": new_id(), "purpose": "own"})()
    scene.clock.set(scene.clock() + timedelta(days=31))
    return Act(rows(CaseFile, CaseFile.removed_at.is_not(None)), tasks=("case_files_to_remove",))


def _mark(scene: Scene, chance: random.Random) -> Act:
    used = select(Document.id).join(Evidence, Evidence.document_id == Document.id)
    with scene.database.reading() as db:
        document = db.scalars(
            used.where(Evidence.application_id == scene.ids["anna"], Evidence.requirement_id.is_not(None))
        ).first()
    form = {"ground": "woo_5_1_2_e", "left": str(chance.randint(1, 40)), "top": "10", "width": "20", "height": "5"}
    there = rows(Redaction, Redaction.document_id == document)
    return Act(there, scene.post("ineke", _path(scene, f"/onleesbaar/{document}?pagina=1"), form))


CASE_FILES: tuple[Command, ...] = (
    Command("ask for a case file", "begun", _ask),
    Command("make a case file", "begun", _make, is_worker=True),
    Command("remove a case file", "begun", _remove, is_worker=True),
    Command("mark a part as unreadable", "begun", _mark),
)
