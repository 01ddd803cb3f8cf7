"""The commands of questions, clarification notices and conversations that are killed."""

from __future__ import annotations

import random
from datetime import timedelta

from portal.cli import asking_script
from portal.models import (
    Clarification,
    ClarificationNotice,
    Conversation,
    Message,
    Post,
    PostOpening,
    Question,
    new_id,
)
from tests.faults.commands import Act, Command, one_of, rows
from tests.faults.scene import Scene

TEXT = "Telt ervaring van een onderaannemer mee bij deze eis?"
ANSWER = "Ja, als u zijn verklaring bij uw aanmelding voegt."


def _question(scene: Scene, who: str, *, sent: bool) -> str:
    step = asking_script.ask if sent else asking_script.write
    return step(scene.stage, scene.world.people[who], scene.round_id, TEXT)


def _answer(scene: Scene, *, approved: bool) -> str:
    asked = [_question(scene, who, sent=True) for who in ("anna", "karim")]
    answer = asking_script.answer(scene.stage, scene.world.people["ineke"], asked, TEXT, ANSWER)
    if approved:
        asking_script.approve(scene.stage, scene.world.people["joris"], answer)
    return answer


def _ask(scene: Scene, chance: random.Random) -> Act:
    form = {"attempt": new_id(), "subject": "", "text": f"{TEXT} ({chance.randint(1, 99)})"}
    there = rows(Question, Question.text == form["text"])
    path = "/procedures/meierij/meierij-2020/inlichtingen/vraag"
    return Act(there, scene.post(one_of(chance), path, form))


def _send(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    question = _question(scene, who, sent=False)
    there = rows(Question, Question.id == question, Question.state == "sent")
    return Act(there, scene.post(who, f"/vragen/{question}/versturen", {}))


def _together(scene: Scene, chance: random.Random) -> Act:
    asked = [_question(scene, who, sent=True) for who in ("anna", "karim")]
    path = f"/inlichtingen/{scene.round_id}/antwoorden"
    return Act(rows(Clarification), scene.post("ineke", path, {"question": asked}))


def _approve(scene: Scene, chance: random.Random) -> Act:
    answer = _answer(scene, approved=False)
    with scene.database.reading() as db:
        version = db.get_one(Clarification, answer).version
    there = rows(Clarification, Clarification.state == "approved")
    scene.sign_in("joris")
    path = f"/inlichtingen/antwoorden/{answer}/akkoord"
    return Act(there, scene.post("joris", path, {"version": version}))


def _publish(scene: Scene, chance: random.Random) -> Act:
    form = {"attempt": new_id(), "clarification": [_answer(scene, approved=True)], "when": "now"}
    there = rows(ClarificationNotice, ClarificationNotice.state == "published")
    return Act(there, scene.post("ineke", f"/inlichtingen/{scene.round_id}/nota", form))


def _publish_planned(scene: Scene, chance: random.Random) -> Act:
    at = scene.clock() + timedelta(hours=chance.randint(1, 5))
    answer = _answer(scene, approved=True)
    asking_script.publish(scene.stage, scene.world.people["ineke"], scene.round_id, [answer], at)
    scene.clock.set(at)
    there = rows(ClarificationNotice, ClarificationNotice.state == "published", ClarificationNotice.number == 1)
    return Act(there, tasks=("notices_to_publish",))


def _draw_up(scene: Scene, chance: random.Random) -> Act:
    answer = _answer(scene, approved=True)
    asking_script.publish(scene.stage, scene.world.people["ineke"], scene.round_id, [answer])
    return Act(rows(ClarificationNotice, ClarificationNotice.pdf_key.is_not(None)), tasks=("notices_to_draw_up",))


def _converse(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    about = f"aanmelding:{scene.ids[who]}"
    form = {"attempt": new_id(), "about": about, "title": "Certificaat", "text": f"Mag dat? {chance.random()}"}
    return Act(rows(Post, Post.text == form["text"]), scene.post(who, "/berichten/nieuw", form))


def _conversation(scene: Scene, who: str) -> str:
    return asking_script.converse(scene.stage, scene.world.people[who], scene.ids[who], "Certificaat", "Mag dat later?")


def _post(scene: Scene, chance: random.Random) -> Act:
    conversation = _conversation(scene, one_of(chance))
    form = {"attempt": new_id(), "text": f"Dat mag. {chance.random()}"}
    return Act(rows(Post, Post.text == form["text"]), scene.post("renske", f"/berichten/{conversation}", form))


def _open(scene: Scene, chance: random.Random) -> Act:
    conversation = _conversation(scene, one_of(chance))
    return Act(rows(PostOpening), scene.post("renske", f"/berichten/{conversation}/openen", {}))


def _point(scene: Scene, chance: random.Random) -> Act:
    _conversation(scene, one_of(chance))
    told = rows(Message, Message.template == "posts_waiting")
    waits = rows(Conversation, Conversation.authority_waits_since.is_not(None))
    # one mail to each of the three who may read it
    return Act(lambda scene: int(told(scene) == 3 and waits(scene) == 1), tasks=("people_to_point",))


ASKING: tuple[Command, ...] = (
    Command("ask a question", "open", _ask),
    Command("send a question", "open", _send),
    Command("take questions together", "open", _together),
    Command("approve an answer", "open", _approve),
    Command("publish a clarification notice", "open", _publish),
    Command("publish a planned notice", "open", _publish_planned, is_worker=True),
    Command("draw up a clarification notice", "open", _draw_up, is_worker=True),
    Command("begin a conversation", "complete", _converse),
    Command("post a message", "complete", _post),
    Command("open messages", "complete", _open),
    Command("point to messages", "complete", _point, is_worker=True),
)
