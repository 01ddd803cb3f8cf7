"""Every command, killed at every site it passes, on PostgreSQL and an S3 store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.commands import Command
from tests.faults.kills import EVERY, SEEDS, killed_everywhere, name_of
from tests.faults.scene import Scene


@pytest.mark.slow
@pytest.mark.parametrize("command", EVERY, ids=name_of)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_command_killed_at_every_site_on_servers(
    scene_on: Callable[[str], Scene], noted: Callable[[str, Any], None], command: Command, seed: int
) -> None:
    killed_everywhere(scene_on("postgresql"), noted, command, seed)
