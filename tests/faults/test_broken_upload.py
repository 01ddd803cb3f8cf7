"""A web process that is killed in the middle of a piece: what came in before stays, and another process goes on."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bench.house import signed_in
from bench.running import Server
from portal import create_app
from portal.adapters import schema
from portal.cli import cast
from portal.models import Document
from tests.web.test_resumable import PIECE, START, TUS, checksum, encoded
from tests.web.test_uploads import pdf

# Real servers that start, die and start again take half a minute.
pytestmark = pytest.mark.slow

CONTENT = pdf("GEDOOD") + b"\n%" + b"x" * 60_000


def ask(server: Server, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Any:
    """One request on a line of its own; it waits until a process is there to answer."""
    deadline = time.monotonic() + 60
    while True:
        connection = server.connection()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer
        except (OSError, http.client.HTTPException):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


def test_every_web_process_dies_in_a_piece_and_the_file_arrives(tmp_path: Path) -> None:
    environment = {
        "INSTANCE": str(tmp_path),
        "STORAGE_URL": f"file:{tmp_path / 'uploads'}",
        "MAIL_URL": f"folder:{tmp_path / 'mail'}",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.db'}",
        "PORTAL_URL": "http://127.0.0.1",
    }
    app = create_app({**environment, "INSTANCE": tmp_path, "SESSION_COOKIE_SECURE": False})
    database = app.extensions["database"]
    schema.migrate(database.engine)
    stage = cast.Stage(database, app.extensions["services"])
    organisation = cast.organisation_form("Stichting De Linde", "12345678", "Vught", random.Random(1))
    user_id = cast.register(stage, organisation, "Anna de Wit", "anna@aanbieder.example")
    cookie = signed_in(app, user_id)
    client = app.test_client()
    name, _, value = cookie.partition("=")
    client.set_cookie(name, value)
    token = client.get("/").get_data(as_text=True).split('name="csrf-token" content="')[1].split('"')[0]
    headers = {"Cookie": cookie, "X-CSRFToken": token, **TUS}
    about = f"filename {encoded('groot.pdf')},kind {encoded('other')}"

    with Server("wsgi:app", environment) as server:
        begun = ask(server, "POST", START, {**headers, "Upload-Length": str(len(CONTENT)), "Upload-Metadata": about})
        url = begun.headers["Location"]
        sending = {**headers, "Content-Type": "application/offset+octet-stream"}
        for at in range(0, len(CONTENT), PIECE):
            piece = CONTENT[at : at + PIECE]
            now = {**sending, "Upload-Offset": str(at), "Upload-Checksum": checksum(piece)}
            head = "".join(f"{one}: {said}\r\n" for one, said in now.items())
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
                start = f"PATCH {url} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(piece)}\r\n\r\n"
                line.sendall(start.encode() + piece[: len(piece) // 2])
                time.sleep(0.3)
                for worker in server.workers():
                    os.kill(worker, signal.SIGKILL)
            there = ask(server, "HEAD", url, headers)
            assert there.headers["Upload-Offset"] == str(at)
            assert ask(server, "PATCH", url, now, piece).status == 204
        taken = ask(server, "PUT", "/documenten/upload/other", {**headers, "X-Upload": url.rpartition("/")[2]})

    assert (begun.status, taken.status) == (201, 201)
    with database.reading() as db:
        assert db.scalars(select(Document.sha256)).all() == [hashlib.sha256(CONTENT).hexdigest()]
    database.engine.dispose()
