"""Scenes for the fault tests, and the report that a run may write."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from portal.adapters.signing import TestAuthority
from tests.faults import report
from tests.faults.grounds import GROUNDS
from tests.faults.scene import Scene, build

REPORT = os.environ.get("REPORT")
"""Where the report goes; without it a run leaves nothing behind."""


def _memory() -> str | None:
    """A folder in memory where there is room: a killed process loses nothing there, and fsync costs nothing."""
    folder = "/dev/shm"
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < 4_000_000_000:
        return None
    return folder


@pytest.fixture(scope="session")
def scene_on(test_authority: TestAuthority) -> Iterator[Callable[[str], Scene]]:
    """`scene_on("sqlite")`: the scene on that ground, built once per process."""
    built: dict[str, Scene] = {}
    with ExitStack() as open_grounds:

        def scene(name: str) -> Scene:
            if name not in built:
                folder = Path(open_grounds.enter_context(tempfile.TemporaryDirectory(prefix="faults-", dir=_memory())))
                folder.chmod(0o755)  # PostgreSQL does not run as root, and wants to reach its folder
                built[name] = build(open_grounds.enter_context(GROUNDS[name](folder)), test_authority)
            return built[name]

        yield scene
        for one in built.values():
            one.let_go()
            for end in one.at_end:
                end()


@pytest.fixture
def noted() -> Callable[[str, dict[str, object]], None]:
    """`noted("kill", {...})`: a line for the report, when one is asked."""

    def note(kind: str, line: dict[str, object]) -> None:
        if REPORT:
            with Path(f"{REPORT}.parts").open("a") as file:
                file.write(json.dumps({"kind": kind, **line}) + "\n")

    return note


def pytest_sessionstart(session: pytest.Session) -> None:
    if REPORT and not hasattr(session.config, "workerinput"):
        Path(f"{REPORT}.parts").unlink(missing_ok=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    parts = Path(f"{REPORT}.parts")
    if REPORT and not hasattr(session.config, "workerinput") and parts.exists():
        lines = [json.loads(line) for line in parts.read_text().splitlines()]
        Path(REPORT).write_text(report.text(lines))
        parts.unlink()
