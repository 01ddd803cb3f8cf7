"""A play as a list of steps: chosen by chance, played again, and made shorter when it broke something."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from tests.plays.home import Home
from tests.plays.play import MOVES, Play


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing that is tried: a move at the dossier of one applicant, with chance of its own."""

    move: str
    at: str
    seed: int


def choose(play: Play, chance: random.Random, lead: str) -> Step:
    """Mostly something that can succeed as the dossiers stand, mostly at the dossier that leads; else anything."""
    others = [one for one in play.dossiers if one != lead]
    at = lead if chance.random() < 0.8 else chance.choice(sorted(others))
    view = play.view(at)
    options = [one for one in MOVES.values() if one.likely(view)]
    found = chance.choices(options, [one.weight for one in options])[0]
    if chance.random() < 0.06:
        found = chance.choice(list(MOVES.values()))
    return Step(found.name, at, chance.getrandbits(32))


def take(play: Play, step: Step) -> None:
    """Do one step, some minutes later."""
    made, play.c = MOVES[step.move], random.Random(step.seed)
    play.world.clock.set(play.now + timedelta(minutes=play.among((1, 1, 2, 5, 20, 45))))
    play.changed, play.refusals = False, []
    play.story.append(f"{step.move} at {step.at}, {play.now:%d-%m-%Y %H:%M}")
    must_be_refused = made.is_bad and made.likely(play.view(step.at))
    made.act(play, step.at)
    play.counts["steps"] += 1
    play.counts["refused"] += bool(play.refusals)
    play.counts["changed"] += play.changed
    play.counts[f"{'did' if play.changed else 'not'} {step.move}"] += 1
    assert not must_be_refused or (play.refusals and not play.changed), f"{step.move} was not refused"


Check = Callable[[Play], None]


@dataclasses.dataclass
class Broke(Exception):
    """A play in which something did not hold."""

    seed: int
    steps: Sequence[Step]
    story: Sequence[str]
    error: BaseException
    care: float

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}: {self.error!r}", *self.story])


def run(home: Home, seed: int, length: int, check: Check, finally_: Check, care: float) -> Counter[str]:
    """Play `length` steps that chance chooses, and hold everything after each. Gives what happened, counted.

    Raises `Broke` with the shortest list of steps that was found to break the same.
    """
    chance, steps = random.Random(seed), list[Step]()
    play = Play(home, seed, care)
    lead = chance.choice(sorted(play.dossiers))
    try:
        check(play)
        for _ in range(length):
            steps.append(choose(play, chance, lead))
            take(play, steps[-1])
            check(play)
        finally_(play)
        return play.counts
    except Exception as error:
        raise shorter(home, Broke(seed, steps, play.story, error, care), check, finally_) from error
    finally:
        play.close()


def again(home: Home, broke: Broke, steps: Sequence[Step], check: Check, finally_: Check) -> Broke | None:
    """Play these steps; what broke, if it did."""
    play = Play(home, broke.seed, broke.care)
    try:
        check(play)
        for number, one in enumerate(steps):
            take(play, one)
            try:
                check(play)
            except Exception:
                steps = steps[: number + 1]
                raise
        finally_(play)
        return None
    except Exception as error:  # noqa: BLE001 - it is what is looked for
        return Broke(broke.seed, steps, play.story, error, broke.care)
    finally:
        play.close()


def shorter(home: Home, broke: Broke, check: Check, finally_: Check, tries: int = 120) -> Broke:
    """Leave out steps as long as the same breaks."""
    size = max(len(broke.steps) // 2, 1)
    while size and tries > 0:
        start, is_shorter = 0, False
        while start < len(broke.steps) and tries > 0:
            tries -= 1
            left = [*broke.steps[:start], *broke.steps[start + size :]]
            found = again(home, broke, left, check, finally_)
            if found is not None and _is_same(found.error, broke.error):
                broke, is_shorter = found, True
            else:
                start += size
        size = size // 2 if not is_shorter or size > 1 else 1
    return broke


def _is_same(one: BaseException, other: BaseException) -> bool:
    return type(one) is type(other) and str(one)[:30] == str(other)[:30]
