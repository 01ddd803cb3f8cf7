"""Files in pieces over HTTP: tus 1.0, on a line that breaks, and up to the document in the vault."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal import create_app
from portal.adapters import pieces
from portal.domain import uploading
from portal.models import AuditEvent, Upload
from portal.worker import sweep
from tests.browser import site
from tests.conftest import Browser, World, _config
from tests.web.test_uploads import Arrived, pdf, stored

Browse = Callable[[str], Browser]

CONTENT = pdf("IN-DELEN") + b"\n%" + b"x" * 60_000
PIECE = 20_000
TUS = {"Tus-Resumable": "1.0.0"}
START = "/documenten/in-delen"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@dataclass
class Sender:
    """What a tus client does, with the token of the page."""

    browser: Browser
    token: str

    def ask(self, method: str, path: str, headers: dict[str, str], data: bytes = b"") -> Any:
        return self.browser.client.open(path, method=method, headers={"X-CSRFToken": self.token, **headers}, data=data)

    def begin(self, size: int, kind: str = "other", name: str = "groot.pdf") -> Any:
        about = f"filename {encoded(name)},kind {encoded(kind)}"
        return self.ask("POST", START, {**TUS, "Upload-Length": str(size), "Upload-Metadata": about})

    def offset(self, url: str) -> Any:
        return self.ask("HEAD", url, TUS)

    def send(self, url: str, offset: int, data: bytes, **more: str) -> Any:
        headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream", **more}
        return self.ask("PATCH", url, headers, data)

    def send_all(self, url: str, content: bytes = CONTENT) -> None:
        for at in range(0, len(content), PIECE):
            piece = content[at : at + PIECE]
            answer = self.send(url, at, piece, **{"Upload-Checksum": checksum(piece)})
            assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(at + len(piece)))

    def take_in(self, url: str, path: str = "/documenten/upload/other") -> Any:
        return self.ask("PUT", path, {"X-Upload": url.rpartition("/")[2]})


@pytest.fixture
def sender(browse: Browse) -> Callable[[str], Sender]:
    def made(who: str) -> Sender:
        browser = browse(who)
        return Sender(browser, browser.token("/"))

    return made


@pytest.fixture
def anna(sender: Callable[[str], Sender]) -> Sender:
    return sender("anna")


def test_a_file_in_pieces_becomes_the_same_document_as_one_that_came_at_once(
    app: Flask,
    world: World,
    anna: Sender,
    arrived: Arrived,
) -> None:
    path, before = f"/aanmeldingen/{world.draft()}/eisen/T06/upload", set(stored(app))
    url = anna.begin(len(CONTENT), "complaints_procedure", "Regeling – 2019.pdf").headers["Location"]
    anna.send_all(url)

    answer = anna.take_in(url, path)

    assert (answer.status_code, answer.mimetype) == (201, "text/html")
    (document,) = arrived()
    assert (document.filename, document.kind) == ("Regeling – 2019.pdf", "complaints_procedure")
    assert (document.size, document.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert set(stored(app)) - before == {document.storage_key}
    with world.database.reading() as db:
        assert db.scalars(select(Upload.document_id)).one() == document.id
        acts = db.scalars(select(AuditEvent.act).where(AuditEvent.subject_type == "Upload")).all()
        assert acts == ["begin_upload"]


def test_pieces_come_in_while_somebody_else_writes(world: World, anna: Sender) -> None:
    url = anna.begin(len(CONTENT)).headers["Location"]

    with world.database.transaction() as db:
        db.execute(text("SELECT 1"))  # whoever wants to write now, waits
        anna.send_all(url)

    assert anna.take_in(url).status_code == 201


def test_an_answer_that_got_lost_is_given_again(world: World, anna: Sender, arrived: Arrived) -> None:
    url = anna.begin(len(CONTENT)).headers["Location"]
    anna.send_all(url)
    anna.take_in(url)

    again = anna.take_in(url)

    assert again.status_code == 201
    assert len(arrived()) == 1
    assert anna.offset(url).headers["Upload-Offset"] == str(len(CONTENT))


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    with site.serve(app) as url:
        yield url


def cookie_of(browser: Browser) -> str:
    found = browser.client.get_cookie("voordeur")
    assert found is not None
    return f"voordeur={found.value}"


def cut_off(url: str, path: str, headers: dict[str, str], body: bytes, after: int) -> None:
    """Send a request and pull out the plug after so many bytes of its body."""
    parts = urlsplit(url)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as line:
        line.sendall(
            f"PATCH {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode()
        )
        line.sendall(body[:after])
        time.sleep(0.3)  # let it arrive: a reset throws away what was not read yet
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_line_that_breaks_in_the_middle_goes_on_where_it_was_and_ends_with_the_right_hash(
    app: Flask,
    world: World,
    anna: Sender,
    served: str,
    arrived: Arrived,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pieces, "LARGEST", PIECE)
    headers = {"Cookie": cookie_of(anna.browser), "X-CSRFToken": anna.token, **TUS}
    url = anna.begin(len(CONTENT)).headers["Location"]
    body = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}

    cut_off(served, url, {**headers, **body}, CONTENT, after=2 * PIECE + 5_000)

    connection = http.client.HTTPConnection(urlsplit(served).netloc, timeout=20)
    offset, deadline = 0, time.monotonic() + 20
    while offset < 2 * PIECE and time.monotonic() < deadline:
        connection.request("HEAD", url, headers=headers)
        answer = connection.getresponse()
        answer.read()
        offset = int(answer.headers["Upload-Offset"])
    assert offset == 2 * PIECE
    connection.request("PATCH", url, CONTENT[offset:], {**headers, **body, "Upload-Offset": str(offset)})
    answer = connection.getresponse()
    answer.read()
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(len(CONTENT)))
    connection.request("PUT", "/documenten/upload/other", headers={**headers, "X-Upload": url.rpartition("/")[2]})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 201
    assert [one.sha256 for one in arrived()] == [hashlib.sha256(CONTENT).hexdigest()]


def test_another_web_machine_goes_on(app: Flask, world: World, anna: Sender, arrived: Arrived) -> None:
    url = anna.begin(len(CONTENT)).headers["Location"]
    anna.send(url, 0, CONTENT[:PIECE])
    other = create_app(_config(app.config["INSTANCE"]), now=world.clock)
    elsewhere = other.test_client()
    elsewhere.set_cookie("voordeur", cookie_of(anna.browser).partition("=")[2])
    away = Sender(Browser(app, world), anna.token)
    away.browser.client = elsewhere

    there = away.offset(url).headers["Upload-Offset"]
    away.send(url, PIECE, CONTENT[PIECE:])

    assert there == str(PIECE)
    assert anna.take_in(url).status_code == 201
    assert [one.sha256 for one in arrived()] == [hashlib.sha256(CONTENT).hexdigest()]
    other.extensions["database"].engine.dispose()


def test_the_wrong_place_or_a_damaged_piece_is_refused_and_nothing_is_lost(world: World, anna: Sender) -> None:
    url = anna.begin(len(CONTENT)).headers["Location"]
    anna.send(url, 0, CONTENT[:PIECE])

    too_far = anna.send(url, PIECE + 1, CONTENT[PIECE + 1 :])
    damaged = anna.send(url, PIECE, CONTENT[PIECE:], **{"Upload-Checksum": checksum(b"something else")})
    unknown = anna.send(url, PIECE, CONTENT[PIECE:], **{"Upload-Checksum": "md5 AAAA"})
    too_much = anna.send(url, PIECE, CONTENT)
    other_type = anna.ask("PATCH", url, {**TUS, "Upload-Offset": str(PIECE), "Content-Type": "text/plain"}, b"x")
    by_sha1 = anna.send(url, PIECE, CONTENT[PIECE:], **{"Upload-Checksum": checksum(CONTENT[PIECE:], "sha1")})

    assert (too_far.status_code, f"al {PIECE} bytes" in too_far.text) == (409, True)
    assert (damaged.status_code, "beschadigd" in damaged.text) == (460, True)
    assert (unknown.status_code, too_much.status_code, other_type.status_code) == (400, 413, 415)
    assert (by_sha1.status_code, by_sha1.headers["Upload-Offset"]) == (204, str(len(CONTENT)))


def test_what_is_too_large_is_refused_before_a_byte_is_sent(world: World, anna: Sender) -> None:
    answer = anna.begin(2_000_000_000)

    assert answer.status_code == 413
    assert "2000 MB" in answer.text
    assert "tot 25 MB" in answer.text
    assert anna.begin(25_000_000).status_code == 201
    assert (anna.begin(0).status_code, anna.begin(10, "no_such_kind").status_code) == (409, 404)


def test_an_organisation_may_leave_so_much_unfinished_and_no_more(
    world: World, anna: Sender, sender: Callable[[str], Sender]
) -> None:
    urls = [anna.begin(25_000_000).headers["Location"] for _ in range(uploading.MOST_UNFINISHED // 25_000_000)]

    full = anna.begin(1_000)
    others = sender("karim").begin(1_000)
    stopped = anna.ask("DELETE", urls[0], TUS)

    assert (full.status_code, "niet af zijn" in full.text) == (409, True)
    assert (others.status_code, stopped.status_code) == (201, 204)
    assert anna.begin(1_000).status_code == 201


def test_an_upload_is_of_one_person_and_a_stranger_learns_nothing(
    world: World, anna: Sender, sender: Callable[[str], Sender], visitor: Browser
) -> None:
    url = anna.begin(len(CONTENT)).headers["Location"]
    anna.send_all(url)
    karim, nobody = sender("karim"), Sender(visitor, visitor.token())

    answers = [karim.offset(url), karim.send(url, 0, b"x"), karim.ask("DELETE", url, TUS), karim.take_in(url)]

    assert [one.status_code for one in answers] == [404] * 4
    assert [nobody.offset(url).status_code, nobody.begin(10).status_code] == [401, 401]
    assert anna.ask("PATCH", url, {"X-CSRFToken": "", **TUS}, b"x").status_code == 400
    assert anna.take_in(url).status_code == 201


def test_what_is_not_complete_or_of_another_kind_is_not_taken_in(world: World, anna: Sender) -> None:
    url = anna.begin(len(CONTENT)).headers["Location"]
    anna.send(url, 0, CONTENT[:PIECE])

    half = anna.take_in(url)
    anna.send(url, PIECE, CONTENT[PIECE:])
    elsewhere = anna.take_in(url, "/documenten/upload/bibob_form")

    assert (half.status_code, "Nog niet het hele bestand" in half.text) == (409, True)
    assert elsewhere.status_code == 404


def test_a_file_that_is_refused_in_the_end_says_why_and_can_be_stopped(app: Flask, world: World, anna: Sender) -> None:
    before, content = set(stored(app)), b"MZ" + bytes(5_000)
    url = anna.begin(len(content)).headers["Location"]
    anna.send(url, 0, content)

    refused = anna.take_in(url)
    stopped = anna.ask("DELETE", url, TUS)

    assert (refused.status_code, "inhoud" in refused.text) == (409, True)
    assert (stopped.status_code, anna.offset(url).status_code) == (204, 404)
    assert set(stored(app)) == before


def test_a_bibob_form_in_pieces_is_never_readable(app: Flask, world: World, anna: Sender) -> None:
    before = set(stored(app))
    url = anna.begin(len(CONTENT), "bibob_form").headers["Location"]
    anna.send_all(url)
    lying = [raw for key, raw in stored(app).items() if key not in before]

    answer = anna.take_in(url, f"/aanmeldingen/{world.draft()}/eisen/integriteit/upload")

    assert answer.status_code == 201
    kept = [raw for key, raw in stored(app).items() if key not in before]
    assert (len(lying), len(kept)) == (-(-len(CONTENT) // PIECE), 1)
    assert not any(b"%PDF" in raw or b"xxxx" in raw for raw in [*lying, *kept])


def test_the_sweep_takes_what_rests_for_a_day_and_leaves_what_still_comes_in(
    app: Flask, world: World, anna: Sender
) -> None:
    url = anna.begin(len(CONTENT)).headers["Location"]
    anna.send(url, 0, CONTENT[:PIECE])
    long_ago, soon = world.services.now() + timedelta(days=1), timedelta(days=20_000)

    running = sweep(world.database, world.services, long_ago)["unreferenced"]
    still_there = anna.offset(url).headers["Upload-Offset"]
    resting = sweep(world.database, world.services, world.services.now() + soon)["unreferenced"]

    assert (running, still_there, resting) == (0, str(PIECE), 1)
    assert anna.offset(url).status_code == 404


def test_a_tus_client_is_told_what_this_server_can(world: World, anna: Sender) -> None:
    answer = anna.ask("OPTIONS", START, {})
    other = anna.ask("POST", START, {"Tus-Resumable": "0.2.2", "Upload-Length": "10"})

    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,checksum,termination"
    assert answer.headers["Tus-Max-Size"] == "25000000"
    assert (other.status_code, other.headers["Tus-Version"]) == (412, "1.0.0")


NAMES = {
    "😀" * 300 + ".pdf": "😀" * 146 + ".pdf",
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\Users\\anna\\stuk.pdf": "stuk.pdf",
    "gnp\u202efdp.exe.pdf": "gnpfdp.exe.pdf",
    "Überweisung\u0000\n 2019.pdf": "Überweisung 2019.pdf",
    "договор.pdf": "договор.pdf",
    "שלום.pdf": "שלום.pdf",
}


@pytest.mark.parametrize(("sent", "shown"), NAMES.items(), ids=range(len(NAMES)))
def test_a_name_in_any_script_is_only_shown(
    world: World,
    anna: Sender,
    arrived: Arrived,
    sent: str,
    shown: str,
) -> None:
    url = anna.begin(len(pdf(shown)), name=sent).headers["Location"]
    anna.send(url, 0, pdf(shown))

    answer = anna.take_in(url)

    assert answer.status_code == 201, answer.text
    (document,) = arrived()
    assert document.filename == shown
    assert document.storage_key.isascii()
    page = anna.browser.get(f"/documenten/{document.id}/bestand")
    assert page.status_code == 200
    assert page.headers["Content-Disposition"].isascii()


def test_the_same_bytes_as_another_kind_are_told_and_offered(world: World, browse: Browse, arrived: Arrived) -> None:
    anna, content = browse("anna"), pdf("TWEE-SOORTEN")
    anna.post("/documenten/upload/complaints_procedure", {"bestand": (io.BytesIO(content), "regeling.pdf")})
    (first,) = arrived()

    answer = anna.post("/documenten/upload/other", {"bestand": (io.BytesIO(content), "kopie.pdf")})
    page = anna.get(answer.location).text
    by_script = Sender(anna, anna.token("/")).ask(
        "PUT", "/documenten/upload/plan_of_approach", {"X-File-Name": "nogeens.pdf"}, content
    )

    assert "staat ook al in uw kluis, als Klachtenregeling" in page
    assert f'href="/documenten/{first.id}"' in page
    assert "staat ook al in uw kluis" in by_script.text
    assert {one.kind for one in arrived()} == {"complaints_procedure", "other", "plan_of_approach"}
