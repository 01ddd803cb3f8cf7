"""Every command, killed at every site it passes: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.commands import Command
from tests.faults.kills import EVERY, SEEDS, killed_everywhere, name_of
from tests.faults.matrix import play
from tests.faults.scene import Scene

EVERY_COMMIT = {
    "upload by a raw PUT",
    "choose",
    "submit",
    "propose a later closing",
    "record an integrity outcome",
    "place the authority's signature",
    "complete the opening of a vault",
}
"""These go with every commit, killed at a few sites; all of them, at every site, in the slow tests."""


@pytest.mark.parametrize("command", [one for one in EVERY if one.name in EVERY_COMMIT], ids=name_of)
def test_a_process_killed_anywhere_leaves_a_whole_portal(scene_on: Callable[[str], Scene], command: Command) -> None:
    result = play(scene_on("sqlite"), command, seed=1, most=4)

    assert result.points >= 2
    assert result.violations == []


@pytest.mark.slow
@pytest.mark.parametrize("command", EVERY, ids=name_of)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_command_killed_at_every_site(
    scene_on: Callable[[str], Scene], noted: Callable[[str, Any], None], command: Command, seed: int
) -> None:
    killed_everywhere(scene_on("sqlite"), noted, command, seed)
