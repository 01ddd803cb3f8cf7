"""The commands of preparing and sending remedy that are killed."""

from __future__ import annotations

import random

from sqlalchemy import select

from portal.cli import script
from portal.cli.script import Verdict
from portal.domain import equal_treatment
from portal.models import AuditEvent, RemedyDraft, RemedyRequest, Round, TreatmentExplanation
from tests.faults.commands import Act, Command, rows, wants_remedy
from tests.faults.scene import Scene


def _path(scene: Scene, step: str = "") -> str:
    return f"/beoordelen/{scene.ids['review']}/herstel{step}"


def _ready(scene: Scene, chance: random.Random) -> RemedyDraft:
    wants_remedy(scene, chance)
    script.prepare_remedy(scene.stage, scene.world.people["ineke"], scene.ids["anna"])
    with scene.database.reading() as db:
        return db.scalars(select(RemedyDraft)).one()


def _prepare(scene: Scene, chance: random.Random) -> Act:
    wants_remedy(scene, chance)
    there = rows(RemedyDraft, RemedyDraft.review_id == scene.ids["review"])
    return Act(there, scene.post("ineke", _path(scene), {}))


def _rewrite(scene: Scene, chance: random.Random) -> Act:
    draft = _ready(scene, chance)
    form = {f"question-{key}": f"Stuur het hele stuk nog eens ({chance.randint(1, 99)})." for key in draft.questions}
    there = rows(RemedyDraft, RemedyDraft.id == draft.id, RemedyDraft.version == 2)
    return Act(there, scene.post("ineke", _path(scene, "/vragen"), {**form, "based_on": "1"}))


def _withdraw(scene: Scene, chance: random.Random) -> Act:
    _ready(scene, chance)
    return Act(
        rows(AuditEvent, AuditEvent.act == "withdraw_remedy"), scene.post("ineke", _path(scene, "/intrekken"), {})
    )


def _send(scene: Scene, chance: random.Random) -> Act:
    draft = _ready(scene, chance)
    there = rows(RemedyRequest, RemedyRequest.review_id == scene.ids["review"])
    path = f"/rondes/{scene.round_id}/herstel"
    return Act(there, scene.post("renske", path, {"draft": [draft.id]}), is_refused_again=True)


def _explain(scene: Scene, chance: random.Random) -> Act:
    key = wants_remedy(scene, chance)
    people = scene.world.people
    for who, verdict in (("anna", "remedy"), ("karim", "fails")):
        found = {key: Verdict(verdict, "Het stuk is niet volledig.", defect="incomplete")}
        script.judge(scene.stage, people["ineke"], scene.ids[who], found)
    with scene.database.reading() as db:
        (difference,) = equal_treatment.differences(db.get_one(Round, scene.round_id))
    form = {"seen": difference.seen, "reason": f"Dit zijn niet dezelfde gevallen ({chance.randint(1, 99)})."}
    path = f"/rondes/{scene.round_id}/gelijke-behandeling/{difference.key}"
    return Act(rows(TreatmentExplanation), scene.post("renske", path, form))


REMEDYING = (
    Command("prepare remedy", "begun", _prepare),
    Command("rewrite remedy", "begun", _rewrite),
    Command("withdraw remedy", "begun", _withdraw),
    Command("release remedy", "begun", _send),
    Command("explain a difference", "begun", _explain),
)
