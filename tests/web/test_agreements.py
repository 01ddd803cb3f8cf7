"""Agreements as people meet them: reading, signing once more proven, the bytes, and checking a file afterwards."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import event, select

from portal.cli import cast
from portal.cli.agreements import verify
from portal.domain import decisions, integrity, reviews
from portal.models import Agreement, Application, DecisionLetter, Organisation, Signature, Submission, User
from tests import backends
from tests.deciding import tell

CELLS = (("IB-BASIS", "0796"), ("IB-BASIS", "0865"), ("DB-BASIS", "0796"))


def admit(world: Any, *applications: str, fails: Mapping[tuple[str, str], str] = MappingProxyType({})) -> None:
    """Decided by two and told; the worker makes the documents. `fails`: (requirement, lot) to its reason."""
    world.close_round()
    now = world.clock()
    officials = [world.people[one] for one in ("ineke", "joris", "bram")]
    with world.database.transaction() as db:
        ineke, joris, bram = (db.get_one(User, one) for one in officials)
        for number, application_id in enumerate(applications):
            application = db.get_one(Application, application_id)
            review = application.review
            for item in reviews.items(review):
                reason = fails.get((item.requirement.code, item.lot.code if item.lot else ""), "")
                reviews.find(review, ineke, item, "fails" if reason else "meets", reason, now, based_on=0)
            integrity.record_outcome(application.integrity_check, bram, "no_objection", None, now)
            decisions.propose(review, ineke, now)
            decisions.confirm(review, joris, now)
            db.flush()
            tell(db, world, application, f"B-2019-{number:04d}")
    world.work()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test of this process leaves its agreement: drawing one up takes seconds."""
    return tmp_path_factory.mktemp("agreement")


@pytest.fixture
def agreement_id(world: Any, tmp_path: Path, kept: Path) -> str:
    """An agreement of Stichting De Linde that is drawn up and waits for its signature."""
    if not list(kept.iterdir()):
        admit(world, world.submitted("anna", CELLS))
        world.database.engine.dispose()
        backends.copy(tmp_path, kept)
        (kept / "made").touch()
    else:
        world.database.engine.dispose()
        backends.copy(kept, tmp_path)
    with world.database.reading() as db:
        agreement = db.scalars(select(Agreement)).one()
        assert agreement.drawn_up_at is not None
        world.clock.set(agreement.drawn_up_at)
        return agreement.id


def form(page: str, **more: str) -> dict[str, str]:
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert sha256, "the page has no form to sign"
    return {"sha256": sha256.group(1), "agreed": "yes", "password": cast.PASSWORD, **more}


def sign(browser: Any, agreement_id: str, **more: str) -> Any:
    path = f"/overeenkomsten/{agreement_id}"
    return browser.post(f"{path}/ondertekenen", form(browser.get(path).get_data(as_text=True), **more))


def signatures(world: Any) -> list[str]:
    with world.database.reading() as db:
        return list(db.scalars(select(Signature.party).order_by(Signature.wanted_at)))


def state(world: Any, agreement_id: str) -> str:
    with world.database.reading() as db:
        return db.get_one(Agreement, agreement_id).state


def test_both_parties_sign_and_the_document_carries_both_names(browse: Any, world: Any, agreement_id: str) -> None:
    world.clock.set(datetime(2020, 2, 3, 9, 0, tzinfo=UTC))  # the test authority's certificates begin in 2020
    anna, wil = browse("anna"), browse("wil")

    assert sign(anna, agreement_id).status_code == 303
    assert "wordt in het document gezet" in anna.get(f"/overeenkomsten/{agreement_id}").get_data(as_text=True)
    world.work()
    assert sign(wil, agreement_id).status_code == 303
    world.work()

    assert state(world, agreement_id) == "in_force"
    page = anna.get(f"/overeenkomsten/{agreement_id}").get_data(as_text=True)
    assert "Anna de Wit" in page
    assert "Wil de Haan" in page
    pdf = anna.get(f"/overeenkomsten/{agreement_id}/bestand").data
    assert hashlib.sha256(pdf).hexdigest() in page
    reports = world.services.signer.verify(pdf)
    assert [(one.field, one.name, one.is_intact, one.is_trusted) for one in reports] == [
        ("Zorgaanbieder", "Anna de Wit", True, True),
        ("Gemeente", "Wil de Haan", True, True),
    ]


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)


def test_receipt_letter_and_agreement_say_what_was_decided(world: Any, agreement_id: str) -> None:
    with world.database.reading() as db:
        agreement = db.get_one(Agreement, agreement_id)
        letter = db.scalars(select(DecisionLetter)).one()
        submission = db.scalars(select(Submission)).one()
        keys = (submission.receipt_key, letter.pdf_key, agreement.pdf_key)
        procedure_digest = agreement.procedure.file_digest
    receipt, decision, contract = (text_of(world.services.files.read(key)) for key in keys)

    assert submission.receipt_number in receipt
    assert submission.digest in receipt
    assert "maandag 15 juli 2019, 10.00.00 uur" in receipt
    assert all(one["sha256"] in receipt for one in json.loads(submission.manifest)["files"])
    assert "U bent toegelaten." in decision
    assert "Dagbesteding basis Toegelaten 's-Hertogenbosch" in decision
    assert "Raamovereenkomst Wmo specialistische ondersteuning regio Meierij" in contract
    assert "Stichting De Linde" in contract
    assert "DEMONSTRATIE: tarieven verzonnen" in contract
    assert "loopt tot en met 31 december 2021" in contract
    assert "€ 412,50" in contract
    assert procedure_digest in contract


def test_a_refusal_quotes_the_published_requirement_and_the_reason(world: Any) -> None:
    application_id = world.submitted("anna", CELLS)
    fails = {("T04", "1B"): "Het stuk noemt geen standaarden voor dagbesteding."}

    admit(world, application_id, fails=fails)

    with world.database.reading() as db:
        key = db.scalars(select(DecisionLetter)).one().pdf_key
    letter = text_of(world.services.files.read(key))
    assert "U bent voor een deel toegelaten." in letter
    assert "Dagbesteding basis Afgewezen 's-Hertogenbosch" in letter
    assert "Individuele begeleiding basis Toegelaten 's-Hertogenbosch, Vught" in letter
    assert "Eis T04: Professionele standaarden (perceel 1B)" in letter
    assert "die bij het gekozen perceel horen." in letter
    assert "Gepubliceerde eis T04, versie 1." in letter
    assert letter.count("Het stuk noemt geen standaarden voor dagbesteding.") == 1


def test_the_document_is_shown_here_or_kept_as_a_download(browse: Any, world: Any, agreement_id: str) -> None:
    anna = browse("anna")

    here = anna.get(f"/overeenkomsten/{agreement_id}/bestand")
    kept = anna.get(f"/overeenkomsten/{agreement_id}/bestand?versie=unsigned&download=1")

    assert here.content_type == "application/pdf"
    assert here.headers["Content-Disposition"].startswith("inline")
    assert kept.headers["Content-Disposition"].startswith("attachment")
    assert here.data == kept.data


def test_a_version_that_is_not_there_is_not_found(browse: Any, agreement_id: str) -> None:
    anna = browse("anna")

    codes = [anna.get(f"/overeenkomsten/{agreement_id}/bestand?versie={one}").status_code for one in ("authority", "x")]

    assert codes == [404, 404]


@pytest.mark.parametrize(
    ("more", "field"), [({"password": "verkeerd wachtwoord 1"}, "password"), ({"agreed": ""}, "agreed")]
)
def test_signing_asks_the_tick_and_the_right_password(
    browse: Any, world: Any, agreement_id: str, more: dict[str, str], field: str
) -> None:
    answer = sign(browse("anna"), agreement_id, **more)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Fout:" in page
    assert f'href="#{field}"' in page
    assert signatures(world) == []


def test_ten_wrong_passwords_lock_signing_for_a_while(browse: Any, world: Any, agreement_id: str) -> None:
    anna = browse("anna")
    for _ in range(10):
        sign(anna, agreement_id, password="verkeerd wachtwoord 1")

    locked = sign(anna, agreement_id)

    assert locked.status_code == 422
    assert "Wacht 5 minuten" in locked.get_data(as_text=True)
    assert signatures(world) == []


def test_a_document_other_than_the_one_shown_is_not_signed(browse: Any, world: Any, agreement_id: str) -> None:
    answer = sign(browse("anna"), agreement_id, sha256="0" * 64)

    assert answer.status_code == 409
    assert signatures(world) == []


def test_the_municipality_cannot_sign_first(browse: Any, world: Any, agreement_id: str) -> None:
    wil, path = browse("wil"), f"/overeenkomsten/{agreement_id}"
    assert 'name="sha256"' not in wil.get(path).get_data(as_text=True)

    answer = wil.post(f"{path}/ondertekenen", {"sha256": "0" * 64, "agreed": "yes", "password": cast.PASSWORD})

    assert answer.status_code == 409
    assert signatures(world) == []


def test_signing_twice_is_signing_once(browse: Any, world: Any, agreement_id: str) -> None:
    anna = browse("anna")
    path = f"/overeenkomsten/{agreement_id}"
    data = form(anna.get(path).get_data(as_text=True))

    codes = [anna.post(f"{path}/ondertekenen", data).status_code for _ in range(2)]

    assert codes == [303, 303]
    assert signatures(world) == ["provider"]


def test_a_round_manager_reads_but_has_no_right_to_sign(browse: Any, world: Any, agreement_id: str) -> None:
    renske, path = browse("renske"), f"/overeenkomsten/{agreement_id}"

    page = renske.get(path)
    answer = renske.post(f"{path}/ondertekenen", {"sha256": "0" * 64, "agreed": "yes", "password": cast.PASSWORD})

    assert page.status_code == 200
    assert answer.status_code == 403
    assert signatures(world) == []


def test_another_provider_finds_nothing(browse: Any, agreement_id: str) -> None:
    karim, path = browse("karim"), f"/overeenkomsten/{agreement_id}"

    codes = [karim.get(one).status_code for one in (path, f"{path}/bestand")]
    codes.append(karim.post(f"{path}/ondertekenen", {"agreed": "yes", "password": cast.PASSWORD}).status_code)

    assert codes == [404, 404, 404]
    assert "RO-2019" not in karim.get("/overeenkomsten").get_data(as_text=True)


def test_another_authority_finds_nothing(browse: Any, world: Any, agreement_id: str) -> None:
    world.emails["otto"] = "otto@waarden.example"
    cast.official(world.stage, world.other_authority_id, "Otto", world.emails["otto"], ["authority_signatory"])
    otto = browse("otto")

    assert otto.get(f"/overeenkomsten/{agreement_id}").status_code == 404
    assert "RO-2019" not in otto.get("/overeenkomsten").get_data(as_text=True)


def test_the_list_shows_the_own_agreements_and_filters(browse: Any, world: Any, agreement_id: str) -> None:
    anna, wil = browse("anna"), browse("wil")

    assert "RO-2019-0001" in anna.get("/overeenkomsten").get_data(as_text=True)
    assert "RO-2019-0001" in wil.get("/overeenkomsten?q=linde&stand=drawn_up").get_data(as_text=True)
    assert "RO-2019-0001" not in wil.get("/overeenkomsten?stand=in_force").get_data(as_text=True)
    assert "RO-2019-0001" not in wil.get("/overeenkomsten?q=iemand+anders").get_data(as_text=True)


def test_the_list_costs_the_same_statements_for_one_and_many_and_turns_its_pages(
    browse: Any, world: Any, agreement_id: str, statements: Callable[[], list[str]]
) -> None:
    wil = browse("wil")
    wil.get("/overeenkomsten")
    statements()
    wil.get("/overeenkomsten")
    for_one = len(statements())
    copy_agreements(world, agreement_id, 60)
    statements()

    first = wil.get("/overeenkomsten").get_data(as_text=True)

    assert len(statements()) == for_one <= 12
    address = re.search(r'href="([^"]*na=[^"]*)"', first)
    assert address
    second = wil.get(address.group(1).replace("&amp;", "&")).get_data(as_text=True)
    numbers = [re.findall(r">(RO-[0-9-]+|KOPIE-[0-9]+)<", one) for one in (first, second)]
    assert [len(one) for one in numbers] == [50, 11]
    assert len(set(numbers[0] + numbers[1])) == 61
    back = re.search(r'href="([^"]*voor=[^"]*)"', second)
    assert back
    assert wil.get(back.group(1).replace("&amp;", "&")).get_data(as_text=True).count("KOPIE-") == first.count("KOPIE-")


def test_one_agreement_costs_at_most_fifteen_statements(
    browse: Any, agreement_id: str, statements: Callable[[], list[str]]
) -> None:
    anna = browse("anna")
    anna.get(f"/overeenkomsten/{agreement_id}")
    statements()

    anna.get(f"/overeenkomsten/{agreement_id}")

    assert len(statements()) <= 15


def test_verify_knows_our_file_and_refuses_a_changed_one(
    app: Flask, browse: Any, world: Any, agreement_id: str, tmp_path: Path
) -> None:
    anna = browse("anna")
    sign(anna, agreement_id)
    world.work()
    pdf = anna.get(f"/overeenkomsten/{agreement_id}/bestand").data
    ours, changed = tmp_path / "ours.pdf", tmp_path / "changed.pdf"
    ours.write_bytes(pdf)
    changed.write_bytes(pdf + b"\n% erbij\n")
    runner = app.test_cli_runner()

    good, bad = runner.invoke(verify, [str(ours)]), runner.invoke(verify, [str(changed)])
    answer = json.loads(runner.invoke(verify, [str(ours), "--json"]).output)

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "ja, overeenkomst RO-2019-0001, ondertekend door de zorgaanbieder" in good.output
    assert "Anna de Wit" in good.output
    assert "nee, dit bestand kennen wij niet" in bad.output
    assert (answer["is_ours"], answer["is_whole"], answer["version"]) == (True, True, "provider")
    assert [one["name"] for one in answer["signatures"]] == ["Anna de Wit"]


def test_verify_says_no_to_a_file_that_is_no_pdf(app: Flask, tmp_path: Path) -> None:
    text = tmp_path / "brief.pdf"
    text.write_text("geen pdf")

    answer = app.test_cli_runner().invoke(verify, [str(text)])

    assert answer.exit_code == 1
    assert "niet te lezen" in answer.output


@pytest.fixture
def statements(world: Any) -> Callable[[], list[str]]:
    """Call it for the SELECTs since the last call."""
    seen: list[str] = []

    @event.listens_for(world.database.engine, "before_cursor_execute")
    def _note(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    def since() -> list[str]:
        found, seen[:] = list(seen), []
        return found

    return since


def copy_agreements(world: Any, agreement_id: str, count: int, state: str = "drawn_up") -> None:
    """Agreements like this one for `count` other providers, with the same lines, as rows."""
    from portal.models import AgreementLine

    with world.database.transaction() as db:
        model = db.get_one(Agreement, agreement_id)
        application = model.application
        for number in range(count):
            kvk = f"9{number:07d}"
            owner = Organisation(kvk_number=kvk, name=f"Zorg {number:03d}", legal_form="bv", created_at=model.made_at)
            again = Application(
                authority_id=model.authority_id,
                number=f"A-KOPIE-{number}",
                round_id=application.round_id,
                organisation_id=owner.id,
                state="decided",
                created_at=model.made_at,
                saved_at=model.made_at,
            )
            kept = ("authority_id", "procedure_id", "template", "facts", "facts_digest", "made_at")
            kept += ("standstill_ends_at", "starts_on", "ends_on")
            copy = Agreement(
                **{name: getattr(model, name) for name in kept},
                application_id=again.id,
                organisation_id=owner.id,
                number=f"KOPIE-{number:03d}",
                state=state,
            )
            db.add_all([owner, again])
            db.flush()
            db.add(copy)
            db.flush()
            for line in model.lines:
                same = ("authority_id", "product_id", "municipality_id", "tariff_cents")
                db.add(AgreementLine(agreement_id=copy.id, **{name: getattr(line, name) for name in same}))
