"""What people try in the integrity compartment, in it and from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.domain import integrity
from portal.domain import integrity_files as files
from portal.domain.integrity_files import Assessment
from portal.errors import NotFound
from portal.models import IntegrityFile, new_id
from portal.queries import integrity as queries
from tests.plays.play import OFFICIALS, SECRET, Desk, Play, move
from tests.plays.view import View

LONG = "Hier staat genoeg om een motivering van minstens dertig tekens te zijn."
FOUND = {
    "proceed": Assessment("none", "proceed", LONG),
    "conditions": Assessment("lesser", "conditions", LONG, conditions=LONG),
    "refuse": Assessment("serious", "refuse", LONG, proportionality=LONG),
}


def _file(play: Play, desk: Desk, at: str) -> IntegrityFile:
    """The file of the applicant, as its page finds it."""
    found = queries.check(desk.db, desk.check(play.dossiers[at][0]).id, desk.actor.id)
    if found is None:
        raise NotFound("Dit bestaat niet.")
    return found.files[0]


def _in_the_file(play: Play, who: str, at: str, act: Callable[..., Any], **more: Any) -> bool:
    """Open the file with a purpose, and do one act with a sealed paper. The paper's key is its word here."""
    before = play.changed
    play.changed = False
    with play.act(who) as desk:
        file = _file(play, desk, at)
        if play.chance(0.95):
            integrity.open_file(file, desk.actor, play.say("bibob"), desk.now)
        act(file, desk.actor, **more, now=desk.now)
    done, play.changed = play.changed, play.changed or before
    return done


def _paper(play: Play) -> dict[str, str]:
    return {"key": f"papers/{SECRET.search(play.say('bibob'))[0]}/{new_id()}", "attempt": new_id()}


def _remembered(play: Play, at: str, what: str) -> Any:
    return play.memory.get((what, at))


@move(lambda view: view.check == "pending" and view.file == "open", 3.5)
def find_nothing(play: Play, at: str) -> None:
    """The officer closes it alone: there is no objection about anybody."""
    with play.act(play.who("bram")) as desk:
        check = queries.check(desk.db, desk.check(play.dossiers[at][0]).id, desk.actor.id)
        if check is None:
            raise NotFound("Dit bestaat niet.")
        outcome = "no_objection" if play.chance(0.95) else "objection"
        integrity.record_outcome(check, desk.actor, outcome, None, desk.now)


@move(lambda view: view.check == "pending" and view.file == "open", 0.6)
def clear_a_file(play: Play, at: str) -> None:
    _in_the_file(play, play.who("bram"), at, files.clear, **_paper(play))


@move(lambda view: view.check == "pending" and view.file == "open", 1)
def note_research(play: Play, at: str) -> None:
    _in_the_file(play, play.who("bram"), at, files.note_research, **_paper(play))


@move(lambda view: view.check == "pending" and view.file == "open", 1)
def ask_advice(play: Play, at: str) -> None:
    _in_the_file(play, play.who("bram"), at, files.ask_advice, **_paper(play))


@move(lambda view: view.file == "suspended", 0.5)
def extend_pause_or_continue(play: Play, at: str) -> None:
    act = play.among((files.extend_advice, files.pause_advice, files.continue_advice, files.go_on_without))
    _in_the_file(play, "bram", at, act)


@move(lambda view: view.file == "suspended", 5)
def receive_advice(play: Play, at: str) -> None:
    danger = play.among(("none", "lesser", "serious"))
    if _in_the_file(play, play.who("bram"), at, files.receive_advice, **_paper(play)):
        play.memory["advised", at] = danger


@move(lambda view: view.check == "pending" and view.file == "open", 1)
def announce(play: Play, at: str) -> None:
    found = play.among((FOUND["conditions"], FOUND["refuse"]))
    if _in_the_file(play, play.who("bram"), at, files.announce, **_paper(play), found=_weighed(play, at, found),
                    advised=_remembered(play, at, "advised")):  # fmt: skip
        play.memory["announced", at] = found.consequence


def _weighed(play: Play, at: str, found: Assessment) -> Assessment:
    """With why it deviates from the advice, where it does; now and then without."""
    deviation = LONG if play.chance(0.9) else ""
    return Assessment(found.danger, found.consequence, LONG, deviation, found.proportionality, found.conditions)


@move(lambda view: view.file == "hearing", 3)
def give_a_view(play: Play, at: str) -> None:
    who = play.applicant(at)
    with play.act(who) as desk:
        key = play.one("SELECT f.id FROM integrity_files f JOIN integrity_checks c ON c.id = f.check_id"
                       " WHERE c.application_id = ?", play.dossiers[at][0])  # fmt: skip
        found = queries.own_file(desk.db, key, desk.actor.organisation_id or "")
        if found is None:
            raise NotFound("Dit bestaat niet.")
        paper = _paper(play)
        files.answer(found, desk.actor, paper["key"], paper["attempt"], desk.now)


@move(lambda view: view.check == "pending" and view.file in {"open", "hearing"}, 1.5)
def propose_an_assessment(play: Play, at: str) -> None:
    announced = _remembered(play, at, "announced")
    found = FOUND[announced] if announced and play.chance(0.8) else play.among(list(FOUND.values()))
    if _in_the_file(play, play.who("bram"), at, files.propose, **_paper(play), found=_weighed(play, at, found),
                    advised=_remembered(play, at, "advised"), announced=announced):  # fmt: skip
        play.memory["proposed", at] = found


@move(lambda view: view.file == "proposed", 6)
def decide_an_assessment(play: Play, at: str) -> None:
    found = _remembered(play, at, "proposed") or FOUND["proceed"]
    _in_the_file(play, play.who("dina"), at, files.decide, **_paper(play), found=found)


@move(lambda view: view.file == "proposed", 0.5)
def send_an_assessment_back(play: Play, at: str) -> None:
    _in_the_file(play, play.who("dina"), at, files.send_back, **_paper(play), remark=play.reason(play.say("bibob")))


@move(lambda view: True, 0.2, bad=True)
def open_the_compartment_from_outside(play: Play, at: str) -> None:
    """Whoever is neither officer nor decider, administrators included."""
    with play.act(play.among(set(OFFICIALS) - {"bram", "dina"})) as desk:
        integrity.open_file(desk.check(play.dossiers[at][0]).files[0], desk.actor, play.say("bibob"), desk.now)


def _is_open(view: View) -> bool:
    return view.check == "pending"


@move(_is_open, 0.1, bad=True)
def decide_alone_that_there_is_an_objection(play: Play, at: str) -> None:
    with play.act("bram") as desk:
        integrity.record_outcome(desk.check(play.dossiers[at][0]), desk.actor, "objection", None, desk.now)
