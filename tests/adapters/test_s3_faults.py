"""The file store in a bucket when the store is killed, paused, cut off or lied to: said in words, nothing half."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from portal import errors
from portal.adapters import breaker, s3_files
from portal.adapters.files import open_files
from portal.services import StoredFile
from tests import servers

KEY = b"k" * 32


class Proxy:
    """Between the portal and the store: `change(answer, number)` says what becomes of the bytes of an answer.

    `number` counts connections. It gives the bytes to pass on, or None: the line is cut here.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (str(parts.hostname), int(parts.port or 80))
        self.change: Callable[[bytes, int], bytes | None] = lambda answer, _number: answer
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                self.connections += 1
                far = socket.create_connection(self._target)
                threading.Thread(target=self._pass, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, self.connections), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, number: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(16_384):
                passed = data if number is None else self.change(data, number)
                if passed is None:
                    break
                target.sendall(passed)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.ObjectStore]:
    """A store of its own, for tests that take it away."""
    server = servers.ObjectStore(tmp_path_factory.mktemp("s3"))
    server.start()
    client = boto3.session.Session(
        servers.SECRET["AWS_ACCESS_KEY_ID"], servers.SECRET["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1"
    ).client("s3", endpoint_url=server.address, config=Config(s3={"addressing_style": "path"}))
    client.create_bucket(Bucket="evidence")
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The right credentials, a short patience, and no client of before."""
    for name, value in servers.SECRET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(s3_files, "SECONDS", 0.5)
    s3_files._client.cache_clear()
    yield
    s3_files._client.cache_clear()


@pytest.fixture
def proxy(store: servers.ObjectStore) -> Iterator[Proxy]:
    made = Proxy(store.address)
    yield made
    made.close()


def opened(address: str) -> Any:
    return open_files(f"s3://evidence/a/b?endpoint_url={address}", KEY)


def rested(files: Any) -> None:
    """The time that the store is left alone has passed."""
    files._breaker._until = 0.0


def test_a_killed_store_is_said_in_words_and_what_it_had_is_there_when_it_comes_back(
    store: servers.ObjectStore,
) -> None:
    files = opened(store.address)
    files.put("killed/before", b"x" * 100_000)

    store.kill()
    for act in (lambda: files.read("killed/before"), lambda: files.put("killed/new", b"y")):
        with pytest.raises(errors.Unavailable, match="over een paar minuten"):
            act()
    store.start()
    rested(files)

    assert files.read("killed/before") == b"x" * 100_000
    assert files.put("killed/new", b"y").size == 1


def test_a_store_that_says_nothing_is_given_up_and_then_left_alone(store: servers.ObjectStore) -> None:
    files = opened(store.address)
    files.put("paused/a", b"x")

    store.pause()
    try:
        for _ in range(breaker.FAILURES):
            with pytest.raises(errors.Unavailable):
                files.read("paused/a")
    finally:
        store.resume()
    with pytest.raises(errors.Unavailable):  # it answers again, but nobody tries before the rest is over
        files.read("paused/a")
    rested(files)

    assert files.read("paused/a") == b"x"


def test_a_breaker_lets_one_try_after_its_rest_and_everybody_after_that_worked() -> None:
    now = [100.0]
    guard = breaker.Breaker(s3_files.unavailable, lambda: now[0])
    for _ in range(breaker.FAILURES):
        guard.enter()
        guard.failed()

    now[0] += breaker.REST - 0.1
    with pytest.raises(errors.Unavailable):
        guard.enter()
    now[0] += 0.2
    guard.enter()
    with pytest.raises(errors.Unavailable):
        guard.enter()
    guard.worked()

    guard.enter()


@pytest.mark.parametrize("sealed", [False, True])
def test_a_line_that_is_cut_is_taken_up_where_it_was(store: servers.ObjectStore, proxy: Proxy, sealed: bool) -> None:
    data = os.urandom(900_000)
    key = f"cut/once-{int(sealed)}"
    sink = opened(store.address).sink(key, limit=1_000_000, sealed=sealed)
    sink.write(data)
    sink.finish()
    files, seen = opened(proxy.address), [0]

    def cut_once(answer: bytes, _number: int) -> bytes | None:
        seen[0] += len(answer)
        if 300_000 < seen[0] < 10**9:
            seen[0] = 10**9
            return None
        return answer

    proxy.change = cut_once

    assert b"".join(files.unseal(key) if sealed else files.chunks(key)) == data


def test_a_line_that_is_always_cut_gives_no_whole_file(store: servers.ObjectStore, proxy: Proxy) -> None:
    data = os.urandom(900_000)
    opened(store.address).put("cut/always", data)
    files, seen = opened(proxy.address), dict[int, int]()

    def cut(answer: bytes, number: int) -> bytes | None:
        seen[number] = seen.get(number, 0) + len(answer)
        return answer if seen[number] < 200_000 else None

    proxy.change = cut
    with pytest.raises(errors.Unavailable):
        files.read("cut/always")


def test_a_changed_byte_on_the_way_is_noticed(store: servers.ObjectStore, proxy: Proxy) -> None:
    data = b"x" * 300_000
    opened(store.address).put("changed", data)
    files = opened(proxy.address)

    proxy.change = lambda answer, _number: answer.replace(b"xxxxxxxx", b"xxxxXxxx", 1)
    with pytest.raises(errors.FileDamaged):
        files.read("changed")
    proxy.change = lambda answer, _number: answer

    assert files.read("changed") == data


def test_a_file_whose_receipt_was_lost_is_stored_once_and_is_ours(store: servers.ObjectStore, proxy: Proxy) -> None:
    files = opened(proxy.address)
    data, lost = os.urandom(50_000), list[int]()

    def lose_the_receipt(answer: bytes, number: int) -> bytes | None:
        if b"x-amz-checksum-sha256" in answer.lower() and not lost:
            lost.append(number)
            return None
        return answer

    proxy.change = lose_the_receipt

    stored = files.put("lost", data)

    assert lost
    assert stored == StoredFile("lost", hashlib.sha256(data).hexdigest(), 50_000)
    assert opened(store.address).read("lost") == data


def test_wrong_or_no_credentials_and_an_unknown_bucket_stop_the_start_with_clear_words(
    store: servers.ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="'nergens' does not exist"):
        open_files(f"s3://nergens?endpoint_url={store.address}", KEY)

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    s3_files._client.cache_clear()
    with pytest.raises(ValueError, match=r"'evidence' refuses us .HTTP 403.: look at AWS_ACCESS_KEY_ID"):
        opened(store.address)

    for name in servers.SECRET:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3_files._client.cache_clear()
    with pytest.raises(ValueError, match="needs credentials"):
        opened(store.address)


def test_a_store_that_is_away_at_the_start_is_no_reason_not_to_start(tmp_path: Path) -> None:
    files = opened(f"http://127.0.0.1:{servers.free_port()}")

    with pytest.raises(errors.Unavailable):
        files.exists("a")
