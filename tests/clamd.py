"""The malware scanner in tests: a real clamd where the system has one, and a server of the protocol with faults."""

from __future__ import annotations

import os
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text that every scanner calls malware (eicar.org)."""

MARK = b"VOORDEUR-PROEFVIRUS"
"""What our own signature finds anywhere in a file, so that a PDF can be infected too."""

SIGNATURES = f"Eicar-Test-Signature:0:*:{EICAR.hex()}\nVoordeur.Proefvirus:0:*:{MARK.hex()}\n"


def find_clamd() -> str | None:
    """The clamd of the system (Debian puts it in /usr/sbin)."""
    return shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class RealClamd:
    """A clamd of our own on a unix socket, with hand-written signatures instead of the large database."""

    def __init__(self, program: str, folder: Path) -> None:
        signatures = folder / "signatures"
        signatures.mkdir()
        (signatures / "proef.ndb").write_text(SIGNATURES)
        self.socket = Path("/tmp") / f"clamd-{os.getpid()}-{folder.name[-12:]}.sock"  # a socket's path is short
        (folder / "clamd.conf").write_text(
            f"LocalSocket {self.socket}\nDatabaseDirectory {signatures}\nForeground yes\nStreamMaxLength 26M\n"
            f"TemporaryDirectory {folder}\n"
        )
        self.process = subprocess.Popen(
            [program, "-c", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not self._answers():
            if self.process.poll() is not None:
                raise RuntimeError("clamd does not start")
            time.sleep(0.05)

    def _answers(self) -> bool:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(self.socket))
            line.sendall(b"zPING\0")
            return line.recv(16) == b"PONG\0"
        except OSError:
            return False
        finally:
            line.close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.socket.unlink(missing_ok=True)


@dataclass
class Wire:
    """A server that speaks the protocol and answers what a test tells it; `heard` has what was streamed."""

    answer: bytes = b"stream: OK\0"
    mode: str = ""
    heard: list[bytes] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def start(self) -> Wire:
        wire = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire.serve(self.request)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.server.server_address[1])

    def serve(self, line: Any) -> None:
        reader = line.makefile("rb")
        with reader:
            assert reader.read(10) == b"zINSTREAM\0"
            if self.mode == "stops listening":
                line.sendall(self.answer)
                return
            heard = b""
            while size := struct.unpack(">I", reader.read(4))[0]:
                heard += reader.read(size)
            self.heard.append(heard)
            if self.mode == "hangs":
                self.released.wait(20)
                return
            line.sendall(self.answer)

    def stop(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
