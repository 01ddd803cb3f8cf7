"""Malware scanning by clamd, over its INSTREAM command: only an explicit OK is clean.

A scanner that is away is asked again after a pause, not for every file: a worker has more to do than wait for it.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from portal.errors import Unavailable
from portal.services import Scanner, Verdict

TIMEOUT = 30.0  # seconds without any progress
PAUSE = 30.0  # seconds that a scanner that was away is left alone
PIECE = 64 * 1024
LONGEST_ANSWER = 4096

_CLEAN, _FOUND = "stream: OK", " FOUND"


class ClamdScanner:
    """`services.Scanner` by the clamd at `address`: a path (unix socket) or host and port."""

    def __init__(self, address: str | tuple[str, int], *, timeout: float = TIMEOUT, pause: float = PAUSE) -> None:
        self._address, self._timeout, self._pause = address, timeout, pause
        self._lock = threading.Lock()
        self._away_until = 0.0

    def scan(self, chunks: Iterator[bytes]) -> Verdict:
        """As the protocol says. While the pause lasts nothing is sent, and the chunks are not read."""
        with self._lock:
            if time.monotonic() < self._away_until:
                raise Unavailable("De virusscanner antwoordt niet.")
        try:
            answer = self._ask(chunks)
        except OSError as error:  # a time-out is one too
            with self._lock:
                self._away_until = time.monotonic() + self._pause
            raise Unavailable("De virusscanner antwoordt niet.") from error
        if answer == _CLEAN:
            return Verdict("")
        if answer.startswith("stream: ") and answer.endswith(_FOUND):
            return Verdict(answer.removeprefix("stream: ").removesuffix(_FOUND).strip() or "onbekend")
        raise Unavailable("De virusscanner gaf geen oordeel: %(answer)s", answer=answer[:200] or "niets")

    def _ask(self, chunks: Iterator[bytes]) -> str:
        with self._connected() as line:
            try:
                line.sendall(b"zINSTREAM\0")
                for chunk in chunks:
                    for at in range(0, len(chunk), PIECE):
                        piece = chunk[at : at + PIECE]
                        line.sendall(struct.pack(">I", len(piece)) + piece)
                line.sendall(struct.pack(">I", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it stopped listening; what it says about that comes first
            said = b""
            while not said.endswith(b"\0") and len(said) <= LONGEST_ANSWER:
                piece = line.recv(1024)
                if not piece:
                    break
                said += piece
            # Without its end the answer may have been cut: "OK" of something longer is no OK.
            return said[:-1].decode(errors="replace") if said.endswith(b"\0") else ""

    def _connected(self) -> socket.socket:
        if isinstance(self._address, tuple):
            return socket.create_connection(self._address, self._timeout)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(self._timeout)
        try:
            line.connect(self._address)
        except OSError:
            line.close()
            raise
        return line


def open_scanner(url: str) -> Scanner | None:
    """The scanner of the setting `SCANNER_URL`; none without it. Raises ValueError for another kind of address."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme == "clamd" and parts.hostname:
        return ClamdScanner((parts.hostname, parts.port or 3310))
    if parts.scheme == "clamd+unix" and parts.path.startswith("/") and not parts.netloc:
        return ClamdScanner(unquote(parts.path))
    raise ValueError("SCANNER_URL: clamd://host:3310 or clamd+unix:/path/to/clamd.sock")
