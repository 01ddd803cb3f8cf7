"""Children for single questions, forked from a process that has loaded their libraries once.

Loading them takes a tenth of a second of CPU, ten times what a look at most files takes. The process that forks
(`forks_server.py`) never reads what a stranger sent; a child answers one question and ends.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_SERVER = Path(__file__).with_name("forks_server.py")


class Forks:
    """Runs `main` of a script in a child of its own per question.

    The script gets nothing of this process: isolated mode, an empty environment, no open files. Threads may share one.
    """

    def __init__(self, script: Path) -> None:
        self._script, self._lock = script, threading.Lock()
        self._door: socket.socket | None = None

    def run(self, source: BinaryIO, wall: float, *arguments: str) -> bytes:
        """What a child with `source` as its standard input wrote; b'' when it did not end well in `wall` seconds."""
        asked = json.dumps({"arguments": arguments, "wall": wall}).encode()
        answer, theirs = os.pipe()
        verdict, signed = os.pipe()
        with open(answer, "rb") as said, open(verdict, "rb") as ended_well:  # noqa: PTH123 - these are descriptors
            try:
                self._send(asked, [source.fileno(), theirs, signed])
            finally:
                os.close(theirs)
                os.close(signed)
            text = said.read()
            return text if ended_well.read() else b""

    def _send(self, asked: bytes, descriptors: list[int]) -> None:
        with self._lock:
            if self._door is not None:
                with suppress(OSError):
                    socket.send_fds(self._door, [asked], descriptors)
                    return
                self._door.close()  # who listened there has died
            self._door = self._open()
            socket.send_fds(self._door, [asked], descriptors)

    def _open(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            server = subprocess.Popen(
                [sys.executable, "-I", str(_SERVER), str(self._script)],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        weakref.finalize(self, _end, ours, server)
        return ours


def _end(door: socket.socket, server: subprocess.Popen[bytes]) -> None:
    door.close()
    server.terminate()  # its children die with it
    server.wait()
