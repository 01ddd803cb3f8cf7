"""The commands between a verdict and a signature that are killed: terms, letters, releasing, objections, a lawsuit."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.cli import script
from portal.cli.script import Verdict
from portal.domain import calendar, letters, objections, suspensions
from portal.models import (
    Application,
    Decision,
    DecisionLetter,
    DecisionRelease,
    LetterDraft,
    Message,
    Objection,
    Review,
    SigningBlock,
    TermSuspension,
    User,
)
from tests.faults.commands import Act, Command, rows
from tests.faults.scene import Scene
from tests.faults.situations import MADE_FROM

WHY = "Uit de stukken blijkt niet dat u aan deze eis voldoet."
REASON = "In hoofdstuk 3 van de regeling staat het wel met zoveel woorden."
NICER = "U hebt zich bij ons aangemeld. In deze brief leest u wat wij besloten, en waarom."


def _people(scene: Scene) -> dict[str, str]:
    return scene.world.people


def _refusal_confirmed(scene: Scene) -> None:
    people, anna = _people(scene), scene.ids["anna"]
    script.judge(scene.stage, people["ineke"], anna, {"T06": Verdict("fails", WHY)})
    script.propose(scene.stage, people["ineke"], anna)
    script.confirm(scene.stage, people["joris"], anna)
    script.declare(scene.stage, people["wil"], scene.round_id)


def _letter_edited(scene: Scene) -> None:
    with scene.database.transaction() as db:
        draft = db.scalars(select(LetterDraft)).one()
        facts = {"kind": "open_house", "lots": [], "findings": [], "outcome": "refused", "procedure": "P", "round": "R",
                 "standstill_days": 0, "remedy_clause": "U kunt naar de rechter gaan."}  # fmt: skip
        ineke = db.get_one(User, _people(scene)["ineke"])
        letters.edit(draft, ineke, facts, {"opening": NICER}, scene.clock(), based_on=0)


def _refusal_told(scene: Scene) -> None:
    script.approve(scene.stage, _people(scene)["wil"], scene.ids["anna"])
    script.tell(scene.stage, _people(scene)["renske"], scene.ids["anna"])
    scene.work()


def _objection_filed(scene: Scene) -> None:
    scene.ids["objection"] = script.object_to(scene.stage, _people(scene)["anna"], scene.ids["anna"], REASON)


def _step(scene: Scene, who: str, act: Any) -> None:
    with scene.database.transaction() as db:
        one, actor = db.get_one(Objection, scene.ids["objection"]), db.get_one(User, _people(scene)[who])
        act(one, actor, scene.clock())


def _objection_heard(scene: Scene) -> None:
    _step(scene, "ineke", lambda one, actor, now: objections.hear(one, actor, REASON, now))


def _objection_advised(scene: Scene) -> None:
    _step(scene, "renske", lambda one, actor, now: objections.advise(one, actor, "founded", REASON, now))


def _objection_proposed(scene: Scene) -> None:
    def act(one: Objection, actor: User, now: Any) -> None:
        cells = [(each.product_id, each.municipality_id) for each in one.application.decisions]
        objections.propose(one, actor, "founded", REASON, cells, now)

    _step(scene, "ineke", act)


def _suspended(scene: Scene) -> None:
    with scene.database.transaction() as db:
        application, ineke = db.get_one(Application, scene.ids["anna"]), db.get_one(User, _people(scene)["ineke"])
        suspensions.suspend(application, "applicant", ineke, WHY, scene.clock())
    scene.clock.advance(timedelta(minutes=5))


def _term_ends(scene: Scene) -> None:
    with scene.database.reading() as db:
        due_on = db.get_one(Review, scene.ids["review"]).due_on
    scene.clock.set(calendar.end_of_day(due_on - timedelta(days=8)))


MADE_FROM.update(
    {
        "term suspended": ("begun", _suspended),
        "decision term ends": ("begun", _term_ends),
        "refusal confirmed": ("begun", _refusal_confirmed),
        "letter edited": ("refusal confirmed", _letter_edited),
        "refusal told": ("refusal confirmed", _refusal_told),
        "objection filed": ("refusal told", _objection_filed),
        "objection heard": ("objection filed", _objection_heard),
        "objection advised": ("objection heard", _objection_advised),
        "objection proposed": ("objection advised", _objection_proposed),
    }
)


def _suspend(scene: Scene, chance: random.Random) -> Act:
    there = rows(TermSuspension, TermSuspension.ended_at.is_(None))
    form = {"term": "decision", "kind": "applicant", "reason": WHY}
    return Act(there, scene.post("ineke", f"/beoordelen/{scene.ids['review']}/termijnen/stilzetten", form))


def _resume(scene: Scene, chance: random.Random) -> Act:
    there = rows(TermSuspension, TermSuspension.ended_at.is_not(None))
    form = {"term": "decision", "kind": "applicant", "reason": WHY}
    return Act(there, scene.post("ineke", f"/beoordelen/{scene.ids['review']}/termijnen/hervatten", form))


def _alarm(scene: Scene, chance: random.Random) -> Act:
    told = rows(Message, Message.template == "decision_term_ends")
    return Act(lambda scene: told(scene) // 3, tasks=("rounds_to_alarm",))


def _edit(scene: Scene, chance: random.Random) -> Act:
    there = rows(LetterDraft, LetterDraft.state == "edited", LetterDraft.version == 1)
    form = {"based_on": "0", "opening": NICER}
    return Act(there, scene.post("ineke", f"/besluiten/{scene.ids['anna']}/brief", form))


def _agree(scene: Scene, chance: random.Random) -> Act:
    there = rows(LetterDraft, LetterDraft.state == "agreed")
    return Act(there, scene.post("joris", f"/besluiten/{scene.ids['anna']}/brief/akkoord", {"version": "1"}))


def _approve(scene: Scene, chance: random.Random) -> Act:
    there = rows(LetterDraft, LetterDraft.state == "approved")
    return Act(there, scene.post("wil", f"/besluiten/{scene.ids['anna']}/goedkeuren", {}))


def _decline(scene: Scene, chance: random.Random) -> Act:
    there = rows(Review, Review.id == scene.ids["review"], Review.state == "started")
    path = f"/besluiten/{scene.ids['anna']}/niet-goedkeuren"
    return Act(there, scene.post("wil", path, {"reason": REASON}), is_refused_again=True)


def _release(scene: Scene, chance: random.Random) -> Act:
    """Two are chosen in one act and told one by one: half-way is not there yet."""

    def count(scene: Scene) -> int:
        told = rows(DecisionLetter)(scene)
        return told - 1 if told > 2 else int(told == 2 and rows(DecisionRelease)(scene) == 1)

    form = {"welke": "gekozen", "application": [scene.ids["anna"], scene.ids["karim"]]}
    return Act(count, scene.post("renske", f"/rondes/{scene.round_id}/bekendmaken", form))


def _file(scene: Scene, chance: random.Random) -> Act:
    return Act(rows(Objection), scene.post("anna", f"/aanmeldingen/{scene.ids['anna']}/bezwaar", {"grounds": REASON}))


def _withdraw(scene: Scene, chance: random.Random) -> Act:
    there = rows(Objection, Objection.state == "withdrawn")
    return Act(there, scene.post("anna", f"/aanmeldingen/{scene.ids['anna']}/bezwaar/intrekken", {}))


def _enter(scene: Scene, chance: random.Random) -> Act:
    form = {"grounds": REASON, "received_on": str(calendar.local_day(scene.clock()))}
    there = rows(Objection, Objection.is_on_paper.is_(True))
    return Act(there, scene.post("ineke", f"/besluiten/{scene.ids['anna']}/bezwaar", form))


def _case(state: str, who: str, end: str, form: dict[str, Any], *, is_refused_again: bool = False) -> Any:
    """One act on the objection that leads to `state`."""

    def prepare(scene: Scene, chance: random.Random) -> Act:
        path = f"/bezwaren/{scene.ids['objection']}/{end}"
        return Act(rows(Objection, Objection.state == state), scene.post(who, path, form), is_refused_again)

    return prepare


def _plan(scene: Scene, chance: random.Random) -> Act:
    day = calendar.local_day(scene.clock()) + timedelta(days=chance.randint(7, 20))
    form = {"hearing_at": str(day), "hearing_time": "10:00", "hearing_place": "Stadhuis, kamer 3"}
    path = f"/bezwaren/{scene.ids['objection']}/hoorzitting"
    return Act(rows(Message, Message.template == "objection_hearing"), scene.post("ineke", path, form))


def _propose(scene: Scene, chance: random.Random) -> Act:
    with scene.database.reading() as db:
        found = db.scalars(select(Decision).where(Decision.outcome == "refused")).all()
        cells = [f"{one.product_id}:{one.municipality_id}" for one in found]
    form = {"outcome": "founded", "reason": REASON, "cell": cells}
    path = f"/bezwaren/{scene.ids['objection']}/voorstel"
    there = rows(Objection, Objection.state == "proposed")
    return Act(there, scene.post("ineke", path, form), is_refused_again=True)


def _confirm(scene: Scene, chance: random.Random) -> Act:
    """The outcome, three revised decisions and the letter are one."""

    def count(scene: Scene) -> int:
        revised, letters_ = rows(Decision, Decision.sequence == 2)(scene), rows(DecisionLetter)(scene)
        return int((revised, letters_, rows(Objection, Objection.state == "decided")(scene)) == (3, 2, 1))

    path = f"/bezwaren/{scene.ids['objection']}/vaststellen"
    return Act(count, scene.post("joris", path, {}), is_refused_again=True)


def _block(scene: Scene, chance: random.Random) -> Act:
    form = {"stage": "announced", "reason": "De aanbieder kondigde een kort geding aan."}
    there = rows(SigningBlock, SigningBlock.lifted_at.is_(None))
    return Act(there, scene.post("renske", f"/rondes/{scene.round_id}/rechtszaak", form))


DECIDING: tuple[Command, ...] = (
    Command("let a term stand still", "begun", _suspend),
    Command("let a term run again", "term suspended", _resume),
    Command("tell that decision terms end", "decision term ends", _alarm, is_worker=True),
    Command("change a letter", "refusal confirmed", _edit),
    Command("agree to a changed letter", "letter edited", _agree),
    Command("approve a refusal", "refusal confirmed", _approve),
    Command("not approve a refusal", "refusal confirmed", _decline),
    Command("release chosen decisions", "confirmed", _release),
    Command("file an objection", "refusal told", _file),
    Command("withdraw an objection", "objection filed", _withdraw),
    Command("enter an objection on paper", "refusal told", _enter),
    Command("plan a hearing", "objection filed", _plan),
    Command("minute a hearing", "objection filed", _case("heard", "ineke", "verslag", {"minutes": REASON})),
    Command(
        "advise on an objection",
        "objection heard",
        _case("advised", "renske", "advies", {"outcome": "founded", "advice": REASON}),
    ),
    Command("propose the outcome of an objection", "objection advised", _propose),
    Command("decide on an objection", "objection proposed", _confirm),
    Command("note a lawsuit", "refusal told", _block),
)
