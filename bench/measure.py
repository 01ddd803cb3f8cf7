"""How things are measured: CPU seconds of least passes, SQL statements, and what the kernel says of a process."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import create_environ

BLOCK = 0.08
"""CPU seconds that one block of repeated calls lasts at least, far above the resolution of the clock."""


@dataclass(frozen=True)
class Answer:
    """What a page answered."""

    status: int
    location: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Asker:
    """Asks pages of a WSGI application in this process, without a test client's own work in between."""

    def __init__(self, app: Flask, cookie: str = "") -> None:
        self._app = app
        self._headers = {"Cookie": cookie} if cookie else {}
        self._environs: dict[str, dict[str, Any]] = {}

    def get(self, path: str) -> Answer:
        """GET `path`; 200 or a mistake in the measurement."""
        if path not in self._environs:
            self._environs[path] = create_environ(path, headers=self._headers)
        answer = self._ask(dict(self._environs[path]))
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status} {answer.location}")
        return answer

    def post(self, path: str, form: Mapping[str, Any]) -> Answer:
        return self._ask(create_environ(path, method="POST", data=dict(form), headers=self._headers))

    def _ask(self, environ: dict[str, Any]) -> Answer:
        seen: list[Any] = []
        pieces = self._app(environ, lambda status, headers, error=None: seen.append((status, headers)))
        try:
            body = b"".join(pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        status, headers = seen[0]
        return Answer(int(status[:3]), dict(headers).get("Location", ""), body)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every statement that is sent meanwhile. BEGIN is not counted: other databases do it unasked."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def least(works: Mapping[str, Callable[[], object]], *, passes: int = 5, block: float = BLOCK) -> dict[str, float]:
    """CPU seconds of each work, the least of several passes in which all of them take turns.

    Whatever else the machine does hits neighbours alike, and the least is what no neighbour disturbed.
    """
    times: dict[str, int] = {}
    best: dict[str, float] = {}
    for name, work in works.items():
        work()
        work()  # the first call compiles statements and templates; it belongs to the start
        once = max(_timed(work, 1), 1e-5)
        times[name] = max(1, round(block / once))
    for _ in range(passes):
        for name, work in works.items():
            gc.collect()
            best[name] = min(best.get(name, float("inf")), _timed(work, times[name]))
    return best


def _timed(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def memory(pid: int) -> dict[str, int]:
    """Bytes of memory of a process: `rss` now, `peak` since the start or since `forget_peak`."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Vm")
    )
    return {name: int(fields[key].split()[0]) * 1024 for name, key in (("rss", "VmRSS"), ("peak", "VmHWM"))}


def forget_peak(pid: int) -> None:
    """The peak starts again from what is in use now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def written(pid: int) -> int:
    """Bytes that a process, with the children it waited for, sent to the disk."""
    fields = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(fields["write_bytes"])


def cpu(pid: int) -> float:
    """CPU seconds of a process so far, in steps of a hundredth."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
