"""`flask receipts`: one receipt checked by its holder, and everything that is kept compared with itself."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select, text

from portal import create_app
from portal.models import Document, Submission
from portal.queries import verification
from tests.conftest import Browser, _config

PAGE = "/procedures/meierij/meierij-2020/rondes/2020-1/sluitingscertificaat"


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["receipts", *(str(word) for word in words)])


@pytest.fixture
def closed(app, world, tmp_path):
    """Anna's submission in a closed round, with the files that she and anybody can hold."""
    application_id = world.submitted("anna")
    world.close_round()
    anna = Browser(app, world).sign_in("anna")
    with world.database.reading() as db:
        submission = db.scalars(select(Submission)).one()
    address = f"/aanmeldingen/{application_id}/ontvangst/{submission.id}"
    for name, path in {
        "receipt.pdf": f"{address}/ontvangstbewijs.pdf",
        "proof.json": f"{address}/bewijs.json",
        "certificate.pdf": f"{PAGE}/sluitingscertificaat.pdf",
    }.items():
        (tmp_path / name).write_bytes(anna.get(path).data)
    return tmp_path


def with_attachment(path: Path, name: str, content: bytes) -> Path:
    target = path.with_name("changed.pdf")
    with pikepdf.open(path) as document:
        document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name)
        document.save(target)
    return target


@pytest.mark.parametrize(
    "words", [["receipt.pdf"], ["proof.json"], ["receipt.pdf", "--certificate", "certificate.pdf"]]
)
def test_a_receipt_holds_by_its_pdf_and_by_its_proof(run, closed, words):
    answer = run("verify", *[closed / one if "." in one else one for one in words])

    assert answer.exit_code == 0, answer.output
    assert "zit in het sluitingscertificaat: ja (bij het sluiten: telt mee)" in answer.output
    assert "Het tijdstempel klopt: ja (dinsdag 1 oktober 2019, 12.00.00 uur" in answer.output
    assert "NEE" not in answer.output


def test_a_receipt_and_a_certificate_are_checked_where_no_database_is(closed, tmp_path, app):
    # somebody who only has the two PDFs, and trusts the same authority of time
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    services = app.extensions["services"]
    other = create_app(_config(folder), timestamps=services.timestamps)
    runner = other.test_cli_runner()
    receipt, certificate = str(closed / "receipt.pdf"), str(closed / "certificate.pdf")

    alone = runner.invoke(args=["receipts", "verify", receipt])
    together = runner.invoke(args=["receipts", "verify", receipt, "--certificate", certificate])

    other.extensions["database"].engine.dispose()
    assert (together.exit_code, "NEE" in together.output) == (0, False), together.output
    assert "niet te controleren (hier is geen database; gebruik --certificate)" in alone.output


def test_a_changed_receipt_does_not_hold(run, closed):
    answer = run("verify", with_attachment(closed / "receipt.pdf", "manifest.json", b"{}"))

    assert answer.exit_code == 1
    assert "past bij de inhoud: NEE" in answer.output


def test_a_receipt_that_names_another_moment_is_not_in_the_certificate(run, closed, app):
    with pikepdf.open(closed / "receipt.pdf") as document:
        card = json.loads(document.attachments["ontvangstbewijs.json"].get_file().read_bytes())
    card["submitted_at"] = "2019-07-01T08:00:00.000000+00:00"

    answer = run("verify", with_attachment(closed / "receipt.pdf", "ontvangstbewijs.json", json.dumps(card).encode()))

    assert answer.exit_code == 1
    assert "bewaarde dezelfde indiening: NEE" in answer.output
    assert "zit in het sluitingscertificaat: NEE" in answer.output


def test_a_changed_proof_does_not_hold(run, closed):
    held = json.loads((closed / "proof.json").read_text())
    inclusion, stamp = "zit in het sluitingscertificaat: NEE", "Het tijdstempel klopt: NEE"

    for name, value, question in (
        ("index", 5, inclusion),
        ("path", ["00" * 32], inclusion),
        ("timestamp", "AAAA", stamp),
    ):
        (closed / "changed.json").write_text(json.dumps({**held, name: value}))
        answer = run("verify", closed / "changed.json")

        assert answer.exit_code == 1
        assert question in answer.output


def test_a_changed_statement_breaks_the_stamp(run, closed):
    held = json.loads((closed / "proof.json").read_text())
    held["statement"] = held["statement"].replace("10:00:00", "11:00:00")
    (closed / "changed.json").write_text(json.dumps(held))

    answer = run("verify", closed / "changed.json")

    assert answer.exit_code == 1
    assert "Het tijdstempel klopt: NEE (Dit tijdstempel hoort bij iets anders.)" in answer.output


def test_what_is_no_receipt_says_so(run, closed):
    empty = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(empty)
    for name, content in {"a.pdf": empty.getvalue(), "b.pdf": b"%PDF-nonsense", "c.json": b"[]", "d": b"\xff"}.items():
        (closed / name).write_bytes(content)

    answers = {name: run("verify", closed / name) for name in ("a.pdf", "b.pdf", "c.json", "d")}

    assert {name: one.exit_code for name, one in answers.items()} == dict.fromkeys(answers, 2)
    assert all("Geen ontvangstbewijs" in one.output for one in answers.values())


def test_before_closing_a_receipt_holds_as_far_as_it_can_be_checked(run, world, tmp_path):
    world.submitted("anna")
    world.work()
    with world.database.reading() as db:
        (tmp_path / "r.pdf").write_bytes(world.services.files.read(db.scalars(select(Submission.receipt_key)).one()))

    answer = run("verify", tmp_path / "r.pdf", "--json")

    found = json.loads(answer.output)
    assert (answer.exit_code, found["holds"]) == (0, True)
    assert [one["answer"] for one in found["checks"]] == [True, True, True, None]


def test_everything_that_is_kept_agrees_with_itself(run, closed):
    answer = run("check", "--json")

    found = json.loads(answer.output)
    assert (answer.exit_code, found["problems"], found["open"]) == (0, [], 0)
    assert (found["receipts"], found["certificates"]) == (1, 2)
    assert found["documents"] > 10


def test_a_file_that_is_gone_or_changed_is_named(run, closed, world):
    with world.database.reading() as db:
        first, second = db.scalars(select(Document).where(Document.is_sealed.is_(False)).limit(2)).all()
    files = world.services.files
    content = files.read(second.storage_key)
    for document in (first, second):
        files.delete(document.storage_key)
    files.put(second.storage_key, content[:-1] + b"x")

    answer = run("check")

    assert answer.exit_code == 1
    assert f"file_missing  {first.storage_key}" in answer.output
    assert f"file_changed  {second.storage_key}" in answer.output


def test_a_file_without_a_row_is_named_once_it_is_old(run, closed, world, app):
    world.services.files.put("documents/ab/stray", b"nobody knows me")
    world.clock.set(world.services.now().replace(year=2099))

    answer = run("check")

    assert "file_without_row  documents/ab/stray" in answer.output


TAMPERING = {
    "UPDATE submissions SET manifest = manifest || ' '": "manifest_changed",
    "UPDATE submissions SET digest = 'abcd'": "receipt_not_certified",
    "UPDATE submissions SET withdrawn_at = submitted_at": "certified_receipt_missing",
    "UPDATE close_certificates SET root = 'abcd'": "root_changed",
    "UPDATE close_certificates SET statement = replace(statement, '2019', '2018')": "statement_changed",
    "UPDATE close_certificates SET leaves = '[]'": "receipt_not_certified",
    "UPDATE close_certificates SET token = :nothing": "stamp_refused",
    "UPDATE documents SET sha256 = 'abcd'": "document_changed",
    "UPDATE documents SET storage_key = 'documents/zz/' || id": "file_missing",
}


def test_a_row_that_was_changed_behind_the_portals_back_is_named(closed, world):
    services, found = world.services, {}

    for statement in TAMPERING:
        with world.database.writing() as db:  # never committed
            db.execute(text(statement), {"nothing": b"\0"})
            said = verification.verify(db, services.files, services.timestamps, services.now())
            found[statement] = {one.kind for one in said.problems}

    assert {statement: kind in found[statement] for statement, kind in TAMPERING.items()} == dict.fromkeys(
        TAMPERING, True
    )


def test_what_the_worker_has_yet_to_make_is_no_problem(run, world):
    world.submitted("anna")

    found = json.loads(run("check", "--json").output)

    assert (found["problems"], found["open"]) == ([], 1)


def test_a_file_is_part_of_a_receipt_or_it_is_not(run, closed, world):
    with world.database.reading() as db:
        named = db.scalars(select(Submission)).one().content["files"][0]
        document = db.get_one(Document, named["document_id"])
        content = world.services.files.read(document.storage_key)
    (closed / "same.pdf").write_bytes(content)
    (closed / "other.pdf").write_bytes(content + b" ")

    same = run("verify", closed / "receipt.pdf", "--contains", closed / "same.pdf")
    other = run("verify", closed / "receipt.pdf", "--contains", closed / "other.pdf")

    assert (same.exit_code, other.exit_code) == (0, 1)
    assert "Het bestand same.pdf hoort bij dit ontvangstbewijs: ja" in same.output
    assert "Het bestand other.pdf hoort bij dit ontvangstbewijs: NEE" in other.output
