"""All commands, and the test that kills one; a module for each ground runs it, so that two processes share them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tests.faults.applying_commands import APPLYING
from tests.faults.asking_commands import ASKING
from tests.faults.case_file_commands import CASE_FILES
from tests.faults.closing_commands import CLOSING
from tests.faults.commands import COMMANDS, Command
from tests.faults.deciding_commands import DECIDING
from tests.faults.integrity_commands import INTEGRITY
from tests.faults.matrix import FURTHEST, play
from tests.faults.remedy_commands import REMEDYING
from tests.faults.scene import Scene
from tests.faults.screening_commands import SCREENING
from tests.faults.signals_commands import SIGNALS
from tests.faults.visit_commands import VISITS

EVERY: tuple[Command, ...] = (
    *COMMANDS, *CLOSING, *APPLYING, *ASKING, *SIGNALS, *CASE_FILES, *SCREENING, *REMEDYING, *DECIDING,
    *INTEGRITY, *VISITS,
)  # fmt: skip
SEEDS = (1, 2, 3)
MOST = int(os.environ.get("MOST", FURTHEST))
"""At how many sites each command is killed per seed; the environment may ask fewer, and the report says so."""


def name_of(command: Command) -> str:
    return command.name.replace(" ", "-")


def killed_everywhere(scene: Scene, noted: Callable[[str, Any], None], command: Command, seed: int) -> None:
    """Kill `command` at every site: it passes at least two, and nothing is wrong after any of them."""
    result = play(scene, command, seed, most=MOST)

    noted("kill", vars(result))
    assert result.points >= min(2, MOST // 2)
    assert result.violations == [], result.violations
