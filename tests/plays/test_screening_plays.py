"""Whatever people try with reviews, remedies, decisions and objections, in whatever order: it holds before a judge.

Two people decide, nothing is decided while a remedy or a suspension runs, every refusal quotes what was published and
what was found, nothing is told before its release, and who may not see it sees nothing.
"""

from __future__ import annotations

import gc
import os
import random
import secrets
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests import backends
from tests.plays import deciding, integrity, mending, screening  # noqa: F401 - each adds its moves
from tests.plays.holding import after_all, after_each_step
from tests.plays.home import Home, build
from tests.plays.play import MOVES
from tests.plays.running import run

pytestmark = pytest.mark.skipif(backends.ON_SERVERS, reason="a play begins with a copy of a file of SQLite")

LITTLE = {
    "changed": 12.0, "refused": 7.0, "decided by two": 0.3, "told": 0.18, "refusals told": 0.07,
    "remedies asked": 0.35, "remedies answered": 0.2, "suspensions": 0.3, "second reviewers": 0.2,
    "joint verdicts": 0.1, "interests": 0.3, "objections filed": 0.05, "objections decided": 0.02,
}  # fmt: skip
MUCH = {
    "changed": 20.0, "refused": 15.0, "decided by two": 0.6, "told": 0.45, "refusals told": 0.22,
    "remedies asked": 0.6, "remedies answered": 0.4, "remedies expired": 0.03, "suspensions": 0.4,
    "suspensions of the compartment": 0.005, "objections of the compartment": 0.01, "second reviewers": 0.4,
    "joint verdicts": 0.15, "interests": 0.5, "letters changed": 0.005, "differences explained": 0.001,
    "objections filed": 0.25, "objections decided": 0.12, "decisions revised": 0.05,
}  # fmt: skip
"""How often each must have happened, per play, or the plays show nothing: in thirty steps, and in sixty."""


@pytest.fixture(scope="module")
def home(tmp_path_factory, settled, test_authority) -> Iterator[Home]:
    built = build(tmp_path_factory.mktemp("plays"), settled, test_authority)
    gc.collect()
    gc.freeze()  # the portal itself stays: who looks for garbage a thousand times need not look there
    yield built
    gc.unfreeze()


def _play(home: Home, seed: int, floors: dict[str, float], *, plays: int, steps: int, care: float) -> Counter[str]:
    chance, counts = random.Random(seed), Counter[str]()
    for _ in range(plays):
        counts += run(home, chance.getrandbits(32), steps, after_each_step, after_all, care)
    missing = {what: counts[what] for what, share in floors.items() if counts[what] < int(share * plays)}
    assert not missing, f"too little happened: {missing}"
    return counts


def test_no_order_of_acts_breaks_what_must_hold_before_a_judge(home):
    _play(home, 2019, LITTLE, plays=100, steps=30, care=0.04)


@pytest.mark.slow  # some forty minutes of one core
def test_no_long_order_of_acts_breaks_it_either(home, capsys):
    """`SEED` plays the same again, `PLAYS` fewer: `SEED=12 PLAYS=50 make test-slow ARGS="-k no_long -n 0"`."""
    seed = int(os.environ.get("SEED") or secrets.randbits(32))
    with capsys.disabled():
        sys.stdout.write(f"\nSEED={seed}\n")

    plays = int(os.environ.get("PLAYS") or 2000)

    counts = _play(home, seed, MUCH if plays >= 100 else {}, plays=plays, steps=60, care=0.1)

    with capsys.disabled():
        sys.stdout.write("".join(f"{what}: {counts[what]}\n" for what in ("steps", *MUCH)))
    tried = {name for name in MOVES if counts[f"did {name}"] + counts[f"not {name}"]}
    assert tried == set(MOVES) or plays < 100
