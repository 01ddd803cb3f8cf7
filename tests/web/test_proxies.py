"""Which reverse proxies are believed: as many as the setting says, counted from the portal outwards."""

from __future__ import annotations

import pytest
from flask import request

from portal import create_app
from portal.web.guards import audience
from tests.conftest import _config

CLAIMED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "http, https",
    "X-Forwarded-Host": "elders.example",
}


@pytest.fixture
def seen(tmp_path):
    """`seen(proxies)`: what the portal takes for the visitor's address, scheme and its own name."""
    apps = []

    def look(proxies: int) -> tuple[str | None, str, str]:
        app = create_app(_config(tmp_path) | {"TRUSTED_PROXIES": proxies, "DATABASE_URL": f"sqlite:///{tmp_path}/x.db"})
        apps.append(app)
        noted = []
        app.add_url_rule("/proef", "proef", audience("public")(lambda: noted.append(
            (request.remote_addr, request.scheme, request.host)) or "ok"))  # fmt: skip
        app.test_client().get("/proef", headers=CLAIMED)
        return noted[0]

    yield look
    for app in apps:
        app.extensions["database"].engine.dispose()


def test_nobody_is_believed_by_itself_and_one_proxy_only_for_what_it_added(seen):
    assert seen(0) == ("127.0.0.1", "http", "localhost")
    assert seen(1) == ("198.51.100.7", "https", "localhost")


def test_with_two_proxies_the_second_from_the_end_counts(seen):
    assert seen(2) == ("203.0.113.9", "http", "localhost")
