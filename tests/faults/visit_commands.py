"""The commands of visits to a location that are killed."""

from __future__ import annotations

import random
from datetime import timedelta

from portal.cli import visit_script
from portal.domain import calendar
from portal.models import SiteNote, SitePhoto, SiteVisit, new_id
from tests import visiting
from tests.faults.commands import Act, Command, rows
from tests.faults.scene import Scene

SEEN = "De regeling hangt niet in de hal."


def _planned(scene: Scene) -> str:
    day = calendar.add_working_days(calendar.local_day(scene.clock()), 6)
    return visiting.planned(scene.world, scene.ids["anna"], starts_at=visiting.at(10, day))


def _on_the_day(scene: Scene) -> str:
    visit = _planned(scene)
    with scene.database.reading() as db:
        scene.clock.set(db.get_one(SiteVisit, visit).starts_at + timedelta(hours=1))
        scene.ids["point"] = db.get_one(SiteVisit, visit).points[1].id
    for who in ("ineke", "anna"):
        scene.sign_in(who)
    return visit


def _recorded(scene: Scene) -> str:
    visit = _on_the_day(scene)
    visit_script.record(scene.stage, scene.world.people["ineke"], visit, {2: ("does_not_hold", SEEN)}, visiting.photo())
    return visit


def _sent(scene: Scene) -> str:
    visit = _recorded(scene)
    visit_script.send(scene.stage, scene.world.people["ineke"], visit)
    return visit


def _form(scene: Scene, day: int = 6) -> dict[str, object]:
    starts_on = calendar.add_working_days(calendar.local_day(scene.clock()), day)
    return {
        "starts_on": str(starts_on), "starts_time": "10:00", "place": "Dorpsstraat 12, Vught",
        "visitor": [scene.world.people["ineke"]], "have_ready": "",
    }  # fmt: skip


def _plan(scene: Scene, chance: random.Random) -> Act:
    attempt = new_id()
    form = {**_form(scene), "attempt": attempt, "place-key": ["T06"], "own": f"Is zaal {chance.randint(1, 9)} open?"}
    path = f"/beoordelen/{scene.ids['review']}/toetsingen/nieuw"
    return Act(rows(SiteVisit, SiteVisit.attempt == attempt), scene.post("ineke", path, form))


def _move(scene: Scene, chance: random.Random) -> Act:
    visit = _planned(scene)
    form = {**_form(scene, 8 + chance.randint(0, 9)), "reason": "De toezichthouder is ziek."}
    with scene.database.reading() as db:
        before = db.get_one(SiteVisit, visit).starts_at
    there = rows(SiteVisit, SiteVisit.id == visit, SiteVisit.starts_at > before)
    return Act(there, scene.post("ineke", f"/toetsingen/{visit}/verplaatsen", form))


def _cancel(scene: Scene, chance: random.Random) -> Act:
    visit = chance.choice((_planned, _sent))(scene)
    there = rows(SiteVisit, SiteVisit.id == visit, SiteVisit.state == "cancelled")
    form = {"cancel-reason": "De aanbieder trok het product terug."}
    return Act(there, scene.post("ineke", f"/toetsingen/{visit}/afzeggen", form))


def _note(scene: Scene, chance: random.Random) -> Act:
    visit, attempt = _on_the_day(scene), new_id()
    form = {"attempt": attempt, "verdict": "does_not_hold", "note": SEEN, "age": str(chance.randint(0, 900))}
    path = f"/veld/{visit}/punten/{scene.ids['point']}"
    return Act(rows(SiteNote, SiteNote.attempt == attempt), scene.post("ineke", path, form))


def _photograph(scene: Scene, chance: random.Random) -> Act:
    visit, attempt = _on_the_day(scene), new_id()
    path = f"/veld/{visit}/punten/{scene.ids['point']}/fotos?sleutel={attempt}"
    send = scene.put("ineke", path, "foto.jpg", visiting.photo(size=(chance.randint(40, 60), 40)))
    return Act(rows(SitePhoto, SitePhoto.attempt == attempt), send)


def _erase(scene: Scene, chance: random.Random) -> Act:
    visit = _recorded(scene)
    with scene.database.reading() as db:
        photo = db.get_one(SiteVisit, visit).points[0].photos[0].id
    there = rows(SitePhoto, SitePhoto.id == photo, SitePhoto.removed_at.is_not(None))
    return Act(there, scene.post("ineke", f"/toetsingen/{visit}/fotos/{photo}/weg", {}))


def _send(scene: Scene, chance: random.Random) -> Act:
    visit = _recorded(scene)
    there = rows(SiteVisit, SiteVisit.id == visit, SiteVisit.state == "sent")
    return Act(there, scene.post("ineke", f"/toetsingen/{visit}/versturen", {}))


def _reply(scene: Scene, chance: random.Random) -> Act:
    visit = _sent(scene)
    form = {
        f"reply-{scene.ids['point']}": f"Zij hangt er sinds {chance.randint(1, 9)} uur.",
        "based_on": "0", "doe": "versturen",
    }  # fmt: skip
    path = f"/aanmeldingen/{scene.ids['anna']}/toetsingen/{visit}/reactie"
    there = rows(SiteVisit, SiteVisit.id == visit, SiteVisit.replied_at.is_not(None))
    return Act(there, scene.post("anna", path, form))


def _establish(scene: Scene, chance: random.Random) -> Act:
    visit = _sent(scene)
    visit_script.reply(scene.stage, scene.world.people["anna"], visit, {})
    with scene.database.reading() as db:
        found = {f"outcome-{one.id}": one.latest.verdict for one in db.get_one(SiteVisit, visit).points if one.latest}
    form = {**found, "conclusion": f"Op {chance.randint(1, 9)} punten is het zoals opgegeven."}
    there = rows(SiteVisit, SiteVisit.id == visit, SiteVisit.state == "established")
    return Act(there, scene.post("ineke", f"/toetsingen/{visit}/uitkomst", form))


def _draw_up(scene: Scene, chance: random.Random) -> Act:
    visit = _sent(scene)
    visit_script.reply(scene.stage, scene.world.people["anna"], visit, {})
    visit_script.establish(scene.stage, scene.world.people["ineke"], visit, {}, "Het is zoals opgegeven, op één na.")
    there = rows(SiteVisit, SiteVisit.id == visit, SiteVisit.pdf_key.is_not(None))
    return Act(there, tasks=("site_reports_to_draw_up",))


VISITS: tuple[Command, ...] = (
    Command("plan a visit", "begun", _plan),
    Command("move a visit", "begun", _move),
    Command("cancel a visit", "begun", _cancel),
    Command("note on a visit", "begun", _note),
    Command("photograph on a visit", "begun", _photograph),
    Command("erase a photograph", "begun", _erase),
    Command("send a report of a visit", "begun", _send),
    Command("reply to a report", "begun", _reply),
    Command("establish a visit", "begun", _establish),
    Command("draw up a report of a visit", "begun", _draw_up, is_worker=True),
)
