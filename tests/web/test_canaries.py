"""Nothing of the integrity compartment comes out: planted words, then every address, mail, column, log and file."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from portal.cli import cast, script
from portal.cli import integrity_script as act
from portal.cli.files import EVER
from portal.domain import integrity_files as files
from portal.domain.integrity_files import Assessment
from portal.models import (
    Application,
    Base,
    Document,
    IntegrityFile,
    IntegrityForm,
    IntegrityPaper,
    Message,
    Review,
    Submission,
)
from tests import backends, partners
from tests.adapters.test_inspection import pdf_with
from tests.conftest import Browser
from tests.web.test_questionnaire import fill

CANARY = re.compile(rb"kanarie[a-z]+", re.IGNORECASE)
"""Each planted word begins so; what follows says where it was planted."""


def _long(word: str) -> str:
    return f"Hier staat {word}, met genoeg woorden eromheen om een motivering te zijn."


class Planted:
    """One application of two, with a word in everything that the compartment keeps; the decision on it was told."""

    def __init__(self, app: Any, world: Any) -> None:
        self.app, self.world = app, world
        self.extra()
        partners.publish(world)
        self.application = world.complete("anna")
        self.party, self.part = partners.joined(world, self.application)
        fill(self.browser("anna"), world, self.application, text="kanarieannavragen")
        fill(self.browser("karim"), world, self.application, position=1, text="kanariekarimvragen")
        partners.fill(world, self.part)
        partners.declare(world, self.part)
        cast.submit(world.stage, world.people["anna"], self.application)
        world.close_round()
        self.own, self.other = (act.file_of(world.stage, self.application, one) for one in (0, 1))
        self.work_in_compartment()
        self.decide()
        world.clock.advance(files.calendar.end_of_day(files.calendar.local_day(world.clock())) - world.clock())
        world.work()

    def extra(self) -> None:
        """One of every role that the small world lacks, and colleagues of Anna who may not sign."""
        for key, role in (("ingrid", "inspector"), ("arno", "assessor"), ("coen", "contract_manager")):
            self.world.emails[key] = f"{key}@meierij.example"
            self.world.people[key] = cast.official(
                self.world.stage, self.world.authority_id, key.title(), self.world.emails[key], [role]
            )
        for key, role in (("lies", "reader"), ("eva", "editor")):
            self.world.emails[key] = f"{key}@delinde.example"
            self.world.people[key] = cast.colleague(
                self.world.stage, self.world.people["anna"], key.title(), self.world.emails[key], [role]
            )

    def browser(self, who: str) -> Browser:
        return Browser(self.app, self.world).sign_in(who)

    def work_in_compartment(self) -> None:
        stage, people = self.world.stage, self.world.people
        bram, dina = people["bram"], people["dina"]
        for file, name in ((self.own, "anna"), (self.other, "karim")):
            act.research(stage, bram, file, _long(f"kanarie{name}onderzoek"))
            act.step(stage, bram, file, {"text": _long(f"kanarie{name}aanvraag")}, files.ask_advice)
        advice = {"danger": "serious", "text": _long("kanarieannaadvies")}
        act.step(stage, bram, self.own, advice, files.receive_advice)
        desk = self.browser("bram")
        with self.world.database.reading() as db:
            path = f"/integriteit/{db.get_one(IntegrityFile, self.own).check_id}/{self.own}"
        copy = {"bestand": (io.BytesIO(pdf_with()), "kanarieannabestandsnaam.pdf")}
        desk.post(f"{path}/advies/afschrift", copy, content_type="multipart/form-data")
        found = Assessment(
            "serious", "refuse", _long("kanarieannamotivering"), proportionality=_long("kanarieannaevenredig")
        )
        act.announce(stage, bram, self.own, found, "serious")
        act.answer(stage, people["anna"], self.own, _long("kanarieannazienswijze"))
        act.propose(stage, bram, self.own, found, "serious", "refuse")
        act.opened(stage, dina, self.own)
        remark = _long("kanarieannateruggave")
        act.step(stage, dina, self.own, {"text": remark}, files.send_back, remark=remark)
        act.propose(stage, bram, self.own, found, "serious", "refuse")
        act.decide(stage, dina, self.own, found, _long("kanarieannabesluit"))

    def decide(self) -> None:
        stage, people = self.world.stage, self.world.people
        for one in ("ineke", "joris"):
            script.declare(stage, people[one], self.world.rounds["2020-1"])
        script.judge(stage, people["ineke"], self.application)
        # nothing is decided while the term stands still: the advice about the partner came in as well
        act.step(
            stage,
            people["bram"],
            self.other,
            {"danger": "none", "text": _long("kanariekarimadvies")},
            files.receive_advice,
        )
        script.propose(stage, people["ineke"], self.application)
        script.confirm(stage, people["joris"], self.application)
        script.approve(stage, people["wil"], self.application)
        script.tell(stage, people["renske"], self.application)

    def values(self) -> dict[str, list[str]]:
        """What stands in an address where a rule has a variable."""
        with self.world.database.reading() as db:
            application = db.get_one(Application, self.application)
            sealed = select(Document.id).where(Document.is_sealed)
            review = db.scalars(select(Review.id).where(Review.application_id == self.application)).one()
            return {
                "application_id": [self.application],
                "review_id": [review],
                "round_id": [application.round_id],
                "procedure_id": [application.round.procedure_id],
                "authority_slug": ["meierij"],
                "slug": ["meierij-2020"],
                "label": ["2020-1"],
                "check_id": [application.integrity_check.id],
                "file_id": [self.own, self.other],
                "paper_id": list(db.scalars(select(IntegrityPaper.id))),
                "form_id": list(db.scalars(select(IntegrityForm.id))),
                "document_id": list(db.scalars(sealed)),
                "submission_id": list(db.scalars(select(Submission.id))),
                "part_id": [self.part],
                "party_id": [self.party],
                "position": ["0", "1"],
                "section": ["1"],
                "number": ["1"],
                "place_key": ["T01", "integriteit", "integriteit-P1"],
                "kind": ["bibob_form"],
            }


@pytest.fixture
def planted(app: Any, world: Any) -> Iterator[Planted]:
    made = Planted(app, world)
    yield made
    for one in ("ingrid", "arno", "coen", "lies", "eva"):
        del world.emails[one], world.people[one]


def _addresses(app: Any, method: str, values: dict[str, list[str]], wanted: Iterable[str] = ()) -> Iterator[str]:
    skipped = {"static", "account.sign_out"}
    for rule in app.url_map.iter_rules():
        if method not in rule.methods or rule.endpoint in skipped or (wanted and not rule.arguments & set(wanted)):
            continue
        names = sorted(rule.arguments)
        for chosen in itertools.product(*(values.get(one, ["x"]) for one in names)):
            known = dict(zip(names, chosen, strict=True))
            yield re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda found, at=known: at[found[1]], rule.rule)


def _bodies(answer: Any, world: Any, seen: set[int]) -> Iterator[bytes]:
    data = answer.get_data()
    yield data
    yield str(answer.headers).encode()
    if hash(data) in seen:
        return
    seen.add(hash(data))
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif data[:4] == b"%PDF":
        with pypdfium2.PdfDocument(data) as document:
            yield "\n".join(page.get_textpage().get_text_bounded() for page in document).encode()


def _found(answer: Any, world: Any, seen: set[int]) -> set[str]:
    return {one.decode().lower() for body in _bodies(answer, world, seen) for one in CANARY.findall(body)}


OFTEN = ("ineke", "renske", "bas", "ingrid", "lies", "anna", "karim", "bram")
"""With every commit: of each side those who see most. The officer opened nothing in the last half hour."""
OTHERS = ("", "joris", "wil", "arno", "coen", "olga", "eva", "dina")


def _walk(planted: Planted, who: Iterable[str]) -> tuple[dict[Any, set[str]], int]:
    """Every address that can be read, as each of these; what was found where, and how many pages there were."""
    values, seen, told, pages = planted.values(), set[int](), {}, 0
    every = sorted(set(_addresses(planted.app, "GET", values)))
    for one in who:
        browser = planted.browser(one) if one else Browser(planted.app, planted.world)
        for address in every:
            answer = browser.get(address)
            # beside a database server the portal is not ready: the clock of the tests is years behind the server's
            assert answer.status_code < 500 or (backends.ON_SERVERS and address == "/readyz"), address
            pages += answer.status_code == 200
            if found := _found(answer, planted.world, seen):
                told[one, address] = found
    return told, pages


def test_no_address_gives_anything_of_the_compartment_to_anybody(planted, capsys):
    told, pages = _walk(planted, OFTEN)

    assert told == {}
    assert pages > 300  # refusing everything would show nothing either
    assert CANARY.findall(capsys.readouterr().err.encode()) == []


@pytest.mark.slow
def test_no_address_gives_anything_of_the_compartment_to_all_the_others(planted, capsys):
    told, pages = _walk(planted, OTHERS)

    assert told == {}
    assert pages > 200
    assert CANARY.findall(capsys.readouterr().err.encode()) == []


COMPARTMENT = ("check_id", "file_id", "paper_id", "form_id", "document_id", "application_id", "review_id", "part_id")


@pytest.mark.slow
def test_no_form_gives_anything_of_the_compartment_to_others(planted, app, world, capsys):
    values, seen, told = planted.values(), set(), {}
    every = sorted(set(_addresses(app, "POST", values, COMPARTMENT)))
    for who in sorted({*OFTEN, *OTHERS} - {"", "bram", "dina"}):
        browser = planted.browser(who)
        token = browser.token("/")
        for address in every:
            answer = browser.client.post(address, data={"csrf_token": token, "purpose": "Nieuwsgierigheid"})
            assert answer.status_code < 500, address
            if found := _found(answer, world, seen):
                told.setdefault(who, set()).update((one, address.split("/")[1]) for one in found)

    # Anna signs for the organisation that the first file is about: she opens her own papers, and nobody else's.
    mine = {"kanarieannamotivering", "kanarieannaevenredig", "kanarieannazienswijze"}
    assert told == {"anna": {(one, "vertrouwelijk") for one in mine}}
    assert CANARY.findall(capsys.readouterr().err.encode()) == []


def _are_there(planted: Planted, world: Any) -> bool:
    """Whether who opens them reads the planted words: without that these tests would pass on an empty compartment."""
    bram = planted.browser("bram")
    with world.database.reading() as db:
        check = db.get_one(IntegrityFile, planted.own).check_id
        forms = list(db.scalars(select(IntegrityForm.id)))
    said = ""
    for file in (planted.own, planted.other):
        bram.post(f"/integriteit/{check}/{file}/openen", {"purpose": "Nalezen van het dossier"})
        said += bram.get(f"/integriteit/{check}/{file}").text
    for form in forms:
        said += bram.post(f"/integriteit/{check}/formulieren/{form}", {"purpose": "Nalezen van het formulier"}).text

    return set(re.findall(r"kanarie[a-z]+", said)) >= {
        "kanarieannavragen", "kanariekarimvragen", "kanarieannaonderzoek", "kanariekarimonderzoek",
        "kanarieannaadvies", "kanarieannamotivering", "kanarieannaevenredig", "kanarieannazienswijze",
        "kanarieannabesluit",
    }  # fmt: skip


def test_no_column_mail_or_file_holds_anything_of_the_compartment(planted, world):
    found: dict[str, set[bytes]] = {}

    def look(where: str, content: bytes) -> None:
        if canaries := set(CANARY.findall(content)):
            found.setdefault(where, set()).update(canaries)

    with world.database.reading() as db:
        for table in Base.metadata.sorted_tables:
            for row in db.execute(select(table)):
                look(table.name, repr(tuple(row)).encode())
        for message in [one for one in db.scalars(select(Message)) if one.facts]:  # a secret link is forgotten
            rendered = world.services.mail.render(message.template, {"portal_url": "", **message.facts})
            look(f"mail {message.template}", "\n".join(rendered).encode())
    for key in world.services.files.keys("", EVER):
        look(key.partition("/")[0], world.services.files.read(key))

    assert found == {}
    assert _are_there(planted, world)
