"""Children forked for single questions: each alone, ended in time, and outlived by nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from portal.adapters.forks import Forks
from tests.conftest import ROOT

SCRIPT = """
import os, sys, time

def load():
    global loaded_by
    loaded_by = os.getpid()

def main(task, *arguments):
    said = sys.stdin.buffer.read()
    if task == "echo":
        os.write(1, said)
    if task == "who":
        os.write(1, f"{loaded_by} {os.getpid()}".encode())
    if task == "open":
        os.write(1, " ".join(sorted(os.listdir("/proc/self/fd"))).encode())
    if task == "die":
        os.write(1, b"half an answer")
        os.kill(os.getpid(), 11)
    if task == "hang":
        os.write(1, str(os.getpid()).encode())
        time.sleep(60)
    os._exit(0)
"""


@pytest.fixture
def forks(tmp_path: Path) -> Forks:
    script = tmp_path / "child.py"
    script.write_text(SCRIPT)
    return Forks(script)


def file_with(content: bytes = b"") -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the test that asked for it closes it
    file.write(content)
    file.seek(0)
    return file


def ask(forks: Forks, *arguments: str, content: bytes = b"", wall: float = 10) -> bytes:
    with file_with(content) as source:
        return forks.run(source, wall, *arguments)


def is_there(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until(condition, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(met)


def test_a_question_is_answered_by_a_child_of_its_own_and_libraries_are_loaded_once(forks: Forks) -> None:
    first, second = (ask(forks, "who").split() for _ in range(2))

    assert first[0] == second[0]
    assert first[1] != second[1]


def test_twenty_questions_at_once_each_get_their_own_answer(forks: Forks) -> None:
    contents = [os.urandom(300_000) for _ in range(20)]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda content: ask(forks, "echo", content=content), contents))

    assert answers == contents


def test_a_child_has_nothing_open_but_what_it_reads_and_writes(forks: Forks) -> None:
    with file_with() as other:
        assert other.fileno() > 2
        # the third is the listing itself
        assert ask(forks, "open").split()[:3] == [b"0", b"1", b"2"]
        assert len(ask(forks, "open").split()) == 4


def test_what_a_child_said_before_it_died_is_no_answer_and_the_next_is_served(forks: Forks) -> None:
    assert ask(forks, "die") == b""
    assert ask(forks, "echo", content=b"here") == b"here"


def test_a_child_that_takes_too_long_is_ended(forks: Forks) -> None:
    started = time.monotonic()

    assert ask(forks, "hang", wall=0.3) == b""

    assert time.monotonic() - started < 5


def test_when_the_process_that_forks_dies_its_children_die_and_the_next_question_starts_another(forks: Forks) -> None:
    server = int(ask(forks, "who").split()[0])
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(ask, forks, "hang", wall=30)
        assert until(lambda: _children(server))
        child = _children(server)[0]

        os.kill(server, signal.SIGKILL)

        assert hanging.result(timeout=10) == b""
    assert until(lambda: not is_there(child))
    assert ask(forks, "echo", content=b"again") == b"again"


def test_it_ends_when_whoever_asked_is_killed(tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text(SCRIPT)
    asker = (
        "import os, pathlib, sys, tempfile\n"
        "from portal.adapters.forks import Forks\n"
        "with tempfile.TemporaryFile() as source:\n"
        "    print(Forks(pathlib.Path(sys.argv[1])).run(source, 10, 'who').decode(), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", asker, str(tmp_path / "child.py")], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert done.returncode == -signal.SIGKILL
    assert until(lambda: not is_there(int(done.stdout.split()[0])))


def _children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
