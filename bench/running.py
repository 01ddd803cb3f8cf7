"""A real server of the portal on loopback, started and stopped for one measurement."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
PATIENCE = 60.0


class Server:
    """gunicorn as `make run` starts it: two workers of 32 threads. `seconds` is from start to first answer."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self._module, self._environment = module, environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.seconds = 0.0

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "--workers", str(WORKERS)]
        command += ["--bind", f"127.0.0.1:{self.port}", self._module]
        start = time.monotonic()
        environment = {**os.environ, "PYTHONFAULTHANDLER": "1", **self._environment}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment)
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() - start > PATIENCE:
                raise RuntimeError("the server does not start")
            time.sleep(0.02)
        self.seconds = time.monotonic() - start
        while len(self.workers()) < WORKERS:
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _answers(self) -> bool:
        connection = self.connection()
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    @property
    def pid(self) -> int:
        """The process id of the one that started the others."""
        return self._process.pid

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        master = self.pid
        return [int(one) for one in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def get(self, path: str, cookie: str = "") -> tuple[int, bytes]:
        """Status and body of one request on a connection of its own, so that either worker may answer."""
        connection = self.connection()
        try:
            connection.request("GET", path, headers={"Cookie": cookie, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
