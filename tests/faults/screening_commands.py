"""The commands of screening that are killed: drafts, standard texts, and what hangs on interests and second looks."""

from __future__ import annotations

import random

from sqlalchemy import exists, select

from portal.domain import reviews, side_reviews
from portal.models import (
    Conflict,
    Finding,
    FindingDraft,
    FormerEmployer,
    JointVerdict,
    LiftedConflict,
    Procedure,
    ReasonText,
    Review,
    ShadowReviewer,
    SideReview,
    SideVerdict,
    User,
)
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


# A second reviewer, and a shadow


def _ask_own_verdicts(scene: Scene) -> None:
    """The procedure wants own verdicts of the second inkoper, whatever is proposed."""
    with scene.database.transaction() as db:
        procedure = db.get_one(Procedure, scene.world.procedure_id)
        terms = {**procedure.settings["terms"], "second_reviewer": "all"}
        procedure.settings = {**procedure.settings, "terms": terms}


def _give_own(scene: Scene, *, finish: bool) -> None:
    """Joris meets Ineke at every place but one."""
    with scene.database.transaction() as db:
        review, joris = db.get_one(Review, scene.ids["review"]), db.get_one(User, scene.world.people["joris"])
        for item in reviews.items(review):
            found = item.finding
            verdict, reason = (found.verdict, found.reason) if found else ("meets", "")
            if item.key == "T06":
                verdict, reason = "fails", "De regeling noemt geen termijn."
            codes = found.product_codes if found else []
            side_reviews.give(review, joris, item, verdict, reason, scene.clock(), product_codes=codes)
        if finish:
            side_reviews.finish(review, joris, scene.clock())


def _give(scene: Scene, chance: random.Random) -> Act:
    _ask_own_verdicts(scene)
    form = {"verdict": "fails", "reason": f"De regeling noemt {chance.randint(2, 99)} weken."}
    there = rows(SideVerdict, SideVerdict.reason == form["reason"])
    return Act(there, scene.post("joris", f"/beoordelen/{scene.ids['review']}/eigen/T06", form))


def _finish(scene: Scene, chance: random.Random) -> Act:
    _ask_own_verdicts(scene)
    _give_own(scene, finish=False)
    there = rows(SideReview, SideReview.finished_at.is_not(None))
    return Act(there, scene.post("joris", f"/beoordelen/{scene.ids['review']}/eigen", {}))


def _propose_joint(scene: Scene, chance: random.Random) -> Act:
    _ask_own_verdicts(scene)
    _give_own(scene, finish=True)
    form = {
        "verdict": chance.choice(("meets", "fails")),
        "reason": f"Wij lazen samen bladzijde {chance.randint(2, 99)}.",
    }
    there = rows(JointVerdict, JointVerdict.reason == form["reason"])
    return Act(there, scene.post("joris", f"/beoordelen/{scene.ids['review']}/samen/T06", form))


def _agree(scene: Scene, chance: random.Random) -> Act:
    act = _propose_joint(scene, chance)
    assert act.send is not None
    act.send()
    with scene.database.reading() as db:
        joint = db.scalars(select(JointVerdict)).one()
    there = rows(Finding, Finding.agreed_by_id.is_not(None), Finding.reason == joint.reason)
    return Act(there, scene.post("ineke", f"/beoordelen/{scene.ids['review']}/samen/{joint.id}/akkoord", {}))


def _shadow(scene: Scene, chance: random.Random) -> Act:
    user = scene.world.people[chance.choice(("ineke", "joris"))]
    there = rows(ShadowReviewer, ShadowReviewer.user_id == user)
    return Act(there, scene.post("renske", f"/rondes/{scene.round_id}/schaduw", {"user": user}))


SCREENING = (
    Command("give an own verdict", "proposed", _give),
    Command("finish own verdicts", "proposed", _finish),
    Command("propose a joint verdict", "proposed", _propose_joint),
    Command("agree to a joint verdict", "proposed", _agree),
    Command("name a shadow", "begun", _shadow),
    Command("report an interest", "begun", _recuse),
    Command("enter an employer", "begun", _employer),
    Command("lift an interest", "begun", _lift),
    Command("keep what is being written", "begun", _draft),
    Command("keep a standard text", "begun", _text),
)
