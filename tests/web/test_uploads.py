"""Receiving files, seen from outside: what arrives, what is refused, and what is left behind."""

from __future__ import annotations

import hashlib
import io
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import werkzeug.formparser
from flask import Flask
from sqlalchemy import select, text

from portal.cli import sample_documents
from portal.models import AuditEvent, Document, Evidence, new_id
from tests import backends
from tests.conftest import Browser, World

Browse = Callable[[str], Browser]
Arrived = Callable[[], list[Document]]


def pdf(number: str = "N-1", kind: str = "complaints_procedure") -> bytes:
    return sample_documents.make(kind, "Stichting De Linde", "12345678", date(2019, 6, 1), None, number)


def put(browser: Browser, path: str, content: Any, name: str = "regeling.pdf") -> Any:
    """One file as the page's script sends it."""
    headers = {"X-CSRFToken": browser.token("/"), "X-File-Name": name}
    return browser.client.put(path, headers=headers, content_type="application/octet-stream", **_body(content))


def _body(content: Any) -> dict[str, Any]:
    return {"data": content} if isinstance(content, bytes) else {"input_stream": content}


def form(browser: Browser, path: str, *files: tuple[bytes, str]) -> Any:
    """Files as a browser without JavaScript sends them."""
    answer = browser.post(path, {"bestand": [(io.BytesIO(content), name) for content, name in files]})
    answer.request.environ["wsgi.input"].close()  # the test client keeps a large form in a file of its own
    return answer


def stored(app: Flask) -> dict[str, bytes]:
    """Every file in the store, unfinished ones too."""
    return backends.stored(app.config["INSTANCE"])


class Body(io.RawIOBase):
    """A body of `size` bytes that starts with `head` and is made while it is read; `meanwhile` runs once, halfway."""

    def __init__(self, head: bytes, size: int, meanwhile: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.head, self.size, self.at, self.meanwhile = head, size, 0, meanwhile

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = self.size if whence == 2 else offset
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        if self.at and self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            act()
        count = min(len(buffer), self.size - self.at, 500 if self.meanwhile else len(buffer))
        buffer[:count] = self.head[self.at : self.at + count].ljust(count, b"\0")
        self.at += count
        return count


def test_a_put_stores_the_very_bytes_and_answers_with_the_line_for_the_list(
    world: World, browse: Browse, arrived: Arrived
) -> None:
    path = f"/aanmeldingen/{world.draft()}/eisen/T06/upload"

    answer = put(browse("anna"), path, pdf(), "Klachtenregeling%20%E2%80%93%202019.pdf")

    assert (answer.status_code, answer.mimetype) == (201, "text/html")
    assert answer.text.strip().startswith("<li")
    assert "Klachtenregeling – 2019.pdf" in answer.text
    (document,) = arrived()
    assert (document.filename, document.kind) == ("Klachtenregeling – 2019.pdf", "complaints_procedure")
    assert (document.size, document.sha256) == (len(pdf()), hashlib.sha256(pdf()).hexdigest())
    assert world.services.files.read(document.storage_key) == pdf()
    with world.database.reading() as db:
        assert db.scalars(select(Evidence)).one().document_id == document.id


def test_a_plain_form_does_the_same_and_takes_more_files_at_once(
    world: World, browse: Browse, arrived: Arrived
) -> None:
    application_id, anna = world.draft(), browse("anna")

    answer = form(anna, f"/aanmeldingen/{application_id}/eisen/T06/upload", (pdf("1"), "a.pdf"), (pdf("2"), "b.pdf"))

    assert answer.status_code == 303
    page = anna.get(answer.location).text
    assert "a.pdf is ontvangen en gecontroleerd." in page
    assert "b.pdf" in page
    assert [one.filename for one in arrived()] == ["a.pdf", "b.pdf"]


def test_a_form_without_a_file_says_so_at_the_field(world: World, browse: Browse, arrived: Arrived) -> None:
    answer = form(browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06/upload", (b"", ""))

    assert answer.status_code == 409
    assert 'id="bestand-error"' in answer.text
    assert "Kies eerst een bestand" in answer.text
    assert "<title>Fout:" in answer.text
    assert arrived() == []


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "leeg.pdf", "leeg"),
        (b"MZ\x90\x00 a program", "regeling.pdf", "inhoud"),
        (b"MZ\x90\x00 a program", "regeling.exe", "exe"),
        (pdf()[:400], "half.pdf", "beschadigd"),
    ],
)
def test_what_cannot_be_evidence_is_refused_and_leaves_nothing(
    app: Flask, world: World, browse: Browse, content: bytes, name: str, reason: str, arrived: Arrived
) -> None:
    path = f"/aanmeldingen/{world.draft()}/eisen/T06/upload"
    anna, before = browse("anna"), stored(app)

    bare = put(anna, path, content, name)
    filled = form(anna, path, (content, name))

    assert (bare.status_code, bare.mimetype) == (409, "text/plain")
    assert reason in bare.text
    assert filled.status_code == 409
    assert arrived() == []
    assert stored(app) == before


def test_a_good_file_is_kept_when_the_one_beside_it_is_refused(world: World, browse: Browse, arrived: Arrived) -> None:
    path = f"/aanmeldingen/{world.draft()}/eisen/T06/upload"

    answer = form(browse("anna"), path, (pdf(), "goed.pdf"), (b"MZ", "fout.exe"))

    assert answer.status_code == 409
    assert "goed.pdf" in answer.text
    assert "exe" in answer.text
    assert [one.filename for one in arrived()] == ["goed.pdf"]


def test_a_file_over_the_limit_is_refused_with_the_limit_and_leaves_nothing(
    app: Flask, world: World, browse: Browse, arrived: Arrived
) -> None:
    path = f"/aanmeldingen/{world.draft()}/eisen/T06/upload"
    anna, before = browse("anna"), stored(app)

    bare = put(anna, path, Body(b"%PDF-1.7\n", 25_000_001))
    filled = form(anna, path, (bytes(25_000_001), "groot.pdf"))

    assert bare.status_code == 413
    assert "groter dan 25 MB" in bare.text
    assert (filled.status_code, "groter dan 25 MB" in filled.text) == (409, True)
    assert arrived() == []
    assert stored(app) == before


def test_nothing_is_spooled_to_a_temporary_file(world: World, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("an upload was spooled outside the store")

    monkeypatch.setattr(werkzeug.formparser, "SpooledTemporaryFile", refuse)
    padding = b"\n%" + b" " * 700_000
    path = f"/aanmeldingen/{world.draft()}/eisen/T06/upload"

    assert form(browse("anna"), path, (pdf() + padding, "a.pdf")).status_code == 303


def test_memory_stays_flat_while_a_large_file_arrives(world: World, browse: Browse) -> None:
    anna, path = browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06/upload"
    put(anna, path, pdf())

    tracemalloc.start()
    put(anna, path, Body(b"%PDF-1.7\n", 24_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 6_000_000


def test_no_transaction_is_open_while_the_bytes_arrive(world: World, browse: Browse) -> None:
    anna, path = browse("anna"), f"/aanmeldingen/{world.draft()}/eisen/T06/upload"
    wrote: list[str] = []

    def write() -> None:
        with world.database.transaction() as db:
            act = AuditEvent(
                at=world.clock(), actor_name="x", act="y", subject_type="Z", subject_id=new_id(), details={}
            )
            db.add(act)
        wrote.append("committed")

    answer = put(anna, path, Body(pdf(), len(pdf()), write))

    assert wrote == ["committed"]
    assert answer.status_code == 201


def test_the_bibob_form_is_sealed_while_it_arrives_and_nobody_here_can_open_it(
    app: Flask, world: World, browse: Browse, arrived: Arrived
) -> None:
    application_id, anna = world.draft(), browse("anna")
    content, before = pdf("GEHEIM-77", "bibob_form"), set(stored(app))

    answer = put(anna, f"/aanmeldingen/{application_id}/eisen/integriteit/upload", content, "bibob.pdf")
    filled = form(anna, "/documenten/upload/bibob_form", (pdf("GEHEIM-78", "bibob_form"), "bibob-2.pdf"))

    assert (answer.status_code, filled.status_code) == (201, 303)
    assert [document.is_sealed for document in arrived()] == [True, True]
    for document in arrived():
        assert anna.get(f"/documenten/{document.id}/bestand").status_code == 404
    assert hashlib.sha256(content).hexdigest() in {document.sha256 for document in arrived()}
    kept = [raw for key, raw in stored(app).items() if key not in before]
    assert len(kept) == 2
    for raw in kept:
        assert b"GEHEIM" not in raw
        assert b"%PDF" not in raw


def test_a_bibob_form_cannot_be_sent_in_as_ordinary_evidence(
    app: Flask, world: World, browse: Browse, arrived: Arrived
) -> None:
    anna, before = browse("anna"), stored(app)
    path = f"/aanmeldingen/{world.draft()}/eisen/T06/upload?soort=bibob_form"

    assert put(anna, path, pdf()).status_code == 404
    assert form(anna, path, (pdf(), "a.pdf")).status_code == 404
    assert (arrived(), stored(app)) == ([], before)


def test_the_same_bytes_twice_are_one_document(app: Flask, world: World, browse: Browse, arrived: Arrived) -> None:
    anna = browse("anna")
    form(anna, "/documenten/upload/complaints_procedure", (pdf(), "regeling.pdf"))
    before = stored(app)

    again = form(anna, f"/aanmeldingen/{world.draft()}/eisen/T06/upload", (pdf(), "kopie.pdf"))
    told = anna.get(again.location).text
    by_script = put(anna, "/documenten/upload/complaints_procedure", pdf())

    assert "Dit bestand had u al: regeling.pdf" in told
    assert (by_script.status_code, "Dit bestand had u al" in by_script.text) == (201, True)
    assert [one.filename for one in arrived()] == ["regeling.pdf"]
    assert stored(app) == before


def test_strangers_cannot_upload(app: Flask, world: World, browse: Browse, visitor: Browser, arrived: Arrived) -> None:
    path = f"/aanmeldingen/{world.draft('anna')}/eisen/T06/upload"
    before = stored(app)

    assert form(visitor, path, (pdf(), "a.pdf")).status_code in {302, 303}
    assert put(visitor, path, pdf()).status_code == 401
    assert put(browse("karim"), path, pdf()).status_code == 404
    assert browse("anna").client.put(path, data=pdf()).status_code == 400  # and not without a token either
    assert put(browse("ineke"), path, pdf()).status_code == 403
    assert (arrived(), stored(app)) == ([], before)


@pytest.mark.parametrize("place", ["eisen/T06", "aanbod/A1", "herstel/1/2"])
def test_who_may_not_send_a_file_hears_so_while_somebody_else_writes(world: World, browse: Browse, place: str) -> None:
    path = f"/aanmeldingen/{world.draft('anna')}/{place}/upload"
    karim, ineke = browse("karim"), browse("ineke")

    with world.database.transaction() as db:
        db.execute(text("SELECT 1"))  # whoever wants to write now, waits
        refused = [put(one, path, pdf()).status_code for one in (karim, ineke)]

    assert refused == [404, 403]


def test_a_file_comes_in_while_somebody_else_writes_and_then_waits_its_turn(
    world: World, browse: Browse, arrived: Arrived
) -> None:
    anna, path, is_in = browse("anna"), f"/aanmeldingen/{world.draft('anna')}/eisen/T06/upload", threading.Event()
    body = Body(pdf(), 400_000, meanwhile=is_in.set)

    with ThreadPoolExecutor(1) as threads:
        with world.database.transaction() as db:
            db.execute(text("SELECT 1"))
            sent = threads.submit(put, anna, path, body)
            came_in = is_in.wait(10)
        answer = sent.result()

    assert came_in
    assert (answer.status_code, len(arrived())) == (201, 1)


def test_after_closing_no_evidence_can_be_added_but_the_vault_still_takes_documents(
    world: World, browse: Browse
) -> None:
    application_id = world.draft()
    world.close_round()
    anna = browse("anna")

    late = put(anna, f"/aanmeldingen/{application_id}/eisen/T06/upload", pdf())
    kept = put(anna, "/documenten/upload/complaints_procedure", pdf())

    assert (late.status_code, "gesloten" in late.text) == (409, True)
    assert kept.status_code == 201
