"""The portal on a port of its own, and the system's Chromium to look at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from playwright.sync_api import expect
from werkzeug.serving import WSGIRequestHandler, make_server

from portal import create_app
from portal.adapters import schema
from portal.adapters.clock import MovedClock
from portal.cli.demo import build_demo
from portal.worker import run_until_idle
from tests import backends

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CHROMIUM: dict[str, Any] = {
    "executable_path": "/usr/bin/chromium",
    "headless": True,
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--font-render-hinting=none",
    ],
}
CONTEXT: dict[str, Any] = {"locale": "nl-NL", "timezone_id": "Europe/Amsterdam"}
PATIENCE = 30_000
"""Milliseconds a browser may take for one thing. It waits no longer than needed; a shared machine is sometimes slow."""
expect.set_options(timeout=PATIENCE)

PRESENT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
"""The moment at which the demonstration is looked at: a Tuesday morning, the same each time, so pictures compare."""


class Quiet(WSGIRequestHandler):
    """No line per request: what a test wants to know, it asks."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return None


def _closed_at_its_end(app: Flask) -> WSGIApplication:
    """`app`, whose answers close themselves: the server forgets to when a browser leaves in the middle of one."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        with closing(app(environ, start_response)) as body:
            yield from body

    return answer


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve `app` on a free port until the block ends; gives its address."""
    server = make_server("127.0.0.1", 0, _closed_at_its_end(app), threaded=True, request_handler=Quiet)
    # A browser keeps connections open; the end of the test must not wait for them.
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def demonstration(folder: Path, **replaced: Any) -> Iterator[Flask]:
    """The portal with the demonstration in `folder`, seen at PRESENT. `replaced` are fields of Services."""
    backends.prepare(folder)
    config = {
        "TESTING": True,
        "DEMO": True,
        "INSTANCE": folder,
        "DATABASE_URL": backends.database_url(folder),
        "STORAGE_URL": backends.storage_url(folder),
        "MAIL_URL": f"folder:{folder / 'mail'}",
        "MAIL_SENDER": "Voordeur <voordeur@voordeur.example>",
        "PORTAL_URL": "http://127.0.0.1",
        "SECRET_KEY": b"only for tests",
        "SESSION_COOKIE_SECURE": False,
    }
    app = create_app(config, now=MovedClock(PRESENT), **replaced)
    database, services = app.extensions["database"], app.extensions["services"]
    try:
        schema.migrate(database.engine)
        build_demo(database, services)
        run_until_idle(database, services)
        yield app
    finally:
        backends.leave(database, folder)
