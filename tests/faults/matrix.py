"""The N-loop: a command is killed at site 1, 2, 3, ... until it passes; after each kill the portal must be whole."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portal.faults import Plan, arm
from tests.faults import situations
from tests.faults.commands import Act, Command
from tests.faults.invariants import broken
from tests.faults.scene import Scene

FURTHEST = 400
"""No command passes so many sites; one that does goes round in circles."""


@dataclass
class Result:
    """What came of one command on one ground with one seed."""

    command: str
    ground: str
    seed: int
    step: int = 1
    points: int = 0
    violations: list[str] = field(default_factory=list)
    sites: Counter[str] = field(default_factory=Counter)


def play(scene: Scene, command: Command, seed: int, *, most: int = FURTHEST) -> Result:
    """Kill `command` at every site, or at `most` of them, spread evenly, each seed beginning elsewhere.

    Gives at how many, and what was not as it must be.
    """
    result = Result(command.name, scene.ground.name, seed)
    chance = random.Random(f"{command.name} {seed}")
    situations.restore(scene, command.situation)
    if chance.random() < 0.5 and not command.is_worker:
        scene.work()  # what was due before is done, or waits beside what the command makes due
    act = command.prepare(scene, chance)
    follows = command.is_worker or chance.random() < 0.5
    scene.save("command")
    # First undisturbed: what is slow and made once is then at hand in every child.
    result.sites = Counter(_sites(scene, act, works=follows))
    step = result.step = -(-result.sites.total() // most)
    for number in range(1 + seed * max(1, step // 3) % step, FURTHEST, step):
        scene.restore("command")
        acks, is_killed = _in_child(scene, number, act, works=follows)
        # Restarted: the same data, a new process. The child is gone, and the parent has nothing open.
        scene.let_go()
        wrong = _judge(scene, act, acks)
        result.points += is_killed
        result.violations += [f"killed at site {number}: {one}" for one in wrong]
        if not is_killed:
            break
    else:
        result.violations.append("it never ended")
    return result


def _judge(scene: Scene, act: Act, acks: list[dict[str, Any]]) -> list[str]:
    """After the kill: recover, check, send again with the same key, check again."""
    wrong: list[str] = []
    if act.send is not None:
        before = act.count(scene)
        if acks and before != 1:
            wrong.append(f"I1: acknowledged {acks[0]}, but there {before} times")
        if not acks and before not in (0, 1):
            wrong.append(f"I2: not acknowledged, and there {before} times")
    scene.recover()
    if act.send is not None:
        wrong += broken(scene)
        again = act.send()
        if again["status"] >= 500 or (acks and not act.is_refused_again and again != acks[0]):
            wrong.append(f"I2: the retry answered {again}, the first time {acks}")
        scene.recover()
    if act.count(scene) != 1:
        wrong.append(f"I2: after the retry it is there {act.count(scene)} times")
    return wrong + broken(scene)


def _perform(scene: Scene, act: Act, said: Callable[[dict[str, Any]], None], *, works: bool) -> None:
    if act.send is not None:
        ack = act.send()
        if ack["status"] >= 400 and ack["status"] != act.refusal:
            raise RuntimeError(f"the command is refused: {ack}")
        if ack["status"] == 302:  # a form that did something answers 303
            raise RuntimeError("who sends the command is not signed in")
        said(ack)
    if works:
        scene.work(act.tasks)


def _in_child(scene: Scene, number: int, act: Act, *, works: bool) -> tuple[list[dict[str, Any]], bool]:
    """What a client heard before the process died, and whether it died."""
    scene.let_go()
    ours, theirs = os.pipe()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(ours)
            arm(Plan(kill=number))
            _perform(scene, act, lambda ack: _write(theirs, ack), works=works)
            code = 0
        except BaseException:  # noqa: BLE001 - the child must end here, whatever it was
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        acks = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not is_killed and status != 0:
        raise RuntimeError(f"the command fails by itself, at point {number}")
    return acks, is_killed


def _write(pipe: int, ack: dict[str, Any]) -> None:
    os.write(pipe, (json.dumps(ack) + "\n").encode())


def _sites(scene: Scene, act: Act, *, works: bool) -> list[str]:
    """The names of the sites that the command passes when nobody kills it."""
    scene.restore("command")
    plan = Plan()
    arm(plan)
    try:
        _perform(scene, act, lambda _: None, works=works)
    finally:
        arm(None)
    return plan.seen
