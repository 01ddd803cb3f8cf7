"""The process of `forks.py`: loads the libraries of one script, then forks a child for every question it gets.

It is started as a script by its path, in isolated mode: it must not import the portal. Its standard input is a socket.
A question is one message: JSON with `arguments` and `wall` (seconds), and three descriptors: what the child reads,
where it writes, and where this process says that it ended well. It ends with the portal, and its children with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib.util
import json
import os
import select
import signal
import socket
import sys
import time
from types import ModuleType
from typing import Any, NoReturn

PARENT_DEATH = 1  # prctl(2), PR_SET_PDEATHSIG


def load(path: str) -> ModuleType:
    """The script, with its libraries in memory: `load` is what it calls itself."""
    specification = importlib.util.spec_from_file_location("child", path)
    assert specification is not None  # noqa: S101 - a path always has one
    assert specification.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    module.load()
    return module


def become(script: ModuleType, arguments: list[str], source: int, target: int, parent: int) -> NoReturn:
    """The child: only what it reads and writes stays open."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PARENT_DEATH, signal.SIGKILL)
        if os.getppid() != parent:
            return  # it died before this child could ask to die with it
        os.setsid()
        os.dup2(source, 0)
        os.dup2(target, 1)
        os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), 65_536))
        script.main(*arguments)
    finally:
        os._exit(1)


class Nursery:
    """The children that are at work: where to say that one ended well, and until when it may take."""

    def __init__(self, script: ModuleType) -> None:
        self._script = script
        self._at_work: dict[int, tuple[int, float]] = {}

    def begin(self, question: dict[str, Any], source: int, target: int, verdict: int) -> None:
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            become(self._script, question["arguments"], source, target, parent)
        os.close(source)
        os.close(target)
        self._at_work[child] = verdict, time.monotonic() + question["wall"]

    def rest(self) -> float | None:
        """Seconds until the first one must have ended; None when nobody is at work."""
        ends = [end for _, end in self._at_work.values()]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def look(self) -> None:
        """See who ended, and end who takes too long."""
        for child, (verdict, end) in list(self._at_work.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                del self._at_work[child]
                if status == 0:
                    with contextlib.suppress(OSError):  # whoever asked may be gone
                        os.write(verdict, b"0")
                os.close(verdict)
            elif time.monotonic() >= end:
                os.kill(child, signal.SIGKILL)


def main(path: str) -> None:
    script = load(path)
    gc.freeze()
    door = socket.socket(fileno=0)
    woken, wakes = os.pipe()
    for end in (woken, wakes):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    nursery = Nursery(script)
    while True:
        rest = nursery.rest()
        # Who was told to end and did not yet is looked at again soon, not at once.
        ready, _, _ = select.select([door, woken], [], [], None if rest is None else max(rest, 0.05))
        if woken in ready:
            os.read(woken, 4096)
        nursery.look()
        if door in ready:
            message, descriptors, _, _ = socket.recv_fds(door, 65_536, 3)
            if not message:
                return
            nursery.begin(json.loads(message), *descriptors)


if __name__ == "__main__":
    main(sys.argv[1])
