"""The case file of a dossier: a ZIP and a PDF, indexed, numbered, bookmarked, redacted; never the integrity check."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import select

from portal import create_app
from portal.adapters.clock import MovedClock
from portal.adapters.signing import PadesSigner
from portal.cli import asking_script, cast, integrity_script, script
from portal.cli.script import Verdict
from portal.domain import signals
from portal.models import (
    AuditEvent,
    CaseFile,
    DecisionLetter,
    Document,
    Evidence,
    Redaction,
    Review,
    Signal,
    User,
    new_id,
)
from portal.worker import case_files as worker
from portal.worker.tasks import TASKS
from tests import backends, readable
from tests.conftest import IGNORED, _config
from tests.web.conftest import LATER, ClosedRound

REASON = "In de regeling staat niet waar een cliënt met een klacht terechtkan."
NOTE = "Alleen voor de raadsvrouw"


def _work(closed, *names: str) -> None:
    world = closed.world
    for task in TASKS:
        if task.name in names:
            with world.database.reading() as db:
                due = task.find(db, world.clock())
            for one in due:
                while task.handle(world.database, world.services, one) and task.name == "case_files_to_make":
                    pass


def _documents(closed, kind: str) -> list[str]:
    with closed.world.database.reading() as db:
        return list(
            db.scalars(
                select(Document.id)
                .join(Evidence, Evidence.document_id == Document.id)
                .where(Evidence.application_id == closed.application, Document.kind == kind)
                .distinct()
            )
        )


def _replace(closed, kind: str, data: bytes, pages: int) -> str:
    """Put other bytes behind a document that was submitted."""
    (document,) = _documents(closed, kind)
    with closed.world.database.transaction() as db:
        found = db.get_one(Document, document)
        stored = closed.world.services.files.put(f"documents/{found.organisation_id}/{new_id()}", data)
        found.storage_key, found.sha256, found.size, found.pages = stored.key, stored.sha256, stored.size, pages
    return document


SECRET = "Burgerservicenummer van de bestuurder 999990019"


def _play(closed) -> None:
    """A dossier with a remedy that was answered, a message, a signal that was looked at, and a decision by two."""
    world, people = closed.world, closed.world.people
    verdicts = {"T06": Verdict("remedy", "Stuur de hele regeling."), "T03": Verdict("fails", REASON)}
    closed.declare("ineke", "joris")
    script.judge(world.stage, people["ineke"], closed.application, verdicts)
    remedy = script.ask_remedy(world.stage, people["ineke"], closed.application)
    script.answer_remedy(world.stage, people["anna"], remedy, "De hele regeling zit erbij.")
    asking_script.converse(world.stage, people["anna"], closed.application, "Klachten", "Mag het ook later?")
    world.clock.advance(timedelta(hours=1))
    script.judge(world.stage, people["ineke"], closed.application, {**verdicts, "T06": Verdict("meets")})
    file = integrity_script.file_of(world.stage, closed.application)
    integrity_script.research(world.stage, people["bram"], file, "Geheime onderbouwing.")
    integrity_script.clear(world.stage, people["bram"], closed.application)
    script.propose(world.stage, people["ineke"], closed.application)
    script.confirm(world.stage, people["joris"], closed.application)
    _work(closed, "reviews_to_signal")
    with world.database.transaction() as db:
        signal = db.scalars(select(Signal).where(Signal.review_id == closed.review)).first()
        signals.look(signal, db.get_one(User, people["ineke"]), NOTE, world.clock())
    body = f"<h1>Organogram</h1><p>Blad een.</p><p style='break-before: page'>{SECRET}</p><p>En de rest.</p>"
    _replace(closed, "hkz_certificate", readable.pdf(body), 2)
    _replace(closed, "privacy_policy", b"%PDF-1.7 and then nothing that is a PDF", 1)


def _tell(closed) -> None:
    script.approve(closed.world.stage, closed.world.people["wil"], closed.application)
    script.tell(closed.world.stage, closed.world.people["renske"], closed.application)
    _work(closed, "letters_to_draw_up")


def _open(folder: Path, source: Path, settled, test_authority, hours: int = 2) -> ClosedRound:
    """The portal on a copy of a world whose first round is closed."""
    shutil.copytree(source, folder, ignore=IGNORED)
    backends.copy(source, folder)
    clock = MovedClock(LATER + timedelta(hours=hours))
    app = create_app(_config(folder), now=clock, signer=PadesSigner(test_authority))
    stage = cast.Stage(app.extensions["database"], app.extensions["services"])
    return ClosedRound(app, replace(settled[1], stage=stage, clock=clock))


@pytest.fixture(scope="module")
def decided_folder(tmp_path_factory, closed_folder, settled, test_authority) -> Path:
    """The dossier up to its decision, not told yet: played once."""
    folder = tmp_path_factory.mktemp("decided") / "world"
    closed = _open(folder, closed_folder, settled, test_authority, hours=0)
    _play(closed)
    closed.world.database.engine.dispose()
    return folder


@pytest.fixture
def decided(tmp_path, decided_folder, settled, test_authority):
    closed = _open(tmp_path / "decided", decided_folder, settled, test_authority)
    yield closed
    backends.leave(closed.world.database, tmp_path / "decided")


@pytest.fixture
def told(decided):
    _tell(decided)
    return decided


class Story:
    """One dossier of which a line and two texts were marked, with three case files: open, redacted, and for inside."""

    def __init__(self, closed: ClosedRound) -> None:
        self.closed = closed
        (document,) = _documents(closed, "hkz_certificate")
        page = closed.browser("ineke").get(_marking(closed, document, 2)).text
        line = re.search(rf'value="(\d+)"[^>]*>\s*<label[^>]*>{SECRET}', page)
        assert line, "the secret is no line on that page"
        assert _mark(closed, document, 2, line=line[1]).status_code == 303
        with closed.world.database.reading() as db:
            letter = db.scalars(select(DecisionLetter.id)).one()
        for section in ("finding:T03", "decisions", f"letter:{letter}"):
            form = {"section": section, "ground": "woo_5_1_2_f"}
            path = f"/beoordelen/{closed.review}/procesdossier/tekst-onleesbaar"
            assert closed.browser("ineke").post(path, form).status_code == 303
        self.court, self.court_zip = _made(closed)
        self.woo, self.woo_zip = _made(closed, purpose="woo")
        self.own, self.own_zip = _made(closed, purpose="own", annex="yes")


@pytest.fixture(scope="module")
def story(tmp_path_factory, decided_folder, settled, test_authority):
    folder = tmp_path_factory.mktemp("story") / "world"
    closed = _open(folder, decided_folder, settled, test_authority)
    _tell(closed)
    yield Story(closed)
    backends.leave(closed.world.database, folder)


def _marking(closed, document: str, page: int) -> str:
    return f"/beoordelen/{closed.review}/procesdossier/onleesbaar/{document}?pagina={page}"


def _mark(closed, document: str, page: int, **form):
    return closed.browser("ineke").post(_marking(closed, document, page), {"ground": "woo_5_1_1_e", **form})


def _ask(closed, who: str = "ineke", **form: str):
    closed.world.clock.advance(timedelta(minutes=1))
    browser = closed.browser(who)
    answer = browser.post(
        f"/beoordelen/{closed.review}/procesdossier", {"attempt": new_id(), "purpose": "court", **form}
    )
    return browser, answer


def _made(closed, **form: str) -> tuple[bytes, zipfile.ZipFile]:
    """Ask, let the worker make it, and download both forms."""
    browser, answer = _ask(closed, **form)
    assert answer.status_code == 303, answer.text
    _work(closed, "case_files_to_make")
    with closed.world.database.reading() as db:
        newest = db.scalars(select(CaseFile).order_by(CaseFile.asked_at.desc(), CaseFile.made_at.desc())).first()
    path = f"/beoordelen/{closed.review}/procesdossier/{newest.id}"
    pdf, packed = browser.post(f"{path}/pdf"), browser.post(f"{path}/zip")
    assert (pdf.status_code, packed.status_code) == (200, 200)
    return pdf.data, zipfile.ZipFile(io.BytesIO(packed.data))


def _texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def _bookmarks(pdf: bytes) -> list[tuple[int, str, int]]:
    """Depth, title and page (from 1) of every bookmark, as PDFium reads them."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [(one.level, one.get_title(), one.get_dest().get_index() + 1) for one in document.get_toc()]


# --- what is in it ---


def test_every_page_has_its_number_and_every_bookmark_and_link_leads_to_its_page(story):
    texts, marks = _texts(story.court), _bookmarks(story.court)

    for number, text in enumerate(texts, start=1):
        assert f"blad {number} van {len(texts)}" in text
    titles = [title for _, title, _ in marks]
    assert titles[:3] == ["Inhoud", "Aanmelding en ontvangstbewijs", "Verloop"]
    assert titles[-2].startswith("Brief ")
    assert titles[-1] == "Logboek"
    for _, title, page in marks[1:]:
        start = "Besluit over uw aanmelding" if title.startswith("Brief") else title.split(" (")[0].split(":")[0][:30]
        assert start in texts[page - 1].replace("\r\n", " "), (title, page)
    # each place once, with its evidence below it
    places = [title.split()[0] for level, title, _ in marks if level == 0 and re.match(r"[A-Z]\d\d", title)]
    assert len(places) == len(set(places)) == 18
    assert any(level == 1 and "hkz-certificaat" in title for level, title, _ in marks)
    # the links of the index, as another reader reads them
    with pikepdf.open(io.BytesIO(story.court)) as opened:
        numbers = {page.obj.objgen: number for number, page in enumerate(opened.pages, start=1)}
        goals = {
            numbers[one.Dest[0].objgen]
            for page in opened.pages
            for one in page.obj.get("/Annots", pikepdf.Array())
            if "/Dest" in one
        }
    assert goals == {page for _, title, page in marks if title != "Inhoud"}
    listed = story.court_zip.read("inhoud.csv").decode("utf-8-sig").splitlines()[1:]
    assert [int(line.split(";")[0]) for line in listed] == [page for _, _, page in marks[1:]]


def test_all_acts_are_in_it_in_their_order(story):
    text = " ".join(" ".join(_texts(story.court)).split())

    for said in (
        REASON, "De hele regeling zit erbij.", "Stuur de hele regeling.", "Mag het ook later?", "versie 1.",
        "U bent HKZ-gecertificeerd", "Ineke Bos", "besluit bekendgemaakt",
    ):  # fmt: skip
        assert said in text, said
    course = text[text.index("Verloop Wanneer") :]
    order = ["Ingediend (OB", "In beoordeling genomen", "Herstel gevraagd", "Herstel ontvangen", "Besluit voorgesteld",
             "Besluit vastgesteld", "Besluit bekendgemaakt"]  # fmt: skip
    places = [course.index(one) for one in order]
    assert places == sorted(places)


def test_the_zip_is_whole_and_holds_the_files_as_they_were_handed_over(story):
    packed = story.court_zip

    assert packed.testzip() is None
    assert packed.read("procesdossier.pdf") == story.court
    with story.closed.world.database.reading() as db:
        (document,) = _documents(story.closed, "iso_9001_certificate")
        content = story.closed.world.services.files.read(db.get_one(Document, document).storage_key)
    (name,) = [one for one in packed.namelist() if "iso-9001" in one]
    assert packed.read(name) == content
    assert [one for one in packed.namelist() if one.startswith("brieven/")]


def test_two_other_readers_open_it_too(story, tmp_path):
    for name, pdf in (("court", story.court), ("woo", story.woo)):
        (tmp_path / name).write_bytes(pdf)

        for command in (["pdfinfo"], ["pdftotext", "-q"]):
            done = subprocess.run([*command, tmp_path / name], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), command
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert opened.check_pdf_syntax() == []


def test_nothing_of_the_integrity_check_is_in_any(story):
    for pdf, packed in ((story.court, story.court_zip), (story.own, story.own_zip), (story.woo, story.woo_zip)):
        texts = "".join(_texts(pdf)) + packed.read("inhoud.csv").decode()
        for word in ("bibob-formulier", "Geheime onderbouwing", "integrity", "Bram"):
            assert word not in texts, word
        assert [one for one in packed.namelist() if "bibob" in one.lower()] == []


def test_a_document_that_cannot_be_shown_says_so_on_its_page_and_is_in_the_zip(story):
    page = next(number for _, title, number in _bookmarks(story.court) if "privacybeleid" in title)

    assert "kan niet worden getoond" in " ".join(_texts(story.court)[page - 1].split())
    packed = story.court_zip
    assert [packed.read(one)[:8] for one in packed.namelist() if "privacybeleid" in one] == [b"%PDF-1.7"]


# --- what stays inside ---


def test_signals_are_an_annex_that_only_goes_inside(story):
    _, refused = _ask(story.closed, purpose="applicant", annex="yes")

    assert refused.status_code == 422
    assert "De bijlage met signalen is intern" in refused.text
    assert NOTE in "".join(_texts(story.own))
    assert "INTERN" in "".join(_texts(story.own))
    for pdf, packed in ((story.court, story.court_zip), (story.woo, story.woo_zip)):
        whole = "".join(_texts(pdf)) + packed.read("inhoud.csv").decode()
        for word in (NOTE, "Signa", "ignaal", "INTERN", "procesdossier gevraagd"):
            assert word not in whole, word


def test_what_was_not_told_yet_only_goes_inside(decided):
    _, refused = _ask(decided, purpose="court")
    _, allowed = _ask(decided, purpose="own")

    assert refused.status_code == 422
    assert "nog niet bekendgemaakt" in refused.text
    assert allowed.status_code == 303


# --- unreadable ---


def _streams(pdf: bytes) -> list[bytes]:
    """Every stream of a PDF that is no picture, unpacked."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        found = [one for one in opened.objects if isinstance(one, pikepdf.Stream) and "/Width" not in one]
        return [one.read_bytes() for one in found]


def test_of_what_was_marked_nothing_is_left_neither_as_text_nor_as_picture(story):
    assert SECRET in "".join(_texts(story.court))
    whole = " ".join(_texts(story.woo))
    assert "999990019" not in whole
    assert "Woo 5.1 lid 1 e: nationaal identificatienummer" in whole
    # no stream of the file holds it either, and no file of the ZIP, whatever it is packed in
    packed = story.woo_zip
    for data in [story.woo, *(packed.read(name) for name in packed.namelist() if name.endswith(".pdf"))]:
        assert [one for one in [data, *_streams(data)] if b"999990019" in one] == []
    # and where it stood, the picture is black
    dark = []
    for pdf in (story.woo, story.court):
        page = next(number for _, title, number in _bookmarks(pdf) if "hkz-certificaat" in title) + 1
        with pypdfium2.PdfDocument(pdf) as document:
            grey = document[page - 1].render(scale=1).to_pil().convert("L")
            dark.append(grey.point(lambda value: 255 * (value < 40)).histogram()[255])
    assert dark[0] > 3 * dark[1]


def test_in_what_is_redacted_no_text_of_evidence_and_no_name_of_a_person_comes_along(story):
    texts = " ".join("".join(_texts(story.woo)).split())

    assert "Afgegeven aan" in " ".join("".join(_texts(story.court)).split())
    assert "Afgegeven aan" not in texts
    for name in ("Ineke Bos", "Anna de Wit", "Joris van Dam"):
        assert name not in texts
    assert "een medewerker van Stichting De Linde" in texts
    names = [one for one in story.woo_zip.namelist() if one.startswith("stukken/")]
    assert len(names) > 5
    for name in names:
        assert "Datum van afgifte" not in "".join(_texts(story.woo_zip.read(name)))


def test_a_text_of_the_dossier_is_made_unreadable_with_its_ground(story):
    texts = " ".join("".join(_texts(story.woo)).split())

    assert REASON not in texts
    assert texts.count("Onleesbaar gemaakt. Grond: Woo 5.1 lid 2 f") == 3
    assert [one for one in story.woo_zip.namelist() if one.startswith("brieven/")] == []
    path = f"/beoordelen/{story.closed.review}/procesdossier/tekst-onleesbaar"
    unknown = story.closed.browser("ineke").post(path, {"section": "alles", "ground": "woo_5_2"})
    assert unknown.status_code == 422


def test_a_box_and_a_whole_page_are_marked_by_numbers_and_lifted_again(decided):
    (document,) = _documents(decided, "hkz_certificate")
    box = _mark(decided, document, 1, left="10", top="5,5", width="20", height="10")
    whole = [_mark(decided, document, 2, whole="yes") for _ in range(2)]
    assert [one.status_code for one in (box, *whole)] == [303, 303, 303]
    with decided.world.database.reading() as db:
        marks = db.scalars(select(Redaction).order_by(Redaction.page)).all()
        found = [(one.page, one.left, one.top, one.width, one.height) for one in marks]
    assert found == [(1, 1000, 550, 2000, 1000), (2, 0, 0, 10_000, 10_000)]

    ineke = decided.browser("ineke")
    lifted = ineke.post(f"/beoordelen/{decided.review}/procesdossier/weer-leesbaar/{marks[1].id}")

    assert lifted.status_code == 303
    page = ineke.get(f"/beoordelen/{decided.review}/procesdossier").text
    assert page.count("Weer leesbaar") == 1
    assert "bladzijde 1" in page


def test_a_mark_that_says_nothing_is_asked_again_and_nothing_typed_is_lost(decided):
    (document,) = _documents(decided, "hkz_certificate")
    for form, told_so in (
        ({"ground": "", "whole": "yes"}, "Kies de grond"),
        ({}, "Kies regels, vul een vlak in"),
        ({"left": "90", "top": "1", "width": "20", "height": "5"}, "binnen de bladzijde"),
        ({"left": "negen", "top": "1", "width": "20", "height": "5"}, "binnen de bladzijde"),
        ({"left": "1", "top": "1", "width": "nan", "height": "5"}, "binnen de bladzijde"),
    ):
        answer = _mark(decided, document, 1, **form)

        assert answer.status_code == 422, form
        assert told_so in answer.text, form
        assert form.get("left") is None or f'value="{form["left"]}"' in answer.text


# --- made, kept, removed ---


def test_a_worker_that_was_stopped_goes_on_where_it_was(told, monkeypatch):
    browser, _ = _ask(told)
    with told.world.database.reading() as db:
        asked = db.scalars(select(CaseFile)).one()
    monkeypatch.setattr(worker, "BUDGET", 0.0)
    database, services = told.world.database, told.world.services

    for _ in range(3):
        assert worker.make_case_file(database, services, asked.id)
    with database.reading() as db:
        halfway = db.get_one(CaseFile, asked.id)
    page = browser.get(f"/beoordelen/{told.review}/procesdossier").text
    pieces = sorted(services.files.keys(f"case-files/{asked.id}/", told.world.clock().replace(year=9999)))
    monkeypatch.setattr(worker, "BUDGET", 1000.0)
    drawn = []
    sheet = type(services.inspector).sheet
    monkeypatch.setattr(type(services.inspector), "sheet", lambda *a, **more: drawn.append(1) or sheet(*a, **more))
    worker.make_case_file(database, services, asked.id)
    again = worker.make_case_file(database, services, asked.id)

    assert 0 < halfway.units_done < halfway.units
    assert f"{halfway.units_done} van {halfway.units} onderdelen" in page
    assert len(pieces) == halfway.units_done
    assert again is False
    left = sorted(services.files.keys(f"case-files/{asked.id}/", told.world.clock().replace(year=9999)))
    assert [one.rpartition(".")[2] for one in left] == ["pdf", "zip"]
    assert len(drawn) <= 15  # each page once: what was there is not drawn again


def test_the_same_form_sent_twice_is_one_case_file(told):
    browser = told.browser("ineke")
    form = {"attempt": "steeds-dezelfde", "purpose": "court"}

    answers = [browser.post(f"/beoordelen/{told.review}/procesdossier", form).status_code for _ in range(2)]

    assert answers == [303, 303]
    with told.world.database.reading() as db:
        assert len(db.scalars(select(CaseFile)).all()) == 1


def test_every_download_is_recorded_and_after_a_month_it_is_gone(told):
    _made(told)
    with told.world.database.reading() as db:
        made = db.scalars(select(CaseFile)).one()
        events = db.scalars(select(AuditEvent).where(AuditEvent.act == "download_case_file")).all()
        assert [(one.actor_name, one.details["form"]) for one in events] == [("Ineke Bos", "pdf"), ("Ineke Bos", "zip")]
    told.world.clock.set(told.world.clock() + timedelta(days=30))

    browser = told.browser("ineke")
    late = browser.post(f"/beoordelen/{told.review}/procesdossier/{made.id}/pdf")
    _work(told, "case_files_to_remove")

    assert late.status_code == 409
    assert list(told.world.services.files.keys("case-files/", told.world.clock().replace(year=9999))) == []
    assert "Verwijderd" in browser.get(f"/beoordelen/{told.review}/procesdossier").text


def test_who_may_not_see_the_dossier_sees_no_case_file(told):
    _ask(told)
    with told.world.database.reading() as db:
        made = db.scalars(select(CaseFile.id)).one()
    path = f"/beoordelen/{told.review}/procesdossier"
    joris = told.browser("joris")
    joris.post(f"/beoordelen/{told.review}/belang", {"reason": "Mijn broer werkt daar sinds kort."})

    for browser, status in ((joris, 404), (told.browser("olga"), 404), (told.browser("anna"), 403)):
        assert browser.get(path).status_code == status
        assert browser.post(f"{path}/{made}/pdf").status_code == status
        assert browser.post(path, {"purpose": "own"}).status_code == status
    with told.world.database.reading() as db:
        assert db.get_one(Review, told.review).state == "confirmed"
